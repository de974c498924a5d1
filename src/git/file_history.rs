//! The versions that a file had, from commit to commit, as `git log` finds them: where a merge has the file of one of its
//! parents, that parent's line is followed, so that a commit of a merged branch counts and not the merge.

use std::path::Path;

use git2::{Commit, ErrorCode, Oid};

use super::{Blob, Repo, tree};
use crate::error::{Context, Result};

/// Who made a commit, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitInfo {
    /// The full id.
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) email: String,
    /// When it was written, like `2026-01-02T03:04:05+00:00`.
    pub(crate) date: String,
    /// The first line of its message.
    pub(crate) summary: String,
}

/// What a commit made of a file, and of the folder that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileVersion {
    commit: Oid,
    /// `None` if the commit deleted the file.
    pub(crate) blob: Option<Blob>,
    folder: Option<Oid>,
}

impl FileVersion {
    /// Returns the full id of the commit.
    pub(crate) fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// Returns what identifies the content of the folder; `None` if it does not exist.
    pub(crate) fn folder(&self) -> Option<String> {
        self.folder.map(|id| id.to_string())
    }
}

/// The versions of one file, the newest first, and of the folder that belongs to it.
pub(crate) struct FileVersions<'r> {
    repo: &'r Repo,
    path: String,
    /// Without `/` at the end. The first that a commit has is the folder.
    folders: Vec<String>,
    next: Option<Oid>,
    /// What `next` has, if that is known.
    known: Option<Content>,
}

type Content = (Option<Blob>, Option<Oid>);

impl Repo {
    /// Returns the versions of the file at `path` up to `commit`.
    ///
    /// # Errors
    /// `commit` is not the full id of a commit.
    pub(crate) fn file_versions(&self, commit: &str, path: &str) -> Result<FileVersions<'_>> {
        let next = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        Ok(FileVersions {
            repo: self,
            path: path.to_owned(),
            folders: Vec::new(),
            next: Some(next),
            known: None,
        })
    }

    pub(crate) fn commit_info(&self, commit: &str) -> Result<CommitInfo> {
        let unreadable = || format!("cannot read the commit `{commit}`");
        let commit = Oid::from_str(commit).and_then(|id| self.git.find_commit(id)).context(unreadable)?;
        let author = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(CommitInfo {
            id: commit.id().to_string(),
            author: text(author.name_bytes()),
            email: text(author.email_bytes()),
            date: date(author.when().seconds(), author.when().offset_minutes()),
            summary: commit.summary_bytes().map(text).unwrap_or_default(),
        })
    }

    /// Whether commits are missing, as after `git clone --depth`.
    pub(crate) fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    /// Returns the files of `commit` that are `path`, or below it if that ends with `/`, in order.
    pub(crate) fn blobs_in(&self, commit: &str, path: &str) -> Result<Vec<(String, Blob)>> {
        let id = Oid::from_str(commit).context(|| format!("`{commit}` is not a commit"))?;
        let tree = self.tree_of(id)?;
        let Some(folder) = path.strip_suffix('/') else {
            return Ok(tree::blob_at(&tree, path)?.into_iter().map(|blob| (path.to_owned(), blob)).collect());
        };
        tree::blobs_below(&self.git, &tree, folder)
    }
}

impl Iterator for FileVersions<'_> {
    type Item = Result<FileVersion>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(id) = self.next.take() {
            match self.step(id) {
                Ok(None) => {}
                Ok(Some(version)) => return Some(Ok(version)),
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

impl FileVersions<'_> {
    /// Has a change of a folder count as well: in each commit, of the first of `folders` that it has.
    pub(crate) fn with(mut self, folders: impl IntoIterator<Item = String>) -> Self {
        self.folders = folders.into_iter().map(|folder| folder.trim_end_matches('/').to_owned()).collect();
        self
    }

    /// Goes from a commit to a parent. Returns what the commit made of the file and the folder, if anything.
    fn step(&mut self, id: Oid) -> Result<Option<FileVersion>> {
        let git = &self.repo.git;
        let unreadable = || format!("cannot read the commit `{id}`");
        let commit = git.find_commit(id).context(unreadable)?;
        let content = match self.known.take() {
            Some(content) => content,
            None => self.content(&commit)?,
        };
        let mut parents = Vec::new();
        for parent in commit.parent_ids() {
            match git.find_commit(parent) {
                Ok(parent) => parents.push(parent),
                // The end of a shallow clone.
                Err(error) if error.code() == ErrorCode::NotFound && git.is_shallow() => {}
                Err(error) => return Err(error).context(unreadable),
            }
        }
        for parent in &parents {
            if parent.tree_id() == commit.tree_id() || self.content(parent)? == content {
                self.next = Some(parent.id());
                self.known = Some(content);
                return Ok(None);
            }
        }
        self.next = parents.first().map(Commit::id);
        // Before the first commit there is no file.
        let (blob, folder) = content;
        let was_there = blob.is_some() || self.next.is_some();
        Ok(was_there.then_some(FileVersion { commit: id, blob, folder }))
    }

    fn content(&self, commit: &Commit) -> Result<Content> {
        let tree = commit.tree().context(|| format!("cannot read the commit `{}`", commit.id()))?;
        let folder = |path: &String| tree.get_path(Path::new(path)).ok().map(|entry| entry.id());
        Ok((tree::blob_at(&tree, &self.path)?, self.folders.iter().find_map(folder)))
    }
}

/// Returns a time in ISO 8601, in its own zone.
fn date(seconds: i64, offset_minutes: i32) -> String {
    let local = seconds.saturating_add(i64::from(offset_minutes) * 60);
    let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (sign, offset) = (if offset_minutes < 0 { '-' } else { '+' }, offset_minutes.unsigned_abs());
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60,
        offset / 60,
        offset % 60
    )
}

/// Returns year, month and day of the day that is so many days after 1970-01-01. The year is counted from March, so that a
/// leap day comes last: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_git() {
        for (seconds, offset, expected) in [
            (0, 0, "1970-01-01T00:00:00+00:00"),
            (-1, 0, "1969-12-31T23:59:59+00:00"),
            (951_782_399, 0, "2000-02-28T23:59:59+00:00"),
            (951_782_400, 90, "2000-02-29T01:30:00+01:30"),
            (1_767_323_045, -210, "2026-01-01T23:34:05-03:30"),
            (4_107_542_400, 0, "2100-03-01T00:00:00+00:00"),
        ] {
            assert_eq!(date(seconds, offset), expected);
        }
    }
}
