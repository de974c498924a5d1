//! Takes a landing back, as far as it got.

use std::path::Path;

use super::journal::{Ending, Journal};
use super::work::is_there;
use crate::error::{Context, Result};
use crate::fs;
use crate::fs::Staging;
use crate::git::{Change, Repo};
use crate::tree::Mode;

/// Makes everything that `journal` says as it was before, except what somebody has changed since. What was committed
/// is not touched.
pub(super) fn undo(repo: &Repo, journal: &Journal) -> Result<()> {
    let staging = Staging::revisit(repo.root().join(&journal.staging))?;
    let changes = match journal.ending {
        Ending::Files => journal.changes.clone(),
        _ => repo.uncommitted(&journal.changes)?,
    };
    let done = files(repo, journal, &changes, &staging).and_then(|()| match journal.ending {
        Ending::Files => Ok(()),
        Ending::Pick(_) => {
            repo.forget_pick_message();
            repo.unstage_unmerged(&changes).and_then(|()| repo.unstage(&changes))
        }
        _ => repo.unstage(&changes),
    });
    if done.is_err() {
        // The old files in it are of use to the next attempt.
        staging.leave();
    }
    done
}

fn files(repo: &Repo, journal: &Journal, changes: &[Change], staging: &Staging) -> Result<()> {
    let mut landed = Vec::new();
    for change in changes.iter().filter(|change| change.before != change.after) {
        if is_there(repo, &change.path, change.after)? {
            landed.push(change);
        }
    }
    for change in landed.iter().filter(|change| change.before.is_none()) {
        let path = repo.root().join(&change.path);
        fs::remove_if_there(&path).context(|| format!("cannot remove `{}`", change.path))?;
    }
    fs::remove_empty(&journal.folders(repo.root()));
    landed.iter().try_for_each(|change| put_back(repo, change, staging))
}

fn put_back(repo: &Repo, change: &Change, staging: &Staging) -> Result<()> {
    let Some(before) = change.in_work_tree() else { return Ok(()) };
    let failed = || format!("cannot put `{}` back", change.path);
    let kept = staging.old().join(&change.path);
    let source = if kept.exists() {
        kept
    } else {
        let written = staging.tree().join(&change.path);
        let content = match change.edited {
            Some(edited) => repo.content(edited.work)?,
            None => repo.checked_out(&change.path, before)?,
        };
        write(&written, &content, before.mode).context(failed)?;
        written
    };
    fs::replace(&source, &repo.root().join(&change.path)).context(failed)
}

/// Writes the new file or link `path`.
pub(super) fn write(path: &Path, content: &[u8], mode: Mode) -> std::io::Result<()> {
    match mode {
        Mode::Link => fs::write_link(path, content),
        mode => fs::write_new(path, content, mode == Mode::Executable),
    }
}
