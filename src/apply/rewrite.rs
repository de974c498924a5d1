//! Replaces the contents of single files, each in one step. Unlike an update, it is not undone as a whole: each file on its
//! own is either the old or the new one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::must_recover_first;
use super::transaction::{Transaction, has_journal};
use crate::error::{Problem, Result};
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
/// A precondition: in the repository of one of them another run is active, or was interrupted.
pub(crate) fn rewrite(base: &Path, files: &[Rewrite], cancelled: &dyn Fn() -> bool) -> Result<Rewritten> {
    let roots: Vec<_> = files.iter().map(|file| root_around(&base.join(file.path))).collect();
    let repos: BTreeSet<_> = roots.iter().flatten().collect();
    let repos = repos.into_iter().map(|root| Repo::open(root)).collect::<Result<Vec<_>>>()?;
    if repos.iter().any(has_journal) {
        return Err(must_recover_first());
    }
    let _locks = repos.iter().map(Transaction::begin).collect::<Result<Vec<_>>>()?;
    let mut rewritten = Rewritten { done: 0, problems: Vec::new() };
    for (file, root) in files.iter().zip(&roots) {
        if cancelled() {
            break;
        }
        // Below the Git directory nobody commits what a killed run leaves.
        let repo = repos.iter().find(|repo| Some(repo.root()) == root.as_deref());
        let aside = repo.map(rewritten_path);
        if let Err(error) = fs::rewrite(&base.join(file.path), file.old, file.new, aside.as_deref()) {
            rewritten.problems.push(Problem::new(format!("`{}`: {error}", file.path), ""));
        }
        rewritten.done += 1;
    }
    Ok(rewritten)
}

/// Returns the root of the work tree that `file` is in, if any.
fn root_around(file: &Path) -> Option<PathBuf> {
    match git::locate(file.parent()?) {
        Ok(RepoLocation::Worktree(worktree)) => Some(worktree.root),
        _ => None,
    }
}

pub(super) fn rewritten_path(repo: &Repo) -> PathBuf {
    repo.private_dir().join("rewritten")
}
