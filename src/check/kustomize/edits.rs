//! What an Application changes of the kustomization that it renders: Argo CD runs `kustomize edit` in a copy of the folder, with
//! the fields below `kustomize` of the source (`util/kustomize/kustomize.go` of <https://github.com/argoproj/argo-cd>).

use super::Location;
use crate::check::manifests::Manifest;
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::source::patch_entries;
use crate::yaml::node::Node;

/// The fields of a source with tools of their own that may change every object.
const TOOLS: [&str; 2] = ["helm", "plugin"];

/// The changes of one source.
pub(super) struct Edits<'v, 'a> {
    kustomize: &'v RenderedValue<'a>,
    /// The source's `kustomize`, which has patches as a kustomization has them, unless some are files.
    pub(super) patches: Option<Manifest<'a>>,
}

impl<'v, 'a> Edits<'v, 'a> {
    /// Returns those of `source`, which is the value of `node` in `application`.
    pub(super) fn of(
        source: &'v RenderedValue<'a>,
        application: Manifest<'a>,
        node: Node<'a>,
    ) -> Option<Self> {
        let kustomize = source.get("kustomize").filter(|it| !it.entries().is_empty())?;
        let is_inline = |node: &Node<'a>| patch_entries(*node, "patches").all(|entry| !entry.is_path);
        let node = node.get("kustomize").filter(is_inline);
        Some(Self { kustomize, patches: node.map(|node| application.inner(node)) })
    }

    /// Changes what a kustomization says of names, labels, replicas and images.
    pub(super) fn apply(&self, kustomization: &mut RenderedValue<'a>) {
        for field in ["namePrefix", "nameSuffix", "namespace"] {
            if let Some(value) = self.kustomize.get(field).filter(|value| !value.text().is_empty()) {
                kustomization.set(field, value.clone());
            }
        }
        self.add_labels(kustomization);
        self.add_pairs("commonAnnotations", kustomization);
        let images = self.kustomize.items_at(&["images"]).iter().filter_map(image);
        replace(kustomization, "images", images.collect());
        replace(kustomization, "replicas", self.kustomize.items_at(&["replicas"]).to_vec());
    }

    fn add_labels(&self, kustomization: &mut RenderedValue<'a>) {
        let has = |field| self.kustomize.get(field).and_then(RenderedValue::as_bool) == Some(true);
        let Some(pairs) = self.kustomize.get("commonLabels").filter(|_| has("labelWithoutSelector")) else {
            return self.add_pairs("commonLabels", kustomization);
        };
        let mut set = RenderedValue::empty_mapping(pairs.location());
        set.set("pairs", pairs.clone());
        if has("labelIncludeTemplates") {
            set.set("includeTemplates", RenderedValue::boolean(pairs.location(), true));
        }
        push(kustomization, "labels", set);
    }

    fn add_pairs(&self, field: &str, kustomization: &mut RenderedValue<'a>) {
        let Some(pairs) = self.kustomize.get(field).filter(|pairs| !pairs.entries().is_empty()) else {
            return;
        };
        let Some(known) = kustomization.get_or_insert(field, pairs.location()) else { return };
        for KeyValue { key, value, .. } in pairs.entries() {
            known.set(key, value.clone());
        }
    }
}

/// Returns the fields of a source by which Argo CD changes its objects and that are not evaluated, each with its place.
pub(crate) fn not_evaluated<'a>(source: &RenderedValue<'a>) -> Vec<(Location<'a>, String)> {
    let is_used = |entry: &&KeyValue<'a>| !entry.value.entries().is_empty();
    let tools = TOOLS.iter().filter_map(|tool| source.entry(tool)).filter(is_used);
    let tools = tools.map(|entry| (entry.location, entry.key.to_string()));
    let kustomize = source.get("kustomize");
    let components =
        kustomize.and_then(|it| it.entry("components")).filter(|it| !it.value.items().is_empty());
    let is_set = |entry: &&KeyValue<'a>| entry.value.as_bool() == Some(true);
    let variables = kustomize.and_then(|it| it.entry("commonAnnotationsEnvsubst")).filter(is_set);
    let patches = kustomize.map_or(&[][..], |it| it.items_at(&["patches"]));
    let file = patches.iter().find_map(|patch| patch.entry("path"));
    let parts = [(components, "components"), (variables, "commonAnnotationsEnvsubst"), (file, "patches")];
    let parts = parts.into_iter().filter_map(|(entry, field)| Some((entry?.location, field)));
    tools.chain(parts.map(|(at, field)| (at, format!("kustomize.{field}")))).collect()
}

/// Returns an image as a kustomization has it: `NAME=NEW-NAME:TAG`, `NAME:TAG`, or with `@DIGEST` (`edit/set/setimage.go`
/// of kustomize).
fn image<'a>(written: &RenderedValue<'a>) -> Option<RenderedValue<'a>> {
    let (name, new) = match written.text().split_once('=') {
        Some((name, new)) => (Some(name), new),
        None => (None, written.text()),
    };
    let (image, version) = match new.split_once('@') {
        Some((image, digest)) => (image, Some(("digest", digest))),
        None => match new.rsplit_once(':').filter(|(_, tag)| is_tag(tag)) {
            Some((image, tag)) => (image, Some(("newTag", tag))),
            None => (new, None),
        },
    };
    let string = |text: &str| RenderedValue::string(written.location(), text.to_owned());
    let mut entry = RenderedValue::empty_mapping(written.location());
    entry.set("name", string(name.unwrap_or(image)));
    if name.is_some() {
        entry.set("newName", string(image));
    }
    if let Some((field, text)) = version {
        entry.set(field, string(text));
    }
    (name.is_some() || version.is_some()).then_some(entry)
}

fn is_tag(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Puts `entries` into the list `field` in the place of those of the same name; the list is then sorted by name, as
/// `kustomize edit` does it.
fn replace<'a>(kustomization: &mut RenderedValue<'a>, field: &str, entries: Vec<RenderedValue<'a>>) {
    let Some(first) = entries.first().map(RenderedValue::location) else { return };
    let name = |entry: &RenderedValue<'_>| entry.str_at(&["name"]).unwrap_or_default().to_owned();
    let known = kustomization.items_at(&[field]).iter();
    let mut all: Vec<_> =
        known.filter(|old| entries.iter().all(|new| name(new) != name(old))).cloned().collect();
    all.extend(entries);
    all.sort_by_key(name);
    kustomization.set(field, RenderedValue::sequence(first, all));
}

fn push<'a>(kustomization: &mut RenderedValue<'a>, field: &str, entry: RenderedValue<'a>) {
    let location = entry.location();
    let all = kustomization.items_at(&[field]).iter().cloned().chain([entry]).collect();
    kustomization.set(field, RenderedValue::sequence(location, all));
}
