//! The identity of a resource in a cluster.

use std::collections::BTreeMap;
use std::fmt;

use serde_yaml::Value as Yaml;

/// Group, kind, namespace and name of a resource. The version is not part of it: a cluster stores one object for all
/// versions of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResourceId {
    pub(crate) kind: String,
    /// Empty for the core group.
    pub(crate) group: String,
    /// Empty if the manifest has none.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl fmt::Display for ResourceId {
    /// As in ``Deployment (apps) `shop/web` ``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(formatter, " ({})", self.group)?;
        }
        let separator = if self.namespace.is_empty() { "" } else { "/" };
        write!(formatter, " `{}{separator}{}`", self.namespace, self.name)
    }
}

/// Returns `None` if `document` is not a resource with a name.
pub(crate) fn identity(document: &Yaml) -> Option<ResourceId> {
    let text = |value: Option<&Yaml>| value.and_then(Yaml::as_str).map(str::to_owned);
    let api_version = text(document.get("apiVersion"))?;
    let metadata = document.get("metadata")?;
    Some(ResourceId {
        kind: text(document.get("kind"))?,
        group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        namespace: text(metadata.get("namespace")).unwrap_or_default(),
        name: text(metadata.get("name"))?,
    })
}

pub(crate) fn duplicates(documents: &[Yaml]) -> Vec<ResourceId> {
    let mut seen = BTreeMap::new();
    for identity in documents.iter().filter_map(identity) {
        *seen.entry(identity).or_insert(0) += 1;
    }
    seen.into_iter().filter(|(_, times)| *times > 1).map(|(identity, _)| identity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    #[test]
    fn is_read_and_printed() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n---\n\
                    apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\nkind: Service\n";
        let found: Vec<_> = documents(text).unwrap().iter().map(identity).collect();
        let shown: Vec<_> = found.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(shown, ["Deployment (apps) `shop/web`", "Service `web`"]);
        assert_eq!(found[2], None);
    }

    #[test]
    fn versions_of_one_kind_are_one_resource() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n\
                    apiVersion: apps/v2\nkind: Deployment\nmetadata: {name: web}\n---\n\
                    apiVersion: v1\nkind: Deployment\nmetadata: {name: web}\n";
        assert_eq!(duplicates(&documents(text).unwrap()).len(), 1);
    }
}
