//! Which files are patches: parts of manifests that kustomize merges into others.

use std::collections::BTreeSet;

use crate::check::files::join;
use crate::check::manifests::Manifests;
use crate::manifest::node::Node;

/// The paths of all files that a kustomization names as patches.
pub fn paths(manifests: &Manifests) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for kustomization in manifests.kustomizations() {
        let root = kustomization.root();
        let patches = ["patches", "patchesJson6902"].into_iter().flat_map(|field| root.items_at(&[field]));
        let files = patches.filter_map(|patch| patch.get("path"));
        let files = files.chain(root.items_at(&["patchesStrategicMerge"]));
        paths.extend(files.filter_map(Node::as_str).filter_map(|file| join(kustomization.folder(), file)));
    }
    paths
}

/// Whether the manifest says itself that it is a patch.
pub fn is_directive(root: Node<'_>) -> bool {
    root.get("$patch").is_some()
}
