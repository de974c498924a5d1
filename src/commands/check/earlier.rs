//! `--ignore-from`: the comments, lists and settings of an earlier commit.

use std::path::Path;

use crate::check::{ALLOW_MARKER, ANSWERS_PATH, FileContent, Files, Settings, Suppressions};
use crate::commands::manifest_files::revision::commit;
use crate::commands::manifest_files::settings;
use crate::error::Result;
use crate::git::Repo;

/// A commit whose suppressions count.
pub(crate) struct Earlier {
    repository: Repo,
    commit: String,
}

impl Earlier {
    /// Finds the commit that `revision` names, of the repository `root`.
    ///
    /// # Errors
    /// No commit has that name.
    pub(crate) fn find(root: &Path, revision: &str) -> Result<Self> {
        let repository = Repo::open(root)?;
        let commit = commit(&repository, "--ignore-from", revision)?;
        Ok(Self { repository, commit })
    }

    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn settings(&self) -> Result<Settings> {
        settings::of_commit(&self.repository, &self.commit)
    }

    /// Returns the content of the file `path`.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.repository.file_in(&self.commit, path)
    }

    /// Returns the suppressions for `files`.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub(crate) fn suppressions(&self, files: &Files) -> Result<Suppressions> {
        let Self { repository, commit } = self;
        let mut paths = repository.paths_in(commit, ANSWERS_PATH)?;
        let allows = |path: &&str| files.text(path).is_some_and(|text| text.contains(ALLOW_MARKER));
        paths.extend(files.iter().map(|(path, _)| path).filter(allows).map(str::to_owned));
        let mut earlier = Files::below([""]);
        for path in paths {
            if let Some(content) = repository.file_in(commit, &path)? {
                earlier.insert(path, FileContent::of(content));
            }
        }
        Ok(Suppressions::Earlier(Box::new(earlier)))
    }
}
