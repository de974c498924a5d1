//! Finds the repository around a directory. Nothing is created.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{Repository, RepositoryOpenFlags};

use super::open::{around_bare, discover, incomplete, unless_foreign};
use super::{Repo, settings};
use crate::error::{Context, Error, Result};
use crate::fs::{self, Target};
use crate::shell;

/// Where a directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoLocation {
    /// Outside any repository, and empty or missing.
    New {
        /// Whether the (empty) directory exists.
        exists: bool,
    },
    /// In the work tree of a repository.
    Worktree(Worktree),
}

/// A directory in a work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// The root of the work tree, absolute and free of symbolic links.
    pub root: PathBuf,
    /// The directory within the work tree: empty for the root, else like `services/shop/`.
    pub prefix: String,
    /// The current branch, even without commits; `None` when detached.
    pub branch: Option<String>,
    /// The URL of `origin`, else of the only remote.
    pub remote: Option<String>,
}

/// Locates `dir`; if it does not exist, the nearest directory above it decides. Linked work trees,
/// submodules and separate Git directories count as repositories; `GIT_CEILING_DIRECTORIES` is honoured.
///
/// # Errors
/// A precondition: `dir` is a file, is inside a bare repository or a Git directory, belongs to another user's repository,
/// or is neither empty nor in a repository.
pub fn locate(dir: &Path) -> Result<RepoLocation> {
    let target = Target::resolve(dir)?;
    let Some(git) = discover(&target.anchor)? else { return new_or_empty(&target) };
    let shown = target.dir.display().to_string();
    let workdir = git.workdir().and_then(|workdir| workdir.canonicalize().ok());
    // Inside `.git`, libgit2 finds the repository too.
    let git_dir = git.path().canonicalize().unwrap_or_else(|_| git.path().to_owned());
    let (Some(root), false) = (workdir, target.dir.starts_with(&git_dir)) else {
        return Err(Error::precondition(format!("`{shown}` is inside a bare repository or a Git directory"))
            .hint("choose a directory in a work tree, or a new one"));
    };
    let Ok(inside) = target.dir.strip_prefix(&root) else {
        return Err(Error::precondition(format!("`{shown}` is outside the work tree `{}`", root.display()))
            .hint("choose a directory in the work tree"));
    };
    let Some(prefix) = inside.to_str() else {
        return Err(Error::precondition(format!("`{shown}` is not valid UTF-8")).hint("rename the directory"));
    };
    let mut prefix = prefix.replace(std::path::MAIN_SEPARATOR, "/");
    if !prefix.is_empty() {
        prefix.push('/');
    }
    let repo = Repo { only_reads: true, ..Repo::of(Rc::new(git), &root) };
    let branch = repo.head()?.branch().map(str::to_owned);
    let remote = repo.remote();
    Ok(RepoLocation::Worktree(Worktree { root: repo.root, prefix, branch, remote }))
}

/// As [`locate`], of a directory that is to become a repository inside another one's work tree.
///
/// # Errors
/// A precondition: `dir` is a file, or is not empty.
pub(crate) fn locate_separate(dir: &Path) -> Result<RepoLocation> {
    new_or_empty(&Target::resolve(dir)?)
}

/// The bare repository that `dir` is, if it is one.
///
/// # Errors
/// A precondition: it is one that Git would not use.
pub fn bare(dir: &Path) -> Result<Option<PathBuf>> {
    let flags = RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT;
    let opened = Repository::open_ext(dir, flags, [] as [&Path; 0]);
    let Ok(git) = unless_foreign(dir, opened) else { return Ok(None) };
    if !git.is_bare() || around_bare(&git)?.is_some() {
        return Ok(None);
    }
    // The setting wants a bare repository to be named, which a path that ends so does, and the current directory does not.
    let is_named = dir.extension().is_some_and(|extension| extension == "git");
    if !is_named && settings::protected("safe.bareRepository")?.as_deref() == Some("explicit") {
        let shown = dir.display();
        return Err(Error::precondition(format!(
            "`{shown}` is a bare repository, and `safe.bareRepository` is `explicit`"
        ))
        .hint("name it by a path that ends in `.git`, if you trust it"));
    }
    Ok(git.path().canonicalize().ok())
}

/// The directory that all work trees of the repository around `dir` share, if there is one that can be opened.
pub(crate) fn common_dir(dir: &Path) -> Option<PathBuf> {
    let git = discover(&Target::resolve(dir).ok()?.anchor).ok()??;
    git.commondir().canonicalize().ok()
}

/// The URL of `origin` (else of the only remote) and the current branch of the repository around `dir`, if any.
///
/// # Errors
/// As for [`locate`].
pub fn remote_and_branch(dir: &Path) -> Result<(Option<String>, Option<String>)> {
    Ok(match locate(dir)? {
        RepoLocation::New { .. } => (None, None),
        RepoLocation::Worktree(worktree) => (worktree.remote, worktree.branch),
    })
}

/// Whether a repository around `dir` could not be opened, so that it must not pass for none.
///
/// # Errors
/// It belongs to another user, is damaged or incomplete, or needs a newer Git.
pub(crate) fn check_readable(dir: &Path) -> Result<()> {
    let Ok(target) = Target::resolve(dir) else { return Ok(()) };
    match discover(&target.anchor)? {
        None => incomplete(&target.anchor).map_or(Ok(()), Err),
        Some(git) => {
            let root = git.workdir().unwrap_or_else(|| git.path()).to_owned();
            Repo::of(Rc::new(git), &root).head().map(|_| ())
        }
    }
}

fn new_or_empty(target: &Target) -> Result<RepoLocation> {
    if !target.exists() {
        return Ok(RepoLocation::New { exists: false });
    }
    let shown = target.dir.display().to_string();
    // What an interrupted run has left is not the user's; the next run clears it up.
    if fs::is_under_construction(target).context(|| format!("cannot read `{shown}`"))? {
        return Ok(RepoLocation::New { exists: true });
    }
    if target.dir.join(".git").exists()
        && let Some(error) = incomplete(&target.dir)
    {
        return Err(error);
    }
    Err(Error::precondition(format!("`{shown}` is not empty and not in a Git repository"))
        .hint(format!("choose a new directory, or run `git init {}` first", shell::path(&shown))))
}

impl Repo {
    /// Returns the URL of `origin`, else of the only remote.
    pub(crate) fn remote(&self) -> Option<String> {
        let names = self.git.remotes().ok()?;
        let names: Vec<&str> = names.iter().filter_map(|name| name.ok().flatten()).collect();
        let name = match names.as_slice() {
            [only] => only,
            several => several.iter().find(|name| **name == "origin")?,
        };
        let written = self.git.config().and_then(|config| config.get_string(&format!("remote.{name}.url")));
        match written {
            // What `insteadOf` makes of an address is valid on this machine only, as is a shorthand.
            Ok(url) if url.contains("://") || url.contains('@') => Some(url),
            _ => self.git.find_remote(name).ok()?.url().ok().map(str::to_owned),
        }
    }
}
