//! Folders and files that only the user may have made, and the links that must not lead elsewhere.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// Whether the file or folder `path`, not what a link there points to, belongs to the user.
pub(crate) fn is_own(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| belongs_to_user(&found))
}

/// Whether `path` belongs to the user, and nobody else may read it.
pub(crate) fn is_private(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| belongs_to_user(&found) && !is_readable_by_others(&found))
}

/// Removes what is at `path`, with all that is in it if it is a folder; a link, not what it points to.
pub(crate) fn remove_any(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        // It does not follow links.
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates the folder `path`, which must be new, for the user alone.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Returns the first link on the way from the folder `top` to `path` below it, `path` itself excepted: a part of `path`.
pub(crate) fn link_on_the_way<'p>(top: &Path, path: &'p str) -> Option<&'p str> {
    let is_link =
        |folder: &&str| fs::symlink_metadata(top.join(folder)).is_ok_and(|found| found.is_symlink());
    path.match_indices('/').map(|(end, _)| &path[..end]).find(is_link)
}

/// Whether files can be moved between two folders, as far as can be known without trying.
#[cfg(unix)]
pub(crate) fn are_on_one_file_system(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => one.dev() == other.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(crate) fn are_on_one_file_system(one: &Path, other: &Path) -> bool {
    let root = |path: &Path| {
        path.canonicalize()
            .ok()
            .and_then(|path| path.components().next().map(|part| part.as_os_str().to_owned()))
    };
    root(one) == root(other)
}

/// Gives the file `path` a second name, which must be new.
pub(crate) fn name_again(path: &Path, second: &Path) -> io::Result<()> {
    fs::hard_link(path, second)
}

/// Whether two names, followed through no link, are of one file.
#[cfg(unix)]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::symlink_metadata(one), fs::symlink_metadata(other)) {
        (Ok(one), Ok(other)) => one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// Elsewhere that cannot be told for sure.
#[cfg(not(unix))]
pub(crate) fn is_same_file(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(unix)]
fn belongs_to_user(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(unix)]
fn is_readable_by_others(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & 0o077 != 0
}

/// Elsewhere the access lists of the user's profile decide.
#[cfg(not(unix))]
fn belongs_to_user(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn is_readable_by_others(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_the_link_itself_is_removed() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        fs::create_dir_all(at("kept/inner")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink(at("kept"), at("folder/link")).unwrap();
        symlink(at("kept"), at("link")).unwrap();
        for name in ["link", "folder", "missing"] {
            remove_any(&at(name)).unwrap();
            assert!(fs::symlink_metadata(at(name)).is_err(), "{name}");
        }
        assert!(at("kept/inner").exists());
    }

    #[test]
    fn links_on_the_way_are_found() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        symlink(at("a"), at("link")).unwrap();
        symlink(at("a"), at("a/b/link")).unwrap();
        for (path, link) in [
            ("x", None),
            ("link", None),
            ("a/b/link", None),
            ("a/missing/x", None),
            ("link/x", Some("link")),
            ("a/b/link/b/x", Some("a/b/link")),
        ] {
            assert_eq!(link_on_the_way(top.path(), path), link, "{path}");
        }
    }

    #[test]
    fn a_private_folder_must_be_new() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("private");
        create_private(&path).unwrap();
        assert!(is_private(&path) && is_own(&path));
        assert!(create_private(&path).is_err());
        symlink(top.path(), top.path().join("link")).unwrap();
        assert!(create_private(&top.path().join("link")).is_err());
    }
}
