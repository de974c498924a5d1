//! Finds the folder of a project, in a work tree or a bare repository.

use std::path::{Path, PathBuf};

use super::{FOLDER, recovery};
use crate::error::Result;
use crate::fs;
use crate::git;
use crate::git::{RepoLocation, Worktree};

pub(crate) struct ProjectLocation {
    /// The root of the work tree, or the bare repository.
    pub(crate) root: PathBuf,
    /// The folder inside `root`: empty, or ending in `/`.
    pub(crate) prefix: String,
    pub(crate) is_bare: bool,
}

impl ProjectLocation {
    /// Locates `dir`. For `.` that is the nearest folder above with a `.treenail/`, as Git does it; a folder that was
    /// named is taken as it is.
    ///
    /// # Errors
    /// A precondition where it is neither in a work tree nor a bare repository; the repository cannot be opened.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        if let Ok(RepoLocation::Worktree(Worktree { root, mut prefix, .. })) = git::locate(dir) {
            if dir == Path::new(".") {
                prefix = nearest(&root, prefix);
            }
            return Ok(Self { root, prefix, is_bare: false });
        }
        git::check_readable(dir)?;
        let root = git::bare(dir)?.ok_or_else(|| recovery::not_generated(dir))?;
        Ok(Self { root, prefix: String::new(), is_bare: true })
    }
}

/// Returns the nearest folder, from `prefix` up to `root`, that holds treenail's state; `prefix` itself if
/// none does.
fn nearest(root: &Path, prefix: String) -> String {
    let above =
        |prefix: &str| prefix[..prefix.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1)].to_owned();
    let mut candidate = prefix.clone();
    loop {
        if fs::is_folder(&root.join(&candidate).join(FOLDER)) {
            return candidate;
        }
        if candidate.is_empty() {
            return prefix;
        }
        candidate = above(&candidate);
    }
}
