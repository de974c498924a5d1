//! Reads committed files into memory.

use std::collections::BTreeSet;

use git2::{DiffOptions, ObjectType, Oid, TreeWalkMode, TreeWalkResult};

use super::{Blob, Repo};
use crate::error::{Context, Error, Result};
use crate::tree::{File, Mode, Tree};

/// What a commit may hold below a folder. A few kilobytes in a pack can stand for more files, and for more bytes, than any
/// machine can hold.
#[derive(Clone, Copy)]
struct Most {
    files: usize,
    bytes: u64,
}

const MOST: Most = Most { files: 1_000_000, bytes: 4 << 30 };

const UNREADABLE: &str = "cannot read the commit";

impl Repo {
    /// Returns the files of HEAD below `prefix` (empty, or ending in `/`), by their path below it; empty on a
    /// branch without commits. Submodules are skipped.
    pub(crate) fn tree_at_head(&self, prefix: &str) -> Result<Tree> {
        self.bounded_tree_at_head(prefix, MOST)
    }

    fn bounded_tree_at_head(&self, prefix: &str, most: Most) -> Result<Tree> {
        let mut found = Tree::new();
        let Some(commit) = self.head()?.commit else { return Ok(found) };
        let failed = || UNREADABLE.to_owned();
        let mut tree = self.git.find_commit(commit).and_then(|commit| commit.tree()).context(failed)?;
        if let Some(folder) = prefix.strip_suffix('/') {
            let Ok(entry) = tree.get_path(folder.as_ref()) else { return Ok(found) };
            tree = self.git.find_tree(entry.id()).context(failed)?;
        }
        let files = every_blob(&tree, most.files)?;
        let mut left = most.bytes;
        for (path, blob) in files {
            let size = self.size(blob).context(failed)?;
            left = left.checked_sub(size).ok_or_else(|| {
                Error::failure(failed()).because(format!("its files have more than {} MiB", most.bytes >> 20))
            })?;
            let content = self.git.find_blob(blob.id).context(failed)?.content().to_vec();
            found.insert(path, File { mode: blob.mode, content });
        }
        Ok(found)
    }

    /// Returns every file of `commit`, a full id. Submodules are skipped.
    ///
    /// # Errors
    /// It cannot be read, or has more files than any repository.
    pub(crate) fn all_blobs_in(&self, commit: &str) -> Result<Vec<(String, Blob)>> {
        let id = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        every_blob(&self.tree_of(id)?, MOST.files)
    }

    /// Returns the paths of the files that differ between two commits, or between one and the work tree with what is not
    /// committed in it.
    ///
    /// # Errors
    /// They cannot be compared.
    pub(crate) fn changed_paths(&self, before: &str, after: Option<&str>) -> Result<BTreeSet<String>> {
        let failed = || "cannot compare the revisions".to_owned();
        let tree = |commit: &str| self.tree_of(Oid::from_str(commit).context(failed)?);
        let before = tree(before)?;
        let mut options = DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).ignore_submodules(true);
        let diff = match after {
            Some(after) => self.git.diff_tree_to_tree(Some(&before), Some(&tree(after)?), Some(&mut options)),
            None => self.git.diff_tree_to_workdir_with_index(Some(&before), Some(&mut options)),
        };
        let diff = diff.context(failed)?;
        let paths = diff.deltas().flat_map(|delta| [delta.old_file().path(), delta.new_file().path()]);
        Ok(paths.flatten().filter_map(|path| path.to_str()).map(str::to_owned).collect())
    }

    /// Returns the size of a content in bytes.
    ///
    /// # Errors
    /// The repository does not have it.
    pub(crate) fn size_of(&self, blob: Blob) -> Result<u64> {
        self.size(blob).context(|| UNREADABLE.to_owned())
    }
}

/// Returns the files below `tree`; fails if there are more than `most`.
fn every_blob(tree: &git2::Tree<'_>, most: usize) -> Result<Vec<(String, Blob)>> {
    let mut files = Vec::new();
    let mut entries = 0;
    // Stopping early is no error for libgit2.
    let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        entries += 1;
        if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name()) {
            let mode = Mode::from_bits(entry.filemode().cast_unsigned()).unwrap_or(Mode::Regular);
            files.push((format!("{folder}{name}"), Blob { id: entry.id(), mode }));
        }
        if entries > most { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
    });
    if entries > most {
        return Err(Error::failure(UNREADABLE).because(format!("it has more than {most} files")));
    }
    walked.context(|| UNREADABLE.to_owned())?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{Oid, Repository, Signature};

    /// A repository whose commit has 10 folders in each of 10 folders and so on, `depth` levels, with one file of 1000 bytes
    /// in each of the innermost.
    fn bomb(depth: usize) -> (tempfile::TempDir, Repo) {
        let folder = tempfile::tempdir().unwrap();
        let git = Repository::init(folder.path()).unwrap();
        let mut id = git.blob(&[b'x'; 1000]).unwrap();
        let mut mode = 0o100_644;
        for _ in 0..depth {
            let mut builder = git.treebuilder(None).unwrap();
            for name in 0..10 {
                builder.insert(name.to_string(), id, mode).unwrap();
            }
            id = builder.write().unwrap();
            mode = 0o040_000;
        }
        commit(&git, id);
        let repo = Repo::open(folder.path()).unwrap();
        (folder, repo)
    }

    fn commit(git: &Repository, tree: Oid) {
        let who = Signature::now("a", "a@example.com").unwrap();
        let tree = git.find_tree(tree).unwrap();
        git.commit(Some("HEAD"), &who, &who, "a", &tree, &[]).unwrap();
    }

    #[test]
    fn a_commit_that_is_larger_than_any_machine_is_refused() {
        let cause = |error: &Error| std::error::Error::source(error).unwrap().to_string();
        let (_folder, repo) = bomb(3);
        assert_eq!(repo.tree_at_head("").unwrap().len(), 1000);
        assert_eq!(repo.tree_at_head("0/1/").unwrap().len(), 10);
        let error = repo.bounded_tree_at_head("", Most { bytes: 999_999, ..MOST }).unwrap_err();
        assert_eq!(cause(&error), "its files have more than 0 MiB");
        let (_folder, repo) = bomb(15);
        assert_eq!(cause(&repo.tree_at_head("").unwrap_err()), "it has more than 1000000 files");
    }
}
