//! Kustomizations: every local file and folder that they name is there.

use super::files::{self, Files};
use super::finding::Finding;
use super::manifests::{Manifest, Manifests};
use super::rules::TN021;
use crate::manifest::node::Node;

/// What kustomize looks for in a folder.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Adds what is wrong.
pub fn findings(manifests: &Manifests, found: &mut Vec<Finding>) {
    for kustomization in manifests.kustomizations() {
        let files = manifests.files();
        let folder = kustomization.folder();
        for field in ["resources", "components"] {
            for entry in kustomization.root().items_at(&[field]).filter(|entry| !is_remote(entry.text())) {
                if lacks(files, folder, entry.text()) && lacks_folder(files, folder, entry.text()) {
                    let what = "is neither a file nor a folder with a kustomization";
                    found.push(dangling(kustomization, field, entry, what));
                }
            }
        }
        for (field, entry, path) in named_files(kustomization.root()) {
            if lacks(files, folder, path) {
                found.push(dangling(kustomization, field, entry, "is no file"));
            }
        }
    }
}

/// The files that patches and generators take: the field, the node, and the path in it.
fn named_files(root: Node<'_>) -> impl Iterator<Item = (&'static str, Node<'_>, &str)> {
    let patches = root.items_at(&["patches"]).filter_map(|patch| patch.get("path"));
    let patches = patches.map(|entry| ("patches", entry, entry.text()));
    let generators = ["configMapGenerator", "secretGenerator"].into_iter().flat_map(move |field| {
        root.items_at(&[field]).flat_map(move |generator| {
            let entries = generator.items_at(&["files"]).chain(generator.items_at(&["envs"]));
            // `key=path` names the key under which the file appears.
            entries.map(move |entry| {
                (field, entry, entry.text().rsplit_once('=').map_or(entry.text(), |(_, path)| path))
            })
        })
    });
    patches.chain(generators)
}

fn dangling(manifest: Manifest<'_>, field: &str, entry: Node<'_>, what: &str) -> Finding {
    manifest.finding(&TN021, entry, format!("`{}` in `{field}` {what}", entry.text()))
}

fn lacks(files: &Files, folder: &str, entry: &str) -> bool {
    // What is outside of the common folder is outside of the repository.
    files::join(folder, entry).map_or_else(|| files.lacks(""), |path| files.lacks(&path))
}

fn lacks_folder(files: &Files, folder: &str, entry: &str) -> bool {
    NAMES.iter().all(|name| lacks(files, folder, &format!("{entry}/{name}")))
}

fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.contains('@') || entry.starts_with("github.com/")
}
