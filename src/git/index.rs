//! The index: what is in the way of new files in it, and its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Tree};

use super::worktree_status::is_skipped;
use super::{Blob, Delta, Repo, tree};
use crate::error::{Context, Error, Problem, Result};
use crate::tree::Mode;

impl Repo {
    /// Returns what Git tracks, in the index or the last commit, in the way of the new files `paths`, even if
    /// it is gone from the work tree. Files that are `leaving` do not count. All paths are relative to the
    /// root of the work tree.
    pub(crate) fn tracked_obstacles<'a>(
        &self,
        paths: impl Iterator<Item = &'a str>,
        leaving: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Problem>> {
        let index = self.index()?;
        let head = self.head_tree()?;
        let mut found = BTreeMap::new();
        for path in paths {
            // The path itself, or something above it that is not a folder.
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

    /// Whether a sparse checkout leaves the file at `path` out of the work tree.
    pub(crate) fn is_left_out(&self, path: &str) -> bool {
        let entry = self.index().ok().and_then(|index| entry_at(&index, path, 0));
        entry.as_ref().is_some_and(is_skipped)
    }

    /// Returns the blob at `path` in the index, unless it is unmerged.
    pub(crate) fn staged(&self, path: &str) -> Result<Option<Blob>> {
        Ok(entry_at(&self.index()?, path, 0).and_then(|entry| blob(&entry)))
    }

    /// Sets the entry of `path` in `index`, with the file's metadata; `None` removes it.
    pub(super) fn set(&self, index: &mut Index, path: &str, blob: Option<Blob>) -> Result<()> {
        let failed = || format!("cannot update `{path}` in the index");
        let Some(blob) = blob else {
            if entry_at(index, path, 0).is_some() {
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

    /// Returns those of `deltas` for which the last commit still has the previous content.
    pub(crate) fn uncommitted(&self, deltas: &[Delta]) -> Result<Vec<Delta>> {
        let Some(head) = self.head_tree()? else { return Ok(deltas.to_vec()) };
        let mut left = Vec::new();
        for delta in deltas {
            if tree::blob_at(&head, &delta.path)? == delta.before {
                left.push(delta.clone());
            }
        }
        Ok(left)
    }

    /// Returns the index as it is on the disk now.
    pub(super) fn index(&self) -> Result<Index> {
        let path = self.git.path().join("index");
        let read = || -> Result<Index, git2::Error> {
            let mut index = self.git.index()?;
            // To read it takes long in a large repository, so libgit2 looks first whether the checksum is another.
            index.read(!has_checksum(&path))?;
            Ok(index)
        };
        read().map_err(unreadable)
    }
}

/// Whether the index at `path` ends in a checksum, which `index.skipHash` leaves out.
fn has_checksum(path: &Path) -> bool {
    let mut checksum = [0; 20];
    let mut read = || -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-20))?;
        file.read_exact(&mut checksum)
    };
    read().is_ok() && checksum != [0; 20]
}

pub(super) fn unreadable(error: git2::Error) -> Error {
    let is_split = error.message().contains("'link'");
    let is_sparse = error.message().contains("'sdir'");
    let error = Error::precondition("cannot read the index").because(error);
    if is_split {
        error.hint("it is a split index: `git update-index --no-split-index` joins it")
    } else if is_sparse {
        error.hint("it is a sparse index: `git sparse-checkout reapply --no-sparse-index` expands it")
    } else {
        error
    }
}

/// Returns `a`, `a/b` and `a/b/c` for `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain([path])
}

fn is_entry(index: &Index, path: &str) -> bool {
    (0..=3).any(|stage| entry_at(index, path, stage).is_some())
}

/// Whether `path` is a folder in which some files stay.
fn is_folder(index: &Index, path: &str, leaving: &BTreeSet<&str>) -> bool {
    let folder = format!("{path}/");
    let Ok(first) = index.find_prefix(&folder) else { return false };
    (first..index.len())
        .map_while(|position| index.get(position))
        .take_while(|entry| entry.path.starts_with(folder.as_bytes()))
        .any(|entry| !str::from_utf8(&entry.path).is_ok_and(|path| leaving.contains(path)))
}

/// Whether `path` in `tree` is not a folder, or is a folder in which something stays although a file
/// (`is_file`) must replace it.
fn stands_in(tree: &Tree, path: &str, is_file: bool, leaving: &BTreeSet<&str>) -> bool {
    let Ok(found) = tree.get_path(Path::new(path)) else { return false };
    if found.kind() != Some(ObjectType::Tree) {
        return true;
    }
    // Of a folder from which nothing leaves all stays; the index has been looked at for the others.
    is_file && !leaving.iter().any(|other| other.starts_with(&format!("{path}/")))
}

/// Whether `path` is unmerged.
pub(super) fn has_stages(index: &Index, path: &str) -> bool {
    (1..=3).any(|stage| entry_at(index, path, stage).is_some())
}

/// Returns the entry of `path` in `index`; `None` also for what cannot be the path of one.
pub(super) fn entry_at(index: &Index, path: &str, stage: i32) -> Option<IndexEntry> {
    let path = Path::new(path);
    // libgit2's binding panics at others, and paths come from commits and journals too.
    let is_plain = path.components().next().is_some_and(|first| matches!(first, Component::Normal(_)));
    #[expect(clippy::disallowed_methods, reason = "the path is looked at first")]
    let entry =
        (is_plain && !path.as_os_str().as_encoded_bytes().contains(&0)).then(|| index.get_path(path, stage));
    entry.flatten()
}

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

/// Whether the file that was `found` has not changed since Git made `entry`, as far as Git's cache can tell.
#[cfg(unix)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as in the index")]
pub(super) fn is_fresh(entry: &IndexEntry, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let time = IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32);
    entry.file_size == found.len() as u32 && entry.mtime == time
}

#[cfg(not(unix))]
pub(super) fn is_fresh(_: &IndexEntry, _: &Metadata) -> bool {
    false
}

/// Leaves out file metadata: Git compares the content once and records the metadata itself.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_makes_libgit2_panic() {
        let index = Index::new().unwrap();
        for path in ["", "/", "/x", ".", "./x", "..", "../x", "a\0b", "a/../b", "a//b", "a/"] {
            assert!(entry_at(&index, path, 0).is_none(), "{path:?}");
        }
    }
}
