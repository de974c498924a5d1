//! The folder in which everything is built before any of it becomes visible.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Lock, Target};
use crate::error::{Context, Error, Result};

/// A locked folder on the file system that the files are going to; removed when dropped.
#[derive(Debug)]
pub(crate) struct Staging {
    base: PathBuf,
    lock: Option<Lock>,
}

impl Staging {
    /// Where the staging folder of `target` is: inside a directory that exists, else beside the first one to be
    /// created. The name is fixed, so that a later run finds what a killed one left.
    pub(crate) fn path_for(target: &Target) -> PathBuf {
        if target.exists() {
            return target.dir.join(".treenail-new");
        }
        let mut name = OsString::from(".");
        name.push(target.dir.file_name().unwrap_or_default());
        name.push(".treenail-new");
        target.anchor.join(name)
    }

    /// Takes the staging folder `base` over, empty; what a killed run left in it is removed.
    ///
    /// # Errors
    /// A precondition where another process is using it; a failure where the file system says no.
    pub(crate) fn begin(base: PathBuf) -> Result<Self> {
        let staging = Self::enter(base)?;
        staging.empty().context(|| format!("cannot prepare `{}`", staging.base.display()))?;
        Ok(staging)
    }

    /// Takes over a staging folder that a killed run had sealed, with what is in it; `None` where there is none.
    ///
    /// # Errors
    /// As for [`Staging::begin`].
    pub(crate) fn resume(base: &Path) -> Result<Option<Self>> {
        if Self::is_sealed(base) { Self::enter(base.to_owned()).map(Some) } else { Ok(None) }
    }

    /// Takes the staging folder `base` over with the old files that are in it, and without the new ones.
    ///
    /// # Errors
    /// As for [`Staging::begin`].
    pub(crate) fn revisit(base: PathBuf) -> Result<Self> {
        let staging = Self::enter(base)?;
        remove_all(&staging.tree()).context(|| format!("cannot prepare `{}`", staging.base.display()))?;
        Ok(staging)
    }

    /// Whether the staging folder `base` holds complete content that a killed run was moving into place.
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

    /// The error for a staging folder that another process is using.
    #[must_use]
    pub(crate) fn busy(base: &Path) -> Error {
        Error::precondition(format!("another treenail is writing (it holds `{}`)", base.display()))
            .hint("wait until it is done, then run the command again")
    }

    /// Whether another process is using the staging folder `base`.
    pub(crate) fn is_busy(base: &Path) -> bool {
        Lock::is_held(&base.join("lock"))
    }

    /// The folder that stands for the target directory.
    pub(crate) fn tree(&self) -> PathBuf {
        self.base.join("tree")
    }

    /// The folder with what the target directory had before.
    pub(crate) fn old(&self) -> PathBuf {
        self.base.join("old")
    }

    /// Declares the content complete: from now on a killed run is carried on rather than forgotten.
    ///
    /// # Errors
    /// The file system says no.
    pub(crate) fn seal(&self) -> io::Result<()> {
        fs::write(self.base.join("sealed"), "")
    }

    /// Gives the folder up without removing it, for the next run to carry on.
    pub(crate) fn leave(mut self) {
        self.lock = None;
    }

    fn empty(&self) -> io::Result<()> {
        let sealed = self.base.join("sealed");
        super::remove_if_there(&sealed)?;
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
        // The seal goes first: a half-removed tree must not be taken for a complete one. What cannot be removed
        // now is removed by the next run.
        let _ = super::remove_if_there(&self.base.join("sealed"));
        let _ = fs::remove_dir_all(self.tree());
        let _ = fs::remove_dir_all(self.old());
        drop(lock);
        let _ = fs::remove_dir(&self.base);
    }
}
