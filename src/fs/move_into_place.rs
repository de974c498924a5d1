//! Moves finished files into place, replacing nothing, or one file in one step.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Moves the entries `names` of the folder `from` into the folder `to`, in this order. Each must be new there.
///
/// # Errors
/// Something is in the way; what was moved before stays moved.
pub(crate) fn move_entries(from: &Path, to: &Path, names: &[OsString]) -> io::Result<()> {
    names.iter().try_for_each(|name| move_entry(&from.join(name), &to.join(name)))
}

/// Undoes an unfinished [`move_entries`]. Entries that cannot be moved back stay.
pub(crate) fn move_back(from: &Path, to: &Path, names: &[OsString]) {
    for name in names {
        // Those still there were never moved.
        if !from.join(name).exists() {
            let _ = fs::rename(to.join(name), from.join(name));
        }
    }
}

/// Renames the folder `from` to `to`, which must be new; the folders above `to` are created.
///
/// # Errors
/// Something is in the way; then nothing has changed.
pub(crate) fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
    let parents = create_parents(to)?;
    move_entry(from, to).inspect_err(|_| remove_empty(&parents))
}

/// Moves the file or link `from` to `to`, which must be new, and creates the parent folders.
pub(crate) fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    super::with_parents(to, || move_entry(from, to))
}

/// Moves the file or link `from` to `to`, replacing a file or link there in one step; creates the parent
/// folders.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    super::with_parents(to, || fs::rename(from, to)).map_err(|error| naming(to, &error))
}

/// Keeps the file `path` under the second name `other` as well, if the file system supports it.
pub(crate) fn keep_old(path: &Path, other: &Path) {
    // A hard link to a symbolic link cannot be made portably.
    if path.symlink_metadata().is_ok_and(|found| found.is_file()) {
        let _ = super::with_parents(other, || fs::hard_link(path, other));
    }
}

/// Removes the file `path` and the folders between it and `top` that become empty.
pub(crate) fn remove_with_empty_folders(path: &Path, top: &Path) -> io::Result<()> {
    super::remove_optional(path).map_err(|error| naming(path, &error))?;
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != top && folder.starts_with(top)) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Returns the names of the entries of `folder`, sorted.
pub(crate) fn entry_names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn move_entry(source: &Path, goal: &Path) -> io::Result<()> {
    // Renaming a folder replaces nothing but an empty folder.
    let moved = if super::is_folder(source) { fs::rename(source, goal) } else { rename_file(source, goal) };
    moved.map_err(|error| naming(goal, &error))
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

fn rename_file(source: &Path, goal: &Path) -> io::Result<()> {
    let mut moving = TempPath::try_from_path(source)?;
    // What could not be moved stays; the owner of the folder decides about it.
    moving.disable_cleanup(true);
    moving.persist_noclobber(goal).map_err(|error| error.error)
}

/// Creates the parent folders of `path` and returns the new ones, outermost first; an error leaves none
/// behind.
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

/// Removes the empty ones of `folders`, which are listed outermost first.
pub(crate) fn remove_empty(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // A folder with something in it stays.
        let _ = fs::remove_dir(folder);
    }
}
