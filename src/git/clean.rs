//! Whether files in the work tree are as Git knows them, and what Git would write there. Contents are compared, not
//! time stamps: two edits of the same size within one tick look alike to Git's own cache.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use git2::{AttrCheckFlags, AttrValue, Config};

use super::{Blob, Change, Repo, command, index, settings, tree};
use crate::error::{Context, Problem, Result};
use crate::shell;
use crate::tree::Mode;

/// How a path in the work tree compares with what is expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// It is just that.
    Same,
    /// There is something else.
    Different,
    /// There is nothing.
    Missing,
}

/// The attributes by which a program or an encoding stands between what Git stores and what it writes.
pub(super) const FILTERS: [&str; 3] = ["filter", "ident", "working-tree-encoding"];

impl Repo {
    /// Which of `changes` start from something else than what is there: in the work tree and, where `committed`, in
    /// the index and in the last commit. New paths are not looked at in the work tree and the index.
    ///
    /// # Errors
    /// HEAD, the index or a file cannot be read.
    pub(crate) fn unclean(&self, changes: &[Change], committed: bool) -> Result<Vec<Problem>> {
        let mut problems = if committed { self.unlike_head(changes)? } else { Vec::new() };
        let index = if committed { Some(self.index()?) } else { None };
        for change in changes {
            let Some(expected) = change.in_work_tree() else { continue };
            let path = &change.path;
            let is_staged = index.as_ref().is_some_and(|index| {
                index.get_path(Path::new(path), 0).and_then(|entry| index::blob(&entry)) != change.in_index()
            });
            // What Git does not have could not be brought back; an edit that is known is going to be stored.
            let is_known =
                change.edited.is_some() || self.git.odb().is_ok_and(|objects| objects.exists(expected.id));
            let likeness = if is_known { self.likeness(path, expected)? } else { Likeness::Different };
            let problem = match likeness {
                Likeness::Same if is_staged => Problem::new(
                    format!("`{path}` is not in the index as in the last commit"),
                    format!("commit it, or take it back with `git restore --staged {}`", shell::path(path)),
                ),
                Likeness::Same => continue,
                Likeness::Different => Problem::new(
                    format!("`{path}` has changes that are not committed"),
                    format!("commit them, or put them aside with `git stash push -- {}`", shell::path(path)),
                ),
                Likeness::Missing => Problem::new(
                    format!("`{path}` is deleted, which is not committed"),
                    format!("commit that, or bring it back with `git restore {}`", shell::path(path)),
                ),
            };
            problems.push(problem);
        }
        Ok(problems)
    }

    /// Which of `changes` start from something else than what the last commit has.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub(crate) fn unlike_head(&self, changes: &[Change]) -> Result<Vec<Problem>> {
        let head = self.head_tree()?;
        let mut problems = Vec::new();
        for change in changes {
            let found = match &head {
                Some(head) => tree::blob_at(head, &change.path)?,
                None => None,
            };
            if found != change.before {
                let path = &change.path;
                problems.push(Problem::new(
                    format!("`{path}` is another in the last commit than a moment ago"),
                    "run the command again",
                ));
            }
        }
        Ok(problems)
    }

    /// Those of `files` (paths and what is there) whose content is neither staged at its path nor in the last commit.
    ///
    /// # Errors
    /// HEAD or the index cannot be read.
    pub(crate) fn unknown(&self, files: &[(String, Blob)]) -> Result<BTreeSet<String>> {
        let (index, head) = (self.index()?, self.head_tree()?);
        let mut unknown = BTreeSet::new();
        for (path, blob) in files {
            let staged = index.get_path(Path::new(path), 0);
            let committed = head.as_ref().map(|head| tree::blob_at(head, path)).transpose()?.flatten();
            let ids = [staged.map(|entry| entry.id), committed.map(|committed| committed.id)];
            if !ids.contains(&Some(blob.id)) {
                unknown.insert(path.clone());
            }
        }
        Ok(unknown)
    }

    /// How `path` in the work tree compares with `expected`.
    ///
    /// # Errors
    /// The file cannot be read, or the `git` command is needed and fails.
    pub(crate) fn likeness(&self, path: &str, expected: Blob) -> Result<Likeness> {
        let failed = || format!("cannot read `{path}`");
        let file = self.root.join(path);
        let found = match file.symlink_metadata() {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Likeness::Missing);
            }
            Err(error) => return Err(error).context(failed),
        };
        let is_link = expected.mode == Mode::Link;
        if found.is_symlink() {
            let target = fs::read_link(&file).context(failed)?;
            let now = Blob::of(target.as_os_str().as_encoded_bytes(), Mode::Link)?;
            return Ok(either(now == expected));
        }
        // Where the file system has no links, Git writes plain files.
        if !found.is_file() || (is_link && self.setting("core.symlinks", true)) {
            return Ok(Likeness::Different);
        }
        if !is_link
            && self.setting("core.fileMode", true)
            && is_executable(&found) != (expected.mode == Mode::Executable)
        {
            return Ok(Likeness::Different);
        }
        let content = fs::read(&file).context(failed)?;
        Ok(either(self.stands_for(path, &content, expected)?))
    }

    /// Whether `path` in the work tree is just `expected`.
    ///
    /// # Errors
    /// As for [`Repo::likeness`].
    pub(crate) fn agrees(&self, path: &str, expected: Blob) -> Result<bool> {
        Ok(self.likeness(path, expected)? == Likeness::Same)
    }

    /// Whether `content` is what Git would write, or would store, at `path` for `expected`.
    fn stands_for(&self, path: &str, content: &[u8], expected: Blob) -> Result<bool> {
        if Blob::of(content, expected.mode)? == expected {
            return Ok(true);
        }
        if !content.contains(&b'\r') && !self.is_converted(path, content) {
            return Ok(false);
        }
        Ok(command::clean_id(&self.root, path, content)? == expected.id.to_string()
            || self.checked_out(path, expected).is_ok_and(|written| written == content))
    }

    /// The bytes that Git would write at `path` for `blob`.
    ///
    /// # Errors
    /// The object database does not have it, or the `git` command is needed and fails.
    pub(crate) fn checked_out(&self, path: &str, blob: Blob) -> Result<Vec<u8>> {
        let content = self.content(blob)?;
        if blob.mode == Mode::Link || !self.is_converted(path, &content) {
            return Ok(content);
        }
        command::checked_out(&self.root, path, &blob.id.to_string())
    }

    /// Whether Git may write other bytes at `path` than those it stores, with `content` on either side: because of a
    /// filter, an encoding, or line endings. Looking for an attribute takes longer than all the rest, so the one that
    /// decides most often comes first.
    fn is_converted(&self, path: &str, content: &[u8]) -> bool {
        let may_have_crlf = match self.attribute(path, "eol") {
            AttrValue::String("crlf") => true,
            AttrValue::String("lf") => false,
            _ => self.setting("core.autocrlf", false) || self.has_setting("core.eol", "crlf"),
        };
        (may_have_crlf && !matches!(self.attribute(path, "text"), AttrValue::False))
            || self.has_filter(path, content)
    }

    /// Whether a program or an encoding stands between what Git stores at `path` and what it writes there, with
    /// `content` on either side.
    pub(super) fn has_filter(&self, path: &str, content: &[u8]) -> bool {
        let matters = |name: &str| match name {
            "filter" => self.has_filter_programs(),
            "ident" => content.windows(3).any(|part| part == b"$Id"),
            _ => true,
        };
        let is_set = |name| matches!(self.attribute(path, name), AttrValue::True | AttrValue::String(_));
        FILTERS.iter().any(|name| matters(name) && is_set(name))
    }

    fn attribute(&self, path: &str, name: &str) -> AttrValue<'_> {
        // What a value means hangs on its address, so it must not be copied before.
        let value = self.git.get_attr(path.as_ref(), name, AttrCheckFlags::FILE_THEN_INDEX);
        AttrValue::from_string(value.ok().flatten())
    }

    /// Whether filter programs are configured.
    pub(super) fn has_filter_programs(&self) -> bool {
        settings::config_comes_from_environment()
            || self.settings().is_some_and(|config| settings::has(config, "^filter\\."))
    }

    pub(super) fn setting(&self, name: &str, default: bool) -> bool {
        self.settings().and_then(|config| config.get_bool(name).ok()).unwrap_or(default)
    }

    fn has_setting(&self, name: &str, value: &str) -> bool {
        self.settings().and_then(|config| config.get_string(name).ok()).is_some_and(|found| found == value)
    }

    fn settings(&self) -> Option<&Config> {
        let snapshot = || self.git.config().and_then(|mut config| config.snapshot()).ok();
        self.settings.get_or_init(snapshot).as_ref()
    }
}

fn either(same: bool) -> Likeness {
    if same { Likeness::Same } else { Likeness::Different }
}

#[cfg(unix)]
pub(super) fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o100 != 0
}

/// Without such permissions Git keeps `core.fileMode` off.
#[cfg(not(unix))]
pub(super) fn is_executable(_: &fs::Metadata) -> bool {
    false
}
