//! The user's uncommitted edit of a file while an update waits for its conflicts to be resolved. Git aborts the update,
//! and knows only what was committed; so the edit is put back afterwards, whoever aborted.

use std::path::PathBuf;

use super::journal::{Ending, Journal};
use super::record::{self, Purpose};
use super::rewrite::rewritten_path;
use super::transaction::refuse_links;
use crate::error::{Context, Result};
use crate::fs;
use crate::git::{Delta, Pick, Repo};

/// Saves the edits among `deltas`, if any, while `pick` waits.
pub(super) fn keep(repo: &Repo, pick: Pick, deltas: &[Delta]) -> Result<()> {
    let deltas: Vec<_> = deltas.iter().filter(|delta| delta.edited.is_some()).cloned().collect();
    if deltas.is_empty() {
        return Ok(());
    }
    let kept = Journal { staging: None, ending: Ending::Pick(pick), folders: Vec::new(), deltas };
    record::write(&path(repo), Purpose::Edits, &repo.git_dir(), &kept.to_text())
}

/// Once the pick is over, restores the edits if it was aborted, and forgets them in any case. Returns whether it was
/// aborted.
pub(super) fn settle(repo: &Repo) -> Result<bool> {
    let path = path(repo);
    let Some(text) = record::read(&path, Purpose::Edits, &repo.git_dir())? else { return Ok(false) };
    let mut is_aborted = false;
    // A damaged file cannot be put back, and nothing else can be done about it.
    let kept = Journal::from_text(&text);
    if let Some(Journal { ending: Ending::Pick(pick), deltas, .. }) = kept {
        if repo.current_pick() == Some(pick) {
            return Ok(false);
        }
        is_aborted = repo.head_is_below(pick);
        if is_aborted {
            refuse_links(repo, deltas.iter().map(|delta| &*delta.path))?;
            deltas.iter().try_for_each(|delta| put_back(repo, delta))?;
        }
    }
    fs::remove_optional(&path).context(|| format!("cannot remove `{}`", path.display()))?;
    Ok(is_aborted)
}

fn put_back(repo: &Repo, delta: &Delta) -> Result<()> {
    let Some(edited) = delta.edited else { return Ok(()) };
    // Anything else than what Git has put there is the user's.
    if !repo.has(&delta.path, delta.before)? {
        return Ok(());
    }
    let content = repo.content(edited.work)?;
    fs::replace_from(&rewritten_path(repo), &content, &repo.root().join(&delta.path))
        .context(|| format!("cannot put `{}` back", delta.path))
        .map_err(|error| error.hint("your edit is kept; the next `treenail upgrade` puts it back"))?;
    let staged = Delta { after: delta.in_index(), edited: None, ..delta.clone() };
    if staged.after == staged.before || repo.staged(&delta.path)? != staged.before {
        return Ok(());
    }
    repo.lock_index()?.stage(&[staged], &[])?.publish()
}

pub(super) fn path(repo: &Repo) -> PathBuf {
    repo.private_dir().join("edits")
}
