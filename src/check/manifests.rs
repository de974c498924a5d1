//! The manifests among the files, read once for all rules.
//!
//! A repository also holds YAML that is none of Kubernetes' (values, pipelines of a CI, compose files) and templates
//! that are no YAML yet. These are left alone: a file is taken for manifests by its name (a kustomization), by what is in it, or
//! because a kustomization names it.

use std::collections::BTreeSet;

use super::files::{self, Files, has_script_name, has_yaml_name};
use super::finding::Finding;
use super::parallel;
use super::report::Skipped;
use super::rules::Rule;
use super::source::Source;
use crate::yaml::node::Node;
use crate::yaml::{Identity, is_kustomization};

/// All that the rules look at.
#[derive(Debug)]
pub struct Manifests<'f> {
    files: &'f Files,
    sources: Vec<Source<'f>>,
    scripts: Vec<Source<'f>>,
    skipped: Vec<Skipped>,
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
    pub(crate) fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The tree that they are from.
    pub(crate) fn files(&self) -> &'f Files {
        self.files
    }

    /// The file `path`, where it holds manifests or patches.
    pub(crate) fn source(&self, path: &str) -> Option<&Source<'f>> {
        let at = self.sources.binary_search_by_key(&path, |source| source.path).ok()?;
        self.sources.get(at)
    }

    /// The file `path` as a `ConfigMap` gets it: a script, or manifests.
    pub(crate) fn generated_from(&self, path: &str) -> Option<&Source<'f>> {
        let script = self.scripts.binary_search_by_key(&path, |script| script.path).ok();
        script.and_then(|at| self.scripts.get(at)).or_else(|| self.source(path))
    }

    /// The shell scripts that kustomizations make `ConfigMaps` of, sorted by path. There are no documents in them.
    pub(crate) fn scripts(&self) -> &[Source<'f>] {
        &self.scripts
    }

    /// The files, sorted by path.
    pub(crate) fn sources(&self) -> &[Source<'f>] {
        &self.sources
    }

    /// Every manifest, by path and place; the items of a `List` instead of the list. Kustomizations are among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.sources.iter().flat_map(Source::manifests)
    }

    /// The manifests of one group and kind, of any version: `of("argoproj.io", "Application")`.
    pub(crate) fn of<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = Manifest<'a>> {
        self.iter().filter(move |manifest| manifest.is(group, kind))
    }

    /// The kustomizations and components, whether or not they say what they are.
    pub(crate) fn kustomizations(&self) -> impl Iterator<Item = Manifest<'_>> {
        let sources = self.sources.iter().filter(|source| is_kustomization(source.path));
        sources.flat_map(|source| source.roots().map(move |root| Manifest::new(source, root)))
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
    pub(crate) fn identity(self) -> Option<Identity> {
        Some(Identity {
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

/// The scripts among `files` that any of `sources` makes a `ConfigMap` of.
fn scripts<'f>(files: &'f Files, sources: &[Source<'f>]) -> Vec<Source<'f>> {
    let kustomizations = sources.iter().filter(|source| is_kustomization(source.path));
    let named: BTreeSet<String> = kustomizations.flat_map(Source::generated).collect();
    let scripts = named.iter().filter(|path| has_script_name(path));
    scripts.filter_map(|path| files.entry(path)).map(|(path, text)| Source::plain(path, text)).collect()
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
