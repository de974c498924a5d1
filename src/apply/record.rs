//! Records of interrupted runs, as files that only the same user can have written: each ends with a keyed digest of its
//! text, of what it is for and of the folder that it is about. Anybody may put a file into a repository or an archive that
//! others unpack, and what such a record says would be done in their name.

use std::ffi::OsStr;
use std::path::Path;

use super::key::Key;
use crate::error::{Context, Error, Result};
use crate::fs;

/// No record of a real update comes near this size, in bytes.
const LIMIT: u64 = 64 << 20;

const SIGNED: &str = "signed ";
const UNSIGNED: &str = "not signed";

/// What a record is for. One cannot stand for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Journal,
    Edits,
    Seal,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Edits => "edits",
            Self::Seal => "seal",
        }
    }
}

/// Writes the record `path`; `text` ends with a newline, and `folder` is what it is about.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(path: &Path, purpose: Purpose, folder: &Path, text: &str) -> Result<()> {
    // Without a place for a key, updates work all the same.
    let last = match Key::existing_or_new() {
        Some(key) => format!("{SIGNED}{}", key.sign(&signed_bytes(purpose, folder, text))),
        None => UNSIGNED.to_owned(),
    };
    fs::write_atomically(path, format!("{text}{last}\n").as_bytes())
        .context(|| format!("cannot write `{}`", path.display()))
}

/// Reads the record `path`, without its signature; `None` if it does not exist.
///
/// # Errors
/// A precondition if somebody else wrote it, or for another folder; a failure if it cannot be read.
pub(super) fn read(path: &Path, purpose: Purpose, folder: &Path) -> Result<Option<String>> {
    let content = fs::read_own(path, LIMIT).context(|| format!("cannot read `{}`", path.display()))?;
    let Some(content) = content else { return Ok(None) };
    let text = String::from_utf8(content).ok().and_then(|content| verified(content, path, purpose, folder));
    text.map(Some).ok_or_else(|| {
        Error::precondition(format!(
            "`{}` is not a record that you wrote for this folder, so nothing is done with it",
            path.display()
        ))
        .hint("if you moved or copied the folder after a run was interrupted, look at `git status` and undo what is half done")
        .hint("then remove that file")
    })
}

fn verified(mut content: String, path: &Path, purpose: Purpose, folder: &Path) -> Option<String> {
    let end = content.strip_suffix('\n')?.rfind('\n')? + 1;
    let last = content[end..].trim_end().to_owned();
    content.truncate(end);
    let is_sound = match last.strip_prefix(SIGNED) {
        Some(digest) => Key::existing()?.signed(&signed_bytes(purpose, folder, &content), digest),
        // Whoever has a key signs with it. For others the owner of the file has to do.
        None => last == UNSIGNED && Key::existing_or_new().is_none() && fs::is_own(path),
    };
    is_sound.then_some(content)
}

/// The folder and the purpose are separated from the text by a byte that none of them has.
fn signed_bytes(purpose: Purpose, folder: &Path, text: &str) -> Vec<u8> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    [purpose.as_str().as_bytes(), OsStr::as_encoded_bytes(folder.as_os_str()), text.as_bytes()].join(&0)
}
