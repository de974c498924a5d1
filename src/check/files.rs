//! The files to check, in memory: from the file system, or from a rendered scaffold.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::report::SkippedFile;
use super::suppress::Settings;

/// The size in bytes up to which files are read.
pub const MAX_SIZE: u64 = 50 * 1024 * 1024;

/// Parts of the names of files that others are made from: `settings.env.example`, `patch.tmpl.yaml`, `route.yaml.j2`.
const TEMPLATE_NAMES: [&str; 14] = [
    "dist", "erb", "example", "ftl", "gotmpl", "hbs", "in", "j2", "jinja", "jinja2", "sample", "template",
    "tmpl", "tpl",
];

/// What is known of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// The file; revisions in which it is the same share it.
    Bytes(Arc<[u8]>),
    /// The size of a file that is larger than [`MAX_SIZE`].
    TooLarge(u64),
    /// A file that rules only need to exist, unless [`super::Unread`] asks for it.
    Unread,
    /// A symbolic link that is not followed: it leads out of the common folder, or to nothing.
    Link,
}

impl FileContent {
    /// The content of a file that is read.
    pub fn of(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// The files to check and those around them. Their paths have `/` and are relative to a common folder: the root of the
/// repository, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: BTreeMap<String, FileContent>,
    expected: BTreeSet<String>,
    roots: BTreeSet<String>,
    /// The targets of links that are followed. No target has a link on its way.
    links: BTreeMap<String, String>,
    /// Links that are read as if they were their targets.
    copies: BTreeSet<String>,
    /// Files that exist here only: Git ignores them, so that no cluster is given them.
    ignored: BTreeSet<String>,
    /// Paths outside the roots that do not exist.
    missing: BTreeSet<String>,
    /// Missing files that Git ignores: a program makes them before a build.
    made: BTreeSet<String>,
    skipped: Vec<SkippedFile>,
    remotes: Vec<String>,
    settings: Settings,
    /// Paths that the settings leave out; those of folders end in `/`.
    excluded: BTreeSet<String>,
    /// Whether something in the repository builds with files outside of a kustomization's folder.
    is_unrestricted: bool,
    /// What these files were in an earlier commit.
    earlier: Option<Box<Files>>,
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

    /// Takes a file out.
    pub(crate) fn remove(&mut self, path: &str) {
        self.entries.remove(path);
    }

    /// Has `path` checked as a manifest, whatever its content.
    pub fn expect(&mut self, path: impl Into<String>) {
        self.expected.insert(path.into());
    }

    /// Adds a link to the file or folder `target` below the common folder; `target` must have no link on its way.
    pub fn link(&mut self, path: impl Into<String>, target: impl Into<String>) {
        self.links.insert(path.into(), target.into());
    }

    /// Adds a link to a file as if it were the file.
    pub(crate) fn copy(&mut self, path: &str, content: FileContent) {
        self.copies.insert(path.to_owned());
        self.insert(path, content);
    }

    /// Whether the user asked for the file `path`, so that a fix may change it: it is not a link, and not read only
    /// because another one names it.
    pub(crate) fn may_change(&self, path: &str) -> bool {
        !self.copies.contains(path) && self.is_covered(path)
    }

    /// Has `path`, whose content is known, count as missing where a kustomization names it.
    pub(crate) fn ignore(&mut self, path: impl Into<String>) {
        self.ignored.insert(path.into());
    }

    /// Records that nothing is at `path`, which may be outside the roots.
    pub(crate) fn miss(&mut self, path: impl Into<String>) {
        self.missing.insert(path.into());
    }

    /// Records that Git ignores the missing file `path`.
    pub(crate) fn expect_made(&mut self, path: impl Into<String>) {
        self.made.insert(path.into());
    }

    /// Whether something makes the missing file `path` before a build: Git ignores it, or a template of it is beside it.
    pub(crate) fn is_made(&self, path: &str) -> bool {
        let path = &*self.resolve(path);
        let (folder, name) = split(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let has = |name: &str| join(folder, name).is_some_and(|path| self.entries.contains_key(&path));
        self.made.contains(path)
            || TEMPLATE_NAMES.iter().any(|end| {
                let infix = || name.rsplit_once('.').map(|(stem, kind)| format!("{stem}.{end}.{kind}"));
                has(&format!("{name}.{end}"))
                    || has(&format!("{stem}.{end}"))
                    || infix().is_some_and(|it| has(&it))
            })
    }

    /// Records that something in the repository builds with files outside of a kustomization's folder.
    pub(crate) fn lift_restriction(&mut self) {
        self.is_unrestricted = true;
    }

    pub(crate) fn is_unrestricted(&self) -> bool {
        self.is_unrestricted
    }

    /// Records a file that may hold manifests and cannot be had.
    pub(crate) fn skip(&mut self, path: impl Into<String>, why: &'static str) {
        self.skipped.push(SkippedFile { path: path.into(), why });
    }

    pub(crate) fn skipped(&self) -> &[SkippedFile] {
        &self.skipped
    }

    /// Has `settings` apply to all files.
    pub(crate) fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Records a path that the settings leave out; that of a folder ends in `/`.
    pub(crate) fn exclude(&mut self, path: impl Into<String>) {
        self.excluded.insert(path.into());
    }

    pub(crate) fn excluded(&self) -> impl Iterator<Item = &str> {
        self.excluded.iter().map(String::as_str)
    }

    /// Whether the settings leave out the file `path`; it may still be read because another one names it.
    pub(crate) fn is_excluded(&self, path: &str) -> bool {
        self.settings.excludes_any() && self.settings.covers(path, false)
    }

    /// Has rules compare these files with what they were in an earlier commit.
    pub fn set_earlier(&mut self, earlier: Self) {
        self.earlier = Some(Box::new(earlier));
    }

    pub(crate) fn earlier(&self) -> Option<&Self> {
        self.earlier.as_deref()
    }

    /// Records a URL of the repository that the files are from.
    pub(crate) fn add_remote(&mut self, url: impl Into<String>) {
        self.remotes.push(url.into());
    }

    pub(crate) fn remotes(&self) -> &[String] {
        &self.remotes
    }

    /// Returns the links that are followed, with their targets, sorted.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.links.iter().map(|(path, target)| (path.as_str(), target.as_str()))
    }

    /// Returns `path` with every link on its way replaced by its target.
    pub(crate) fn resolve<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut path = Cow::Borrowed(path);
        // A target has no links, so each round leaves fewer.
        while let Some(next) = self.follow(&path) {
            path = Cow::Owned(next);
        }
        path
    }

    fn follow(&self, path: &str) -> Option<String> {
        if self.links.is_empty() {
            return None;
        }
        let (link, target) = folders(path).find_map(|part| Some((part, self.links.get(part)?)))?;
        let rest = path[link.len()..].trim_start_matches('/');
        if target.is_empty() || rest.is_empty() {
            return Some(format!("{target}{rest}"));
        }
        Some(format!("{target}/{rest}"))
    }

    pub(crate) fn is_expected(&self, path: &str) -> bool {
        self.expected.contains(path)
    }

    /// Returns all paths with their content, sorted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &FileContent)> {
        self.entries.iter().map(|(path, content)| (path.as_str(), content))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&FileContent> {
        self.entries.get(&*self.resolve(path))
    }

    /// Returns what is at `path` itself, which must not be behind a link.
    pub(crate) fn stored(&self, path: &str) -> Option<&FileContent> {
        self.entries.get(path)
    }

    /// Keeps what is the same in `other` only once.
    pub(crate) fn share(&mut self, other: &Self) {
        for (path, content) in &mut self.entries {
            if let Some(known) = other.entries.get(path).filter(|known| *known == content) {
                *content = known.clone();
            }
        }
    }

    /// Whether files that are the same here and there are also built in the same way.
    pub(crate) fn builds_like(&self, other: &Self) -> bool {
        self.links == other.links
            && self.roots == other.roots
            && self.ignored == other.ignored
            && self.is_unrestricted == other.is_unrestricted
    }

    /// Returns the text of the file `path`; `None` if it was not read or is not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.entry(path).map(|(_, text)| text)
    }

    /// Like [`Self::text`], with the path as stored.
    pub(crate) fn entry(&self, path: &str) -> Option<(&str, &str)> {
        match self.entries.get_key_value(&*self.resolve(path))? {
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
        self.entries.contains_key(&*self.resolve(path))
    }

    /// Whether `folder` holds a file or a link.
    pub fn has_folder(&self, folder: &str) -> bool {
        let folder = self.resolve(folder);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.entries.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// Whether the file `path` certainly does not exist: it would be listed, and is not behind a link.
    pub(crate) fn lacks(&self, path: &str) -> bool {
        let path = &*self.resolve(path);
        if self.missing.contains(path) || self.ignored.contains(path) {
            return true;
        }
        let hidden = |folder: &str| self.entries.get(folder) == Some(&FileContent::Link);
        !self.contains(path) && self.is_covered(path) && !folders(path).any(hidden)
    }

    /// Whether a root is `folder` or inside it.
    pub(crate) fn has_root_in(&self, folder: &str) -> bool {
        self.roots.iter().any(|root| folders(root).any(|part| part == folder))
    }

    /// Whether `path` is below one of the roots, and not left out.
    fn is_covered(&self, path: &str) -> bool {
        self.is_checked(path) && !self.is_left_out(path)
    }

    /// Whether `path` is below one of the roots.
    pub(crate) fn is_checked(&self, path: &str) -> bool {
        self.is_whole() || folders(path).any(|folder| self.roots.contains(folder))
    }

    /// Whether the file or folder `path` is among what was left out.
    fn is_left_out(&self, path: &str) -> bool {
        !self.excluded.is_empty()
            && (self.excluded.contains(path)
                || folders(path).any(|folder| self.excluded.contains(&format!("{folder}/"))))
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

/// Whether a file in a `ConfigMap` is a shell script.
pub(crate) fn is_script(path: &str, text: &str) -> bool {
    let shell = || {
        text.strip_prefix("#!").and_then(|text| text.lines().next()).is_some_and(|line| line.contains("sh"))
    };
    has_script_name(path) || shell()
}

fn has_script_name(path: &str) -> bool {
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
    fn links_are_replaced_wherever_they_are() {
        let mut files = Files::below([""]);
        files.insert("base/a.yaml", FileContent::Unread);
        files.link("deploy/base", "base");
        files.link("base/again", "base");
        files.link("all", "");
        for (path, target) in [
            ("deploy/base/a.yaml", "base/a.yaml"),
            ("deploy/base", "base"),
            ("deploy/base/again/again/a.yaml", "base/a.yaml"),
            ("all/deploy/base/a.yaml", "base/a.yaml"),
            ("deploy/base2/a.yaml", "deploy/base2/a.yaml"),
        ] {
            assert_eq!(files.resolve(path), target, "{path}");
        }
        assert!(files.contains("all/base/a.yaml") && files.has_folder("deploy/base"));
        assert!(files.lacks("deploy/base/b.yaml"));
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
