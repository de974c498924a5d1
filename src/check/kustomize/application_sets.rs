//! The repositories that `ApplicationSets` render, as far as they are this one.

use std::collections::BTreeSet;

use super::roots::repository;
use crate::check::files;
use crate::check::manifests::Manifests;
use crate::yaml::node::Node;

/// Returns the repositories of sources and generators of `ApplicationSets` whose folders exist here.
pub(super) fn repositories(manifests: &Manifests<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for set in manifests.of("argoproj.io", "ApplicationSet") {
        let Some(spec) = set.root().get("spec") else { continue };
        let template = spec.dig(&["template", "spec"]);
        let sources = template
            .into_iter()
            .flat_map(|template| template.get("source").into_iter().chain(template.items_at(&["sources"])));
        let generators = spec.items_at(&["generators"]).flat_map(git_generators);
        for part in sources.chain(generators) {
            let url = part.str_at(&["repoURL"]).filter(|url| !url.contains("{{"));
            found.extend(url.filter(|_| is_here(part, manifests)).map(repository));
        }
    }
    found
}

/// Returns the generators for Git, also those within others.
fn git_generators(generator: Node<'_>) -> Vec<Node<'_>> {
    let inner = generator.entries().flat_map(|(_, kind)| kind.items_at(&["generators"]));
    // The reader bounds the depth.
    generator.get("git").into_iter().chain(inner.flat_map(git_generators)).collect()
}

fn is_here(part: Node<'_>, manifests: &Manifests<'_>) -> bool {
    let fields = ["directories", "files"].into_iter();
    let paths = fields.flat_map(|field| part.items_at(&[field])).filter_map(|entry| entry.str_at(&["path"]));
    // What a generator fills in may be anything.
    let own = part.str_at(&["path"]).filter(|path| !path.contains("{{"));
    paths.chain(own).any(|path| {
        let fixed = path.split(['*', '{', '?', '[']).next().unwrap_or_default();
        let folder = if fixed == path { path } else { files::split(fixed).0 };
        files::join("", folder).is_some_and(|folder| {
            manifests.files().has_folder(&folder) || manifests.files().contains(&folder)
        })
    })
}
