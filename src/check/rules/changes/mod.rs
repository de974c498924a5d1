//! Changes since an earlier commit that the API server refuses, although the state before and the state after are both
//! valid.

mod fields;

use std::collections::BTreeMap;

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Object};
use crate::check::manifests::Manifests;
use crate::check::model::lookup::is_placeholder;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::TN104;
use crate::check::rules::hooks::{self, HOOK};
use crate::values::quantity;
use crate::yaml::ResourceId;
pub(crate) use fields::{DEFAULTS, is_zero};
use fields::{FIELDS, ImmutableField, Missing, SEALED, TEMPLATES, UNKNOWN};

/// The annotations that make an object a hook, which is created anew each time.
const HOOKS: [&str; 2] = [HOOK, "helm.sh/hook"];

const HINT: &str = "give it another name, delete the old one first, or have Argo CD replace it with the annotation \
                    `argocd.argoproj.io/sync-options: Force=true,Replace=true`";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let Some(files) = model.builds.manifests().files().earlier() else { return };
    let manifests = Manifests::read(files);
    let builds = Builds::of(&manifests);
    let earlier = Model::of(&builds);
    let known: BTreeMap<_, _> =
        earlier.resources.iter().map(|resource| (place(*resource), *resource)).collect();
    let is_changed = |resource: &BuiltObject<'_>| is_kept(*resource) && !is_forced(*resource);
    for resource in model.resources.iter().copied().filter(is_changed) {
        if let Some(before) = known.get(&place(resource)).filter(|before| is_changed(before)) {
            found.extend(changes(before, &resource));
        }
    }
}

/// Where a cluster has an object: the folder that it is rendered from, and its identity there.
fn place(resource: BuiltObject<'_>) -> (&str, ResourceId) {
    (&resource.build.folder, resource.identity())
}

/// Whether Argo CD replaces the object where the API server refuses a change.
fn is_forced(resource: BuiltObject<'_>) -> bool {
    hooks::options(resource).any(|option| option == "Force=true")
}

/// Whether the cluster keeps the object, and all of it is known.
pub(crate) fn is_kept(resource: BuiltObject<'_>) -> bool {
    let is_hook = HOOKS.iter().any(|hook| resource.annotation(hook).is_some());
    let has_name = resource.content().dig(&["metadata", "name"]).is_some();
    let rendered = &resource.build.rendered;
    let is_known = resource.is_complete()
        && !resource.location().source().is_patch
        && !rendered.has_unseen_changes
        && !rendered.lacks_patch;
    is_known && has_name && !is_hook && !resource.is_generated()
}

/// Returns the changes that the API server refuses, of an object that [`is_kept`].
pub(crate) fn changes(before: &Object<'_>, after: &Object<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_its = |field: &&ImmutableField| {
        after.is(field.group, field.kind) && !(field.path.ends_with(&["completions"]) && is_indexed(after))
    };
    for field in FIELDS.iter().filter(is_its) {
        let [old, new] = [before, after].map(|object| object.content().dig(field.path));
        if differs(field, missing(field, after), old, new) {
            let at = new.map_or(after.name_location(), RenderedValue::location);
            found.push(finding(at, &field.path.join("."), after, field.words));
        }
    }
    let templates = TEMPLATES.iter().filter(is_its).filter(|_| !is_in_motion(before) && !is_in_motion(after));
    for field in templates {
        let [old, new] = [before, after].map(|object| object.content().dig(field.path));
        let at = match (old, new) {
            (Some(old), Some(new)) => difference(old, new, may_change(after)),
            (Some(only), None) | (None, Some(only)) if !is_empty(only) => {
                Some(new.map_or(after.name_location(), RenderedValue::location))
            }
            _ => None,
        };
        if let Some(at) = at {
            found.push(finding(at, &field.path.join("."), after, field.words));
        }
    }
    found.extend(unsealed(before, after));
    found
}

/// Whether the number of completions of a Job may change together with its parallelism.
fn is_indexed(job: &Object<'_>) -> bool {
    job.content().dig(&["spec", "completionMode"]).is_some_and(|mode| mode.text() == "Indexed")
}

/// Whether a Job is gone some time after it is done, or can still change because it is suspended.
fn is_in_motion(object: &Object<'_>) -> bool {
    let spec = |name| object.content().dig(&["spec", name]);
    spec("ttlSecondsAfterFinished").is_some()
        || spec("suspend").and_then(RenderedValue::as_bool) == Some(true)
}

fn finding(at: Location<'_>, path: &str, object: &Object<'_>, words: &str) -> Finding {
    let message = format!("`{path}` of {} `{}` cannot change", object.kind(), object.name());
    at.finding(&TN104, message).hint(format!("the API server refuses it: \"{words}\"; {HINT}"))
}

/// Returns what a missing value of the field stands for.
fn missing<'f>(field: &'f ImmutableField, object: &Object<'_>) -> &'f Missing {
    // `SetDefaults_Job` fills in one completion if the parallelism is left out, too.
    let is_of_parallel_job =
        field.path.ends_with(&["completions"]) && object.content().dig(&["spec", "parallelism"]).is_some();
    if is_of_parallel_job { &Missing::Empty } else { &field.missing }
}

/// Whether the values of a field certainly differ in the cluster.
fn differs(
    field: &ImmutableField,
    missing: &Missing,
    old: Option<&RenderedValue<'_>>,
    new: Option<&RenderedValue<'_>>,
) -> bool {
    let name = field.path.last().copied().unwrap_or_default();
    let given = |value: &RenderedValue<'_>| !value.is_null() && !is_zero(name, value);
    match (old.filter(|old| given(old)), new.filter(|new| given(new))) {
        (Some(old), Some(new)) => !is_open(old) && !is_open(new) && !is_equal(old, new),
        (Some(old), None) if matches!(missing, Missing::FilledIn) => !is_open(old),
        (Some(only), None) | (None, Some(only)) => match missing {
            Missing::Empty => !is_open(only) && !is_empty(only),
            Missing::Default(default) => !is_open(only) && only.text() != *default,
            Missing::Unknown | Missing::FilledIn => false,
        },
        (None, None) => false,
    }
}

/// Whether a part of it is filled in later.
fn is_open(value: &RenderedValue<'_>) -> bool {
    value.scalars().iter().any(|scalar| !scalar.text().is_empty() && is_placeholder(scalar.text()))
}

fn is_empty(value: &RenderedValue<'_>) -> bool {
    value.entries().is_empty() && value.items().is_empty() && value.text().is_empty()
}

/// Whether both are the same to the API server, which reads some numbers as texts.
pub(crate) fn is_equal(old: &RenderedValue<'_>, new: &RenderedValue<'_>) -> bool {
    old.content_eq(new)
        || !old.is_mapping() && !old.is_sequence() && !old.text().is_empty() && old.text() == new.text()
}

/// The fields of a Pod that can change, some of them only in some ways.
const OF_PODS: &[&str] = &[
    "activeDeadlineSeconds",
    "affinity",
    "image",
    "nodeName",
    "nodeSelector",
    "schedulingGates",
    "tolerations",
];

/// Returns the keys below a field of [`TEMPLATES`] that can change all the same.
fn may_change(object: &Object<'_>) -> &'static [&'static str] {
    if object.is("", "Pod") { OF_PODS } else { &[] }
}

/// Returns where a template certainly differs from the earlier one, other than by the keys `free`.
fn difference<'a>(old: &RenderedValue<'_>, new: &RenderedValue<'a>, free: &[&str]) -> Option<Location<'a>> {
    if new.is_mapping() && old.is_mapping() {
        let changed = new.entries().iter().find_map(|entry| match old.get(&entry.key) {
            _ if free.contains(&&*entry.key) => None,
            Some(old) if is_same_amount(&entry.key, old, &entry.value) => None,
            Some(old) => difference(old, &entry.value, free),
            None => (!is_filled_in(&entry.key, &entry.value)).then_some(entry.location),
        });
        let is_gone = |key: &str, value: &RenderedValue<'_>| {
            new.get(key).is_none() && !free.contains(&key) && !is_filled_in(key, value)
        };
        let gone = || old.entries().iter().any(|entry| is_gone(&entry.key, &entry.value));
        return changed.or_else(|| gone().then(|| new.location()));
    }
    if new.is_sequence() && old.is_sequence() && new.items().len() == old.items().len() {
        return old.items().iter().zip(new.items()).find_map(|(old, new)| difference(old, new, free));
    }
    (!is_open(old) && !is_open(new) && !is_equal(old, new)).then(|| new.location())
}

/// Whether the field is an amount of storage, and both are the same.
fn is_same_amount(key: &str, old: &RenderedValue<'_>, new: &RenderedValue<'_>) -> bool {
    let amounts = [old, new].map(|value| quantity::amount(value.text()));
    key == "storage" && amounts[0].is_some() && amounts[0] == amounts[1]
}

/// Whether the API server may fill in this value where the field is left out.
fn is_filled_in(key: &str, value: &RenderedValue<'_>) -> bool {
    value.is_null()
        || is_empty(value)
        || is_zero(key, value)
        || UNKNOWN.contains(&key)
        || is_open(value)
        || DEFAULTS.iter().any(|(name, default)| *name == key && *default == value.text())
}

/// Reports what changes in an immutable `ConfigMap` or Secret.
fn unsealed(before: &Object<'_>, after: &Object<'_>) -> Option<Finding> {
    let is_sealed = before.content().get("immutable").and_then(RenderedValue::as_bool) == Some(true);
    let is_one = after.is("", "ConfigMap") || after.is("", "Secret");
    if !is_sealed || !is_one {
        return None;
    }
    ["data", "binaryData", "immutable"].into_iter().find_map(|name| {
        let [old, new] = [before, after].map(|object| object.content().get(name));
        let is_same = match (old, new) {
            (Some(old), Some(new)) => is_open(old) || is_open(new) || is_equal(old, new),
            (Some(only), None) | (None, Some(only)) => is_empty(only),
            (None, None) => true,
        };
        let at = new.map_or(after.name_location(), RenderedValue::location);
        (!is_same).then(|| finding(at, name, after, SEALED))
    })
}
