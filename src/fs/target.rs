//! The target directory as an absolute path without symbolic links.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::error::{Context, Error, Result};

/// A directory to write to, which may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Absolute and free of symbolic links.
    pub(crate) dir: PathBuf,
    /// The directory itself, or the nearest existing one above it.
    pub(crate) anchor: PathBuf,
}

impl Target {
    /// Resolves `dir`. Nothing is created.
    ///
    /// # Errors
    /// A precondition: `dir`, or something above it, is a file or a dangling link.
    pub(crate) fn resolve(dir: &Path) -> Result<Self> {
        let absolute = std::path::absolute(dir).context(|| format!("cannot find `{}`", dir.display()))?;
        let mut existing = absolute.as_path();
        while fs::symlink_metadata(existing).is_err() {
            let Some(parent) = existing.parent() else { break };
            existing = parent;
        }
        let anchor = match existing.canonicalize() {
            Ok(anchor) if anchor.is_dir() => anchor,
            Ok(_) => return Err(not_a_directory(existing, "is a file, not a directory")),
            Err(_) => return Err(not_a_directory(existing, "cannot be entered, or is a link to nowhere")),
        };
        let missing = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
        if missing.components().any(|part| part == Component::ParentDir) {
            return Err(not_a_directory(dir, "goes up (`..`) from a directory that does not exist"));
        }
        // Joining an empty path would add a slash.
        let dir = if missing.as_os_str().is_empty() { anchor.clone() } else { anchor.join(missing) };
        Ok(Self { dir, anchor })
    }

    pub(crate) fn exists(&self) -> bool {
        self.dir == self.anchor
    }
}

fn not_a_directory(path: &Path, what: &str) -> Error {
    Error::precondition(format!("`{}` {what}", path.display())).hint("choose another directory")
}
