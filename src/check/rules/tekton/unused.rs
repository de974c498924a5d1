//! What is declared and used nowhere: left over, or a name that is misspelt elsewhere.

use super::{Concern, variables};
use crate::check::kustomize::RenderedValue;
use crate::check::registry::TN034;

/// Params, workspaces and results of a Task.
pub(crate) fn of_task(concern: &mut Concern<'_, '_>, spec: &RenderedValue<'_>) {
    let steps = spec.items_at(&["steps"]);
    let is_step_action = concern.object.kind() == "StepAction";
    report(concern, spec, "params", &[]);
    report(concern, spec, "workspaces", &workspace_names(steps, spec.items_at(&["sidecars"])));
    // What a StepAction writes cannot be seen here.
    if !is_step_action && steps.iter().all(|step| step.get("ref").is_none()) {
        report(concern, spec, "results", &[]);
    }
}

/// Params and workspaces of a Pipeline.
pub(crate) fn of_pipeline(concern: &mut Concern<'_, '_>, spec: &RenderedValue<'_>) {
    let tasks = || ["tasks", "finally"].into_iter().flat_map(|list| spec.items_at(&[list]));
    let bound = tasks().flat_map(|task| task.items_at(&["workspaces"]));
    let bound = bound.filter_map(|workspace| workspace.get("workspace").or_else(|| workspace.get("name")));
    let mut bound: Vec<&str> = bound.map(RenderedValue::text).collect();
    // Those of Tasks that are written here come from the Pipeline by their name.
    let inner = tasks().filter_map(|task| task.get("taskSpec").or_else(|| task.get("pipelineSpec")));
    bound.extend(inner.flat_map(|inner| super::names(inner, "workspaces")).map(RenderedValue::text));
    report(concern, spec, "params", &[]);
    report(concern, spec, "workspaces", &bound);
}

/// The names of workspaces that single steps ask for.
fn workspace_names<'t>(steps: &'t [RenderedValue<'_>], sidecars: &'t [RenderedValue<'_>]) -> Vec<&'t str> {
    let all = steps.iter().chain(sidecars);
    all.flat_map(|step| super::names(step, "workspaces")).map(RenderedValue::text).collect()
}

fn report(concern: &mut Concern<'_, '_>, spec: &RenderedValue<'_>, list: &str, used: &[&str]) {
    let scalars = spec.scalars();
    let begin = format!("$({list}.");
    // A name that is made up may be any of them.
    if scalars.iter().any(|scalar| is_pieced_together(scalar.text(), &begin)) {
        return;
    }
    let all = variables::below(spec, &[]);
    let kind = concern.object.kind();
    for declared in spec.items_at(&[list]) {
        let Some(name) = declared.get("name") else { continue };
        let text = name.text();
        let is_meant = |parts: &[&str]| match parts {
            [first, rest @ ..] if *first == list => rest[0] == text || rest.join(".") == text,
            ["inputs", first, rest @ ..] if *first == list => rest.first() == Some(&text),
            _ => false,
        };
        let path = match list {
            "workspaces" => Some(format!("/workspace/{text}")),
            "results" => Some(format!("/tekton/results/{text}")),
            _ => None,
        };
        let is_used = used.contains(&text)
            || ["mountPath", "value"].iter().any(|key| declared.get(key).is_some())
            || all.iter().any(|(_, variable)| is_meant(&variable.parts))
            || path.is_some_and(|path| scalars.iter().any(|scalar| scalar.text().contains(&path)));
        if !is_used {
            let what = list.trim_end_matches('s');
            let message = format!("{what} `{text}` is declared and never used in this {kind}");
            let hint = "remove it, or use it; perhaps a name is misspelt elsewhere";
            concern.found.push(name.location().finding(&TN034, message).hint(hint));
        }
    }
}

/// Whether a script makes up names behind `begin` as it goes: `$(results.digest-${i}.path)`.
fn is_pieced_together(text: &str, begin: &str) -> bool {
    text.match_indices(begin).any(|(at, _)| {
        let inner = &text[at + begin.len()..];
        inner.split([')', '\n']).next().is_some_and(|name| name.contains('$'))
    })
}
