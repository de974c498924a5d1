//! The name and namespace of a manifest, and the keys of its annotations. Labels are in the field tables.

use super::RenderedManifest;
use super::formats::{dns_label_mistake, is_placeholder, key_mistake, segment_mistake, subdomain_mistake};
use super::table;
use crate::check::finding::Finding;
use crate::check::manifests::Manifest;
use crate::check::rule::{TN012, TN018};
use crate::check::source::PatchUse;
use crate::values::shown;
use crate::yaml::node::Node;

/// The group whose names only have to be a path segment.
const RBAC: &str = "rbac.authorization.k8s.io";

/// Core kinds whose names become part of a host name.
const LABELS: [&str; 2] = ["Namespace", "Service"];

pub(crate) fn findings(
    manifest: Manifest<'_>,
    (is_patch, rendered): (bool, Option<&RenderedManifest<'_>>),
    found: &mut Vec<Finding>,
) {
    if manifest.source().patch_use == PatchUse::Targeted {
        return;
    }
    let Some(metadata) = manifest.root().get("metadata") else {
        // Programs give their settings a kind, too, and some even publish its definition.
        let is_for_cluster = !table::kinds(manifest.group()).is_empty();
        if !is_patch && is_for_cluster {
            found.push(nameless(manifest));
        }
        return;
    };
    let name = metadata.get("name").filter(|name| !name.is_null());
    let prefix = metadata.get("generateName").filter(|name| !name.is_null());
    if name.or(prefix).is_none() && metadata.is_mapping() && !is_patch {
        found.push(nameless(manifest));
    }
    // kustomize names a Namespace, adds a prefix and puts objects into namespaces.
    let is_sound_name = |rendered: &RenderedManifest<'_>| {
        let is_sound = |(name, _): &(&str, _)| is_placeholder(name) || name_mistake(manifest, name).is_none();
        rendered.has_unseen_changes || rendered.names.iter().all(is_sound)
    };
    let is_sound_namespace = |rendered: &RenderedManifest<'_>| {
        let is_sound = |namespace: &str| is_placeholder(namespace) || dns_label_mistake(namespace).is_none();
        rendered.has_unseen_changes || rendered.names.iter().all(|(_, it)| it.is_none_or(is_sound))
    };
    if let Some((node, text)) = name.and_then(written).filter(|_| !rendered.is_some_and(is_sound_name)) {
        wrong(manifest, node, name_mistake(manifest, text), found);
    }
    if let Some((node, text)) = prefix.and_then(written) {
        // The cluster appends letters and digits.
        wrong(manifest, node, name_mistake(manifest, &format!("{text}x")), found);
    }
    let namespace = metadata.get("namespace").filter(|_| !rendered.is_some_and(is_sound_namespace));
    if let Some((node, text)) = namespace.and_then(written) {
        wrong(manifest, node, dns_label_mistake(text), found);
    }
    for (key, _) in metadata.get("annotations").into_iter().flat_map(Node::entries) {
        if let Some((node, text)) = Some((key, key.text())).filter(|(_, text)| !is_placeholder(text)) {
            // In annotations, unlike labels, the part before the `/` may have any case.
            wrong(manifest, node, key_mistake(&text.to_lowercase()), found);
        }
    }
}

fn nameless(manifest: Manifest<'_>) -> Finding {
    let at = manifest.root().entry("kind").map_or(manifest.root(), |(_, kind)| kind);
    manifest.finding(&TN012, at, "the manifest lacks `metadata.name`, which is required")
}

/// Returns the node and its text if it is a string without placeholders.
fn written(node: Node<'_>) -> Option<(Node<'_>, &str)> {
    node.as_str().filter(|text| !is_placeholder(text)).map(|text| (node, text))
}

fn name_mistake(manifest: Manifest<'_>, name: &str) -> Option<String> {
    match manifest.group() {
        RBAC => segment_mistake(name),
        "" if LABELS.contains(&manifest.kind()) => dns_label_mistake(name),
        _ => subdomain_mistake(name),
    }
}

fn wrong(manifest: Manifest<'_>, node: Node<'_>, mistake: Option<String>, found: &mut Vec<Finding>) {
    if let Some(mistake) = mistake {
        found.push(manifest.finding(
            &TN018,
            node,
            format!("{} is not a name: it {mistake}", shown(node.text())),
        ));
    }
}
