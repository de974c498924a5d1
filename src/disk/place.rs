//! Moves a finished tree to where it belongs, replacing nothing.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Moves the entries `names` of the folder `from` into the folder `to`, in this order. Each must be new there.
///
/// # Errors
/// Something is in the way, or the file system says no; what was moved before stays moved.
pub fn move_entries(from: &Path, to: &Path, names: &[OsString]) -> io::Result<()> {
    names.iter().try_for_each(|name| move_entry(&from.join(name), &to.join(name)))
}

/// Takes an unfinished [`move_entries`] back. What cannot be moved back stays.
pub fn move_back(from: &Path, to: &Path, names: &[OsString]) {
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
pub fn appear(from: &Path, to: &Path) -> io::Result<()> {
    let parents = create_parents(to)?;
    move_entry(from, to).inspect_err(|_| remove_empty(&parents))
}

/// Moves what is in the folder `from` into the folder `to`; a folder that exists on both sides is entered, everything
/// else must be new.
///
/// # Errors
/// As for [`move_entries`].
pub fn merge_into(from: &Path, to: &Path) -> io::Result<()> {
    for name in names(from)? {
        let (source, goal) = (from.join(&name), to.join(&name));
        if is_folder(&source) && is_folder(&goal) {
            merge_into(&source, &goal)?;
        } else {
            move_entry(&source, &goal)?;
        }
    }
    Ok(())
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

/// The names of the entries of `folder`, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn move_entry(source: &Path, goal: &Path) -> io::Result<()> {
    // Renaming a folder replaces nothing but an empty folder.
    let moved = if is_folder(source) { fs::rename(source, goal) } else { move_file(source, goal) };
    moved.map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", goal.display())))
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
pub fn remove_empty(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // One with something in it stays: it is in use.
        let _ = fs::remove_dir(folder);
    }
}
