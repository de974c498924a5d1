//! `namespace`, `namePrefix`, `nameSuffix`, `replicas` and `images` (`api/internal/builtins` of kustomize).

use super::images::ImageOverride;
use super::labels;
use super::layer::Layer;
use super::object::{Object, is_cluster_wide};
use crate::check::finding::Severity;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN024;
use crate::yaml::node::Node;

/// Kinds whose names do not change (`api/internal/builtins/PrefixTransformer.go`).
const KEEP_NAMES: [&str; 3] = ["APIService", "CustomResourceDefinition", "Namespace"];

/// Kinds with replicas (`api/internal/konfig/builtinpluginconsts/replicas.go`).
const WITH_REPLICAS: [&str; 4] = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Applies namespace, prefix and suffix, labels and annotations, in this order.
pub(super) fn names_and_labels(layer: &mut Layer<'_>) {
    let root = layer.root();
    let text = |key| root.get(key).map(Node::text).filter(|text| !text.is_empty());
    if let Some(namespace) = text("namespace") {
        layer.rendered.objects.iter_mut().for_each(|object| set_namespace(object, namespace));
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

fn set_namespace(object: &mut Object<'_>, namespace: &str) {
    if object.is("", "Namespace") {
        object.rename(namespace.to_owned());
    } else if !is_cluster_wide(object.kind()) {
        object.namespace = Some(namespace.to_owned());
    }
}

pub(super) fn replicas(layer: &mut Layer<'_>) {
    for (_, entry) in layer.entries(&["replicas"]) {
        let (Some(name), Some(count)) = (entry.get("name"), entry.get("count")) else { continue };
        let value = RenderedValue::of(layer.kustomization.source(), count);
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
        let finding = layer.location(name).finding(&TN024, message).hint(hint);
        layer.note_match(is_met, layer.location(name), finding);
    }
}

pub(super) fn images(layer: &mut Layer<'_>) {
    for (_, entry) in layer.entries(&["images"]) {
        let Some(name) = entry.get("name") else { continue };
        let source = layer.kustomization.source();
        let image = ImageOverride::of(source, entry);
        let mut is_met = false;
        for object in layer.rendered.objects.iter_mut().filter(|object| image.concerns(object)) {
            is_met |= image.apply(object.content_mut());
        }
        let message =
            format!("no container in this build has the image `{}`, so this changes nothing", name.text());
        let hint = "use the image in the manifest, without tag; kustomize does not change the images of Tekton steps";
        let finding = layer.location(name).finding(&TN024, message).hint(hint).severity(Severity::Warning);
        layer.note_match(is_met, layer.location(name), finding);
    }
}
