//! The user's uncommitted edit of a file, while an update waits for its conflicts to be resolved. Giving the update up
//! is Git's work, and Git knows only what was committed; so the edit is put back afterwards, whoever gave up.

use std::path::PathBuf;

use super::journal::{Ending, Journal};
use super::session::Session;
use super::work::is_there;
use crate::error::{Context, Result};
use crate::fs;
use crate::git::{Change, Pick};

impl Session<'_> {
    /// Remembers the edits among `changes`, if there are any, for as long as `pick` waits.
    pub(super) fn keep_edits(&self, pick: Pick, changes: &[Change]) -> Result<()> {
        let changes: Vec<_> = changes.iter().filter(|change| change.edited.is_some()).cloned().collect();
        if changes.is_empty() {
            return Ok(());
        }
        let kept =
            Journal { staging: String::new(), ending: Ending::Pick(pick), folders: Vec::new(), changes };
        let path = self.kept();
        fs::write_whole(&path, kept.to_text().as_bytes())
            .context(|| format!("cannot write `{}`", path.display()))
    }

    /// Once the pick is over: puts the edits back where it was given up, and forgets them in any case.
    pub(super) fn settle_edits(&self) -> Result<()> {
        let path = self.kept();
        let text = fs::read_if_there(&path).context(|| format!("cannot read `{}`", path.display()))?;
        let Some(text) = text else { return Ok(()) };
        // What is damaged cannot be put back, and there is nothing else to be done about it.
        let kept = Journal::from_text(&String::from_utf8_lossy(&text));
        if let Some(Journal { ending: Ending::Pick(pick), changes, .. }) = kept {
            if self.repo.picking() == Some(pick) {
                return Ok(());
            }
            if self.repo.is_ground_of(pick) {
                changes.iter().try_for_each(|change| self.put_edit_back(change))?;
            }
        }
        fs::remove_if_there(&path).context(|| format!("cannot remove `{}`", path.display()))
    }

    fn put_edit_back(&self, change: &Change) -> Result<()> {
        let Some(edited) = change.edited else { return Ok(()) };
        // Anything else than what Git has put there is the user's.
        if !is_there(self.repo, &change.path, change.before)? {
            return Ok(());
        }
        let content = self.repo.content(edited.work)?;
        fs::write_whole(&self.repo.root().join(&change.path), &content)
            .context(|| format!("cannot put `{}` back", change.path))
            .map_err(|error| error.hint("your edit is kept; the next `treenail upgrade` puts it back"))?;
        if change.in_index() == change.before {
            return Ok(());
        }
        self.repo.stage(&[Change { after: change.in_index(), ..change.clone() }])
    }

    pub(super) fn kept(&self) -> PathBuf {
        self.dir.join("edits")
    }
}
