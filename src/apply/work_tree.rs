//! Writes changes into a work tree: first what needs space, and out of sight; then one rename after the other; then the
//! commit, and at last the index, which is locked all the time.

use std::collections::BTreeSet;
use std::path::Path;

use super::journal::Ending;
use super::{Cancelled, stop_if};
use crate::error::{Context, Error, Result};
use crate::fs;
use crate::fs::Staging;
use crate::git::{Blob, CommitId, Conversions, Delta, Head, IndexLock, Pick, PreparedIndex, Repo, Unmerged};
use crate::tree::{Mode, Tree};

pub(super) struct WorkTree<'a> {
    pub(crate) repo: &'a Repo,
    pub(crate) all: Vec<Delta>,
    pub(crate) todo: Vec<Delta>,
    pub(crate) files: Tree,
    pub(crate) completion: Completion,
    pub(crate) cancelled: Cancelled<'a>,
}

/// The last step of an update, once its files are written.
pub(super) enum Completion {
    Files,
    Commit {
        head: Head,
        commit: CommitId,
    },
    /// Runs `git commit` on top of `head`, with a message stored as a blob.
    Command {
        head: Head,
        message: Blob,
    },
    /// Adds the files to Git like `git add`, if there is a repository to add them to.
    Add(Option<Addition>),
    Pick {
        head: Head,
        pick: Pick,
        unmerged: Vec<Unmerged>,
    },
}

/// How far an update got.
pub(super) enum Written {
    /// The files are written, and Git is not concerned.
    Files,
    /// So are the commit, if there is one, after which HEAD is the given one, and the index.
    All(Option<Head>),
    /// The commit is made, but the index could not be written.
    AllButIndex(Head, Error),
}

/// A commit of files that are new to Git.
pub(super) struct Addition {
    pub(crate) head: Head,
    /// `None` if `git commit` has to make the commit.
    pub(crate) commit: Option<CommitId>,
    pub(crate) message: String,
}

impl Completion {
    pub(super) fn ending(&self) -> Ending {
        match self {
            Self::Files => Ending::Files,
            Self::Commit { head, commit } => Ending::Commit { head: head.clone(), commit: *commit },
            Self::Command { head, message } => Ending::Command { head: head.clone(), message: *message },
            Self::Add(_) => Ending::Unknown,
            Self::Pick { pick, .. } => Ending::Pick(*pick),
        }
    }

    /// Whether nobody else may write the index meanwhile.
    pub(super) fn writes_index(&self) -> bool {
        !matches!(self, Self::Files | Self::Add(None))
    }
}

impl WorkTree<'_> {
    /// Writes everything; `index` is locked if Git is concerned.
    pub(super) fn write(&self, staging: Staging, index: Option<&IndexLock>) -> Result<Written> {
        let mut staging = Some(staging);
        let placed = staging.as_ref().map_or(Ok(()), |staging| self.write_files(staging));
        let done = placed.and_then(|()| {
            let runs_git = self.runs_git();
            if runs_git {
                // Hooks look around in the work tree, and this is not their business.
                staging = None;
            }
            index.map_or(Ok(Written::Files), |index| self.complete(index, runs_git))
        });
        if let (Err(_), Some(staging)) = (&done, staging) {
            // The old files in it are put back.
            staging.leave();
        }
        done
    }

    fn write_files(&self, staging: &Staging) -> Result<()> {
        write_files(&staging.tree(), &self.files, self.cancelled)?;
        let root = self.repo.root();
        for delta in self.todo.iter().filter(|delta| delta.before.is_some()) {
            fs::keep_old(&root.join(&delta.path), &staging.old().join(&delta.path));
        }
        // By the attributes as they are now, which may be among what changes.
        let conversions = self.repo.conversions_before(&self.all)?;
        for delta in in_order(&self.todo) {
            stop_if(self.cancelled)?;
            self.move_into_place(delta, staging, &conversions)?;
        }
        Ok(())
    }

    fn move_into_place(&self, delta: &Delta, staging: &Staging, conversions: &Conversions) -> Result<()> {
        let path = &delta.path;
        let (new, goal) = (staging.tree().join(path), self.repo.root().join(path));
        if let Some(before) = delta.in_work_tree()
            && !self.repo.agrees_by(conversions, path, before)?
        {
            return Err(Error::failure(format!("`{path}` was changed meanwhile, so nothing was written"))
                .hint("run the command again"));
        }
        let done = match (delta.before, delta.after) {
            (_, None) => fs::remove_with_empty_folders(&goal, self.repo.root()),
            (None, Some(_)) => fs::move_file(&new, &goal),
            (Some(before), Some(after)) => {
                let executable = (before.mode != after.mode).then_some(after.mode == Mode::Executable);
                fs::keep_permissions(&goal, &new, executable).and_then(|()| fs::replace(&new, &goal))
            }
        };
        done.context(|| format!("cannot write to `{}`", self.repo.root().display()))
    }

    /// Whether `git commit` makes the commit.
    fn runs_git(&self) -> bool {
        match &self.completion {
            Completion::Command { .. } => true,
            Completion::Add(Some(addition)) => addition.commit.is_none(),
            _ => false,
        }
    }

    fn complete(&self, index: &IndexLock, runs_git: bool) -> Result<Written> {
        let (repo, all) = (self.repo, &self.all);
        let stage = || index.stage(all, &[]);
        match &self.completion {
            Completion::Files | Completion::Add(None) => Ok(Written::Files),
            Completion::Commit { head, commit } => {
                let prepared = self.prepare(stage)?;
                repo.advance(head, *commit, &repo.message(*commit)?)?;
                Ok(published(prepared.publish(), head.moved_to(*commit)))
            }
            Completion::Command { head, message } => {
                let prepared = self.prepare(stage)?;
                let message = String::from_utf8_lossy(&repo.content(*message)?).into_owned();
                repo.commit_changes_by_command(head, all, &message)?;
                let publish = || {
                    let committed = repo.committed(all)?;
                    if committed == *all {
                        prepared.publish()
                    } else {
                        index.stage(&committed, &[])?.publish()
                    }
                };
                Ok(published(publish(), repo.head().unwrap_or_else(|_| head.clone())))
            }
            Completion::Add(Some(Addition { head, commit: Some(commit), message })) if !runs_git => {
                let prepared = self.prepare(stage)?;
                repo.advance(head, *commit, message)?;
                Ok(published(prepared.publish(), head.moved_to(*commit)))
            }
            Completion::Add(Some(Addition { head, message, .. })) => {
                let prepared = self.prepare(|| index.stage_for_command(all))?;
                repo.commit_by_command(head, Some(&prepared), all, message)?;
                Ok(published(prepared.publish(), repo.head().unwrap_or_else(|_| head.clone())))
            }
            Completion::Pick { head, pick, unmerged } => {
                let prepared = self.prepare(|| index.stage(all, unmerged))?;
                // The commit to come is the index, so it must not miss what others have committed.
                let _still = repo.lock_head(head)?;
                prepared.publish()?;
                repo.begin_pick(*pick)?;
                Ok(Written::All(None))
            }
        }
    }

    fn prepare<'i>(&self, stage: impl FnOnce() -> Result<PreparedIndex<'i>>) -> Result<PreparedIndex<'i>> {
        stop_if(self.cancelled)?;
        let prepared = stage()?;
        stop_if(self.cancelled)?;
        prepared.refuse_lost()?;
        Ok(prepared)
    }
}

fn published(done: Result<()>, head: Head) -> Written {
    match done {
        Ok(()) => Written::All(Some(head)),
        Err(error) => Written::AllButIndex(head, error),
    }
}

pub(super) fn write_files(folder: &Path, files: &Tree, cancelled: Cancelled) -> Result<()> {
    for (path, file) in files {
        stop_if(cancelled)?;
        fs::write_file(&folder.join(path), file).context(|| format!("cannot write `{path}`"))?;
    }
    Ok(())
}

/// Sorts so that readers see as little as possible of a state between old and new: removals in the way of new
/// files, then new files, then other removals. treenail's own files come last.
fn in_order(deltas: &[Delta]) -> Vec<&Delta> {
    // Names that differ only in case may be one name to the file system.
    let coming: BTreeSet<String> =
        deltas.iter().filter(|delta| delta.after.is_some()).map(|delta| delta.path.to_lowercase()).collect();
    let folders: BTreeSet<&str> =
        coming.iter().flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end])).collect();
    let is_in_the_way = |path: &str| {
        let path = path.to_lowercase();
        coming.contains(&path)
            || folders.contains(path.as_str())
            || path.match_indices('/').any(|(end, _)| coming.contains(&path[..end]))
    };
    let mut ordered: Vec<&Delta> = deltas.iter().collect();
    ordered.sort_by_key(|delta| match delta.after {
        None if is_in_the_way(&delta.path) => 0,
        _ if delta.path.split('/').any(|name| name == ".treenail") => 3,
        Some(_) => 1,
        None => 2,
    });
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_goes_first_and_the_state_comes_last() {
        let blob = Some(Blob::of(b"", Mode::Regular).unwrap());
        let delta = |path: &str, before, after| Delta { path: path.into(), before, after, edited: None };
        let deltas = [
            delta(".treenail/answers.yaml", blob, blob),
            delta("a", blob, None),
            delta("a/b", None, blob),
            delta("c", None, blob),
            delta("c/d", blob, None),
            delta("gone", blob, None),
            delta("README.md", blob, None),
            delta("readme.md", None, blob),
        ];
        let paths: Vec<_> = in_order(&deltas).into_iter().map(|delta| delta.path.as_str()).collect();
        let expected = ["a", "c/d", "README.md", "a/b", "c", "readme.md", "gone", ".treenail/answers.yaml"];
        assert_eq!(paths, expected);
    }
}
