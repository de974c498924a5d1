//! Where a pod runs: tolerations, spread and affinity.

use std::collections::BTreeSet;

use super::workloads::label_selector;
use super::{Refusals, has};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Checks the spec of a pod.
pub(super) fn check(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for toleration in spec.items_at(&["tolerations"]) {
        self::toleration(refusals, toleration);
    }
    spread(refusals, spec.items_at(&["topologySpreadConstraints"]));
    for entry in spec.get("nodeSelector").map_or(&[][..], RenderedValue::entries) {
        refusals.label(entry);
    }
    let Some(affinity) = spec.get("affinity") else { return };
    if let Some(nodes) = affinity.get("nodeAffinity") {
        self::nodes(refusals, nodes);
    }
    for pods in ["podAffinity", "podAntiAffinity"].iter().filter_map(|field| affinity.get(field)) {
        for term in pods.items_at(&[REQUIRED]) {
            self::term(refusals, term);
        }
        for preferred in pods.items_at(&[PREFERRED]) {
            weight(refusals, preferred);
            if let Some(term) = preferred.get("podAffinityTerm") {
                self::term(refusals, term);
            }
        }
    }
}

fn toleration(refusals: &mut Refusals<'_>, toleration: &RenderedValue<'_>) {
    let operator = toleration.str_at(&["operator"]).unwrap_or("Equal");
    if let Some(key) = toleration.get("key").filter(|key| !key.text().is_empty()) {
        refusals.qualified(key, "the key of a taint");
    }
    if operator == "Exists" && has(toleration, "value") {
        let words = "value must be empty when `operator` is 'Exists'";
        refusals.add(toleration, "a toleration with `operator: Exists` and a `value`", words);
    } else if let Some(value) = toleration.get("value") {
        refusals.label_value(value);
    }
    if operator == "Equal" && !has(toleration, "key") {
        let words =
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        refusals.add(toleration, "a toleration without `key` needs `operator: Exists`", words);
    }
    if has(toleration, "tolerationSeconds") && toleration.str_at(&["effect"]) != Some("NoExecute") {
        let words = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        refusals.add(toleration, "`tolerationSeconds` needs `effect: NoExecute`", words);
    }
}

fn spread(refusals: &mut Refusals<'_>, constraints: &[RenderedValue<'_>]) {
    let mut seen = BTreeSet::new();
    for constraint in constraints {
        refusals.filled(constraint, &["topologyKey"]);
        for field in ["maxSkew", "minDomains"] {
            if let Some(value) = constraint.get(field).filter(|it| it.as_int().is_some_and(|it| it < 1)) {
                refusals.add(value, format!("`{field}` is at least 1"), "must be greater than zero");
            }
        }
        let when = constraint.str_at(&["whenUnsatisfiable"]);
        if let Some(least) =
            constraint.get("minDomains").filter(|it| !it.is_null() && when == Some("ScheduleAnyway"))
        {
            let words = "can only use minDomains if whenUnsatisfiable=DoNotSchedule";
            refusals.add(least, "`minDomains` needs `whenUnsatisfiable: DoNotSchedule`", words);
        }
        if let (Some(key), Some(when)) = (constraint.str_at(&["topologyKey"]), when)
            && !seen.insert((key, when))
        {
            let words = format!("Duplicate value: \"{{{key}, {when}}}\"");
            refusals.add(constraint, format!("a second constraint for `{key}`"), words);
        }
        let Some(selector) = constraint.get("labelSelector") else { continue };
        label_selector(refusals, selector);
        for key in constraint.items_at(&["matchLabelKeys"]) {
            if selector.dig(&["matchLabels", key.text()]).is_some() {
                let words = "exists in both matchLabelKeys and labelSelector";
                refusals.add(key, format!("`{}` is in `labelSelector`, too", key.text()), words);
            }
        }
    }
}

fn nodes(refusals: &mut Refusals<'_>, affinity: &RenderedValue<'_>) {
    if let Some(required) = affinity.get(REQUIRED).filter(|required| required.is_mapping()) {
        node_selector(refusals, required);
    }
    for preferred in affinity.items_at(&[PREFERRED]) {
        weight(refusals, preferred);
        if let Some(term) = preferred.get("preference") {
            node_term(refusals, term);
        }
    }
}

/// Checks which nodes are selected.
pub(super) fn node_selector(refusals: &mut Refusals<'_>, selector: &RenderedValue<'_>) {
    let terms = selector.items_at(&["nodeSelectorTerms"]);
    if terms.is_empty() {
        let at = selector.get("nodeSelectorTerms").unwrap_or(selector);
        refusals.add(at, "no term selects a node", "must have at least one node selector term");
    }
    for term in terms {
        node_term(refusals, term);
    }
}

fn node_term(refusals: &mut Refusals<'_>, term: &RenderedValue<'_>) {
    for expression in term.items_at(&["matchExpressions"]) {
        let count = expression.items_at(&["values"]).len();
        let message = match expression.str_at(&["operator"]) {
            Some("In" | "NotIn") if count == 0 => "must be specified when `operator` is 'In' or 'NotIn'",
            Some("Exists" | "DoesNotExist") if count > 0 => {
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            }
            Some("Gt" | "Lt") if count != 1 => {
                "must be specified single value when `operator` is 'Lt' or 'Gt'"
            }
            _ => continue,
        };
        refusals.add(expression, "the number of `values` does not fit the operator", message);
    }
}

fn weight(refusals: &mut Refusals<'_>, preferred: &RenderedValue<'_>) {
    let weight = preferred.get("weight");
    if let Some(weight) = weight.filter(|it| it.as_int().is_some_and(|it| !(1..=100).contains(&it))) {
        refusals.add(weight, "the weight is not between 1 and 100", "must be in the range 1-100");
    }
}

fn term(refusals: &mut Refusals<'_>, term: &RenderedValue<'_>) {
    match term.get("topologyKey").filter(|key| !key.is_null()) {
        Some(key) if key.text().is_empty() => {
            refusals.add(key, "`topologyKey` is empty", "topologyKey: Required value: can not be empty");
        }
        _ => {}
    }
    for namespace in term.items_at(&["namespaces"]).iter().filter(|it| !is_placeholder(it.text())) {
        refusals.dns_label(namespace, "namespace", super::DNS_LABEL);
    }
    for selector in ["labelSelector", "namespaceSelector"].iter().filter_map(|field| term.get(field)) {
        label_selector(refusals, selector);
    }
}
