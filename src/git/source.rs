//! A repository in which nothing is written: what is pushed, how a commit is called, what came between two.

use git2::{DescribeFormatOptions, DescribeOptions, Oid, StatusOptions};

use super::Repo;
use crate::error::{Context, Result};

/// Git's own abbreviation may be too short in a larger clone.
const SHORT: u32 = 10;

impl Repo {
    /// Returns the name of the remote one of whose URLs `is_it`, `origin` before others.
    pub(crate) fn remote_that(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let names = self.git.remotes().ok()?;
        let mut names: Vec<&str> = names.iter().filter_map(|name| name.ok().flatten()).collect();
        names.sort_by_key(|name| *name != "origin");
        let is_wanted = |name: &&&str| {
            let rewritten = self.git.find_remote(name).ok().and_then(|it| it.url().ok().map(str::to_owned));
            self.url_of(name).into_iter().chain(rewritten).any(|url| is_it(&url))
        };
        names.iter().find(is_wanted).map(|name| (*name).to_owned())
    }

    /// Whether a branch of `remote` (or exactly `branch`) has the commit `id`, as of the last fetch or push.
    pub(crate) fn is_on_remote(&self, id: &str, remote: &str, branch: Option<&str>) -> Result<bool> {
        let failed = || "cannot look at the branches of the remote".to_owned();
        let id = Oid::from_str(id).context(failed)?;
        let prefix = format!("refs/remotes/{remote}/");
        for reference in self.git.references_glob(&format!("{prefix}*")).context(failed)? {
            let reference = reference.context(failed)?;
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let is_wanted = branch.is_none_or(|branch| name.strip_prefix(&prefix) == Some(branch));
            let Some(tip) = reference.target().filter(|_| is_wanted) else { continue };
            // A clone may lack what a branch names.
            if tip == id || self.git.graph_descendant_of(tip, id).unwrap_or_default() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether files that Git tracks have changes that are not committed.
    pub(crate) fn has_changes(&self) -> Result<bool> {
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false).exclude_submodules(true);
        let statuses = self.git.statuses(Some(&mut options));
        Ok(!statuses.context(|| format!("cannot look at `{}`", self.root.display()))?.is_empty())
    }

    /// Returns what `git describe --tags` calls the commit, and whether that is a tag of exactly this commit.
    pub(crate) fn described(&self, id: &str) -> Option<(String, bool)> {
        let commit = self.git.find_object(Oid::from_str(id).ok()?, None).ok()?;
        let mut format = DescribeFormatOptions::new();
        format.abbreviated_size(SHORT);
        [0, 10].into_iter().find_map(|candidates| {
            let mut options = DescribeOptions::new();
            options.describe_tags().max_candidates_tags(candidates);
            let name = commit.describe(&options).ok()?.format(Some(&format)).ok()?;
            Some((name, candidates == 0))
        })
    }

    /// Returns the first lines of the messages of at most `most` commits that `new` has and `old` does not have, the newest
    /// first, and how many there are; `None` if one of the two is missing here.
    pub(crate) fn commits_between(&self, old: &str, new: &str, most: usize) -> Option<(Vec<String>, usize)> {
        let mut walk = self.git.revwalk().ok()?;
        walk.push(Oid::from_str(new).ok()?).ok()?;
        walk.hide(Oid::from_str(old).ok()?).ok()?;
        let (mut lines, mut count) = (Vec::new(), 0);
        for id in walk {
            let id = id.ok()?;
            count += 1;
            if lines.len() < most {
                lines.push(format!("{id:.10} {}", self.commit_info(&id.to_string()).ok()?.summary));
            }
        }
        Some((lines, count))
    }
}
