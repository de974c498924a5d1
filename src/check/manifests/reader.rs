//! Which of the files are read: what is called like a manifest, and what a kustomization or an Application names.

use std::collections::{BTreeMap, BTreeSet};

use super::directories::{Directories, directories};
use super::{Manifest, Manifests};
use crate::check::files::{self, FileContent, Files, has_yaml_name, is_json};
use crate::check::mentions::may_mention;
use crate::check::model::lookup::is_below;
use crate::check::parallel;
use crate::check::report::SkippedFile;
use crate::check::source::{PatchUse, Source, is_called_patch};
use crate::yaml::node::{Document, Node};
use crate::yaml::{KUSTOMIZATIONS, is_kustomization};

/// Why a file with test data is not checked.
pub(crate) const IS_TEST_DATA: &str = "test data";

const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Folders of files that are not YAML yet, and the files that mark them.
const TEMPLATES: [(&str, &str); 2] = [("templates", "Chart.yaml"), ("files", "scaffold.yaml")];

/// Folders with the data of tests. The tools of Go ignore `testdata`, and much of such data is wrong on purpose.
const TEST_DATA: [&str; 8] = [
    "__fixtures__",
    "__snapshot__",
    "__snapshots__",
    "fixtures",
    "golden",
    "test-data",
    "test_data",
    "testdata",
];

pub(super) struct ManifestReader<'f, 'k> {
    files: &'f Files,
    /// Another revision, which may have parsed the same.
    known: Option<&'k Manifests<'f>>,
    sources: BTreeMap<&'f str, Source<'f>>,
    /// Files in a folder of templates or of test data that nothing outside such folders names.
    set_aside: BTreeSet<&'f str>,
    /// What kustomizations build from: files and folders.
    resources: BTreeSet<String>,
    patches: BTreeSet<String>,
    targeted: BTreeSet<String>,
    /// Files that comments in kustomizations name: entries that are switched off.
    switched_off: BTreeSet<String>,
    /// Folders with resources that the patches of a kustomization may complete, also with those that it does not list yet.
    completed: BTreeSet<String>,
    /// Files that links with a name of YAML lead to.
    linked: BTreeSet<&'f str>,
    directories: Directories,
}

impl<'f, 'k> ManifestReader<'f, 'k> {
    pub(super) fn of(files: &'f Files, known: Option<&'k Manifests<'f>>) -> Self {
        let linked =
            files.links().filter(|(link, _)| has_yaml_name(link)).map(|(_, target)| target).collect();
        let mut reader = Self {
            files,
            known,
            sources: BTreeMap::new(),
            set_aside: BTreeSet::new(),
            resources: BTreeSet::new(),
            patches: BTreeSet::new(),
            targeted: BTreeSet::new(),
            switched_off: BTreeSet::new(),
            completed: BTreeSet::new(),
            linked,
            directories: Directories::default(),
        };
        let paths = files.iter().map(|(path, _)| path);
        let is_set_aside = |path: &&str| marker(path, files).is_some() || test_data(path, files).is_some();
        let (set_aside, others): (Vec<_>, Vec<_>) = paths.partition(is_set_aside);
        reader.set_aside = set_aside.into_iter().collect();
        reader.kustomizations(others.iter().copied().filter(|path| is_kustomization(path)).collect());
        reader.read(others.into_iter().filter(|path| !is_kustomization(path)).collect());
        reader.applications();
        reader
    }

    /// Returns the files with manifests, sorted by path, and those that are skipped.
    pub(super) fn finish(mut self) -> (Vec<Source<'f>>, Vec<SkippedFile>) {
        self.mark_unused_patches();
        self.mark_parts_of_policies();
        self.mark_packages();
        let tests = self.leave_out_tests();
        let is_template = |source: &Source<'f>| source.is_template() || self.is_named_template(source);
        let names: BTreeSet<&str> =
            self.sources.values().filter(|source| is_template(source)).map(|source| source.path).collect();
        let (rendered, sources): (Vec<_>, Vec<_>) =
            self.sources.into_values().partition(|source| names.contains(source.path));
        let mut skipped = self.files.skipped().to_vec();
        let skip = |path: &str, why| SkippedFile { path: path.to_owned(), why };
        let set_aside = self.set_aside.iter().filter(|path| has_yaml_name(path) || is_kustomization(path));
        skipped.extend(set_aside.filter_map(|path| {
            if marker(path, self.files).is_some() {
                return Some(skip(path, "a template"));
            }
            let holds = match self.files.get(path)? {
                FileContent::Bytes(bytes) => is_kustomization(path) || may_mention(bytes, "apiVersion"),
                _ => false,
            };
            holds.then(|| skip(path, IS_TEST_DATA))
        }));
        skipped.extend(tests.into_iter().map(|path| skip(path, "for a test")));
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
                if source.has_patches() {
                    let listed = source.resources().chain(source.commented_files()).map(resolved);
                    let files = listed.filter(|path| has_yaml_name(path));
                    self.completed.extend(files.map(|path| files::split(&path).0.to_owned()));
                }
            }
            self.add(new);
            let set_aside = self.set_aside.iter().copied();
            pending = set_aside
                .filter(|path| is_kustomization(path) && self.resources.contains(files::split(path).0))
                .collect();
            self.set_aside.retain(|path| !pending.contains(path));
        }
        let named: Vec<_> = self.set_aside.iter().copied().filter(|path| self.is_named(path)).collect();
        self.set_aside.retain(|path| !named.contains(path));
        self.read(named);
    }

    fn read(&mut self, paths: Vec<&'f str>) {
        let paths: Vec<_> = paths.into_iter().filter(|path| !self.sources.contains_key(path)).collect();
        let new = self.parse(&paths);
        self.add(new);
    }

    /// Reads what Applications name in folders that are set aside, or whatever it is called.
    fn applications(&mut self) {
        let named = self.sources.values().flat_map(Source::manifests).flat_map(directories);
        let is_chart = |folder: &str| {
            let has = |name| files::join(folder, name).is_some_and(|path| self.files.contains(&path));
            has("Chart.yaml") && !KUSTOMIZATIONS.iter().any(|name| has(name))
        };
        let named = named.map(|directory| directory.resolved(self.files));
        self.directories = Directories::of(named.filter(|directory| !is_chart(directory.folder())));
        let is_kustomization_of_one =
            |path: &str| is_kustomization(path) && self.directories.contain(files::split(path).0);
        let holds = |path: &str| self.directories.hold(path) || is_kustomization_of_one(path);
        let paths = self.files.iter().map(|(path, _)| path);
        let paths: Vec<_> = if self.directories.have_any_name() {
            paths.filter(|path| !self.sources.contains_key(path) && holds(path)).collect()
        } else {
            self.set_aside.iter().copied().filter(|path| holds(path)).collect()
        };
        self.set_aside.retain(|path| !paths.contains(path));
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
                || self.directories.hold(path);
            if !is_read && !is_kustomization(path) {
                return None;
            }
            let known = self.known.and_then(|known| known.stored(path));
            let source = Source::read(path, self.files.get(path)?, is_expected, known)?;
            Some(Source {
                is_patch: self.patches.contains(*path) && !self.resources.contains(*path),
                patch_use: if self.targeted.contains(*path) && !self.resources.contains(*path) {
                    PatchUse::Targeted
                } else {
                    PatchUse::Plain
                },
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
        let mut inputs = self.inputs_of_policy_tests();
        inputs.extend(self.inputs_of_go_tests().into_iter().map(str::to_owned));
        let Self { sources, resources, patches, directories, .. } = self;
        let mut left_out = Vec::new();
        sources.retain(|path, _| {
            let is_read = resources.contains(*path)
                || patches.contains(*path)
                || is_kustomization(path)
                || directories.hold(path);
            let is_kept = is_read
                || !tests.contains(path)
                    && !folders.iter().any(|folder| is_below(path, folder))
                    && !inputs.iter().any(|input| is_below(path, input));
            left_out.extend((!is_kept).then_some(*path));
            is_kept
        });
        left_out
    }

    /// Returns the files and folders that tests of Kyverno and Gatekeeper judge: some are wrong on purpose. The policies beside
    /// them are not among them.
    fn inputs_of_policy_tests(&self) -> BTreeSet<String> {
        const FIELDS: [&str; 4] = ["inventory", "object", "resource", "resources"];
        let suites =
            self.sources.values().filter(|it| it.manifests().any(|manifest| is_policy_test(&manifest)));
        let mut inputs = BTreeSet::new();
        let mut add = |source: &Source<'_>| {
            let folder = files::split(source.path).0;
            for (key, value) in source.documents.iter().flat_map(Document::nodes).flat_map(Node::entries) {
                if FIELDS.contains(&key.text()) {
                    let paths = value.items().chain([value]).filter_map(Node::as_str);
                    let paths = paths.filter(|path| has_yaml_name(path) || path.contains('/'));
                    inputs.extend(paths.filter_map(|path| files::join(folder, path)));
                }
            }
        };
        suites.for_each(&mut add);
        // Older ones are no manifests.
        let paths = self.files.iter().map(|(path, _)| path);
        let older: Vec<_> = paths.filter(|path| files::split(path).1 == "kyverno-test.yaml").collect();
        for path in older.iter().filter(|path| !self.sources.contains_key(**path)) {
            if let Some(text) = self.files.text(path) {
                add(&Source::of_text(path, text));
            }
        }
        let folders = older.into_iter().map(|path| files::split(path).0);
        inputs.extend(folders.flat_map(|folder| self.beside_policies(folder)).map(str::to_owned));
        inputs
    }

    /// Returns the files with custom resources of this repository near tests in Go, which read them: some state only what
    /// the test needs.
    fn inputs_of_go_tests(&self) -> Vec<&'f str> {
        const LEVELS: usize = 3;
        let paths = self.files.iter().map(|(path, _)| path);
        let folders: BTreeSet<&str> = paths
            .filter(|path| path.ends_with("_test.go"))
            .map(|path| files::split(path).0)
            .filter(|folder| !folder.is_empty())
            .collect();
        if folders.is_empty() {
            return Vec::new();
        }
        let definitions = self.sources.values().flat_map(Source::manifests);
        let groups: BTreeSet<&str> = definitions
            .filter(|manifest| manifest.is("apiextensions.k8s.io", "CustomResourceDefinition"))
            .filter_map(|manifest| manifest.root().str_at(&["spec", "group"]))
            .collect();
        let is_near = |path: &str| {
            let mut folder = files::split(path).0;
            let is_beside = (0..LEVELS).any(|_| {
                let is_one = folders.contains(folder);
                folder = files::split(folder).0;
                is_one
            });
            let mut ends = path.match_indices('/').map(|(at, _)| &path[..at]);
            let suite = ends.find(|folder| ["e2e", "test", "tests"].contains(&files::split(folder).1));
            is_beside || suite.is_some_and(|suite| folders.iter().any(|folder| is_below(folder, suite)))
        };
        let is_own = |source: &Source<'_>| {
            let mut manifests = source.manifests().peekable();
            manifests.peek().is_some() && manifests.all(|manifest| groups.contains(manifest.group()))
        };
        let inputs = self.sources.values().filter(|source| is_near(source.path) && is_own(source));
        inputs.map(|source| source.path).collect()
    }

    /// Returns what else is in a folder with policies of Kyverno and a test of them: objects to try the policies with.
    fn beside_policies(&self, folder: &str) -> Vec<&'f str> {
        let is_policy = |source: &Source<'_>| {
            source
                .manifests()
                .any(|manifest| ["kyverno.io", "policies.kyverno.io"].contains(&manifest.group()))
        };
        let inside = self.sources.values().filter(|source| files::split(source.path).0 == folder);
        let (policies, others): (Vec<_>, Vec<_>) = inside.partition(|source| is_policy(source));
        if policies.is_empty() { Vec::new() } else { others.into_iter().map(|source| source.path).collect() }
    }

    /// Scaffolds of operators and charts leave patches that no kustomization applies: in a folder `patches`, in entries
    /// that are comments, and in files called so beside a kustomization. Nothing reads them.
    fn mark_unused_patches(&mut self) {
        let kustomizations: BTreeSet<&str> =
            self.sources.keys().copied().filter(|path| is_kustomization(path)).collect();
        let folders: BTreeSet<&str> = kustomizations.iter().map(|path| files::split(path).0).collect();
        let Self { sources, resources, patches, switched_off, completed, directories, .. } = self;
        for (path, source) in sources {
            let (folder, _) = files::split(path);
            let is_one = switched_off.contains(*path)
                || folder.split('/').any(|part| part == "patches")
                || is_called_patch(path) && folders.contains(folder);
            let is_used = resources.contains(*path) || directories.hold(path);
            source.is_loose = !is_used && !source.is_expected;
            source.is_patch |= is_one && !is_used
                || source.is_loose && !is_kustomization(path) && completed.contains(folder);
            if is_one && !is_used && !patches.contains(*path) {
                source.patch_use = PatchUse::Unused;
            }
        }
    }

    /// A `PolicyGenerator`, a plugin of kustomize, wraps objects into policies, which may state only some of their fields.
    fn mark_parts_of_policies(&mut self) {
        let is_generator =
            |manifest: &Manifest<'_>| manifest.is("policy.open-cluster-management.io", "PolicyGenerator");
        let mut parts = BTreeSet::new();
        for generator in self.sources.values().flat_map(Source::manifests).filter(is_generator) {
            let content = generator.content();
            let policies = content.items_at(&["policies"]).iter();
            let manifests = policies.flat_map(|policy| policy.items_at(&["manifests"]));
            let paths = manifests.filter_map(|manifest| manifest.str_at(&["path"]));
            parts.extend(paths.filter_map(|path| files::join(generator.folder(), path)));
        }
        let Self { sources, resources, directories, .. } = self;
        for (path, source) in sources {
            let is_used = resources.contains(*path) || directories.hold(path);
            if !is_used && parts.iter().any(|part| is_below(path, part)) {
                source.is_patch = true;
                source.patch_use = PatchUse::Unused;
            }
        }
    }

    /// Crossplane completes the objects of a package when it installs them: the Service of a webhook, for example.
    fn mark_packages(&mut self) {
        let is_package = |source: &&Source<'_>| {
            source.manifests().any(|manifest| manifest.group() == "meta.pkg.crossplane.io")
        };
        let packages: BTreeSet<&str> =
            self.sources.values().filter(is_package).map(|source| files::split(source.path).0).collect();
        let Self { sources, resources, directories, .. } = self;
        for (path, source) in sources {
            let is_used = resources.contains(*path) || directories.hold(path);
            if !is_used && packages.iter().any(|package| is_below(path, package)) {
                source.is_patch = true;
            }
        }
    }

    /// Whether the file is called a template, and nothing builds from it. The templates of Tekton and Argo, which a
    /// cluster gets, may be called so too.
    fn is_named_template(&self, source: &Source<'_>) -> bool {
        const NAMES: [&str; 10] =
            ["erb", "ftl", "gotmpl", "hbs", "j2", "jinja", "mustache", "template", "tmpl", "tpl"];
        let name = files::split(source.path).1;
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let is_called = NAMES.contains(&stem.rsplit('.').next().unwrap_or_default());
        is_called
            && !source.is_expected
            && !self.directories.hold(source.path)
            && !source.manifests().any(|manifest| manifest.kind().ends_with("Template"))
    }

    fn is_named(&self, path: &str) -> bool {
        self.resources.contains(path) || self.patches.contains(path)
    }
}

/// Whether a file or folder is called after chainsaw: `.chainsaw-test`, `chainsaw-assert-crd.yaml`.
fn is_of_chainsaw(name: &str) -> bool {
    name.split(['.', '-', '_']).find(|word| !word.is_empty()) == Some("chainsaw")
}

/// Whether chainsaw or kuttl runs the file, or compares a cluster with it.
fn is_test(source: &Source<'_>) -> bool {
    let (folder, name) = files::split(source.path);
    if is_of_chainsaw(name) || folder.split('/').any(is_of_chainsaw) {
        return true;
    }
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

/// Whether the manifest says what Kyverno or Gatekeeper has to find in files.
fn is_policy_test(manifest: &Manifest<'_>) -> bool {
    manifest.is("cli.kyverno.io", "Test") || manifest.is("test.gatekeeper.sh", "Suite")
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

/// Returns the folder of test data around `path`; `None` if the user asked for something in it.
pub(crate) fn test_data<'p>(path: &'p str, files: &Files) -> Option<&'p str> {
    let mut ends = path.match_indices('/').map(|(at, _)| &path[..at]);
    let is_one = |name: &str| TEST_DATA.iter().any(|known| known.eq_ignore_ascii_case(name));
    let mut in_folder = || ends.find(|folder| is_one(files::split(folder).1));
    // A test reads the file, or compares its result with it.
    let (folder, name) = files::split(path);
    let is_result = name.split(['.', '-', '_']).any(|word| matches!(word, "expected" | "golden"));
    let folder = if is_result || name.starts_with("test_") { Some(folder) } else { in_folder() }?;
    (!files.is_expected(path) && (folder.is_empty() || !files.has_root_in(folder))).then_some(folder)
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
