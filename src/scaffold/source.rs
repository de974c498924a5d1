//! Loads a scaffold: a built-in one by name, or one in a folder.

#![expect(clippy::disallowed_methods, reason = "the folder that the user names is read here")]

use std::collections::BTreeMap;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::{Scaffold, catalog, definition, limits};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::fs;
use crate::suggest;

/// Loads the scaffold `wanted`: the name of a built-in one, or a folder.
///
/// # Errors
/// Wrong usage if neither exists; all problems of the scaffold.
pub(crate) fn load(wanted: &str) -> Result<Scaffold> {
    if let Some(scaffold) = catalog::embedded(wanted) {
        return scaffold;
    }
    if Path::new(wanted).is_dir() {
        return Scaffold::from_files(read(Path::new(wanted))?, wanted);
    }
    let error = Error::new(ErrorKind::Usage, format!("scaffold `{wanted}` not found"));
    Err(match suggest::nearest(wanted, catalog::names()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error
            .hint("list built-in scaffolds with `treenail scaffold list`, or name the folder of another one"),
    })
}

/// Loads the scaffold in `folder`.
///
/// # Errors
/// Wrong usage if it does not exist; all problems of the scaffold.
pub(crate) fn load_folder(folder: &Path) -> Result<Scaffold> {
    if !folder.is_dir() {
        return Err(Error::new(ErrorKind::Usage, format!("there is no scaffold in `{}`", folder.display())));
    }
    Scaffold::from_files(read(folder)?, &folder.display().to_string())
}

/// The files of the scaffold in the folder `root`, by their path below it.
///
/// # Errors
/// When an entry cannot be read, is neither a file nor a folder, or exceeds a limit of scaffolds.
pub(crate) fn read(root: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut left = limits::BYTES;
    let too_much = |what: String| {
        Error::failure(format!("`{}` is not a valid scaffold", root.display()))
            .problem(format!("it has {what}"), "")
    };
    // Other files (a licence, notes, `.git`) are not part of the scaffold, so they may be anything.
    let is_part = |entry: &DirEntry| {
        entry.depth() != 1 || entry.file_name() == definition::FILE || entry.file_name() == "files"
    };
    for (count, entry) in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_part).enumerate()
    {
        if count > 2 * limits::FILES {
            return Err(too_much(format!("more than {} folders", limits::FILES)));
        }
        let entry = entry.context(|| format!("cannot read the scaffold `{}`", root.display()))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let shown = entry.path().display();
        if !entry.file_type().is_file() {
            return Err(Error::failure(format!("`{shown}` is neither a file nor a folder"))
                .hint("a scaffold holds plain files only, so that it is the same on every machine"));
        }
        let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let path =
            below.to_str().ok_or_else(|| Error::failure(format!("the name of `{shown}` is not UTF-8")))?;
        if files.len() == limits::FILES {
            return Err(too_much(format!("more than {} files", limits::FILES)));
        }
        let content = fs::read_own(entry.path(), limits::FILE_BYTES);
        let content = content.context(|| format!("cannot read `{shown}`"))?.unwrap_or_default();
        let Some(rest) = left.checked_sub(content.len() as u64) else {
            return Err(too_much(format!("more than {} MiB of files", limits::BYTES >> 20)));
        };
        left = rest;
        files.insert(path.replace('\\', "/"), content);
    }
    Ok(files)
}
