//! ConfigMaps, Secrets, priorities and disruption budgets.

use super::super::key_text;
use super::workloads::label_selector;
use super::{Refusals, docker_config, each, is_set, numbers, rbac, storage};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// The most bytes in a ConfigMap or Secret.
const LARGEST: usize = 1 << 20;

/// What each type of Secret has to contain.
const CONTENTS: [(&str, &[&str]); 4] = [
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

/// Checks kinds that have no `spec`.
pub(super) fn without_spec(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let content = resource.content();
    match (resource.group(), resource.kind()) {
        ("", "ConfigMap") => data(refusals, content, ["data", "binaryData"]),
        ("", "Secret") => {
            data(refusals, content, ["data", "stringData"]);
            secret(refusals, content);
        }
        (rbac::GROUP, _) => rbac::check(refusals, resource),
        ("scheduling.k8s.io", "PriorityClass") => priority(refusals, resource),
        ("storage.k8s.io", "StorageClass") => storage::class(refusals, content),
        _ => {}
    }
}

/// Checks the owners and finalizers of any object.
pub(super) fn metadata(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>) {
    for finalizer in content.items_at(&["metadata", "finalizers"]) {
        refusals.qualified(finalizer, "a finalizer");
    }
    for name in each(content.items_at(&["metadata", "ownerReferences"]), "name") {
        if name.as_str() == Some("") {
            refusals.add(name, "the name of the owner is empty", "ownerReferences.name: must not be empty");
        }
    }
}

fn data(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, fields: [&str; 2]) {
    let entries = |field: &str| content.get(field).map_or(&[][..], RenderedValue::entries);
    let all: Vec<&KeyValue<'_>> = fields.into_iter().flat_map(entries).collect();
    for entry in &all {
        key(refusals, entry);
    }
    if fields[1] == "binaryData" {
        for entry in entries("data").iter().filter(|entry| content.dig(&["binaryData", &entry.key]).is_some())
        {
            let message = format!("`{}` is in `binaryData`, too", entry.key);
            refusals.at(entry.location, message, "duplicate of key present in binaryData");
        }
    }
    // Three bytes are four digits in base64.
    let plain: usize = all.iter().map(|entry| entry.value.text().len()).sum();
    if plain / 4 * 3 > LARGEST {
        refusals.add(
            content,
            format!("it has {plain} bytes; at most {LARGEST} are possible"),
            "Too long: may not be more than 1048576 bytes",
        );
    }
}

fn key(refusals: &mut Refusals<'_>, entry: &KeyValue<'_>) {
    let text = &*entry.key;
    if is_placeholder(text) && !text.is_empty() {
        return;
    }
    let Some(words) = key_text(text) else { return };
    refusals.at(entry.location, format!("`{text}` cannot be a key"), words);
}

fn secret(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>) {
    let Some(kind) = content.get("type") else { return };
    docker_config::check(refusals, content, kind.text());
    let contains =
        |key: &str| ["data", "stringData"].iter().any(|field| content.dig(&[field, key]).is_some());
    let required = CONTENTS.iter().find(|(known, _)| *known == kind.text()).map_or(&[][..], |(_, keys)| keys);
    for missing in required.iter().filter(|key| !contains(key)) {
        let message = format!("a Secret of type `{}` has the key `{missing}`", kind.text());
        refusals.add(kind, message, format!("data[{missing}]: Required value"));
    }
    if kind.text() == "kubernetes.io/basic-auth" && !contains("username") && !contains("password") {
        let message = "a Secret of type `kubernetes.io/basic-auth` has `username` or `password`";
        refusals.add(kind, message, "data[username]: Required value");
    }
    let account = "kubernetes.io/service-account.name";
    if kind.text() == "kubernetes.io/service-account-token"
        && content.dig(&["metadata", "annotations", account]).is_none_or(|value| !is_set(value))
    {
        let message = format!("a token of a service account needs the annotation `{account}`");
        refusals.add(kind, message, format!("metadata.annotations[{account}]: Required value"));
    }
}

/// Checks the spec of a `PodDisruptionBudget`.
pub(super) fn budget(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let [available, unavailable] =
        ["minAvailable", "maxUnavailable"].map(|field| spec.get(field).filter(|value| !value.is_null()));
    if let Some(value) = unavailable.filter(|_| available.is_some()) {
        let words = "minAvailable and maxUnavailable cannot be both set";
        refusals.add(value, "the budget has `minAvailable` and `maxUnavailable`", words);
    }
    for value in [available, unavailable].into_iter().flatten() {
        numbers::share(refusals, value, true);
    }
    if let Some(selector) = spec.get("selector") {
        label_selector(refusals, selector);
    }
}

/// The priorities above are those of the system.
const HIGHEST_PRIORITY: i128 = 1_000_000_000;

fn priority(refusals: &mut Refusals<'_>, class: BuiltObject<'_>) {
    let name = class.name();
    if name.starts_with("system-") && !matches!(name, "system-cluster-critical" | "system-node-critical") {
        let words = "priority class names with 'system-' prefix are reserved for system use only";
        refusals.at(class.name_location(), format!("`{name}` is a name of the system"), words);
    } else if let Some(value) = class
        .content()
        .get("value")
        .filter(|it| it.as_int() > Some(HIGHEST_PRIORITY) && !name.starts_with("system-"))
    {
        let words = "maximum allowed value of a user defined priority is 1000000000";
        refusals.add(value, "a priority above 1000000000 is the system's", words);
    }
}
