//! Kustomizations: every local file and folder that they name is there.

use crate::check::files;
use crate::check::files::Files;
use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, is_remote};
use crate::check::manifests::Manifest;
use crate::check::registry::TN021;
use crate::yaml::KUSTOMIZATIONS;
use crate::yaml::node::Node;

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let files = builds.manifests().files();
    for kustomization in builds.manifests().kustomizations() {
        let folder = kustomization.folder();
        for field in ["resources", "bases", "components"] {
            for entry in kustomization.root().items_at(&[field]).filter(|entry| !is_remote(entry.text())) {
                if lacks(files, folder, entry.text()) && lacks_folder(files, folder, entry.text()) {
                    let what = "is neither a file nor a folder with a kustomization";
                    found.push(dangling(kustomization, field, entry, what));
                }
            }
        }
        for (field, entry, path) in named_files(kustomization.root()) {
            if !is_remote(path) && lacks(files, folder, path) {
                found.push(dangling(kustomization, field, entry, "is no file"));
            }
        }
    }
}

/// The files that patches, generators and settings take: the field, the node, and the path in it.
fn named_files(root: Node<'_>) -> Vec<(&'static str, Node<'_>, &str)> {
    let mut found = Vec::new();
    for field in ["patches", "patchesJson6902"] {
        let entries = root.items_at(&[field]).filter_map(|patch| patch.get("path"));
        found.extend(entries.map(|entry| (field, entry, entry.text())));
    }
    for field in ["patchesStrategicMerge", "crds", "configurations"] {
        // A patch may be written in place.
        let entries = root.items_at(&[field]).filter(|entry| !entry.text().contains(['\n', '{']));
        found.extend(entries.map(|entry| (field, entry, entry.text())));
    }
    for field in ["configMapGenerator", "secretGenerator"] {
        for generator in root.items_at(&[field]) {
            // `key=path` names the key under which the file appears.
            let path = |entry: Node<'_>| entry.text().split_once('=').map_or(0, |(key, _)| key.len() + 1);
            let entries = generator.items_at(&["files"]);
            found.extend(entries.map(|entry| (field, entry, &entry.text()[path(entry)..])));
            let entries = generator.items_at(&["envs"]).chain(generator.get("env"));
            found.extend(entries.map(|entry| (field, entry, entry.text())));
        }
    }
    found
}

fn dangling(manifest: Manifest<'_>, field: &str, entry: Node<'_>, what: &str) -> Finding {
    manifest.finding(&TN021, entry, format!("`{}` in `{field}` {what}", entry.text()))
}

fn lacks(files: &Files, folder: &str, entry: &str) -> bool {
    // What is outside of the common folder is outside of the repository.
    files::join(folder, entry).map_or_else(|| files.lacks(""), |path| files.lacks(&path))
}

fn lacks_folder(files: &Files, folder: &str, entry: &str) -> bool {
    KUSTOMIZATIONS.iter().all(|name| lacks(files, folder, &format!("{entry}/{name}")))
}
