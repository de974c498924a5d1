//! What an Application changes of the kustomization that it renders: Argo CD runs `kustomize edit` in a copy of the folder, with
//! the fields below `kustomize` of the source (`util/kustomize/kustomize.go` of <https://github.com/argoproj/argo-cd>).

use std::collections::BTreeMap;

use super::Location;
use super::source_files::EffectiveSource;
use crate::check::manifests::Manifest;
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::source::patch_entries;
use crate::yaml::node::Node;

/// The fields of a source with tools of their own that may change every object.
const TOOLS: [&str; 2] = ["helm", "plugin"];

/// The changes of one source.
pub(super) struct Edits<'v, 'a> {
    kustomize: &'v RenderedValue<'a>,
    /// The source's `kustomize`, which has patches as a kustomization has them, if all of them are evaluated.
    pub(super) patches: Option<Manifest<'a>>,
}

impl<'v, 'a> Edits<'v, 'a> {
    /// Returns those of `source`, which is the value of `node` in `application` unless the folder changes it.
    pub(super) fn of(
        source: &'v EffectiveSource<'_, 'a>,
        application: Manifest<'a>,
        node: Node<'a>,
    ) -> Option<Self> {
        let kustomize = source.value.get("kustomize").filter(|it| !it.entries().is_empty())?;
        let is_inline = |node: &Node<'a>| patch_entries(*node, "patches").all(|entry| !entry.is_path);
        let node = node.get("kustomize").filter(is_inline).filter(|_| !source.is_changed());
        Some(Self { kustomize, patches: node.map(|node| application.inner(node)) })
    }

    /// Where they are written.
    pub(super) fn location(&self) -> Location<'a> {
        self.kustomize.location()
    }

    fn has(&self, field: &str) -> bool {
        is_true(self.kustomize, field)
    }

    /// Changes what a kustomization says of names, labels, replicas and images; returns the fields that kustomize refuses to
    /// add, as their keys are there.
    pub(super) fn apply(&self, kustomization: &mut RenderedValue<'a>) -> Vec<&'static str> {
        for field in ["namePrefix", "nameSuffix", "namespace"] {
            if let Some(value) = self.kustomize.get(field).filter(|value| !value.text().is_empty()) {
                kustomization.set(field, value.clone());
            }
        }
        let mut refused = Vec::new();
        if self.has("labelWithoutSelector") {
            self.add_labels(kustomization);
        } else {
            refused.extend(self.add_pairs("commonLabels", "forceCommonLabels", kustomization));
        }
        refused.extend(self.add_pairs("commonAnnotations", "forceCommonAnnotations", kustomization));
        let images = self.kustomize.items_at(&["images"]).iter().filter_map(image);
        replace(kustomization, "images", images);
        replace(kustomization, "replicas", self.kustomize.items_at(&["replicas"]).iter().map(count));
        refused
    }

    fn add_labels(&self, kustomization: &mut RenderedValue<'a>) {
        let Some(pairs) = self.kustomize.get("commonLabels") else { return };
        let mut set = RenderedValue::empty_mapping(pairs.location());
        set.set("pairs", pairs.clone());
        if self.has("labelIncludeTemplates") {
            set.set("includeTemplates", RenderedValue::boolean(pairs.location(), true));
        }
        let all = kustomization.items_at(&["labels"]).iter().cloned().chain([set]).collect();
        kustomization.set("labels", RenderedValue::sequence(pairs.location(), all));
    }

    fn add_pairs(
        &self,
        field: &'static str,
        force: &str,
        kustomization: &mut RenderedValue<'a>,
    ) -> Option<&'static str> {
        let pairs = self.kustomize.get(field).filter(|pairs| !pairs.entries().is_empty())?;
        let known = kustomization.get_or_insert(field, pairs.location())?;
        let is_refused =
            !self.has(force) && pairs.entries().iter().any(|entry| known.get(&entry.key).is_some());
        for KeyValue { key, value, .. } in pairs.entries() {
            known.set(key, value.clone());
        }
        is_refused.then_some(field)
    }
}

fn is_true(kustomize: &RenderedValue<'_>, field: &str) -> bool {
    kustomize.get(field).and_then(RenderedValue::as_bool) == Some(true)
}

/// Returns what of a source changes its objects and is not evaluated, with its place: the field, or the file of the folder.
pub(super) fn not_evaluated<'a>(
    source: &EffectiveSource<'_, 'a>,
    has_kustomization: bool,
) -> Vec<(Location<'a>, String)> {
    let is_used = |entry: &&KeyValue<'a>| !entry.value.entries().is_empty();
    let tools = TOOLS.iter().filter_map(|tool| source.value.entry(tool)).filter(is_used);
    let mut found: Vec<_> = tools.map(|entry| (entry.location, entry.key.to_string())).collect();
    found.extend(source.unreadable.clone().map(|file| (source.value.location(), file)));
    let Some(entry) = source.value.entry("kustomize").filter(is_used) else { return found };
    if !has_kustomization {
        found.push((entry.location, "kustomize".to_owned()));
        return found;
    }
    let fields = unknown_fields(&entry.value, source.is_changed()).into_iter();
    found.extend(fields.map(|field| (entry.location, format!("kustomize.{field}"))));
    found
}

/// The fields below `kustomize` that are not evaluated as they are written.
fn unknown_fields(kustomize: &RenderedValue<'_>, is_changed: bool) -> Vec<&'static str> {
    let has = |field| is_true(kustomize, field);
    let patches = kustomize.items_at(&["patches"]);
    // Argo CD puts the values of its variables into these.
    let has_variable = |value: &RenderedValue<'_>| value.text().contains('$');
    let images = kustomize.items_at(&["images"]);
    let labels = kustomize.get("commonLabels").map_or(&[][..], RenderedValue::entries);
    let is_kept = |value: &RenderedValue<'_>| value.text().contains('*');
    [
        ("components", !kustomize.items_at(&["components"]).is_empty()),
        ("patches", patches.iter().any(|it| it.get("path").is_some()) || is_changed && !patches.is_empty()),
        ("images", images.iter().any(|it| has_variable(it) || is_kept(it) || image(it).is_none())),
        ("commonLabels", labels.iter().any(|entry| has_variable(&entry.value))),
        ("labelIncludeTemplates", has("labelIncludeTemplates") && !has("labelWithoutSelector")),
        ("commonAnnotationsEnvsubst", has("commonAnnotationsEnvsubst")),
    ]
    .into_iter()
    .filter_map(|(field, is_unknown)| is_unknown.then_some(field))
    .collect()
}

/// Returns an entry of `replicas` as `kustomize edit` writes it: Argo CD takes the number also as a text.
fn count<'a>(written: &RenderedValue<'a>) -> RenderedValue<'a> {
    let mut entry = written.clone();
    if let Some(count) = written.get("count").filter(|count| count.text().parse::<u32>().is_ok()) {
        entry.set("count", RenderedValue::number(count.location(), count.text().to_owned()));
    }
    entry
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

/// Puts `entries` into the list `field` in the place of those of the same name, of which the last counts; the list is then
/// sorted by name, as `kustomize edit` does it.
fn replace<'a>(
    kustomization: &mut RenderedValue<'a>,
    field: &str,
    entries: impl Iterator<Item = RenderedValue<'a>>,
) {
    let name = |entry: &RenderedValue<'_>| entry.str_at(&["name"]).unwrap_or_default().to_owned();
    let new: BTreeMap<_, _> = entries.map(|entry| (name(&entry), entry)).collect();
    let Some(first) = new.values().next().map(RenderedValue::location) else { return };
    let known = kustomization.items_at(&[field]).iter();
    let mut all: Vec<_> = known.filter(|old| !new.contains_key(&name(old))).cloned().collect();
    all.extend(new.into_values());
    all.sort_by_key(name);
    kustomization.set(field, RenderedValue::sequence(first, all));
}
