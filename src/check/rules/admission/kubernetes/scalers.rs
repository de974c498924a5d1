//! Autoscalers: `pkg/apis/autoscaling/validation`.

use super::{Refusals, has_object};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const METRICS: [(&str, &str); 5] = [
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
];

const TARGETS: [(&str, &str); 3] =
    [("Utilization", "averageUtilization"), ("Value", "value"), ("AverageValue", "averageValue")];

const LONGEST_WINDOW: i128 = 3600;

const LONGEST_PERIOD: i128 = 1800;

/// Checks the spec of a `HorizontalPodAutoscaler`.
pub(super) fn scaler(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    replicas(refusals, spec);
    if let Some(target) = spec.get("scaleTargetRef") {
        object(refusals, target);
    }
    for metric in spec.items_at(&["metrics"]) {
        self::metric(refusals, metric);
    }
    for rules in ["scaleUp", "scaleDown"].iter().filter_map(|field| spec.dig(&["behavior", field])) {
        self::rules(refusals, rules);
    }
}

fn replicas(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let [least, most] = ["minReplicas", "maxReplicas"].map(|field| spec.get(field));
    let number = |value: Option<&RenderedValue<'_>>| value.and_then(RenderedValue::as_int);
    let metrics = spec.items_at(&["metrics"]);
    let can_be_zero = metrics.iter().any(|it| matches!(it.str_at(&["type"]), Some("Object" | "External")));
    if let Some(value) = least.filter(|it| it.as_int().is_some_and(|it| it < 0 || it == 0 && !can_be_zero)) {
        refusals.add(value, "`minReplicas` is below 1", "must be greater than or equal to 1");
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
}

/// Checks what is scaled, or measured.
fn object(refusals: &mut Refusals<'_>, object: &RenderedValue<'_>) {
    refusals.filled(object, &["kind", "name"]);
    for value in ["kind", "name"].iter().filter_map(|field| object.get(field)) {
        refusals.segment(value);
    }
    if let Some(version) = object.get("apiVersion").filter(|it| it.text().matches('/').count() > 1) {
        let words = format!("unexpected GroupVersion string: {}", version.text());
        refusals.add(version, format!("`{}` is not an API version", version.text()), words);
    }
}

fn metric(refusals: &mut Refusals<'_>, metric: &RenderedValue<'_>) {
    let Some(kind) = metric.get("type").filter(|kind| !is_placeholder(kind.text())) else { return };
    let Some((_, field)) = METRICS.into_iter().find(|(known, _)| *known == kind.text()) else {
        let names = METRICS.map(|(known, _)| known);
        let hint = crate::suggest::hint(kind.text(), names);
        let words = format!("Unsupported value: \"{}\": supported values: {names:?}", kind.text());
        return refusals.add(kind, format!("a metric cannot be of type {}{hint}", kind.text()), words);
    };
    let kind_text = kind.text();
    for (_, other) in METRICS.into_iter().filter(|(_, other)| *other != field) {
        if let Some(entry) = metric.entry(other).filter(|entry| !entry.value.is_null()) {
            let words = "must populate the given metric source only";
            refusals.at(entry.location, format!("`{other}` in a metric of type {kind_text}"), words);
        }
    }
    let Some(source) = metric.get(field).filter(|source| !source.is_null()) else {
        let words = "must populate information for the given metric source";
        return refusals.add(kind, format!("a metric of type {kind_text} needs `{field}`"), words);
    };
    refusals.filled(source, &["name", "container"]);
    if let Some(identifier) = source.get("metric") {
        refusals.filled(identifier, &["name"]);
    }
    if let Some(described) = source.get("describedObject") {
        object(refusals, described);
    }
    if let Some(target) = source.get("target").filter(|target| target.is_mapping()) {
        self::target(refusals, target, kind_text);
    }
}

/// Checks how much a metric is to have.
fn target(refusals: &mut Refusals<'_>, target: &RenderedValue<'_>, kind: &str) {
    match target.get("type").filter(|kind| !kind.is_null()) {
        Some(known) if TARGETS.iter().any(|(name, _)| *name == known.text()) => {}
        Some(other) if is_placeholder(other.text()) && !other.text().is_empty() => return,
        Some(other) => {
            let words = "must be either Utilization, Value, or AverageValue";
            return refusals.add(other, format!("a target cannot be of type `{}`", other.text()), words);
        }
        None => {}
    }
    for (_, field) in TARGETS {
        let value = target.get(field).filter(|it| it.text().starts_with('-') || it.as_int() == Some(0));
        if let Some(value) = value {
            refusals.add(value, format!("`{field}` is not positive"), "must be positive");
        }
    }
    let given = |field: &str| has_object(target, field);
    let needed = match kind {
        "Pods" => &["averageValue"][..],
        "Resource" | "ContainerResource" => &["averageUtilization", "averageValue"],
        _ => &["value", "averageValue"],
    };
    if !needed.iter().any(|field| given(field)) {
        let message = format!("the target of a metric of type {kind} needs `{}`", needed.join("` or `"));
        refusals.add(target, message, "must set either a target value or averageValue");
    }
    if let [first, second] = needed
        && kind != "Object"
        && given(first)
        && let Some(second) = target.entry(second).filter(|entry| !entry.value.is_null())
    {
        let message = format!("the target has `{first}` and `{}`; only one is possible", second.key);
        refusals.at(second.location, message, "may not set both a target raw value and a target utilization");
    }
}

fn rules(refusals: &mut Refusals<'_>, rules: &RenderedValue<'_>) {
    let window = rules.get("stabilizationWindowSeconds");
    if let Some(window) =
        window.filter(|it| it.as_int().is_some_and(|it| !(0..=LONGEST_WINDOW).contains(&it)))
    {
        let words = "must be greater than or equal to zero, and less than or equal to 3600";
        refusals.add(window, "the window is not between 0 and 3600 seconds", words);
    }
    if let Some(select) = rules.get("selectPolicy").filter(|select| !is_placeholder(select.text()))
        && !matches!(select.text(), "Max" | "Min" | "Disabled")
    {
        let words = format!(
            "Unsupported value: \"{}\": supported values: \"Disabled\", \"Max\", \"Min\"",
            select.text()
        );
        refusals.add(select, format!("`selectPolicy` cannot be `{}`", select.text()), words);
    }
    let policies = rules.get("policies").filter(|policies| policies.is_sequence());
    if let Some(empty) = policies.filter(|policies| policies.items().is_empty()) {
        refusals.add(empty, "`policies` is empty", "must specify at least one Policy");
    }
    for policy in policies.map_or(&[][..], RenderedValue::items) {
        self::policy(refusals, policy);
    }
}

fn policy(refusals: &mut Refusals<'_>, policy: &RenderedValue<'_>) {
    if let Some(kind) = policy.get("type").filter(|kind| !is_placeholder(kind.text()))
        && !matches!(kind.text(), "Pods" | "Percent")
    {
        let words =
            format!("Unsupported value: \"{}\": supported values: \"Percent\", \"Pods\"", kind.text());
        refusals.add(kind, format!("a policy cannot be of type {}", kind.text()), words);
    }
    let too_large = |field: &str, value: i128| field == "periodSeconds" && value > LONGEST_PERIOD;
    for field in ["value", "periodSeconds"] {
        let value = policy.get(field);
        if let Some(value) = value.filter(|it| it.as_int().is_some_and(|it| it < 1)) {
            refusals.add(value, format!("`{field}` is not positive"), "must be greater than zero");
        } else if let Some(value) = value.filter(|it| it.as_int().is_some_and(|it| too_large(field, it))) {
            refusals.add(
                value,
                "the period is longer than 1800 seconds",
                "must be less than or equal to 1800",
            );
        }
    }
}
