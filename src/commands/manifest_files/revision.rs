//! The files of a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::settings;
use crate::check::{FileContent, Files, MAX_SIZE, Settings, Unread, env_values, has_yaml_name, join, split};
use crate::error::{Error, ErrorKind, Result};
use crate::git::{Blob, Repo};
use crate::tree::{Change, Mode};
use crate::yaml::is_kustomization;

/// Bytes of manifests that are read of a commit: a few kilobytes in a pack can stand for more than any machine holds.
const MOST: u64 = 1 << 30;

/// The size of the target of a link.
const LONGEST_LINK: u64 = 4096;

/// Links on the way from a link to its target.
const MOST_LINKS: usize = 40;

/// Returns the files of the commit that `revision` names, or of the one where this branch left its history, for a
/// comparison with `files`.
///
/// # Errors
/// No commit has that name, or it cannot be read.
pub(crate) fn since(root: &Path, revision: &str, files: &Files) -> Result<Files> {
    let repository = Repo::open(root)?;
    let commit = repository.fork_point(&commit(&repository, "--since", revision)?)?;
    let mut earlier = read(&repository, &commit, files.settings().clone())?;
    for url in files.remotes() {
        earlier.add_remote(url);
    }
    Ok(earlier)
}

/// Returns the full id of the commit that `revision` names.
///
/// # Errors
/// No commit has that name; the error says so of `flag`.
pub(crate) fn commit(repository: &Repo, flag: &str, revision: &str) -> Result<String> {
    repository.commit_named(revision).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("`{flag}`: `{revision}` is not a commit"))
            .hint("fetch it first; `actions/checkout` does with `fetch-depth: 0`")
    })
}

/// Returns the files of a commit with the settings that it has.
///
/// # Errors
/// It cannot be read.
pub(crate) fn with_own_settings(repository: &Repo, commit: &str) -> Result<Files> {
    read(repository, commit, settings::of_commit(repository, commit)?)
}

/// Returns the files of two commits, each with the settings that it has. What is the same in both is read once.
///
/// # Errors
/// One of them cannot be read.
pub(crate) fn both(repository: &Repo, commits: [&str; 2]) -> Result<[Files; 2]> {
    let [before, after] = commits.map(|commit| settings::of_commit(repository, commit));
    let (before, after) = (before?, after?);
    let known = blobs(repository, commits[0])?;
    let before = Reading::of(repository, &known).files(before)?;
    let blobs = blobs(repository, commits[1])?;
    let mut reading = Reading { known: Some((&known, &before)), ..Reading::of(repository, &blobs) };
    let after = reading.files(after)?;
    Ok([before, after])
}

/// Returns the files of a commit that `settings` do not leave out.
///
/// # Errors
/// It cannot be read.
fn read(repository: &Repo, commit: &str, settings: Settings) -> Result<Files> {
    Reading::of(repository, &blobs(repository, commit)?).files(settings)
}

fn blobs(repository: &Repo, commit: &str) -> Result<BTreeMap<String, Blob>> {
    Ok(repository.all_blobs_in(commit)?.into_iter().collect())
}

/// Returns `files`, which are those of `commit`, with `changes`, whose paths are below `prefix`.
///
/// # Errors
/// What the changes name cannot be read.
pub(crate) fn changed(
    repository: &Repo,
    commit: &str,
    files: &Files,
    prefix: &str,
    changes: &[Change<'_>],
) -> Result<Files> {
    let mut after = files.clone();
    let mut blobs = blobs(repository, commit)?;
    for change in changes {
        let path = format!("{prefix}{}", change.path);
        if files.settings().covers(&path, false) {
            continue;
        }
        match change.after {
            Some(file) if file.is_link() => after.insert(path, FileContent::Link),
            Some(file) => after.insert(path, FileContent::of(file.content.clone())),
            None => {
                after.remove(&path);
                blobs.remove(&path);
            }
        }
    }
    Reading::of(repository, &blobs).complete(&mut after)?;
    Ok(after)
}

struct Reading<'r> {
    repository: &'r Repo,
    blobs: &'r BTreeMap<String, Blob>,
    /// Another commit, with what has been read of it.
    known: Option<(&'r BTreeMap<String, Blob>, &'r Files)>,
    /// The bytes that may still be read.
    left: u64,
}

impl<'r> Reading<'r> {
    fn of(repository: &'r Repo, blobs: &'r BTreeMap<String, Blob>) -> Self {
        Self { repository, blobs, known: None, left: MOST }
    }

    /// Returns the files that `settings` do not leave out, and those that these name. Links inside the commit are followed, as
    /// in a work tree.
    fn files(&mut self, settings: Settings) -> Result<Files> {
        let mut files = Files::below([""]);
        for (path, blob) in self.blobs {
            if settings.covers(path, false) {
                files.exclude(path.as_str());
            } else if blob.mode == Mode::Link {
                self.follow(path, &mut files)?;
            } else {
                let is_read = has_yaml_name(path) || is_kustomization(path);
                let content = if is_read { self.content(path, *blob)? } else { FileContent::Unread };
                files.insert(path.as_str(), content);
            }
        }
        self.complete(&mut files)?;
        files.set_settings(settings);
        Ok(files)
    }

    /// Reads the files that the manifests name, as far as nothing has done that yet.
    fn complete(&mut self, files: &mut Files) -> Result<()> {
        let mut unread = Unread::default();
        loop {
            let paths = unread.next(files);
            if paths.is_empty() {
                return Ok(());
            }
            for (path, blob) in paths.iter().filter_map(|path| self.blobs.get_key_value(path)) {
                if matches!(files.get(path), None | Some(FileContent::Unread)) {
                    files.insert(path.as_str(), self.content(path, *blob)?);
                }
            }
        }
    }

    fn content(&mut self, path: &str, blob: Blob) -> Result<FileContent> {
        if blob.mode == Mode::Link {
            return Ok(FileContent::Link);
        }
        let known = self.known.filter(|(blobs, _)| blobs.get(path) == Some(&blob));
        let known = known.and_then(|(_, files)| files.stored(path));
        let known = known.filter(|content| matches!(content, FileContent::Bytes(_)));
        let size = match known {
            Some(FileContent::Bytes(bytes)) => bytes.len() as u64,
            _ => self.repository.size_of(blob)?,
        };
        if size > MAX_SIZE {
            return Ok(FileContent::TooLarge(size));
        }
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let most = MOST >> 20;
            Error::failure(format!("the manifests of that commit have more than {most} MiB"))
        })?;
        match known {
            Some(content) => Ok(content.clone()),
            None => Ok(FileContent::of(self.repository.content(blob)?)),
        }
    }

    /// Adds the link `path`, if it leads to a file or folder of the commit. As in a work tree, a kustomization is read as if
    /// the link were the file.
    fn follow(&mut self, path: &str, files: &mut Files) -> Result<()> {
        match self.target(path)? {
            Some(target) if self.blobs.contains_key(&target) && is_kustomization(path) => {
                let content = self.content(&target, self.blobs[&target])?;
                files.copy(path, content);
            }
            Some(target) => {
                let is_file = self.blobs.contains_key(&target);
                if is_file && !files.contains(&target) {
                    files.insert(&*target, FileContent::Unread);
                }
                files.link(path, target);
            }
            None => files.insert(path, FileContent::Link),
        }
        Ok(())
    }

    /// Returns where the link `path` leads, without links on the way; `None` if that is outside of the commit or nothing.
    fn target(&self, path: &str) -> Result<Option<String>> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Some((link, rest)) = self.first_link(&path) else {
                let folder = format!("{path}/");
                let mut below = self.blobs.range(folder.clone()..);
                let is_folder =
                    path.is_empty() || below.next().is_some_and(|(path, _)| path.starts_with(&folder));
                let is_there = self.blobs.contains_key(&path) || is_folder;
                return Ok(is_there.then_some(path));
            };
            let blob = self.blobs[link];
            if self.repository.size_of(blob)? > LONGEST_LINK {
                return Ok(None);
            }
            let content = self.repository.content(blob)?;
            let Ok(target) = String::from_utf8(content) else { return Ok(None) };
            let is_relative = !target.starts_with('/');
            let next = is_relative.then(|| join(split(link).0, &format!("{target}/{rest}")));
            match next.flatten() {
                Some(next) => path = next,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns the first link on the way to `path`, and what comes after it.
    fn first_link<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        let ends: BTreeSet<usize> = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).collect();
        ends.into_iter().map(|end| path.split_at(end)).find_map(|(part, rest)| {
            let is_link = self.blobs.get(part).is_some_and(|blob| blob.mode == Mode::Link);
            is_link.then(|| (part, rest.trim_start_matches('/')))
        })
    }
}

/// Versions of a file that are searched for a request: the newest ones.
const MOST_VERSIONS: usize = 1000;

/// The size of a file of variables: `release.env` has two.
const LARGEST_REQUEST: u64 = 1 << 20;

/// Returns those of the changed files that are variables for a hook, such as a request for a release, and that have again the
/// values that they had in a commit before `base`. Comments do not count: what is generated of the file has none.
///
/// # Errors
/// A commit cannot be read.
pub(crate) fn restored(
    repo: &Repo,
    base: &str,
    changed: &BTreeSet<String>,
    after: &Files,
) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for path in changed.iter().filter(|path| Path::new(path).extension().is_some_and(|it| it == "env")) {
        if let Some(text) = after.text(path)
            && has_had(repo, base, path, &env_values(text).collect())?
        {
            found.insert(path.clone());
        }
    }
    Ok(found)
}

/// Whether the file of variables at `path` has had these values up to `commit`.
fn has_had(repo: &Repo, commit: &str, path: &str, wanted: &BTreeMap<&str, &str>) -> Result<bool> {
    for version in repo.file_versions(commit, path)?.take(MOST_VERSIONS) {
        let Some(blob) = version?.blob else { continue };
        if repo.size_of(blob)? > LARGEST_REQUEST {
            continue;
        }
        let text = String::from_utf8(repo.content(blob)?).unwrap_or_default();
        if env_values(&text).collect::<BTreeMap<_, _>>() == *wanted {
            return Ok(true);
        }
    }
    Ok(false)
}
