//! Compares the generated files with the work tree, for `status`, `diff` and `restore`.

use super::Project;
use crate::error::Result;
use crate::git::{Blob, Repo, WorktreeStatus};
use crate::scaffold::render::RenderedFile;
use crate::tree::File;

/// How a file differs from what was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Pristine,
    Edited,
    /// Only the executable bit differs.
    Mode,
    Deleted,
    /// A folder is in its place.
    Folder,
    /// A symbolic link is in its place.
    Link,
    /// It has an unresolved merge conflict.
    Conflict,
    /// It is seeded and no longer as it was written.
    Yours,
}

impl FileStatus {
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

#[derive(Debug)]
pub(crate) struct WorktreeFile<'a> {
    pub(crate) base: &'a RenderedFile,
    /// The current path, relative to the project's folder.
    pub(crate) path: &'a str,
    pub(crate) status: FileStatus,
    /// The blob that Git would store; `None` if the file does not exist or is pristine.
    pub(crate) blob: Option<Blob>,
}

impl<'a> WorktreeFile<'a> {
    /// Compares `files` of `project` with the work tree of `repo`.
    pub(crate) fn compare(
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

    pub(crate) fn pristine(&self) -> &'a File {
        &self.base.file
    }

    /// The file in the work tree, as Git would store it; `None` where it is missing.
    pub(crate) fn current(&self, project: &Project, repo: &Repo) -> Result<Option<File>> {
        let Some(blob) = self.blob else { return Ok(None) };
        let content = repo.compared_content(&format!("{}{}", project.prefix, self.path), blob)?;
        Ok(Some(File { mode: blob.mode, content }))
    }
}
