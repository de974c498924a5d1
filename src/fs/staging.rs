//! The folder in which everything is built before any of it becomes visible.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Lock, Target};
use crate::error::{Context, Error, Result};

/// A locked folder on the same file system as the target; removed when dropped.
#[derive(Debug)]
pub(crate) struct Staging {
    base: PathBuf,
    lock: Option<Lock>,
}

impl Staging {
    /// Returns the staging folder of `target`: inside an existing directory, or else beside the first one to
    /// be created. The name is fixed, so that a later run finds what a killed one left.
    pub(crate) fn path_for(target: &Target) -> PathBuf {
        if target.exists() {
            return target.dir.join(".treenail-new");
        }
        let mut name = OsString::from(".");
        name.push(target.dir.file_name().unwrap_or_default());
        name.push(".treenail-new");
        target.anchor.join(name)
    }

    /// Takes over the staging folder `base` and empties it.
    ///
    /// # Errors
    /// A precondition while another process uses it.
    pub(crate) fn begin(base: PathBuf) -> Result<Self> {
        let staging = Self::enter(base)?;
        staging.empty().context(|| format!("cannot prepare `{}`", staging.base.display()))?;
        Ok(staging)
    }

    /// Takes over the staging folder `base` with its content, if a killed run had sealed it.
    pub(crate) fn resume(base: &Path) -> Result<Option<Self>> {
        if Self::is_sealed(base) { Self::enter(base.to_owned()).map(Some) } else { Ok(None) }
    }

    /// Takes over the staging folder `base` with the old files, and discards the new ones.
    pub(crate) fn revisit(base: PathBuf) -> Result<Self> {
        let staging = Self::enter(base)?;
        remove_all(&staging.tree()).context(|| format!("cannot prepare `{}`", staging.base.display()))?;
        Ok(staging)
    }

    /// Whether `base` holds complete content that a killed run was moving into place.
    pub(crate) fn is_sealed(base: &Path) -> bool {
        base.join("sealed").exists()
    }

    fn enter(base: PathBuf) -> Result<Self> {
        let lock =
            Lock::take(&base.join("lock")).context(|| format!("cannot write to `{}`", base.display()))?;
        match lock {
            Some(lock) => Ok(Self { base, lock: Some(lock) }),
            None => Err(Self::busy(&base)),
        }
    }

    pub(crate) fn busy(base: &Path) -> Error {
        Error::precondition(format!("another treenail is writing (it holds `{}`)", base.display()))
            .hint("wait until it is done, then run the command again")
    }

    pub(crate) fn is_busy(base: &Path) -> bool {
        Lock::is_held(&base.join("lock"))
    }

    /// Returns the folder for the new content of the target.
    pub(crate) fn tree(&self) -> PathBuf {
        self.base.join("tree")
    }

    /// Returns the folder for the old content of the target.
    pub(crate) fn old(&self) -> PathBuf {
        self.base.join("old")
    }

    /// Declares the content complete: if the run is killed from now on, a later one completes it.
    pub(crate) fn seal(&self) -> io::Result<()> {
        fs::write(self.base.join("sealed"), "")
    }

    /// Unlocks the folder for the next run without removing it.
    pub(crate) fn leave(mut self) {
        self.lock = None;
    }

    fn empty(&self) -> io::Result<()> {
        let sealed = self.base.join("sealed");
        super::remove_optional(&sealed)?;
        remove_all(&self.tree())?;
        remove_all(&self.old())?;
        fs::create_dir(self.tree())
    }
}

fn remove_all(folder: &Path) -> io::Result<()> {
    if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else { return };
        // The seal goes first: a half-removed tree must not pass for a complete one. The next run removes what cannot be
        // removed now.
        let _ = super::remove_optional(&self.base.join("sealed"));
        let _ = fs::remove_dir_all(self.tree());
        let _ = fs::remove_dir_all(self.old());
        drop(lock);
        let _ = fs::remove_dir(&self.base);
    }
}
