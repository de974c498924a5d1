//! Reads files that somebody else may have put there. A clone can hold links to endless devices, and an archive pipes that
//! nobody writes to: so a file is opened only if it is a plain one, without waiting, and read up to a limit.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

const MIB: u64 = 1 << 20;

/// Limits of the files that treenail reads.
pub(crate) mod limit {
    use super::MIB;

    /// `.treenail/answers.yaml`, and what `--answers` names.
    pub(crate) const ANSWERS: u64 = MIB;
    /// `.treenail/base`: larger than all that a scaffold may render, with a checksum on every line.
    pub(crate) const BASE: u64 = 80 * MIB;
    /// A file in the work tree; its content is compared in memory.
    pub(crate) const WORK_TREE_FILE: u64 = 256 * MIB;
    /// Files of one line in `.git`.
    pub(crate) const GIT_STATE: u64 = MIB;
}

/// Reads the plain file `path`, which no link may stand for; `None` if it does not exist.
///
/// # Errors
/// One for which [`is_refused`] holds if it is a link, not a plain file, or larger than `limit`; any other if it cannot be
/// read.
pub(crate) fn read_own(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    read_plain(path, limit, Links::Refuse)
}

/// As [`read_own`], for `path` (`/`-separated) below the folder `root`: none of the folders on the way may be a link either.
///
/// # Errors
/// As for [`read_own`].
pub(crate) fn read_below(root: &Path, path: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match super::link_on_the_way(root, path) {
        Some(folder) => Err(refused(format!("`{folder}` is a symbolic link"))),
        None => read_own(&root.join(path), limit),
    }
}

/// As [`read_own`], for a file that may be a link to a plain file.
///
/// # Errors
/// As for [`read_own`].
pub(crate) fn read_linked(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    read_plain(path, limit, Links::Follow)
}

/// Reads the file that the user has named: also a link, a pipe or a device, but never more than `limit`.
///
/// # Errors
/// It cannot be read, or is larger.
pub(crate) fn read_named(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_up_to(File::open(path)?, 0, limit)
}

/// As [`read_named`], of the standard input.
///
/// # Errors
/// As for [`read_named`].
pub(crate) fn read_standard_input(limit: u64) -> io::Result<Vec<u8>> {
    read_up_to(io::stdin().lock(), 0, limit)
}

/// Whether a file was not read for what it is, so that trying again is of no use.
pub(crate) fn is_refused(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Refuse,
    Follow,
}

fn read_plain(path: &Path, limit: u64, links: Links) -> io::Result<Option<Vec<u8>>> {
    let found = match links {
        Links::Refuse => fs::symlink_metadata(path),
        Links::Follow => fs::metadata(path),
    };
    // Asked first, since opening a device can have effects.
    match found {
        Ok(found) => check(&found, limit)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let file = open(path, links)?;
    // It may be another one by now.
    let found = file.metadata()?;
    check(&found, limit)?;
    read_up_to(file, found.len(), limit).map(Some)
}

#[cfg(unix)]
fn open(path: &Path, links: Links) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, links == Links::Refuse);
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path, _: Links) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

fn check(found: &Metadata, limit: u64) -> io::Result<()> {
    if found.is_symlink() {
        Err(refused("it is a symbolic link"))
    } else if found.is_dir() {
        Err(refused("it is a folder"))
    } else if !found.is_file() {
        Err(refused("it is not a regular file"))
    } else if found.len() > limit {
        Err(too_large(limit))
    } else {
        Ok(())
    }
}

/// A file of `expected` bytes takes two reads.
fn read_up_to(file: impl Read, expected: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::with_capacity(usize::try_from(expected.min(limit)).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit { Err(too_large(limit)) } else { Ok(content) }
}

fn too_large(limit: u64) -> io::Error {
    refused(format!("it is larger than {} MiB", limit / MIB))
}

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    /// Runs `read` on a thread, since a reader without bounds would not come back.
    fn refusal<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> String {
        let (sender, receiver) = channel();
        thread::spawn(move || sender.send(read().map(drop)));
        let read = receiver.recv_timeout(Duration::from_secs(20)).expect("reading does not end");
        let error = read.expect_err("reading must fail");
        assert!(is_refused(&error), "{error:?}");
        error.to_string()
    }

    #[test]
    fn plain_files_are_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for read in [read_own, read_linked] {
            assert_eq!(read(&path, MIB).unwrap(), None);
        }
        fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        for read in [read_own, read_linked] {
            assert_eq!(read(&path, MIB).unwrap().unwrap().len(), 1 << 20);
            let path = path.clone();
            assert_eq!(refusal(move || read(&path, MIB - 1)), "it is larger than 0 MiB");
        }
        assert_eq!(read_named(&path, MIB).unwrap().len(), 1 << 20);
    }

    #[test]
    fn links_are_followed_only_where_that_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("real")).unwrap();
        fs::write(at("real/x"), "text").unwrap();
        symlink("real/x", at("link")).unwrap();
        symlink("real", at("way")).unwrap();
        let link = at("link");
        assert_eq!(refusal(move || read_own(&link, MIB)), "it is a symbolic link");
        assert_eq!(read_linked(&at("link"), MIB).unwrap().unwrap(), b"text");
        let root = folder.path().to_owned();
        assert_eq!(refusal(move || read_below(&root, "way/x", MIB)), "`way` is a symbolic link");
        assert_eq!(read_below(folder.path(), "real/x", MIB).unwrap().unwrap(), b"text");
        symlink("nowhere", at("dangling")).unwrap();
        assert_eq!(read_linked(&at("dangling"), MIB).unwrap(), None);
    }

    #[test]
    fn what_never_ends_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        symlink("pipe", at("to-pipe")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        for (name, own) in [
            ("pipe", "it is not a regular file"),
            ("to-pipe", "it is a symbolic link"),
            ("zero", "it is a symbolic link"),
        ] {
            let path = at(name);
            assert_eq!(refusal(move || read_own(&path, MIB)), own, "{name}");
            let path = at(name);
            assert_eq!(refusal(move || read_linked(&path, MIB)), "it is not a regular file", "{name}");
        }
        let zero = at("zero");
        assert_eq!(refusal(move || read_named(&zero, MIB)), "it is larger than 1 MiB");
        let top = folder.path().to_owned();
        assert_eq!(refusal(move || read_own(&top, MIB)), "it is a folder");
    }
}
