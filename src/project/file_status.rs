//! What became of the files since the scaffold wrote them, as they are in the work tree: for `status`, `diff` and
//! `restore` alike.

use super::Project;
use crate::error::Result;
use crate::git::{Blob, Repo, WorktreeStatus};
use crate::scaffold::render::RenderedFile;
use crate::tree::File;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStatus {
    /// It is as it was written.
    Pristine,
    /// Its content is another one.
    Edited,
    /// Only whether it may be executed is another.
    Mode,
    /// It is not there.
    Deleted,
    /// A folder is there.
    Folder,
    /// A symbolic link is there.
    Link,
    /// A merge is waiting for a decision about it.
    Conflict,
    /// It was handed over to the user when it was written.
    Yours,
}

impl FileStatus {
    /// The word for people and programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pristine => "pristine",
            Self::Edited => "edited",
            Self::Mode => "mode",
            Self::Deleted => "deleted",
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Conflict => "conflict",
            Self::Yours => "yours",
        }
    }
}

impl From<WorktreeStatus> for FileStatus {
    fn from(status: WorktreeStatus) -> Self {
        match status {
            WorktreeStatus::Same => Self::Pristine,
            WorktreeStatus::Content => Self::Edited,
            WorktreeStatus::Mode => Self::Mode,
            WorktreeStatus::Missing => Self::Deleted,
            WorktreeStatus::Folder => Self::Folder,
            WorktreeStatus::Link => Self::Link,
            WorktreeStatus::Unmerged => Self::Conflict,
        }
    }
}

/// A file of the scaffold in the work tree.
#[derive(Debug)]
pub(crate) struct WorktreeFile<'a> {
    /// As the scaffold generated it.
    pub(crate) base: &'a RenderedFile,
    /// Where it is now, below the folder of the project.
    pub(crate) path: &'a str,
    pub(crate) status: FileStatus,
    /// What Git would store for the file in the work tree; `None` if no file exists, or it is pristine.
    pub(crate) blob: Option<Blob>,
}

impl<'a> WorktreeFile<'a> {
    /// Looks at `files` of `project` in the work tree of `repo`.
    ///
    /// # Errors
    /// A file cannot be read, or the `git` command is needed and fails.
    pub(crate) fn look(
        project: &'a Project,
        repo: &Repo,
        files: impl Iterator<Item = &'a RenderedFile>,
    ) -> Result<Vec<Self>> {
        let files: Vec<_> = files.map(|file| (file, project.current_path(file))).collect();
        let expected: Vec<_> = files
            .iter()
            .map(|(rendered, path)| (format!("{}{path}", project.prefix), &rendered.file))
            .collect();
        let found = repo.compare_all(&expected)?;
        let found_files = files.into_iter().zip(found).map(|((base, path), found)| WorktreeFile {
            base,
            path,
            status: found.status.into(),
            blob: found.blob,
        });
        Ok(found_files.collect())
    }

    /// What the scaffold wrote.
    pub(crate) fn pristine(&self) -> &'a File {
        &self.base.file
    }

    /// What is there, as Git would store it; `None` where there is no file.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn current(&self, project: &Project, repo: &Repo) -> Result<Option<File>> {
        let Some(blob) = self.blob else { return Ok(None) };
        let content = repo.compared_content(&format!("{}{}", project.prefix, self.path), blob)?;
        Ok(Some(File { mode: blob.mode, content }))
    }
}
