//! Conflicts as `git cherry-pick` leaves them: stages in the index, `CHERRY_PICK_HEAD` and `MERGE_MSG`. What is
//! picked is a commit made for that: its parent has what the files have in common, it has what the other side made
//! of them. So `git status`, `git mergetool` and `git cherry-pick --abort` and `--continue` do their work.

use std::path::{Path, PathBuf};

use git2::{Index, Oid};

use super::index::bare_entry;
use super::{Blob, Change, CommitId, Finish, Head, Repo, command};
use crate::error::{Context, Problem, Result};
use crate::fs;
use crate::shell;

/// The first line of the picked commit's parent, by which our cherry-picks are told from the user's.
const COMMON: &str = "treenail: what both sides of an upgrade come from";

/// A path on which the sides do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmerged {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    /// What both come from; `None` for nothing, as with the other two.
    pub(crate) base: Option<Blob>,
    /// What the last commit has.
    pub(crate) ours: Option<Blob>,
    /// What the other side has.
    pub(crate) theirs: Option<Blob>,
}

/// The commit that is being picked, in a repository that waits for its conflicts to be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick(Oid);

impl Pick {
    /// The id that [`ToString`] printed, or `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Oid::from_str(text).ok().map(Self)
    }
}

impl std::fmt::Display for Pick {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Repo {
    /// Creates the commit to be picked onto `head`: it makes `changes`, and `theirs` of the `unmerged` paths.
    ///
    /// # Errors
    /// The file system or Git says no.
    pub(crate) fn create_pick(
        &self,
        head: &Head,
        changes: &[Change],
        unmerged: &[Unmerged],
        finish: &Finish,
        message: &str,
    ) -> Result<Pick> {
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let side = |after: fn(&Unmerged) -> Option<Blob>| {
            unmerged.iter().map(move |path| Change {
                path: path.path.clone(),
                before: path.ours,
                after: after(path),
                edited: None,
            })
        };
        let common: Vec<Change> = side(|path| path.base).collect();
        let theirs: Vec<Change> = side(|path| path.theirs).chain(changes.iter().cloned()).collect();
        let common = self.changed_tree(before.as_ref(), &common)?;
        let theirs = self.changed_tree(before.as_ref(), &theirs)?;
        let CommitId(common) = self.commit_tree(common, head.commit, finish, COMMON, false)?;
        let CommitId(pick) = self.commit_tree(theirs, Some(common), finish, message, false)?;
        Ok(Pick(pick))
    }

    /// Puts the stages of the `unmerged` paths into the index.
    ///
    /// # Errors
    /// The index cannot be read or written.
    pub(crate) fn stage_unmerged(&self, unmerged: &[Unmerged]) -> Result<()> {
        let mut index = self.index()?;
        for path in unmerged {
            self.set(&mut index, &path.path, None)?;
            for (stage, blob) in [(1, path.base), (2, path.ours), (3, path.theirs)] {
                let Some(blob) = blob else { continue };
                let mut entry = bare_entry(&path.path, blob);
                entry.flags = stage << 12;
                index.add(&entry).context(|| format!("cannot update `{}` in the index", path.path))?;
            }
        }
        index.write().context(|| "cannot write the index".to_owned())
    }

    /// Takes the stages of `changes` out of the index again, in favour of what was before.
    ///
    /// # Errors
    /// The index cannot be read or written.
    pub(crate) fn unstage_unmerged(&self, changes: &[Change]) -> Result<()> {
        let mut index = self.index()?;
        for change in changes {
            let path = Path::new(&change.path);
            if (1..=3).any(|stage| index.get_path(path, stage).is_some()) {
                index
                    .conflict_remove(path)
                    .context(|| format!("cannot update `{}` in the index", change.path))?;
                self.set(&mut index, &change.path, change.in_index())?;
            }
        }
        index.write().context(|| "cannot write the index".to_owned())
    }

    /// Puts the repository into the state of picking `pick`, which `message` will describe.
    ///
    /// # Errors
    /// The file system says no; then it is not in that state, and [`Repo::forget_pick_message`] clears up.
    pub(crate) fn begin_pick(&self, pick: Pick, message: &str) -> Result<()> {
        let write = |name, text: String| fs::write_whole(&self.git.path().join(name), text.as_bytes());
        write("MERGE_MSG", format!("{}\n", message.trim_end()))
            .and_then(|()| write("CHERRY_PICK_HEAD", format!("{pick}\n")))
            .context(|| "cannot record the conflict in Git".to_owned())
    }

    /// Removes what [`Repo::begin_pick`] wrote first, where it got no further.
    pub(crate) fn forget_pick_message(&self) {
        if self.picking().is_none() {
            // Left behind it would become the draft of the user's next message, no more.
            let _ = std::fs::remove_file(self.git.path().join("MERGE_MSG"));
        }
    }

    /// The pick that waits here, if it is one of ours.
    pub(crate) fn picking(&self) -> Option<Pick> {
        let text = std::fs::read_to_string(self.git.path().join("CHERRY_PICK_HEAD")).ok()?;
        let pick = Pick::parse(text.trim())?;
        let common = self.git.find_commit(pick.0).and_then(|pick| pick.parent(0)).ok()?;
        (common.summary().ok().flatten() == Some(COMMON)).then_some(pick)
    }

    /// Whether HEAD is where it was when `pick` began; not where Git has dropped the pick since.
    pub(crate) fn is_ground_of(&self, Pick(pick): Pick) -> bool {
        let common = self.git.find_commit(pick).and_then(|pick| pick.parent(0));
        let ground = common.and_then(|common| common.parent_id(0)).ok();
        ground.is_some() && self.head().ok().and_then(|head| head.commit) == ground
    }

    /// What keeps `pick` from being committed: paths without a decision, and markers that are left.
    ///
    /// # Errors
    /// The commits, the index or a file cannot be read.
    pub(crate) fn unresolved(&self, pick: Pick) -> Result<Vec<Problem>> {
        let index = self.index()?;
        let mut problems = Vec::new();
        for path in self.disputed(pick)? {
            if let Some(line) = self.first_marker(&index, &path)? {
                problems.push(Problem::new(
                    format!("`{path}` still has a conflict marker in line {line}"),
                    format!("resolve it, then run `git add {}`", shell::path(&path)),
                ));
            } else if is_unmerged(&index, &path) {
                problems.push(Problem::new(
                    format!("`{path}` is not marked as resolved"),
                    format!("run `git add {0}`, or `git rm {0}` if it is to go", shell::path(&path)),
                ));
            }
        }
        // The user may have begun another merge of paths on top.
        if problems.is_empty() && index.has_conflicts() {
            problems.push(Problem::new("other paths are not resolved", "look at `git status`"));
        }
        Ok(problems)
    }

    /// The paths on which the sides did not agree: where what they come from is not what HEAD had.
    fn disputed(&self, Pick(pick): Pick) -> Result<Vec<String>> {
        let diff = || -> Result<Vec<PathBuf>, git2::Error> {
            let common = self.git.find_commit(pick)?.parent(0)?;
            let diff =
                self.git.diff_tree_to_tree(Some(&common.parent(0)?.tree()?), Some(&common.tree()?), None)?;
            Ok(diff
                .deltas()
                .filter_map(|delta| delta.new_file().path().or(delta.old_file().path()).map(Path::to_owned))
                .collect())
        };
        let paths = diff().context(|| "cannot read the commit that is being picked".to_owned())?;
        Ok(paths.into_iter().filter_map(|path| path.to_str().map(str::to_owned)).collect())
    }

    /// The line of the first conflict marker at `path`, in the work tree or as staged.
    fn first_marker(&self, index: &Index, path: &str) -> Result<Option<usize>> {
        let file = fs::read_if_there(&self.root.join(path)).unwrap_or_default().unwrap_or_default();
        if let Some(line) = marker(&file) {
            return Ok(Some(line));
        }
        match index.get_path(Path::new(path), 0).and_then(|entry| super::index::blob(&entry)) {
            Some(staged) => Ok(marker(&self.content(staged)?)),
            None => Ok(None),
        }
    }

    /// Whether a merge has left `path` without a decision.
    ///
    /// # Errors
    /// The index cannot be read.
    pub(crate) fn is_unmerged(&self, path: &str) -> Result<bool> {
        Ok(is_unmerged(&self.index()?, path))
    }

    /// Commits what the index holds as the outcome of the pick, by `git commit`.
    ///
    /// # Errors
    /// Git, a hook or the signing program says no; then the pick still waits.
    pub(crate) fn finish_pick(&self) -> Result<()> {
        command::commit_pick(&self.root).map_err(|error| {
            error.hint("mend what Git reports, then continue once more, or run `git commit`")
        })
    }

    /// Gives the pick up, by `git cherry-pick --abort`.
    ///
    /// # Errors
    /// Git says no: where something was changed meanwhile that it would overwrite.
    pub(crate) fn abort_pick(&self) -> Result<()> {
        command::abort_pick(&self.root).map_err(|error| {
            error.hint("put aside what Git names with `git stash`, then run the command again")
        })
    }

    /// The paths that are staged, outside of `paths`.
    ///
    /// # Errors
    /// HEAD or the index cannot be read.
    pub(crate) fn staged_elsewhere(&self, paths: &[&str]) -> Result<Vec<String>> {
        let head = self.head_tree()?;
        let index = self.index()?;
        let diff = self
            .git
            .diff_tree_to_index(head.as_ref(), Some(&index), None)
            .context(|| "cannot compare the index with the last commit".to_owned())?;
        let staged = diff.deltas().filter_map(|delta| delta.new_file().path().and_then(Path::to_str));
        Ok(staged.filter(|path| !paths.contains(path)).map(str::to_owned).collect())
    }
}

fn is_unmerged(index: &Index, path: &str) -> bool {
    (1..=3).any(|stage| index.get_path(Path::new(path), stage).is_some())
}

fn marker(content: &[u8]) -> Option<usize> {
    let is_marker =
        |line: &[u8]| [b"<<<<<<< ", b">>>>>>> ", b"||||||| "].iter().any(|mark| line.starts_with(*mark));
    content.split(|byte| *byte == b'\n').position(is_marker).map(|at| at + 1)
}
