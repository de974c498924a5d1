//! Finds the repository around a directory. Nothing is created.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository, RepositoryOpenFlags};

use super::Repo;
use crate::error::{Context, Error, Result};
use crate::fs::{Staging, Target};
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
    let repo = Repo { git, root, settings: OnceCell::new() };
    let branch = repo.head()?.branch().map(str::to_owned);
    let remote = repo.remote();
    Ok(RepoLocation::Worktree(Worktree { root: repo.root, prefix, branch, remote }))
}

/// The bare repository that `dir` is, if it is one.
pub fn bare(dir: &Path) -> Option<PathBuf> {
    let flags = RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT;
    let git = Repository::open_ext(dir, flags, [] as [&Path; 0]).ok().filter(Repository::is_bare)?;
    git.path().canonicalize().ok()
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

pub(super) fn discover(anchor: &Path) -> Result<Option<Repository>> {
    let ceilings: Vec<OsString> = env::var_os("GIT_CEILING_DIRECTORIES")
        .map(|list| env::split_paths(&list).map(PathBuf::into_os_string).collect())
        .unwrap_or_default();
    match Repository::open_ext(anchor, RepositoryOpenFlags::empty(), ceilings) {
        Ok(git) => Ok(Some(git)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) if error.code() == ErrorCode::Owner => Err(Error::precondition(format!(
            "the repository around `{}` belongs to another user",
            anchor.display()
        ))
        .because(error)
        .hint(format!(
            "if you trust it, run `git config --global --add safe.directory {}`",
            shell::path(&top(anchor).display().to_string())
        ))),
        Err(error) => {
            Err(error).context(|| format!("cannot open the repository around `{}`", anchor.display()))
        }
    }
}

/// Returns the directory that holds `.git`; a repository that may not be opened does not reveal it.
fn top(anchor: &Path) -> &Path {
    anchor.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(anchor)
}

fn new_or_empty(target: &Target) -> Result<RepoLocation> {
    if !target.exists() {
        return Ok(RepoLocation::New { exists: false });
    }
    let shown = target.dir.display().to_string();
    // What a killed run has left is not the user's; the next run clears it up.
    let staging = Staging::path_for(target);
    let mut entries = target.dir.read_dir().context(|| format!("cannot read `{shown}`"))?;
    if Staging::is_sealed(&staging) || entries.all(|entry| entry.is_ok_and(|entry| entry.path() == staging)) {
        return Ok(RepoLocation::New { exists: true });
    }
    Err(Error::precondition(format!("`{shown}` is not empty and not in a Git repository"))
        .hint(format!("choose a new directory, or run `git init {}` first", shell::path(&shown))))
}

impl Repo {
    fn remote(&self) -> Option<String> {
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
