//! What Git tracks: what is in the way of new files there, and adding and forgetting exactly our entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::Path;

use git2::{Index, IndexEntry, IndexTime, ObjectType, Tree};

use super::{Blob, Change, Repo, tree};
use crate::error::{Context, Error, Problem, Result};
use crate::tree::Mode;

impl Repo {
    /// What Git tracks, in the index or in the last commit, where the new files `paths` must go, also when it
    /// is gone from the work tree; what is `leaving` does not count. All are relative to the root of the work tree.
    ///
    /// # Errors
    /// The index or HEAD cannot be read.
    pub(crate) fn tracked_obstacles<'a>(
        &self,
        paths: impl Iterator<Item = &'a str>,
        leaving: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Problem>> {
        let index = self.index()?;
        let head = self.head_tree()?;
        let mut found = BTreeMap::new();
        for path in paths {
            // The path itself, or something above it that is no folder.
            let obstacle = prefixes(path).filter(|part| !leaving.contains(part)).find_map(|part| {
                let what = if is_entry(&index, part) || (part == path && is_folder(&index, part, leaving)) {
                    "tracked by Git"
                } else if head.as_ref().is_some_and(|head| stands_in(head, part, part == path, leaving)) {
                    "in the last commit"
                } else {
                    return None;
                };
                Some((part, what))
            });
            if let Some((part, what)) = obstacle {
                found.entry(part.to_owned()).or_insert_with(|| {
                    Problem::new(
                        format!("`{part}` is {what}"),
                        "commit its removal, or bring it back and move it",
                    )
                });
            }
        }
        Ok(found)
    }

    /// Makes the index agree with `changes`, which are in the work tree; other entries stay as they are.
    ///
    /// # Errors
    /// A file cannot be looked at, or the index cannot be written.
    pub(crate) fn stage(&self, changes: &[Change]) -> Result<()> {
        let mut index = self.index()?;
        for change in changes {
            self.set(&mut index, &change.path, change.after)?;
        }
        write(&mut index)
    }

    /// As [`Repo::stage`], but Git is going to look at the files themselves when it commits them: it alone knows what
    /// its filters make of them.
    ///
    /// # Errors
    /// The index cannot be written.
    pub(crate) fn announce(&self, changes: &[Change]) -> Result<()> {
        let mut index = self.index()?;
        for change in changes {
            let failed = || format!("cannot update `{}` in the index", change.path);
            match change.after {
                Some(blob) => index.add(&bare_entry(&change.path, blob)).context(failed)?,
                None => self.set(&mut index, &change.path, None)?,
            }
        }
        write(&mut index)
    }

    /// Takes `changes` out of the index again, where its entries are still the ones that [`Repo::stage`] made.
    ///
    /// # Errors
    /// The index cannot be read or written.
    pub(crate) fn unstage(&self, changes: &[Change]) -> Result<()> {
        let mut index = self.index()?;
        let mut is_dirty = false;
        for change in changes {
            let path = Path::new(&change.path);
            let is_ours = index.get_path(path, 0).and_then(|entry| blob(&entry)) == change.after;
            if is_ours && change.before != change.after && !has_stages(&index, &change.path) {
                self.set(&mut index, &change.path, change.in_index())?;
                is_dirty = true;
            }
        }
        if is_dirty { write(&mut index) } else { Ok(()) }
    }

    /// What the index has at `path`, unless that is in conflict.
    ///
    /// # Errors
    /// The index cannot be read.
    pub(crate) fn staged(&self, path: &str) -> Result<Option<Blob>> {
        Ok(self.index()?.get_path(Path::new(path), 0).and_then(|entry| blob(&entry)))
    }

    /// Puts `blob`, or nothing, at `path` into `index`, with what the file system says about the file.
    pub(super) fn set(&self, index: &mut Index, path: &str, blob: Option<Blob>) -> Result<()> {
        let failed = || format!("cannot update `{path}` in the index");
        let Some(blob) = blob else {
            if index.get_path(Path::new(path), 0).is_some() {
                index.remove(Path::new(path), 0).context(failed)?;
            }
            return Ok(());
        };
        let entry = match self.root.join(path).symlink_metadata() {
            Ok(found) if self.agrees(path, blob)? => entry(path, blob, &found),
            _ => bare_entry(path, blob),
        };
        index.add(&entry).context(failed)
    }

    /// Those of `changes` that the last commit does not have yet, for it has still what was before.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub(crate) fn uncommitted(&self, changes: &[Change]) -> Result<Vec<Change>> {
        let Some(head) = self.head_tree()? else { return Ok(changes.to_vec()) };
        let mut left = Vec::new();
        for change in changes {
            if tree::blob_at(&head, &change.path)? == change.before {
                left.push(change.clone());
            }
        }
        Ok(left)
    }

    pub(super) fn index(&self) -> Result<Index> {
        let read = || -> Result<Index, git2::Error> {
            let mut index = self.git.index()?;
            index.read(true)?;
            Ok(index)
        };
        read().map_err(|error| {
            let unsupported = error.message().contains("extension");
            let error = Error::precondition("cannot read the index").because(error);
            if unsupported {
                return error.hint(
                    "run `git update-index --no-split-index`, and `git sparse-checkout reapply --no-sparse-index` \
                     in a sparse checkout",
                );
            }
            error
        })
    }
}

fn write(index: &mut Index) -> Result<()> {
    index.write().context(|| "cannot write the index".to_owned())
}

/// `a`, `a/b` and `a/b/c` for `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain([path])
}

fn is_entry(index: &Index, path: &str) -> bool {
    (0..=3).any(|stage| index.get_path(Path::new(path), stage).is_some())
}

/// Whether `path` is a folder in which something stays.
fn is_folder(index: &Index, path: &str, leaving: &BTreeSet<&str>) -> bool {
    let folder = format!("{path}/");
    let Ok(first) = index.find_prefix(&folder) else { return false };
    (first..index.len())
        .map_while(|position| index.get(position))
        .take_while(|entry| entry.path.starts_with(folder.as_bytes()))
        .any(|entry| !str::from_utf8(&entry.path).is_ok_and(|path| leaving.contains(path)))
}

/// Whether `path` in `tree` is no folder, or one in which something stays where a file (`is_file`) must go.
fn stands_in(tree: &Tree, path: &str, is_file: bool, leaving: &BTreeSet<&str>) -> bool {
    let Ok(found) = tree.get_path(Path::new(path)) else { return false };
    if found.kind() != Some(ObjectType::Tree) {
        return true;
    }
    // Of a folder from which nothing leaves all stays; the index has been looked at for the others.
    is_file && !leaving.iter().any(|other| other.starts_with(&format!("{path}/")))
}

fn has_stages(index: &Index, path: &str) -> bool {
    (1..=3).any(|stage| index.get_path(Path::new(path), stage).is_some())
}

/// Whether the file that `found` is about is still what `entry` says, going by the system's numbers, in an index that
/// was written at `written`. As with Git, a file of the same time as the index may have been changed after it was noted;
/// unlike with Git, any doubt counts as a change.
#[cfg(unix)]
pub(super) fn is_untouched(entry: &IndexEntry, found: &Metadata, written: IndexTime) -> bool {
    let now = self::entry("", Blob { id: entry.id, mode: Mode::Regular }, found);
    (entry.ctime, entry.mtime, entry.ino, entry.uid, entry.gid, entry.file_size)
        == (now.ctime, now.mtime, now.ino, now.uid, now.gid, now.file_size)
        && (entry.mtime.seconds(), entry.mtime.nanoseconds()) < (written.seconds(), written.nanoseconds())
}

/// Without the system's numbers there is always doubt.
#[cfg(not(unix))]
pub(super) fn is_untouched(_: &IndexEntry, _: &Metadata, _: IndexTime) -> bool {
    false
}

/// When a file was changed last, in the terms of the index.
#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the index holds 32 bits of each"
)]
pub(super) fn modified(found: &Metadata) -> IndexTime {
    use std::os::unix::fs::MetadataExt;
    IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32)
}

/// Nobody knows here.
#[cfg(not(unix))]
pub(super) fn modified(_: &Metadata) -> IndexTime {
    IndexTime::new(0, 0)
}

/// What an entry of the index stands for.
pub(super) fn blob(entry: &IndexEntry) -> Option<Blob> {
    Mode::from_bits(entry.mode).map(|mode| Blob { id: entry.id, mode })
}

#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the index holds 32 bits of each"
)]
fn entry(path: &str, blob: Blob, found: &Metadata) -> IndexEntry {
    use std::os::unix::fs::MetadataExt;
    IndexEntry {
        ctime: IndexTime::new(found.ctime() as i32, found.ctime_nsec() as u32),
        mtime: IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32),
        dev: found.dev() as u32,
        ino: found.ino() as u32,
        uid: found.uid(),
        gid: found.gid(),
        file_size: found.len() as u32,
        ..bare_entry(path, blob)
    }
}

/// Without the system's numbers Git compares the content once and notes them itself.
#[cfg(not(unix))]
fn entry(path: &str, blob: Blob, _: &Metadata) -> IndexEntry {
    bare_entry(path, blob)
}

pub(super) fn bare_entry(path: &str, blob: Blob) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: blob.mode.bits(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id: blob.id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
