//! Roles and bindings: `pkg/apis/rbac/validation`.

use super::workloads::label_selector;
use super::{Refusals, has, is_set};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

pub(super) const GROUP: &str = "rbac.authorization.k8s.io";

/// Checks a role or a binding.
pub(super) fn check(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let content = resource.content();
    match resource.kind() {
        "Role" | "ClusterRole" => {
            rules(refusals, content, resource.kind() == "Role");
            aggregation(refusals, content);
        }
        "RoleBinding" | "ClusterRoleBinding" => binding(refusals, content, resource),
        _ => {}
    }
}

fn aggregation(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>) {
    let Some(rule) = content.get("aggregationRule").filter(|rule| rule.is_mapping()) else { return };
    let selectors = rule.items_at(&["clusterRoleSelectors"]);
    if selectors.is_empty() {
        let words = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        refusals.add(rule, "the rule selects no roles", words);
    }
    for selector in selectors {
        label_selector(refusals, selector);
    }
}

fn role(refusals: &mut Refusals<'_>, role: Option<&RenderedValue<'_>>) {
    let Some(role) = role else { return };
    refusals.filled(role, &["name"]);
    if let Some(name) = role.get("name") {
        refusals.segment(name);
    }
    let group = role.get("apiGroup").filter(|group| !is_placeholder(group.text()));
    if let Some(group) = group.filter(|group| group.text() != GROUP) {
        let words = format!("Unsupported value: \"{}\": supported values: \"{GROUP}\"", group.text());
        refusals.add(group, format!("the `apiGroup` of roles is `{GROUP}`"), words);
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

fn binding(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, binding: BuiltObject<'_>) {
    let is_cluster_wide = binding.kind() == "ClusterRoleBinding";
    // Otherwise a kustomization elsewhere may set the namespace.
    let is_final = is_cluster_wide && binding.build.application().is_some();
    let supported = if is_cluster_wide { &["ClusterRole"][..] } else { &["Role", "ClusterRole"] };
    if let Some(kind) = content.dig(&["roleRef", "kind"]).filter(|kind| !supported.contains(&kind.text())) {
        let words = format!("Unsupported value: \"{}\": supported values: {supported:?}", kind.text());
        refusals.add(kind, format!("the binding cannot refer to the kind `{}`", kind.text()), words);
    }
    role(refusals, content.get("roleRef"));
    for subject in content.items_at(&["subjects"]) {
        refusals.filled(subject, &["name"]);
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
            Some("ServiceAccount") => {
                if let Some(name) = subject.get("name") {
                    refusals.subdomain(name, "ServiceAccount");
                }
            }
            None => {}
            // Without an `apiGroup`, it is set.
            Some("User" | "Group") if group.is_empty() || group == GROUP => {}
            Some("User" | "Group") => {
                let at = subject.get("apiGroup").unwrap_or(subject);
                let words = format!("Unsupported value: \"{group}\": supported values: \"{GROUP}\"");
                refusals.add(at, format!("the `apiGroup` of users and groups is `{GROUP}`"), words);
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
