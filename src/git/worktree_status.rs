//! Whether files in the work tree are as Git or the scaffold has them. Contents are compared, not time stamps: two edits
//! of the same size within one tick look alike to Git's own cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use git2::{Index, IndexEntry, IndexEntryExtendedFlag, Oid};

use super::filter_command::FilterCommand;
use super::{Blob, Conversions, Delta, Repo, index, tree};
use crate::error::{Context, Problem, Result};
use crate::fs::{limit, read_own};
use crate::shell;
use crate::tree::{File, Mode};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorktreeStatus {
    Same,
    /// The same content with a different executable bit.
    Mode,
    Content,
    /// Nothing that Git would regard as a file, including anything behind a link.
    Missing,
    Folder,
    Link,
    /// A merge left it unresolved in the index.
    Unmerged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) status: WorktreeStatus,
    /// The blob that Git would store; `None` if the file does not exist or is as expected.
    pub(crate) blob: Option<Blob>,
}

enum Found {
    Nothing,
    Folder,
    /// A pipe, a socket or a device.
    Special,
    Link(Vec<u8>),
    File {
        content: Vec<u8>,
        is_executable: bool,
    },
}

impl Repo {
    /// Compares the work tree with each of the `expected` files (paths relative to its root), in their order. Git decides
    /// what an edit is: line endings and filters are taken into account, and the executable bit if the file system has
    /// one.
    pub(crate) fn compare_all(&self, expected: &[(String, &File)]) -> Result<Vec<Compared>> {
        let mut comparison = Comparison::new(self);
        let mut all = Vec::with_capacity(expected.len());
        let mut converted = Vec::new();
        for (position, (path, expected)) in expected.iter().enumerate() {
            let (compared, may_be_converted) = comparison.compare(path, expected)?;
            if may_be_converted {
                converted.push(position);
            }
            all.push(compared);
        }
        // One process for all of them.
        let paths = converted.iter().map(|position| expected[*position].0.as_str());
        let ids = FilterCommand::here(self, std::iter::empty()).clean_files(paths)?;
        for (position, id) in converted.into_iter().zip(ids) {
            let id = Oid::from_str(&id).context(|| "cannot read what `git hash-object` prints".to_owned())?;
            let Compared { status, blob } = &mut all[position];
            let Some(blob) = blob else { continue };
            blob.id = id;
            if *status != WorktreeStatus::Unmerged {
                let (path, expected) = &expected[position];
                *status = self.compare_converted(path, *blob, expected)?;
            }
        }
        Ok(all)
    }

    /// Compares a file that Git would store as `found` with `expected`, which Git may convert too.
    fn compare_converted(&self, path: &str, found: Blob, expected: &File) -> Result<WorktreeStatus> {
        let status = compare(found, expected)?;
        if status != WorktreeStatus::Content || expected.mode == Mode::Link {
            return Ok(status);
        }
        let same = self.conversions().name(path, expected)?.with_mode(found.mode) == found;
        Ok(match (same, found.mode == expected.mode) {
            (true, true) => WorktreeStatus::Same,
            (true, false) => WorktreeStatus::Mode,
            (false, _) => status,
        })
    }

    /// Returns the content of the file at `path`, compared as `blob`, as a scaffold would generate it: as Git would store
    /// it, but with what a filter program makes of it; unchanged if only Git could tell.
    pub(crate) fn compared_content(&self, path: &str, blob: Blob) -> Result<Vec<u8>> {
        let content = match self.find(path)? {
            Found::Link(target) => return Ok(target),
            Found::File { content, .. } => content,
            _ => Vec::new(),
        };
        if Blob::of(&content, blob.mode)? == blob {
            return Ok(content);
        }
        let bare = without_carriage_returns(&content);
        if Blob::of(&bare, blob.mode)? == blob {
            return Ok(bare);
        }
        if self.conversions().has_program(path) {
            return Ok(content);
        }
        Ok(self.content(blob).unwrap_or(content))
    }

    /// Stores the file at `path`, compared as `blob`, as `git add` would.
    pub(crate) fn store_compared(&self, path: &str, blob: Blob) -> Result<Blob> {
        match self.find(path)? {
            Found::File { content, .. } => self.conversions().add(path, &content, blob.mode),
            Found::Link(target) => self.store(&target, Mode::Link),
            _ => Ok(blob),
        }
    }

    pub(crate) fn agrees(&self, path: &str, expected: Blob) -> Result<bool> {
        self.agrees_by(&self.conversions(), path, expected)
    }

    /// Whether the work tree has `expected` at `path`, as far as Git can tell by these `conversions`.
    pub(crate) fn agrees_by(&self, conversions: &Conversions, path: &str, expected: Blob) -> Result<bool> {
        let is_link = expected.mode == Mode::Link;
        match self.find(path)? {
            Found::Nothing | Found::Folder | Found::Special => Ok(false),
            Found::Link(target) => Ok(Blob::of(&target, Mode::Link)? == expected),
            // If the file system has no links, Git writes plain files.
            Found::File { .. } if is_link && self.setting("core.symlinks", true) => Ok(false),
            Found::File { is_executable, .. }
                if !is_link
                    && self.setting("core.fileMode", true)
                    && is_executable != (expected.mode == Mode::Executable) =>
            {
                Ok(false)
            }
            Found::File { content, .. } => self.stands_for(conversions, path, &content, expected),
        }
    }

    /// Whether the work tree has exactly `expected` at `path`; if nothing is expected, a folder counts as nothing.
    pub(crate) fn has(&self, path: &str, expected: Option<Blob>) -> Result<bool> {
        self.has_by(&self.conversions(), path, expected)
    }

    /// As [`Repo::has`], by these `conversions`.
    pub(crate) fn has_by(
        &self,
        conversions: &Conversions,
        path: &str,
        expected: Option<Blob>,
    ) -> Result<bool> {
        match expected {
            Some(blob) => self.agrees_by(conversions, path, blob),
            None => Ok(!self.root.join(path).symlink_metadata().is_ok_and(|found| !found.is_dir())),
        }
    }

    /// Stores the file at `path` as it is in the work tree, without Git's conversions; `None` if no file is there.
    pub(crate) fn store_unconverted(&self, path: &str) -> Result<Option<Blob>> {
        match self.find(path)? {
            Found::Link(target) => self.store(&target, Mode::Link).map(Some),
            Found::File { content, is_executable } => {
                self.store(&content, Mode::of_file(is_executable)).map(Some)
            }
            Found::Nothing | Found::Folder | Found::Special => Ok(None),
        }
    }

    /// Whether `content` at `path` is what Git would write for `expected` or would store as it.
    pub(super) fn stands_for(
        &self,
        conversions: &Conversions,
        path: &str,
        content: &[u8],
        expected: Blob,
    ) -> Result<bool> {
        if Blob::of(content, expected.mode)? == expected {
            return Ok(true);
        }
        if !conversions.may_convert(path, content) {
            return Ok(false);
        }
        if conversions.clean_id(path, content)? == Some(expected.id) {
            return Ok(true);
        }
        if self.only_reads {
            // `git status` runs no program that writes files either, and trusts its cache.
            return self.is_fresh(path, expected);
        }
        Ok(conversions.written(&[(path, expected)]).is_ok_and(|written| written[0] == content))
    }

    /// Whether Git's cache has the file at `path` as `expected`.
    fn is_fresh(&self, path: &str, expected: Blob) -> Result<bool> {
        let entry = index::entry_at(&self.index()?, path, 0);
        let found = self.root.join(path).symlink_metadata().ok();
        Ok(entry.zip(found).is_some_and(|(entry, found)| {
            index::blob(&entry) == Some(expected) && index::is_fresh(&entry, &found)
        }))
    }

    /// Returns problems for `deltas` whose previous state differs from the work tree and, if `committed`,
    /// from the index and the last commit. New paths are not checked in the work tree and the index.
    pub(crate) fn uncommitted_edits(&self, deltas: &[Delta], committed: bool) -> Result<Vec<Problem>> {
        let mut problems = if committed { self.changed_in_head(deltas)? } else { Vec::new() };
        let index = if committed { Some(self.index()?) } else { None };
        for delta in deltas {
            let Some(expected) = delta.in_work_tree() else { continue };
            let path = &delta.path;
            let is_staged = index.as_ref().is_some_and(|index| {
                index::entry_at(index, path, 0).and_then(|entry| index::blob(&entry)) != delta.in_index()
            });
            // Git could not bring back what it does not have; a known edit is going to be stored.
            let is_known =
                delta.edited.is_some() || self.git.odb().is_ok_and(|objects| objects.exists(expected.id));
            let problem = if is_known && self.agrees(path, expected)? {
                if !is_staged {
                    continue;
                }
                Problem::new(
                    format!("`{path}` is not in the index as in the last commit"),
                    format!("commit it, or take it back with `git restore --staged {}`", shell::path(path)),
                )
            } else if matches!(self.find(path)?, Found::Nothing) && self.is_left_out(path) {
                let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
                Problem::new(
                    format!("`{path}` is outside the sparse checkout"),
                    format!(
                        "run `git sparse-checkout add {}`, or upgrade with --branch",
                        shell::path(folder)
                    ),
                )
            } else if is_known && matches!(self.find(path)?, Found::Nothing) {
                Problem::new(
                    format!("`{path}` is deleted, which is not committed"),
                    format!("commit that, or bring it back with `git restore {}`", shell::path(path)),
                )
            } else {
                Problem::new(
                    format!("`{path}` has changes that are not committed"),
                    format!("commit them, or put them aside with `git stash push -- {}`", shell::path(path)),
                )
            };
            problems.push(problem);
        }
        Ok(problems)
    }

    /// Returns problems for `deltas` whose previous state differs from the last commit.
    pub(crate) fn changed_in_head(&self, deltas: &[Delta]) -> Result<Vec<Problem>> {
        let head = self.head_tree()?;
        let mut problems = Vec::new();
        for delta in deltas {
            let found = head.as_ref().map(|head| tree::blob_at(head, &delta.path)).transpose()?.flatten();
            if found != delta.before {
                problems.push(Problem::new(
                    format!("`{}` changed in HEAD while treenail was running", delta.path),
                    "run the command again",
                ));
            }
        }
        Ok(problems)
    }

    /// Returns the paths of `files` (path and current blob) whose content is neither staged at that path nor
    /// in the last commit.
    pub(crate) fn unknown(&self, files: &[(String, Blob)]) -> Result<BTreeSet<String>> {
        let (index, head) = (self.index()?, self.head_tree()?);
        let mut unknown = BTreeSet::new();
        for (path, blob) in files {
            let staged = index::entry_at(&index, path, 0);
            let committed = head.as_ref().map(|head| tree::blob_at(head, path)).transpose()?.flatten();
            let ids = [staged.map(|entry| entry.id), committed.map(|committed| committed.id)];
            if !ids.contains(&Some(blob.id)) {
                unknown.insert(path.clone());
            }
        }
        Ok(unknown)
    }

    fn find(&self, path: &str) -> Result<Found> {
        let failed = || format!("cannot read `{path}`");
        let file = self.root.join(path);
        let found = match file.symlink_metadata() {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error).context(failed),
        };
        Ok(if found.is_symlink() {
            Found::Link(fs::read_link(&file).context(failed)?.into_os_string().into_encoded_bytes())
        } else if found.is_file() {
            let content = read_own(&file, limit::WORK_TREE_FILE).context(failed)?.unwrap_or_default();
            Found::File { content, is_executable: is_executable(&found) }
        } else if found.is_dir() {
            Found::Folder
        } else {
            Found::Special
        })
    }
}

struct Comparison<'a> {
    repo: &'a Repo,
    /// `None` if libgit2 cannot read it.
    index: Option<Index>,
    unmerged: BTreeSet<Vec<u8>>,
    has_modes: bool,
    has_links: bool,
    has_programs: bool,
    /// Whether each path is a folder that is not reached through a link.
    folders: BTreeMap<String, bool>,
}

impl<'a> Comparison<'a> {
    fn new(repo: &'a Repo) -> Self {
        let index = repo.index().ok();
        Self {
            repo,
            unmerged: index.as_ref().map(unmerged).unwrap_or_default(),
            index,
            has_modes: repo.setting("core.fileMode", true),
            has_links: repo.setting("core.symlinks", true),
            has_programs: repo.has_filter_programs(),
            folders: BTreeMap::new(),
        }
    }

    /// Makes the first comparison; also returns whether Git may store bytes other than those compared.
    fn compare(&mut self, path: &str, expected: &File) -> Result<(Compared, bool)> {
        let entry = self.index.as_ref().and_then(|index| index::entry_at(index, path, 0));
        let known = entry.as_ref().and_then(index::blob);
        let is_reached = path.rsplit_once('/').is_none_or(|(folder, _)| self.is_folder(folder));
        let found = if is_reached { self.repo.find(path)? } else { Found::Nothing };
        let (status, blob) = match found {
            Found::Nothing => match known {
                // A sparse checkout leaves it out on purpose.
                Some(blob) if entry.as_ref().is_some_and(is_skipped) => {
                    return Ok((Compared { status: compare(blob, expected)?, blob: Some(blob) }, false));
                }
                _ => (WorktreeStatus::Missing, None),
            },
            Found::Folder => {
                return Ok((Compared { status: WorktreeStatus::Folder, blob: None }, false));
            }
            Found::Special => {
                return Ok((Compared { status: WorktreeStatus::Missing, blob: None }, false));
            }
            Found::Link(target) => (WorktreeStatus::Link, Some(Blob::of(&target, Mode::Link)?)),
            Found::File { content, is_executable } => {
                let mode = self.mode(is_executable, known, expected);
                let status = self.unless_unmerged(path, WorktreeStatus::Same);
                if status != WorktreeStatus::Same || content != expected.content || mode != expected.mode {
                    return self.compare_content(path, &content, mode, expected);
                }
                (status, None)
            }
        };
        Ok((Compared { status: self.unless_unmerged(path, status), blob }, false))
    }

    fn compare_content(
        &self,
        path: &str,
        content: &[u8],
        mode: Mode,
        expected: &File,
    ) -> Result<(Compared, bool)> {
        let blob = Blob::of(content, mode)?;
        let status = self.unless_unmerged(path, compare(blob, expected)?);
        let is_worth_it = |content: &[u8]| content.contains(&b'\r') || self.may_be_filtered(content);
        let may_be_cleaned =
            |content: &[u8]| is_worth_it(content) && self.repo.conversions().may_clean_file(path, content);
        let may_be_converted =
            content != expected.content && (may_be_cleaned(content) || may_be_cleaned(&expected.content));
        Ok((Compared { status, blob: Some(blob) }, may_be_converted))
    }

    /// Whether attributes are worth looking up, which takes longer than all the rest. Plain ASCII is the same
    /// in other encodings.
    fn may_be_filtered(&self, content: &[u8]) -> bool {
        self.has_programs
            || !content.is_ascii()
            || content.contains(&0)
            || content.windows(3).any(|part| part == b"$Id")
    }

    /// Returns the mode of a file, from the index if the file system has no modes.
    fn mode(&self, is_executable: bool, known: Option<Blob>, expected: &File) -> Mode {
        match known {
            Some(Blob { mode: Mode::Link, .. }) if !self.has_links => Mode::Link,
            _ if self.has_modes => Mode::of_file(is_executable),
            Some(known) if known.mode != Mode::Link => known.mode,
            _ => expected.mode,
        }
    }

    fn unless_unmerged(&self, path: &str, status: WorktreeStatus) -> WorktreeStatus {
        if self.unmerged.contains(path.as_bytes()) { WorktreeStatus::Unmerged } else { status }
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

fn compare(found: Blob, expected: &File) -> Result<WorktreeStatus> {
    let expected = Blob::of(&expected.content, expected.mode)?;
    Ok(match (found.id == expected.id, found.mode == expected.mode) {
        _ if found.mode == Mode::Link && expected.mode != Mode::Link => WorktreeStatus::Link,
        (true, true) => WorktreeStatus::Same,
        (true, false) => WorktreeStatus::Mode,
        (false, _) => WorktreeStatus::Content,
    })
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

pub(super) fn is_skipped(entry: &IndexEntry) -> bool {
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

#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o100 != 0
}

/// Returns false: without executable permissions, Git keeps `core.fileMode` off.
#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
