//! Declarations that nothing uses: left over, or misspelt elsewhere.

use super::TektonCheck;
use super::variables::{self, Variable};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN034;

pub(super) fn of_task(check: &mut TektonCheck<'_, '_>, spec: &RenderedValue<'_>) {
    let steps = spec.items_at(&["steps"]);
    let is_step_action = check.resource.kind() == "StepAction";
    let texts = Texts::of(spec);
    report(check, &texts, "params", &[]);
    report(check, &texts, "workspaces", &workspace_names(steps, spec.items_at(&["sidecars"])));
    // The results that a StepAction writes are not known here.
    if !is_step_action && steps.iter().all(|step| step.get("ref").is_none()) {
        report(check, &texts, "results", &[]);
    }
}

pub(super) fn of_pipeline(check: &mut TektonCheck<'_, '_>, spec: &RenderedValue<'_>) {
    let tasks = || ["tasks", "finally"].into_iter().flat_map(|list| spec.items_at(&[list]));
    let bound = tasks().flat_map(|task| task.items_at(&["workspaces"]));
    let bound = bound.filter_map(|workspace| workspace.get("workspace").or_else(|| workspace.get("name")));
    let mut bound: Vec<&str> = bound.map(RenderedValue::text).collect();
    // Those of Tasks that are written here come from the Pipeline by their name.
    let inner = tasks().filter_map(|task| task.get("taskSpec").or_else(|| task.get("pipelineSpec")));
    bound.extend(inner.flat_map(|inner| super::names(inner, "workspaces")).map(RenderedValue::text));
    let texts = Texts::of(spec);
    report(check, &texts, "params", &[]);
    report(check, &texts, "workspaces", &bound);
}

fn workspace_names<'t>(steps: &'t [RenderedValue<'_>], sidecars: &'t [RenderedValue<'_>]) -> Vec<&'t str> {
    let all = steps.iter().chain(sidecars);
    all.flat_map(|step| super::names(step, "workspaces")).map(RenderedValue::text).collect()
}

/// The texts of a Task or Pipeline, and the variables in them.
struct Texts<'s, 'a> {
    spec: &'s RenderedValue<'a>,
    scalars: Vec<&'s RenderedValue<'a>>,
    variables: Vec<(&'s RenderedValue<'a>, Variable<'s>)>,
}

impl<'s, 'a> Texts<'s, 'a> {
    fn of(spec: &'s RenderedValue<'a>) -> Self {
        Self { spec, scalars: spec.scalars(), variables: variables::below(spec, &[]) }
    }
}

fn report(check: &mut TektonCheck<'_, '_>, texts: &Texts<'_, '_>, list: &str, used: &[&str]) {
    let Texts { spec, scalars, variables } = texts;
    let begin = format!("$({list}.");
    // An assembled name may be any of them.
    if scalars.iter().any(|scalar| is_pieced_together(scalar.text(), &begin)) {
        return;
    }
    let kind = check.resource.kind();
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
            || variables.iter().any(|(_, variable)| is_meant(&variable.parts))
            || path.is_some_and(|path| scalars.iter().any(|scalar| scalar.text().contains(&path)));
        if !is_used {
            let what = list.trim_end_matches('s');
            let message = format!("unused {what} `{text}` in this {kind}");
            let hint = "remove it or use it; its name may be misspelled elsewhere";
            check.found.push(name.location().finding(&TN034, message).hint(hint));
        }
    }
}

/// Whether a script assembles names after `begin`, as in `$(results.digest-${i}.path)`.
fn is_pieced_together(text: &str, begin: &str) -> bool {
    text.match_indices(begin).any(|(at, _)| {
        let inner = &text[at + begin.len()..];
        inner.split([')', '\n']).next().is_some_and(|name| name.contains('$'))
    })
}
