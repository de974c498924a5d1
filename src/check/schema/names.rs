//! How a manifest is called: its name, its namespace and the keys of its annotations. Labels are known to the tables.

use super::formats::{dns_label_fault, is_placeholder, key_fault, segment_fault, subdomain_fault};
use crate::check::finding::Finding;
use crate::check::manifests::Manifest;
use crate::check::registry::{TN012, TN018};
use crate::values::shown;
use crate::yaml::node::Node;

/// The kinds whose names are a part of a path and nothing more.
const RBAC: &str = "rbac.authorization.k8s.io";

/// The kinds of the core group whose names become a part of a host name.
const LABELS: [&str; 2] = ["Namespace", "Service"];

/// Adds what is wrong with the names in `manifest`; a patch need not have any.
pub(crate) fn findings(manifest: Manifest<'_>, is_patch: bool, found: &mut Vec<Finding>) {
    let Some(metadata) = manifest.root().get("metadata") else {
        if !is_patch {
            found.push(nameless(manifest));
        }
        return;
    };
    let name = metadata.get("name").filter(|name| !name.is_null());
    let prefix = metadata.get("generateName").filter(|name| !name.is_null());
    if name.or(prefix).is_none() && metadata.is_mapping() && !is_patch {
        found.push(nameless(manifest));
    }
    if let Some((node, text)) = name.and_then(written) {
        wrong(manifest, node, fault_of_name(manifest, text), found);
    }
    if let Some((node, text)) = prefix.and_then(written) {
        // What the cluster appends begins with a letter or digit.
        wrong(manifest, node, fault_of_name(manifest, &format!("{text}x")), found);
    }
    if let Some((node, text)) = metadata.get("namespace").and_then(written) {
        wrong(manifest, node, dns_label_fault(text), found);
    }
    for (key, _) in metadata.get("annotations").into_iter().flat_map(Node::entries) {
        if let Some((node, text)) = Some((key, key.text())).filter(|(_, text)| !is_placeholder(text)) {
            // Annotations, unlike labels, have a part before the `/` of any case.
            wrong(manifest, node, key_fault(&text.to_lowercase()), found);
        }
    }
}

fn nameless(manifest: Manifest<'_>) -> Finding {
    let at = manifest.root().entry("kind").map_or(manifest.root(), |(_, kind)| kind);
    manifest.finding(&TN012, at, "the manifest lacks `metadata.name`, which is required")
}

/// A string that is there as it is.
fn written(node: Node<'_>) -> Option<(Node<'_>, &str)> {
    node.as_str().filter(|text| !is_placeholder(text)).map(|text| (node, text))
}

fn fault_of_name(manifest: Manifest<'_>, name: &str) -> Option<String> {
    match manifest.group() {
        RBAC => segment_fault(name),
        "" if LABELS.contains(&manifest.kind()) => dns_label_fault(name),
        _ => subdomain_fault(name),
    }
}

fn wrong(manifest: Manifest<'_>, node: Node<'_>, fault: Option<String>, found: &mut Vec<Finding>) {
    if let Some(fault) = fault {
        found.push(manifest.finding(
            &TN018,
            node,
            format!("{} is not a name: it {fault}", shown(node.text())),
        ));
    }
}
