//! Finds everything that is in the way of new files, before the first write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Problem;

/// The obstacles to new files at `paths` (relative, `/`-separated) in the directory `dir`: anything that exists and is not
/// `leaving`, files and links where folders must go, names that differ only in case, and folders that cannot be written
/// to. One problem each, by the path it is about.
pub(crate) fn obstacles<'a>(
    dir: &Path,
    paths: impl IntoIterator<Item = &'a str>,
    leaving: &BTreeSet<&str>,
) -> io::Result<BTreeMap<String, Problem>> {
    let mut survey =
        Survey { leaving, listings: BTreeMap::new(), growing: BTreeSet::new(), found: BTreeMap::new() };
    for path in paths {
        survey.walk(dir, path)?;
    }
    for folder in &survey.growing {
        if !is_writable(folder) {
            let shown = folder.display().to_string();
            survey.found.entry(shown.clone()).or_insert_with(|| {
                Problem::new(format!("`{shown}` cannot be written to"), "fix its permissions")
            });
        }
    }
    Ok(survey.found)
}

/// Whether files can be created in `folder`. Leaves no trace there.
pub(crate) fn is_writable(folder: &Path) -> bool {
    // The permission bits alone say too little (owners, access lists, read-only mounts). On Linux such a file
    // never gets a name.
    match tempfile::tempfile_in(folder) {
        Ok(_) => true,
        // A full disk is reported when writing fails.
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound
        ),
    }
}

struct Survey<'a> {
    leaving: &'a BTreeSet<&'a str>,
    listings: BTreeMap<PathBuf, Vec<String>>,
    /// The folders that get new entries.
    growing: BTreeSet<PathBuf>,
    found: BTreeMap<String, Problem>,
}

impl Survey<'_> {
    fn walk(&mut self, dir: &Path, path: &str) -> io::Result<()> {
        let mut folder = dir.to_owned();
        let mut shown = String::new();
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let Some(twin) = self.twin(&folder, name)? else {
                self.growing.insert(folder);
                return Ok(());
            };
            shown = if shown.is_empty() { twin.clone() } else { format!("{shown}/{twin}") };
            folder.push(&twin);
            let is_last = names.peek().is_none();
            if self.leaves(&folder, &shown, is_last)? {
                folder.pop();
                self.growing.insert(folder);
                return Ok(());
            }
            if let Some(problem) = judge(&folder, &shown, name, &twin, is_last)? {
                self.found.insert(shown, problem);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the file at `path`, called `shown`, will be removed, or everything in a folder where a file
    /// must go (`is_last`).
    fn leaves(&self, path: &Path, shown: &str, is_last: bool) -> io::Result<bool> {
        if self.leaving.contains(shown) {
            return Ok(true);
        }
        if !is_last || !path.symlink_metadata()?.is_dir() {
            return Ok(false);
        }
        for name in list(path)? {
            let inner = path.join(&name);
            let is_folder = inner.symlink_metadata()?.is_dir();
            if !(is_folder || self.leaving.contains(format!("{shown}/{name}").as_str()))
                || (is_folder && !self.leaves(&inner, &format!("{shown}/{name}"), true)?)
            {
                return Ok(false);
            }
        }
        // An empty folder belongs to the user, and stays in the way.
        Ok(self.leaving.iter().any(|file| file.starts_with(&format!("{shown}/"))))
    }

    /// Returns the entry of `folder` called `name`, or else one whose name differs only in case.
    fn twin(&mut self, folder: &Path, name: &str) -> io::Result<Option<String>> {
        if !self.listings.contains_key(folder) {
            let names = list(folder)?;
            self.listings.insert(folder.to_owned(), names);
        }
        let names = &self.listings[folder];
        let lower = name.to_lowercase();
        let exact = names.iter().find(|other| *other == name);
        Ok(exact.or_else(|| names.iter().find(|other| other.to_lowercase() == lower)).cloned())
    }
}

fn judge(path: &Path, shown: &str, name: &str, twin: &str, is_last: bool) -> io::Result<Option<Problem>> {
    const FIX: &str = "move it away";
    let found = path.symlink_metadata()?;
    let message = if name != twin {
        format!("`{shown}` differs only in case from the new `{name}`")
    } else if is_last {
        format!("`{shown}` already exists")
    } else if found.is_symlink() {
        format!("`{shown}` is a symbolic link where a folder must go")
    } else if !found.is_dir() {
        format!("`{shown}` is a file where a folder must go")
    } else if path.join(".git").symlink_metadata().is_ok() {
        format!("`{shown}` is a Git repository itself")
    } else {
        return Ok(None);
    };
    Ok(Some(Problem::new(message, FIX)))
}

fn list(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return Err(io::Error::new(error.kind(), format!("`{}`: {error}", folder.display()))),
    };
    entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect()
}
