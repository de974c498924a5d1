//! A run's exclusive hold of a repository, and what becomes of a run before it that did not come to its end.
//!
//! A journal can be played, either way, at any moment and any number of times: a file is touched only where its content
//! is just the old or the new one, the branch only where it is still where it was.

use std::path::PathBuf;

use super::Watch;
use super::journal::{Ending, Journal};
use super::rollback;
use super::work;
use super::work::{Closing, Work};
use crate::error::{Context, Error, Problem, Result};
use crate::fs;
use crate::fs::{Lock, Staging};
use crate::git::{Change, Repo};

/// What was found of an earlier run that was killed, and done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// There was nothing.
    Nothing,
    /// It has been brought to its end.
    Completed,
    /// It has been undone.
    TakenBack,
}

/// The lock, and the place of the journal.
pub(super) struct Session<'a> {
    pub(super) repo: &'a Repo,
    pub(super) dir: PathBuf,
    // Kept for its drop.
    lock: Option<Lock>,
}

impl<'a> Session<'a> {
    /// Takes the lock.
    pub(super) fn begin(repo: &'a Repo) -> Result<Self> {
        let dir = repo.private_dir();
        let lock =
            Lock::take(&dir.join("lock")).context(|| format!("cannot write to `{}`", dir.display()))?;
        if lock.is_none() {
            return Err(Staging::busy(&dir));
        }
        Ok(Self { repo, dir, lock })
    }

    /// Writes the journal.
    pub(super) fn write(&self, journal: &Journal) -> Result<()> {
        fs::write_whole(&self.path(), journal.to_text().as_bytes())
            .context(|| format!("cannot write `{}`", self.path().display()))
    }

    /// Drops the journal: what was done stays done. After a commit it has no effect any more, so that failing to
    /// remove it is no failure then.
    pub(super) fn close(&self, committed: bool) -> Result<()> {
        let removed = fs::remove_if_there(&self.path());
        if committed {
            Ok(())
        } else {
            removed.context(|| format!("cannot remove `{}`", self.path().display()))
        }
    }

    /// Undoes what the journal says, if there is one and it has not come to its end, and drops it.
    pub(super) fn undo(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        if self.is_done(&journal)? { self.complete(&journal) } else { self.take_back(&journal) }
    }

    /// Brings what the journal says, if there is one, to its end: forward where that is possible, else back. Edits
    /// that were kept for a pick are put back where that was given up.
    pub(super) fn recover(&self) -> Result<Recovery> {
        let recovery = self.play()?;
        self.settle_edits().map(|()| recovery)
    }

    fn play(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        if self.is_done(&journal)? {
            return self.complete(&journal);
        }
        self.calm(&journal)?;
        let closing = match &journal.ending {
            Ending::Unknown | Ending::Pick(_) => return self.take_back(&journal),
            Ending::Files => Closing::Files,
            Ending::Commit { head, commit } => {
                Closing::Commit { head: head.clone(), commit: *commit, message: self.repo.message(*commit)? }
            }
            Ending::Command { head, message } => {
                let message = String::from_utf8_lossy(&self.repo.content(*message)?).into_owned();
                Closing::Command { head: head.clone(), message }
            }
        };
        match self.left_to_do(&journal)? {
            None => self.take_back(&journal),
            Some(left) => self.redo(&journal, left, closing).map(|()| Recovery::Completed),
        }
    }

    /// As [`Session::undo`], for somebody who asks for it.
    pub(super) fn cancel(&self) -> Result<Recovery> {
        let Some(journal) = self.read()? else { return Ok(Recovery::Nothing) };
        self.calm(&journal).and_then(|()| self.undo())
    }

    /// Makes sure that nothing is going on in Git that the journal must not be mixed with.
    fn calm(&self, journal: &Journal) -> Result<()> {
        let problems = match journal.ending {
            Ending::Unknown | Ending::Files => return Ok(()),
            _ if self.is_done(journal)? => return Ok(()),
            _ => self.repo.unrest(),
        };
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::precondition("an interrupted run cannot be brought to its end yet").problems(problems))
    }

    /// Whether nothing is missing but dropping the journal.
    fn is_done(&self, journal: &Journal) -> Result<bool> {
        Ok(match &journal.ending {
            Ending::Commit { .. } | Ending::Command { .. } => {
                self.repo.uncommitted(&journal.changes)?.is_empty()
            }
            Ending::Pick(pick) => self.repo.picking() == Some(*pick),
            Ending::Unknown | Ending::Files => false,
        })
    }

    fn complete(&self, journal: &Journal) -> Result<Recovery> {
        drop(Staging::revisit(self.repo.root().join(&journal.staging))?);
        self.close(true)?;
        Ok(Recovery::Completed)
    }

    fn take_back(&self, journal: &Journal) -> Result<Recovery> {
        rollback::undo(self.repo, journal)?;
        self.close(false)?;
        Ok(Recovery::TakenBack)
    }

    /// What is still to be done to the work tree; `None` where somebody has changed it, or the branch, meanwhile.
    fn left_to_do(&self, journal: &Journal) -> Result<Option<Vec<Change>>> {
        let head = match &journal.ending {
            Ending::Commit { head, .. } | Ending::Command { head, .. } => Some(head),
            _ => None,
        };
        if head.is_some_and(|head| self.repo.head().ok().as_ref() != Some(head)) {
            return Ok(None);
        }
        let mut left = Vec::new();
        for change in &journal.changes {
            if work::is_there(self.repo, &change.path, change.after)? {
                continue;
            }
            if !work::is_there(self.repo, &change.path, change.in_work_tree())? {
                return Ok(None);
            }
            left.push(change.clone());
        }
        Ok(Some(left))
    }

    fn redo(&self, journal: &Journal, left: Vec<Change>, closing: Closing) -> Result<()> {
        let watch = Watch { progress: &|_| {}, cancelled: &|| false };
        let staging = self.repo.root().join(&journal.staging);
        let entries = work::entries_of(self.repo, &left)?;
        let work = Work { repo: self.repo, all: journal.changes.clone(), todo: left, entries, watch: &watch };
        work.run(self, || Staging::revisit(staging), || closing).map_err(|error| {
            Error::failure("an interrupted run could not be completed, so it was taken back")
                .because(error)
                .hint("run the command again")
        })
    }

    fn read(&self) -> Result<Option<Journal>> {
        let path = self.path();
        let text = fs::read_if_there(&path).context(|| format!("cannot read `{}`", path.display()))?;
        let Some(text) = text else { return Ok(None) };
        let journal = String::from_utf8(text).ok().and_then(|text| Journal::from_text(&text));
        journal.map(Some).ok_or_else(|| {
            Error::failure(format!("the journal `{}` of an interrupted run is damaged", path.display()))
                .hint("look at `git status`, remove what the run left behind, then remove the journal")
        })
    }

    fn path(&self) -> PathBuf {
        self.dir.join("journal")
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // What a killed `git commit` has left, and what one of us has who was writing.
        let left = [self.repo.scratch_index(), fs::aside(&self.path()), fs::aside(&self.kept())];
        for path in left {
            let _ = fs::remove_if_there(&path);
        }
        self.lock = None;
        // Stays where a journal is left.
        fs::remove_empty(std::slice::from_ref(&self.dir));
    }
}

/// Completes or undoes what a killed run has left in `repo`; writes nothing where there is no such thing.
pub(super) fn recover_if_there(repo: &Repo) -> Result<Recovery> {
    let is_there = ["journal", "edits"].iter().any(|name| repo.private_dir().join(name).exists());
    if is_there { Session::begin(repo)?.recover() } else { Ok(Recovery::Nothing) }
}

/// Whether a killed run has left something in `repo`, or one is under way.
pub(super) fn has_journal(repo: &Repo) -> bool {
    repo.private_dir().join("journal").exists()
}

/// The problem that another process is landing in `repo`, if one is.
pub(super) fn busy(repo: &Repo) -> Option<Problem> {
    let lock = repo.private_dir().join("lock");
    Lock::is_held(&lock).then(|| {
        Problem::new(
            format!("another treenail is writing (it holds `{}`)", lock.display()),
            "wait until it is done",
        )
    })
}
