//! `labels`, `commonLabels` and `commonAnnotations`, and the fields that each gets into
//! (`api/internal/konfig/builtinpluginconsts` of kustomize).

use super::layer::Layer;
use super::object::Object;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::yaml::node::Node;

/// Labels, or annotations, of a kustomization.
struct Set<'a> {
    pairs: Vec<(&'a str, RenderedValue<'a>)>,
    location: Location<'a>,
    is_annotations: bool,
    with_selectors: bool,
    with_templates: bool,
}

/// Adds them to every object.
pub(super) fn add(layer: &mut Layer<'_>) {
    for set in sets(layer) {
        for object in &mut layer.rendered.objects {
            set.add(object);
        }
    }
}

fn sets<'a>(layer: &Layer<'a>) -> Vec<Set<'a>> {
    let root = layer.root();
    let set = |node: Node<'a>, is_annotations, with_selectors, with_templates| {
        let source = layer.kustomization.source();
        let pairs =
            node.entries().map(|(key, value)| (key.text(), RenderedValue::of(source, value))).collect();
        Set { pairs, location: layer.location(node), is_annotations, with_selectors, with_templates }
    };
    let labels = root.items_at(&["labels"]).filter_map(|entry| {
        let has = |key| entry.get(key).and_then(Node::as_bool) == Some(true);
        Some(set(entry.get("pairs")?, false, has("includeSelectors"), has("includeTemplates")))
    });
    let common = root.get("commonLabels").map(|node| set(node, false, true, true));
    let annotations = root.get("commonAnnotations").map(|node| set(node, true, false, true));
    labels.chain(common).chain(annotations).collect()
}

impl<'a> Set<'a> {
    fn add(&self, object: &mut Object<'a>) {
        let (group, kind) = (object.group().to_owned(), object.kind().to_owned());
        let field = if self.is_annotations { "annotations" } else { "labels" };
        let content = object.content_mut();
        self.put(content, &["metadata", field], true);
        if self.with_templates || self.with_selectors {
            for template in templates(&group, &kind) {
                self.put(content, &[*template, &["metadata", field]].concat(), true);
            }
        }
        if self.with_selectors {
            for (selector, is_made) in selectors(&group, &kind) {
                self.put(content, selector, *is_made);
            }
        }
    }

    /// Puts the pairs into the mapping at `path`, which goes through lists; makes one where `is_made`.
    fn put(&self, tree: &mut RenderedValue<'a>, path: &[&str], is_made: bool) {
        if tree.is_sequence() {
            for item in tree.items_mut().into_iter().flatten() {
                self.put(item, path, is_made);
            }
            return;
        }
        let Some((key, rest)) = path.split_first() else {
            for (key, value) in &self.pairs {
                tree.set(key, value.clone());
            }
            return;
        };
        let inner = if is_made { tree.get_or_insert(key, self.location) } else { tree.get_mut(key) };
        if let Some(inner) = inner {
            self.put(inner, rest, is_made);
        }
    }
}

/// The templates of objects in a kind.
fn templates(group: &str, kind: &str) -> &'static [&'static [&'static str]] {
    match (group, kind) {
        ("", "ReplicationController") | (_, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            &[&["spec", "template"]]
        }
        ("batch", "Job") => &[&["spec", "template"]],
        ("batch", "CronJob") => &[&["spec", "jobTemplate"], &["spec", "jobTemplate", "spec", "template"]],
        _ => &[],
    }
}

/// The selectors in a kind, and whether one is made where there is none.
fn selectors(group: &str, kind: &str) -> &'static [(&'static [&'static str], bool)] {
    match (group, kind) {
        ("", "Service" | "ReplicationController") => &[(&["spec", "selector"], true)],
        (_, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            &[(&["spec", "selector", "matchLabels"], true)]
        }
        ("batch", "Job") | ("policy", "PodDisruptionBudget") => {
            &[(&["spec", "selector", "matchLabels"], false)]
        }
        ("batch", "CronJob") => &[(&["spec", "jobTemplate", "spec", "selector", "matchLabels"], false)],
        ("networking.k8s.io", "NetworkPolicy") => &[
            (&["spec", "podSelector", "matchLabels"], false),
            (&["spec", "ingress", "from", "podSelector", "matchLabels"], false),
            (&["spec", "egress", "to", "podSelector", "matchLabels"], false),
        ],
        _ => &[],
    }
}
