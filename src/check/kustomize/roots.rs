//! The roots of builds: every folder that an Application renders, and every kustomization that no other uses. All
//! other manifests count as rendered from their folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;

use super::application_sets;
use super::edits::{Edits, not_evaluated};
use super::object::Object;
use super::source_files::EffectiveSource;
use super::{BuildNotes, Builder, RenderedObjects, SkippedPart, is_remote};
use crate::check::files::{self, Files};
use crate::check::manifests::{Manifest, Manifests};
use crate::check::rendered_value::{KeyValue, Location, RenderedValue};
use crate::check::source::KUSTOMIZE;
use crate::yaml::node::Node;

#[derive(Debug)]
pub(crate) struct Builds<'a> {
    manifests: &'a Manifests<'a>,
    /// Those of Applications, then kustomizations, then folders, each sorted by path.
    pub(crate) roots: Vec<Root<'a>>,
    pub(crate) notes: BuildNotes<'a>,
    local: BTreeSet<String>,
    /// Repositories of `ApplicationSets` that appear to be the checked one.
    generated: BTreeSet<String>,
    is_whole: bool,
    called: Called,
    /// The places of the roots of each Application, by where it is written.
    of_applications: BTreeMap<(&'a str, usize), Vec<usize>>,
}

/// Objects by kind, then by name, as the index of the root and the index of the object in it.
type Called = HashMap<String, HashMap<String, Vec<(usize, usize)>>>;

/// A folder that is rendered as a whole.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    /// Empty at the top level.
    pub(crate) folder: String,
    pub(crate) origin: RootOrigin<'a>,
    pub(crate) rendered: RenderedObjects<'a>,
}

#[derive(Debug)]
pub(crate) enum RootOrigin<'a> {
    /// An Argo CD Application, and the revision of its source for the folder.
    Application(Manifest<'a>, String),
    /// A kustomization that nothing else uses.
    Kustomization,
    Folder,
}

impl<'a> Root<'a> {
    pub(crate) fn application(&self) -> Option<Manifest<'a>> {
        match self.origin {
            RootOrigin::Application(application, _) => Some(application),
            _ => None,
        }
    }

    /// Returns the revision that its Application renders.
    pub(crate) fn revision(&self) -> Option<&str> {
        match &self.origin {
            RootOrigin::Application(_, revision) => Some(revision),
            _ => None,
        }
    }
}

impl<'a> Builds<'a> {
    pub(crate) fn of(manifests: &'a Manifests<'a>) -> Self {
        Self::by(&mut Builder::new(manifests))
    }

    /// Builds with a new `builder`.
    pub(crate) fn by(builder: &mut Builder<'a>) -> Self {
        let manifests = builder.manifests;
        let written = manifests.of("argoproj.io", "Application");
        let written: Vec<_> = written.map(|application| (application, application.content())).collect();
        let local = local_repositories(manifests, written.iter().map(|(_, content)| content));
        let mut roots = applications(builder, manifests, &written, &local);
        kustomizations(builder, manifests, &mut roots);
        folders(manifests, &mut roots);
        let is_whole = manifests.files().is_whole()
            && roots.iter().all(|root| root.rendered.is_whole() || matches!(root.origin, RootOrigin::Folder));
        let called = index(&roots);
        let of_applications = index_of_applications(&roots);
        let generated = application_sets::repositories(manifests);
        Self {
            manifests,
            roots,
            notes: mem::take(&mut builder.notes),
            local,
            generated,
            is_whole,
            called,
            of_applications,
        }
    }

    pub(crate) fn manifests(&self) -> &'a Manifests<'a> {
        self.manifests
    }

    /// Returns every object with its root. An object shared by several roots appears with each.
    pub(crate) fn objects<'b>(&'b self) -> impl Iterator<Item = (&'b Root<'a>, &'b Object<'a>)> {
        self.roots.iter().flat_map(|root| root.rendered.objects.iter().map(move |object| (root, object)))
    }

    /// Returns what the Application at `location` renders.
    pub(crate) fn of_application<'b>(
        &'b self,
        location: Location<'a>,
    ) -> impl Iterator<Item = &'b Root<'a>> + use<'b, 'a> {
        let places = self.of_applications.get(&location.key()).into_iter().flatten();
        places.map(|&place| &self.roots[place])
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the objects of a group and kind that are or were named `name`, each with its root.
    pub(crate) fn called<'b>(
        &'b self,
        (group, kind): (&str, &str),
        name: &str,
    ) -> impl Iterator<Item = (&'b Root<'a>, &'b Object<'a>)> + use<'b, 'a> {
        let group = group.to_owned();
        let places = self.called.get(kind).and_then(|names| names.get(name)).into_iter().flatten();
        let objects =
            places.map(|&(root, object)| (&self.roots[root], &self.roots[root].rendered.objects[object]));
        objects.filter(move |(_, object)| object.group() == group)
    }

    /// Whether an Application or `ApplicationSet` that names this repository appears to mean the checked one.
    pub(crate) fn is_local_url(&self, url: &str) -> bool {
        let url = repository(url);
        let is_likely = |url: &String| self.local.contains(url) || self.generated.contains(url);
        // Applications cannot outvote what Git knows; a fork has another URL.
        let remotes = self.manifests.files().remotes().iter().map(|remote| repository(remote));
        let mut remotes: Vec<_> = remotes.filter(is_likely).collect();
        remotes.retain(|remote| !remote.is_empty());
        if remotes.is_empty() { is_likely(&url) } else { remotes.contains(&url) }
    }

    /// Whether an Application's `source` appears to be the checked repository.
    pub(crate) fn is_local(&self, source: &RenderedValue<'_>) -> bool {
        is_among(source, &self.local)
    }
}

fn index(roots: &[Root<'_>]) -> Called {
    let mut called = Called::new();
    for (at, root) in roots.iter().enumerate() {
        for (number, object) in root.rendered.objects.iter().enumerate() {
            for name in object.names() {
                let of_kind = match called.get_mut(object.kind()) {
                    Some(of_kind) => of_kind,
                    None => called.entry(object.kind().to_owned()).or_default(),
                };
                let places = of_kind.entry(name.clone()).or_default();
                if places.last() != Some(&(at, number)) {
                    places.push((at, number));
                }
            }
        }
    }
    called
}

fn index_of_applications<'a>(roots: &[Root<'a>]) -> BTreeMap<(&'a str, usize), Vec<usize>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for (place, root) in roots.iter().enumerate() {
        if let Some(application) = root.application() {
            found.entry(application.location().key()).or_default().push(place);
        }
    }
    found
}

fn is_among(source: &RenderedValue<'_>, repositories: &BTreeSet<String>) -> bool {
    source.str_at(&["repoURL"]).is_some_and(|url| repositories.contains(&repository(url)))
}

/// Returns the sources in the `spec` of an Application.
pub(crate) fn sources<'v, 'a>(
    spec: &'v RenderedValue<'a>,
) -> impl Iterator<Item = &'v RenderedValue<'a>> + use<'v, 'a> {
    spec.get("source").into_iter().chain(spec.items_at(&["sources"]))
}

/// Returns the nodes of the sources of an Application, in the order of [`sources`].
fn source_nodes(application: Manifest<'_>) -> impl Iterator<Item = Node<'_>> {
    let spec = application.root().get("spec").into_iter();
    spec.flat_map(|spec| spec.get("source").into_iter().chain(spec.items_at(&["sources"])))
}

/// Returns the revision of a source.
pub(crate) fn revision_of<'v>(source: &'v RenderedValue<'_>) -> &'v str {
    source.str_at(&["targetRevision"]).unwrap_or("HEAD")
}

/// Returns the folder of a source; `None` for a chart, or a path that leaves the repository.
pub(crate) fn folder_of(source: &RenderedValue<'_>) -> Option<String> {
    let path = source.str_at(&["path"]).filter(|_| source.get("chart").is_none())?;
    files::join("", path)
}

/// Returns the likely URLs of the checked repository: of the sources whose folder exists here, those that most have, and
/// those that Git knows.
fn local_repositories<'v, 'a: 'v>(
    manifests: &Manifests<'_>,
    applications: impl Iterator<Item = &'v RenderedValue<'a>>,
) -> BTreeSet<String> {
    let mut votes = BTreeMap::<String, usize>::new();
    for source in applications.filter_map(|application| application.get("spec")).flat_map(sources) {
        let is_there = folder_of(source).is_some_and(|folder| manifests.files().has_folder(&folder));
        if let Some(url) = source.str_at(&["repoURL"]).filter(|_| is_there) {
            *votes.entry(repository(url)).or_default() += 1;
        }
    }
    let most = votes.values().max().copied().unwrap_or_default();
    let remotes: Vec<_> = manifests.files().remotes().iter().map(|url| repository(url)).collect();
    let is_local = |(url, votes): &(String, usize)| *votes == most || remotes.contains(url);
    votes.into_iter().filter(is_local).map(|(url, _)| url).collect()
}

/// Returns host and path of a repository URL, regardless of protocol.
pub(crate) fn repository(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    rest.replacen(':', "/", 1).to_lowercase()
}

fn applications<'a>(
    builder: &mut Builder<'a>,
    manifests: &'a Manifests<'a>,
    written: &[(Manifest<'a>, RenderedValue<'a>)],
    local: &BTreeSet<String>,
) -> Vec<Root<'a>> {
    let mut roots = Vec::new();
    for (application, content) in written {
        let Some(spec) = content.get("spec") else { continue };
        for (source, node) in sources(spec).zip(source_nodes(*application)) {
            let Some(folder) = folder_of(source).filter(|folder| manifests.files().has_folder(folder)) else {
                continue;
            };
            let folder = manifests.files().resolve(&folder).into_owned();
            if is_among(source, local) {
                let name = content.str_at(&["metadata", "name"]).unwrap_or_default();
                let effective = &EffectiveSource::of(manifests.files(), source, &folder, name);
                let rendered =
                    of_application(builder, manifests, (*application, spec), (effective, node), &folder);
                let origin = RootOrigin::Application(*application, revision_of(source).to_owned());
                roots.push(Root { folder, origin, rendered });
            }
        }
    }
    roots.sort_by(|one, other| one.folder.cmp(&other.folder));
    roots
}

fn of_application<'a>(
    builder: &mut Builder<'a>,
    manifests: &'a Manifests<'a>,
    (application, spec): (Manifest<'a>, &RenderedValue<'a>),
    (effective, node): (&EffectiveSource<'_, 'a>, Node<'a>),
    folder: &str,
) -> RenderedObjects<'a> {
    let source = &*effective.value;
    let has_kustomization = builder.kustomizations().contains_key(folder);
    // Argo CD prefers the kustomization.
    let is_chart = !has_kustomization && is_chart(manifests.files(), folder);
    let mut rendered = match (has_kustomization, is_chart) {
        (_, true) => RenderedObjects::default(),
        (true, false) => match Edits::of(effective, application, node) {
            Some(edits) => builder.build_edited(folder, &edits),
            None => builder.build(folder),
        },
        (false, false) => builder.directory(folder, is_recursive(source)),
    };
    let mut skip = |location, what: String| {
        rendered.is_partial = true;
        rendered.has_unseen_changes = true;
        builder.notes.skipped.push(SkippedPart { location, what });
    };
    if let Some(path) = source.get("path").filter(|_| is_chart) {
        skip(path.location(), format!("`{folder}` is a Helm chart, which is not rendered"));
    }
    for (location, field) in not_evaluated(effective, has_kustomization) {
        skip(location, format!("the changes by `{field}` of this source are not evaluated"));
    }
    for filter in directory_filters(source).filter(|_| !has_kustomization) {
        skip(filter.location, format!("`{}` of this source is not evaluated", filter.key));
    }
    if let Some(namespace) = spec.str_at(&["destination", "namespace"]) {
        for object in rendered.objects.iter_mut().filter(|object| !object.is_cluster_wide()) {
            object.namespace.get_or_insert_with(|| namespace.to_owned());
        }
    }
    rendered
}

/// Whether a folder has a Helm chart, which Argo CD renders unless there is a kustomization.
pub(crate) fn is_chart(files: &Files, folder: &str) -> bool {
    files::join(folder, "Chart.yaml").is_some_and(|path| files.contains(&path))
}

/// Whether Argo CD reads the folders of the source's folder as well.
pub(crate) fn is_recursive(source: &RenderedValue<'_>) -> bool {
    source.dig(&["directory", "recurse"]).and_then(RenderedValue::as_bool) == Some(true)
}

/// Returns the settings of a source by which Argo CD reads other files of a folder, if that has no kustomization.
pub(crate) fn directory_filters<'v, 'a>(
    source: &'v RenderedValue<'a>,
) -> impl Iterator<Item = &'v KeyValue<'a>> + use<'v, 'a> {
    let directory = source.get("directory").map_or(&[][..], RenderedValue::entries);
    let is_filter = |key: &str| matches!(key, "include" | "exclude" | "jsonnet");
    let is_set = |value: &RenderedValue<'_>| !value.entries().is_empty() || !value.text().is_empty();
    directory.iter().filter(move |entry| is_filter(&entry.key) && is_set(&entry.value))
}

/// Adds kustomizations that no other one uses, and one of each cycle.
fn kustomizations<'a>(builder: &mut Builder<'a>, manifests: &'a Manifests<'a>, roots: &mut Vec<Root<'a>>) {
    let mut used: BTreeSet<String> = roots.iter().map(|root| root.folder.clone()).collect();
    for kustomization in manifests.kustomizations() {
        let fields = ["resources", "bases", "components"].into_iter();
        let content = kustomization.content();
        let entries = fields.flat_map(|field| content.items_at(&[field]));
        let local = entries.map(RenderedValue::text).filter(|entry| !is_remote(entry));
        let local = local.filter_map(|entry| files::join(kustomization.folder(), entry));
        used.extend(local.map(|path| manifests.files().resolve(&path).into_owned()));
    }
    let all: Vec<_> = builder.kustomizations().values().copied().collect();
    for only_unused in [true, false] {
        for &kustomization in all.iter().filter(|it| it.kind() != "Component") {
            let folder = kustomization.folder();
            if if only_unused { !used.contains(folder) } else { !builder.has_built(folder) } {
                let rendered = builder.build(folder);
                let origin = RootOrigin::Kustomization;
                roots.push(Root { folder: folder.to_owned(), origin, rendered });
            }
        }
    }
}

/// Adds the manifests that are in no other root, by folder.
fn folders<'a>(manifests: &'a Manifests<'a>, roots: &mut Vec<Root<'a>>) {
    let places = roots.iter().flat_map(|root| &root.rendered.objects).map(|object| object.location().key());
    let known: BTreeSet<_> = places.collect();
    let mut loose = BTreeMap::<&str, Vec<Object<'a>>>::new();
    for manifest in manifests.iter().filter(|it| !it.source().is_patch && !it.is_part_of_workload()) {
        let is_kustomize = manifest.group() == KUSTOMIZE;
        let key = (manifest.path(), manifest.root().span().start);
        if !is_kustomize && !known.contains(&key) {
            loose.entry(manifest.folder()).or_default().extend(Object::of(manifest));
        }
    }
    roots.extend(loose.into_iter().map(|(folder, objects)| {
        let rendered = RenderedObjects { objects, is_partial: true, ..RenderedObjects::default() };
        Root { folder: folder.to_owned(), origin: RootOrigin::Folder, rendered }
    }));
}
