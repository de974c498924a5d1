//! Which of the files are read: what is called like a manifest, and what a kustomization or an Application names.

use std::collections::{BTreeMap, BTreeSet};

use super::directories::{Directory, directories};
use crate::check::files::{self, FileContent, Files, has_yaml_name, is_json};
use crate::check::model::lookup::is_below;
use crate::check::parallel;
use crate::check::report::SkippedFile;
use crate::check::source::Source;
use crate::yaml::{KUSTOMIZATIONS, is_kustomization};

const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Folders of files that are not YAML yet, and the files that mark them.
const TEMPLATES: [(&str, &str); 2] = [("templates", "Chart.yaml"), ("files", "scaffold.yaml")];

pub(super) struct ManifestReader<'f> {
    files: &'f Files,
    sources: BTreeMap<&'f str, Source<'f>>,
    /// Files in a folder of templates that nothing names.
    templates: BTreeSet<&'f str>,
    /// What kustomizations build from: files and folders.
    resources: BTreeSet<String>,
    patches: BTreeSet<String>,
    targeted: BTreeSet<String>,
    /// Files that comments in kustomizations name: entries that are switched off.
    switched_off: BTreeSet<String>,
    /// Files that links with a name of YAML lead to.
    linked: BTreeSet<&'f str>,
    directories: Vec<Directory>,
}

impl<'f> ManifestReader<'f> {
    pub(super) fn of(files: &'f Files) -> Self {
        let linked =
            files.links().filter(|(link, _)| has_yaml_name(link)).map(|(_, target)| target).collect();
        let mut reader = Self {
            files,
            sources: BTreeMap::new(),
            templates: BTreeSet::new(),
            resources: BTreeSet::new(),
            patches: BTreeSet::new(),
            targeted: BTreeSet::new(),
            switched_off: BTreeSet::new(),
            linked,
            directories: Vec::new(),
        };
        let paths = files.iter().map(|(path, _)| path);
        let (templates, others): (Vec<_>, Vec<_>) = paths.partition(|path| marker(path, files).is_some());
        reader.templates = templates.into_iter().collect();
        reader.kustomizations(others.iter().copied().filter(|path| is_kustomization(path)).collect());
        reader.read(others.into_iter().filter(|path| !is_kustomization(path)).collect());
        reader.applications();
        reader
    }

    /// Returns the files with manifests, sorted by path, and those that are skipped.
    pub(super) fn finish(mut self) -> (Vec<Source<'f>>, Vec<SkippedFile>) {
        self.mark_unused_patches();
        let tests = self.leave_out_tests();
        let (rendered, sources): (Vec<_>, Vec<_>) = self.sources.into_values().partition(Source::is_template);
        let mut skipped = self.files.skipped().to_vec();
        let skip = |path: &str, why| SkippedFile { path: path.to_owned(), why };
        let templates = self.templates.iter().filter(|path| has_yaml_name(path) || is_kustomization(path));
        skipped.extend(templates.map(|path| skip(path, "a template")));
        skipped.extend(tests.into_iter().map(|path| skip(path, "for a test of chainsaw or kuttl")));
        skipped.extend(rendered.iter().map(|source| skip(source.path, "a template")));
        skipped
            .extend(self.files.iter().filter_map(|(path, content)| Some(skip(path, unread(path, content)?))));
        skipped.sort();
        skipped.dedup();
        skipped
            .retain(|file| sources.binary_search_by_key(&file.path.as_str(), |source| source.path).is_err());
        (sources, skipped)
    }

    /// Reads kustomizations, then those that they name.
    fn kustomizations(&mut self, mut pending: Vec<&'f str>) {
        while !pending.is_empty() {
            let new = self.parse(&pending);
            for source in new.iter().filter(|source| !source.is_template()) {
                let resolved = |path: String| self.files.resolve(&path).into_owned();
                self.resources.extend(source.resources().chain(source.components()).map(resolved));
                self.patches.extend(source.patch_files().map(resolved));
                self.targeted.extend(source.targeted_files().map(resolved));
                self.switched_off.extend(source.commented_files().map(resolved));
            }
            self.add(new);
            let templates = self.templates.iter().copied();
            pending = templates
                .filter(|path| is_kustomization(path) && self.resources.contains(files::split(path).0))
                .collect();
            self.templates.retain(|path| !pending.contains(path));
        }
        let named: Vec<_> = self.templates.iter().copied().filter(|path| self.is_named(path)).collect();
        self.templates.retain(|path| !named.contains(path));
        self.read(named);
    }

    fn read(&mut self, paths: Vec<&'f str>) {
        let paths: Vec<_> = paths.into_iter().filter(|path| !self.sources.contains_key(path)).collect();
        let new = self.parse(&paths);
        self.add(new);
    }

    /// Reads what Applications name in folders of templates, or whatever it is called.
    fn applications(&mut self) {
        let named = self.sources.values().flat_map(Source::manifests).flat_map(directories);
        self.directories = named.map(|directory| directory.resolved(self.files)).collect();
        let is_chart = |folder: &str| {
            let has = |name| files::join(folder, name).is_some_and(|path| self.files.contains(&path));
            has("Chart.yaml") && !KUSTOMIZATIONS.iter().any(|name| has(name))
        };
        self.directories.retain(|directory| !is_chart(directory.folder()));
        let holds = |path: &str| {
            self.directories.iter().any(|directory| {
                directory.holds(path) || is_kustomization(path) && files::split(path).0 == directory.folder()
            })
        };
        let paths = self.files.iter().map(|(path, _)| path);
        let paths: Vec<_> = if self.directories.iter().any(|directory| directory.has_any_name) {
            paths.filter(|path| !self.sources.contains_key(path) && holds(path)).collect()
        } else {
            self.templates.iter().copied().filter(|path| holds(path)).collect()
        };
        self.templates.retain(|path| !paths.contains(path));
        let (first, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_kustomization(path));
        self.kustomizations(first);
        self.read(others);
    }

    fn parse(&self, paths: &[&'f str]) -> Vec<Source<'f>> {
        let threads = parallel::threads_for(paths.len());
        let sources = parallel::map(threads, paths, |path| {
            let is_named = self.is_named(path);
            let is_expected = is_named || self.files.is_expected(path);
            let is_read = is_expected
                || has_yaml_name(path)
                || self.linked.contains(path)
                || self.directories.iter().any(|directory| directory.holds(path));
            if !is_read && !is_kustomization(path) {
                return None;
            }
            let source = Source::read(path, self.files.get(path)?, is_expected)?;
            Some(Source {
                is_patch: self.patches.contains(*path) && !self.resources.contains(*path),
                has_target: self.targeted.contains(*path) && !self.resources.contains(*path),
                ..source
            })
        });
        sources.into_iter().flatten().collect()
    }

    fn add(&mut self, new: Vec<Source<'f>>) {
        self.sources.extend(new.into_iter().map(|source| (source.path, source)));
    }

    /// Removes and returns what only a test runner reads: values in it are expressions, and objects are partial.
    fn leave_out_tests(&mut self) -> Vec<&'f str> {
        let tests: BTreeSet<&str> =
            self.sources.values().filter(|it| is_test(it)).map(|it| it.path).collect();
        let folders: BTreeSet<&str> =
            tests.iter().map(|path| files::split(path).0).filter(|it| !it.is_empty()).collect();
        let Self { sources, resources, patches, directories, .. } = self;
        let mut left_out = Vec::new();
        sources.retain(|path, _| {
            let is_read = resources.contains(*path)
                || patches.contains(*path)
                || is_kustomization(path)
                || directories.iter().any(|directory| directory.holds(path));
            let is_kept =
                is_read || !tests.contains(path) && !folders.iter().any(|folder| is_below(path, folder));
            left_out.extend((!is_kept).then_some(*path));
            is_kept
        });
        left_out
    }

    /// Scaffolds of operators and charts leave patches that no kustomization applies: in a folder `patches`, and in
    /// entries that are comments. Nothing needs them to be whole.
    fn mark_unused_patches(&mut self) {
        let Self { sources, resources, switched_off, directories, .. } = self;
        for (path, source) in sources {
            let is_one =
                switched_off.contains(*path) || files::split(path).0.split('/').any(|part| part == "patches");
            let is_used =
                resources.contains(*path) || directories.iter().any(|directory| directory.holds(path));
            source.is_patch |= is_one && !is_used;
        }
    }

    fn is_named(&self, path: &str) -> bool {
        self.resources.contains(path) || self.patches.contains(path)
    }
}

/// Whether chainsaw or kuttl runs the file, or compares a cluster with it.
fn is_test(source: &Source<'_>) -> bool {
    let (_, name) = files::split(source.path);
    let step = name.split_once('-').filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let is_step = step.is_some_and(|(number, rest)| {
        let rest = rest.trim_end_matches(".yaml").trim_end_matches(".yml");
        !number.is_empty() && (rest.starts_with("assert") || rest.starts_with("errors"))
    });
    is_step
        || source.manifests().any(|manifest| {
            let (group, kind) = (manifest.group(), manifest.kind());
            group == "chainsaw.kyverno.io" && kind == "Test"
                || group == "kuttl.dev" && matches!(kind, "TestStep" | "TestAssert")
        })
}

/// Returns why a file that may contain manifests was not read.
fn unread(path: &str, content: &FileContent) -> Option<&'static str> {
    let is_manifest = has_yaml_name(path) || is_kustomization(path);
    match content {
        // A file of another kind of YAML has a rule for this.
        FileContent::TooLarge(_) if is_json(path) => Some("larger than 50 MiB"),
        FileContent::Bytes(bytes) if is_manifest && bytes.starts_with(LFS_POINTER) => {
            Some("a pointer of Git LFS")
        }
        FileContent::Link if is_manifest => Some("a link that leads nowhere or out of the repository"),
        FileContent::Unread if is_manifest => Some("not a regular file"),
        _ if path.ends_with(".jsonnet") => Some("Jsonnet"),
        _ => None,
    }
}

/// Returns the file that marks the folder of templates around `path`.
pub(crate) fn marker(path: &str, files: &Files) -> Option<String> {
    TEMPLATES.iter().find_map(|(folder, marker)| {
        path.match_indices(&format!("{folder}/")).find_map(|(at, _)| {
            let parent = &path[..at];
            let marker = format!("{parent}{marker}");
            let is_folder = parent.is_empty() || parent.ends_with('/');
            (is_folder && files.contains(&marker)).then_some(marker)
        })
    })
}
