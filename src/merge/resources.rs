//! The Kubernetes resources that a merge adds, removes, renames or moves. Pruning deletes a resource from the cluster once
//! it is no longer declared, so a reader of the report must not miss this.

use std::collections::BTreeSet;

use crate::tree::{File, Tree};
use crate::yaml;
use crate::yaml::ResourceId;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) identity: ResourceId,
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResourceChange {
    Added(Resource),
    Removed(Resource),
    /// Replaced by another of its kind in the same file; in the cluster, the old one is removed.
    Renamed {
        from: Resource,
        to: ResourceId,
    },
    Moved {
        from: Resource,
        /// The file that declares it now.
        to: String,
    },
}

/// Returns the changes of resources from `before` to `after`, by path. Reads only files that differ.
pub(crate) fn resource_changes(before: &Tree, after: &Tree) -> Vec<ResourceChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for path in paths.into_iter().filter(|path| before.get(*path) != after.get(*path)) {
        let read = |tree: &Tree| tree.get(path).map(|file| declared(path, file)).unwrap_or_default();
        let (old, now) = (read(before), read(after));
        gone.extend(old.iter().filter(|resource| !now.contains(resource)).cloned());
        new.extend(now.into_iter().filter(|resource| !old.contains(resource)));
    }
    let (moved, gone, new) = pair(gone, new, |one, other| one.identity == other.identity);
    let (renamed, gone, new) = pair(gone, new, |one, other| {
        let key = |resource: &Resource| {
            let Resource { identity, path } = resource.clone();
            (path, identity.kind, identity.group)
        };
        key(one) == key(other)
    });
    let mut changes: Vec<_> = moved
        .into_iter()
        .map(|(from, to)| ResourceChange::Moved { from, to: to.path })
        .chain(renamed.into_iter().map(|(from, to)| ResourceChange::Renamed { from, to: to.identity }))
        .collect();
    changes.extend(gone.into_iter().map(ResourceChange::Removed));
    changes.extend(new.into_iter().map(ResourceChange::Added));
    changes.sort_by(|one, other| at(one).cmp(at(other)));
    changes
}

fn at(change: &ResourceChange) -> &str {
    match change {
        ResourceChange::Added(at)
        | ResourceChange::Removed(at)
        | ResourceChange::Renamed { from: at, .. }
        | ResourceChange::Moved { from: at, .. } => &at.path,
    }
}

pub(super) fn declared(path: &str, file: &File) -> Vec<Resource> {
    if file.is_link() || !yaml::is_yaml(path) {
        return Vec::new();
    }
    let documents = std::str::from_utf8(&file.content).ok().and_then(|text| yaml::documents(text).ok());
    let identities = documents.iter().flatten().filter_map(yaml::identity);
    identities.map(|identity| Resource { identity, path: path.to_owned() }).collect()
}

type Pairs = Vec<(Resource, Resource)>;

/// Pairs each of `gone` with the first of `new` that is `like` it; returns the pairs and the rest of both.
fn pair(
    gone: Vec<Resource>,
    mut new: Vec<Resource>,
    like: impl Fn(&Resource, &Resource) -> bool,
) -> (Pairs, Vec<Resource>, Vec<Resource>) {
    let (mut pairs, mut rest) = (Vec::new(), Vec::new());
    for one in gone {
        match new.iter().position(|other| like(&one, other)) {
            Some(at) => pairs.push((one, new.remove(at))),
            None => rest.push(one),
        }
    }
    (pairs, rest, new)
}
