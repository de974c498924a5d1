//! Strategic merge patches: mappings are merged, and so are lists whose items have a merge key in the API types of
//! Kubernetes. Lists of other projects, such as Tekton and Argo CD, are replaced.

use crate::check::kustomize::object::Object;
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// Returns the merge key of a list in a built-in kind (`patchMergeKey` in the Kubernetes API types).
fn merge_key(list: &str, item: &RenderedValue<'_>) -> Option<&'static str> {
    Some(match list {
        "containers"
        | "env"
        | "ephemeralContainers"
        | "imagePullSecrets"
        | "initContainers"
        | "secrets"
        | "volumes" => "name",
        "hostAliases" => "ip",
        "ports" if item.get("containerPort").is_some() => "containerPort",
        "ports" => "port",
        "topologySpreadConstraints" => "topologyKey",
        "volumeDevices" => "devicePath",
        // A directive may have only the name.
        "volumeMounts" if item.get("mountPath").is_none() && item.get("name").is_some() => "name",
        "volumeMounts" => "mountPath",
        _ => return None,
    })
}

/// Merges `patch` into `object`, except name and kind.
pub(super) fn merge<'a>(object: &mut Object<'a>, patch: &RenderedValue<'a>) {
    let has_keys = is_builtin(object.group());
    let content = object.content_mut();
    for entry in patch.entries() {
        match &*entry.key {
            "apiVersion" | "kind" => {}
            "metadata" => {
                let Some(metadata) = content.get_or_insert("metadata", entry.value.location()) else {
                    continue;
                };
                for entry in
                    entry.value.entries().iter().filter(|it| it.key != "name" && it.key != "namespace")
                {
                    merge_entry(metadata, entry, has_keys);
                }
            }
            _ => merge_entry(content, entry, has_keys),
        }
    }
}

fn is_builtin(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

fn merge_entry<'a>(base: &mut RenderedValue<'a>, entry: &KeyValue<'a>, has_keys: bool) {
    if entry.key.starts_with('$') {
        return;
    }
    if entry.value.is_null() || has_directive(&entry.value, "delete") {
        base.remove(&entry.key);
        return;
    }
    match base.get_mut(&entry.key).filter(|_| !has_directive(&entry.value, "replace")) {
        Some(known) if known.is_mapping() && entry.value.is_mapping() => {
            for inner in entry.value.entries() {
                merge_entry(known, inner, has_keys);
            }
        }
        Some(known) if has_keys && known.is_sequence() && entry.value.is_sequence() => {
            merge_lists(known, entry);
        }
        _ => base.set(&entry.key, cleaned(&entry.value)),
    }
}

fn merge_lists<'a>(base: &mut RenderedValue<'a>, entry: &KeyValue<'a>) {
    // An empty list says nothing of its items, which then stay.
    let items = if entry.value.items().is_empty() { base.items() } else { entry.value.items() };
    let key = items.iter().find_map(|item| merge_key(&entry.key, item));
    let is_replaced =
        entry.value.items().iter().any(|item| item.entries().len() == 1 && has_directive(item, "replace"));
    let (Some(key), false) = (key, is_replaced) else {
        *base = cleaned(&entry.value);
        return;
    };
    let Some(items) = base.items_mut() else { return };
    for item in entry.value.items() {
        let known = items.iter().position(|known| {
            known.get(key).zip(item.get(key)).is_some_and(|(one, two)| one.content_eq(two))
        });
        match known {
            Some(at) if has_directive(item, "delete") => {
                items.remove(at);
            }
            Some(at) if !has_directive(item, "replace") => {
                for inner in item.entries() {
                    merge_entry(&mut items[at], inner, true);
                }
            }
            Some(at) => items[at] = cleaned(item),
            None if has_directive(item, "delete") => {}
            None => items.push(cleaned(item)),
        }
    }
}

fn has_directive(value: &RenderedValue<'_>, what: &str) -> bool {
    value.str_at(&["$patch"]) == Some(what)
}

/// Returns a part of a patch that has nothing to merge with, without directives and nulls.
fn cleaned<'a>(value: &RenderedValue<'a>) -> RenderedValue<'a> {
    let mut value = value.clone();
    clean(&mut value);
    value
}

fn clean(value: &mut RenderedValue<'_>) {
    if let Some(entries) = value.entries_mut() {
        entries.retain(|entry| !entry.key.starts_with('$') && !entry.value.is_null());
        for entry in entries {
            clean(&mut entry.value);
        }
    } else if let Some(items) = value.items_mut() {
        items.retain(|item| item.entries().len() != 1 || !has_directive(item, "replace"));
        items.iter_mut().for_each(clean);
    }
}
