//! What creates pods: `pkg/apis/apps/validation`.

use super::containers::is_blank;
use super::pods::{self, Creator};
use super::{DNS_LABEL, Refusals, annotations, each, has, jobs, numbers};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// Checks the workload, and the pods that it creates.
pub(super) fn check(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>) {
    let Some(kind) = resource.workload_kind() else { return };
    let content = resource.content();
    let Some(spec) = content.get("spec") else { return };
    let claims = spec.items_at(&["volumeClaimTemplates"]);
    let creator = match (resource.group(), resource.kind()) {
        ("apps", _) | ("", "ReplicationController") | ("argoproj.io", "Rollout") => Creator::Always,
        ("batch", _) => Creator::Job,
        _ => Creator::Other,
    };
    if let Some(pod) = content.dig(kind.template).and_then(|template| template.entry("spec")) {
        pods::spec(refusals, pod, creator, claims);
        ephemeral(refusals, resource, &pod.value);
        images(refusals, resource, &pod.value);
    }
    if let Some(annotations) =
        content.dig(kind.template).and_then(|pod| pod.dig(&["metadata", "annotations"]))
    {
        annotations::check(refusals, annotations, resource.kind() == "Pod");
    }
    match (resource.group(), resource.kind()) {
        ("apps", kind) => {
            numbers::counts(
                refusals,
                spec,
                &["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"],
            );
            selector(refusals, spec, kind);
            strategy(refusals, spec, kind);
            match kind {
                "Deployment" => deadline(refusals, spec),
                "StatefulSet" => stateful(refusals, spec),
                _ => {}
            }
        }
        ("batch", "Job") => jobs::job(refusals, spec),
        ("batch", "CronJob") => jobs::cron_job(refusals, spec, resource),
        _ => {}
    }
}

/// Checks that no container is one that only `kubectl debug` adds.
fn ephemeral(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: &RenderedValue<'_>) {
    let Some(entry) = spec.entry("ephemeralContainers").filter(|entry| !entry.value.items().is_empty())
    else {
        return;
    };
    let words = if resource.kind() == "Pod" {
        "cannot be set on create"
    } else {
        "ephemeral containers not allowed in pod template"
    };
    refusals.at(entry.location, "only a running Pod gets `ephemeralContainers`", words);
}

/// Checks that no image is blank. To `OpenShift`, a blank one of a workload is where its trigger puts an image.
fn images(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: &RenderedValue<'_>) {
    if resource.kind() != "Pod" && resource.annotation("image.openshift.io/triggers").is_some() {
        return;
    }
    for list in ["containers", "initContainers"] {
        for image in each(spec.items_at(&[list]), "image").filter(|image| is_blank(image)) {
            refusals.add(image, "the image is blank", "must not have leading or trailing whitespace");
        }
    }
}

fn selector(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, kind: &str) {
    if let Some(selector) = spec.get("selector").filter(|selector| !selector.is_null()) {
        empty_selector(refusals, selector, &kind.to_lowercase());
        label_selector(refusals, selector);
    }
}

/// Checks that the selector of a workload selects something.
pub(in super::super) fn empty_selector(
    refusals: &mut Refusals<'_>,
    selector: &RenderedValue<'_>,
    kind: &str,
) {
    if !has(selector, "matchLabels") && !has(selector, "matchExpressions") {
        let words = format!("empty selector is invalid for {kind}");
        refusals.add(selector, "the selector is empty", words);
    }
}

/// Checks the expressions of a selector: `ValidateLabelSelector`.
pub(in super::super) fn label_selector(refusals: &mut Refusals<'_>, selector: &RenderedValue<'_>) {
    for expression in selector.items_at(&["matchExpressions"]) {
        if let Some(key) = expression.get("key") {
            refusals.qualified(key, "the key of a label");
        }
        let values = !expression.items_at(&["values"]).is_empty();
        match expression.str_at(&["operator"]) {
            Some("In" | "NotIn") if !values => {
                let words = "must be specified when `operator` is 'In' or 'NotIn'";
                refusals.add(expression, "the expression has no `values`", words);
            }
            Some("Exists" | "DoesNotExist") if values => {
                let words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                refusals.add(expression, "the expression has `values`, which it does not use", words);
            }
            Some("In" | "NotIn" | "Exists" | "DoesNotExist") | None => {}
            Some(operator) if is_placeholder(operator) => {}
            Some(operator) => {
                let at = expression.get("operator").unwrap_or(expression);
                let message = format!("`{operator}` is not an operator of a selector");
                refusals.add(at, message, "not a valid selector operator");
            }
        }
    }
}

fn strategy(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, kind: &str) {
    let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let Some(strategy) = spec.get(field) else { return };
    let rolling = strategy.entry("rollingUpdate").filter(|entry| !entry.value.is_null());
    let chosen = strategy.str_at(&["type"]).unwrap_or("RollingUpdate");
    if let Some(entry) = rolling.filter(|_| matches!(chosen, "Recreate" | "OnDelete")) {
        let words = match kind {
            "Deployment" => "may not be specified when strategy `type` is 'Recreate'",
            _ => "only allowed for updateStrategy 'RollingUpdate'",
        };
        return refusals.at(entry.location, format!("`rollingUpdate` with the strategy `{chosen}`"), words);
    }
    let is_known = is_placeholder(chosen) || matches!(chosen, "RollingUpdate" | "OnDelete");
    if let Some(chosen) = strategy.get("type").filter(|_| kind == "StatefulSet" && !is_known) {
        let message = format!("the strategy of a StatefulSet cannot be `{}`", chosen.text());
        refusals.add(chosen, message, "must be 'RollingUpdate' or 'OnDelete'");
    }
    let Some(rolling) = rolling.map(|entry| &entry.value) else { return };
    let [unavailable, surge] =
        ["maxUnavailable", "maxSurge"].map(|field| rolling.get(field).filter(|it| !it.is_null()));
    if let Some(value) = unavailable {
        numbers::share(refusals, value, true);
    }
    if let Some(value) = surge {
        numbers::share(refusals, value, false);
    }
    if let (Some(surge), Some(unavailable), "DaemonSet") = (surge, unavailable, kind)
        && !numbers::is_zero(surge)
        && !numbers::is_zero(unavailable)
    {
        let message = "a DaemonSet has `maxSurge` or `maxUnavailable`, not both";
        refusals.add(surge, message, "may not be set when maxUnavailable is non-zero");
    }
    if let Some(value) = unavailable.filter(|it| numbers::is_zero(it))
        && surge.is_some_and(numbers::is_zero)
    {
        let message = "`maxUnavailable` and `maxSurge` are both 0, so no pod can be replaced";
        refusals.add(value, message, "may not be 0 when `maxSurge` is 0");
    }
}

const DEADLINE: i128 = 600;

fn deadline(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let ready = spec.get("minReadySeconds");
    let seconds =
        |value: Option<&RenderedValue<'_>>, default| value.map_or(Some(default), RenderedValue::as_int);
    let deadline = spec.get("progressDeadlineSeconds").filter(|value| !value.is_null());
    if let (Some(limit), Some(least)) = (seconds(deadline, DEADLINE), seconds(ready, 0))
        && (0..=least).contains(&limit)
        && let Some(at) = deadline.or(ready)
    {
        let message = "the deadline is over before a Pod can be ready";
        refusals.add(at, message, "must be greater than minReadySeconds");
    }
}

fn stateful(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if let Some(name) = spec.get("serviceName") {
        refusals.dns_label(name, "Service", DNS_LABEL);
    }
    for (owner, field) in [(&["updateStrategy", "rollingUpdate"][..], "partition"), (&["ordinals"], "start")]
    {
        if let Some(owner) = spec.dig(owner) {
            numbers::counts(refusals, owner, &[field]);
        }
    }
    let policy = spec.get("persistentVolumeClaimRetentionPolicy").map_or(&[][..], RenderedValue::entries);
    for entry in policy.iter().filter(|entry| !is_placeholder(entry.value.text())) {
        let text = entry.value.text();
        if !matches!(text, "Retain" | "Delete") {
            let words = format!("Unsupported value: \"{text}\": supported values: \"Retain\", \"Delete\"");
            refusals.add(&entry.value, format!("`{}` cannot be `{text}`", entry.key), words);
        }
    }
}
