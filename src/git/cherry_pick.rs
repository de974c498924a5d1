//! Conflicts as `git cherry-pick` leaves them: stages in the index, `CHERRY_PICK_HEAD` and `MERGE_MSG`. The commit that is
//! picked is made for this: its parent has the base of the files, and it has their side. So `git status`, `git mergetool`
//! and `git cherry-pick --abort` and `--continue` work.

use std::collections::BTreeSet;
use std::path::Path;

use git2::{Index, Oid};

use super::index;
use super::{Blob, CommitId, CommitMethod, Delta, Head, Repo, command, tree};
use crate::error::{Context, Problem, Result};
use crate::fs;
use crate::shell;

/// The first line of the message of the picked commit's parent, which identifies treenail's cherry-picks. The paths in
/// conflict follow: a file that neither the base nor HEAD has at its path is the same in both trees.
const COMMON: &str = "treenail: what both sides of an upgrade come from";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmerged {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    pub(crate) base: Option<Blob>,
    pub(crate) ours: Option<Blob>,
    pub(crate) theirs: Option<Blob>,
}

/// A file that a pick changes or has in conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PickedFile {
    /// Relative to the root of the work tree, `/`-separated.
    pub(crate) path: String,
    /// In the last commit.
    pub(crate) head: Option<Blob>,
    /// In the commit that is picked.
    pub(crate) picked: Option<Blob>,
    pub(crate) is_in_conflict: bool,
}

/// The commit being picked while its conflicts wait to be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick(Oid);

impl Pick {
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
    /// Creates the commit to pick onto `head`, with `deltas` and `theirs` of the `unmerged` paths.
    pub(crate) fn create_pick(
        &self,
        head: &Head,
        deltas: &[Delta],
        unmerged: &[Unmerged],
        method: &CommitMethod,
        message: &str,
    ) -> Result<Pick> {
        let before = head.commit.map(|commit| self.tree_of(commit)).transpose()?;
        let side = |after: fn(&Unmerged) -> Option<Blob>| {
            unmerged.iter().map(move |path| Delta {
                path: path.path.clone(),
                before: path.ours,
                after: after(path),
                edited: None,
            })
        };
        let common: Vec<Delta> = side(|path| path.base).collect();
        let theirs: Vec<Delta> = side(|path| path.theirs).chain(deltas.iter().cloned()).collect();
        let common = self.changed_tree(before.as_ref(), &common)?;
        let theirs = self.changed_tree(before.as_ref(), &theirs)?;
        let paths: Vec<_> = unmerged.iter().map(|path| path.path.as_str()).collect();
        let found = format!("{COMMON}\n\n{}\n", paths.join("\n"));
        let CommitId(common) = self.commit_tree(common, head.commit, method, &found, false)?;
        let CommitId(pick) = self.commit_tree(theirs, Some(common), method, message, false)?;
        Ok(Pick(pick))
    }

    /// Puts the repository into the state of picking `pick`.
    ///
    /// # Errors
    /// It cannot be written; then [`Repo::forget_pick_message`] clears up.
    pub(crate) fn begin_pick(&self, pick: Pick) -> Result<()> {
        let message = self.message(CommitId(pick.0))?;
        let write = |name, text: String| fs::write_atomically(&self.git.path().join(name), text.as_bytes());
        write("MERGE_MSG", format!("{}\n", message.trim_end()))
            .and_then(|()| write("CHERRY_PICK_HEAD", format!("{pick}\n")))
            .context(|| "cannot record the conflict in Git".to_owned())
    }

    /// Removes the files of an unfinished [`Repo::begin_pick`].
    pub(crate) fn forget_pick_message(&self) {
        if self.current_pick().is_none() {
            // If it stays, it becomes the draft of the user's next message.
            let _ = fs::remove_optional(&self.git.path().join("MERGE_MSG"));
        }
    }

    /// Returns the waiting pick, if treenail created it.
    pub(crate) fn current_pick(&self) -> Option<Pick> {
        let path = self.git.path().join("CHERRY_PICK_HEAD");
        let text = fs::read_own(&path, fs::limit::GIT_STATE).ok()??;
        let pick = Pick::parse(std::str::from_utf8(&text).ok()?.trim())?;
        let common = self.git.find_commit(pick.0).and_then(|pick| pick.parent(0)).ok()?;
        (common.summary().ok().flatten() == Some(COMMON)).then_some(pick)
    }

    /// Whether HEAD is still where `pick` began; false if Git has dropped the pick.
    pub(crate) fn head_is_below(&self, Pick(pick): Pick) -> bool {
        let common = self.git.find_commit(pick).and_then(|pick| pick.parent(0));
        let ground = common.and_then(|common| common.parent_id(0)).ok();
        ground.is_some() && self.head().ok().and_then(|head| head.commit) == ground
    }

    /// Returns what prevents committing `pick`: unmerged paths and remaining markers.
    pub(crate) fn unresolved(&self, pick: Pick) -> Result<Vec<Problem>> {
        let index = self.index()?;
        let mut problems = Vec::new();
        for path in self.paths_in_conflict(pick)? {
            if let Some(line) = self.first_marker(&index, &path)? {
                problems.push(Problem::new(
                    format!("`{path}` still has a conflict marker in line {line}"),
                    format!("resolve it, then run `git add {}`", shell::path(&path)),
                ));
            } else if index::has_stages(&index, &path) {
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

    /// Returns the paths in conflict: those that the message names, or whose base differs from what HEAD had.
    fn paths_in_conflict(&self, Pick(pick): Pick) -> Result<BTreeSet<String>> {
        let found = || -> Result<BTreeSet<String>, git2::Error> {
            let common = self.git.find_commit(pick)?.parent(0)?;
            let diff =
                self.git.diff_tree_to_tree(Some(&common.parent(0)?.tree()?), Some(&common.tree()?), None)?;
            let differing = diff.deltas().filter_map(|delta| {
                let path = delta.new_file().path().or(delta.old_file().path())?;
                path.to_str().map(str::to_owned)
            });
            let named = common.message().unwrap_or_default().lines().skip(2).map(str::to_owned);
            Ok(differing.chain(named).filter(|path| !path.is_empty()).collect())
        };
        found().context(|| "cannot read the commit that is being picked".to_owned())
    }

    /// Returns the line of the first conflict marker at `path`, in the work tree or the index.
    fn first_marker(&self, index: &Index, path: &str) -> Result<Option<usize>> {
        let file = fs::read_own(&self.root.join(path), fs::limit::WORK_TREE_FILE);
        let file = file.unwrap_or_default().unwrap_or_default();
        if let Some(line) = marker(&file) {
            return Ok(Some(line));
        }
        match index::entry_at(index, path, 0).and_then(|entry| index::blob(&entry)) {
            Some(staged) => Ok(marker(&self.content(staged)?)),
            None => Ok(None),
        }
    }

    pub(crate) fn is_unmerged(&self, path: &str) -> Result<bool> {
        Ok(index::has_stages(&self.index()?, path))
    }

    /// Commits the index as the result of the pick, by `git commit`.
    ///
    /// # Errors
    /// Git, a hook or the signing program fails; then the pick still waits.
    pub(crate) fn finish_pick(&self) -> Result<()> {
        command::commit_pick(&self.root)
            .map(|messages| self.keep_printed(&messages))
            .map_err(|error| error.hint("fix what Git reports, then continue once more, or run `git commit`"))
    }

    /// Ends `pick` without a commit.
    pub(crate) fn drop_pick(&self, pick: Pick) -> Result<()> {
        if self.current_pick() != Some(pick) {
            return Ok(());
        }
        // The files that Git removes at the end of a cherry-pick. The last one is the state itself.
        for name in ["MERGE_RR", "AUTO_MERGE", "MERGE_MSG", "CHERRY_PICK_HEAD"] {
            fs::remove_optional(&self.git.path().join(name))
                .context(|| "cannot end the cherry-pick".to_owned())?;
        }
        Ok(())
    }

    /// Returns the files that `pick` changes or has in conflict.
    pub(crate) fn files_of(&self, Pick(pick): Pick) -> Result<Vec<PickedFile>> {
        let unreadable = || "cannot read the commit that is being picked".to_owned();
        let trees = || -> Result<_, git2::Error> {
            let pick = self.git.find_commit(pick)?;
            Ok((pick.tree()?, pick.parent(0)?.parent(0)?.tree()?))
        };
        let (picked, ground) = trees().context(unreadable)?;
        let in_conflict = self.paths_in_conflict(Pick(pick))?;
        let diff = self.git.diff_tree_to_tree(Some(&ground), Some(&picked), None).context(unreadable)?;
        let mut paths = in_conflict.clone();
        paths.extend(diff.deltas().filter_map(|delta| Some(delta.new_file().path()?.to_str()?.to_owned())));
        let head = self.head_tree()?;
        let file = |path: String| {
            let head = head.as_ref().map(|head| tree::blob_at(head, &path)).transpose()?.flatten();
            let picked = tree::blob_at(&picked, &path)?;
            Ok(PickedFile { is_in_conflict: in_conflict.contains(&path), path, head, picked })
        };
        paths.into_iter().map(file).collect()
    }

    /// Returns whether the entry of `path` in the index is one of `expected`, and merged.
    pub(crate) fn has_entry(&self, path: &str, expected: &[Option<Blob>]) -> Result<bool> {
        let index = self.index()?;
        if index::has_stages(&index, path) {
            return Ok(false);
        }
        Ok(match index::entry_at(&index, path, 0) {
            None => expected.contains(&None),
            Some(entry) => index::blob(&entry).is_some_and(|blob| expected.contains(&Some(blob))),
        })
    }

    /// Returns the entries of the index that cannot be there together with files at `paths`, except those of `leaving`:
    /// files where their folders are, and files below them.
    pub(crate) fn entries_beside(
        &self,
        paths: &BTreeSet<&str>,
        leaving: &BTreeSet<&str>,
    ) -> Result<Vec<String>> {
        let is_below = |path: &str| path.match_indices('/').any(|(end, _)| paths.contains(&path[..end]));
        let is_above = |path: &str| {
            let folder = format!("{path}/");
            paths.range(folder.as_str()..).next().is_some_and(|first| first.starts_with(&folder))
        };
        let index = self.index()?;
        let entries = index.iter().filter_map(|entry| String::from_utf8(entry.path).ok());
        let entries = entries.filter(|path| !leaving.contains(path.as_str()));
        Ok(entries.filter(|path| is_below(path) || is_above(path)).collect())
    }

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

fn marker(content: &[u8]) -> Option<usize> {
    let is_marker =
        |line: &[u8]| [b"<<<<<<< ", b">>>>>>> ", b"||||||| "].iter().any(|mark| line.starts_with(*mark));
    content.split(|byte| *byte == b'\n').position(is_marker).map(|at| at + 1)
}
