//! Opens repositories: those of other users only if Git trusts them, and says what is wrong with those that cannot be opened.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository, RepositoryOpenFlags};

use super::command;
use crate::error::{Error, Result};
use crate::shell;

/// Opens the repository whose work tree is `root`, or the bare repository `root`.
pub(super) fn open(root: &Path) -> Result<Repository> {
    unless_foreign(root, Repository::open(root)).map_err(|error| unusable(root, error))
}

/// Opens the repository around `anchor`, if any.
///
/// # Errors
/// A precondition if it belongs to another user; a failure if it cannot be opened.
pub(super) fn discover(anchor: &Path) -> Result<Option<Repository>> {
    let ceilings: Vec<OsString> = env::var_os("GIT_CEILING_DIRECTORIES")
        .map(|list| env::split_paths(&list).map(PathBuf::into_os_string).collect())
        .unwrap_or_default();
    match around(anchor, &ceilings)? {
        Some(git) if git.is_bare() => Ok(Some(around_bare(&git)?.unwrap_or(git))),
        found => Ok(found),
    }
}

/// Returns the repository whose work tree the bare repository `git` lies in, if any. Files that look like a bare repository
/// can be part of a commit, so what they configure, and what they ask for, is not the user's wish.
pub(super) fn around_bare(git: &Repository) -> Result<Option<Repository>> {
    let Some(above) = git.path().parent() else { return Ok(None) };
    // A folder whose `.git` file names the bare repository is not around it.
    let is_around = |around: &Repository| {
        around.path() != git.path() && around.workdir().is_some_and(|root| git.path().starts_with(root))
    };
    Ok(around(above, &[])?.filter(is_around))
}

fn around(path: &Path, ceilings: &[OsString]) -> Result<Option<Repository>> {
    let opened = Repository::open_ext(path, RepositoryOpenFlags::empty(), ceilings);
    match unless_foreign(path, opened) {
        Ok(git) => Ok(Some(git)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(unusable(path, error)),
    }
}

/// The error for a `.git` at or above `anchor` that is not a repository, so that Git passes over it.
pub(super) fn incomplete(anchor: &Path) -> Option<Error> {
    let top = anchor.ancestors().find(|folder| folder.join(".git").exists())?;
    // Elsewhere, an environment variable keeps Git from going there.
    if Repository::open(top).is_ok() {
        return None;
    }
    let message = format!("`{}` is not a complete Git repository", top.join(".git").display());
    Some(Error::precondition(message).hint(format!(
        "`git init {}` writes what is missing, such as `HEAD`, and keeps the rest",
        shell::path(&top.display().to_string())
    )))
}

/// libgit2 reads `safe.directory` from files only, and not every form of it, so Git is asked about a repository of another
/// user.
pub(super) fn unless_foreign(
    path: &Path,
    opened: Result<Repository, git2::Error>,
) -> Result<Repository, git2::Error> {
    match opened {
        Err(error) if error.code() == ErrorCode::Owner => match command::trusted_repository(path) {
            Some((git_dir, work_tree)) => open_trusted(&git_dir, work_tree.as_deref()),
            None => Err(error),
        },
        opened => opened,
    }
}

fn open_trusted(git_dir: &Path, work_tree: Option<&Path>) -> Result<Repository, git2::Error> {
    // The one way to open a repository that does not look at its owner.
    let git = Repository::open_bare(git_dir)?;
    if let Some(work_tree) = work_tree {
        git.set_workdir(work_tree, false)?;
    }
    Ok(git)
}

fn unusable(path: &Path, error: git2::Error) -> Error {
    if error.message().contains("unknown object format") {
        return Error::precondition(format!(
            "treenail does not support the object format of `{}`",
            path.display()
        ))
        .because(error)
        .hint("use a repository with the object format `sha1`, Git's default");
    }
    let top = shell::path(&top(path).display().to_string());
    if error.code() != ErrorCode::Owner {
        return Error::failure(format!("cannot open the repository around `{}`", path.display()))
            .because(error)
            .hint(format!("`git -C {top} status` shows what is wrong with it"));
    }
    Error::precondition(format!("the repository around `{}` belongs to another user", path.display()))
        .because(error)
        .hint(format!("if you trust it, run `git config --global --add safe.directory {top}`"))
}

/// Returns the directory that holds `.git`; a repository that may not be opened does not reveal it.
fn top(anchor: &Path) -> &Path {
    anchor.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(anchor)
}
