//! `patches`, `patchesStrategicMerge` and `patchesJson6902`: which objects each selects, and how it changes them.

mod json;
mod label_selector;
mod refusals;
mod selector;
mod strategic;

use std::collections::BTreeSet;

use super::layer::Layer;
use super::object::Object;
use crate::check::finding::{Finding, Severity};
use crate::check::inline_patch::InlinePatch;
use crate::check::manifests::Manifests;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::TN024;
use crate::check::source::{PatchEntry, Source, patch_entries};
use crate::yaml::node::Node;
pub(super) use selector::Selector;
pub(crate) use selector::is_pattern;

/// Where a patch is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatchSource<'a> {
    pub(crate) file: &'a Source<'a>,
    /// The scalar of a kustomization that holds the patch; `None` where the file holds patches only.
    pub(crate) text: Option<Node<'a>>,
    /// The index of its document, not counting empty ones.
    pub(crate) index: usize,
}

/// A patch after the build, for the field tables to check.
#[derive(Clone, Debug)]
pub(crate) struct AppliedPatch<'a> {
    pub(crate) source: PatchSource<'a>,
    /// `apiVersion` and kind of every object that it changed, after all patches of the kustomization.
    pub(crate) kinds: BTreeSet<(String, String)>,
    /// Where these objects are written.
    objects: Vec<(&'a str, usize)>,
    /// Whether a patch after it changed the kind of one of them.
    pub(crate) is_retyped: bool,
    /// Whether another patch of the kustomization is not known, which may add what this one leaves out.
    pub(crate) lacks_patch: bool,
}

/// `apiVersion` and kind.
type TypeMeta = (String, String);

impl<'a> AppliedPatch<'a> {
    /// Takes over the kinds of objects, each with where it is written, and with its kind before and after.
    fn retype(&mut self, retyped: &[((&'a str, usize), TypeMeta, TypeMeta)]) {
        for (_, before, after) in retyped.iter().filter(|(key, ..)| self.objects.contains(key)) {
            self.kinds.remove(before);
            self.kinds.insert(after.clone());
            self.is_retyped = true;
        }
    }
}

struct Patch<'a> {
    /// The location in the kustomization that names the patch.
    entry: Location<'a>,
    source: PatchSource<'a>,
    body: RenderedValue<'a>,
    /// Its entry in the kustomization, which may have a target and options.
    settings: Node<'a>,
}

/// Applies the patches of `field`: `patches`, `patchesStrategicMerge` or `patchesJson6902`.
pub(super) fn apply<'a>(layer: &mut Layer<'a>, manifests: &'a Manifests<'a>, field: &'static str) {
    refusals::entries(layer, field);
    let files = patch_entries(layer.root(), field).filter(|entry| entry.is_path);
    let is_missing = |entry: PatchEntry<'a>| {
        layer.file(entry.patch.text()).and_then(|path| manifests.source(&path)).is_none()
    };
    layer.rendered.lacks_patch |= files.collect::<Vec<_>>().into_iter().any(is_missing);
    for PatchEntry { settings, patch, is_path } in patch_entries(layer.root(), field) {
        let entry = layer.location(patch);
        let (file, text, bodies) = if is_path {
            let Some(file) = layer.file(patch.text()).and_then(|path| manifests.source(&path)) else {
                layer.rendered.is_partial = true;
                continue;
            };
            (file, None, file.values().collect::<Vec<_>>())
        } else {
            let file = layer.kustomization.source();
            (file, Some(patch), InlinePatch::of(file, patch).values())
        };
        refusals::body(layer, (settings, patch), field, &bodies);
        for (index, body) in bodies.into_iter().enumerate() {
            Patch { entry, source: PatchSource { file, text, index }, body, settings }.apply(layer);
        }
    }
}

impl<'a> PatchSource<'a> {
    /// Orders and identifies patches.
    pub(crate) fn key(self) -> (&'a str, usize, usize) {
        (self.file.path, self.text.map_or(0, |text| text.span().start), self.index)
    }

    /// Returns path and first byte of its document, if it is one of a file.
    pub(crate) fn key_of_document(self) -> Option<(&'a str, usize)> {
        let root = self.file.roots().nth(self.index).filter(|_| self.text.is_none())?;
        Some((self.file.path, root.span().start))
    }
}

impl<'a> Patch<'a> {
    fn apply(&self, layer: &mut Layer<'a>) {
        let target = self.settings.get("target");
        if target.is_some_and(|target| !target.is_mapping() && !target.is_null()) {
            // The field table reports it, and kustomize builds nothing.
            layer.rendered.has_unseen_changes = true;
            return;
        }
        let Some(selector) = Selector::of(target, &self.body) else {
            let what = "this patch selector is not evaluated".to_owned();
            let location = target.map_or(self.entry, |target| layer.location(target));
            layer.rendered.has_unseen_changes = true;
            layer.skip(location, what);
            return;
        };
        let is_list = self.body.is_sequence();
        let (mut kinds, mut failures) = (BTreeSet::new(), Vec::new());
        let (mut objects, mut retyped) = (Vec::new(), Vec::new());
        let removed = layer.rendered.objects.extract_if(.., |object| {
            if !selector.selects(object) {
                return false;
            }
            let kind = object.type_meta();
            let is_kept = if is_list {
                failures.extend(json::apply(object, &self.body));
                true
            } else {
                self.merge(object)
            };
            objects.push(object.location().key());
            let after = object.type_meta();
            if after != kind {
                retyped.push((object.location().key(), kind.clone(), after));
            }
            kinds.insert(kind);
            !is_kept
        });
        layer.rendered.removed.extend(removed);
        for patch in &mut layer.notes.patches {
            patch.retype(&retyped);
        }
        if layer.rendered.is_whole() {
            layer.notes.findings.extend(failures);
        }
        let location = target.map_or(self.body.location(), |target| layer.location(target));
        layer.note_match(!kinds.is_empty(), location, unmatched(location, &selector, target.is_some()));
        let lacks_patch = layer.rendered.lacks_patch;
        let source = self.source;
        layer.notes.patches.push(AppliedPatch { source, kinds, objects, is_retyped: false, lacks_patch });
    }

    /// Merges the patch into `object`; returns `false` if it removes the object.
    fn merge(&self, object: &mut Object<'a>) -> bool {
        if self.body.str_at(&["$patch"]) == Some("delete") {
            return false;
        }
        let may = |option| self.settings.dig(&["options", option]).and_then(Node::as_bool) == Some(true);
        strategic::merge(object, &self.body);
        if let Some(name) = self.body.str_at(&["metadata", "name"]).filter(|_| may("allowNameChange")) {
            object.rename(name.to_owned());
        }
        if let Some(kind) = self.body.get("kind").filter(|_| may("allowKindChange")) {
            object.content_mut().set("kind", kind.clone());
            object.retype();
        }
        true
    }
}

fn unmatched(location: Location<'_>, selector: &Selector, has_target: bool) -> Finding {
    let finding = location.finding(&TN024, format!("this build has no {selector} to patch"));
    if selector.has_variables() {
        finding.severity(Severity::Warning).hint("unless Flux adds the object, with a component of its own")
    } else if has_target {
        finding.severity(Severity::Warning).hint("correct the `target`, or remove the patch")
    } else {
        finding.hint("kustomize fails here; use kind, name and namespace of the manifest")
    }
}
