//! One file that holds manifests, or is named by those that do.

use super::files::{self, FileContent, is_json};
use super::finding::Finding;
use super::registry::Rule;
use crate::yaml::node::{Document, Node, Position};
use crate::yaml::reader;
use crate::yaml::reader::{DocumentError, DocumentErrorKind};
use crate::yaml::{ResourceId, is_kustomization};

/// A file that holds manifests, or should.
#[derive(Debug)]
pub(crate) struct Source<'f> {
    /// Its path, as in [`files::Files`].
    pub(crate) path: &'f str,
    /// Its text; empty where it could not be read.
    pub(crate) text: &'f str,
    /// Its documents, without those that are broken.
    pub(crate) documents: Vec<Document<'f>>,
    /// What is wrong with the others.
    pub(crate) errors: Vec<DocumentError>,
    /// Why there is no text.
    pub(crate) unreadable: Option<Unreadable>,
    /// Whether a kustomization or the user names it, so that it has to hold manifests, or patches.
    pub(crate) is_expected: bool,
    /// Whether a kustomization names it as a patch, so that what is in it is no whole manifest.
    pub(crate) is_patch: bool,
}

/// One manifest: a document, or an item of a `List`.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    source: &'a Source<'a>,
    root: Node<'a>,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It has this many bytes, which is too much.
    TooLarge(u64),
    /// It is not UTF-8 behind this many bytes.
    NotUtf8(usize),
}

impl<'f> Source<'f> {
    /// Reads a file; `None` where it is no business of ours.
    pub(crate) fn read(path: &'f str, content: &'f FileContent, is_expected: bool) -> Option<Self> {
        let must_be = is_expected || is_kustomization(path);
        let bytes = match content {
            FileContent::Bytes(bytes) => bytes,
            // Large JSON is mostly data, and nobody can say without reading it.
            FileContent::TooLarge(size) if must_be || !is_json(path) => {
                return Some(Self::unreadable(path, Unreadable::TooLarge(*size), is_expected));
            }
            FileContent::TooLarge(_) | FileContent::Unread | FileContent::Link => return None,
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
    pub(crate) fn of_text(path: &'f str, text: &'f str) -> Self {
        let reader::Stream { documents, errors } = reader::read(text);
        Self { documents, errors, ..Self::plain(path, text) }
    }

    /// A file that is no YAML at all.
    pub(crate) fn plain(path: &'f str, text: &'f str) -> Self {
        let (documents, errors) = (Vec::new(), Vec::new());
        Self { path, text, documents, errors, unreadable: None, is_expected: false, is_patch: false }
    }

    fn unreadable(path: &'f str, why: Unreadable, is_expected: bool) -> Self {
        Self { unreadable: Some(why), is_expected, ..Self::plain(path, "") }
    }

    /// Whether any document is a manifest, or begins like one where it is broken.
    pub(crate) fn holds_manifests(&self) -> bool {
        let begins = |line: &str| {
            line.starts_with("apiVersion")
                || line.trim_start_matches([' ', '\t', '{']).starts_with("\"apiVersion\"")
        };
        self.manifests().next().is_some() || !self.errors.is_empty() && self.text.lines().any(begins)
    }

    /// Whether it is a template that becomes YAML only when it is rendered: braces in pairs, where YAML sees either
    /// nonsense or mappings for keys. An `ApplicationSet` has such braces in its strings, and is no template.
    pub(crate) fn is_template(&self) -> bool {
        let is_broken = self.errors.iter().any(|fault| fault.kind == DocumentErrorKind::Syntax);
        let odd_key = |node: Node<'_>| node.entries().any(|(key, _)| key.is_mapping());
        let has_odd_key = || self.documents.iter().flat_map(Document::nodes).any(odd_key);
        self.text.contains("{{")
            && !self.text.contains("kind: ApplicationSet")
            && (is_broken || has_odd_key())
    }

    /// What its documents hold; nothing for documents that are empty.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().map(Document::root).filter(|root| !root.is_null())
    }

    /// The manifests in it.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.roots().flat_map(move |root| {
            let is_list = root.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
            let items = root.get("items").filter(|items| is_list && items.is_sequence());
            let alone = items.is_none().then_some(root);
            let roots = items.into_iter().flat_map(Node::items).chain(alone);
            roots.map(move |root| Manifest::new(self, root)).filter(|manifest| manifest.is_one())
        })
    }

    /// The files that it names as resources, where it is a kustomization.
    pub(crate) fn resources(&self) -> impl Iterator<Item = String> {
        let folder = files::split(self.path).0;
        self.roots()
            .flat_map(|root| root.items_at(&["resources"]))
            .filter_map(move |entry| files::join(folder, entry.as_str()?))
    }

    /// The patches that are written in it, where it is a kustomization.
    pub(crate) fn embedded(&self) -> impl Iterator<Item = Node<'_>> {
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
    pub(crate) fn patches(&self) -> impl Iterator<Item = String> {
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
    pub(crate) fn generated(&self) -> impl Iterator<Item = String> {
        let folder = files::split(self.path).0;
        let generators = self.roots().flat_map(|root| root.items_at(&["configMapGenerator"]));
        let entries = generators.flat_map(|generator| generator.items_at(&["files"]));
        entries.filter_map(move |entry| files::join(folder, key_and_path(entry.as_str()?).1))
    }

    /// A finding about `node`.
    pub(crate) fn finding(&self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.finding_at(rule, (node.span(), node.position()), message)
    }

    /// A finding about the bytes of a range, which begin at a position.
    pub(crate) fn finding_at(
        &self,
        rule: &'static Rule,
        location: (std::ops::Range<usize>, Position),
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, (self.path, self.text), location, message)
    }
}

impl<'a> Manifest<'a> {
    /// The manifest that `root`, a node of `source`, is or should be.
    pub(crate) fn new(source: &'a Source<'a>, root: Node<'a>) -> Self {
        Self { source, root }
    }

    /// The node that is the manifest.
    pub(crate) fn root(self) -> Node<'a> {
        self.root
    }

    /// The manifest that a node of this one is.
    #[must_use]
    pub(crate) fn inner(self, root: Node<'a>) -> Self {
        Self { root, ..self }
    }

    /// The file that it is in.
    pub(crate) fn source(self) -> &'a Source<'a> {
        self.source
    }

    /// The path of its file.
    pub(crate) fn path(self) -> &'a str {
        self.source.path
    }

    /// The folder of its file; empty at the top.
    pub(crate) fn folder(self) -> &'a str {
        files::split(self.source.path).0
    }

    /// Whether it says what it is.
    pub(crate) fn is_one(self) -> bool {
        self.root.str_at(&["apiVersion"]).is_some() && self.root.str_at(&["kind"]).is_some()
    }

    /// Its `apiVersion`; empty where it has none.
    pub(crate) fn api_version(self) -> &'a str {
        self.root.str_at(&["apiVersion"]).unwrap_or_default()
    }

    /// The group of its `apiVersion`; empty for the core group.
    pub(crate) fn group(self) -> &'a str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Its kind; empty where it has none.
    pub(crate) fn kind(self) -> &'a str {
        self.root.str_at(&["kind"]).unwrap_or_default()
    }

    /// Its name, where it has one.
    pub(crate) fn name(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "name"])
    }

    /// Its namespace, where it names one.
    pub(crate) fn namespace(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "namespace"])
    }

    /// The value of an annotation.
    pub(crate) fn annotation(self, name: &str) -> Option<Node<'a>> {
        self.root.dig(&["metadata", "annotations", name])
    }

    /// Whether it is of this group and kind, in any version.
    pub(crate) fn is(self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// What tells it from others in a cluster; `None` where it has no name of its own.
    pub(crate) fn identity(self) -> Option<ResourceId> {
        Some(ResourceId {
            kind: self.kind().to_owned(),
            group: self.group().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name()?.to_owned(),
        })
    }

    /// A finding about `node`, which is in this manifest.
    pub(crate) fn finding(self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.source.finding(rule, node, message)
    }
}

/// The key and the path that an entry of a generator's `files` stands for: `path` or `key=path`.
pub(crate) fn key_and_path(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((files::split(entry).1, entry))
}

/// Whether a manifest can be in there at all, which spares reading most of what is none.
fn mentions_api_version(bytes: &[u8]) -> bool {
    const WORD: &[u8] = b"apiVersion";
    bytes.windows(WORD.len()).any(|window| window == WORD)
}
