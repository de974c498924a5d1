//! Undoes an update, as far as it got.

use super::journal::{Ending, Journal};
use super::transaction::staging_path;
use crate::error::{Context, Result};
use crate::fs;
use crate::fs::Staging;
use crate::git::{Conversions, Delta, IndexLock, Repo};
use crate::tree::{File, Mode};

/// Restores `deltas`, all of `journal` or those that are not committed, except files changed since.
pub(super) fn undo(
    repo: &Repo,
    journal: &Journal,
    deltas: &[Delta],
    index: Option<&IndexLock>,
) -> Result<()> {
    let staging = Staging::revisit(staging_path(repo, journal))?;
    let is_pick = matches!(journal.ending, Ending::Pick(_));
    let done = files(repo, journal, deltas, &staging).and_then(|()| {
        if is_pick {
            repo.forget_pick_message();
        }
        let Some(index) = index else { return Ok(()) };
        match journal.ending {
            Ending::Abort(pick) => index.reset(deltas).and_then(|()| repo.drop_pick(pick)),
            _ => index.unstage(deltas, is_pick),
        }
    });
    if done.is_err() {
        // The next attempt can use the old files in it.
        staging.leave();
    }
    done
}

fn files(repo: &Repo, journal: &Journal, deltas: &[Delta], staging: &Staging) -> Result<()> {
    let before = repo.conversions_before(&journal.deltas)?;
    let after = repo.conversions_after(&journal.deltas)?;
    let mut written = Vec::new();
    for delta in deltas.iter().filter(|delta| delta.before != delta.after) {
        if repo.has_by(&after, &delta.path, delta.after)? {
            written.push(delta);
        }
    }
    for delta in written.iter().filter(|delta| delta.before.is_none()) {
        let path = repo.root().join(&delta.path);
        fs::remove_optional(&path).context(|| format!("cannot remove `{}`", delta.path))?;
    }
    fs::remove_empty(&journal.folders(repo.root()));
    written.iter().try_for_each(|delta| put_back(repo, &before, delta, staging))
}

fn put_back(repo: &Repo, conversions: &Conversions, delta: &Delta, staging: &Staging) -> Result<()> {
    let Some(before) = delta.in_work_tree() else { return Ok(()) };
    let failed = || format!("cannot put `{}` back", delta.path);
    let kept = staging.old().join(&delta.path);
    let is_kept = fs::link_on_the_way(&staging.old(), &delta.path).is_none()
        && kept.symlink_metadata().is_ok_and(|found| found.is_file());
    let source = if is_kept {
        kept
    } else {
        let written = staging.tree().join(&delta.path);
        let content = match delta.edited {
            Some(edited) => repo.content(edited.work)?,
            None => conversions.written(&[(&delta.path, before)])?.swap_remove(0),
        };
        fs::write_file(&written, &File { mode: before.mode, content }).context(failed)?;
        let executable = (Some(before.mode) != delta.after.map(|after| after.mode))
            .then_some(before.mode == Mode::Executable);
        fs::keep_permissions(&repo.root().join(&delta.path), &written, executable).context(failed)?;
        written
    };
    fs::replace(&source, &repo.root().join(&delta.path)).context(failed)
}
