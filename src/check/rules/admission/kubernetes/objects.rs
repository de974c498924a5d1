//! ConfigMaps, Secrets, RBAC, autoscalers, disruption budgets and claims.

use super::{Refusals, has, has_object, is_set, numbers};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

const RBAC: &str = "rbac.authorization.k8s.io";

/// The most bytes in a ConfigMap or Secret.
const LARGEST: usize = 1 << 20;

const LONGEST_KEY: usize = 253;

/// What each type of Secret has to contain.
const CONTENTS: [(&str, &[&str]); 4] = [
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

const METRICS: [(&str, &str); 5] = [
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
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
        (RBAC, "Role" | "ClusterRole") => rules(refusals, content, resource.kind() == "Role"),
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => {
            subjects(refusals, content, resource);
        }
        _ => {}
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
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let words = if text.len() > LONGEST_KEY {
        "must be no more than 253 characters"
    } else if text.is_empty() || !text.bytes().all(is_inner) {
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    } else if text == "." || text.starts_with("..") {
        "a valid config key must not be '.' or start with '..'"
    } else {
        return;
    };
    refusals.at(entry.location, format!("`{text}` cannot be a key"), words);
}

fn secret(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>) {
    let Some(kind) = content.get("type") else { return };
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

fn rules(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, is_namespaced: bool) {
    for rule in content.items_at(&["rules"]) {
        if !has(rule, "verbs") {
            refusals.add(rule, "the rule has no verbs", "verbs must contain at least one value");
        }
        if let Some(entry) = rule.entry("nonResourceURLs").filter(|entry| is_set(&entry.value)) {
            let mixed = ["apiGroups", "resources", "resourceNames"].iter().any(|field| has(rule, field));
            if is_namespaced {
                let words = "namespaced rules cannot apply to non-resource URLs";
                refusals.at(entry.location, "`nonResourceURLs` in a Role", words);
            } else if mixed {
                let words = "rules cannot apply to both regular resources and non-resource URLs";
                refusals.at(entry.location, "`nonResourceURLs` and `resources` in one rule", words);
            }
            continue;
        }
        for (field, noun) in [("apiGroups", "api group"), ("resources", "resource")] {
            if !has(rule, field) {
                let words = format!("resource rules must supply at least one {noun}");
                refusals.add(rule, format!("the rule has no `{field}`"), words);
            }
        }
    }
}

fn subjects(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, binding: BuiltObject<'_>) {
    let is_cluster_wide = binding.kind() == "ClusterRoleBinding";
    // Otherwise a kustomization elsewhere may set the namespace.
    let is_final = is_cluster_wide && binding.build.application().is_some();
    let supported = if is_cluster_wide { &["ClusterRole"][..] } else { &["Role", "ClusterRole"] };
    if let Some(kind) = content.dig(&["roleRef", "kind"]).filter(|kind| !supported.contains(&kind.text())) {
        let words = format!("Unsupported value: \"{}\": supported values: {supported:?}", kind.text());
        refusals.add(kind, format!("the binding cannot refer to the kind `{}`", kind.text()), words);
    }
    for subject in content.items_at(&["subjects"]) {
        let group = subject.str_at(&["apiGroup"]).unwrap_or_default();
        match subject.str_at(&["kind"]) {
            Some("ServiceAccount") if !group.is_empty() => {
                let at = subject.get("apiGroup").unwrap_or(subject);
                refusals.add(
                    at,
                    "a ServiceAccount has no `apiGroup`",
                    "Unsupported value: supported values: \"\"",
                );
            }
            Some("ServiceAccount") if is_final && !has(subject, "namespace") => {
                let at = subject.get("name").unwrap_or(subject);
                refusals.add(at, "the ServiceAccount lacks its namespace", "namespace: Required value");
            }
            Some("ServiceAccount") | None => {}
            // Without an `apiGroup`, it is set.
            Some("User" | "Group") if group.is_empty() || group == RBAC => {}
            Some("User" | "Group") => {
                let at = subject.get("apiGroup").unwrap_or(subject);
                let words = format!("Unsupported value: \"{group}\": supported values: \"{RBAC}\"");
                refusals.add(at, format!("the `apiGroup` of users and groups is `{RBAC}`"), words);
            }
            Some(kind) => {
                let at = subject.get("kind").unwrap_or(subject);
                let words = format!(
                    "Unsupported value: \"{kind}\": supported values: \"ServiceAccount\", \"User\", \"Group\""
                );
                refusals.add(at, format!("a subject cannot be a {kind}"), words);
            }
        }
    }
}

/// Checks the spec of a `HorizontalPodAutoscaler`.
pub(super) fn scaler(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let [least, most] = ["minReplicas", "maxReplicas"].map(|field| spec.get(field));
    let number = |value: Option<&RenderedValue<'_>>| value.and_then(RenderedValue::as_int);
    if let Some(value) = least.filter(|value| value.as_int().is_some_and(|it| it < 0)) {
        refusals.add(value, "`minReplicas` is negative", "must be greater than or equal to 1");
    }
    if let Some(value) = most.filter(|value| value.as_int().is_some_and(|it| it < 1)) {
        refusals.add(value, "`maxReplicas` is at least 1", "must be set and greater than 0");
    } else if let (Some(least), Some(greatest)) = (number(least), number(most))
        && greatest < least
        && let Some(value) = most
    {
        let message = format!("at least {least} replicas, and at most {greatest}");
        refusals.add(value, message, "must be greater than or equal to `minReplicas`");
    }
    for metric in spec.items_at(&["metrics"]) {
        let kind = metric.str_at(&["type"]).unwrap_or_default();
        let Some((_, field)) = METRICS.into_iter().find(|(known, _)| *known == kind) else { continue };
        if !has_object(metric, field) {
            let at = metric.get("type").unwrap_or(metric);
            let words = "must populate information for the given metric source";
            refusals.add(at, format!("a metric of type {kind} needs `{field}`"), words);
        }
        for (_, other) in METRICS.into_iter().filter(|(_, other)| *other != field) {
            if let Some(entry) = metric.entry(other).filter(|entry| !entry.value.is_null()) {
                let words = "must populate the given metric source only";
                refusals.at(entry.location, format!("`{other}` in a metric of type {kind}"), words);
            }
        }
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
}

/// Checks the spec of a `PersistentVolumeClaim`.
pub(super) fn claim(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, content: &RenderedValue<'_>) {
    let at = content.dig(&["metadata", "name"]).unwrap_or(spec);
    if !has(spec, "accessModes") {
        refusals.add(at, "the claim has no access mode", "at least 1 access mode is required");
    }
    if spec.dig(&["resources", "requests", "storage"]).is_none_or(|value| !is_set(value)) {
        refusals.add(
            at,
            "the claim does not say how much it requests",
            "spec.resources[storage]: Required value",
        );
    }
}
