//! The only writer of files. Everything is built aside and then moved into place, replacing only what the caller knows, so
//! that a failure or a kill leaves the old state or the new one.
//!
//! Nothing is flushed to the disk explicitly. As Git with its default `core.fsync`, this survives kills, errors and full
//! disks; after a power failure the file system's journal decides. Flushing some forty files would cost more than
//! everything else together.

mod find_up;
mod lock;
mod move_into_place;
mod obstacles;
mod own;
mod read;
mod staging;
mod target;

pub(crate) use find_up::find_up;
pub use lock::Lock;
pub(crate) use move_into_place::{
    entry_names, keep_old, move_back, move_entries, move_file, move_folder, remove_empty,
    remove_with_empty_folders, replace,
};
pub(crate) use obstacles::{is_writable, obstacles};
pub(crate) use own::{
    are_on_one_file_system, create_private, is_own, is_private, is_same_file, link_on_the_way, name_again,
    remove_any,
};
pub(crate) use read::{
    is_refused, limit, read_below, read_linked, read_named, read_own, read_standard_input,
};
pub(crate) use staging::{PREFIX as STAGING_PREFIX, Staging, is_under_construction, staging_name};
pub(crate) use target::Target;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::tree::File;

/// Writes `content` to the new file `path`, creating the folders above it, with the permissions that the
/// user's umask leaves.
///
/// # Errors
/// The file exists, or cannot be written.
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

/// Writes a file or link to `path`, which must be new.
pub(crate) fn write_file(path: &Path, file: &File) -> io::Result<()> {
    if file.is_link() {
        return write_link(path, &file.content);
    }
    write_new(path, &file.content, file.is_executable())
}

/// Gives the new file `path` the permissions of the file `old`, so that one that only its owner may read stays so. If the
/// executable bit changes, `executable` is what it becomes: as for Git, whoever may read the file may then run it.
pub(crate) fn keep_permissions(old: &Path, path: &Path, executable: Option<bool>) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(found) = fs::symlink_metadata(old) else { return Ok(()) };
        if !found.is_file() || !fs::symlink_metadata(path)?.is_file() {
            return Ok(());
        }
        let bits = found.permissions().mode() & 0o777;
        let bits = match executable {
            None => bits,
            Some(true) => bits | (bits & 0o444) >> 2,
            Some(false) => bits & !0o111,
        };
        fs::set_permissions(path, fs::Permissions::from_mode(bits))?;
    }
    #[cfg(not(unix))]
    let _ = (old, path, executable);
    Ok(())
}

/// Runs `make`, which creates `path`. Parent folders are created only if missing, since most files have them.
fn with_parents<T>(path: &Path, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match (make(), path.parent()) {
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(parent)?;
            make()
        }
        (outcome, _) => outcome,
    }
}

/// Creates the symbolic link `path` and its parent folders. Without symbolic links, writes a file with
/// `target` as its content, as Git does.
fn write_link(path: &Path, target: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        with_parents(path, || std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), path))
    }
    #[cfg(not(unix))]
    write_new(path, target, false)
}

/// Writes `content` to `path` in one step: a reader sees all of it or nothing.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary_path(path);
    // A link must not be written through, so the file must be new.
    let written = remove_any(&temporary)
        .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&temporary))
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&temporary, path));
    // Half a file, left by a full disk, is useless.
    written.inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// As [`write_atomically`], creating the folders above `path`.
pub(crate) fn write_with_folders(path: &Path, content: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    write_atomically(path, content)
}

/// Creates the file `path`, which must be new, with `content` in one step, by way of the file `aside` in the same folder.
pub(crate) fn create_atomically(aside: &Path, content: &[u8], path: &Path) -> io::Result<()> {
    remove_any(aside)?;
    write_new(aside, content, false)
        .and_then(|()| move_file(aside, path))
        .inspect_err(|_| drop(fs::remove_file(aside)))
}

/// Copies the file `from`, if it exists, to `to`, replacing what is there. Returns what it is a copy of.
pub(crate) fn copy_new(from: &Path, to: &Path) -> io::Result<Option<fs::Metadata>> {
    remove_any(to)?;
    match fs::metadata(from) {
        Ok(found) => fs::copy(from, to).map(|_| Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives the file `path` the permissions of `other`.
pub(crate) fn permit_as(path: &Path, other: &fs::Metadata) -> io::Result<()> {
    fs::set_permissions(path, other.permissions())
}

/// Returns what the link `path` leads to, or `path` itself if it is not a link to anything.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if is_link { path.canonicalize().unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() }
}

/// Writes `content` to the file `path` in one step, by way of the file `aside`, which is in a folder of the user; its
/// permissions stay. On another file system, it goes by way of one beside `path`.
pub(crate) fn replace_from(aside: &Path, content: &[u8], path: &Path) -> io::Result<()> {
    write_atomically(aside, content)?;
    keep_permissions(path, aside, None)?;
    move_over(aside, content, path)
}

fn move_over(aside: &Path, content: &[u8], path: &Path) -> io::Result<()> {
    match fs::rename(aside, path) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let permissions = fs::metadata(aside)?.permissions();
            fs::remove_file(aside)?;
            replace_beside(content, permissions, path, || Ok(()))
        }
        renamed => renamed.inspect_err(|_| drop(fs::remove_file(aside))),
    }
}

/// Writes `content` to `path` in one step, by way of a file beside it. `check` is asked last.
fn replace_beside(
    content: &[u8],
    permissions: fs::Permissions,
    path: &Path,
    check: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut beside = tempfile::Builder::new().prefix(STAGING_PREFIX).tempfile_in(folder)?;
    beside.write_all(content)?;
    beside.as_file().set_permissions(permissions)?;
    check()?;
    beside.persist(path).map(drop).map_err(|error| error.error)
}

/// Replaces `old`, the content of the file `path`, with `new` in one step; its permissions stay. It goes by way of the file
/// `aside`, or of one beside `path`.
///
/// # Errors
/// `path` is not a plain file (a link is not), was changed meanwhile, or cannot be written.
pub(crate) fn rewrite(path: &Path, old: &[u8], new: &[u8], aside: Option<&Path>) -> io::Result<()> {
    let known = fs::symlink_metadata(path)?;
    if !known.is_file() {
        return Err(io::Error::other("it is not a plain file any more"));
    }
    // As late as possible, so that no edit is lost.
    let is_unchanged = || {
        if fs::read(path)? == old { Ok(()) } else { Err(io::Error::other("it was changed meanwhile")) }
    };
    if let Some(aside) = aside {
        write_atomically(aside, new)?;
        fs::set_permissions(aside, known.permissions())?;
        is_unchanged()?;
        return move_over(aside, new, path);
    }
    replace_beside(new, known.permissions(), path, is_unchanged)
}

/// Returns where [`write_atomically`] writes before it replaces `path`; a killed run may leave a file there.
pub(crate) fn temporary_path(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Whether anything is at `path`, be it a link to nowhere, or cannot be ruled out.
pub(crate) fn is_there(path: &Path) -> bool {
    !fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Whether `path` is a folder, not a link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

pub(crate) fn remove_optional(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
