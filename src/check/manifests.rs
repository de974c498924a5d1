//! The manifests among the files, read once for all rules.
//!
//! A repository also holds YAML that is not for Kubernetes (values, CI pipelines, compose files) and templates that
//! are not YAML yet. A file counts as manifests for its name (a kustomization), for its content, or because a
//! kustomization names it.

use std::collections::BTreeSet;

use super::files::{Files, has_script_name, has_yaml_name};
use super::parallel;
use super::rendered_value::RenderedValue;
use super::report::SkippedFile;
pub use super::source::Manifest;
use super::source::Source;
use crate::yaml::is_kustomization;

/// Every manifest, patch and script that the rules see.
#[derive(Debug)]
pub struct Manifests<'f> {
    files: &'f Files,
    sources: Vec<Source<'f>>,
    scripts: Vec<Source<'f>>,
    skipped: Vec<SkippedFile>,
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
        let patches: BTreeSet<String> = sound.flat_map(Source::patch_files).collect();
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
            templates.map(|path| SkippedFile { path: path.to_owned(), why: "a template" }).collect();
        skipped.sort();
        Self { files, sources, scripts, skipped }
    }

    /// Every document that is not empty, as written.
    pub fn documents(&self) -> impl Iterator<Item = RenderedValue<'_>> {
        let of_source = |source| Source::roots(source).map(move |root| RenderedValue::of(source, root));
        self.sources.iter().flat_map(of_source)
    }

    /// Templates that may contain manifests once rendered, sorted by path.
    pub(crate) fn skipped(&self) -> &[SkippedFile] {
        &self.skipped
    }

    pub(crate) fn files(&self) -> &'f Files {
        self.files
    }

    /// Returns the file `path`, if it contains manifests or patches.
    pub(crate) fn source(&self, path: &str) -> Option<&Source<'f>> {
        let at = self.sources.binary_search_by_key(&path, |source| source.path).ok()?;
        self.sources.get(at)
    }

    /// Returns the file `path` as included in a `ConfigMap`: a script, or manifests.
    pub(crate) fn generated_from(&self, path: &str) -> Option<&Source<'f>> {
        let script = self.scripts.binary_search_by_key(&path, |script| script.path).ok();
        script.and_then(|at| self.scripts.get(at)).or_else(|| self.source(path))
    }

    /// The shell scripts that kustomizations put into `ConfigMaps`, sorted by path. They have no documents.
    pub(crate) fn scripts(&self) -> &[Source<'f>] {
        &self.scripts
    }

    /// The files, sorted by path.
    pub(crate) fn sources(&self) -> &[Source<'f>] {
        &self.sources
    }

    /// Returns every manifest in file order, including kustomizations, with a `List` replaced by its items.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Manifest<'_>> {
        self.sources.iter().flat_map(Source::manifests)
    }

    /// Returns the manifests of a group and kind in any version: `of("argoproj.io", "Application")`.
    pub(crate) fn of<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = Manifest<'a>> {
        self.iter().filter(move |manifest| manifest.is(group, kind))
    }

    /// Returns the kustomizations and components in files of their names.
    pub(crate) fn kustomizations(&self) -> impl Iterator<Item = Manifest<'_>> {
        let sources = self.sources.iter().filter(|source| is_kustomization(source.path));
        sources.flat_map(Source::kustomizations)
    }
}

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
