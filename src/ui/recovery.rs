//! What an interrupted run left behind comes first: it is completed or undone, which is said, and on a terminal asked.

use std::path::Path;

use super::{Ui, interrupt};
use crate::apply::{self, Interrupted, Recovery};
use crate::error::{Error, Result};
use crate::project::answers_file;
use crate::project::recovery::refuse_interrupted;

/// The most paths that a message names.
const NAMED: usize = 5;

/// How to deal with an interrupted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// Recover after asking, if there is somebody to ask.
    Ask,
    /// Recover.
    WithoutAsking,
    /// Nothing may be written: refuse to go on.
    Refuse,
}

impl Settle {
    pub(crate) fn new(dry_run: bool, yes: bool) -> Self {
        match (dry_run, yes) {
            (true, _) => Self::Refuse,
            (false, true) => Self::WithoutAsking,
            (false, false) => Self::Ask,
        }
    }
}

impl Ui {
    /// Completes or undoes an interrupted run in the work tree `root`, since only then the last commit is what the user
    /// means.
    ///
    /// # Errors
    /// A precondition: the user or a dry run wants nothing to be written, or it is not certain what the run did.
    pub(crate) fn settle_interrupted(&self, root: &Path, how: Settle) -> Result<()> {
        if how == Settle::Refuse {
            refuse_interrupted(root)?;
            return refuse_edit_to_put_back(root);
        }
        if let Some(interrupted) = apply::interrupted(root)? {
            self.message(&message(&interrupted));
            if how == Settle::Ask {
                self.confirm_recovery()?;
            }
        }
        let done = match interrupt::recovering(|| apply::recover(root))? {
            Recovery::Completed => "completed the interrupted run",
            Recovery::TakenBack => "undid the interrupted run",
            Recovery::Nothing => return Ok(()),
        };
        interrupt::note_written();
        self.done(done);
        Ok(())
    }

    /// Completes a new repository that an interrupted run was moving into the directory `dir`.
    ///
    /// # Errors
    /// As for [`Ui::settle_interrupted`].
    pub(crate) fn settle_interrupted_creation(&self, dir: &Path, how: Settle) -> Result<()> {
        if how == Settle::Refuse || !apply::is_half_created(dir)? {
            return Ok(());
        }
        self.message(&format!("an earlier run was interrupted here while it created `{}`", dir.display()));
        if how == Settle::Ask {
            self.confirm_recovery()?;
        }
        interrupt::writing(|_| apply::complete_creation(dir))?;
        self.done("completed the interrupted run");
        Ok(())
    }

    fn confirm_recovery(&self) -> Result<()> {
        if !self.interactive() {
            return Ok(());
        }
        let items = ["Complete it, or undo it if that is not possible", "Leave everything as it is"];
        match self.choose("What now?", &items.map(str::to_owned))? {
            Some(0) => Ok(()),
            _ => Err(Error::cancelled()),
        }
    }
}

/// # Errors
/// A precondition: what is in the work tree is not yet what the user means.
fn refuse_edit_to_put_back(root: &Path) -> Result<()> {
    if !apply::has_edit_to_put_back(root)? {
        return Ok(());
    }
    let path = answers_file::PATH;
    Err(Error::precondition(format!(
        "your edit of `{path}` is to be put back first, since Git gave the upgrade up"
    ))
    .hint("`treenail upgrade --abort` puts it back"))
}

fn message(Interrupted { paths }: &Interrupted) -> String {
    let named: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("an earlier run was interrupted here while it changed {}{more}", named.join(", "))
}
