//! The manifests among the files, read once for all rules.
//!
//! A repository also holds YAML that is not for Kubernetes (values, CI pipelines, compose files) and templates that
//! are not YAML yet. A file counts as manifests for its name (a kustomization), for its content, or because a
//! kustomization names it.

mod directories;
mod reader;

use std::collections::BTreeSet;

use super::files::{Files, is_script};
use super::rendered_value::RenderedValue;
use super::report::SkippedFile;
pub use super::source::Manifest;
use super::source::Source;
use crate::yaml::is_kustomization;
use reader::ManifestReader;

pub(crate) use directories::directories;
pub(crate) use reader::{IS_TEST_DATA, marker, test_data};

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
        Self::from_reader(files, ManifestReader::of(files, None))
    }

    /// Reads the manifests among `files`, which are another revision of those of `known`: only what differs is parsed.
    pub(crate) fn read_beside(files: &'f Files, known: &Self) -> Self {
        Self::from_reader(files, ManifestReader::of(files, Some(known)))
    }

    fn from_reader(files: &'f Files, reader: ManifestReader<'f, '_>) -> Self {
        let (sources, skipped) = reader.finish();
        let scripts = scripts(files, &sources);
        Self { files, sources, scripts, skipped }
    }

    /// Every document that is not empty, as written.
    pub fn documents(&self) -> impl Iterator<Item = RenderedValue<'_>> {
        let of_source = |source| Source::roots(source).map(move |root| RenderedValue::of(source, root));
        self.sources.iter().flat_map(of_source)
    }

    /// Files that may contain manifests and are not checked, sorted by path.
    pub(crate) fn skipped(&self) -> &[SkippedFile] {
        &self.skipped
    }

    pub(crate) fn files(&self) -> &'f Files {
        self.files
    }

    /// Returns the file `path`, if it contains manifests or patches.
    pub(crate) fn source(&self, path: &str) -> Option<&Source<'f>> {
        self.stored(&self.files.resolve(path))
    }

    /// Returns the file at `path` itself, which must not be behind a link.
    fn stored(&self, path: &str) -> Option<&Source<'f>> {
        let at = self.sources.binary_search_by_key(&path, |source| source.path).ok()?;
        self.sources.get(at)
    }

    /// Returns the file `path` as included in a `ConfigMap`: a script, or manifests.
    pub(crate) fn generated_from(&self, path: &str) -> Option<&Source<'f>> {
        let resolved = &*self.files.resolve(path);
        let script = self.scripts.binary_search_by_key(&resolved, |script| script.path).ok();
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
    let named = kustomizations.flat_map(Source::generated).map(|path| files.resolve(&path).into_owned());
    let named: BTreeSet<String> = named.collect();
    let texts = named.iter().filter_map(|path| files.entry(path));
    texts.filter(|(path, text)| is_script(path, text)).map(|(path, text)| Source::plain(path, text)).collect()
}
