//! Reads committed files into memory.

use git2::{ObjectType, TreeWalkMode, TreeWalkResult};

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

impl Repo {
    /// Returns the files of HEAD below `prefix` (empty, or ending in `/`), by their path below it; empty on a
    /// branch without commits. Submodules are skipped.
    pub(crate) fn tree_at_head(&self, prefix: &str) -> Result<Tree> {
        self.bounded_tree_at_head(prefix, MOST)
    }

    fn bounded_tree_at_head(&self, prefix: &str, most: Most) -> Result<Tree> {
        let mut found = Tree::new();
        let Some(commit) = self.head()?.commit else { return Ok(found) };
        let failed = || "cannot read the last commit".to_owned();
        let mut tree = self.git.find_commit(commit).and_then(|commit| commit.tree()).context(failed)?;
        if let Some(folder) = prefix.strip_suffix('/') {
            let Ok(entry) = tree.get_path(folder.as_ref()) else { return Ok(found) };
            tree = self.git.find_tree(entry.id()).context(failed)?;
        }
        let mut files = Vec::new();
        let mut entries = 0;
        // Stopping early is no error for libgit2.
        let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            entries += 1;
            if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name()) {
                files.push((format!("{folder}{name}"), entry.filemode(), entry.id()));
            }
            if entries > most.files { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
        });
        if entries > most.files {
            return Err(Error::failure(failed()).because(format!("it has more than {} files", most.files)));
        }
        walked.context(failed)?;
        let mut left = most.bytes;
        for (path, mode, id) in files {
            let mode = Mode::from_bits(mode.cast_unsigned()).unwrap_or(Mode::Regular);
            let size = self.size(Blob { id, mode }).context(failed)?;
            left = left.checked_sub(size).ok_or_else(|| {
                Error::failure(failed()).because(format!("its files have more than {} MiB", most.bytes >> 20))
            })?;
            let content = self.git.find_blob(id).context(failed)?.content().to_vec();
            found.insert(path, File { mode, content });
        }
        Ok(found)
    }
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
