//! What a namespace may use: quotas and ranges of limits.

use std::collections::BTreeSet;

use super::{Refusals, each, numbers};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// Resources of the API server itself that a quota can bound.
const COUNTED: [&str; 8] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
];

const STANDARD: [&str; 11] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Checks the spec of a `ResourceQuota`.
pub(super) fn quota(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for entry in spec.get("hard").map_or(&[][..], RenderedValue::entries) {
        name(refusals, entry);
        let amount = &entry.value;
        if amount.text().starts_with('-') {
            refusals.add(amount, "the amount is negative", "must be greater than or equal to 0");
        }
        let is_whole = numbers::quantity(amount.text()).is_none_or(|amount| amount % 1_000_000_000 == 0);
        if COUNTED.contains(&&*entry.key) && !is_whole {
            refusals.add(amount, format!("`{}` is not a whole number", amount.text()), "must be an integer");
        }
    }
    let scopes = spec.items_at(&["scopes"]);
    let selected = each(spec.items_at(&["scopeSelector", "matchExpressions"]), "scopeName");
    for name in scopes.iter().chain(selected) {
        scope(refusals, spec, name);
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        let has = |text: &str| scopes.iter().find(|scope| scope.text() == text);
        if let (Some(_), Some(second)) = (has(one), has(other)) {
            refusals.add(second, format!("`{other}` together with `{one}`"), "conflicting scopes");
        }
    }
    for expression in spec.items_at(&["scopeSelector", "matchExpressions"]) {
        let needs_values = matches!(expression.str_at(&["operator"]), Some("In" | "NotIn"));
        if needs_values && expression.items_at(&["values"]).is_empty() {
            let words = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
            refusals.add(expression, "the expression has no `values`", words);
        }
    }
}

fn name(refusals: &mut Refusals<'_>, entry: &KeyValue<'_>) {
    let text = &*entry.key;
    let is_known =
        text.contains(['/', '.']) && !text.starts_with("requests.") && !text.starts_with("limits.")
            || STANDARD.contains(&text)
            || COUNTED.contains(&text)
            || text.contains("hugepages-")
            || text.contains('/');
    if !is_known && !is_placeholder(text) {
        let hint = crate::suggest::hint(text, STANDARD.into_iter().chain(COUNTED));
        let words = "must be a standard resource type or fully qualified";
        refusals.at(entry.location, format!("a quota has no resource `{text}`{hint}"), words);
    }
}

/// Resources that pods count for, beside their number.
const OF_PODS: [&str; 6] =
    ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// Checks that a scope, which selects pods or claims, does not bound what others use.
fn scope(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, scope: &RenderedValue<'_>) {
    let is_possible = |resource: &str| match scope.text() {
        "BestEffort" => resource == "pods",
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => resource == "pods" || OF_PODS.contains(&resource),
        _ => true,
    };
    let bounded = spec.get("hard").map_or(&[][..], RenderedValue::entries).iter().map(|entry| &*entry.key);
    let mut counted = bounded.filter(|it| STANDARD.contains(it) || COUNTED.contains(it));
    if let Some(resource) = counted.find(|resource| !is_possible(resource)) {
        let message = format!("a quota for `{}` cannot bound `{resource}`", scope.text());
        refusals.add(scope, message, "unsupported scope applied to resource");
    }
}

/// Lists of a range, each of which is at most the next, with the words for what is not.
const ORDER: [(&str, &str, &str); 6] = [
    ("min", "max", "min value is greater than max value"),
    ("min", "defaultRequest", "min value is greater than default request value"),
    ("defaultRequest", "max", "default request value is greater than max value"),
    ("defaultRequest", "default", "default request value is greater than default limit value"),
    ("min", "default", "min value is greater than default value"),
    ("default", "max", "default value is greater than max value"),
];

/// Checks the spec of a `LimitRange`.
pub(super) fn range(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let limits = spec.items_at(&["limits"]);
    let mut seen = BTreeSet::new();
    for limit in limits {
        let Some(kind) = limit.get("type").filter(|kind| !is_placeholder(kind.text())) else { continue };
        if !seen.insert(kind.text()) {
            let words = format!("Duplicate value: \"{}\"", kind.text());
            refusals.add(kind, format!("a second range is for {}", kind.text()), words);
        }
        match kind.text() {
            "Pod" => {
                for entry in ["default", "defaultRequest"].iter().filter_map(|field| limit.entry(field)) {
                    let words = "may not be specified when `type` is 'Pod'";
                    refusals.at(entry.location, format!("`{}` of a range for pods", entry.key), words);
                }
            }
            "PersistentVolumeClaim" => {
                let is_bound = |list: &str| limit.dig(&[list, "storage"]).is_some();
                if !is_bound("min") && !is_bound("max") {
                    let words =
                        "either minimum or maximum storage value is required, but neither was provided";
                    refusals.add(kind, "the range has neither a least nor a greatest `storage`", words);
                }
            }
            "Container" => {}
            other if other.contains('/') => {}
            other => {
                let words = "must be a standard limit type or fully qualified";
                refusals.add(kind, format!("a range cannot be for {other}"), words);
            }
        }
        bounded(refusals, limit, kind.text());
        order(refusals, limit);
        ratios(refusals, limit);
    }
}

/// Checks the names of the resources that a range bounds.
fn bounded(refusals: &mut Refusals<'_>, limit: &RenderedValue<'_>, kind: &str) {
    for list in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        for entry in limit.get(list).map_or(&[][..], RenderedValue::entries) {
            let name = &*entry.key;
            if name.contains('/') || name.starts_with("hugepages-") || is_placeholder(name) {
                continue;
            }
            let words = if !STANDARD.contains(&name) && !COUNTED.contains(&name) {
                "must be a standard resource type or fully qualified"
            } else if matches!(kind, "Pod" | "Container") && !OF_CONTAINERS.contains(&name) {
                "must be a standard resource for containers"
            } else {
                continue;
            };
            let hint = crate::suggest::hint(name, OF_CONTAINERS);
            refusals.at(entry.location, format!("a range has no resource `{name}`{hint}"), words);
        }
    }
}

fn order(refusals: &mut Refusals<'_>, limit: &RenderedValue<'_>) {
    let mut reported = BTreeSet::new();
    for (lower, upper, words) in ORDER {
        for entry in limit.get(lower).map_or(&[][..], RenderedValue::entries) {
            let Some(above) = limit.dig(&[upper, &entry.key]) else { continue };
            let amounts = (numbers::quantity(entry.value.text()), numbers::quantity(above.text()));
            if let (Some(least), Some(most)) = amounts
                && least > most
                && reported.insert((lower, &entry.key))
            {
                let message = format!("`{lower}` of {} is above its `{upper}`", entry.key);
                refusals.add(&entry.value, message, words);
            }
        }
    }
}

fn ratios(refusals: &mut Refusals<'_>, limit: &RenderedValue<'_>) {
    for entry in limit.get("maxLimitRequestRatio").map_or(&[][..], RenderedValue::entries) {
        let amount = |list: &str| limit.dig(&[list, &entry.key]).and_then(|it| numbers::quantity(it.text()));
        let Some(ratio) = numbers::quantity(entry.value.text()) else { continue };
        if ratio < 1_000_000_000 {
            refusals.add(&entry.value, "the ratio is below 1", "ratio is less than 1");
        } else if let (Some(least), Some(most)) = (amount("min"), amount("max"))
            && least > 0
            && ratio > most.saturating_mul(1_000_000_000) / least
        {
            refusals.add(
                &entry.value,
                "`max` and `min` do not allow this ratio",
                "ratio is greater than max/min",
            );
        }
    }
}
