//! Versions that kustomizations and patches name. kustomize compares them, so an object that gets another version alone is
//! no longer found, and the build fails.

use std::collections::BTreeSet;

use super::is_patch;
use crate::check::inline_patch::InlinePatch;
use crate::check::manifests::{Manifest, Manifests};
use crate::yaml::node::Node;

/// Fields of a kustomization that select objects.
const SELECTING: [&str; 4] = ["patches", "patchesJson6902", "replacements", "vars"];

/// Kinds and versions, each without its group; an empty text stands for all.
#[derive(Debug, Default)]
pub(super) struct NamedVersions(BTreeSet<(String, String)>);

impl NamedVersions {
    /// Returns those that kustomizations name, and the files of their replacements.
    pub(super) fn read(manifests: &Manifests<'_>) -> Self {
        let mut named = Self::default();
        for kustomization in manifests.kustomizations() {
            let (root, source) = (kustomization.root(), kustomization.source());
            for (_, value) in root.entries().filter(|(key, _)| is_one_of(*key, &SELECTING)) {
                named.add_selectors(value);
            }
            for patch in source.inline_patches() {
                for body in InlinePatch::of(source, patch).read().roots() {
                    named.add_selectors(body);
                }
            }
            let files =
                root.items_at(&["replacements"]).filter_map(|entry| source.join(entry.str_at(&["path"])?));
            for file in files.filter_map(|path| manifests.source(&path)) {
                file.roots().for_each(|root| named.add_selectors(root));
            }
        }
        named
    }

    /// Adds the kind and version of `manifest`.
    pub(super) fn add(&mut self, manifest: Manifest<'_>) {
        self.0.insert((manifest.kind().to_owned(), version(manifest.api_version()).to_owned()));
    }

    pub(super) fn has(&self, manifest: Manifest<'_>) -> bool {
        let version = version(manifest.api_version());
        [manifest.kind(), ""].iter().any(|kind| {
            [version, ""].iter().any(|version| self.0.contains(&((*kind).to_owned(), (*version).to_owned())))
        })
    }

    /// Adds what the mappings in `tree` select.
    fn add_selectors(&mut self, tree: Node<'_>) {
        let field = |names: &[&str]| {
            let found = tree.entries().find(|(key, _)| is_one_of(*key, names));
            found.map(|(_, value)| value.text()).filter(|text| !text.is_empty())
        };
        if let Some(text) = field(&["apiVersion", "version"]) {
            let kind = field(&["kind"]).unwrap_or_default();
            self.0.insert((plain(kind).to_owned(), plain(version(text)).to_owned()));
        }
        tree.items().for_each(|item| self.add_selectors(item));
        tree.entries().for_each(|(_, value)| self.add_selectors(value));
    }
}

/// Returns the files of patches, which have to get the same version as what they change.
pub(super) fn patches<'a>(manifests: &'a Manifests<'_>) -> impl Iterator<Item = Manifest<'a>> {
    manifests.iter().filter(|manifest| is_patch(*manifest))
}

/// kustomize accepts its fields in any case.
fn is_one_of(key: Node<'_>, names: &[&str]) -> bool {
    names.iter().any(|name| key.text().eq_ignore_ascii_case(name))
}

/// Returns the text of a selector, or an empty one if it is a pattern.
fn plain(text: &str) -> &str {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) { text } else { "" }
}

fn version(api_version: &str) -> &str {
    api_version.rsplit('/').next().unwrap_or_default()
}
