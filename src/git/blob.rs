//! Files as Git knows them, and what becomes of them: values that the journal keeps as text.

use std::borrow::Cow;
use std::fmt;

use git2::{ObjectType, Oid};

use super::Repo;
use crate::error::{Context, Result};
use crate::tree::Mode;

/// The content and the kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    pub(super) id: Oid,
    /// What kind of file it is.
    pub(crate) mode: Mode,
}

impl Blob {
    /// What a file of this content and kind is known as; nothing is stored.
    ///
    /// # Errors
    /// libgit2 cannot compute the id.
    pub fn of(content: &[u8], mode: Mode) -> Result<Self> {
        let id = Oid::hash_object(ObjectType::Blob, content).context(|| "cannot compute an id".to_owned())?;
        Ok(Self { id, mode })
    }

    /// The id, as Git prints it.
    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }

    /// What [`ToString`] printed, or `None` for any other text.
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

/// What becomes of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    /// What is there now; `None` for nothing.
    pub(crate) before: Option<Blob>,
    /// What will be there; `None` for nothing.
    pub(crate) after: Option<Blob>,
    /// What is there instead of `before` where the user has edited it and not committed that.
    pub(crate) edited: Option<Edited>,
}

/// An edit that is not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edited {
    /// What the work tree has, byte by byte: nothing that Git would convert.
    pub(crate) work: Blob,
    /// What the index has.
    pub(crate) index: Blob,
}

impl Change {
    /// What the work tree has now.
    pub(crate) fn in_work_tree(&self) -> Option<Blob> {
        self.edited.map_or(self.before, |edited| Some(edited.work))
    }

    /// What the index has now.
    pub(crate) fn in_index(&self) -> Option<Blob> {
        self.edited.map_or(self.before, |edited| Some(edited.index))
    }

    /// One line of text that says it all; [`Change::from_line`] reads it.
    pub(crate) fn to_line(&self) -> String {
        let word = |blob: Option<Blob>| blob.map_or_else(|| "-".to_owned(), |blob| blob.to_string());
        let before = match self.edited {
            Some(Edited { work, index }) => format!("{},{work},{index}", word(self.before)),
            None => word(self.before),
        };
        format!("{before} {} {}", word(self.after), self.path)
    }

    /// What [`Change::to_line`] wrote, or `None` for any other text.
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

/// A file to write.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) content: Cow<'a, [u8]>,
    /// What kind of file it is.
    pub(crate) mode: Mode,
}

impl Entry<'_> {
    /// What it will be known as; nothing is stored.
    ///
    /// # Errors
    /// As for [`Blob::of`].
    pub(crate) fn predict(&self) -> Result<Blob> {
        Blob::of(&self.content, self.mode)
    }

    /// That it comes where nothing is, as `blob`.
    pub(crate) fn added(&self, blob: Blob) -> Change {
        Change { path: self.path.clone(), before: None, after: Some(blob), edited: None }
    }
}

impl Repo {
    /// Stores `content` in the object database, as a file of `mode`.
    ///
    /// # Errors
    /// The file system says no.
    pub(crate) fn store(&self, content: &[u8], mode: Mode) -> Result<Blob> {
        // Unlike `Repository::blob`, this writes nothing where Git has it already.
        let id = self.git.odb().and_then(|objects| objects.write(ObjectType::Blob, content));
        let id = id.context(|| "cannot store a file in Git".to_owned())?;
        Ok(Blob { id, mode })
    }

    /// The content of `blob`, as it was stored.
    ///
    /// # Errors
    /// The object database does not have it, or cannot be read.
    pub(crate) fn content(&self, blob: Blob) -> Result<Vec<u8>> {
        let found = self.git.find_blob(blob.id).context(|| format!("cannot read `{}` from Git", blob.id))?;
        Ok(found.content().to_vec())
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
                let change = Change { path: "a folder/- file".into(), before, after, edited };
                assert_eq!(Change::from_line(&change.to_line()), Some(change));
            }
        }
        let id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let half = format!("100644:{id},100644:{id} - x");
        let submodule = format!("- 160000:{id} x");
        for line in ["", "- -", "- 100644 x", "-,-,- - x", &half, &submodule] {
            assert_eq!(Change::from_line(line), None, "{line}");
        }
    }
}
