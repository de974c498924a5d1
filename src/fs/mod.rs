//! The only writer of files. Everything is built aside first and then moved into place, replacing nothing but what
//! the caller knows, so that a failure or a kill leaves the old state or the new one.
//!
//! Nothing is flushed to the disk explicitly: like Git with its default `core.fsync`, this is proof against
//! kills, errors and full disks, while after a power failure the file system's own journal decides. Flushing
//! some forty files would cost more than everything else together.

mod lock;
mod move_into_place;
mod obstacles;
mod staging;
mod target;
mod within;

pub use lock::Lock;
pub(crate) use move_into_place::{
    appear, keep, move_back, move_entries, move_new, names, remove, remove_empty, replace,
};
pub(crate) use obstacles::{is_writable, obstacles};
pub(crate) use staging::Staging;
pub(crate) use target::Target;
pub(crate) use within::within;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `content` to the new file `path`, creating the folders above it, with the permissions that the
/// user's umask leaves.
///
/// # Errors
/// The file exists already, or the file system says no.
pub fn write_new(path: &Path, content: &[u8], executable: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if executable { 0o777 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = executable;
    with_parents(path, || options.open(path))?.write_all(content)
}

/// What `make` gives, which makes `path`; where the folders above it are missing, they are created first. Of many files
/// most find them there.
fn with_parents<T>(path: &Path, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match (make(), path.parent()) {
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(parent)?;
            make()
        }
        (outcome, _) => outcome,
    }
}

/// Makes the new symbolic link `path` that leads to `target`, creating the folders above it; where the system has
/// none, a file with that content, as Git does.
///
/// # Errors
/// As for [`write_new`].
pub(crate) fn write_link(path: &Path, target: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        with_parents(path, || std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), path))
    }
    #[cfg(not(unix))]
    write_new(path, target, false)
}

/// Puts `content` into `path` in one step: a reader sees all of it or nothing of it.
///
/// # Errors
/// The file system says no.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = aside(path);
    let written = fs::write(&aside, content).and_then(|()| fs::rename(&aside, path));
    // Half of it, on a full disk, is of no use to anybody.
    written.inspect_err(|_| drop(fs::remove_file(&aside)))
}

/// Puts `new` into the file `path`, which holds `old`, in one step; its permissions stay.
///
/// # Errors
/// `path` is no plain file (a link is none), somebody has changed it meanwhile, or the file system says no.
pub(crate) fn rewrite(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    let known = fs::symlink_metadata(path)?;
    if !known.is_file() {
        return Err(io::Error::other("it is no plain file any more"));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut aside = tempfile::Builder::new().prefix(".treenail-").tempfile_in(folder)?;
    aside.write_all(new)?;
    aside.as_file().set_permissions(known.permissions())?;
    // As late as can be, so that nobody's edit is lost.
    if fs::read(path)? != old {
        return Err(io::Error::other("somebody has changed it meanwhile"));
    }
    aside.persist(path).map(drop).map_err(|error| error.error)
}

/// Where [`write_whole`] writes before `path` is replaced; a kill may leave it there.
pub(crate) fn aside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// The content of `path`, or `None` where no such file is.
///
/// # Errors
/// The file exists but cannot be read.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `path` is a folder, and no link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Removes the file `path`; one that is not there is fine.
///
/// # Errors
/// The file system says no.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
