//! `labels`, `commonLabels` and `commonAnnotations`, and the fields that each is added to
//! (`api/internal/konfig/builtinpluginconsts/commonlabels.go` and `commonannotations.go` of kustomize).

use std::rc::Rc;

use super::layer::Layer;
use super::object::Object;
use crate::check::rendered_value::{KeyValue, RenderedValue};

struct LabelSet<'s, 'a> {
    pairs: &'s RenderedValue<'a>,
    is_annotations: bool,
    with_selectors: bool,
    with_templates: bool,
}

pub(super) fn add(layer: &mut Layer<'_>) {
    let settings = Rc::clone(&layer.settings);
    for set in sets(&settings) {
        for object in &mut layer.rendered.objects {
            set.add(object);
        }
    }
}

fn sets<'s, 'a>(settings: &'s RenderedValue<'a>) -> Vec<LabelSet<'s, 'a>> {
    let set = |pairs, is_annotations, with_selectors, with_templates| LabelSet {
        pairs,
        is_annotations,
        with_selectors,
        with_templates,
    };
    let labels = settings.items_at(&["labels"]).iter().filter_map(|entry| {
        let has = |key| entry.get(key).and_then(RenderedValue::as_bool) == Some(true);
        Some(set(entry.get("pairs")?, false, has("includeSelectors"), has("includeTemplates")))
    });
    let common = settings.get("commonLabels").map(|pairs| set(pairs, false, true, true));
    let annotations = settings.get("commonAnnotations").map(|pairs| set(pairs, true, false, true));
    labels.chain(common).chain(annotations).filter(|set| !set.pairs.entries().is_empty()).collect()
}

impl<'a> LabelSet<'_, 'a> {
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
            for KeyValue { key, value: pair, .. } in self.pairs.entries() {
                value.set(key, pair.clone());
            }
            return;
        };
        let inner =
            if creates { value.get_or_insert(key, self.pairs.location()) } else { value.get_mut(key) };
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
