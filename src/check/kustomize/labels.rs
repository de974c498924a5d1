//! `labels`, `commonLabels` and `commonAnnotations`, and the fields that each is added to
//! (`api/internal/konfig/builtinpluginconsts/commonlabels.go` and `commonannotations.go` of kustomize).

use super::layer::Layer;
use super::object::Object;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::yaml::node::Node;

struct LabelSet<'a> {
    pairs: Vec<(&'a str, RenderedValue<'a>)>,
    location: Location<'a>,
    is_annotations: bool,
    with_selectors: bool,
    with_templates: bool,
}

pub(super) fn add(layer: &mut Layer<'_>) {
    for set in sets(layer) {
        for object in &mut layer.rendered.objects {
            set.add(object);
        }
    }
}

fn sets<'a>(layer: &Layer<'a>) -> Vec<LabelSet<'a>> {
    let root = layer.root();
    let set = |node: Node<'a>, is_annotations, with_selectors, with_templates| {
        let source = layer.kustomization.source();
        let pairs =
            node.entries().map(|(key, value)| (key.text(), RenderedValue::of(source, value))).collect();
        LabelSet { pairs, location: layer.location(node), is_annotations, with_selectors, with_templates }
    };
    let labels = root.items_at(&["labels"]).filter_map(|entry| {
        let has = |key| entry.get(key).and_then(Node::as_bool) == Some(true);
        Some(set(entry.get("pairs")?, false, has("includeSelectors"), has("includeTemplates")))
    });
    let common = root.get("commonLabels").map(|node| set(node, false, true, true));
    let annotations = root.get("commonAnnotations").map(|node| set(node, true, false, true));
    labels.chain(common).chain(annotations).filter(|set| !set.pairs.is_empty()).collect()
}

impl<'a> LabelSet<'a> {
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
            for (selector, creates) in selectors(&group, &kind) {
                self.put(content, selector, *creates);
            }
        }
    }

    /// Adds the pairs to the mapping at `path`, which may pass through lists; creates it if `creates`.
    fn put(&self, value: &mut RenderedValue<'a>, path: &[&str], creates: bool) {
        if value.is_sequence() {
            for item in value.items_mut().into_iter().flatten() {
                self.put(item, path, creates);
            }
            return;
        }
        let Some((key, rest)) = path.split_first() else {
            for (key, pair) in &self.pairs {
                value.set(key, pair.clone());
            }
            return;
        };
        let inner = if creates { value.get_or_insert(key, self.location) } else { value.get_mut(key) };
        if let Some(inner) = inner {
            self.put(inner, rest, creates);
        }
    }
}

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

/// Returns the paths of the selectors in objects of a kind, and whether a missing one is created.
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
