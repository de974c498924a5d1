//! Builds folders: takes what each kustomization names, and has its layer changed step by step.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::edits::Edits;
use super::layer::{EARLY, LATE, Layer, add};
use super::object::Object;
use super::unchanged::Unchanged;
use super::{
    BuildNotes, Location, RenderedObjects, generate, patches, replacements, transformers, variables,
};
use crate::check::files::has_yaml_name;
use crate::check::manifests::{Manifest, Manifests};
use crate::check::rule::TN023;
use crate::check::source::Source;

/// Maximum depth of kustomizations that refer to each other.
pub(super) const MAX_DEPTH: usize = 40;

/// Maximum number of objects, and parts of large ones, that builds may copy. If each kustomization includes
/// the previous one several times, the result outgrows any memory.
const MAX_WORK: usize = 200_000;

/// A mark by which Argo CD leaves a file out of a directory.
const NOT_RENDERED: &str = "+argocd:skip-file-rendering";

const TOO_LARGE: &str = "this build is too large to be rendered any further";

/// Builds by folder, and by how it is read.
type Done<'a> = BTreeMap<(String, Reading), Arc<Built<'a>>>;

/// How a folder is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    /// By its kustomization.
    Kustomization,
    /// The files in it, as Argo CD reads a directory.
    Directory,
    /// The same with all folders in it.
    Recursive,
}

#[derive(Debug, Default)]
struct Built<'a> {
    rendered: RenderedObjects<'a>,
    /// On the folder itself, without those on its bases.
    notes: BuildNotes<'a>,
    /// The folders of the kustomizations whose objects it takes.
    bases: Vec<String>,
}

/// Builds folders; what several of them share is built once.
#[derive(Debug)]
pub struct Builder<'a> {
    pub(super) manifests: &'a Manifests<'a>,
    kustomizations: BTreeMap<&'a str, Manifest<'a>>,
    done: Done<'a>,
    /// What another builder has built, and whether a folder of it is the same here.
    shared: Option<(Done<'a>, Unchanged<'a>)>,
    /// The folders being built, outermost first.
    open: Vec<String>,
    work: usize,
    /// Whether something was left out because it is too large.
    is_cut: bool,
    pub(super) notes: BuildNotes<'a>,
}

impl<'a> Builder<'a> {
    /// A builder for the folders of `manifests`.
    pub fn new(manifests: &'a Manifests<'a>) -> Self {
        let mut kustomizations = BTreeMap::new();
        for kustomization in manifests.kustomizations() {
            kustomizations.entry(kustomization.folder()).or_insert(kustomization);
        }
        Self {
            manifests,
            kustomizations,
            done: BTreeMap::new(),
            shared: None,
            open: Vec::new(),
            work: 0,
            is_cut: false,
            notes: BuildNotes::default(),
        }
    }

    /// A builder for another revision of what `other` has built: only what differs is built. If that was too large, both build
    /// for themselves, and come to the same end.
    pub(crate) fn beside(manifests: &'a Manifests<'a>, other: &Self) -> Self {
        if other.is_cut {
            return Self::new(manifests);
        }
        let unchanged = Unchanged::between(manifests, other.manifests);
        Self { shared: Some((other.done.clone(), unchanged)), ..Self::new(manifests) }
    }

    pub(crate) fn kustomizations(&self) -> &BTreeMap<&'a str, Manifest<'a>> {
        &self.kustomizations
    }

    pub(crate) fn has_built(&self, folder: &str) -> bool {
        self.done.contains_key(&(folder.to_owned(), Reading::Kustomization))
    }

    /// The notes on all builds so far.
    pub fn notes(&self) -> &BuildNotes<'a> {
        &self.notes
    }

    /// Builds `folder`, with its kustomization or without.
    pub fn build(&mut self, folder: &str) -> RenderedObjects<'a> {
        let folder = &*self.manifests.files().resolve(folder);
        let mut rendered = match self.kustomizations.get(folder) {
            Some(_) => self.built(folder, Reading::Kustomization).rendered.clone(),
            None => self.directory(folder, false),
        };
        rendered.objects.retain(|object| !is_local_config(object));
        rendered
    }

    /// Builds `folder`, which has a kustomization, as an Application changes it.
    pub(super) fn build_edited(&mut self, folder: &str, edits: &Edits<'_, 'a>) -> RenderedObjects<'a> {
        let folder = &*self.manifests.files().resolve(folder);
        let Some(&kustomization) = self.kustomizations.get(folder) else { return RenderedObjects::default() };
        let mut layer = Layer::new(kustomization);
        for field in edits.apply(Rc::make_mut(&mut layer.settings)) {
            layer.rendered.has_unseen_changes = true;
            let what =
                format!("`{field}` of this source has a key of the kustomization, and is not evaluated");
            layer.skip(edits.location(), what);
        }
        layer.added_patches = edits.patches;
        let Built { mut rendered, notes, .. } = self.complete(layer, folder);
        self.notes.add(notes);
        rendered.objects.retain(|object| !is_local_config(object));
        rendered
    }

    /// Returns the objects of the files in `folder`, as Argo CD reads a directory without a kustomization.
    pub(crate) fn directory(&mut self, folder: &str, is_recursive: bool) -> RenderedObjects<'a> {
        let reading = if is_recursive { Reading::Recursive } else { Reading::Directory };
        self.built(folder, reading).rendered.clone()
    }

    /// Returns what is built of `folder`; builds it the first time.
    fn built(&mut self, folder: &str, reading: Reading) -> Arc<Built<'a>> {
        let key = (folder.to_owned(), reading);
        if let Some(done) = self.done.get(&key) {
            return Arc::clone(done);
        }
        let built = match self.shared(&key) {
            Some(built) => {
                for base in &built.bases {
                    self.built(base, Reading::Kustomization);
                }
                built
            }
            None => Arc::new(match reading {
                Reading::Kustomization => self.read_kustomization(folder),
                Reading::Directory => self.read_directory(folder, false),
                Reading::Recursive => self.read_directory(folder, true),
            }),
        };
        self.notes.add(built.notes.clone());
        self.done.insert(key, Arc::clone(&built));
        built
    }

    /// Returns what the other builder has of a folder that is the same here.
    fn shared(&mut self, key: &(String, Reading)) -> Option<Arc<Built<'a>>> {
        let (done, unchanged) = self.shared.as_mut()?;
        // What is built of a cycle depends on where it is entered.
        let is_of_cycle =
            |built: &Built<'_>| built.notes.findings.iter().any(|it| it.rule.code == TN023.code);
        let built = done.get(key).filter(|built| !is_of_cycle(built))?;
        let is_same = match key.1 {
            Reading::Kustomization => unchanged.kustomization(&key.0),
            Reading::Directory | Reading::Recursive => unchanged.directory(&key.0),
        };
        is_same.then(|| Arc::clone(built))
    }

    fn read_directory(&self, folder: &str, is_recursive: bool) -> Built<'a> {
        let (mut rendered, mut notes) = (RenderedObjects::default(), BuildNotes::default());
        let mut known = BTreeMap::new();
        let is_in = |path: &str| below(path, folder).is_some_and(|rest| is_recursive || !rest.contains('/'));
        let linked = self.manifests.files().links().filter(|(link, _)| has_yaml_name(link) && is_in(link));
        let linked = linked.filter_map(|(_, target)| self.manifests.source(target));
        let own = self.manifests.sources().iter().filter(|source| is_in(source.path));
        for source in own.chain(linked).filter(|source| !source.text.contains(NOT_RENDERED)) {
            rendered.is_partial |= !is_sound(source);
            let objects = source.manifests().filter_map(Object::of);
            add((&mut rendered, &mut notes), &mut known, Object::identity, objects, None);
        }
        Built { rendered, notes, bases: Vec::new() }
    }

    fn read_kustomization(&mut self, folder: &str) -> Built<'a> {
        match self.kustomizations.get(folder) {
            Some(&kustomization) => self.complete(Layer::new(kustomization), folder),
            None => Built::default(),
        }
    }

    /// Builds what the layer of `folder` says.
    fn complete(&mut self, mut layer: Layer<'a>, folder: &str) -> Built<'a> {
        self.apply(&mut layer, folder);
        Built { rendered: layer.rendered, notes: layer.notes, bases: layer.bases }
    }

    fn apply(&mut self, layer: &mut Layer<'a>, folder: &str) {
        self.open.push(folder.to_owned());
        let added = layer.added_patches.take();
        self.resources(layer, folder);
        layer.skip_unusual();
        layer.skip_unsupported(EARLY);
        generate::run(layer, self.manifests);
        self.components(layer, folder);
        patches::apply(layer, self.manifests, "patchesStrategicMerge");
        patches::apply(layer, self.manifests, "patches");
        if let Some(added) = added {
            let outer = layer.enter(added);
            patches::apply(layer, self.manifests, "patches");
            layer.leave(outer);
        }
        transformers::names_and_labels(layer);
        patches::apply(layer, self.manifests, "patchesJson6902");
        transformers::replicas(layer);
        transformers::images(layer);
        replacements::judge(layer, self.manifests);
        variables::judge(layer);
        layer.skip_unsupported(LATE);
        self.open.pop();
    }

    fn resources(&mut self, layer: &mut Layer<'a>, folder: &str) {
        for (field, entry) in layer.entries(&["resources", "bases"]) {
            let Some(path) = layer.local(self.manifests.files(), folder, entry, field) else { continue };
            let location = layer.location(entry);
            if let Some(source) = self.manifests.source(&path) {
                self.work += 1;
                layer.rendered.is_partial |= !is_sound(source);
                layer.add(source.objects().filter_map(Object::of), Some(location));
            } else if self.may_enter(layer, &path, location) {
                let built = self.built(&path, Reading::Kustomization);
                layer.bases.push(path);
                let built = &built.rendered;
                let work = 1 + built.objects.iter().map(Object::weight).sum::<usize>();
                if self.work + work > MAX_WORK {
                    self.cut(layer, location);
                    continue;
                }
                self.work += work;
                layer.take(built, location);
            }
        }
    }

    fn cut(&mut self, layer: &mut Layer<'a>, location: Location<'a>) {
        self.is_cut = true;
        layer.skip(location, TOO_LARGE.to_owned());
    }

    fn components(&mut self, layer: &mut Layer<'a>, folder: &str) {
        for (field, entry) in layer.entries(&["components"]) {
            let Some(path) = layer.local(self.manifests.files(), folder, entry, field) else { continue };
            let location = layer.location(entry);
            if self.may_enter(layer, &path, location) {
                let component = self.kustomizations[&*path];
                self.work += layer.rendered.objects.len() + 1;
                // A component changes the objects of the kustomization that uses it.
                let outer = layer.enter(component);
                layer.learn_names();
                self.apply(layer, &path);
                layer.leave(outer);
            }
        }
    }

    /// Whether the kustomization in `path` can be built now; records the reason if it cannot.
    fn may_enter(&mut self, layer: &mut Layer<'a>, path: &str, location: Location<'a>) -> bool {
        // kustomize does not build a folder from one within it.
        if self.open.iter().any(|open| below(open, path).is_some() || open == path) {
            let folder = if path.is_empty() { "." } else { path };
            let message = format!("`{folder}` is already being built here: the kustomizations form a cycle");
            layer.notes.findings.push(location.finding(&TN023, message).hint("remove one of the references"));
            layer.rendered.is_partial = true;
            return false;
        }
        if self.open.len() >= MAX_DEPTH || self.work >= MAX_WORK {
            self.cut(layer, location);
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
        self.patches.extend(more.patches);
    }
}

/// Whether kustomize omits the object from its output.
fn is_local_config(object: &Object<'_>) -> bool {
    let mark = object.annotation("config.kubernetes.io/local-config");
    mark.is_some_and(|value| value.text() != "false")
}

/// Returns `path` relative to `folder`; `None` if it is not below it.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

fn is_sound(source: &Source<'_>) -> bool {
    source.errors.is_empty() && source.unreadable.is_none()
}
