//! The exclusive hold of a repository during an update, and the recovery of an update that did not end.
//!
//! A journal can be played, either way, at any moment and any number of times: a file is touched only if its content is
//! exactly the old or the new one, the branch only if it is still where it was.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::journal::{Ending, Journal};
use super::record::{self, Purpose};
use super::rewrite::rewritten_path;
use super::work_tree::{Completion, WorkTree, Written};
use super::{kept_edits, rollback};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::fs::{Lock, Staging};
use crate::git::{Delta, Head, IndexLock, Repo};

/// What was done about an earlier run that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// There was none.
    Nothing,
    /// It was completed.
    Completed,
    /// It was undone.
    TakenBack,
}

pub(super) struct Transaction<'a> {
    repo: &'a Repo,
    dir: PathBuf,
    // Kept for its drop.
    lock: Option<Lock>,
}

impl<'a> Transaction<'a> {
    /// Takes the lock; fails if another process holds it.
    pub(super) fn begin(repo: &'a Repo) -> Result<Self> {
        let dir = repo.private_dir();
        if dir.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
            return Err(Error::precondition(format!("`{}` is not a folder", dir.display()))
                .hint("only treenail writes there: remove it"));
        }
        let lock =
            Lock::take(&dir.join("lock")).context(|| format!("cannot write to `{}`", dir.display()))?;
        if lock.is_none() {
            return Err(Staging::busy(&dir));
        }
        repo.remove_left_index_lock();
        repo.remove_left_reference_locks();
        Ok(Self { repo, dir, lock })
    }

    /// Writes `journal`, then carries it out; any error undoes it. Returns where HEAD is after the commit, if there is one.
    pub(super) fn run(&self, work_tree: &WorkTree, journal: &Journal) -> Result<Option<Head>> {
        record::write(&self.path(), Purpose::Journal, &self.repo.git_dir(), &journal.to_text())?;
        let index = match work_tree.completion.writes_index().then(|| self.repo.lock_index()).transpose() {
            Ok(index) => index,
            Err(error) => return self.close(false).and(Err(error)),
        };
        self.write(work_tree, journal, index, Staging::begin(staging_path(self.repo, journal)))
    }

    fn write(
        &self,
        work_tree: &WorkTree,
        journal: &Journal,
        index: Option<IndexLock>,
        staging: Result<Staging>,
    ) -> Result<Option<Head>> {
        let written = staging.and_then(|staging| work_tree.write(staging, index.as_ref()));
        // Whoever finds a lock finds a journal too.
        let close = |index, committed| {
            drop(index);
            self.close(committed)
        };
        let error = match written {
            Ok(Written::All(head)) => return close(index, true).map(|()| head),
            Ok(Written::AllButIndex(head, error)) => {
                self.catch_up(journal, index.as_ref()).map_err(|_| lagging(&head, error))?;
                return close(index, true).map(|()| Some(head));
            }
            Ok(Written::Files) => match close(index, false) {
                Ok(()) => return Ok(None),
                Err(error) => return Err(self.revert(journal, None, error)),
            },
            Err(error) => error,
        };
        Err(self.revert(journal, index, error))
    }

    /// Undoes all of `journal` after `error`, which kept it from being committed.
    fn revert(&self, journal: &Journal, index: Option<IndexLock>, error: Error) -> Error {
        let undone = rollback::undo(self.repo, journal, &journal.deltas, index.as_ref());
        drop(index);
        match undone.and_then(|()| self.close(false)) {
            Ok(()) => error,
            Err(other) => error.problem(
                format!("what was written could not be undone: {other}"),
                "run the command again; it begins with what is left",
            ),
        }
    }

    /// Removes the journal, which makes its changes final. After a commit the journal has no effect, so
    /// failing to remove it is not an error.
    fn close(&self, committed: bool) -> Result<()> {
        let removed = fs::remove_optional(&self.path());
        if committed {
            Ok(())
        } else {
            removed.context(|| format!("cannot remove `{}`", self.path().display()))
        }
    }

    /// Undoes the journal unless it is complete, then removes it.
    fn undo(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        if self.is_done(&journal)? { self.forget(&journal) } else { self.take_back(&journal) }
    }

    /// Completes the journal if possible, else undoes it. Edits kept for a pick are restored if it was
    /// aborted.
    pub(super) fn recover(&self) -> Result<Recovery> {
        let recovery = self.play()?;
        kept_edits::settle(self.repo).map(|_| recovery)
    }

    fn play(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        if self.is_done(&journal)? {
            return self.forget(&journal);
        }
        self.refuse_operations(&journal)?;
        let completion = match &journal.ending {
            Ending::Unknown | Ending::Pick(_) | Ending::Abort(_) => return self.take_back(&journal),
            Ending::Files => Completion::Files,
            Ending::Commit { head, commit } => Completion::Commit { head: head.clone(), commit: *commit },
            Ending::Command { head, message } => {
                Completion::Command { head: head.clone(), message: *message }
            }
        };
        match self.left_to_do(&journal)? {
            None => self.take_back(&journal),
            Some(left) => self.redo(&journal, left, completion).map(|()| Recovery::Completed),
        }
    }

    /// Like [`Transaction::undo`], at the user's request.
    pub(super) fn abort(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        self.refuse_operations(&journal).and_then(|()| self.undo())
    }

    /// Writes `journal`, then restores what was before the update that it describes, which an earlier run made.
    pub(super) fn give_up(&self, journal: &Journal) -> Result<Recovery> {
        record::write(&self.path(), Purpose::Journal, &self.repo.git_dir(), &journal.to_text())?;
        match self.repo.lock_index() {
            Ok(index) => self.take_back_with(journal, Some(index)),
            Err(error) => self.close(false).and(Err(error)),
        }
    }

    /// Fails if completing or undoing the journal would interfere with a Git operation in progress.
    fn refuse_operations(&self, journal: &Journal) -> Result<()> {
        let problems = match journal.ending {
            Ending::Unknown | Ending::Files => return Ok(()),
            Ending::Abort(pick) if self.repo.current_pick() == Some(pick) => return Ok(()),
            _ if self.is_done(journal)? => return Ok(()),
            _ => self.repo.operations_in_progress(),
        };
        if problems.is_empty() {
            return Ok(());
        }
        Err(not_yet().problems(problems))
    }

    /// Whether only removing the journal is left.
    fn is_done(&self, journal: &Journal) -> Result<bool> {
        Ok(match &journal.ending {
            Ending::Commit { .. } | Ending::Command { .. } | Ending::Unknown => {
                self.repo.uncommitted(&journal.deltas)?.is_empty()
            }
            Ending::Pick(pick) => self.repo.current_pick() == Some(*pick),
            Ending::Abort(pick) => self.repo.current_pick() != Some(*pick),
            Ending::Files => false,
        })
    }

    fn forget(&self, journal: &Journal) -> Result<Recovery> {
        self.catch_up(journal, None)?;
        drop(Staging::revisit(staging_path(self.repo, journal))?);
        self.close(true)?;
        Ok(Recovery::Completed)
    }

    /// Writes to the index what is committed and not there yet.
    fn catch_up(&self, journal: &Journal, held: Option<&IndexLock>) -> Result<()> {
        let lagging = match journal.ending {
            Ending::Files | Ending::Pick(_) | Ending::Abort(_) => return Ok(()),
            _ => self.repo.lagging(&journal.deltas)?,
        };
        if lagging.is_empty() {
            return Ok(());
        }
        match held.filter(|index| index.is_held()) {
            Some(index) => index.stage(&lagging, &[])?.publish(),
            None => self.hold_index(journal)?.map_or(Ok(()), |index| index.stage(&lagging, &[])?.publish()),
        }
    }

    /// Takes back what is not committed.
    fn take_back(&self, journal: &Journal) -> Result<Recovery> {
        let index = self.hold_index(journal)?;
        self.take_back_with(journal, index)
    }

    fn take_back_with(&self, journal: &Journal, index: Option<IndexLock>) -> Result<Recovery> {
        let uncommitted = match journal.ending {
            Ending::Files => journal.deltas.clone(),
            _ => self.repo.uncommitted(&journal.deltas)?,
        };
        rollback::undo(self.repo, journal, &uncommitted, index.as_ref())?;
        self.catch_up(journal, index.as_ref())?;
        drop(index);
        self.close(false)?;
        Ok(Recovery::TakenBack)
    }

    /// Locks the index, if an interrupted run concerns it.
    fn hold_index(&self, journal: &Journal) -> Result<Option<IndexLock<'_>>> {
        if journal.ending == Ending::Files {
            return Ok(None);
        }
        self.repo.lock_index().map(Some).map_err(|error| {
            let fix = error.hints.join("; ");
            not_yet().problem(error.message, fix)
        })
    }

    /// Returns the remaining changes to the work tree; `None` if the work tree or the branch has changed
    /// since.
    fn left_to_do(&self, journal: &Journal) -> Result<Option<Vec<Delta>>> {
        let head = match &journal.ending {
            Ending::Commit { head, .. } | Ending::Command { head, .. } => Some(head),
            _ => None,
        };
        if head.is_some_and(|head| self.repo.head().ok().as_ref() != Some(head)) {
            return Ok(None);
        }
        let before = self.repo.conversions_before(&journal.deltas)?;
        let after = self.repo.conversions_after(&journal.deltas)?;
        let mut left = Vec::new();
        for delta in &journal.deltas {
            if self.repo.has_by(&after, &delta.path, delta.after)? {
                continue;
            }
            if !self.repo.has_by(&before, &delta.path, delta.in_work_tree())? {
                return Ok(None);
            }
            left.push(delta.clone());
        }
        Ok(Some(left))
    }

    fn redo(&self, journal: &Journal, left: Vec<Delta>, completion: Completion) -> Result<()> {
        let staging = staging_path(self.repo, journal);
        let files = self.repo.conversions_after(&journal.deltas)?.written_files(&left)?;
        let all = journal.deltas.clone();
        let work_tree =
            WorkTree { repo: self.repo, all, todo: left, files, completion, cancelled: &|| false };
        let index = self.hold_index(journal)?;
        let done = self.write(&work_tree, journal, index, Staging::revisit(staging));
        done.map(drop).map_err(|error| {
            Error::failure("an interrupted run could not be completed, so it was undone")
                .because(error)
                .hint("run the command again")
        })
    }

    fn read(&self) -> Result<Option<Journal>> {
        read_journal(self.repo)
    }

    fn path(&self) -> PathBuf {
        journal_path(self.repo)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // What a killed `git commit` has left, and what a killed treenail was writing.
        let left = [
            self.repo.scratch_index(),
            fs::temporary_path(&self.path()),
            fs::temporary_path(&kept_edits::path(self.repo)),
            rewritten_path(self.repo),
            fs::temporary_path(&rewritten_path(self.repo)),
        ];
        for path in left {
            let _ = fs::remove_optional(&path);
        }
        self.lock = None;
        // Stays if a journal is left.
        fs::remove_empty(std::slice::from_ref(&self.dir));
    }
}

fn not_yet() -> Error {
    Error::precondition("an interrupted run cannot be completed or undone yet")
}

/// The commit is made; what it lacks is not a reason to undo it.
fn lagging(head: &Head, error: Error) -> Error {
    let commit = head.commit().unwrap_or_default();
    Error::failure(format!("the upgrade is committed as `{commit:.10}`, but not in the index"))
        .because(error)
        .hint("run `treenail upgrade --continue` before you commit anything else, which would undo it")
}

/// Completes or undoes a killed run in `repo`; writes nothing if there is none.
pub(super) fn recover_if_needed(repo: &Repo) -> Result<Recovery> {
    let is_needed = has_journal(repo) || kept_edits::path(repo).exists() || repo.has_reference_locks();
    if is_needed { Transaction::begin(repo)?.recover() } else { Ok(Recovery::Nothing) }
}

/// Whether a run in `repo` was killed or is active.
pub(super) fn has_journal(repo: &Repo) -> bool {
    journal_path(repo).symlink_metadata().is_ok()
}

/// Reads the journal of an interrupted run in `repo`, if there is one. Changes nothing.
///
/// # Errors
/// A precondition if somebody else wrote it, or links now lead elsewhere; a failure if it is damaged.
pub(super) fn read_journal(repo: &Repo) -> Result<Option<Journal>> {
    let path = journal_path(repo);
    let Some(text) = record::read(&path, Purpose::Journal, &repo.git_dir())? else { return Ok(None) };
    let journal = Journal::from_text(&text).ok_or_else(|| {
        Error::failure(format!("the journal `{}` of an interrupted run is damaged", path.display()))
            .hint("look at `git status`, remove what the run left behind, then remove the journal")
    })?;
    refuse_links(repo, journal.paths())?;
    Ok(Some(journal))
}

fn journal_path(repo: &Repo) -> PathBuf {
    repo.private_dir().join("journal")
}

/// Returns the staging folder of the update that `journal` records.
pub(super) fn staging_path(repo: &Repo, journal: &Journal) -> PathBuf {
    match &journal.staging {
        Some(path) => repo.root().join(path),
        None => repo.private_dir().join("staging"),
    }
}

/// Fails if a symbolic link is on the way to one of `paths` in the work tree: what is behind it is not the file that a
/// record means.
pub(super) fn refuse_links<'a>(repo: &Repo, paths: impl Iterator<Item = &'a str>) -> Result<()> {
    let links = paths.filter_map(|path| fs::link_on_the_way(repo.root(), path));
    let links: BTreeSet<&str> = links.collect();
    if links.is_empty() {
        return Ok(());
    }
    let problem = |link: &str| {
        Problem::new(
            format!("`{}` is a symbolic link now", repo.root().join(link).display()),
            "put the folder back, or look at `git status`",
        )
    };
    Err(Error::precondition("an interrupted run cannot be completed or undone")
        .problems(links.into_iter().map(problem)))
}

pub(super) fn lock_held(repo: &Repo) -> Option<Problem> {
    let lock = repo.private_dir().join("lock");
    Lock::is_held(&lock).then(|| {
        Problem::new(
            format!("another treenail is writing (it holds `{}`)", lock.display()),
            "wait until it is done",
        )
    })
}
