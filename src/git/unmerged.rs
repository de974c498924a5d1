//! What a merge, a rebase, a cherry-pick or a revert has left in conflict.

use std::path::Path;

use git2::{Index, Oid, RepositoryState};

use super::{Blob, Repo, index};
use crate::error::{Context, Result};

/// The contents of an unmerged path; `None` where a side does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConflictStages {
    pub(crate) base: Option<Vec<u8>>,
    pub(crate) ours: Option<Vec<u8>>,
    pub(crate) theirs: Option<Vec<u8>>,
}

/// The commits that a merge joins, by their full IDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedCommits {
    /// Where they parted.
    pub(crate) base: Option<String>,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// The maximum number of commits to search for a merge.
const LOOK_BACK: usize = 2000;

impl Repo {
    /// Returns the three contents of `path`, unless it is merged.
    pub(crate) fn conflict_stages(&self, path: &str) -> Result<Option<ConflictStages>> {
        let index = self.index()?;
        if !index::has_stages(&index, path) {
            return Ok(None);
        }
        let content = |stage| {
            let entry = index::entry_at(&index, path, stage);
            entry.and_then(|entry| index::blob(&entry)).map(|blob| self.content(blob)).transpose()
        };
        Ok(Some(ConflictStages { base: content(1)?, ours: content(2)?, theirs: content(3)? }))
    }

    /// Returns all unmerged paths.
    pub(crate) fn unmerged_paths(&self) -> Result<Vec<String>> {
        let index = self.index()?;
        let conflicts = index.conflicts().context(|| "cannot read the index".to_owned())?;
        let mut paths: Vec<String> = conflicts
            .flatten()
            .filter_map(|conflict| conflict.our.or(conflict.their).or(conflict.ancestor))
            .map(|entry| String::from_utf8_lossy(&entry.path).into_owned())
            .collect();
        paths.dedup();
        Ok(paths)
    }

    /// Enters `files` into the index, and marks them as resolved, as `git add` does.
    pub(crate) fn mark_resolved(&self, files: &[(String, Blob)]) -> Result<()> {
        let mut index = self.index()?;
        let written = self.set_resolved(&mut index, files);
        if written.is_err() {
            // Nobody must see the half of it in memory.
            let _ = index.read(true);
        }
        written
    }

    fn set_resolved(&self, index: &mut Index, files: &[(String, Blob)]) -> Result<()> {
        for (path, blob) in files {
            if index::has_stages(index, path) {
                index
                    .conflict_remove(Path::new(path))
                    .context(|| format!("cannot update `{path}` in the index"))?;
            }
            self.set(index, path, Some(*blob))?;
        }
        index.write().context(|| "cannot write the index".to_owned())
    }

    /// The command that finishes what is in progress; `None` where nothing is.
    pub(crate) fn finishing_command(&self) -> Option<&'static str> {
        match self.git.state() {
            RepositoryState::Clean | RepositoryState::Bisect => None,
            RepositoryState::Merge => Some("git commit"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("git revert --continue"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                Some("git cherry-pick --continue")
            }
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge
            | RepositoryState::ApplyMailboxOrRebase => Some("git rebase --continue"),
            RepositoryState::ApplyMailbox => Some("git am --continue"),
        }
    }

    /// Returns the commits that HEAD joins, if it is a merge of two.
    pub(crate) fn joined_by_head(&self) -> Result<Option<JoinedCommits>> {
        let Some(head) = self.head()?.commit else { return Ok(None) };
        Ok(self.joined_by(head))
    }

    /// Returns the commits whose merge left `path` as `is_marked` says: the one in progress, or the one that HEAD comes from.
    pub(crate) fn merge_that_marked(
        &self,
        path: &str,
        is_marked: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<JoinedCommits>> {
        let Some(mut commit) = self.head()?.commit else { return Ok(None) };
        let has_marks = |commit: Oid| -> Result<bool> {
            Ok(self.file_in(&commit.to_string(), path)?.is_some_and(|content| is_marked(&content)))
        };
        if !has_marks(commit)? {
            let other = self.git.revparse_single("MERGE_HEAD").ok().map(|other| other.id());
            return Ok(other.map(|other| self.joined(commit, other)));
        }
        for _ in 0..LOOK_BACK {
            let parent = self.git.find_commit(commit).and_then(|commit| commit.parent_id(0));
            match parent {
                Ok(parent) if has_marks(parent)? => commit = parent,
                _ => return Ok(self.joined_by(commit)),
            }
        }
        Ok(None)
    }

    fn joined_by(&self, commit: Oid) -> Option<JoinedCommits> {
        let commit = self.git.find_commit(commit).ok()?;
        (commit.parent_count() == 2).then_some(())?;
        Some(self.joined(commit.parent_id(0).ok()?, commit.parent_id(1).ok()?))
    }

    fn joined(&self, ours: Oid, theirs: Oid) -> JoinedCommits {
        let base = self.git.merge_base(ours, theirs).ok().map(|base| base.to_string());
        JoinedCommits { base, ours: ours.to_string(), theirs: theirs.to_string() }
    }
}
