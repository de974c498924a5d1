//! Runs: `pipelinerun_validation.go`, `taskrun_validation.go`, `workspace_validation.go`. The sum of their timeouts is
//! another rule (TN082).

use std::collections::BTreeSet;

use super::super::{Refusals, each, has, has_object};
use super::{is_negative, no_resources, pipelines, reference, tasks};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::rules::tekton::seconds;

/// What a workspace can be bound to.
const SOURCES: [&str; 7] =
    ["persistentVolumeClaim", "volumeClaimTemplate", "emptyDir", "configMap", "secret", "projected", "csi"];

/// The field of a source without which it means nothing.
const REQUIRED: [(&str, &str); 5] = [
    ("persistentVolumeClaim", "claimName"),
    ("configMap", "name"),
    ("secret", "secretName"),
    ("projected", "sources"),
    ("csi", "driver"),
];

const PIPELINE_STATUS: [&str; 4] =
    ["Cancelled", "CancelledRunFinally", "StoppedRunFinally", "PipelineRunPending"];

const TASK_STATUS: [&str; 2] = ["TaskRunCancelled", "TaskRunPending"];

/// Checks the `spec` of the PipelineRun `object`.
pub(super) fn pipeline_run(
    refusals: &mut Refusals<'_>,
    spec: &RenderedValue<'_>,
    object: &RenderedValue<'_>,
) {
    if let Some(inner) = one_of(refusals, spec, object, ["pipelineRef", "pipelineSpec"]) {
        pipelines::pipeline(refusals, inner);
    }
    common(refusals, spec);
    for value in each(spec.items_at(&["params"]), "value").flat_map(RenderedValue::scalars) {
        if value.text().contains("$(tasks.") && value.text().contains(".results.") {
            let message = "the param of a run cannot be the result of a task";
            refusals.add(value, message, "cannot use result expressions in PipelineRun parameter values");
        }
    }
    for (field, limit) in
        spec.get("timeouts").map_or(&[][..], RenderedValue::entries).iter().map(|it| (&it.key, &it.value))
    {
        if is_negative(limit) {
            refusals.add(limit, "the timeout is negative", format!("should be >= 0: timeouts.{field}"));
        }
    }
    if let Some(timeout) = spec.get("timeout").filter(|timeout| !timeout.is_null()) {
        if is_negative(timeout) {
            refusals.add(timeout, "the timeout is negative", "should be >= 0: timeout");
        }
        if has_object(spec, "timeouts") {
            let words = "must not set the field(s): timeout, timeouts";
            refusals.add(timeout, "the run has `timeout` and `timeouts`", words);
        }
    }
    let specs = spec.items_at(&["taskRunSpecs"]);
    for one in specs {
        resources(refusals, one);
    }
    durations(refusals, spec, each(specs, "timeout"));
    status(refusals, spec, &PIPELINE_STATUS);
}

/// Checks that no part of a run, nor one of its `tasks`, may take longer than the whole.
fn durations<'v, 'a: 'v>(
    refusals: &mut Refusals<'_>,
    spec: &RenderedValue<'_>,
    tasks: impl Iterator<Item = &'v RenderedValue<'a>>,
) {
    let given = |field: &str| spec.dig(&["timeouts", field]);
    let [whole, part] = ["pipeline", "tasks"].map(|field| given(field).and_then(seconds));
    let is_endless = |value: &&RenderedValue<'_>| value.text() == "0" || seconds(value) == Some(0);
    if let (Some(value), Some(1..)) = (given("tasks").filter(is_endless), whole) {
        let words = "invalid value: 0s (no timeout) should be <= pipeline duration: timeouts.tasks";
        refusals.add(value, "the tasks have no timeout, and the whole run has one", words);
    }
    let limit = part.or(whole).filter(|limit| *limit > 0);
    for timeout in tasks {
        if is_negative(timeout) {
            refusals.add(timeout, "the timeout is negative", "should be >= 0: timeout");
        } else if let (Some(own), Some(limit)) = (seconds(timeout), limit)
            && own > limit
        {
            let message = format!("`{}` is longer than all tasks may take", timeout.text());
            refusals.add(timeout, message, "should be <= pipeline tasks duration");
        }
    }
}

/// Checks the `spec` of the TaskRun `object`.
pub(super) fn task_run(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, object: &RenderedValue<'_>) {
    if let Some(inner) = one_of(refusals, spec, object, ["taskRef", "taskSpec"]) {
        tasks::task(refusals, inner);
    }
    common(refusals, spec);
    resources(refusals, spec);
    status(refusals, spec, &TASK_STATUS);
    if let Some(message) =
        spec.get("statusMessage").filter(|it| !it.text().is_empty() && !has(spec, "status"))
    {
        let words = "statusMessage should not be set if status is not set";
        refusals.add(message, "`statusMessage` without `status`", words);
    }
    if let Some(retries) = spec.get("retries").filter(|it| it.as_int().is_some_and(|it| it < 0)) {
        refusals.add(retries, "`retries` is negative", "should be >= 0: retries");
    }
    if let Some(timeout) = spec.get("timeout").filter(|timeout| is_negative(timeout)) {
        refusals.add(timeout, "the timeout is negative", "should be >= 0: timeout");
    }
}

/// Checks what is run, by reference or embedded. Returns what is embedded.
fn one_of<'v, 'a>(
    refusals: &mut Refusals<'_>,
    spec: &'v RenderedValue<'a>,
    object: &RenderedValue<'_>,
    [by_name, embedded]: [&str; 2],
) -> Option<&'v RenderedValue<'a>> {
    let given = |field: &str| spec.get(field).filter(|value| !value.is_null());
    let both = format!("{by_name}, {embedded}");
    match (given(by_name), given(embedded)) {
        (None, None) => {
            let at = object.entry("spec").map_or(object.location(), |entry| entry.location);
            let message = format!("the run has neither `{by_name}` nor `{embedded}`");
            refusals.at(at, message, format!("expected exactly one, got neither: {both}"));
        }
        (Some(_), Some(inner)) => {
            let message = format!("the run has `{by_name}` and `{embedded}`");
            refusals.add(inner, message, format!("expected exactly one, got both: {both}"));
        }
        (Some(what), None) => match what.str_at(&["kind"]) {
            Some("ClusterTask") => pipelines::cluster_task(refusals, by_name, what),
            _ if has(what, "apiVersion")
                && !what.str_at(&["apiVersion"]).unwrap_or_default().starts_with("tekton.dev/") => {}
            _ => reference(refusals, what),
        },
        (None, Some(_)) => {}
    }
    given(embedded)
}

/// Checks what runs of Pipelines and of Tasks have in common.
fn common(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    no_resources(refusals, spec);
    // Here the case of a name does not count.
    let mut seen = BTreeSet::new();
    for name in each(spec.items_at(&["params"]), "name") {
        if !is_placeholder(name.text()) && !seen.insert(name.text().to_lowercase()) {
            let words = format!("expected exactly one, got both: params[{}].name", name.text());
            refusals.add(name, format!("a second param is called `{}`", name.text()), words);
        }
    }
    let bound = spec.items_at(&["workspaces"]);
    let twice = |name: &str| format!("workspace \"{name}\" provided by pipelinerun more than once");
    refusals.unique(each(bound, "name"), "workspace", twice);
    for workspace in bound {
        self::workspace(refusals, workspace);
    }
}

fn workspace(refusals: &mut Refusals<'_>, workspace: &RenderedValue<'_>) {
    let all = "persistentvolumeclaim, volumeclaimtemplate, emptydir, configmap, secret";
    let at = workspace.get("name").unwrap_or(workspace);
    let given: Vec<_> = SOURCES.into_iter().filter(|source| has_object(workspace, source)).collect();
    match given[..] {
        [] => {
            let message = format!("the workspace `{}` is bound to nothing", at.text());
            refusals.add(at, message, format!("expected exactly one, got neither: {all}"));
        }
        [source] => {
            let required = REQUIRED.into_iter().find(|(known, _)| *known == source);
            let Some((_, field)) = required else { return };
            let value = workspace.get(source).unwrap_or(workspace);
            if !has(value, field) {
                let words = format!("missing field(s): {}.{field}", source.to_lowercase());
                refusals.add(value, format!("`{source}` lacks `{field}`"), words);
            }
        }
        _ => {
            let message = format!(
                "the workspace `{}` has `{}`; only one is possible",
                at.text(),
                given.join("` and `")
            );
            refusals.add(at, message, format!("expected exactly one, got both: {all}"));
        }
    }
}

fn resources(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for list in ["stepSpecs", "sidecarSpecs", "stepOverrides", "sidecarOverrides"] {
        let specs = spec.items_at(&[list]);
        let twice = |_: &str| format!("expected exactly one, got both: {list}.name");
        refusals.unique(each(specs, "name"), "entry", twice);
        for nameless in specs.iter().filter(|spec| !has(spec, "name")) {
            refusals.add(nameless, format!("an entry of `{list}` has no name"), "missing field(s): name");
        }
    }
    let is_limited = |step: &RenderedValue<'_>| has(step, "computeResources");
    if let Some(entry) = spec.entry("computeResources").filter(|entry| !entry.value.is_null())
        && spec.items_at(&["stepSpecs"]).iter().any(is_limited)
    {
        let words = "expected exactly one, got both: stepSpecs.resources, computeResources";
        refusals.at(entry.location, "`computeResources` of the task and of its steps", words);
    }
}

fn status(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, allowed: &[&str]) {
    let Some(status) = spec.get("status").filter(|status| !is_placeholder(status.text())) else { return };
    if !allowed.contains(&status.text()) {
        let words = format!("{} should be {}", status.text(), allowed.join(" or "));
        refusals.add(status, format!("`status` cannot be `{}`", status.text()), words);
    }
}
