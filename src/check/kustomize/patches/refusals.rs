//! What kustomize refuses of patches: entries that say too much or too little, texts that are no patch, and selectors that
//! are not valid.

use super::selector::{is_label_selector, is_pattern};
use crate::check::finding::Finding;
use crate::check::kustomize::layer::Layer;
use crate::check::kustomize::metadata::{is_nothing, nameless};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN042;
use crate::check::schema::formats::is_placeholder;
use crate::yaml::node::Node;

/// A message, and what kustomize says.
type Problem = (&'static str, &'static str);

/// What a patch is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// No document, or empty ones.
    Nothing,
    /// So many objects to merge.
    Merge(usize),
    /// A list of operations.
    Operations,
    Neither,
}

/// Reports the entries of `field` that are refused whatever they lead to.
pub(super) fn entries(layer: &mut Layer<'_>, field: &'static str) {
    if field == "patchesStrategicMerge" {
        return;
    }
    for (_, settings) in layer.entries(&[field]).into_iter().filter(|(_, settings)| settings.is_mapping()) {
        if let Some(problem) = text(settings).or_else(|| missing_target(settings, field)) {
            refuse(layer, settings, problem);
        }
        let found = settings.get("target").and_then(|target| selector(layer, target));
        layer.notes.findings.extend(found);
    }
}

/// Reports a patch whose text is not what its field or its target takes. `at` names it in the kustomization.
pub(super) fn body<'a>(
    layer: &mut Layer<'a>,
    (settings, at): (Node<'a>, Node<'a>),
    field: &str,
    documents: &[RenderedValue<'_>],
) {
    let has_target = settings.get("target").is_some_and(|target| !target.is_null());
    let problem = match (field, shape(documents)) {
        ("patchesStrategicMerge", Shape::Operations | Shape::Neither) => {
            ("this patch has a document without kind and name", "missing Resource metadata")
        }
        ("patchesJson6902", Shape::Merge(_) | Shape::Neither) => (
            "this patch is not a list of operations",
            "cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
        ("patches", Shape::Neither) => (
            "this is neither a list of operations nor an object with kind and name",
            "unable to parse SM or JSON patch",
        ),
        ("patches", Shape::Operations) if !has_target => {
            ("this list of operations has no `target`", "must specify a target for JSON patch")
        }
        ("patches", Shape::Merge(count)) if count > 1 && has_target => (
            "several objects to merge cannot have one `target`",
            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field",
        ),
        _ => return,
    };
    refuse(layer, at, problem);
}

fn refuse<'a>(layer: &mut Layer<'a>, node: Node<'a>, (message, words): Problem) {
    let finding = layer.location(node).finding(&TN042, message);
    layer.notes.findings.push(finding.hint(format!("kustomize refuses it: \"{words}\"")));
}

/// Finds a patch that has both a path and a text, or neither.
fn text(settings: Node<'_>) -> Option<Problem> {
    let has = |key: &str| settings.get(key).is_some_and(|value| !value.text().trim().is_empty());
    match (has("path"), has("patch")) {
        (true, true) => {
            Some(("this patch has both `path` and `patch`", "patch and path can't be set at the same time"))
        }
        // Something of another type is reported as such.
        (false, false)
            if settings.get("patch").is_none_or(|patch| patch.as_str().is_some() || patch.is_null()) =>
        {
            Some(("this patch has neither `path` nor `patch`", "must specify one of patch and path"))
        }
        _ => None,
    }
}

fn missing_target(settings: Node<'_>, field: &str) -> Option<Problem> {
    if field != "patchesJson6902" {
        return None;
    }
    let Some(target) = settings.get("target").filter(|target| !target.is_null()) else {
        return Some(("this patch has no `target`, at which kustomize crashes", "nil pointer dereference"));
    };
    let is_named = target.get("name").is_some_and(|name| !name.text().is_empty());
    (!is_named).then_some(("the `target` of this patch has no `name`", "must specify the target name"))
}

/// Reports a selector that is not valid. Where it has a placeholder, kustomize does not see it like this.
fn selector<'a>(layer: &Layer<'a>, target: Node<'a>) -> Option<Finding> {
    let at = |key: &str| target.get(key).filter(|value| !is_placeholder(value.text()));
    let patterns = ["group", "version", "kind", "name", "namespace"];
    let pattern = patterns.into_iter().filter_map(at).find(|value| !is_pattern(value.text()));
    let labels = ["labelSelector", "annotationSelector"];
    let labels = labels.into_iter().filter_map(at).find(|value| !is_label_selector(value.text()));
    let wrong = pattern.map(|value| (value, "a regular expression", "error parsing regexp"));
    let wrong = wrong.or(labels.map(|value| (value, "a label selector", "unable to parse requirement")));
    wrong.map(|(value, what, words)| {
        let finding = layer.location(value).finding(&TN042, format!("`{}` is not {what}", value.text()));
        finding.hint(format!("kustomize refuses it: \"{words}\""))
    })
}

fn shape(documents: &[RenderedValue<'_>]) -> Shape {
    let documents: Vec<_> = documents.iter().filter(|document| !is_nothing(document)).collect();
    match documents.first() {
        None => Shape::Nothing,
        Some(first) if first.is_sequence() && first.items().iter().all(RenderedValue::is_mapping) => {
            Shape::Operations
        }
        _ if documents.iter().any(|document| nameless(document).is_some()) => Shape::Neither,
        _ => Shape::Merge(documents.len()),
    }
}
