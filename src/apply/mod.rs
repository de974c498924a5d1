//! Writes files into a directory and into Git: all of them or none.
//!
//! A new or empty directory gets a whole repository, built aside and moved into place at the end ([`Creation`]).
//! Everything else is an [`Update`]: of a work tree, with or without a commit; of a branch that is not checked out; or
//! of a work tree as far as it goes, with conflicts left for the user. A journal spans each update of a work tree, so
//! that a run that failed or was killed is completed or undone. Nothing is overwritten that Git does not have.

mod abort;
mod branch;
mod check;
mod conflict;
mod in_place;
mod journal;
mod kept_edits;
mod key;
mod new_repository;
mod record;
mod rewrite;
mod rollback;
mod state_attributes;
mod transaction;
mod work_tree;

pub use abort::abort;
pub(crate) use conflict::rehearse_with_conflicts;
pub use conflict::{Resumed, apply_with_conflicts, resume};
pub use new_repository::{Creation, preflight_creation};
pub(crate) use new_repository::{complete_creation, is_half_created};
pub(crate) use rewrite::{Rewrite, Rewritten, rewrite};
pub use transaction::Recovery;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs::Target;
use crate::git::{AttributeFiles, Blob, Conversions, Delta, Edited, Repo};
use crate::tree::{Change, File, Tree};

/// A file that may have uncommitted edits: the user edits it to tell the update what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// Relative to the folder that is updated, `/`-separated.
    pub path: &'a str,
    /// The bytes in the work tree. They are put back if the update fails or is aborted.
    pub content: &'a [u8],
}

/// Where an update goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination<'a> {
    /// The work tree and, with a commit, the current branch.
    CurrentBranch,
    /// A commit on this branch, which is not checked out; the work tree does not change.
    Branch(&'a str),
    /// As [`Destination::Branch`], in the place of what earlier runs of treenail have made there, if nobody else has added
    /// to that.
    OwnBranch(&'a str),
    /// The work tree only.
    WorkTree,
}

impl<'a> Destination<'a> {
    /// Returns the branch that is not checked out.
    fn branch(self) -> Option<&'a str> {
        match self {
            Self::Branch(name) | Self::OwnBranch(name) => Some(name),
            Self::CurrentBranch | Self::WorkTree => None,
        }
    }
}

/// Changes to make in a repository.
#[derive(Clone, Debug)]
pub struct Update<'a> {
    /// The root of the work tree, or a bare repository.
    pub root: PathBuf,
    /// The folder that is updated, as seen from `root`: empty, or ending in `/`.
    pub prefix: String,
    /// The changes, each path once. `before` is the last commit's file, or the work tree's with
    /// [`Destination::WorkTree`]; an [`Edit`] comes on top of it.
    pub changes: Vec<Change<'a>>,
    /// The blobs of those files of `changes` that were there before and that Git stores in another form, by their paths below
    /// `prefix`. The files are as a scaffold generates them, and as filters write them.
    pub stored: BTreeMap<String, Blob>,
    /// The one file that may have edits, if it has.
    pub edit: Option<Edit<'a>>,
    /// The message of the commit.
    pub message: &'a str,
    /// Where they go.
    pub destination: Destination<'a>,
    /// Whether the files come from outside of Git. Then Git's filters decide, as for `git add`,
    /// what is stored, and a run that was killed is undone, since what it would have stored is not known.
    pub is_initial: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The full id of the new commit.
    pub commit: Option<String>,
    /// Whether a repository was created.
    pub repository_created: bool,
    /// The branch of the commit; `None` for a detached HEAD, or without a commit.
    pub branch: Option<String>,
    /// What Git and its hooks printed for people; bounded, but not sanitized.
    pub printed: String,
}

impl Applied {
    /// Returns where the result is, for the end of a sentence.
    pub(crate) fn summary(&self) -> String {
        match &self.commit {
            Some(commit) => {
                let branch = self.branch.as_deref().unwrap_or("a detached HEAD");
                format!("commit {commit:.10} on {branch}")
            }
            None => "not committed".to_owned(),
        }
    }
}

/// What [`preflight`] or [`preflight_creation`] found nothing against.
pub struct Checked<'a>(Ready<'a>);

enum Ready<'a> {
    Update(Box<(Update<'a>, Repo)>),
    Creation(&'a Creation<'a>, Target),
}

/// Reads the text of a journal without its signature, for fuzzing. Returns it as it is written, and the paths in it.
#[doc(hidden)]
pub fn read_journal_text(text: &str) -> Option<(String, Vec<String>)> {
    let journal = journal::Journal::from_text(text)?;
    Some((journal.to_text(), journal.paths().map(str::to_owned).collect()))
}

/// As [`read_journal_text`], of the edits that wait for the end of an update with conflicts.
#[doc(hidden)]
pub fn read_edits_text(text: &str) -> Option<(String, Vec<String>)> {
    read_journal_text(text)
}

/// Whether the user wants to stop; called before every step.
type Cancelled<'a> = &'a dyn Fn() -> bool;

/// Completes or undoes what a killed run left in the repository whose work tree is `root`. Call it before HEAD is read
/// for a merge.
///
/// # Errors
/// Neither is possible; a precondition while another run is active.
pub fn recover(root: &Path) -> Result<Recovery> {
    transaction::recover_if_needed(&Repo::open(root)?)
}

/// A run that was killed; [`recover`] completes or undoes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interrupted {
    /// The files that it was to change, relative to the root of the work tree.
    pub(crate) paths: Vec<String>,
}

/// The error for a command that does not recover, where a run was killed.
pub(crate) fn must_recover_first() -> Error {
    Error::precondition("an earlier run was interrupted here")
        .hint("finish it with `treenail upgrade --continue`, or undo it with `treenail upgrade --abort`")
}

/// Returns the run that was killed in the repository whose work tree is `root`. Writes nothing.
///
/// # Errors
/// A precondition: its record is not one that this user wrote here.
pub(crate) fn interrupted(root: &Path) -> Result<Option<Interrupted>> {
    let repo = Repo::open(root)?;
    if transaction::lock_held(&repo).is_some() {
        return Ok(None);
    }
    let journal = transaction::read_journal(&repo)?;
    Ok(journal.map(|journal| {
        let changed = journal.deltas.into_iter().filter(|delta| delta.before != delta.after);
        Interrupted { paths: changed.map(|delta| delta.path).collect() }
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    Running,
    /// The run was killed; [`recover`] and [`abort`] handle it.
    Killed,
    /// The run left conflicts; [`resume`] and [`abort`] handle them.
    Waiting,
}

/// Returns the unfinished run in the repository whose work tree is `root`. Writes nothing.
pub(crate) fn unfinished(root: &Path) -> Result<Option<Unfinished>> {
    let repo = Repo::open(root)?;
    Ok(match repo.current_pick() {
        _ if transaction::lock_held(&repo).is_some() => Some(Unfinished::Running),
        _ if transaction::has_journal(&repo) => Some(Unfinished::Killed),
        Some(_) => Some(Unfinished::Waiting),
        None => None,
    })
}

/// Returns the result of an earlier run if the branch of [`Destination::Branch`] holds exactly the commit
/// that `update` would make.
pub(crate) fn already_applied(update: &Update) -> Result<Option<Applied>> {
    let Some(name) = update.destination.branch() else { return Ok(None) };
    let repo = Repo::open(&update.root)?;
    if !repo.has_branch(name) {
        return Ok(None);
    }
    let mut update = update.clone();
    update.protect_state(&repo)?;
    let conversions = update.conversions(&repo)?;
    let deltas = update.deltas(&repo, |path, file| conversions.name(path, file))?;
    let commit = repo.commit_on(name, &deltas)?;
    Ok(commit.map(|commit| Applied {
        commit: Some(commit.to_string()),
        repository_created: false,
        branch: Some(name.to_owned()),
        printed: String::new(),
    }))
}

/// Checks everything that can be known before the first write, and lists all that is wrong. Writes nothing, except
/// what [`recover`] does.
///
/// # Errors
/// A precondition with one problem for each path or setting in the way; a failure if something cannot be read.
pub fn preflight(mut update: Update) -> Result<Checked> {
    let repo = Repo::open(&update.root)?;
    update.after(transaction::recover_if_needed(&repo)?)?;
    update.protect_state(&repo)?;
    check::check(&update, &repo, &[], transaction::lock_held(&repo).into_iter().collect())?;
    Ok(Checked(Ready::Update(Box::new((update, repo)))))
}

/// Writes what was checked. `cancelled` is asked before every step.
///
/// # Errors
/// A failure, a precondition that has come up since the check, or a cancellation. The old state is restored then.
pub fn apply(checked: Checked, cancelled: &dyn Fn() -> bool) -> Result<Applied> {
    let result = match checked.0 {
        Ready::Creation(creation, target) => new_repository::apply(creation, &target, cancelled),
        Ready::Update(checked) => {
            let (update, repo) = &*checked;
            match update.destination.branch() {
                Some(name) => branch::apply(update, name, repo, cancelled),
                None => in_place::apply(update, repo, cancelled),
            }
        }
    };
    // Ctrl-C reaches a running `git` and its hooks too; their complaints are beside the point then.
    result.map_err(|error| if cancelled() && error.problems.is_empty() { Error::cancelled() } else { error })
}

/// Checks as [`preflight`] does, without recovering anything: for a run that may write nothing.
///
/// # Errors
/// As for [`preflight`].
pub(crate) fn rehearse(update: &Update) -> Result<()> {
    let repo = Repo::open_to_read(&update.root)?;
    let mut update = update.clone();
    update.protect_state(&repo)?;
    check::check(&update, &repo, &[], transaction::lock_held(&repo).into_iter().collect()).map(drop)
}

/// Whether an edit waits to be put back, because Git has given up the update that it was made for.
pub(crate) fn has_edit_to_put_back(root: &Path) -> Result<bool> {
    let repo = Repo::open(root)?;
    Ok(repo.current_pick().is_none() && kept_edits::path(&repo).exists())
}

fn stop_if(cancelled: Cancelled) -> Result<()> {
    if cancelled() { Err(Error::cancelled()) } else { Ok(()) }
}

impl Update<'_> {
    /// Returns the paths that the commit may have in common with one that treenail made on the branch before, and that it
    /// replaces; `None` if it replaces nothing.
    fn replaced_paths(&self) -> Option<Vec<String>> {
        let paths = || self.changes.iter().map(|change| format!("{}{}", self.prefix, change.path)).collect();
        matches!(self.destination, Destination::OwnBranch(_)).then(paths)
    }

    /// Fails after a recovery, which makes earlier results stale, unless they do not depend on the state of
    /// Git.
    fn after(&self, recovery: Recovery) -> Result<()> {
        let done = match recovery {
            _ if self.is_initial => return Ok(()),
            Recovery::Nothing => return Ok(()),
            Recovery::Completed => "completed",
            Recovery::TakenBack => "undone",
        };
        Err(Error::precondition(format!("an earlier run was interrupted here; it has been {done} now"))
            .hint("run the command again"))
    }

    /// Returns the changes relative to the root, with the blobs that `blob` makes of new files.
    fn deltas(&self, repo: &Repo, blob: impl Fn(&str, &File) -> Result<Blob>) -> Result<Vec<Delta>> {
        let delta = |change: &Change| {
            let path = format!("{}{}", self.prefix, change.path);
            let before = change.before.map(|file| self.blob_before(change.path, file)).transpose()?;
            let after = match (change.before, before, change.after) {
                (Some(old), Some(before), Some(new))
                    if old.content == new.content && old.is_link() == new.is_link() =>
                {
                    Some(before.with_mode(new.mode))
                }
                (_, _, after) => after.map(|file| blob(&path, file)).transpose()?,
            };
            let edited = match (self.edit_of(change.path), before) {
                (Some(edit), Some(before)) => Some(Edited {
                    work: blob(&path, &File { mode: before.mode, content: edit.content.to_vec() })?,
                    index: repo.staged(&path)?.unwrap_or(before),
                }),
                _ => None,
            };
            Ok(Delta { path, before, after, edited })
        };
        self.changes.iter().map(delta).collect()
    }

    /// Returns the edit of `path`. Edits in the work tree do not concern a branch that is not checked out.
    fn edit_of(&self, path: &str) -> Option<Edit<'_>> {
        let is_elsewhere = self.destination.branch().is_some();
        self.edit.filter(|edit| edit.path == path && !is_elsewhere)
    }

    /// The blob of `file`, which was at `path` before.
    fn blob_before(&self, path: &str, file: &File) -> Result<Blob> {
        match self.stored.get(path) {
            Some(blob) => Ok(*blob),
            None => Blob::of(&file.content, file.mode),
        }
    }

    /// Like [`Update::deltas`], but stores the contents in Git.
    fn stored(&self, repo: &Repo, conversions: &Conversions) -> Result<Vec<Delta>> {
        self.deltas(repo, |path, file| conversions.store(path, file))
    }

    /// Like [`Update::deltas`], but stores nothing, and runs no filter: the new blobs are as if there were none.
    fn predicted(&self, repo: &Repo) -> Result<Vec<Delta>> {
        self.deltas(repo, |_, file| Blob::of(&file.content, file.mode))
    }

    /// How Git converts the files of the update: by the attributes that hold once it is made.
    fn conversions<'r>(&self, repo: &'r Repo) -> Result<Conversions<'r>> {
        self.conversions_with(repo, std::iter::empty())
    }

    /// As [`Update::conversions`], also of the files at `more` paths.
    fn conversions_with<'r, 'p>(
        &'p self,
        repo: &'r Repo,
        more: impl Iterator<Item = &'p str>,
    ) -> Result<Conversions<'r>> {
        let holds = |change: &&Change| change.path.rsplit('/').next() == Some(".gitattributes");
        let content =
            |change: &Change| change.after.filter(|file| !file.is_link()).map(|file| file.content.clone());
        let changed: AttributeFiles = self
            .changes
            .iter()
            .filter(holds)
            .map(|change| (format!("{}{}", self.prefix, change.path), content(change)))
            .collect();
        let paths: Vec<String> = self
            .changes
            .iter()
            .map(|change| change.path)
            .chain(more)
            .map(|path| format!("{}{path}", self.prefix))
            .collect();
        let is_elsewhere = self.destination.branch().is_some();
        repo.conversions_with(paths.iter().map(String::as_str), &changed, is_elsewhere)
    }

    /// Returns the files after the update, relative to the root.
    fn files(&self) -> Tree {
        let files = self.changes.iter().filter_map(|change| Some((change.path, change.after?)));
        files.map(|(path, file)| (format!("{}{path}", self.prefix), file.clone())).collect()
    }
}
