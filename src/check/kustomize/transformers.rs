//! `namespace`, `namePrefix`, `nameSuffix`, `replicas` and `images` (`api/internal/builtins` of kustomize).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::images::ImageOverride;
use super::labels;
use super::layer::Layer;
use super::object::{Object, is_cluster_wide};
use crate::check::finding::Severity;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN022, TN024};

/// Kinds whose names do not change (`api/internal/builtins/PrefixTransformer.go`).
const KEEP_NAMES: [&str; 3] = ["APIService", "CustomResourceDefinition", "Namespace"];

/// Kinds with replicas (`api/internal/konfig/builtinpluginconsts/replicas.go`).
const WITH_REPLICAS: [&str; 4] = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Applies namespace, prefix and suffix, labels and annotations, in this order.
pub(super) fn names_and_labels(layer: &mut Layer<'_>) {
    let settings = Rc::clone(&layer.settings);
    let text = |key| settings.get(key).map(RenderedValue::text).filter(|text| !text.is_empty());
    if let Some(namespace) = text("namespace") {
        let first = layer.rendered.objects.iter().find_map(Object::namespace).map(str::to_owned);
        let is_other = |object: &Object<'_>| object.namespace() != first.as_deref();
        let may_conflict = first.is_some() && layer.rendered.objects.iter().any(is_other);
        layer.rendered.objects.iter_mut().for_each(|object| set_namespace(object, namespace));
        if may_conflict {
            note_conflicts(layer, namespace);
        }
    }
    let (prefix, suffix) = (text("namePrefix").unwrap_or_default(), text("nameSuffix").unwrap_or_default());
    if !prefix.is_empty() || !suffix.is_empty() {
        let objects = layer.rendered.objects.iter_mut();
        for object in objects.filter(|object| !KEEP_NAMES.contains(&object.kind())) {
            object.rename(format!("{prefix}{}{suffix}", object.name()));
        }
    }
    labels::add(layer);
}

/// Reports objects that one namespace makes the same.
fn note_conflicts(layer: &mut Layer<'_>, namespace: &str) {
    let mut known = BTreeSet::new();
    for object in &layer.rendered.objects {
        let identity = object.identity();
        if known.contains(&identity) {
            let message = format!("{identity} occurs twice, now that all objects are in `{namespace}`");
            let hint = "kustomize refuses it: \"namespace transformation produces ID conflict\"";
            layer.notes.findings.push(object.name_location().finding(&TN022, message).hint(hint));
        }
        known.insert(identity);
    }
}

fn set_namespace(object: &mut Object<'_>, namespace: &str) {
    let is_binding = matches!(object.kind(), "RoleBinding" | "ClusterRoleBinding");
    if is_binding {
        set_default_subjects(object, namespace);
    }
    if object.is("", "Namespace") {
        object.rename(namespace.to_owned());
    } else if !is_cluster_wide(object.kind()) {
        object.namespace = Some(namespace.to_owned());
    }
}

/// Of the subjects of a binding, kustomize puts those called `default` into the namespace (`roleBindingHack` in
/// `api/filters/namespace`); what refers to other objects follows them.
fn set_default_subjects(object: &mut Object<'_>, namespace: &str) {
    let is_default = |subject: &RenderedValue<'_>| subject.str_at(&["name"]) == Some("default");
    if !object.content().items_at(&["subjects"]).iter().any(is_default) {
        return;
    }
    let subjects = object.content_mut().get_mut("subjects").and_then(RenderedValue::items_mut);
    for subject in subjects.into_iter().flatten().filter(|subject| is_default(subject)) {
        let location = subject.get("namespace").map_or(subject.location(), RenderedValue::location);
        subject.set("namespace", RenderedValue::string(location, namespace.to_owned()));
    }
}

pub(super) fn replicas(layer: &mut Layer<'_>) {
    let settings = Rc::clone(&layer.settings);
    for entry in settings.items_at(&["replicas"]) {
        let Some(name) = entry.get("name") else { continue };
        let value =
            entry.get("count").cloned().unwrap_or_else(|| RenderedValue::number(entry.location(), "0"));
        let mut is_met = false;
        for object in &mut layer.rendered.objects {
            if WITH_REPLICAS.contains(&object.kind()) && object.is_called(name.text()) {
                is_met = true;
                if let Some(spec) = object.content_mut().get_or_insert("spec", value.location()) {
                    spec.set("replicas", value.clone());
                }
            }
        }
        let message = format!("this build has no Deployment, ReplicaSet or StatefulSet `{}`", name.text());
        let hint = "kustomize fails here; use the name in the manifest, without prefix";
        let finding = name.location().finding(&TN024, message).hint(hint);
        layer.note_match(is_met, name.location(), finding);
    }
}

pub(super) fn images(layer: &mut Layer<'_>) {
    let settings = Rc::clone(&layer.settings);
    for entry in ["images", "imageTags"].iter().flat_map(|field| settings.items_at(&[field])) {
        let Some(name) = entry.get("name") else { continue };
        let image = ImageOverride::of(entry);
        let mut is_met = false;
        for object in layer.rendered.objects.iter_mut().filter(|object| image.concerns(object)) {
            is_met |= image.apply(object.content_mut());
        }
        let message =
            format!("no container in this build has the image `{}`, so this changes nothing", name.text());
        let hint = "use the image in the manifest, without tag; kustomize does not change the images of Tekton steps";
        let finding = name.location().finding(&TN024, message).hint(hint).severity(Severity::Warning);
        layer.note_match(is_met, name.location(), finding);
    }
}
