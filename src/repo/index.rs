//! What Git tracks: what is in the way of new files there, and adding and forgetting exactly our entries.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::Path;

use git2::{Index, IndexEntry, IndexTime, ObjectType, Tree};

use super::{Repo, Stored};
use crate::error::{Context, Error, Problem, Result};

impl Repo {
    /// What Git tracks, in the index or in the last commit, where the new files `paths` must go, also when it
    /// is gone from the work tree. `paths` are relative to the root of the work tree.
    ///
    /// # Errors
    /// The index or HEAD cannot be read.
    pub fn tracked_obstacles<'a>(
        &self,
        paths: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Problem>> {
        let index = self.index()?;
        let head = self.head_tree()?;
        let mut found = BTreeMap::new();
        for path in paths {
            // The path itself, or something above it that is no folder.
            let obstacle = prefixes(path).find_map(|part| {
                let what = if is_entry(&index, part) || (part == path && is_folder(&index, part)) {
                    "tracked by Git"
                } else if head.as_ref().is_some_and(|head| stands_in(head, part, part == path)) {
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
                        "commit its removal or bring it back and move it, or choose another directory",
                    )
                });
            }
        }
        Ok(found)
    }

    /// Adds `files`, which are in the work tree, to the index; other entries stay as they are.
    ///
    /// # Errors
    /// A file cannot be looked at, or the index cannot be written.
    pub fn stage(&self, files: &[Stored]) -> Result<()> {
        let mut index = self.index()?;
        for file in files {
            let failed = || format!("cannot add `{}` to the index", file.path);
            let found = self.root.join(&file.path).symlink_metadata().context(failed)?;
            index.add(&entry(file, &found)).context(failed)?;
        }
        index.write().context(|| "cannot write the index".to_owned())
    }

    /// Takes `files` out of the index again, where their entries are still the ones that [`Repo::stage`] made.
    ///
    /// # Errors
    /// The index cannot be read or written.
    pub fn unstage(&self, files: &[Stored]) -> Result<()> {
        let mut index = self.index()?;
        let mut changed = false;
        for file in files {
            let path = Path::new(&file.path);
            if index.get_path(path, 0).is_some_and(|entry| entry.id == file.id) {
                index.remove(path, 0).context(|| format!("cannot take `{}` out of the index", file.path))?;
                changed = true;
            }
        }
        if changed { index.write().context(|| "cannot write the index".to_owned()) } else { Ok(()) }
    }

    /// Those of `files` that the last commit does not have.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub fn uncommitted(&self, files: Vec<Stored>) -> Result<Vec<Stored>> {
        let Some(head) = self.head_tree()? else { return Ok(files) };
        Ok(files.into_iter().filter(|file| head.get_path(Path::new(&file.path)).is_err()).collect())
    }

    fn index(&self) -> Result<Index> {
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

    fn head_tree(&self) -> Result<Option<Tree<'_>>> {
        let Some(commit) = self.head()?.commit else { return Ok(None) };
        let tree = self.git.find_commit(commit).and_then(|commit| commit.tree());
        tree.context(|| "cannot read the last commit".to_owned()).map(Some)
    }
}

/// `a`, `a/b` and `a/b/c` for `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain([path])
}

fn is_entry(index: &Index, path: &str) -> bool {
    (0..=3).any(|stage| index.get_path(Path::new(path), stage).is_some())
}

fn is_folder(index: &Index, path: &str) -> bool {
    index.find_prefix(format!("{path}/")).is_ok()
}

fn stands_in(tree: &Tree, path: &str, is_file: bool) -> bool {
    tree.get_path(Path::new(path)).is_ok_and(|found| is_file || found.kind() != Some(ObjectType::Tree))
}

#[cfg(unix)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the index holds 32 bits of each"
)]
fn entry(file: &Stored, found: &Metadata) -> IndexEntry {
    use std::os::unix::fs::MetadataExt;
    IndexEntry {
        ctime: IndexTime::new(found.ctime() as i32, found.ctime_nsec() as u32),
        mtime: IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32),
        dev: found.dev() as u32,
        ino: found.ino() as u32,
        uid: found.uid(),
        gid: found.gid(),
        file_size: found.len() as u32,
        ..bare_entry(file)
    }
}

/// Without the system's numbers Git compares the content once and notes them itself.
#[cfg(not(unix))]
fn entry(file: &Stored, _: &Metadata) -> IndexEntry {
    bare_entry(file)
}

fn bare_entry(file: &Stored) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: u32::from(file.mode()),
        uid: 0,
        gid: 0,
        file_size: 0,
        id: file.id,
        flags: 0,
        flags_extended: 0,
        path: file.path.clone().into_bytes(),
    }
}
