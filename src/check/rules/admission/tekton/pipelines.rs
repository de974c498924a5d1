//! Pipelines, also embedded ones: `pipeline_validation.go`. What their variables mean, and the order of their tasks, are
//! other rules (TN031, TN032).

use std::collections::BTreeSet;

use super::super::{Refusals, each, has_object, is_set};
use super::usage::Declared;
use super::{declared_params, dns_label, given_params, no_resources, on_error, reference, tasks, when};
use crate::check::rendered_value::RenderedValue;

const WHAT_RUNS: [&str; 4] = ["taskRef", "taskSpec", "pipelineRef", "pipelineSpec"];

/// What the variables in params of a task can begin with. A trigger replaces `tt` and `uid` before.
const PREFIXES: [&str; 8] = ["params", "tasks", "finally", "context", "workspaces", "results", "tt", "uid"];

/// Checks the spec of a Pipeline.
pub(super) fn pipeline(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if !is_set(spec) {
        let words = "expected at least one, got none: description, params, resources, tasks, workspaces";
        return refusals.add(spec, "the Pipeline is empty", words);
    }
    no_resources(refusals, spec);
    declared_params(refusals, spec);
    let twice = |name: &str| format!("workspace with name \"{name}\" appears more than once");
    refusals.unique(each(spec.items_at(&["workspaces"]), "name"), "workspace", twice);
    for workspace in spec.items_at(&["workspaces"]) {
        refusals.filled(workspace, &["name"]);
    }
    let declared = Declared::of(spec);
    let [tasks, finally] = ["tasks", "finally"].map(|list| spec.items_at(&[list]));
    let twice = |_: &str| "expected exactly one, got both: tasks.name".to_owned();
    refusals.unique(each(tasks, "name").chain(each(finally, "name")), "task", twice);
    for task in tasks.iter().chain(finally) {
        self::task(refusals, task);
        given_values(refusals, task, &declared);
    }
    status(refusals, tasks);
    matrixed(refusals, tasks);
    if let Some(entry) = spec.entry("finally").filter(|_| tasks.is_empty() && !finally.is_empty()) {
        let words = format!("spec.tasks is empty but spec.finally has {} tasks", finally.len());
        refusals.at(entry.location, "`finally` without `tasks`", words);
    }
    for value in each(spec.items_at(&["results"]), "value") {
        result(refusals, value);
    }
}

fn task(refusals: &mut Refusals<'_>, task: &RenderedValue<'_>) {
    match task.get("name") {
        Some(name) => dns_label(refusals, name, "task"),
        None => refusals.add(task, "the task has no name", "invalid value \"\": name"),
    }
    let given: Vec<_> = WHAT_RUNS.into_iter().filter(|field| has_object(task, field)).collect();
    match given[..] {
        [] => {
            let at = task.get("name").unwrap_or(task);
            let words = "expected exactly one, got neither: taskRef, taskSpec";
            refusals.add(at, "the task has neither `taskRef` nor `taskSpec`", words);
        }
        [_] => {}
        [.., last] => {
            let at = task.get(last).unwrap_or(task);
            let words = format!("expected exactly one, got multiple: {}", given.join(", "));
            refusals.add(
                at,
                format!("the task has `{}`; only one is possible", given.join("` and `")),
                words,
            );
        }
    }
    no_resources(refusals, task);
    given_params(refusals, task);
    on_error(refusals, task);
    retried(refusals, task);
    when(refusals, task);
    matrix(refusals, task);
    variables(refusals, task);
    let unique = |name: &str| format!("workspace name \"{name}\" must be unique");
    refusals.unique(each(task.items_at(&["workspaces"]), "name"), "workspace of this task", unique);
    for field in ["taskRef", "taskSpec"] {
        if let Some(what) = task.get(field).filter(|what| !what.is_null()) {
            runs(refusals, field, what);
        }
    }
    if let Some(inner) = task.get("pipelineSpec").filter(|inner| !inner.is_null()) {
        pipeline(refusals, inner);
    }
}

fn retried(refusals: &mut Refusals<'_>, task: &RenderedValue<'_>) {
    let retries = task.get("retries").and_then(RenderedValue::as_int).unwrap_or_default();
    if let Some(value) = task.get("onError").filter(|value| value.text() == "continue" && retries > 0) {
        let words = "PipelineTask OnError cannot be set to \"continue\" when Retries is greater than 0";
        refusals.add(value, "`onError: continue` together with `retries`", words);
    }
}

/// Checks `taskRef` or `taskSpec`.
fn runs(refusals: &mut Refusals<'_>, field: &str, what: &RenderedValue<'_>) {
    let has_steps = !what.items_at(&["steps"]).is_empty();
    for key in ["apiVersion", "kind"] {
        if let Some(value) = what.get(key).filter(|value| has_steps && !value.text().is_empty()) {
            let words = format!("{field}.{key} cannot be specified when using taskSpec.steps");
            refusals.add(value, format!("`{key}` beside `steps`"), words);
        }
    }
    let kind = what.get("kind").filter(|kind| !kind.text().is_empty());
    let version = what.get("apiVersion").filter(|version| !version.text().is_empty());
    match (kind, version) {
        _ if has_steps => tasks::task(refusals, what),
        (Some(kind), _) if kind.text() == "ClusterTask" => cluster_task(refusals, field, what),
        (None, Some(version)) => {
            let words = format!("custom task {} must specify kind", short(field));
            refusals.add(version, "a custom task needs a `kind`", words);
        }
        (Some(kind), None) if kind.text() != "Task" => {
            let words = format!("custom task {} must specify apiVersion", short(field));
            refusals.add(
                kind,
                format!("`{}` is a custom task, which needs an `apiVersion`", kind.text()),
                words,
            );
        }
        (_, Some(version)) => {
            let parts: Vec<_> = version.text().split('/').collect();
            if !matches!(parts[..], [group, version] if !group.is_empty() && !version.is_empty()) {
                let words = "invalid apiVersion format, must be in the format \"group/version\"";
                refusals.add(version, format!("`{}` is not an API version", version.text()), words);
            }
        }
        _ if field == "taskRef" => reference(refusals, what),
        _ => tasks::task(refusals, what),
    }
}

/// Reports that `what` refers to a `ClusterTask`.
pub(super) fn cluster_task(refusals: &mut Refusals<'_>, field: &str, what: &RenderedValue<'_>) {
    let message =
        "ClusterTasks were removed in Tekton 1.0; use the resolver `cluster`, or put the Task into Git";
    let at = what.get("name").unwrap_or(what);
    refusals.add(at, message, format!("custom task {} must specify apiVersion", short(field)));
}

fn short(field: &str) -> &str {
    if field == "taskRef" { "ref" } else { "spec" }
}

fn matrix(refusals: &mut Refusals<'_>, task: &RenderedValue<'_>) {
    let Some(matrix) = task.get("matrix") else { return };
    given_params(refusals, matrix);
    let included = matrix.items_at(&["include"]);
    for include in included {
        given_params(refusals, include);
    }
    let of_entries = included.iter().flat_map(|entry| entry.items_at(&["params"]));
    let all = matrix.items_at(&["params"]).iter().chain(of_entries);
    let names: BTreeSet<_> = all.filter_map(|param| param.str_at(&["name"])).collect();
    for name in each(task.items_at(&["params"]), "name").filter(|name| names.contains(name.text())) {
        let text = name.text();
        let words = format!("expected exactly one, got both: matrix[{text}], params[{text}]");
        refusals.add(name, format!("the param `{text}` is in `matrix`, too"), words);
    }
}

/// Checks what the variables in params begin with: `$(date)` is meant for a shell.
fn variables(refusals: &mut Refusals<'_>, task: &RenderedValue<'_>) {
    let of_matrix = task.items_at(&["matrix", "params"]).iter();
    let included = task.items_at(&["matrix", "include"]).iter().flat_map(|one| one.items_at(&["params"]));
    let params = task.items_at(&["params"]).iter().chain(of_matrix).chain(included);
    let values = params.filter_map(|param| param.get("value"));
    let conditions = task.items_at(&["when"]).iter();
    let conditions = conditions.flat_map(|one| ["input", "values"].into_iter().filter_map(|it| one.get(it)));
    for value in values.chain(conditions).flat_map(RenderedValue::scalars) {
        let expressions = value.text().split("$(").skip(1).filter_map(|rest| rest.split_once(')'));
        for (expression, _) in expressions {
            let prefix = expression.split('.').next().unwrap_or_default();
            if is_expression(expression) && !PREFIXES.contains(&prefix) {
                let words =
                    "must start with a valid prefix: params, tasks, finally, context, workspaces, or results";
                let written = format!("$({expression})");
                refusals.at(
                    value.location().within(&written),
                    format!("`{written}` is not a variable of Tekton"),
                    format!("invalid variable reference \"{written}\", {words}"),
                );
            }
        }
    }
}

/// Checks which params of the Pipeline the params of a task take.
fn given_values(refusals: &mut Refusals<'_>, task: &RenderedValue<'_>, declared: &Declared<'_>) {
    for value in each(task.items_at(&["params"]), "value") {
        if value.is_sequence() {
            for entry in value.items() {
                declared.in_list(refusals, entry);
            }
        } else if !is_isolated(value.text()) {
            for text in value.scalars() {
                declared.in_text(refusals, text);
            }
        }
    }
}

/// Whether the text is one whole array or object, which a param may take.
fn is_isolated(text: &str) -> bool {
    text.strip_prefix("$(params.")
        .and_then(|rest| rest.strip_suffix("[*])"))
        .is_some_and(|name| !name.contains('$'))
}

/// Reports the status of all tasks in `tasks`: it is known in `finally`.
fn status(refusals: &mut Refusals<'_>, tasks: &[RenderedValue<'_>]) {
    const STATUS: &str = "$(tasks.status)";
    for task in tasks {
        let inputs = each(task.items_at(&["when"]), "input");
        for value in each(task.items_at(&["params"]), "value").chain(inputs).flat_map(RenderedValue::scalars)
        {
            if value.text().contains(STATUS) && !value.text().contains(".results.") {
                let words = "pipeline tasks can not refer to execution status of any other pipeline task or aggregate \
                             status of tasks";
                refusals.at(
                    value.location().within(STATUS),
                    format!("`{STATUS}` is known in `finally`"),
                    words,
                );
            }
        }
    }
}

/// Reports single results of tasks that run several times.
fn matrixed(refusals: &mut Refusals<'_>, tasks: &[RenderedValue<'_>]) {
    let several = tasks.iter().filter(|task| has_object(task, "matrix"));
    for name in several.filter_map(|task| task.str_at(&["name"])) {
        let start = format!("$(tasks.{name}.results.");
        for value in tasks
            .iter()
            .flat_map(|task| each(task.items_at(&["params"]), "value"))
            .flat_map(RenderedValue::scalars)
        {
            let mut uses = value.text().split(&start).skip(1).filter_map(|rest| rest.split_once(')'));
            if let Some((result, _)) = uses.find(|(result, _)| !result.ends_with("[*]")) {
                let message = format!("`{name}` runs several times; take all its results with `{result}[*]`");
                let words = "A matrixed pipelineTask can only be consumed in aggregate using [*] notation";
                refusals.at(value.location().within(&start), message, words);
            }
        }
    }
}

fn is_expression(text: &str) -> bool {
    let plain = text.strip_suffix(']').and_then(|text| text.split_once('[')).map_or(text, |(text, _)| text);
    !plain.is_empty()
        && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn result(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    let scalars = value.scalars();
    let has = |mark: &str| scalars.iter().any(|scalar| scalar.text().contains(mark));
    if !has("$(") {
        let words = "expected pipeline results to be task result expressions but no expressions were found";
        refusals.add(value, "the value of a result of a Pipeline has to be a result of a task", words);
    } else if !has(".results.") {
        let words =
            "expected pipeline results to be task result expressions but an invalid expressions was found";
        refusals.add(value, "the value of a result of a Pipeline has to be a result of a task", words);
    } else if value.scalar().is_some() && !value.text().starts_with('$') {
        let message = "the value of a result of a Pipeline begins with the result of a task";
        refusals.add(value, message, "referencing a nonexistent task");
    }
}
