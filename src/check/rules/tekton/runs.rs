//! Runs, also those that a trigger makes: what they run exists, and gets what it needs.

use super::calls::Call;
use super::declarations::Declarations;
use super::{TektonCheck, pipelines, variables};
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{agreed, local_name};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN031, TN033};
use crate::check::rules::rbac;
use crate::suggest;

pub(super) fn pipeline_run<'a>(check: &mut TektonCheck<'_, 'a>, spec: &'a RenderedValue<'a>) {
    account(check, spec.dig(&["taskRunTemplate", "serviceAccountName"]));
    account(check, spec.get("serviceAccountName"));
    if let Some(inner) = spec.get("pipelineSpec") {
        pipelines::check(check, inner, Some(spec));
        embedded(check, spec, inner, "this Pipeline");
        check.found.extend(unknown_tasks(spec, inner, "this Pipeline"));
    } else if let Some(reference) = spec.get("pipelineRef") {
        referenced(check, spec, reference, "Pipeline");
    }
}

pub(super) fn task_run<'a>(check: &mut TektonCheck<'_, 'a>, spec: &'a RenderedValue<'a>) {
    account(check, spec.get("serviceAccountName"));
    if let Some(inner) = spec.get("taskSpec") {
        let mut declared = Declarations::of(inner);
        declared.extend(spec);
        check.variables(inner, &declared, "this Task");
        embedded(check, spec, inner, "this Task");
    } else if let Some(reference) = spec.get("taskRef") {
        referenced(check, spec, reference, "Task");
    }
}

fn embedded(
    check: &mut TektonCheck<'_, '_>,
    spec: &RenderedValue<'_>,
    callee: &RenderedValue<'_>,
    name: &str,
) {
    let scope = Declarations::default();
    let call =
        Call { rule: &TN033, caller: spec, at: spec, callee, name: name.to_owned(), scope: Some(&scope) };
    check.found.extend(call.findings());
}

/// Checks the runs that a TriggerTemplate creates, and its own params.
pub(super) fn trigger_template<'a>(check: &mut TektonCheck<'_, 'a>, spec: &'a RenderedValue<'a>) {
    let params: Vec<_> = super::names(spec, "params").into_iter().map(RenderedValue::text).collect();
    for run in spec.items_at(&["resourcetemplates"]) {
        for (scalar, variable) in variables::below(run, &[]) {
            let ["tt", "params", parts @ ..] = &variable.parts[..] else { continue };
            // Triggers know no keys: a dot is a part of the name.
            let name = parts.join(".");
            if !params.contains(&&*name) {
                let message = format!("`{}`: this TriggerTemplate has no param `{name}`", variable.text);
                let hint =
                    format!("declare it in `spec.params`{}", suggest::hint(&name, params.iter().copied()));
                let location = scalar.location().within(variable.text);
                check.found.push(location.finding(&TN031, message).hint(hint));
            }
        }
        let Some(inner) = run.get("spec") else { continue };
        match run.str_at(&["kind"]) {
            Some("PipelineRun") => pipeline_run(check, inner),
            Some("TaskRun") => task_run(check, inner),
            _ => {}
        }
    }
}

fn referenced<'a>(
    check: &mut TektonCheck<'_, 'a>,
    spec: &RenderedValue<'a>,
    reference: &RenderedValue<'a>,
    kind: &str,
) {
    let Some(at) = local_name(reference, kind) else { return };
    let name = at.text();
    let call = |callee| {
        let title = format!("{kind} `{name}`");
        let call = Call { rule: &TN033, caller: spec, at, callee, name: title.clone(), scope: None };
        let mut found = call.findings();
        if kind == "Pipeline" {
            found.extend(unknown_tasks(spec, callee, &title));
        }
        found
    };
    check.found.extend(agreed(check.specs(kind, name), at.location(), call));
    let known = check.names(kind);
    // A repository without any keeps them elsewhere.
    if check.lacks(kind, name) && !known.is_empty() {
        let message = format!("{kind} `{name}` does not exist in this repository");
        let hint = format!("the run fails unless someone installs it by hand{}", suggest::hint(name, known));
        let finding = at.location().finding(&TN033, message).hint(hint);
        check.found.push(finding.severity(Severity::Warning));
    }
}

fn unknown_tasks(run: &RenderedValue<'_>, pipeline: &RenderedValue<'_>, title: &str) -> Vec<Finding> {
    let tasks = ["tasks", "finally"].into_iter().flat_map(|list| super::names(pipeline, list));
    let tasks: Vec<_> = tasks.map(RenderedValue::text).collect();
    let named = run.items_at(&["taskRunSpecs"]).iter().filter_map(|item| item.get("pipelineTaskName"));
    let unknown = named.filter(|name| !name.text().contains("$(") && !tasks.contains(&name.text()));
    let finding = |name: &RenderedValue<'_>| {
        let message = format!("{title} has no task `{}`: the run fails at once", name.text());
        let hint = format!(
            "write the name of a task of the Pipeline{}",
            suggest::hint(name.text(), tasks.iter().copied())
        );
        name.location().finding(&TN033, message).hint(hint)
    };
    unknown.map(finding).collect()
}

fn account(check: &mut TektonCheck<'_, '_>, name: Option<&RenderedValue<'_>>) {
    let finding = name.and_then(|name| rbac::missing_account(check.model, check.resource, name));
    check.found.extend(finding);
}
