//! Lands an update in the work tree.

use std::path::PathBuf;

use super::{Update, check, recovered};
use crate::apply::journal::{Ending, Journal};
use crate::apply::session::Session;
use crate::apply::work;
use crate::apply::work::{Closing, Work};
use crate::apply::{Landed, Step, Watch};
use crate::error::Result;
use crate::fs::{Staging, Target};
use crate::git::{Change, Finish, Head, Repo};
use crate::tree::Mode;

/// Writes the files, and commits them where the update says so; on any error all of it is undone.
pub(super) fn land(update: &Update, repo: &Repo, watch: &Watch) -> Result<Landed> {
    let session = Session::begin(repo)?;
    recovered(session.recover()?)?;
    // Much can have happened since it was checked.
    let finish = check::check(update, repo, &[], Vec::new())?;
    let head = repo.head()?;
    watch.at(Step::Storing)?;
    let changes = without_idle(update.stored(repo)?);
    let (ending, closing) = plan(update, repo, &head, finish.as_ref(), &changes)?;
    let commits = closing.commits();
    let entries = work::entries_of(repo, &changes)?;
    let journal = Journal::new(repo.root(), &staging(update)?, ending, &changes);
    let work = Work { repo, todo: changes.clone(), all: changes, entries, watch };
    work.begin(&session, &journal, || closing)?;
    let commit = if commits { repo.head_commit()? } else { None };
    let branch = if commits { head.branch().map(str::to_owned) } else { None };
    Ok(Landed { commit, repository_created: false, branch })
}

/// Where the files are written aside.
pub(super) fn staging(update: &Update) -> Result<PathBuf> {
    Ok(Staging::path_for(&Target::resolve(&update.root.join(update.prefix))?))
}

/// The changes that do change something.
fn without_idle(mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(|change| change.before != change.after);
    changes
}

fn plan(
    update: &Update,
    repo: &Repo,
    head: &Head,
    finish: Option<&Finish>,
    changes: &[Change],
) -> Result<(Ending, Closing)> {
    let (head, message) = (head.clone(), update.message.to_owned());
    Ok(match finish {
        None => (Ending::Files, Closing::Files),
        Some(Finish::Direct(identity)) => {
            let commit = repo.create_commit(&head, changes, identity, &message)?;
            (Ending::Commit { head: head.clone(), commit }, Closing::Commit { head, commit, message })
        }
        Some(Finish::Command) => {
            let stored = repo.store(message.as_bytes(), Mode::Regular)?;
            (Ending::Command { head: head.clone(), message: stored }, Closing::Command { head, message })
        }
    })
}
