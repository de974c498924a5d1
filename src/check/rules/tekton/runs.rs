//! Runs, also those that a trigger makes: what they run is there, and is given what it needs.

use super::calls::Call;
use super::scope::Scope;
use super::{Concern, local_name, pipelines, tasks, variables};
use crate::check::finding::Severity;
use crate::check::kustomize::RenderedValue;
use crate::check::registry::{TN031, TN033};
use crate::check::rules::rbac;
use crate::suggest;

/// Checks the spec of a PipelineRun.
pub(crate) fn pipeline_run<'a>(concern: &mut Concern<'_, 'a>, spec: &RenderedValue<'a>) {
    account(concern, spec.dig(&["taskRunTemplate", "serviceAccountName"]));
    account(concern, spec.get("serviceAccountName"));
    if let Some(inner) = spec.get("pipelineSpec") {
        pipelines::check(concern, inner, Some(spec));
        let scope = Scope::default();
        let name = "this Pipeline".to_owned();
        Call { rule: &TN033, caller: spec, at: spec, callee: inner, name, scope: Some(&scope) }
            .check(concern);
        task_names(concern, spec, inner, "this Pipeline");
    } else if let Some(reference) = spec.get("pipelineRef") {
        let pipeline = referenced(concern, spec, reference, "Pipeline");
        if let Some((pipeline, title)) = pipeline {
            task_names(concern, spec, pipeline, &title);
        }
    }
}

/// Checks the spec of a TaskRun.
pub(crate) fn task_run<'a>(concern: &mut Concern<'_, 'a>, spec: &RenderedValue<'a>) {
    account(concern, spec.get("serviceAccountName"));
    if let Some(inner) = spec.get("taskSpec") {
        let mut scope = Scope::of(inner);
        scope.extend(spec);
        tasks::variables(concern, inner, &scope, "this Task");
        let (scope, name) = (Scope::default(), "this Task".to_owned());
        Call { rule: &TN033, caller: spec, at: spec, callee: inner, name, scope: Some(&scope) }
            .check(concern);
    } else if let Some(reference) = spec.get("taskRef") {
        referenced(concern, spec, reference, "Task");
    }
}

/// Checks the runs that a TriggerTemplate makes, and its own params.
pub(crate) fn trigger_template<'a>(concern: &mut Concern<'_, 'a>, spec: &RenderedValue<'a>) {
    let params: Vec<_> = super::names(spec, "params").into_iter().map(RenderedValue::text).collect();
    for run in spec.items_at(&["resourcetemplates"]) {
        for (scalar, variable) in variables::below(run, &[]) {
            let ["tt", "params", name, ..] = variable.parts[..] else { continue };
            if !params.contains(&name) {
                let message = format!("`{}`: this TriggerTemplate has no param `{name}`", variable.text);
                let hint =
                    format!("declare it in `spec.params`{}", suggest::hint(name, params.iter().copied()));
                let location = scalar.location().within(variable.text);
                concern.found.push(location.finding(&TN031, message).hint(hint));
            }
        }
        let Some(inner) = run.get("spec") else { continue };
        match run.str_at(&["kind"]) {
            Some("PipelineRun") => pipeline_run(concern, inner),
            Some("TaskRun") => task_run(concern, inner),
            _ => {}
        }
    }
}

/// Checks what a run gives to the Task or Pipeline that it names, and returns that with what to call it.
fn referenced<'b, 'a>(
    concern: &mut Concern<'b, 'a>,
    spec: &RenderedValue<'a>,
    reference: &RenderedValue<'a>,
    kind: &str,
) -> Option<(&'b RenderedValue<'a>, String)> {
    let name = local_name(reference, kind)?;
    if let Some(callee) = concern.find(kind, name.text()) {
        let title = format!("{kind} `{}`", name.text());
        Call { rule: &TN033, caller: spec, at: name, callee, name: title.clone(), scope: None }
            .check(concern);
        return Some((callee, title));
    }
    if concern.lacks(kind, name.text()) && !concern.names(kind).is_empty() {
        // Where there is none at all, they are kept elsewhere.
        let message = format!("no {kind} `{}` is in this repository", name.text());
        let hint = format!(
            "the run fails unless somebody installs it by hand{}",
            suggest::hint(name.text(), concern.names(kind))
        );
        let finding = name.location().finding(&TN033, message).hint(hint);
        concern.found.push(finding.severity(Severity::Warning));
    }
    None
}

/// Checks that the tasks which a run has settings for are in its Pipeline.
fn task_names<'a>(
    concern: &mut Concern<'_, 'a>,
    run: &RenderedValue<'a>,
    pipeline: &RenderedValue<'a>,
    title: &str,
) {
    let tasks = ["tasks", "finally"].into_iter().flat_map(|list| super::names(pipeline, list));
    let tasks: Vec<_> = tasks.map(RenderedValue::text).collect();
    let named = run.items_at(&["taskRunSpecs"]).iter().filter_map(|item| item.get("pipelineTaskName"));
    for name in named.filter(|name| !name.text().contains("$(") && !tasks.contains(&name.text())) {
        let message = format!("{title} has no task `{}`: the run fails at once", name.text());
        let hint = format!(
            "write the name that the task has in the Pipeline{}",
            suggest::hint(name.text(), tasks.iter().copied())
        );
        concern.found.push(name.location().finding(&TN033, message).hint(hint));
    }
}

fn account<'a>(concern: &mut Concern<'_, 'a>, name: Option<&RenderedValue<'a>>) {
    let finding =
        name.and_then(|name| rbac::missing_account(concern.builds, concern.root, concern.object, name));
    concern.found.extend(finding);
}
