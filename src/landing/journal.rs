//! The record of a landing in an existing repository, from which it is undone when it fails or was killed.
//!
//! It is kept under the Git directory and tells apart what is ours from what is not: a file is removed only where the
//! last commit does not have it and its content is still what was written; a folder only where it was new and is empty.
//! So a journal can be played at any moment, any number of times, and after the commit was made it undoes nothing.

use std::path::{Path, PathBuf};

use crate::disk::{self, Lock, Staging};
use crate::error::{Context, Error, Problem, Result};
use crate::repo::{Entry, Repo, Stored};

const HEADER: &str = "treenail journal 1";

/// What a landing is about to create, relative to the root of the work tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal {
    staging: String,
    folders: Vec<String>,
    files: Vec<Stored>,
}

impl Journal {
    /// The journal for writing `files` below `root` by way of `staging`.
    pub(super) fn new(root: &Path, staging: &Path, files: &[Stored]) -> Self {
        let staging = staging.strip_prefix(root).unwrap_or(staging).to_string_lossy().into_owned();
        let mut folders: Vec<String> = Vec::new();
        for file in files {
            for (end, _) in file.path.match_indices('/') {
                let folder = &file.path[..end];
                if !root.join(folder).exists() && !folders.iter().any(|known| known == folder) {
                    folders.push(folder.to_owned());
                }
            }
        }
        Self { staging, folders, files: files.to_vec() }
    }

    fn to_text(&self) -> String {
        let mut lines = vec![HEADER.to_owned(), format!("staging {}", self.staging)];
        lines.extend(self.folders.iter().map(|folder| format!("folder {folder}")));
        lines.extend(self.files.iter().map(Stored::to_line));
        lines.join("\n") + "\n"
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != HEADER {
            return None;
        }
        let staging = lines.next()?.strip_prefix("staging ")?.to_owned();
        let mut journal = Self { staging, folders: Vec::new(), files: Vec::new() };
        for line in lines {
            match line.strip_prefix("folder ") {
                Some(folder) => journal.folders.push(folder.to_owned()),
                None => journal.files.push(Stored::from_line(line)?),
            }
        }
        Some(journal)
    }

    fn undo(self, repo: &Repo) -> Result<()> {
        drop(Staging::begin(repo.root().join(&self.staging))?);
        let files = repo.uncommitted(self.files)?;
        repo.unstage(&files)?;
        for file in &files {
            let path = repo.root().join(&file.path);
            if is_ours(&path, file) {
                disk::remove_if_there(&path).context(|| format!("cannot remove `{}`", path.display()))?;
            }
        }
        let folders: Vec<PathBuf> = self.folders.iter().map(|folder| repo.root().join(folder)).collect();
        disk::remove_empty(&folders);
        Ok(())
    }
}

fn is_ours(path: &Path, file: &Stored) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    let Ok(Some(content)) = disk::read_if_there(path) else { return false };
    let entry = Entry { path: file.path.clone(), content: &content, executable: file.executable };
    is_file && Stored::predict(&entry).is_ok_and(|now| now == *file)
}

/// A run's exclusive hold of a work tree, and its journal.
pub(super) struct Session<'a> {
    repo: &'a Repo,
    dir: PathBuf,
    // Kept for its drop.
    lock: Option<Lock>,
}

impl<'a> Session<'a> {
    /// Takes the lock, and undoes what a killed run has left half done.
    pub(super) fn begin(repo: &'a Repo) -> Result<Self> {
        let dir = repo.private_dir();
        let lock =
            Lock::take(&dir.join("lock")).context(|| format!("cannot write to `{}`", dir.display()))?;
        if lock.is_none() {
            return Err(Staging::busy(&dir));
        }
        let session = Self { repo, dir, lock };
        session.undo()?;
        Ok(session)
    }

    /// Writes the journal.
    pub(super) fn write(&self, journal: &Journal) -> Result<()> {
        disk::write_whole(&self.path(), journal.to_text().as_bytes())
            .context(|| format!("cannot write `{}`", self.path().display()))
    }

    /// Drops the journal: what was done stays done. After a commit it has no effect any more, so that failing to
    /// remove it is no failure then.
    pub(super) fn close(&self, committed: bool) -> Result<()> {
        let removed = disk::remove_if_there(&self.path());
        if committed {
            Ok(())
        } else {
            removed.context(|| format!("cannot remove `{}`", self.path().display()))
        }
    }

    /// Undoes what the journal says, if there is one, and drops it.
    pub(super) fn undo(&self) -> Result<()> {
        let path = self.path();
        let text = disk::read_if_there(&path).context(|| format!("cannot read `{}`", path.display()))?;
        let Some(text) = text else { return Ok(()) };
        let journal =
            String::from_utf8(text).ok().and_then(|text| Journal::from_text(&text)).ok_or_else(|| {
                Error::failure(format!("the journal `{}` of an interrupted run is damaged", path.display()))
                    .hint("look at `git status`, remove what the run left behind, then remove the journal")
            })?;
        journal.undo(self.repo)?;
        self.close(false)
    }

    fn path(&self) -> PathBuf {
        self.dir.join("journal")
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.lock = None;
        // Stays where a journal is left.
        disk::remove_empty(std::slice::from_ref(&self.dir));
    }
}

/// Undoes what a killed run has left half done in `repo`; writes nothing where there is no such thing.
pub(super) fn recover_if_there(repo: &Repo) -> Result<()> {
    if repo.private_dir().join("journal").exists() { Session::begin(repo).map(drop) } else { Ok(()) }
}

/// The problem that another process is landing in `repo`, if one is.
pub(super) fn busy(repo: &Repo) -> Option<Problem> {
    let lock = repo.private_dir().join("lock");
    Lock::is_held(&lock).then(|| {
        Problem::new(
            format!("another treenail is writing (it holds `{}`)", lock.display()),
            "wait until it is done",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        let entry = Entry { path: "a b/deploy/run.sh".into(), content: b"x", executable: true };
        let nowhere = Path::new("/nowhere");
        Journal::new(nowhere, &nowhere.join(".shop.treenail-new"), &[Stored::predict(&entry).unwrap()])
    }

    #[test]
    fn a_journal_reads_back() {
        let text = journal().to_text();
        assert_eq!(
            text,
            "treenail journal 1\nstaging .shop.treenail-new\nfolder a b\nfolder a b/deploy\n\
             100755 c1b0730e0133447badcfd47fd144e254807b06e1 a b/deploy/run.sh\n"
        );
        assert_eq!(Journal::from_text(&text), Some(journal()));
    }

    #[test]
    fn other_texts_are_no_journal() {
        let text = journal().to_text();
        for other in [
            "",
            "treenail journal 2\nstaging x\n",
            "treenail journal 1\n",
            &text.replace("100755", "120000"),
            &text.replace("c1b0", "none"),
        ] {
            assert_eq!(Journal::from_text(other), None, "{other}");
        }
    }
}
