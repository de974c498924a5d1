//! Moves finished files to where they belong, replacing nothing, or one file in one step.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Moves the entries `names` of the folder `from` into the folder `to`, in this order. Each must be new there.
///
/// # Errors
/// Something is in the way, or the file system says no; what was moved before stays moved.
pub(crate) fn move_entries(from: &Path, to: &Path, names: &[OsString]) -> io::Result<()> {
    names.iter().try_for_each(|name| move_entry(&from.join(name), &to.join(name)))
}

/// Takes an unfinished [`move_entries`] back. What cannot be moved back stays.
pub(crate) fn move_back(from: &Path, to: &Path, names: &[OsString]) {
    for name in names {
        // Those still there were never moved.
        if !from.join(name).exists() {
            let _ = fs::rename(to.join(name), from.join(name));
        }
    }
}

/// Makes the folder `from` be the new folder `to`, in one step; the folders above `to` are created.
///
/// # Errors
/// Something is there already, or the file system says no; then nothing has changed.
pub(crate) fn appear(from: &Path, to: &Path) -> io::Result<()> {
    let parents = create_parents(to)?;
    move_entry(from, to).inspect_err(|_| remove_empty(&parents))
}

/// Makes the file or link `from` be the new file `to`; the folders above `to` are created.
///
/// # Errors
/// Something is there already, or the file system says no.
pub(crate) fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    super::with_parents(to, || move_entry(from, to))
}

/// Makes the file or link `from` be the file `to` in one step, whatever that was; the folders above are created.
///
/// # Errors
/// A folder is there, or the file system says no; then `to` is as it was.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    super::with_parents(to, || fs::rename(from, to)).map_err(|error| naming(to, &error))
}

/// Gives the file `path` the second name `other`, if that is possible at all; the folders above are created.
pub(crate) fn keep(path: &Path, other: &Path) {
    // Of a link the link itself is meant, which cannot be said portably.
    if path.symlink_metadata().is_ok_and(|found| found.is_file()) {
        let _ = super::with_parents(other, || fs::hard_link(path, other));
    }
}

/// Removes the file `path` and the folders above it, below `top`, that are empty then.
///
/// # Errors
/// The file system says no.
pub(crate) fn remove(path: &Path, top: &Path) -> io::Result<()> {
    super::remove_if_there(path).map_err(|error| naming(path, &error))?;
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != top && folder.starts_with(top)) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// The names of the entries of `folder`, sorted.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn move_entry(source: &Path, goal: &Path) -> io::Result<()> {
    // Renaming a folder replaces nothing but an empty folder.
    let moved = if super::is_folder(source) { fs::rename(source, goal) } else { move_file(source, goal) };
    moved.map_err(|error| naming(goal, &error))
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

fn move_file(source: &Path, goal: &Path) -> io::Result<()> {
    let mut moving = TempPath::try_from_path(source)?;
    // What could not be moved stays where it was; the owner of the folder decides about it.
    moving.disable_cleanup(true);
    moving.persist_noclobber(goal).map_err(|error| error.error)
}

/// Creates the folders above `path` and gives those that are new, outermost first; none is left on an error.
fn create_parents(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut missing: Vec<_> =
        path.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    missing.reverse();
    for (count, folder) in missing.iter().enumerate() {
        if let Err(error) = fs::create_dir(folder) {
            remove_empty(&missing[..count]);
            return Err(error);
        }
    }
    Ok(missing)
}

/// Removes those of `folders` (outermost first) that are empty.
pub(crate) fn remove_empty(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // One with something in it stays: it is in use.
        let _ = fs::remove_dir(folder);
    }
}
