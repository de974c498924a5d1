//! Finds the folder of a project, in a work tree or a bare repository.

use std::path::{Path, PathBuf};

use super::{FOLDER, answers_file, recovery};
use crate::error::Result;
use crate::fs;
use crate::git;
use crate::git::{Repo, RepoLocation, Worktree};

pub(crate) struct ProjectLocation {
    /// The root of the work tree, or the bare repository.
    pub(crate) root: PathBuf,
    /// The folder inside `root`: empty, or ending in `/`.
    pub(crate) prefix: String,
    pub(crate) is_bare: bool,
}

impl ProjectLocation {
    /// Locates `dir`: the nearest folder, from there up, that holds a project, as Git finds its repository.
    ///
    /// # Errors
    /// A precondition where it is neither in a work tree nor a bare repository; the repository cannot be opened.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        if let Ok(RepoLocation::Worktree(Worktree { root, prefix, .. })) = git::locate(dir) {
            let prefix = nearest(&root, prefix)?;
            return Ok(Self { root, prefix, is_bare: false });
        }
        git::check_readable(dir)?;
        let root = git::bare(dir)?.ok_or_else(|| recovery::not_generated(dir))?;
        Ok(Self { root, prefix: String::new(), is_bare: true })
    }
}

/// Returns the nearest folder, from `prefix` up to `root`, that holds treenail's state, in the work tree or in the last
/// commit; `prefix` itself if none does, or if it does not exist.
fn nearest(root: &Path, prefix: String) -> Result<String> {
    let is_in_work_tree = |prefix: &str| fs::is_folder(&root.join(prefix).join(FOLDER));
    if is_in_work_tree(&prefix) || !fs::is_folder(&root.join(&prefix)) {
        return Ok(prefix);
    }
    let repo = Repo::open_to_read(root)?;
    let commit = repo.head_commit()?;
    // What is lost in the work tree must not make the folder a part of the project around it.
    let is_committed = |prefix: &str| match &commit {
        Some(commit) => Ok(repo.file_in(commit, &format!("{prefix}{}", answers_file::PATH))?.is_some()),
        None => Ok(false),
    };
    let mut candidate = prefix.as_str();
    loop {
        if is_in_work_tree(candidate) || is_committed(candidate)? {
            return Ok(candidate.to_owned());
        }
        let Some(inner) = candidate.strip_suffix('/') else { return Ok(prefix) };
        candidate = &candidate[..inner.rfind('/').map_or(0, |at| at + 1)];
    }
}
