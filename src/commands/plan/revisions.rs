//! The two revisions of a plan, and their files.

#![expect(clippy::disallowed_methods, reason = "the folder that the user is in is read here")]

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use crate::check::Files;
use crate::commands::manifest_files::{revision, work_tree};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::fs;
use crate::git::{self, Repo, RepoLocation};

pub(super) struct Revisions {
    repository: Repo,
    /// The full id of the commit before.
    pub(super) base: String,
    /// The full id of the commit after; `None` for the work tree.
    pub(super) head: Option<String>,
    /// The branch that is merged into, if that is known.
    pub(super) branch: Option<String>,
    /// The folder that Applications are shown of; empty for all.
    pub(super) below: String,
}

/// The files of both revisions.
pub(super) struct RevisionFiles {
    pub(super) before: Files,
    pub(super) after: Files,
    pub(super) changed: BTreeSet<String>,
    /// See [`revision::restored`].
    pub(super) restored: BTreeSet<String>,
}

/// What the user has named.
enum Named<'r> {
    Nothing,
    /// One side: the other is the work tree.
    Base(&'r str),
    Both {
        base: &'r str,
        head: &'r str,
        is_fork: bool,
    },
}

impl Revisions {
    /// # Errors
    /// No repository; a revision that does not exist; nothing to compare with.
    pub(super) fn find(range: Option<&str>, path: Option<&Path>) -> Result<Self> {
        let here = env::current_dir().context(|| "cannot determine the current folder".to_owned())?;
        let (range, path) = sort_out(range, path, &here);
        let dir = path.as_ref().map_or_else(|| here.clone(), |path| here.join(path));
        let (root, below, is_bare) = repository(&dir)?;
        let repository = Repo::open_to_read(&root)?;
        let below = if path.is_some() { below } else { String::new() };
        let mut found = Self { repository, base: String::new(), head: None, branch: None, below };
        match named(range.as_deref()) {
            Named::Nothing | Named::Base(_) if is_bare => {
                return Err(Error::new(ErrorKind::Usage, "a bare repository has no work tree to plan")
                    .hint("name two commits, as in `treenail plan main..change DIR`"));
            }
            Named::Nothing => found.default_base()?,
            Named::Base(base) => {
                found.base = found.repository.fork_point(&found.commit(base)?)?;
                found.branch = found.repository.short_branch(base);
            }
            Named::Both { base, head, is_fork } => {
                let (old, new) = (found.commit(base)?, found.commit(head)?);
                found.base =
                    if is_fork { found.repository.merge_base(&old, &new)?.unwrap_or(old) } else { old };
                found.head = Some(new);
                found.branch = found.repository.short_branch(base);
            }
        }
        Ok(found)
    }

    fn commit(&self, name: &str) -> Result<String> {
        let name = if name.is_empty() { "HEAD" } else { name };
        self.repository.commit_named(name).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("`{name}` is not a commit"))
                .hint("fetch it first; `actions/checkout` does with `fetch-depth: 0`")
        })
    }

    fn default_base(&mut self) -> Result<()> {
        let Some(target) = self.repository.merge_target()? else {
            return Err(Error::precondition("no remote branch is known that this is merged into")
                .hint("name the commit or branch to compare with, as in `treenail plan main`")
                .hint("or run `git fetch origin`, if the branch is there"));
        };
        self.base = self.repository.fork_point(&target.commit)?;
        self.branch = Some(target.branch);
        Ok(())
    }

    /// Returns the files of both revisions.
    ///
    /// # Errors
    /// They cannot be read, or the settings are invalid.
    pub(super) fn read(&self) -> Result<RevisionFiles> {
        let [mut before, mut after] = if let Some(head) = &self.head {
            revision::both(&self.repository, [&self.base, head])?
        } else {
            let before = revision::with_own_settings(&self.repository, &self.base)?;
            let mut after = work_tree::locate(&[self.repository.root().to_owned()])?.read(None)?;
            after.share(&before);
            [before, after]
        };
        let changed = self.repository.changed_paths(&self.base, self.head.as_deref())?;
        if let Some(url) = self.repository.remote() {
            before.add_remote(url.clone());
            after.add_remote(url);
        }
        let restored = revision::restored(&self.repository, &self.base, &changed, &after)?;
        Ok(RevisionFiles { before, after, changed, restored })
    }
}

/// Tells the range from the folder: a single word may be either.
fn sort_out(range: Option<&str>, path: Option<&Path>, here: &Path) -> (Option<String>, Option<PathBuf>) {
    let Some(word) = range.filter(|_| path.is_none()) else {
        return (range.map(str::to_owned), path.map(Path::to_owned));
    };
    let is_folder = !word.contains("..") && fs::is_folder(&here.join(word));
    let is_commit = || {
        let root = repository(here).ok().map(|(root, ..)| root);
        root.and_then(|root| Repo::open_to_read(&root).ok()).is_some_and(|it| it.commit_named(word).is_some())
    };
    if is_folder && !is_commit() {
        return (None, Some(PathBuf::from(word)));
    }
    (Some(word.to_owned()), None)
}

fn named(range: Option<&str>) -> Named<'_> {
    let Some(range) = range else { return Named::Nothing };
    if let Some((base, head)) = range.split_once("...") {
        return Named::Both { base, head, is_fork: true };
    }
    match range.split_once("..") {
        Some((base, head)) => Named::Both { base, head, is_fork: false },
        None => Named::Base(range),
    }
}

/// Returns the repository around `dir`, the folder in it, and whether it is bare.
fn repository(dir: &Path) -> Result<(PathBuf, String, bool)> {
    if let Some(root) = git::bare(dir)? {
        return Ok((root, String::new(), true));
    }
    match git::locate(dir)? {
        RepoLocation::Worktree(worktree) => {
            Ok((worktree.root, worktree.prefix.trim_end_matches('/').to_owned(), false))
        }
        RepoLocation::New { .. } => {
            Err(Error::precondition(format!("`{}` is in no Git repository", dir.display()))
                .hint("run it where the manifests are committed"))
        }
    }
}
