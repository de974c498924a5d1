//! The files to check, in memory: from the file system, or from a rendered scaffold.

use std::collections::{BTreeMap, BTreeSet};

/// The size in bytes up to which files are read.
pub const MAX_SIZE: u64 = 50 * 1024 * 1024;

/// What is known of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// The file.
    Bytes(Vec<u8>),
    /// The size of a file that is larger than [`MAX_SIZE`].
    TooLarge(u64),
    /// A file that rules only need to exist.
    Unread,
    /// A symbolic link, which is not followed.
    Link,
}

/// The files to check and those around them. Their paths have `/` and are relative to a common folder: the root of the
/// repository, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: BTreeMap<String, FileContent>,
    expected: BTreeSet<String>,
    roots: BTreeSet<String>,
}

impl Files {
    /// Empty; the caller adds every file below each of `roots`, where `""` is the common folder.
    pub fn below(roots: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { roots: roots.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, content: FileContent) {
        self.entries.insert(path.into(), content);
    }

    /// Has `path` checked as a manifest, whatever its content.
    pub fn expect(&mut self, path: impl Into<String>) {
        self.expected.insert(path.into());
    }

    pub(crate) fn is_expected(&self, path: &str) -> bool {
        self.expected.contains(path)
    }

    /// Returns all paths with their content, sorted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &FileContent)> {
        self.entries.iter().map(|(path, content)| (path.as_str(), content))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&FileContent> {
        self.entries.get(path)
    }

    /// Returns the text of the file `path`; `None` if it was not read or is not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.entry(path).map(|(_, text)| text)
    }

    /// Like [`Self::text`], with the path as stored.
    pub(crate) fn entry(&self, path: &str) -> Option<(&str, &str)> {
        match self.entries.get_key_value(path)? {
            (path, FileContent::Bytes(bytes)) => Some((path, std::str::from_utf8(bytes).ok()?)),
            _ => None,
        }
    }

    /// The lines of the file `path`; empty where it has no text.
    pub(crate) fn lines(&self, path: &str) -> Vec<&str> {
        self.text(path).unwrap_or_default().trim_start_matches('\u{feff}').lines().collect()
    }

    /// Whether these are all files below the common folder.
    pub(crate) fn is_whole(&self) -> bool {
        self.roots.contains("")
    }

    /// Whether `path` is a file or a link.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether `folder` holds a file or a link.
    pub fn has_folder(&self, folder: &str) -> bool {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.entries.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// Whether the file `path` certainly does not exist: it would be listed, and is not behind a link.
    pub(crate) fn lacks(&self, path: &str) -> bool {
        let hidden = |folder: &str| self.entries.get(folder) == Some(&FileContent::Link);
        let covered = |folder: &str| self.roots.contains(folder);
        !self.contains(path) && (covered("") || folders(path).any(covered)) && !folders(path).any(hidden)
    }
}

/// Returns the folders that contain `path`, outermost first, then `path` itself.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

/// Joins `entry` to `folder`, resolving `.` and `..`; `None` if it leaves the common folder.
pub(crate) fn join(folder: &str, entry: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Splits into folder and name; the folder is empty at the top level.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether `path` has the extension of YAML or JSON.
pub fn has_yaml_name(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml" | "json")))
}

/// Whether `path` has an extension of files that generators of kustomize use: variables and shell scripts.
pub fn has_generator_name(path: &str) -> bool {
    has_script_name(path) || matches!(path.rsplit_once('.'), Some((_, "env" | "properties")))
}

pub(crate) fn has_script_name(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "sh" | "bash")))
}

pub(crate) fn is_json(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_among_them_is_lacking() {
        let mut files = Files::below(["deploy"]);
        files.insert("deploy/a.yaml", FileContent::Unread);
        files.insert("deploy/link", FileContent::Link);
        assert!(files.lacks("deploy/b.yaml"));
        assert!(files.lacks("deploy/b/c.yaml"));
        assert!(!files.lacks("deploy/a.yaml"), "it is there");
        assert!(!files.lacks("deploy/link/b.yaml"), "nobody has looked behind the link");
        assert!(!files.lacks("deployed/b.yaml"), "nobody has looked there");
        assert!(Files::below([""]).lacks("b.yaml"));
    }

    #[test]
    fn paths_are_joined_without_dots() {
        assert_eq!(join("a/b", "../c/./d.yaml").as_deref(), Some("a/c/d.yaml"));
        assert_eq!(join("", "./d.yaml").as_deref(), Some("d.yaml"));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("c"), ("", "c"));
    }
}
