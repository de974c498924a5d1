//! The key that proves that a record of an interrupted run was written by this user. It lies outside of every repository,
//! so whoever can only put files into one cannot sign a record.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::fs::{is_private, read_own};
use crate::hex;

const LENGTH: usize = 32;

pub(super) struct Key([u8; LENGTH]);

impl Key {
    /// The key in the user's state directory; `None` if there is none yet.
    pub(super) fn existing() -> Option<Self> {
        Self::read(&path()?)
    }

    /// As [`Key::existing`], but makes one. `None` where the user has no directory for it that can be written, as in some
    /// containers.
    pub(super) fn existing_or_new() -> Option<Self> {
        let path = path()?;
        Self::read(&path).or_else(|| {
            create(&path).ok()?;
            Self::read(&path)
        })
    }

    /// Returns the digest of `text`, as hexadecimal digits.
    pub(super) fn sign(&self, text: &[u8]) -> String {
        hex::encode(&self.mac(text).finalize().into_bytes())
    }

    /// Whether `digest` is what [`Key::sign`] gives. Takes the same time for each wrong digest.
    pub(super) fn signed(&self, text: &[u8], digest: &str) -> bool {
        hex::decode(digest.as_bytes()).is_some_and(|digest| self.mac(text).verify_slice(&digest).is_ok())
    }

    fn mac(&self, text: &[u8]) -> Hmac<Sha256> {
        // The blocks of SHA-256 are longer than the key.
        let mut block = [0; 64];
        block[..LENGTH].copy_from_slice(&self.0);
        let mut mac = Hmac::new(&block.into());
        mac.update(text);
        mac
    }

    /// Reads a key that nobody else can have read.
    fn read(path: &Path) -> Option<Self> {
        let content = read_own(path, LENGTH as u64).ok()??;
        if is_private(path) { content.try_into().ok().map(Self) } else { None }
    }
}

/// Follows the XDG base directories: state is what is worth keeping between runs, and means nothing elsewhere.
fn path() -> Option<PathBuf> {
    let set = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state =
        set.or_else(|| Some(env::home_dir()?.join(".local/state")).filter(|path| path.is_absolute()))?;
    Some(state.join("treenail/key"))
}

fn create(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let mut file = tempfile::Builder::new().prefix(".key-").tempfile_in(folder)?;
    // For the user alone, as all temporary files.
    file.write_all(&key)?;
    // Of several runs that make one at once, the first wins. One that is not a key, or that others can read, is replaced.
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(_) if Key::read(path).is_some() => Ok(()),
        Err(error) => fs::rename(error.file.path(), path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_user_only() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/treenail/key");
        create(&path).unwrap();
        let key = Key::read(&path).unwrap();
        create(&path).unwrap();
        assert_eq!(Key::read(&path).unwrap().0, key.0);
        assert_ne!(key.0, [0; LENGTH]);
        let digest = key.sign(b"text");
        assert!(key.signed(b"text", &digest));
        assert!(
            !key.signed(b"other text", &digest) && !key.signed(b"text", "") && !key.signed(b"text", "zz")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_or_that_is_not_one_is_replaced() {
        use std::fs::Permissions;
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("key");
        let known = [7; LENGTH];
        let plants: [&dyn Fn(); 3] = [
            &|| fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap(),
            &|| fs::write(&path, "short").unwrap(),
            &|| {
                fs::rename(&path, home.path().join("elsewhere")).unwrap();
                symlink("elsewhere", &path).unwrap();
            },
        ];
        for plant in plants {
            fs::write(&path, known).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            plant();
            assert!(Key::read(&path).is_none());
            create(&path).unwrap();
            assert_ne!(Key::read(&path).unwrap().0, known);
        }
    }
}
