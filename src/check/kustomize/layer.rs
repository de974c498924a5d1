//! One kustomization after the other: what each takes from others, and what it makes of that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::Object;
use super::{BuildNotes, EntryMatch, RenderedObjects, SkippedPart, edit, generate, patches};
use crate::check::files;
use crate::check::finding::Finding;
use crate::check::manifests::{Manifest, Manifests};
use crate::check::registry::{TN022, TN023};
use crate::check::rendered_value::Location;
use crate::check::source::Source;
use crate::yaml::ResourceId;
use crate::yaml::node::Node;

/// So many kustomizations refer to each other in a row, at most.
const MAX_DEPTH: usize = 40;

/// What is taken over by kustomizations, in objects and parts of large ones, before the rest is left out: what each
/// takes twice grows beyond any memory.
const MAX_WORK: usize = 200_000;

const TOO_LARGE: &str = "this build is too large to be looked into any further";

/// Fields whose content is not looked into, and what each is.
const NOT_DONE: [(&str, &str); 10] = [
    ("configurations", "other field specifications"),
    ("crds", "schemas of resources"),
    ("generators", "generators"),
    ("helmChartInflationGenerator", "Helm charts"),
    ("helmCharts", "Helm charts"),
    ("openapi", "schemas of resources"),
    ("replacements", "replacements"),
    ("transformers", "transformers"),
    ("validators", "validators"),
    ("vars", "variables"),
];

/// Builds folders; what several of them share is built once.
#[derive(Debug)]
pub struct Builder<'a> {
    manifests: &'a Manifests<'a>,
    kustomizations: BTreeMap<&'a str, Manifest<'a>>,
    done: BTreeMap<String, Arc<RenderedObjects<'a>>>,
    open: Vec<String>,
    work: usize,
    pub(super) notes: BuildNotes<'a>,
}

/// A kustomization that is being built.
pub(super) struct Layer<'a> {
    pub(crate) kustomization: Manifest<'a>,
    pub(crate) rendered: RenderedObjects<'a>,
    pub(crate) notes: BuildNotes<'a>,
    known: BTreeMap<ResourceId, Location<'a>>,
}

impl<'a> Builder<'a> {
    /// For the folders of `manifests`.
    pub fn new(manifests: &'a Manifests<'a>) -> Self {
        let mut kustomizations = BTreeMap::new();
        for kustomization in manifests.kustomizations() {
            kustomizations.entry(kustomization.folder()).or_insert(kustomization);
        }
        Self {
            manifests,
            kustomizations,
            done: BTreeMap::new(),
            open: Vec::new(),
            work: 0,
            notes: BuildNotes::default(),
        }
    }

    /// The kustomizations, by their folder.
    pub(crate) fn kustomizations(&self) -> &BTreeMap<&'a str, Manifest<'a>> {
        &self.kustomizations
    }

    /// Whether `folder` was built, by itself or for another.
    pub(crate) fn has_built(&self, folder: &str) -> bool {
        self.done.contains_key(folder)
    }

    /// What is to be said of everything that was built so far.
    pub fn notes(&self) -> &BuildNotes<'a> {
        &self.notes
    }

    /// What `folder` gives, by its kustomization or without.
    pub fn build(&mut self, folder: &str) -> RenderedObjects<'a> {
        let mut rendered = match self.kustomizations.get(folder) {
            Some(_) => Arc::unwrap_or_clone(self.folder(folder)),
            None => self.plain(folder, false),
        };
        rendered.objects.retain(|object| !is_for_tools(object));
        rendered
    }

    /// The objects of the files in `folder`, and below it where it `is_deep`, as Argo CD finds them.
    pub(crate) fn plain(&mut self, folder: &str, is_deep: bool) -> RenderedObjects<'a> {
        let mut rendered = RenderedObjects::default();
        let mut known = BTreeMap::new();
        for source in self.manifests.sources() {
            let Some(rest) = below(source.path, folder) else { continue };
            if is_deep || !rest.contains('/') {
                rendered.is_partial |= !is_sound(source);
                let objects = source.manifests().filter_map(Object::of);
                add((&mut rendered, &mut self.notes), &mut known, objects, None);
            }
        }
        rendered
    }

    fn folder(&mut self, folder: &str) -> Arc<RenderedObjects<'a>> {
        if let Some(done) = self.done.get(folder) {
            return Arc::clone(done);
        }
        let Some(&kustomization) = self.kustomizations.get(folder) else { return Arc::default() };
        let mut layer = Layer {
            kustomization,
            rendered: RenderedObjects::default(),
            notes: BuildNotes::default(),
            known: BTreeMap::new(),
        };
        self.fill(&mut layer, folder);
        self.notes.add(layer.notes);
        let built = Arc::new(layer.rendered);
        self.done.insert(folder.to_owned(), Arc::clone(&built));
        built
    }

    /// Does everything that the layer's kustomization says.
    fn fill(&mut self, layer: &mut Layer<'a>, folder: &str) {
        self.open.push(folder.to_owned());
        self.resources(layer, folder);
        layer.note_what_is_not_done();
        generate::run(layer, self.manifests);
        self.components(layer, folder);
        patches::apply(layer, self.manifests, "patchesStrategicMerge");
        patches::apply(layer, self.manifests, "patches");
        edit::names_and_labels(layer);
        patches::apply(layer, self.manifests, "patchesJson6902");
        edit::replicas(layer);
        edit::images(layer);
        self.open.pop();
    }

    fn resources(&mut self, layer: &mut Layer<'a>, folder: &str) {
        for (field, entry) in layer.entries(&["resources", "bases"]) {
            let Some(path) = layer.local(folder, entry, field) else { continue };
            let location = layer.location(entry);
            if let Some(source) = self.manifests.source(&path) {
                self.work += 1;
                layer.rendered.is_partial |= !is_sound(source);
                let objects = source.manifests().filter_map(Object::of);
                add((&mut layer.rendered, &mut layer.notes), &mut layer.known, objects, Some(location));
            } else if self.may_enter(layer, &path, location) {
                let built = self.folder(&path);
                let work = 1 + built.objects.iter().map(Object::weight).sum::<usize>();
                if self.work + work > MAX_WORK {
                    layer.skip(location, TOO_LARGE.to_owned());
                    continue;
                }
                self.work += work;
                layer.take(&built, location);
            }
        }
    }

    fn components(&mut self, layer: &mut Layer<'a>, folder: &str) {
        for (field, entry) in layer.entries(&["components"]) {
            let Some(path) = layer.local(folder, entry, field) else { continue };
            let location = layer.location(entry);
            if self.may_enter(layer, &path, location) {
                let component = self.kustomizations[&*path];
                self.work += layer.rendered.objects.len() + 1;
                // It works on what there is so far.
                let outer = std::mem::replace(&mut layer.kustomization, component);
                layer.learn_names();
                self.fill(layer, &path);
                layer.kustomization = outer;
            }
        }
    }

    /// Whether the kustomization in `path` can be built now; says so where it cannot.
    fn may_enter(&mut self, layer: &mut Layer<'a>, path: &str, location: Location<'a>) -> bool {
        if self.open.iter().any(|open| open == path) {
            let message =
                format!("`{path}` is already being built here: kustomizations go round in a circle");
            layer.notes.findings.push(location.finding(&TN023, message).hint("remove one of the references"));
            layer.rendered.is_partial = true;
            return false;
        }
        if self.open.len() >= MAX_DEPTH || self.work >= MAX_WORK {
            layer.skip(location, TOO_LARGE.to_owned());
            return false;
        }
        let is_there = self.kustomizations.contains_key(path);
        layer.rendered.is_partial |= !is_there;
        is_there
    }
}

impl BuildNotes<'_> {
    fn add(&mut self, more: Self) {
        self.skipped.extend(more.skipped);
        self.findings.extend(more.findings);
        self.matches.extend(more.matches);
        self.patched.extend(more.patched);
    }
}

impl<'a> Layer<'a> {
    /// The root of the kustomization.
    pub(crate) fn root(&self) -> Node<'a> {
        self.kustomization.root()
    }

    /// The folder of the kustomization.
    pub(crate) fn folder(&self) -> &'a str {
        self.kustomization.folder()
    }

    /// The place of a node of the kustomization.
    pub(crate) fn location(&self, node: Node<'_>) -> Location<'a> {
        Location::of(self.kustomization.source(), node)
    }

    /// The items of the kustomization's lists `fields`, each with its field.
    pub(crate) fn entries(&self, fields: &[&'static str]) -> Vec<(&'static str, Node<'a>)> {
        let root = self.root();
        fields.iter().flat_map(|&field| root.items_at(&[field]).map(move |entry| (field, entry))).collect()
    }

    /// The file of the tree that `path`, written in the kustomization, means.
    pub(crate) fn file(&self, path: &str) -> Option<String> {
        files::join(self.folder(), path)
    }

    pub(crate) fn skip(&mut self, location: Location<'a>, what: String) {
        self.rendered.is_partial = true;
        self.notes.skipped.push(SkippedPart { location, what });
    }

    /// Notes whether what an entry is for is there. What is not known may be what it is for.
    pub(crate) fn note_match(&mut self, is_met: bool, location: Location<'a>, finding: Finding) {
        if self.rendered.is_whole() {
            self.notes.matches.push(EntryMatch { location, is_met, finding });
        }
    }

    /// Adds an object that the kustomization itself makes.
    pub(crate) fn add(&mut self, object: Object<'a>) {
        add((&mut self.rendered, &mut self.notes), &mut self.known, [object], None);
    }

    /// The path of the tree that `entry` means; remote ones are noted.
    fn local(&mut self, folder: &str, entry: Node<'a>, field: &str) -> Option<String> {
        let text = entry.text();
        if is_remote(text) {
            let location = self.location(entry);
            self.skip(location, format!("`{text}` in `{field}` is not in this repository"));
            return None;
        }
        let path = files::join(folder, text);
        self.rendered.is_partial |= path.is_none();
        path
    }

    fn note_what_is_not_done(&mut self) {
        for (field, what) in NOT_DONE {
            let entry =
                self.root().entry(field).filter(|(_, value)| value.items().len() > 0 || value.is_mapping());
            if let Some((key, _)) = entry {
                let location = self.location(key);
                self.skip(location, format!("`{field}`: {what} are not looked into"));
            }
        }
    }

    /// Takes over what another kustomization gives.
    fn take(&mut self, built: &RenderedObjects<'a>, location: Location<'a>) {
        self.rendered.is_partial |= built.is_partial;
        self.rendered.removed.extend(built.removed.iter().cloned());
        add(
            (&mut self.rendered, &mut self.notes),
            &mut self.known,
            built.objects.iter().cloned(),
            Some(location),
        );
    }

    fn learn_names(&mut self) {
        let objects = self.rendered.objects.iter();
        self.known = objects.map(|object| (object.identity(), object.name_location())).collect();
    }
}

/// Adds objects that `entry` brings in; says so where there is one already.
fn add<'a>(
    (rendered, notes): (&mut RenderedObjects<'a>, &mut BuildNotes<'a>),
    known: &mut BTreeMap<ResourceId, Location<'a>>,
    objects: impl IntoIterator<Item = Object<'a>>,
    entry: Option<Location<'a>>,
) {
    for object in objects {
        let (identity, location) = (object.identity(), object.name_location());
        let Some(first) = known.get(&identity) else {
            known.insert(identity, location);
            rendered.objects.push(object);
            continue;
        };
        let hint = "leave one of them out of the build";
        if first.key() == location.key() {
            // The whole file comes twice: the entry is to blame.
            let message = format!("{identity} is already in this build");
            notes.findings.push(entry.unwrap_or(location).finding(&TN022, message).hint(hint));
        } else if first.path() != location.path() {
            let message = format!("{identity} is already in this build, from `{}`", first);
            notes.findings.push(location.finding(&TN022, message).hint(hint));
        }
    }
}

/// Whether kustomize keeps the object to itself.
fn is_for_tools(object: &Object<'_>) -> bool {
    let mark = object.annotation("config.kubernetes.io/local-config");
    mark.is_some_and(|value| value.text() != "false")
}

/// `path` as seen from `folder`, where it is below it.
pub(super) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

fn is_sound(source: &Source<'_>) -> bool {
    source.errors.is_empty() && source.unreadable.is_none()
}

/// Whether kustomize would fetch what `entry` names.
pub fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.contains('@') || entry.starts_with("github.com/")
}
