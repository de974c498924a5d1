//! How many files of the work tree compare with what is expected there, at the speed of `git status`: a file that the
//! index knows and that was not touched since is not read. Good for telling people; what is about to be overwritten is
//! compared by its content, see [`Repo::likeness`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use git2::{Index, IndexEntry, IndexEntryExtendedFlag, IndexTime, Oid};

use super::{Blob, Repo, clean, command, index};
use crate::error::{Context, Result};
use crate::tree::Mode;

/// What is at a path in the work tree, compared with the file that is expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Just that.
    Same,
    /// The same content, but it may be executed, or no longer.
    Mode,
    /// Another content.
    Content,
    /// Nothing that Git would take for a file; what lies behind a link counts as nothing.
    Missing,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Whatever a merge has left; the index has no decision.
    Unmerged,
}

/// What was found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// How it compares with what was expected.
    pub(crate) standing: Standing,
    /// What Git would store for it; `None` where there is no file.
    pub(crate) blob: Option<Blob>,
}

impl Repo {
    /// What is at each path of `expected` (relative to the root of the work tree), in the same order. Git decides what
    /// an edit is: line endings and filters are taken into account, and permissions where the file system has them.
    ///
    /// # Errors
    /// A file cannot be read, or the `git` command is needed and fails.
    pub(crate) fn survey(&self, expected: &[(String, Blob)]) -> Result<Vec<Found>> {
        let mut survey = Survey::new(self);
        let mut found = Vec::with_capacity(expected.len());
        let mut converted = Vec::new();
        for (position, (path, expected)) in expected.iter().enumerate() {
            let Look { found: first, is_raw } = survey.look(path, *expected)?;
            if is_raw {
                converted.push(position);
            }
            found.push(first);
        }
        // One process for all of them.
        let paths = converted.iter().map(|position| expected[*position].0.as_str());
        let ids = command::clean_ids(&self.root, paths)?;
        for (position, id) in converted.into_iter().zip(ids) {
            let id = Oid::from_str(&id).context(|| "cannot read what `git hash-object` says".to_owned())?;
            let Found { standing, blob } = &mut found[position];
            let Some(blob) = blob else { continue };
            blob.id = id;
            if *standing != Standing::Unmerged {
                *standing = compare(*blob, expected[position].1);
            }
        }
        Ok(found)
    }

    /// The content of what is at `path`, which a survey found to be `blob`, as Git would store it; what only a filter
    /// program or an encoding could tell is given as it is.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn surveyed(&self, path: &str, blob: Blob) -> Result<Vec<u8>> {
        let file = self.root.join(path);
        let failed = || format!("cannot read `{path}`");
        if file.is_symlink() {
            return Ok(fs::read_link(&file).context(failed)?.into_os_string().into_encoded_bytes());
        }
        let content = fs::read(&file).context(failed)?;
        if Blob::of(&content, blob.mode)? == blob {
            return Ok(content);
        }
        let bare = without_carriage_returns(&content);
        Ok(if Blob::of(&bare, blob.mode)? == blob { bare } else { content })
    }
}

/// What a first look at a file gave; `is_raw` where Git may store other bytes than those that were looked at.
struct Look {
    found: Found,
    is_raw: bool,
}

impl Look {
    fn sure(standing: Standing, blob: Option<Blob>) -> Self {
        Self { found: Found { standing, blob }, is_raw: false }
    }
}

/// What is looked up once for all paths.
struct Survey<'a> {
    repo: &'a Repo,
    /// Not there where libgit2 cannot read it: then every file is read.
    index: Option<Index>,
    /// When the index was written: what was touched later, or just then, is read.
    written: Option<IndexTime>,
    unmerged: BTreeSet<Vec<u8>>,
    has_modes: bool,
    has_links: bool,
    /// Whether filter programs are configured.
    has_programs: bool,
    /// Whether a folder is one, and reached through no link.
    folders: BTreeMap<String, bool>,
}

impl<'a> Survey<'a> {
    fn new(repo: &'a Repo) -> Self {
        // Before it is read: one that is written meanwhile must not make its entries look older.
        let written = repo.git.path().join("index").metadata().ok();
        let index = repo.index().ok();
        Self {
            repo,
            unmerged: index.as_ref().map(unmerged).unwrap_or_default(),
            written: written.as_ref().map(index::modified),
            index,
            has_modes: repo.setting("core.fileMode", true),
            has_links: repo.setting("core.symlinks", true),
            has_programs: repo.has_filter_programs(),
            folders: BTreeMap::new(),
        }
    }

    fn look(&mut self, path: &str, expected: Blob) -> Result<Look> {
        let entry = self.index.as_ref().and_then(|index| index.get_path(Path::new(path), 0));
        let known = entry.as_ref().and_then(index::blob);
        let Some(found) = self.metadata(path)? else {
            return Ok(match known {
                // In a sparse checkout it is left out on purpose.
                Some(blob) if entry.as_ref().is_some_and(is_skipped) => {
                    Look::sure(compare(blob, expected), Some(blob))
                }
                _ => Look::sure(self.unless_unmerged(path, Standing::Missing), None),
            });
        };
        if found.is_symlink() {
            let target =
                fs::read_link(self.repo.root.join(path)).context(|| format!("cannot read `{path}`"))?;
            let blob = Blob::of(target.as_os_str().as_encoded_bytes(), Mode::Link)?;
            return Ok(Look::sure(self.unless_unmerged(path, Standing::Link), Some(blob)));
        }
        if found.is_dir() {
            return Ok(Look::sure(Standing::Folder, None));
        }
        if !found.is_file() {
            return Ok(Look::sure(Standing::Missing, None));
        }
        let mode = self.mode(&found, known, expected);
        let is_untouched =
            |entry: &IndexEntry| self.written.is_some_and(|at| index::is_untouched(entry, &found, at));
        if let Some(entry) = entry.filter(is_untouched) {
            let blob = Blob { id: entry.id, mode };
            return Ok(Look::sure(compare(blob, expected), Some(blob)));
        }
        self.read(path, mode, expected)
    }

    fn read(&self, path: &str, mode: Mode, expected: Blob) -> Result<Look> {
        let content = fs::read(self.repo.root.join(path)).context(|| format!("cannot read `{path}`"))?;
        let blob = Blob::of(&content, mode)?;
        let standing = self.unless_unmerged(path, compare(blob, expected));
        let is_raw = blob.id != expected.id
            && (content.contains(&b'\r')
                || (self.may_be_filtered(&content) && self.repo.has_filter(path, &content)));
        Ok(Look { found: Found { standing, blob: Some(blob) }, is_raw })
    }

    /// Whether it is worth to look for attributes, which takes longer than all the rest: a filter program must be
    /// configured, and plain ASCII is the same in other encodings.
    fn may_be_filtered(&self, content: &[u8]) -> bool {
        self.has_programs
            || !content.is_ascii()
            || content.contains(&0)
            || content.windows(3).any(|part| part == b"$Id")
    }

    /// What is known of the mode: where the file system has none, the index has.
    fn mode(&self, found: &Metadata, known: Option<Blob>, expected: Blob) -> Mode {
        match known {
            Some(Blob { mode: Mode::Link, .. }) if !self.has_links => Mode::Link,
            _ if self.has_modes => Mode::of_file(clean::is_executable(found)),
            Some(known) if known.mode != Mode::Link => known.mode,
            _ => expected.mode,
        }
    }

    fn unless_unmerged(&self, path: &str, standing: Standing) -> Standing {
        if self.unmerged.contains(path.as_bytes()) { Standing::Unmerged } else { standing }
    }

    /// What is at `path`; `None` for nothing, and for what lies behind a link.
    fn metadata(&mut self, path: &str) -> Result<Option<Metadata>> {
        if path.rsplit_once('/').is_some_and(|(folder, _)| !self.is_folder(folder)) {
            return Ok(None);
        }
        match self.repo.root.join(path).symlink_metadata() {
            Ok(found) => Ok(Some(found)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(error).context(|| format!("cannot read `{path}`")),
        }
    }

    fn is_folder(&mut self, folder: &str) -> bool {
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let is_reached = folder.rsplit_once('/').is_none_or(|(above, _)| self.is_folder(above));
        let is_folder =
            is_reached && self.repo.root.join(folder).symlink_metadata().is_ok_and(|found| found.is_dir());
        self.folders.insert(folder.to_owned(), is_folder);
        is_folder
    }
}

fn compare(found: Blob, expected: Blob) -> Standing {
    match (found.id == expected.id, found.mode == expected.mode) {
        _ if found.mode == Mode::Link && expected.mode != Mode::Link => Standing::Link,
        (true, true) => Standing::Same,
        (true, false) => Standing::Mode,
        (false, _) => Standing::Content,
    }
}

fn unmerged(index: &Index) -> BTreeSet<Vec<u8>> {
    if !index.has_conflicts() {
        return BTreeSet::new();
    }
    let conflicts = index.conflicts().into_iter().flatten().flatten();
    conflicts
        .flat_map(|conflict| [conflict.ancestor, conflict.our, conflict.their])
        .flatten()
        .map(|entry| entry.path)
        .collect()
}

fn is_skipped(entry: &IndexEntry) -> bool {
    IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree()
}

fn without_carriage_returns(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.iter().copied().peekable();
    let mut kept = Vec::with_capacity(content.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            kept.push(byte);
        }
    }
    kept
}
