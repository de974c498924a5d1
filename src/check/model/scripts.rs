//! What a container runs and knows that is written elsewhere: keys of `ConfigMaps`, mounted as files or given as
//! variables. A trigger keeps its script and the template of its run there.

use std::collections::BTreeMap;

use super::Model;
use super::pods::Container;
use crate::check::kustomize::{Object, RenderedValue};

impl<'a> Model<'a> {
    /// The texts that the container may run: those written in it, and every file of a `ConfigMap` that it mounts.
    pub(crate) fn scripts<'s>(&'s self, container: Container<'s, 'a>) -> Vec<&'s RenderedValue<'a>> {
        let mounts = container.tree.items_at(&["volumeMounts"]).iter();
        let mounted = mounts.flat_map(|mount| self.mounted(container, mount));
        container.shell().into_iter().chain(mounted).collect()
    }

    /// The variables of the container whose value is in the manifests.
    pub(crate) fn variables(&self, container: Container<'_, 'a>) -> BTreeMap<String, String> {
        let mut known = BTreeMap::new();
        for from in container.tree.items_at(&["envFrom"]) {
            let Some(map) = self.config_map(container, from.dig(&["configMapRef", "name"])) else { continue };
            let prefix = from.str_at(&["prefix"]).unwrap_or_default();
            let pairs = data(map).map(|(key, value)| (format!("{prefix}{key}"), value.text().to_owned()));
            known.extend(pairs);
        }
        for variable in container.tree.items_at(&["env"]) {
            let Some(name) = variable.str_at(&["name"]) else { continue };
            let value = variable.str_at(&["value"]).or_else(|| self.configured(container, variable));
            known.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        }
        known
    }

    /// The value of a variable that takes it from a `ConfigMap`.
    fn configured<'s>(
        &'s self,
        container: Container<'_, 'a>,
        variable: &RenderedValue<'a>,
    ) -> Option<&'s str> {
        let reference = variable.dig(&["valueFrom", "configMapKeyRef"])?;
        let map = self.config_map(container, reference.get("name"))?;
        let wanted = reference.str_at(&["key"])?;
        data(map).find(|(key, _)| *key == wanted).map(|(_, value)| value.text())
    }

    /// The files that a mount brings into the container.
    fn mounted<'s>(
        &'s self,
        container: Container<'s, 'a>,
        mount: &RenderedValue<'a>,
    ) -> Vec<&'s RenderedValue<'a>> {
        let volumes = container.pod.spec.items_at(&["volumes"]).iter();
        let is_meant = |volume: &&RenderedValue<'_>| volume.str_at(&["name"]) == mount.str_at(&["name"]);
        let mut found = Vec::new();
        for volume in volumes.filter(is_meant) {
            let projected = volume.items_at(&["projected", "sources"]).iter();
            for source in projected.chain([volume]).filter_map(|source| source.get("configMap")) {
                let name = source.get("name");
                let items = source.items_at(&["items"]);
                let is_taken = |key: &str| {
                    items.is_empty() || items.iter().any(|item| item.str_at(&["key"]) == Some(key))
                };
                let data = self.config_map(container, name).into_iter().flat_map(data);
                found.extend(data.filter(|(key, _)| is_taken(key)).map(|(_, value)| value));
            }
        }
        found
    }

    /// The `ConfigMap` that the container's pod knows by `name`.
    fn config_map(
        &self,
        container: Container<'_, 'a>,
        name: Option<&RenderedValue<'a>>,
    ) -> Option<&Object<'a>> {
        self.known_to(container.pod.object, ("", "ConfigMap"), name?.text())
    }
}

/// Keys and values of a `ConfigMap`.
fn data<'o, 'a>(map: &'o Object<'a>) -> impl Iterator<Item = (&'o str, &'o RenderedValue<'a>)> {
    let entries = map.content().get("data").map_or(&[][..], RenderedValue::entries).iter();
    entries.map(|entry| (&*entry.key, &entry.value))
}
