//! The manifests among the files, read once for all rules.
//!
//! A repository also holds YAML that is none of Kubernetes' (values, pipelines of a CI, compose files) and templates
//! that are no YAML yet. These are left alone: a file is taken for manifests by its name (a kustomization), by what is in it, or
//! because a kustomization names it.

use std::collections::BTreeSet;

use super::files::{self, Content, Files};
use super::finding::Finding;
use super::parallel;
use super::report::Skipped;
use super::rules::Rule;
use crate::manifest::node::{Document, Node, Position};
use crate::manifest::reader::{self, Fault, FaultKind};
use crate::manifest::{Identity, is_kustomization};

/// All that the rules look at.
#[derive(Debug)]
pub struct Manifests<'f> {
    files: &'f Files,
    sources: Vec<Source<'f>>,
    scripts: Vec<Source<'f>>,
    skipped: Vec<Skipped>,
}

/// A file that holds manifests, or should.
#[derive(Debug)]
pub struct Source<'f> {
    /// Its path, as in [`Files`].
    pub path: &'f str,
    /// Its text; empty where it could not be read.
    pub text: &'f str,
    /// Its documents, without those that are broken.
    pub documents: Vec<Document<'f>>,
    /// What is wrong with the others.
    pub faults: Vec<Fault>,
    /// Why there is no text.
    pub unreadable: Option<Unreadable>,
    /// Whether a kustomization or the user names it, so that it has to hold manifests, or patches.
    pub is_expected: bool,
    /// Whether a kustomization names it as a patch, so that what is in it is no whole manifest.
    pub is_patch: bool,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It has this many bytes, which is too much.
    TooLarge(u64),
    /// It is not UTF-8 behind this many bytes.
    NotUtf8(usize),
}

/// One manifest: a document, or an item of a `List`.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    source: &'a Source<'a>,
    root: Node<'a>,
}

impl<'f> Manifests<'f> {
    /// Reads the manifests among `files`.
    pub fn read(files: &'f Files) -> Self {
        let (templates, others): (Vec<_>, Vec<_>) =
            files.iter().partition(|(path, _)| is_template_folder(path, files));
        let templates = templates.into_iter().filter(|(path, _)| has_yaml_name(path)).map(|(path, _)| path);
        let (first, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(path, _)| is_kustomization(path));
        let mut sources: Vec<_> = first
            .into_iter()
            .filter_map(|(path, content)| Source::read(path, content, files.is_expected(path)))
            .collect();
        let sound = sources.iter().filter(|source| !source.is_template());
        let named: BTreeSet<String> = sound.clone().flat_map(Source::resources).collect();
        let patches: BTreeSet<String> = sound.flat_map(Source::patches).collect();
        let threads = parallel::threads_for(others.len());
        let others = parallel::map(threads, &others, |&(path, content)| {
            let is_patch = patches.contains(path);
            let is_expected = files.is_expected(path) || named.contains(path) || is_patch;
            let source =
                (is_expected || has_yaml_name(path)).then(|| Source::read(path, content, is_expected))??;
            Some(Source { is_patch: is_patch && !named.contains(path), ..source })
        });
        sources.extend(others.into_iter().flatten());
        let (rendered, mut sources): (Vec<_>, Vec<_>) = sources.into_iter().partition(Source::is_template);
        sources.sort_by_key(|source| source.path);
        let scripts = scripts(files, &sources);
        let templates = templates.chain(rendered.iter().map(|source| source.path));
        let mut skipped: Vec<_> =
            templates.map(|path| Skipped { path: path.to_owned(), why: "a template" }).collect();
        skipped.sort();
        Self { files, sources, scripts, skipped }
    }

    /// The files that may hold manifests once they are rendered, sorted by path.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The tree that they are from.
    pub fn files(&self) -> &'f Files {
        self.files
    }

    /// The file `path`, where it holds manifests or patches.
    pub fn source(&self, path: &str) -> Option<&Source<'f>> {
        let at = self.sources.binary_search_by_key(&path, |source| source.path).ok()?;
        self.sources.get(at)
    }

    /// The file `path` as a `ConfigMap` gets it: a script, or manifests.
    pub fn generated_from(&self, path: &str) -> Option<&Source<'f>> {
        let script = self.scripts.binary_search_by_key(&path, |script| script.path).ok();
        script.and_then(|at| self.scripts.get(at)).or_else(|| self.source(path))
    }

    /// The shell scripts that kustomizations make `ConfigMaps` of, sorted by path. There are no documents in them.
    pub fn scripts(&self) -> &[Source<'f>] {
        &self.scripts
    }

    /// The files, sorted by path.
    pub fn sources(&self) -> &[Source<'f>] {
        &self.sources
    }

    /// Every manifest, by path and place; the items of a `List` instead of the list. Kustomizations are among them.
    pub fn iter(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.sources.iter().flat_map(Source::manifests)
    }

    /// The manifests of one group and kind, of any version: `of("argoproj.io", "Application")`.
    pub fn of<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = Manifest<'a>> {
        self.iter().filter(move |manifest| manifest.is(group, kind))
    }

    /// The kustomizations and components, whether or not they say what they are.
    pub fn kustomizations(&self) -> impl Iterator<Item = Manifest<'_>> {
        let sources = self.sources.iter().filter(|source| is_kustomization(source.path));
        sources.flat_map(|source| source.roots().map(move |root| Manifest { source, root }))
    }
}

impl<'f> Source<'f> {
    /// Reads a file; `None` where it is no business of ours.
    fn read(path: &'f str, content: &'f Content, is_expected: bool) -> Option<Self> {
        let must_be = is_expected || is_kustomization(path);
        let bytes = match content {
            Content::Bytes(bytes) => bytes,
            // Large JSON is mostly data, and nobody can say without reading it.
            Content::TooLarge(size) if must_be || !is_json(path) => {
                return Some(Self::unreadable(path, Unreadable::TooLarge(*size), is_expected));
            }
            Content::TooLarge(_) | Content::Unread | Content::Link => return None,
        };
        if !must_be && !mentions_api_version(bytes) {
            return None;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let why = Unreadable::NotUtf8(error.valid_up_to());
                return Some(Self::unreadable(path, why, is_expected));
            }
        };
        let source = Self { is_expected, ..Self::of_text(path, text) };
        (must_be || source.holds_manifests()).then_some(source)
    }

    /// Reads a text: a file, or a part of the file `path` that is YAML by itself.
    pub fn of_text(path: &'f str, text: &'f str) -> Self {
        let reader::Stream { documents, faults } = reader::read(text);
        Self { documents, faults, ..Self::plain(path, text) }
    }

    /// A file that is no YAML at all.
    fn plain(path: &'f str, text: &'f str) -> Self {
        let (documents, faults) = (Vec::new(), Vec::new());
        Self { path, text, documents, faults, unreadable: None, is_expected: false, is_patch: false }
    }

    fn unreadable(path: &'f str, why: Unreadable, is_expected: bool) -> Self {
        Self { unreadable: Some(why), is_expected, ..Self::plain(path, "") }
    }

    /// Whether any document is a manifest, or begins like one where it is broken.
    fn holds_manifests(&self) -> bool {
        let begins = |line: &str| {
            line.starts_with("apiVersion")
                || line.trim_start_matches([' ', '\t', '{']).starts_with("\"apiVersion\"")
        };
        self.manifests().next().is_some() || !self.faults.is_empty() && self.text.lines().any(begins)
    }

    /// Whether it is a template that becomes YAML only when it is rendered: braces in pairs, where YAML sees either
    /// nonsense or mappings for keys. An `ApplicationSet` has such braces in its strings, and is no template.
    fn is_template(&self) -> bool {
        let is_broken = self.faults.iter().any(|fault| fault.kind == FaultKind::Syntax);
        let odd_key = |node: Node<'_>| node.entries().any(|(key, _)| key.is_mapping());
        let has_odd_key = || self.documents.iter().flat_map(Document::nodes).any(odd_key);
        self.text.contains("{{")
            && !self.text.contains("kind: ApplicationSet")
            && (is_broken || has_odd_key())
    }

    /// What its documents hold; nothing for documents that are empty.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().map(Document::root).filter(|root| !root.is_null())
    }

    /// The manifests in it.
    pub fn manifests(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.roots().flat_map(move |root| {
            let is_list = root.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
            let items = root.get("items").filter(|items| is_list && items.is_sequence());
            let alone = items.is_none().then_some(root);
            let roots = items.into_iter().flat_map(Node::items).chain(alone);
            roots.map(move |root| Manifest { source: self, root }).filter(|manifest| manifest.is_one())
        })
    }

    /// The files that it names as resources, where it is a kustomization.
    fn resources(&self) -> impl Iterator<Item = String> {
        let folder = files::split(self.path).0;
        self.roots()
            .flat_map(|root| root.items_at(&["resources"]))
            .filter_map(move |entry| files::join(folder, entry.as_str()?))
    }

    /// The patches that are written in it, where it is a kustomization.
    pub fn embedded(&self) -> impl Iterator<Item = Node<'_>> {
        let named = ["patches", "patchesJson6902"];
        self.roots().flat_map(move |root| {
            let texts = named.into_iter().flat_map(move |field| root.items_at(&[field]));
            let texts =
                texts.filter(|entry| entry.get("path").is_none()).filter_map(|entry| entry.get("patch"));
            let merged = root.items_at(&["patchesStrategicMerge"]);
            texts.chain(merged.filter(|entry| entry.text().contains('\n')))
        })
    }

    /// The files that it names as patches, where it is a kustomization.
    fn patches(&self) -> impl Iterator<Item = String> {
        let folder = files::split(self.path).0;
        self.roots()
            .flat_map(|root| {
                let with_path = ["patches", "patchesJson6902"].into_iter();
                let with_path = with_path.flat_map(move |field| root.items_at(&[field]));
                with_path
                    .filter_map(|patch| patch.get("path"))
                    .chain(root.items_at(&["patchesStrategicMerge"]))
            })
            .filter_map(move |entry| files::join(folder, entry.as_str()?))
    }

    /// The files that it makes `ConfigMaps` of, where it is a kustomization.
    fn generated(&self) -> impl Iterator<Item = String> {
        let folder = files::split(self.path).0;
        let generators = self.roots().flat_map(|root| root.items_at(&["configMapGenerator"]));
        let entries = generators.flat_map(|generator| generator.items_at(&["files"]));
        entries.filter_map(move |entry| files::join(folder, key_and_path(entry.as_str()?).1))
    }

    /// A finding about `node`.
    pub fn finding(&self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.finding_at(rule, (node.span(), node.position()), message)
    }

    /// A finding about the bytes of a range, which begin at a position.
    pub fn finding_at(
        &self,
        rule: &'static Rule,
        place: (std::ops::Range<usize>, Position),
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, (self.path, self.text), place, message)
    }
}

impl<'a> Manifest<'a> {
    /// The node that is the manifest.
    pub fn root(self) -> Node<'a> {
        self.root
    }

    /// The manifest that a node of this one is.
    #[must_use]
    pub fn inner(self, root: Node<'a>) -> Self {
        Self { root, ..self }
    }

    /// The file that it is in.
    pub fn source(self) -> &'a Source<'a> {
        self.source
    }

    /// The path of its file.
    pub fn path(self) -> &'a str {
        self.source.path
    }

    /// The folder of its file; empty at the top.
    pub fn folder(self) -> &'a str {
        files::split(self.source.path).0
    }

    fn is_one(self) -> bool {
        self.root.str_at(&["apiVersion"]).is_some() && self.root.str_at(&["kind"]).is_some()
    }

    /// Its `apiVersion`; empty where it has none.
    pub fn api_version(self) -> &'a str {
        self.root.str_at(&["apiVersion"]).unwrap_or_default()
    }

    /// The group of its `apiVersion`; empty for the core group.
    pub fn group(self) -> &'a str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Its kind; empty where it has none.
    pub fn kind(self) -> &'a str {
        self.root.str_at(&["kind"]).unwrap_or_default()
    }

    /// Its name, where it has one.
    pub fn name(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "name"])
    }

    /// Its namespace, where it names one.
    pub fn namespace(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "namespace"])
    }

    /// The value of an annotation.
    pub fn annotation(self, name: &str) -> Option<Node<'a>> {
        self.root.dig(&["metadata", "annotations", name])
    }

    /// Whether it is of this group and kind, in any version.
    pub fn is(self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// What tells it from others in a cluster; `None` where it has no name of its own.
    pub fn identity(self) -> Option<Identity> {
        Some(Identity {
            kind: self.kind().to_owned(),
            group: self.group().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name()?.to_owned(),
        })
    }

    /// A finding about `node`, which is in this manifest.
    pub fn finding(self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.source.finding(rule, node, message)
    }
}

/// The key and the path that an entry of a generator's `files` stands for: `path` or `key=path`.
pub fn key_and_path(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((files::split(entry).1, entry))
}

/// The scripts among `files` that any of `sources` makes a `ConfigMap` of.
fn scripts<'f>(files: &'f Files, sources: &[Source<'f>]) -> Vec<Source<'f>> {
    let kustomizations = sources.iter().filter(|source| is_kustomization(source.path));
    let named: BTreeSet<String> = kustomizations.flat_map(Source::generated).collect();
    let scripts = named.iter().filter(|path| has_script_name(path));
    scripts.filter_map(|path| files.entry(path)).map(|(path, text)| Source::plain(path, text)).collect()
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
fn has_script_name(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "sh" | "bash")))
}

/// Whether `path` is called as JSON files are.
pub fn is_json(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "json")))
}

/// Whether the file is a template of a Helm chart or of a scaffold.
fn is_template_folder(path: &str, files: &Files) -> bool {
    [("templates", "Chart.yaml"), ("files", "scaffold.yaml")].iter().any(|(folder, marker)| {
        path.match_indices(&format!("{folder}/")).any(|(at, _)| {
            let parent = &path[..at];
            (parent.is_empty() || parent.ends_with('/')) && files.contains(&format!("{parent}{marker}"))
        })
    })
}

/// Whether a manifest can be in there at all, which spares reading most of what is none.
fn mentions_api_version(bytes: &[u8]) -> bool {
    const WORD: &[u8] = b"apiVersion";
    bytes.windows(WORD.len()).any(|window| window == WORD)
}
