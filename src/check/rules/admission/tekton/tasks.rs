//! Tasks, also embedded ones: `task_validation.go`, `container_validation.go`, `result_validation.go`.

use std::collections::BTreeSet;

use super::super::{Refusals, each, has, has_object};
use super::usage::{self, Declared};
use super::{
    declared_params, dns_label, is_negative, no_resources, on_error, one_of_types, properties, reference,
    when,
};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// Fields that a step takes from its `StepAction`, and may not set itself.
const OF_STEP_ACTION: [(&str, &str); 8] = [
    ("image", "image cannot be used with Ref"),
    ("command", "command cannot be used with Ref"),
    ("args", "args cannot be used with Ref"),
    ("script", "script cannot be used with Ref"),
    ("workingDir", "working dir cannot be used with Ref"),
    ("env", "env cannot be used with Ref"),
    ("volumeMounts", "volumeMounts cannot be used with Ref"),
    ("results", "results cannot be used with Ref"),
];

/// The sidecar that reads results, if Tekton is configured so.
const RESERVED_SIDECAR: &str = "tekton-log-results";

/// Checks the spec of a Task.
pub(super) fn task(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if !has(spec, "steps") {
        let at = spec.get("steps").unwrap_or(spec);
        refusals.add(at, "the Task has no steps", "missing field(s): spec.steps");
    }
    no_resources(refusals, spec);
    declared_params(refusals, spec);
    let declared = Declared::of(spec);
    for step in spec.items_at(&["steps"]) {
        usage::step(refusals, step, &declared);
    }
    let same_volume = |name: &str| format!("multiple volumes with same name \"{name}\"");
    refusals.unique(each(spec.items_at(&["volumes"]), "name"), "volume", same_volume);
    workspaces(refusals, spec);
    steps(refusals, spec);
    for sidecar in spec.items_at(&["sidecars"]) {
        self::sidecar(refusals, sidecar);
    }
    for result in spec.items_at(&["results"]) {
        self::result(refusals, result);
    }
}

/// Checks the spec of a `StepAction`.
pub(super) fn step_action(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    declared_params(refusals, spec);
    usage::step(refusals, spec, &Declared::of(spec));
    image_and_script(refusals, spec, true);
    for name in each(spec.items_at(&["volumeMounts"]), "name") {
        let is_param = name.text().strip_prefix("$(params").and_then(|rest| rest.strip_suffix(')'));
        if is_param.is_none_or(|inner| inner.contains("$(")) {
            let message =
                format!("`{}` is not a param; a StepAction takes its volumes as params", name.text());
            refusals.add(name, message, "expect the Name to be a single param reference");
        }
    }
    for result in spec.items_at(&["results"]) {
        self::result(refusals, result);
    }
    if let Some(script) = spec.get("script").filter(|script| script.text().contains("$(params.")) {
        refusals.at(
            script.location().within("$(params."),
            "the script of a StepAction cannot use params; give them to it in `env`",
            "param substitution in scripts is not allowed.",
        );
    }
}

fn workspaces(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let declared = spec.items_at(&["workspaces"]);
    let unique = |name: &str| format!("workspace name \"{name}\" must be unique");
    refusals.unique(each(declared, "name"), "workspace", unique);
    let steps = spec.items_at(&["steps"]);
    let mounts =
        steps.iter().chain(spec.get("stepTemplate")).flat_map(|step| step.items_at(&["volumeMounts"]));
    let mut used: BTreeSet<String> =
        mounts.filter_map(|mount| mount.str_at(&["mountPath"])).map(clean).collect();
    for workspace in declared {
        let Some(name) = workspace.get("name").filter(|name| !is_placeholder(name.text())) else { continue };
        let at = workspace.get("mountPath").filter(|path| !path.text().is_empty());
        let path = at.map_or_else(|| format!("/workspace/{}", name.text()), |path| clean(path.text()));
        if !used.insert(path.clone()) && !is_placeholder(&path) && at.is_some() {
            let message = format!("`{path}` is the path of another volume or workspace, too");
            let words = format!("workspace mount path \"{path}\" must be unique");
            refusals.add(at.unwrap_or(name), message, words);
        }
    }
    let known: BTreeSet<_> = each(declared, "name").map(RenderedValue::text).collect();
    for user in steps.iter().chain(spec.items_at(&["sidecars"])) {
        for name in each(user.items_at(&["workspaces"]), "name") {
            if !known.contains(name.text()) && !is_placeholder(name.text()) {
                let message = format!("this Task has no workspace `{}`", name.text());
                refusals.add(name, message, format!("undefined workspace \"{}\"", name.text()));
            }
        }
    }
}

/// Returns the path without a slash at its end, and without empty and `.` parts.
fn clean(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn steps(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let steps = spec.items_at(&["steps"]);
    let twice = |_: &str| "expected exactly one, got both: steps.name".to_owned();
    refusals.unique(each(steps, "name"), "step", twice);
    let has_image = spec.get("stepTemplate").is_some_and(|template| has(template, "image"));
    for step in steps {
        self::step(refusals, step, has_image);
    }
}

fn step(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>, has_image: bool) {
    if let Some(action) = step.get("ref").filter(|action| !action.is_null()) {
        reference(refusals, action);
        for (field, words) in OF_STEP_ACTION {
            if let Some(entry) = step.entry(field).filter(|entry| super::super::is_set(&entry.value)) {
                let message = format!("`{field}` beside `ref`: the StepAction defines it");
                refusals.at(entry.location, message, words);
            }
        }
    } else {
        image_and_script(refusals, step, !has_image);
        if let Some(entry) = step.entry("params").filter(|entry| !entry.value.items().is_empty()) {
            refusals.at(
                entry.location,
                "`params` of a step without `ref`",
                "params cannot be used without Ref",
            );
        }
        for result in step.items_at(&["results"]) {
            self::result(refusals, result);
        }
    }
    if let Some(name) = step.get("name") {
        dns_label(refusals, name, "step");
    }
    if let Some(timeout) = step.get("timeout").filter(|timeout| is_negative(timeout)) {
        refusals.add(timeout, "the timeout is negative", "invalid value: negative timeout");
    }
    on_error(refusals, step);
    when(refusals, step);
    mounts(refusals, step);
}

fn image_and_script(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>, needs_image: bool) {
    if needs_image && !has(step, "image") {
        refusals.add(step.get("name").unwrap_or(step), "the step has no image", "missing field(s): image");
    }
    if let Some(entry) = step.entry("command").filter(|entry| !entry.value.items().is_empty())
        && has(step, "script")
    {
        refusals.at(entry.location, "`command` beside `script`", "script cannot be used with command");
    }
}

fn mounts(refusals: &mut Refusals<'_>, step: &RenderedValue<'_>) {
    for mount in step.items_at(&["volumeMounts"]) {
        if let Some(path) = mount.get("mountPath") {
            let cleaned = clean(path.text());
            if cleaned.starts_with("/tekton/") && !cleaned.starts_with("/tekton/home") {
                let message =
                    format!("`{cleaned}` is Tekton's: a step can mount only below `/tekton/home` there");
                refusals.add(path, message, "volumeMount cannot be mounted under /tekton/");
            }
        }
        if let Some(name) = mount.get("name").filter(|name| name.text().starts_with("tekton-internal-")) {
            let message = format!("`{}` has a name that Tekton reserves", name.text());
            refusals.add(name, message, "cannot start with \"tekton-internal-\"");
        }
    }
}

fn sidecar(refusals: &mut Refusals<'_>, sidecar: &RenderedValue<'_>) {
    if let Some(name) = sidecar.get("name").filter(|name| name.text() == RESERVED_SIDECAR) {
        let message = format!("`{RESERVED_SIDECAR}` is a sidecar of Tekton itself");
        refusals.add(name, message, format!("Invalid: cannot use reserved sidecar name {RESERVED_SIDECAR}"));
    }
    image_and_script(refusals, sidecar, true);
}

/// Checks a declared result of a Task or a step.
fn result(refusals: &mut Refusals<'_>, result: &RenderedValue<'_>) {
    let Some(name) = result.get("name").filter(|name| !is_placeholder(name.text())) else { return };
    if !is_result_name(name.text()) {
        let message = format!("`{}` cannot be the name of a result", name.text());
        let words = "Name must consist of alphanumeric characters, '-', '_', and must start and end with an \
                     alphanumeric character";
        return refusals.add(name, message, words);
    }
    one_of_types(refusals, result);
    properties(refusals, result);
    if result.str_at(&["type"]) == Some("object") && !has_object(result, "properties") {
        let message = format!("the object result `{}` declares no `properties`", name.text());
        refusals.add(name, message, format!("missing field(s): {}.properties", name.text()));
    }
    let Some(value) = result.get("value").filter(|value| !value.is_null()) else { return };
    if value.scalar().is_none() {
        let words = "Invalid Type. Wanted string but got";
        refusals.add(value, format!("the value of the result `{}` is not a string", name.text()), words);
    } else if !value.text().is_empty() && !is_step_result(value.text()) {
        let message = format!("the value of the result `{}` is not the result of a step", name.text());
        let words = "Could not extract step name and result name. Expected value to look like \
                     $(steps.<stepName>.results.<resultName>)";
        refusals.add(value, message, words);
    }
}

fn is_result_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    is_outer(name.bytes().next()) && is_outer(name.bytes().last()) && name.bytes().all(is_inner)
}

fn is_step_result(value: &str) -> bool {
    let inner = value.split_once("$(steps.").and_then(|(_, rest)| rest.split_once(')'));
    let parts = inner.and_then(|(inner, _)| inner.split_once(".results."));
    parts.is_some_and(|(step, result)| {
        formats::dns_label_mistake(step).is_none()
            && is_result_name(result.split('[').next().unwrap_or_default())
    })
}
