//! Which files Git leaves out of a work tree.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::locate::discover;
use crate::error::Result;

/// The work tree around a directory, and what is ignored in it.
pub(crate) struct Ignore {
    git: Repository,
    root: PathBuf,
}

impl Ignore {
    /// For the work tree around `dir`; `None` where there is none.
    ///
    /// # Errors
    /// The repository cannot be opened.
    pub(crate) fn around(dir: &Path) -> Result<Option<Self>> {
        let Some(git) = discover(dir)? else { return Ok(None) };
        let root = git.workdir().and_then(|workdir| workdir.canonicalize().ok());
        Ok(root.map(|root| Self { git, root }))
    }

    /// The root of the work tree, absolute and free of symbolic links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether Git leaves `path`, relative to the root, out. A file that was added all the same is not left out.
    pub(crate) fn ignores(&self, path: &Path) -> bool {
        // In this order, since most files are tracked, and looking for the rules of each takes long.
        !self.is_tracked(path) && self.git.is_path_ignored(path).unwrap_or(false)
    }

    fn is_tracked(&self, path: &Path) -> bool {
        // A folder is not in the index, but what is in it sorts right behind it.
        let below = path.join("");
        self.git.index().is_ok_and(|index| {
            index.get_path(path, 0).is_some()
                || below.to_str().is_some_and(|below| index.find_prefix(below).is_ok())
        })
    }
}
