//! Replaces the contents of single files, each in one step. Unlike an update, it is not undone as a whole: each file on its
//! own is either the old or the new one.

use std::path::{Path, PathBuf};

use super::transaction::{Transaction, has_journal};
use crate::error::{Error, Problem, Result};
use crate::fs;
use crate::git::{self, Repo, RepoLocation};

/// The new content of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewrite<'a> {
    pub(crate) path: &'a str,
    pub(crate) old: &'a [u8],
    pub(crate) new: &'a [u8],
}

/// What [`rewrite`] did.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    /// The number of files that were dealt with before it was cancelled.
    pub(crate) done: usize,
    /// One for each of them that could not be written, and is unchanged.
    pub(crate) problems: Vec<Problem>,
}

/// Writes `files` below the folder `base`. `cancelled` is asked before each.
///
/// # Errors
/// A precondition: in the repository around `base` another run is active, or was interrupted.
pub(crate) fn rewrite(base: &Path, files: &[Rewrite], cancelled: &dyn Fn() -> bool) -> Result<Rewritten> {
    let mut rewritten = Rewritten { done: 0, problems: Vec::new() };
    if files.is_empty() {
        return Ok(rewritten);
    }
    let repo = match git::locate(base) {
        Ok(RepoLocation::Worktree(worktree)) => Some(Repo::open(&worktree.root)?),
        // Files need not be in a repository.
        _ => None,
    };
    if repo.as_ref().is_some_and(has_journal) {
        return Err(Error::precondition("an earlier run was interrupted here").hint(
            "finish it with `treenail upgrade --continue`, or undo it with `treenail upgrade --abort`",
        ));
    }
    let _lock = repo.as_ref().map(Transaction::begin).transpose()?;
    // Below the Git directory nobody commits what a killed run leaves.
    let aside = repo.as_ref().map(rewritten_path);
    for file in files {
        if cancelled() {
            break;
        }
        if let Err(error) = fs::rewrite(&base.join(file.path), file.old, file.new, aside.as_deref()) {
            rewritten.problems.push(Problem::new(format!("`{}`: {error}", file.path), ""));
        }
        rewritten.done += 1;
    }
    Ok(rewritten)
}

pub(super) fn rewritten_path(repo: &Repo) -> PathBuf {
    repo.private_dir().join("rewritten")
}
