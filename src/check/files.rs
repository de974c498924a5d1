//! The tree that is checked, as values: whoever has files (the disk, a rendered scaffold) makes one of these.

use std::collections::{BTreeMap, BTreeSet};

/// A file of this size or less is read.
pub const MAX_SIZE: u64 = 50 * 1024 * 1024;

/// What is known of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// What the file holds.
    Bytes(Vec<u8>),
    /// The file has this many bytes, more than [`MAX_SIZE`].
    TooLarge(u64),
    /// There is a file, of no interest to any rule.
    Unread,
    /// There is a symbolic link. What is behind it is not known.
    Link,
}

/// The files that are checked and those around them, by their path with `/` below a common folder, which is the root of
/// the repository where there is one.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: BTreeMap<String, FileContent>,
    expected: BTreeSet<String>,
    roots: BTreeSet<String>,
}

impl Files {
    /// No files yet. All there is below each of `roots` will be added; `""` stands for the common folder itself.
    pub fn below(roots: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { roots: roots.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds what is known of `path`.
    pub fn insert(&mut self, path: impl Into<String>, content: FileContent) {
        self.entries.insert(path.into(), content);
    }

    /// Has `path` checked as a manifest, whatever it looks like.
    pub fn expect(&mut self, path: impl Into<String>) {
        self.expected.insert(path.into());
    }

    /// Whether somebody asked for `path` by name.
    pub(crate) fn is_expected(&self, path: &str) -> bool {
        self.expected.contains(path)
    }

    /// Path and content of everything, sorted by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &FileContent)> {
        self.entries.iter().map(|(path, content)| (path.as_str(), content))
    }

    /// What is known of `path`.
    pub(crate) fn get(&self, path: &str) -> Option<&FileContent> {
        self.entries.get(path)
    }

    /// The text of the file `path`, where it was read and is one.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.entry(path).map(|(_, text)| text)
    }

    /// The same, with the path as it is kept here.
    pub(crate) fn entry(&self, path: &str) -> Option<(&str, &str)> {
        match self.entries.get_key_value(path)? {
            (path, FileContent::Bytes(bytes)) => Some((path, std::str::from_utf8(bytes).ok()?)),
            _ => None,
        }
    }

    /// Whether everything below the common folder is among these, so that what is not is nowhere.
    pub(crate) fn is_whole(&self) -> bool {
        self.roots.contains("")
    }

    /// Whether there is a file or a link `path`.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether there is anything below `folder`.
    pub fn has_folder(&self, folder: &str) -> bool {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.entries.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// Whether it is certain that no file `path` is there: it would be among these, and no link hides it.
    pub(crate) fn lacks(&self, path: &str) -> bool {
        let hidden = |folder: &str| self.entries.get(folder) == Some(&FileContent::Link);
        let covered = |folder: &str| self.roots.contains(folder);
        !self.contains(path) && (covered("") || folders(path).any(covered)) && !folders(path).any(hidden)
    }
}

/// The folders that `path` is in, from the outermost, and itself.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

/// `entry` as seen from the folder `folder`, without dots; `None` where it leaves the tree.
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

/// The folder and the name of `path`; the folder is empty at the top.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether `path` is called as YAML and JSON files are.
pub fn has_yaml_name(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml" | "json")))
}

/// Whether `path` is called as files that generators of kustomize read: variables and shell scripts.
pub fn has_generator_name(path: &str) -> bool {
    has_script_name(path) || matches!(path.rsplit_once('.'), Some((_, "env" | "properties")))
}

/// Whether `path` is called as shell scripts are.
pub(crate) fn has_script_name(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "sh" | "bash")))
}

/// Whether `path` is called as JSON files are.
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
