//! A file with manifests, and the manifests in it.

use std::ops::Range;
use std::sync::Arc;

use super::files::{self, FileContent, is_json};
use super::finding::Finding;
use super::mentions;
use super::rendered_value::{Location, RenderedValue};
use super::rule::Rule;
use crate::yaml::node::{Document, Node, Position};
use crate::yaml::reader::{self, DocumentError, DocumentErrorKind};
use crate::yaml::{ResourceId, is_kustomization};

/// The API group of kustomizations.
pub(crate) const KUSTOMIZE: &str = "kustomize.config.k8s.io";

/// How far above an error of YAML its cause may be, in lines.
const ABOVE_ERROR: usize = 2;

const PATCH_FIELDS: [&str; 3] = ["patches", "patchesJson6902", "patchesStrategicMerge"];

/// A file that contains, or should contain, manifests.
#[derive(Debug)]
pub(crate) struct Source<'f> {
    pub(crate) path: &'f str,
    /// Empty if `unreadable` is set.
    pub(crate) text: &'f str,
    /// The documents, except those in `errors`; revisions in which the file is the same share them.
    pub(crate) documents: Arc<[Document<'f>]>,
    pub(crate) errors: Vec<DocumentError>,
    pub(crate) unreadable: Option<Unreadable>,
    /// Whether a kustomization or the user names it, so that it must contain manifests or patches.
    pub(crate) is_expected: bool,
    /// Whether a kustomization names it only as a patch, so that its manifests may be incomplete.
    pub(crate) is_patch: bool,
    pub(crate) patch_use: PatchUse,
    /// Whether nothing in the repository sends its manifests to a cluster as they are.
    pub(crate) is_loose: bool,
}

/// How kustomizations use a file as a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchUse {
    /// They do not, or its manifests say what they change.
    Plain,
    /// The kustomization says what it changes: its own kind and name mean nothing.
    Targeted,
    /// It is a patch that no kustomization applies, or a part that a generator makes objects of.
    Unused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The file's size in bytes.
    TooLarge(u64),
    /// The number of valid bytes at its start.
    NotUtf8(usize),
}

/// A manifest as it is written: a document, or an item of a `List`.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    source: &'a Source<'a>,
    root: Node<'a>,
}

#[derive(Clone, Copy)]
pub(crate) struct PatchEntry<'a> {
    /// The whole entry, which may have a target and options.
    pub(crate) settings: Node<'a>,
    /// The path of the patch file, or the inline patch.
    pub(crate) patch: Node<'a>,
    pub(crate) is_path: bool,
}

impl<'f> Source<'f> {
    /// Reads a file; `None` if nothing suggests that it contains manifests. It is not parsed again if `known`, of another
    /// revision, has the same text.
    pub(crate) fn read(
        path: &'f str,
        content: &'f FileContent,
        is_expected: bool,
        known: Option<&Self>,
    ) -> Option<Self> {
        let must_be = is_expected || is_kustomization(path);
        let bytes = match content {
            FileContent::Bytes(bytes) => bytes,
            // Large JSON is mostly data.
            FileContent::TooLarge(size) if must_be || !is_json(path) => {
                return Some(Self::unreadable(path, Unreadable::TooLarge(*size), is_expected));
            }
            FileContent::TooLarge(_) | FileContent::Unread | FileContent::Link => return None,
        };
        if !must_be && !mentions::may_mention(bytes, "apiVersion") {
            return None;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let why = Unreadable::NotUtf8(error.valid_up_to());
                return Some(Self::unreadable(path, why, is_expected));
            }
        };
        let source = match known.filter(|known| known.unreadable.is_none() && known.text == text) {
            Some(known) => {
                let (documents, errors) = (Arc::clone(&known.documents), known.errors.clone());
                Self { documents, errors, is_expected, ..Self::plain(path, text) }
            }
            None => Self { is_expected, ..Self::of_text(path, text) },
        };
        (must_be || source.holds_manifests()).then_some(source)
    }

    /// Reads a file, or YAML in a scalar of the file `path`.
    pub(crate) fn of_text(path: &'f str, text: &'f str) -> Self {
        let reader::Stream { documents, errors } = reader::read(text);
        Self { documents: documents.into(), errors, ..Self::plain(path, text) }
    }

    /// Creates a source for a file that is not YAML, such as a script.
    pub(crate) fn plain(path: &'f str, text: &'f str) -> Self {
        Self {
            path,
            text,
            documents: Arc::default(),
            errors: Vec::new(),
            unreadable: None,
            is_expected: false,
            is_patch: false,
            patch_use: PatchUse::Plain,
            is_loose: false,
        }
    }

    fn unreadable(path: &'f str, why: Unreadable, is_expected: bool) -> Self {
        Self { unreadable: Some(why), is_expected, ..Self::plain(path, "") }
    }

    /// Whether the same file of another revision serves for the same.
    pub(crate) fn serves_like(&self, other: &Self) -> bool {
        let use_of = |it: &Self| (it.is_expected, it.is_patch, it.patch_use, it.is_loose);
        use_of(self) == use_of(other)
    }

    /// Whether a document is a manifest or, if broken, starts like one.
    fn holds_manifests(&self) -> bool {
        let begins = |line: &str| {
            line.starts_with("apiVersion")
                || line.trim_start_matches([' ', '\t', '{']).starts_with("\"apiVersion\"")
        };
        self.manifests().next().is_some() || !self.errors.is_empty() && self.text.lines().any(begins)
    }

    /// Whether it becomes YAML only when rendered: its double braces are errors or mapping keys in YAML, or it is broken
    /// and has lines for another program. An `ApplicationSet` has braces inside strings and is not a template.
    pub(crate) fn is_template(&self) -> bool {
        let is_broken = self.errors.iter().any(|error| error.kind == DocumentErrorKind::Syntax);
        if is_broken && self.has_error_at_placeholder() || self.is_for_ytt() {
            return true;
        }
        let odd_key = |node: Node<'_>| node.entries().any(|(key, _)| key.is_mapping());
        let has_odd_key = || self.documents.iter().flat_map(Document::nodes).any(odd_key);
        (self.text.contains("{{") || self.text.contains("{%"))
            && !self.text.contains("kind: ApplicationSet")
            && (is_broken || has_odd_key())
    }

    /// Whether ytt fills in values, which are in comments.
    fn is_for_ytt(&self) -> bool {
        let is_directive = |line: &str| {
            let start = line.trim_start();
            ["#@ ", "#@overlay/", "#@data/", "#@schema/", "#@library/"]
                .iter()
                .any(|sign| start.starts_with(sign))
                || line.contains(": #@ ")
        };
        self.text.contains("#@") && self.text.lines().any(is_directive)
    }

    /// Whether an error is at a line that another program replaces, or just below one.
    fn has_error_at_placeholder(&self) -> bool {
        let is_at = |error: &DocumentError| {
            let first = error.position.line.saturating_sub(ABOVE_ERROR + 1);
            self.text.lines().skip(first).take(ABOVE_ERROR + 1).any(is_line_of_template)
        };
        self.errors.iter().filter(|error| error.kind == DocumentErrorKind::Syntax).any(is_at)
    }

    /// Returns the roots of its non-empty documents.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().map(Document::root).filter(|root| !root.is_null())
    }

    /// Returns what its non-empty documents say, as written.
    pub(crate) fn values(&self) -> impl Iterator<Item = RenderedValue<'_>> {
        self.roots().map(|root| RenderedValue::of(self, root))
    }

    pub(crate) fn manifests(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.roots()
            .flat_map(members)
            .map(move |root| Manifest::new(self, root))
            .filter(|it| it.has_type_meta())
    }

    /// Returns what kustomize makes objects of: also what no cluster accepts, since it lacks an `apiVersion`.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Manifest<'_>> {
        let all = self.roots().flat_map(members).map(move |root| Manifest::new(self, root));
        all.filter(|it| it.has_type_meta() || it.lacks_version())
    }

    /// Returns the kustomizations and components, with or without a `kind`. A file of another name needs the API group.
    pub(crate) fn kustomizations(&self) -> impl Iterator<Item = Manifest<'_>> {
        let is_kustomization = is_kustomization(self.path);
        let manifests = self.roots().map(|root| Manifest::new(self, root));
        manifests.filter(move |manifest| is_kustomization || manifest.group() == KUSTOMIZE)
    }

    /// Returns every key and value that has a text, as written, with its location.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (Location<'_>, &str)> {
        let nodes = self.documents.iter().flat_map(Document::nodes).filter(|node| !node.text().is_empty());
        nodes.map(|node| (Location::of(self, node), node.text()))
    }

    /// Returns what a kustomization builds from: files, and folders with a kustomization.
    pub(crate) fn resources(&self) -> impl Iterator<Item = String> {
        self.entries(&["resources", "bases"])
    }

    pub(crate) fn components(&self) -> impl Iterator<Item = String> {
        self.entries(&["components"])
    }

    fn entries(&self, fields: &'static [&'static str]) -> impl Iterator<Item = String> {
        let entries =
            self.roots().flat_map(|root| fields.iter().flat_map(move |field| root.items_at(&[field])));
        entries.filter_map(|entry| self.join(entry.as_str()?))
    }

    fn patches(&self) -> impl Iterator<Item = PatchEntry<'_>> {
        let fields = PATCH_FIELDS.into_iter();
        self.roots().flat_map(move |root| fields.clone().flat_map(move |field| patch_entries(root, field)))
    }

    /// Whether it is a kustomization that patches what it lists.
    pub(crate) fn has_patches(&self) -> bool {
        self.patches().next().is_some()
    }

    /// Returns the inline patches, if it is a kustomization.
    pub(crate) fn inline_patches(&self) -> impl Iterator<Item = Node<'_>> {
        self.patches().filter(|entry| !entry.is_path).map(|entry| entry.patch)
    }

    /// Returns the files of patches that have a `target`.
    pub(crate) fn targeted_files(&self) -> impl Iterator<Item = String> {
        let paths = self.patches().filter(|entry| entry.is_path && entry.settings.get("target").is_some());
        paths.filter_map(|entry| self.join(entry.patch.as_str()?))
    }

    pub(crate) fn patch_files(&self) -> impl Iterator<Item = String> {
        let paths = self.patches().filter(|entry| entry.is_path);
        paths.filter_map(|entry| self.join(entry.patch.as_str()?))
    }

    /// Returns the files that comments name, each as a path from its folder.
    pub(crate) fn commented_files(&self) -> impl Iterator<Item = String> {
        let comments = self.text.lines().filter(|line| line.trim_start().starts_with('#'));
        let words = comments
            .flat_map(|line| line.split_whitespace())
            .map(|word| word.trim_start_matches(['#', '-']).trim_matches(['"', '\'']));
        words.filter(|word| files::has_yaml_name(word)).filter_map(|word| self.join(word))
    }

    /// Returns the files put into `ConfigMaps`, if it is a kustomization.
    pub(crate) fn generated(&self) -> impl Iterator<Item = String> {
        let generators = self.roots().flat_map(|root| root.items_at(&["configMapGenerator"]));
        let entries = generators.flat_map(|generator| generator.items_at(&["files"]));
        entries.filter_map(|entry| self.join(key_and_path(entry.as_str()?).1))
    }

    /// Returns the files with variables that generators read, if it is a kustomization.
    pub(crate) fn env_files(&self) -> impl Iterator<Item = String> {
        let fields = ["configMapGenerator", "secretGenerator"].into_iter();
        let generators =
            self.roots().flat_map(move |root| fields.clone().flat_map(move |field| root.items_at(&[field])));
        let entries =
            generators.flat_map(|generator| generator.items_at(&["envs"]).chain(generator.get("env")));
        entries.filter_map(|entry| self.join(entry.as_str()?))
    }

    /// Returns the files put into Secrets, if it is a kustomization.
    pub(crate) fn secret_files(&self) -> impl Iterator<Item = String> {
        let generators = self.roots().flat_map(|root| root.items_at(&["secretGenerator"]));
        let entries = generators.flat_map(|generator| generator.items_at(&["files"]));
        entries.filter_map(|entry| self.join(key_and_path(entry.as_str()?).1))
    }

    pub(crate) fn join(&self, entry: &str) -> Option<String> {
        files::join(files::split(self.path).0, entry)
    }

    /// `node` must be in this file.
    pub(crate) fn finding(&self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.finding_at(rule, (node.span(), node.position()), message)
    }

    /// `location` is a byte range and the position of its first byte.
    pub(crate) fn finding_at(
        &self,
        rule: &'static Rule,
        location: (Range<usize>, Position),
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, (self.path, self.text), location, message)
    }
}

/// Whether the file has the name of a patch: `patch-replicas.yaml`, `replicas_patch.yaml`.
pub(crate) fn is_called_patch(path: &str) -> bool {
    let name = files::split(path).1;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_word = |word: Option<&str>| word.is_some_and(|word| matches!(word, "patch" | "patches"));
    is_word(stem.split(['-', '_', '.']).next()) || is_word(stem.rsplit(['-', '_', '.']).next())
}

/// Returns the objects of a document: those of a `List`, else itself. kustomize also opens a list in a list, and Argo CD
/// any object with `items`.
fn members(root: Node<'_>) -> Vec<Node<'_>> {
    let Some(items) = root.get("items").filter(|items| items.is_sequence()) else { return vec![root] };
    let is_list = root.str_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
    // The reader bounds the depth.
    let inner = items.items().filter(|item| is_list || item.get("kind").is_some()).flat_map(members);
    let itself = (!is_list).then_some(root);
    itself.into_iter().chain(inner).collect()
}

/// Returns the entries of a kustomization's `field`, one of [`PATCH_FIELDS`].
pub(crate) fn patch_entries<'a>(
    root: Node<'a>,
    field: &str,
) -> impl Iterator<Item = PatchEntry<'a>> + use<'a> {
    let is_bare = field == "patchesStrategicMerge";
    root.items_at(&[field]).filter_map(move |settings| {
        let (patch, is_path) = match settings.get("path") {
            // kustomize refuses a plain path in `patches`, which is still one.
            _ if is_bare || settings.as_str().is_some() => (settings, !settings.text().contains('\n')),
            Some(path) => (path, true),
            None => (settings.get("patch")?, false),
        };
        Some(PatchEntry { settings, patch, is_path })
    })
}

impl<'a> Manifest<'a> {
    /// `root` must be a node of `source`.
    pub(crate) fn new(source: &'a Source<'a>, root: Node<'a>) -> Self {
        Self { source, root }
    }

    /// Returns a manifest nested in this one, such as one that a `TriggerTemplate` creates.
    #[must_use]
    pub(crate) fn inner(self, root: Node<'a>) -> Self {
        Self { root, ..self }
    }

    /// Returns what rules read of it: its value as written, before any kustomization changes it.
    pub(crate) fn content(self) -> RenderedValue<'a> {
        RenderedValue::of(self.source, self.root)
    }

    pub(crate) fn location(self) -> Location<'a> {
        Location::of(self.source, self.root)
    }

    pub(crate) fn root(self) -> Node<'a> {
        self.root
    }

    pub(crate) fn source(self) -> &'a Source<'a> {
        self.source
    }

    pub(crate) fn path(self) -> &'a str {
        self.source.path
    }

    /// Returns the folder of its file; empty at the top level.
    pub(crate) fn folder(self) -> &'a str {
        files::split(self.source.path).0
    }

    fn has_type_meta(self) -> bool {
        self.root.str_at(&["apiVersion"]).is_some()
            && self.root.str_at(&["kind"]).is_some()
            && !self.is_reference()
    }

    /// Whether it is an object but for its `apiVersion`.
    fn lacks_version(self) -> bool {
        let has_version = self.root.get("apiVersion").is_some_and(|version| !version.is_null());
        !has_version
            && self.root.str_at(&["kind"]).is_some()
            && self.root.str_at(&["metadata", "name"]).is_some()
    }

    /// Whether it only names an object, which another program patches or looks up: Hive, for example.
    fn is_reference(self) -> bool {
        const FIELDS: [&str; 4] = ["apiVersion", "kind", "name", "namespace"];
        let root = self.root;
        let is_bare = || root.entries().all(|(key, _)| FIELDS.contains(&key.text()));
        root.str_at(&["name"]).is_some()
            && root.get("metadata").is_none()
            && (root.get("patch").is_some() || is_bare())
    }

    /// Empty if missing.
    pub(crate) fn api_version(self) -> &'a str {
        self.root.str_at(&["apiVersion"]).unwrap_or_default()
    }

    /// Returns the group of its `apiVersion`; empty for the core group.
    pub(crate) fn group(self) -> &'a str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Empty if missing.
    pub(crate) fn kind(self) -> &'a str {
        self.root.str_at(&["kind"]).unwrap_or_default()
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "name"])
    }

    pub(crate) fn name_location(self) -> Option<Location<'a>> {
        Some(Location::of(self.source, self.root.dig(&["metadata", "name"])?))
    }

    pub(crate) fn namespace(self) -> Option<&'a str> {
        self.root.str_at(&["metadata", "namespace"])
    }

    /// Whether it only says what to change in a workload that is elsewhere: it has neither a selector nor labels, and a
    /// container of it has no image. A program or a person applies it.
    pub(crate) fn is_part_of_workload(self) -> bool {
        let template: &[&str] = match (self.group(), self.kind()) {
            ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
            | ("argoproj.io", "Rollout")
            | ("batch", "Job") => &["spec", "template"],
            ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template"],
            _ => return false,
        };
        let at = |path: &[&str]| self.root.dig(&[template, path].concat());
        let mut containers = at(&["spec", "containers"]).into_iter().flat_map(Node::items);
        self.source.is_loose
            && self.root.dig(&["spec", "selector"]).is_none()
            && (at(&["metadata", "labels"]).is_none() || is_called_patch(self.path()))
            && containers.any(|container| container.get("image").is_none())
    }

    /// Whether it has this group and kind, in any version.
    pub(crate) fn is(self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// `None` if it has no name.
    pub(crate) fn identity(self) -> Option<ResourceId> {
        Some(ResourceId {
            kind: self.kind().to_owned(),
            group: self.group().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name()?.to_owned(),
        })
    }

    /// `node` must be in this manifest.
    pub(crate) fn finding(self, rule: &'static Rule, node: Node<'_>, message: impl Into<String>) -> Finding {
        self.source.finding(rule, node, message)
    }
}

/// Whether another program replaces or runs the line: `<LABELS>`, `@LABELS@`, `$$labels$$`, `${LABELS}`, `<% if a %>`,
/// `%{ if a }`, `<#if a>`, `[[ if a ]]`, `image: {user}/shop`.
fn is_line_of_template(line: &str) -> bool {
    const MARKS: [(&str, &str); 5] = [("<", ">"), ("@", "@"), ("$$", "$$"), ("${", "}"), ("__", "__")];
    const DIRECTIVES: [(&str, &str); 5] =
        [("<%", "%>"), ("%{", "}"), ("<#", ">"), ("</#", ">"), ("[[", "]]")];
    let line = line.trim();
    // HTML has lower-case words between angle brackets.
    let is_name = |text: &str| {
        text.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            && !(line.starts_with('<') && text.bytes().any(|byte| byte.is_ascii_lowercase()))
    };
    let inside =
        |(start, end): (&str, &str)| line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    MARKS.into_iter().filter_map(inside).any(is_name)
        || DIRECTIVES.into_iter().any(|mark| inside(mark).is_some())
        || begins_with_gap(line)
}

/// Whether the value in a line begins with a gap to fill: `image: {user}/shop`, `- [REGION]-docker.pkg.dev`, `name: %NAME%`.
fn begins_with_gap(line: &str) -> bool {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start_matches("- ").trim();
    let inside = |start: &str, end: &str| value.strip_prefix(start)?.split_once(end);
    // A whole value in brackets is a list.
    let goes_on = |rest: &str| rest.starts_with(|letter: char| !letter.is_whitespace() && letter != ',');
    [("{", "}"), ("[", "]")]
        .iter()
        .filter_map(|(start, end)| inside(start, end))
        .any(|(name, rest)| is_name(name) && goes_on(rest))
        || [("%", "%"), ("%%", "%%"), ("|", "|")]
            .iter()
            .filter_map(|(start, end)| inside(start, end))
            .any(|(name, _)| is_name(name))
        || value.contains("$[")
}

/// Splits an entry of a generator's `files`, which is `path` or `key=path`.
pub(crate) fn key_and_path(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((files::split(entry).1, entry))
}
