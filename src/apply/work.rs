//! Does changes to a work tree: first what needs space, and out of sight; then one rename after the other; then the
//! index and the commit. The journal spans all of it, so that a failure takes everything back.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::journal::Journal;
use super::session::Session;
use super::{Step, Watch};
use crate::error::{Context, Error, Result};
use crate::fs;
use crate::fs::Staging;
use crate::git::{Blob, Change, CommitId, Entry, Head, Pick, Repo, Unmerged};

/// What is to be done to the work tree of `repo`.
pub(super) struct Work<'a> {
    pub(crate) repo: &'a Repo,
    /// Every change.
    pub(crate) all: Vec<Change>,
    /// Those that are not done yet.
    pub(crate) todo: Vec<Change>,
    /// What is to be written, as it goes into the work tree.
    pub(crate) entries: Vec<Entry<'a>>,
    pub(crate) watch: &'a Watch<'a>,
}

/// What is done once the files are in place.
pub(super) enum Closing {
    /// Nothing.
    Files,
    /// The branch moves on.
    Commit { head: Head, commit: CommitId, message: String },
    /// `git commit` is run, on top of `head`.
    Command { head: Head, message: String },
    /// `git commit` is run, and takes the files from the work tree: Git filters them.
    Add { message: String },
    /// The repository goes into the state in which conflicts are resolved.
    Pick { pick: Pick, unmerged: Vec<Unmerged>, message: String },
}

impl Closing {
    pub(super) fn commits(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::Command { .. } | Self::Add { .. })
    }
}

impl Work<'_> {
    /// Writes `journal`, then does everything; on any error it is taken back.
    pub(super) fn begin(
        &self,
        session: &Session,
        journal: &Journal,
        closing: impl FnOnce() -> Closing,
    ) -> Result<()> {
        session.write(journal)?;
        let staging = self.repo.root().join(&journal.staging);
        self.run(session, || Staging::begin(staging), closing)
    }

    /// Does everything that the journal, which is written, says; on any error it is taken back. `closing` is asked
    /// for when the files are in place.
    pub(super) fn run(
        &self,
        session: &Session,
        staging: impl FnOnce() -> Result<Staging>,
        closing: impl FnOnce() -> Closing,
    ) -> Result<()> {
        let done = staging().and_then(|staging| self.place_and_close(staging, closing));
        let Err(error) = done.and_then(|committed| session.close(committed)) else { return Ok(()) };
        Err(match session.undo() {
            Ok(_) => error,
            Err(other) => error.problem(
                format!("what was written could not be taken back: {other}"),
                "run the command again; it begins with what is left",
            ),
        })
    }

    /// Gives whether the journal has no effect any more.
    fn place_and_close(&self, staging: Staging, closing: impl FnOnce() -> Closing) -> Result<bool> {
        let mut staging = Some(staging);
        let placed = staging.as_ref().map_or(Ok(()), |staging| self.place(staging));
        let done = placed.and_then(|()| {
            let closing = closing();
            if matches!(closing, Closing::Command { .. } | Closing::Add { .. }) {
                // Hooks look around in the work tree, where this is none of their business.
                staging = None;
            }
            self.close(closing)
        });
        if let (Err(_), Some(staging)) = (&done, staging) {
            // The old files in it are put back.
            staging.leave();
        }
        done
    }

    fn place(&self, staging: &Staging) -> Result<()> {
        self.watch.write(&staging.tree(), &self.entries)?;
        let root = self.repo.root();
        for change in self.todo.iter().filter(|change| change.before.is_some()) {
            fs::keep(&root.join(&change.path), &staging.old().join(&change.path));
        }
        for change in in_order(&self.todo) {
            self.watch.at(Step::Placing)?;
            self.place_one(change, staging)?;
        }
        Ok(())
    }

    fn place_one(&self, change: &Change, staging: &Staging) -> Result<()> {
        let path = &change.path;
        let (new, goal) = (staging.tree().join(path), self.repo.root().join(path));
        if let Some(before) = change.in_work_tree()
            && !self.repo.agrees(path, before)?
        {
            return Err(Error::failure(format!("`{path}` was changed meanwhile, so nothing was written"))
                .hint("run the command again"));
        }
        let done = match (change.before, change.after) {
            (_, None) => fs::remove(&goal, self.repo.root()),
            (None, Some(_)) => fs::move_new(&new, &goal),
            (Some(_), Some(_)) => fs::replace(&new, &goal),
        };
        done.context(|| format!("cannot write to `{}`", self.repo.root().display()))
    }

    /// Does what comes after the files; gives whether the journal has no effect any more.
    fn close(&self, closing: Closing) -> Result<bool> {
        let repo = self.repo;
        match closing {
            Closing::Files => return Ok(false),
            Closing::Commit { head, commit, message } => {
                self.index(|| repo.stage(&self.all))?;
                repo.advance(&head, commit, &message)?;
            }
            Closing::Command { head, message } => {
                self.index(|| repo.stage(&self.all))?;
                self.unless_committed(repo.commit_changes_by_command(&head, &self.all, &message))?;
            }
            Closing::Add { message } => {
                self.index(|| repo.announce(&self.all))?;
                self.unless_committed(repo.commit_by_command(&self.all, &message))?;
            }
            Closing::Pick { pick, unmerged, message } => {
                self.index(|| repo.stage(&self.all).and_then(|()| repo.stage_unmerged(&unmerged)))?;
                repo.begin_pick(pick, &message)?;
            }
        }
        Ok(true)
    }

    /// Git can fail after the commit was made, for instance in writing the index.
    fn unless_committed(&self, done: Result<()>) -> Result<()> {
        if done.is_err() && self.repo.uncommitted(&self.all)?.is_empty() { Ok(()) } else { done }
    }

    fn index(&self, write: impl FnOnce() -> Result<()>) -> Result<()> {
        self.watch.at(Step::Staging)?;
        write()?;
        self.watch.at(Step::Committing)
    }
}

/// Whether the work tree has just `expected` at `path`; where nothing is expected, a folder counts as nothing.
pub(super) fn is_there(repo: &Repo, path: &str, expected: Option<Blob>) -> Result<bool> {
    match expected {
        Some(blob) => repo.agrees(path, blob),
        None => Ok(!repo.root().join(path).symlink_metadata().is_ok_and(|found| !found.is_dir())),
    }
}

/// The files that `changes` bring, from the object database, as Git would write them.
pub(super) fn entries_of<'a>(repo: &Repo, changes: &[Change]) -> Result<Vec<Entry<'a>>> {
    let coming = changes.iter().filter_map(|change| change.after.map(|after| (&change.path, after)));
    coming
        .map(|(path, after)| {
            let content = Cow::Owned(repo.checked_out(path, after)?);
            Ok(Entry { path: path.clone(), content, mode: after.mode })
        })
        .collect()
}

/// In which order renames show a reader the least of what is between old and new: what is in the way of something
/// new goes first, then comes what is new, then goes the rest. What treenail itself goes by is last.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    // Names that differ only in case may be one name to the file system.
    let coming: BTreeSet<String> = changes
        .iter()
        .filter(|change| change.after.is_some())
        .map(|change| change.path.to_lowercase())
        .collect();
    let folders: BTreeSet<&str> =
        coming.iter().flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end])).collect();
    let is_in_the_way = |path: &str| {
        let path = path.to_lowercase();
        coming.contains(&path)
            || folders.contains(path.as_str())
            || path.match_indices('/').any(|(end, _)| coming.contains(&path[..end]))
    };
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| match change.after {
        None if is_in_the_way(&change.path) => 0,
        _ if change.path.split('/').any(|name| name == ".treenail") => 3,
        Some(_) => 1,
        None => 2,
    });
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Mode;

    #[test]
    fn what_is_in_the_way_goes_first_and_the_state_comes_last() {
        let blob = Some(Blob::of(b"", Mode::Regular).unwrap());
        let change = |path: &str, before, after| Change { path: path.into(), before, after, edited: None };
        let changes = [
            change(".treenail/answers.yaml", blob, blob),
            change("a", blob, None),
            change("a/b", None, blob),
            change("c", None, blob),
            change("c/d", blob, None),
            change("gone", blob, None),
            change("README.md", blob, None),
            change("readme.md", None, blob),
        ];
        let paths: Vec<_> = in_order(&changes).into_iter().map(|change| change.path.as_str()).collect();
        let expected = ["a", "c/d", "README.md", "a/b", "c", "readme.md", "gone", ".treenail/answers.yaml"];
        assert_eq!(paths, expected);
    }
}
