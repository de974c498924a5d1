//! Searches earlier commits for files that the last one has lost.

use std::collections::BTreeSet;

use git2::{Oid, Sort, Tree, TreeWalkMode, TreeWalkResult};

use super::{Repo, tree};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::fs::limit;
use crate::tree::File;

/// The maximum number of commits to search for a lost file.
const LOOK_BACK: usize = 2000;

/// The contents at several paths; `None` if the file does not exist.
pub(crate) type Contents = [Option<Vec<u8>>];

/// As many entries of a commit are looked at in search of a file.
const MOST_ENTRIES: usize = 1_000_000;

impl Repo {
    /// Returns the full id of the commit that `revision` names in the syntax of `git rev-parse`, if any.
    pub(crate) fn commit_named(&self, revision: &str) -> Option<String> {
        let object = self.git.revparse_single(revision).ok()?;
        Some(object.peel_to_commit().ok()?.id().to_string())
    }

    /// Returns the commit where HEAD left the history of `commit`; `commit` itself if they have nothing in common.
    pub(crate) fn fork_point(&self, commit: &str) -> Result<String> {
        let id = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        let head = self.head()?.commit;
        let base = head.and_then(|head| self.git.merge_base(id, head).ok());
        Ok(base.unwrap_or(id).to_string())
    }

    /// Returns the newest commit, from `commit` back along the first parents, that changes a path for which `counts` holds.
    ///
    /// # Errors
    /// The history cannot be read.
    pub(crate) fn newest_change(&self, commit: &str, counts: impl Fn(&str) -> bool) -> Result<String> {
        let unreadable = || format!("cannot read the history of `{commit}`");
        let mut now = self.git.find_commit(Oid::from_str(commit).context(unreadable)?).context(unreadable)?;
        // The first commit, and the last one of a shallow clone, have no parent here.
        while let Some(parent) = now.parent_ids().next().and_then(|id| self.git.find_commit(id).ok()) {
            let changed = self.paths_between(&parent.id().to_string(), &now.id().to_string())?;
            if changed.iter().any(|path| counts(path)) {
                break;
            }
            now = parent;
        }
        Ok(now.id().to_string())
    }

    /// Returns the newest commit that both have in their history, if any.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let [one, other] =
            [one, other].map(|id| Oid::from_str(id).context(|| format!("`{id}` is not a commit")));
        Ok(self.git.merge_base(one?, other?).ok().map(|id| id.to_string()))
    }

    pub(crate) fn file_in(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>> {
        let id = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        self.file_of(&self.tree_of(id)?, path)
    }

    /// Returns the paths of the files in `commit` that end with the names in `path`.
    pub(crate) fn paths_in(&self, commit: &str, path: &str) -> Result<Vec<String>> {
        let id = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let mut found = Vec::new();
        let mut entries = 0;
        let walked = self.tree_of(id)?.walk(TreeWalkMode::PreOrder, |parent, entry| {
            // A few trees in a pack can stand for more entries than anybody can look at.
            entries += 1;
            if entries > MOST_ENTRIES {
                return TreeWalkResult::Abort;
            }
            let parent_names = parent.trim_end_matches('/');
            let is_there = parent_names == folder || parent_names.ends_with(&format!("/{folder}"));
            if is_there && entry.name().is_ok_and(|own| own == name) {
                found.push(format!("{parent}{name}"));
            }
            TreeWalkResult::Ok
        });
        walked.context(|| format!("cannot read the commit `{commit}`"))?;
        Ok(found)
    }

    /// Returns the newest commit up to HEAD whose files at `paths` are `wanted`, among the last `LOOK_BACK`
    /// commits.
    pub(crate) fn newest_with(
        &self,
        paths: &[String],
        wanted: &dyn Fn(&Contents) -> bool,
    ) -> Result<Option<String>> {
        let Some(head) = self.head()?.commit else { return Ok(None) };
        let failed = || "cannot look at earlier commits".to_owned();
        let mut walk = self.git.revwalk().context(failed)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).context(failed)?;
        walk.push(head).context(failed)?;
        // Most commits change neither file.
        let mut seen = BTreeSet::new();
        for commit in walk.take(LOOK_BACK) {
            let commit = commit.context(failed)?;
            let tree = self.tree_of(commit)?;
            let blobs: Vec<_> = paths.iter().map(|path| tree::blob_at(&tree, path)).collect::<Result<_>>()?;
            if !seen.insert(blobs.iter().map(|blob| blob.map(|blob| blob.id)).collect::<Vec<_>>()) {
                continue;
            }
            let files: Vec<_> = paths.iter().map(|path| self.file_of(&tree, path)).collect::<Result<_>>()?;
            if wanted(&files) {
                return Ok(Some(commit.to_string()));
            }
        }
        Ok(None)
    }

    /// The file at `path` in the last commit.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn file_at_head(&self, path: &str) -> Result<Option<File>> {
        let Some(head) = self.head_tree()? else { return Ok(None) };
        let Some(blob) = tree::blob_at(&head, path)? else { return Ok(None) };
        Ok(Some(File { mode: blob.mode, content: self.content(blob)? }))
    }

    fn file_of(&self, tree: &Tree, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(blob) = tree::blob_at(tree, path)? else { return Ok(None) };
        if self.size(blob).is_ok_and(|size| size > limit::BASE) {
            let why = format!("`{path}` is damaged: it is larger than {} MiB", limit::BASE >> 20);
            return Err(Error::new(ErrorKind::State, why));
        }
        self.content(blob).map(Some)
    }
}
