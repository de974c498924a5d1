//! Files and changes by the ids of their contents: values that the journal keeps as text.

use std::fmt;

use git2::{ObjectType, Oid};

use super::Repo;
use crate::error::{Context, Error, Result};
use crate::fs::limit;
use crate::tree::Mode;

/// The id of a content, and the mode of the file that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    pub(super) id: Oid,
    pub(crate) mode: Mode,
}

impl Blob {
    /// The blob of a file with this content and mode; nothing is stored.
    ///
    /// # Errors
    /// libgit2 cannot compute the id.
    pub fn of(content: &[u8], mode: Mode) -> Result<Self> {
        let id = Oid::hash_object(ObjectType::Blob, content).context(|| "cannot compute an id".to_owned())?;
        Ok(Self { id, mode })
    }

    pub(crate) fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }

    /// Parses the output of [`ToString`]; `None` for any other text.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let (mode, id) = word.split_once(':')?;
        let mode = Mode::from_bits(u32::from_str_radix(mode, 8).ok()?)?;
        Some(Self { id: Oid::from_str(id).ok()?, mode })
    }
}

impl fmt::Display for Blob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:o}:{}", self.mode.bits(), self.id)
    }
}

/// A change of one path as the journal keeps it: the contents by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    /// `None` if the file does not exist before.
    pub(crate) before: Option<Blob>,
    /// `None` if the file does not exist afterwards.
    pub(crate) after: Option<Blob>,
    pub(crate) edited: Option<Edited>,
}

/// An edit that is not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The bytes in the work tree, without Git's conversions.
    pub(crate) work: Blob,
    pub(crate) index: Blob,
}

impl Delta {
    pub(crate) fn in_work_tree(&self) -> Option<Blob> {
        self.edited.map_or(self.before, |edited| Some(edited.work))
    }

    pub(crate) fn in_index(&self) -> Option<Blob> {
        self.edited.map_or(self.before, |edited| Some(edited.index))
    }

    /// Returns one line of text, which [`Delta::from_line`] parses.
    pub(crate) fn to_line(&self) -> String {
        let word = |blob: Option<Blob>| blob.map_or_else(|| "-".to_owned(), |blob| blob.to_string());
        let before = match self.edited {
            Some(Edited { work, index }) => format!("{},{work},{index}", word(self.before)),
            None => word(self.before),
        };
        format!("{before} {} {}", word(self.after), self.path)
    }

    /// Parses the output of [`Delta::to_line`]; `None` for any other text.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let blob = |word: &str| match word {
            "-" => Some(None),
            word => Blob::from_word(word).map(Some),
        };
        let mut parts = line.splitn(3, ' ');
        let mut now = parts.next()?.split(',');
        let before = blob(now.next()?)?;
        let edited = match (now.next(), now.next(), now.next()) {
            (None, None, None) => None,
            (Some(work), Some(index), None) => {
                Some(Edited { work: Blob::from_word(work)?, index: Blob::from_word(index)? })
            }
            _ => return None,
        };
        let after = blob(parts.next()?)?;
        Some(Self { path: parts.next()?.to_owned(), before, after, edited })
    }
}

impl Repo {
    pub(crate) fn store(&self, content: &[u8], mode: Mode) -> Result<Blob> {
        // Unlike `Repository::blob`, this writes nothing where Git has it already.
        let id = self.git.odb().and_then(|objects| objects.write(ObjectType::Blob, content));
        let id = id.context(|| "cannot store a file in Git".to_owned())?;
        Ok(Blob { id, mode })
    }

    /// Returns the content of `blob` as stored, without Git's conversions.
    pub(crate) fn content(&self, blob: Blob) -> Result<Vec<u8>> {
        let failed = || format!("cannot read `{}` from Git", blob.id);
        // A few kilobytes in a pack can stand for gigabytes.
        if self.size(blob).context(failed)? > limit::WORK_TREE_FILE {
            return Err(Error::failure(failed()).because("it is larger than 256 MiB"));
        }
        Ok(self.git.find_blob(blob.id).context(failed)?.content().to_vec())
    }

    /// Returns the size of `blob`, without reading it.
    pub(super) fn size(&self, blob: Blob) -> Result<u64, git2::Error> {
        let (size, _) = self.git.odb()?.read_header(blob.id)?;
        Ok(size as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_back() {
        let blob = |content: &[u8], mode| Some(Blob::of(content, mode).unwrap());
        for (before, after) in [
            (None, blob(b"a", Mode::Regular)),
            (blob(b"a", Mode::Link), None),
            (blob(b"a", Mode::Executable), blob(b"b", Mode::Regular)),
        ] {
            let edited = before.zip(after).map(|(work, index)| Edited { work, index });
            for edited in [None, edited] {
                let delta = Delta { path: "a folder/- file".into(), before, after, edited };
                assert_eq!(Delta::from_line(&delta.to_line()), Some(delta));
            }
        }
        let id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let half = format!("100644:{id},100644:{id} - x");
        let submodule = format!("- 160000:{id} x");
        for line in ["", "- -", "- 100644 x", "-,-,- - x", &half, &submodule] {
            assert_eq!(Delta::from_line(line), None, "{line}");
        }
    }
}
