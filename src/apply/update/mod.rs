//! Changes files that are there: in place with a commit, in place without, on a branch aside, or as far as it goes
//! with conflicts for the user to resolve. All of it or nothing, and never over something that Git does not have.

mod aside;
mod check;
mod conflict;
mod place;

pub use super::session::Recovery;
pub use conflict::{Conflict, cancel, conflict, resume};

use std::path::Path;

use super::{Landed, Step, Watch, session};
use crate::error::{Error, Result};
use crate::git::{Blob, Change, Edited, Repo};
use crate::tree::Mode;

/// A file to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// What goes into it, as Git stores it.
    pub content: &'a [u8],
    /// What kind of file it is.
    pub mode: Mode,
}

/// What becomes of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathChange<'a> {
    /// Relative to the folder that is updated, `/`-separated.
    pub path: &'a str,
    /// What is there: in the last commit, or with [`Where::NoCommit`] in the work tree; `None` for nothing. An
    /// [`Edit`] is told apart.
    pub before: Option<Blob>,
    /// What will be there; `None` for nothing.
    pub after: Option<File<'a>>,
}

/// A file that need not be as it was committed: the user edits it to say what the update is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// Relative to the folder that is updated, `/`-separated.
    pub path: &'a str,
    /// What the work tree has, byte by byte. It is there again where the update fails or is given up.
    pub content: &'a [u8],
}

/// Where the changes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where<'a> {
    /// Into the work tree and, as a commit, onto the current branch.
    InPlace,
    /// As a commit onto this branch, which is not checked out; the work tree stays as it is.
    Branch(&'a str),
    /// Into the work tree only.
    NoCommit,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Update<'a> {
    /// The root of the work tree, or a bare repository.
    pub root: &'a Path,
    /// The folder that is updated, as seen from `root`: empty, or ending in `/`.
    pub prefix: &'a str,
    /// The changes; each path once.
    pub changes: Vec<PathChange<'a>>,
    /// The one file that may be edited, where it is.
    pub edit: Option<Edit<'a>>,
    /// The message of the commit.
    pub message: &'a str,
    /// Where they go.
    pub r#where: Where<'a>,
}

/// An update that nothing stood against when it was checked.
pub struct Ready<'a> {
    update: &'a Update<'a>,
    repo: Repo,
}

/// Completes or undoes what an earlier run left half done when it was killed, in the repository whose work tree is
/// `root`. To be called before HEAD is read for a merge.
///
/// # Errors
/// It can neither be completed nor undone; a precondition where another run is under way.
pub fn recover(root: &Path) -> Result<Recovery> {
    session::recover_if_there(&Repo::open(root)?)
}

/// What a run before has left in a work tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// It is under way.
    Running,
    /// It was killed; [`recover`] and [`cancel`] see to it.
    Killed,
    /// It has left conflicts, which [`resume`] and [`cancel`] see to.
    Waiting,
}

/// What an earlier run has not brought to its end in the repository whose work tree is `root`. Writes nothing.
///
/// # Errors
/// There is no repository.
pub(crate) fn unfinished(root: &Path) -> Result<Option<Unfinished>> {
    let repo = Repo::open(root)?;
    Ok(match repo.picking() {
        _ if session::busy(&repo).is_some() => Some(Unfinished::Running),
        _ if session::has_journal(&repo) => Some(Unfinished::Killed),
        Some(_) => Some(Unfinished::Waiting),
        None => None,
    })
}

/// What has landed already: where the branch of [`Where::Branch`] holds just the commit that `update` would make.
///
/// # Errors
/// The repository cannot be read.
pub(crate) fn standing(update: &Update) -> Result<Option<Landed>> {
    let Where::Branch(name) = update.r#where else { return Ok(None) };
    let repo = Repo::open(update.root)?;
    let commit = repo.commit_on(name, &update.predicted(&repo)?)?;
    Ok(commit.map(|commit| Landed {
        commit: Some(commit.to_string()),
        repository_created: false,
        branch: Some(name.to_owned()),
    }))
}

/// Checks everything that can be known before the first write, and lists all that is wrong. Writes nothing, but for
/// what [`recover`] does.
///
/// # Errors
/// A precondition with one problem for each path or setting in the way; a failure where something cannot be read.
pub fn preflight<'a>(update: &'a Update<'a>) -> Result<Ready<'a>> {
    let repo = Repo::open(update.root)?;
    recovered(session::recover_if_there(&repo)?)?;
    check::check(update, &repo, &[], session::busy(&repo).into_iter().collect())?;
    Ok(Ready { update, repo })
}

/// What was computed before a recovery is out of date after it.
fn recovered(recovery: Recovery) -> Result<()> {
    let done = match recovery {
        Recovery::Nothing => return Ok(()),
        Recovery::Completed => "completed",
        Recovery::TakenBack => "taken back",
    };
    Err(Error::precondition(format!("an earlier run was interrupted here, and has been {done} now"))
        .hint("run the command again"))
}

/// Does what was checked. `progress` hears of each step before it is done; `cancelled` is asked as often.
///
/// # Errors
/// Whatever the reason, the old state is back then: a failure, a precondition that has come up since
/// [`preflight`], or a cancellation.
pub fn land(ready: Ready, progress: &dyn Fn(Step), cancelled: &dyn Fn() -> bool) -> Result<Landed> {
    let watch = Watch { progress, cancelled };
    let Ready { update, repo } = ready;
    let result = match update.r#where {
        Where::Branch(name) => aside::land(update, name, &repo, &watch),
        Where::InPlace | Where::NoCommit => place::land(update, &repo, &watch),
    };
    // Ctrl-C reaches a running `git` and its hooks too; then their complaints are beside the point.
    result.map_err(|error| if cancelled() && error.problems.is_empty() { Error::cancelled() } else { error })
}

impl Update<'_> {
    /// The changes as seen from the root, with `blob` telling what a content is known as.
    fn changes(&self, repo: &Repo, blob: impl Fn(&[u8], Mode) -> Result<Blob>) -> Result<Vec<Change>> {
        let change = |change: &PathChange| {
            let path = format!("{}{}", self.prefix, change.path);
            let after = change.after.map(|file| blob(file.content, file.mode)).transpose()?;
            let edited = match (self.edit_of(change.path), change.before) {
                (Some(edit), Some(before)) => Some(Edited {
                    work: blob(edit.content, before.mode)?,
                    index: repo.staged(&path)?.unwrap_or(before),
                }),
                _ => None,
            };
            Ok(Change { path, before: change.before, after, edited })
        };
        self.changes.iter().map(change).collect()
    }

    /// The edit of `path`; a branch aside is none of the work tree's business.
    fn edit_of(&self, path: &str) -> Option<Edit<'_>> {
        let is_aside = matches!(self.r#where, Where::Branch(_));
        self.edit.filter(|edit| edit.path == path && !is_aside)
    }

    /// As [`Update::changes`], with the contents stored in Git.
    fn stored(&self, repo: &Repo) -> Result<Vec<Change>> {
        self.changes(repo, |content, mode| repo.store(content, mode))
    }

    /// As [`Update::changes`], with nothing stored.
    fn predicted(&self, repo: &Repo) -> Result<Vec<Change>> {
        self.changes(repo, Blob::of)
    }
}
