//! A kustomization that is being built.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::object::Object;
use super::{BuildNotes, EntryMatch, Location, RenderedObjects, SkippedPart};
use crate::check::files::{self, Files};
use crate::check::finding::Finding;
use crate::check::manifests::Manifest;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN022;
use crate::yaml::ResourceId;
use crate::yaml::node::Node;

/// Fields among those that are not evaluated, and change objects.
const CHANGING: [&str; 5] = ["configurations", "openapi", "replacements", "transformers", "vars"];

/// Fields that are not evaluated, and their contents.
type Unsupported = &'static [(&'static str, &'static str)];

/// Those that kustomize reads before it changes objects, or whose effects are not known.
pub(super) const EARLY: Unsupported = &[
    ("configurations", "other field specifications"),
    ("crds", "schemas of resources"),
    ("generators", "generators"),
    ("helmChartInflationGenerator", "Helm charts"),
    ("helmCharts", "Helm charts"),
    ("openapi", "schemas of resources"),
    ("transformers", "transformers"),
    ("validators", "validators"),
];

/// Those that kustomize evaluates after it has changed objects.
pub(super) const LATE: Unsupported = &[("replacements", "replacements"), ("vars", "variables")];

/// The namespace of an object without one.
const DEFAULT: &str = "default";

/// A kustomization, with the objects and notes collected so far.
pub(super) struct Layer<'a> {
    pub(crate) kustomization: Manifest<'a>,
    /// What the kustomization says, with the changes of an Application.
    pub(crate) settings: Rc<RenderedValue<'a>>,
    /// More patches, for the kustomization itself and not for its components.
    pub(crate) added_patches: Option<Manifest<'a>>,
    pub(crate) rendered: RenderedObjects<'a>,
    /// The folders of the kustomizations whose objects it takes.
    pub(crate) bases: Vec<String>,
    pub(crate) notes: BuildNotes<'a>,
    known: BTreeMap<ResourceId, Known<'a>>,
}

impl<'a> Layer<'a> {
    pub(crate) fn new(kustomization: Manifest<'a>) -> Self {
        Self {
            kustomization,
            settings: Rc::new(kustomization.content()),
            added_patches: None,
            rendered: RenderedObjects::default(),
            bases: Vec::new(),
            notes: BuildNotes::default(),
            known: BTreeMap::new(),
        }
    }

    /// Goes on with what `kustomization` says; returns what was before, for [`Self::leave`].
    pub(crate) fn enter(&mut self, kustomization: Manifest<'a>) -> (Manifest<'a>, Rc<RenderedValue<'a>>) {
        let settings = std::mem::replace(&mut self.settings, Rc::new(kustomization.content()));
        (std::mem::replace(&mut self.kustomization, kustomization), settings)
    }

    pub(crate) fn leave(&mut self, outer: (Manifest<'a>, Rc<RenderedValue<'a>>)) {
        (self.kustomization, self.settings) = outer;
    }

    pub(crate) fn root(&self) -> Node<'a> {
        self.kustomization.root()
    }

    /// `node` must be in the kustomization.
    pub(crate) fn location(&self, node: Node<'_>) -> Location<'a> {
        Location::of(self.kustomization.source(), node)
    }

    pub(crate) fn entries(&self, fields: &[&'static str]) -> Vec<(&'static str, Node<'a>)> {
        let root = self.root();
        fields.iter().flat_map(|&field| root.items_at(&[field]).map(move |entry| (field, entry))).collect()
    }

    pub(crate) fn file(&self, path: &str) -> Option<String> {
        files::join(self.kustomization.folder(), path)
    }

    pub(crate) fn skip(&mut self, location: Location<'a>, what: String) {
        self.rendered.is_partial = true;
        self.notes.skipped.push(SkippedPart { location, what });
    }

    /// Whether a generator's file is not in the repository, and kustomize downloads it; such a file is skipped.
    pub(crate) fn skips_download(&mut self, entry: Node<'a>, path: &str) -> bool {
        let is_download = path.starts_with("https://") || path.starts_with("http://");
        if is_download {
            let location = self.location(entry);
            self.skip(location, format!("`{path}` is not in this repository"));
        }
        is_download
    }

    /// Records whether an entry matches any object, except in a partial build, where unknown objects may
    /// match.
    pub(crate) fn note_match(&mut self, is_met: bool, location: Location<'a>, finding: Finding) {
        if self.rendered.is_whole() {
            self.notes.matches.push(EntryMatch { location, is_met, finding });
        }
    }

    pub(crate) fn add(&mut self, objects: impl IntoIterator<Item = Object<'a>>, entry: Option<Location<'a>>) {
        let into = (&mut self.rendered, &mut self.notes);
        add(into, &mut self.known, in_kustomize, objects, entry);
    }

    /// Returns the path of `entry` among `files`, without links; remote entries are skipped.
    pub(crate) fn local(
        &mut self,
        files: &Files,
        folder: &str,
        entry: Node<'a>,
        field: &str,
    ) -> Option<String> {
        let text = entry.text();
        let path = files::join(folder, text);
        // kustomize takes what is here before it looks elsewhere.
        let is_here = |path: &String| files.contains(path) || files.has_folder(path);
        if is_remote(text) && !path.as_ref().is_some_and(is_here) {
            let location = self.location(entry);
            self.skip(location, format!("`{text}` in `{field}` is not in this repository"));
            return None;
        }
        self.rendered.is_partial |= path.is_none();
        Some(files.resolve(&path?).into_owned())
    }

    /// Notes what the kustomization has of these fields.
    pub(crate) fn skip_unsupported(&mut self, fields: Unsupported) {
        for (field, what) in fields {
            let entry =
                self.root().entry(field).filter(|(_, value)| value.items().len() > 0 || value.is_mapping());
            if let Some((key, _)) = entry {
                let location = self.location(key);
                self.rendered.has_unseen_changes |= CHANGING.contains(field);
                self.skip(location, format!("`{field}`: {what} are not evaluated"));
            }
        }
    }

    /// Notes fields that are written in a way that is not evaluated.
    pub(crate) fn skip_unusual(&mut self) {
        // kustomize accepts its fields in any case.
        let capital =
            self.root().entries().find(|(key, _)| key.text().starts_with(|it: char| it.is_ascii_uppercase()));
        if let Some((key, _)) = capital {
            let location = self.location(key);
            self.rendered.has_unseen_changes = true;
            self.skip(location, format!("`{}`: fields in another case are not evaluated", key.text()));
        }
        if let Some(fields) = self.root().items_at(&["labels"]).find_map(|set| set.get("fields")) {
            let location = self.location(fields);
            self.rendered.has_unseen_changes = true;
            self.skip(location, "`fields` of `labels` are not evaluated".to_owned());
        }
    }

    /// Adds the result of another kustomization, referenced at `entry`.
    pub(crate) fn take(&mut self, built: &RenderedObjects<'a>, entry: Location<'a>) {
        self.rendered.is_partial |= built.is_partial;
        self.rendered.has_unseen_changes |= built.has_unseen_changes;
        self.rendered.lacks_patch |= built.lacks_patch;
        self.rendered.removed.extend(built.removed.iter().cloned());
        self.add(built.objects.iter().cloned(), Some(entry));
    }

    /// Updates the known names, since objects may have been renamed after they were added.
    pub(crate) fn learn_names(&mut self) {
        let objects = self.rendered.objects.iter();
        self.known = objects.map(|object| (in_kustomize(object), Known::of(object))).collect();
    }
}

/// Where an object is known from.
pub(super) struct Known<'a> {
    location: Location<'a>,
    is_in_default: bool,
}

impl<'a> Known<'a> {
    fn of(object: &Object<'a>) -> Self {
        Self { location: object.name_location(), is_in_default: object.namespace() == Some(DEFAULT) }
    }
}

/// Returns what identifies an object to kustomize, for which a missing namespace is `default`.
pub(super) fn in_kustomize(object: &Object<'_>) -> ResourceId {
    let mut identity = object.identity();
    if identity.namespace == DEFAULT {
        identity.namespace.clear();
    }
    identity
}

/// Adds objects that come from `entry`, and reports duplicates: those with the same `identity`.
pub(super) fn add<'a>(
    (rendered, notes): (&mut RenderedObjects<'a>, &mut BuildNotes<'a>),
    known: &mut BTreeMap<ResourceId, Known<'a>>,
    identity: fn(&Object<'a>) -> ResourceId,
    objects: impl IntoIterator<Item = Object<'a>>,
    entry: Option<Location<'a>>,
) {
    for object in objects {
        let identity = identity(&object);
        let Some(first) = known.get(&identity) else {
            known.insert(identity, Known::of(&object));
            rendered.objects.push(object);
            continue;
        };
        let Known { location, is_in_default } = Known::of(&object);
        let hint = "leave one of them out of the build";
        if first.location.key() == location.key() {
            // The same file is named again, so the entry is at fault.
            let message = format!("{identity} is already in this build");
            notes.findings.push(entry.unwrap_or(location).finding(&TN022, message).hint(hint));
        } else if first.location.path() != location.path() || first.is_in_default != is_in_default {
            let message = format!("{identity} is already in this build, from `{}`", first.location);
            notes.findings.push(location.finding(&TN022, message).hint(hint));
        }
    }
}

/// Whether kustomize would fetch what `entry` names.
pub fn is_remote(entry: &str) -> bool {
    // `host:path`, as SSH writes it.
    let is_host = |text: &str| text.contains('.') && !text.contains('/') && !text.starts_with('.');
    entry.contains("://")
        || entry.contains('@')
        || ["github.com/", "gh:", "git::"].iter().any(|start| entry.starts_with(start))
        || entry.split_once(':').is_some_and(|(host, _)| is_host(host))
}
