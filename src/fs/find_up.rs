//! Finds the folder that a path belongs to by the file that marks such folders.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The nearest folder at or above `path` that holds the file `marker`, and the path from there, `/`-separated and empty for
/// the folder itself. `path` need not exist, and links on the way are not followed.
///
/// # Errors
/// The current directory is gone.
pub(crate) fn find_up(path: &Path, marker: &str) -> io::Result<Option<(PathBuf, String)>> {
    let path = tidy(&std::path::absolute(path)?);
    let folder = path.ancestors().find(|folder| folder.join(marker).symlink_metadata().is_ok());
    Ok(folder.map(|folder| {
        let rest = path.strip_prefix(folder).unwrap_or(Path::new(""));
        let rest: Vec<_> = rest.iter().map(|name| name.to_string_lossy()).collect();
        (folder.to_owned(), rest.join("/"))
    }))
}

/// Removes `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(tidy.pop()),
            part => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_folder_counts() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path();
        fs::create_dir_all(top.join("in/ner/x")).unwrap();
        for marked in ["mark", "in/ner/mark"] {
            fs::write(top.join(marked), "").unwrap();
        }
        for (path, folder, rest) in [
            ("", "", ""),
            ("in/./gone/a b", "", "in/gone/a b"),
            ("in/ner/x/../y", "in/ner", "y"),
            ("in/ner", "in/ner", ""),
            ("in/ner/..", "", "in"),
        ] {
            let found = find_up(&top.join(path), "mark").unwrap().unwrap();
            assert_eq!(found, (tidy(&top.join(folder)), rest.to_owned()), "{path}");
        }
        assert_eq!(find_up(top, "no such mark").unwrap(), None);
    }
}
