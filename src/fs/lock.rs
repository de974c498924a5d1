//! A lock that a killed process cannot leave behind: the kernel's lock on the file counts, not that the file exists.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How often a lock's folder may vanish while the lock is opened, since the last holder removes it.
const TRIES: u32 = 100;

/// An exclusive lock, held until dropped; its file goes with it.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock at `path`, creating the folders above it; `None` while another process holds it.
    ///
    /// # Errors
    /// The lock file cannot be created, or the file system has no locks.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut tries = 0;
        loop {
            let file = match open(path) {
                Ok(file) => file,
                Err(error) if tries < TRIES && is_of_a_vanished_folder(&error) => {
                    tries += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                Ok(()) if is_still_at(&file, path) => {
                    return Ok(Some(Self { path: path.to_owned(), _file: file }));
                }
                // Its last holder removed the file after it was opened here.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Whether another process holds the lock at `path`. Creates nothing.
    pub(crate) fn is_held(path: &Path) -> bool {
        plain(OpenOptions::new().read(true))
            .open(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays behind is not a lock, so a failure does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    plain(OpenOptions::new().write(true).create(true).truncate(false)).open(path)
}

/// Neither follows a link nor waits for the other end of a pipe.
fn plain(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options
}

/// Whether opening may have failed because the folder was removed after it was created, or between the checks
/// that it exists and is a folder.
fn is_of_a_vanished_folder(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_folder_that_the_last_holder_removes_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("treenail");
        let take_and_clear_up = || {
            for _ in 0..500 {
                drop(Lock::take(&base.join("lock")).unwrap());
                let _ = fs::remove_dir(&base);
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(take_and_clear_up);
            }
        });
    }

    #[test]
    fn a_lock_where_no_folder_can_be_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(Lock::take(&folder.path().join("file/lock")).is_err());
    }
}
