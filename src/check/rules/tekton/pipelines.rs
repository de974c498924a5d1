//! Pipelines: what their tasks run, what they pass on, and what their variables mean.

use super::calls::Call;
use super::declarations::Declarations;
use super::variables::Variable;
use super::{TektonCheck, order, unused, variables};
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::{agreed, local_name};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN030, TN031, TN032};
use crate::suggest;

/// Checks the spec of a Pipeline; `run` is the spec of the PipelineRun that embeds it.
pub(super) fn check<'a>(
    check: &mut TektonCheck<'_, 'a>,
    spec: &RenderedValue<'a>,
    run: Option<&RenderedValue<'a>>,
) {
    let own = Declarations::of(spec);
    let mut scope = own.clone();
    if let Some(run) = run {
        scope.extend(run);
    }
    let pipeline = Pipeline { spec, scope: &scope, is_inline: run.is_some() };
    for task in spec.items_at(&["tasks"]) {
        pipeline.task(check, task, false);
    }
    for task in spec.items_at(&["finally"]) {
        pipeline.task(check, task, true);
    }
    for (scalar, variable) in spec.get("results").map(|it| variables::below(it, &[])).unwrap_or_default() {
        pipeline.variable(check, scalar, &variable, true);
    }
    order::check(check, spec);
    unused::of_pipeline(check, spec);
}

/// Whether the Task is not in this repository.
fn is_of_resolver(task: &RenderedValue<'_>) -> bool {
    ["resolver", "bundle"].iter().any(|key| task.dig(&["taskRef", key]).is_some())
}

struct Pipeline<'p, 'a> {
    spec: &'p RenderedValue<'a>,
    scope: &'p Declarations<'p>,
    /// Whether a run has it, which passes workspaces to the Tasks that need them.
    is_inline: bool,
}

impl<'p, 'a> Pipeline<'p, 'a> {
    fn task(&self, check: &mut TektonCheck<'_, 'a>, task: &'p RenderedValue<'a>, is_last: bool) {
        // The params of a matrix exist only for the name of each run.
        let mut of_run = self.scope.clone();
        of_run.add_matrix(task);
        let pipeline = Pipeline { scope: &of_run, ..*self };
        for (scalar, variable) in variables::below(task, &["taskSpec", "pipelineSpec"]) {
            pipeline.variable(check, scalar, &variable, is_last);
        }
        self.workspaces(check, task);
        match (task.get("taskRef"), task.get("taskSpec")) {
            (Some(reference), _) => self.referenced(check, task, reference),
            (None, Some(inner)) if inner.get("apiVersion").is_none() => {
                self.embedded(check, task, inner, is_last);
            }
            _ => {}
        }
    }

    fn workspaces(&self, check: &mut TektonCheck<'_, 'a>, task: &RenderedValue<'a>) {
        for binding in task.items_at(&["workspaces"]) {
            let Some(name) = binding.get("workspace").or_else(|| binding.get("name")) else { continue };
            if !self.scope.has_workspace(name.text()) && !name.text().contains("$(") {
                let message = format!("this Pipeline has no workspace `{}`", name.text());
                let known = self.scope.workspaces().iter().copied();
                let hint = format!(
                    "Tekton rejects the Pipeline; declare it in `spec.workspaces`{}",
                    suggest::hint(name.text(), known)
                );
                let finding = name.location().finding(&TN031, message).hint(hint);
                // A Task from elsewhere may do without the workspace.
                let is_fine = self.is_inline && is_of_resolver(task);
                check.found.push(if is_fine { finding.severity(Severity::Warning) } else { finding });
            }
        }
    }

    fn referenced(
        &self,
        check: &mut TektonCheck<'_, 'a>,
        task: &RenderedValue<'a>,
        reference: &RenderedValue<'a>,
    ) {
        let Some(at) = local_name(reference, "Task") else { return };
        let name = at.text();
        // Pipelines-as-Code puts the Task into the run, where it has what the run has.
        let scope = check.is_completed_elsewhere().then_some(self.scope);
        let call = |callee| {
            let name = format!("Task `{name}`");
            Call { rule: &TN031, caller: task, at, callee, name, scope }.findings()
        };
        check.found.extend(agreed(check.specs("Task", name), at.location(), call));
        if check.lacks("Task", name) {
            let message = format!("Task `{name}` does not exist in this repository");
            let hint = format!(
                "the run fails unless someone installs it by hand; add the Task to Git, or use a resolver{}",
                suggest::hint(name, check.names("Task"))
            );
            check.found.push(at.location().finding(&TN030, message).hint(hint));
        }
    }

    fn embedded(
        &self,
        check: &mut TektonCheck<'_, 'a>,
        task: &'p RenderedValue<'a>,
        inner: &'p RenderedValue<'a>,
        is_last: bool,
    ) {
        let mut scope = self.scope.clone();
        scope.extend(inner);
        // Params that a task passes on exist, declared or not.
        scope.extend(task);
        scope.add_matrix(task);
        check.variables(inner, &scope, "this task");
        for (scalar, variable) in variables::below(inner, &[]) {
            if variable.parts[0] == "tasks" {
                self.variable(check, scalar, &variable, is_last);
            }
        }
        let at = task.get("name").unwrap_or(task);
        let name = format!("task `{}`", at.text());
        let call = Call { rule: &TN031, caller: task, at, callee: inner, name, scope: Some(self.scope) };
        check.found.extend(call.findings());
    }

    /// Checks a variable; `is_last` means that all tasks have run.
    fn variable(
        &self,
        check: &mut TektonCheck<'_, 'a>,
        scalar: &RenderedValue<'a>,
        variable: &Variable<'_>,
        is_last: bool,
    ) {
        let finding = match variable.parts[..] {
            ["tasks", "status"] if is_last => None,
            ["tasks", name, "results", result, ..] => {
                self.result(check, scalar, variable, ("tasks", name, result))
            }
            ["finally", name, "results", result, ..] => {
                self.result(check, scalar, variable, ("finally", name, result))
            }
            ["tasks", name, "status" | "reason"] => self.status(scalar, variable, name, is_last),
            // The Task replaces those of workspaces when the value has reached it.
            ["tasks" | "finally", ..] | ["workspaces", _, "path" | "claim" | "volume"] => None,
            _ => self.scope.check(scalar, variable, "this Pipeline"),
        };
        check.found.extend(finding);
    }

    fn status(
        &self,
        scalar: &RenderedValue<'a>,
        variable: &Variable<'_>,
        name: &str,
        is_last: bool,
    ) -> Option<Finding> {
        if !is_last {
            let message = format!("`{}` is available only in `finally`", variable.text);
            let hint = "move the task to `finally`, or let it run after the other one";
            return Some(scalar.location().within(variable.text).finding(&TN032, message).hint(hint));
        }
        self.unknown_task(scalar, variable, ("tasks", name))
    }

    fn result(
        &self,
        check: &TektonCheck<'_, 'a>,
        scalar: &RenderedValue<'a>,
        variable: &Variable<'_>,
        (list, name, result): (&str, &str, &str),
    ) -> Option<Finding> {
        if let Some(finding) = self.unknown_task(scalar, variable, (list, name)) {
            return Some(finding);
        }
        let task = self.named(list, name)?;
        let specs = match (task.get("taskRef"), task.get("taskSpec")) {
            (Some(reference), _) => check.specs("Task", local_name(reference, "Task")?.text()),
            (None, Some(inner)) if inner.get("apiVersion").is_none() => vec![inner],
            _ => Vec::new(),
        };
        let missing = |spec: &RenderedValue<'_>| {
            let known: Vec<_> = super::names(spec, "results").into_iter().map(RenderedValue::text).collect();
            let is_from_step = spec.items_at(&["steps"]).iter().any(|step| step.get("ref").is_some());
            let dotted = variable.parts[3..].join(".");
            if is_from_step || known.contains(&result) || known.contains(&&*dotted) {
                return None;
            }
            let message = format!("`{}`: the Task of `{name}` has no result `{result}`", variable.text);
            let hint = format!(
                "declare it in `spec.results` of the Task, or correct the name{}",
                suggest::hint(result, known)
            );
            Some(scalar.location().within(variable.text).finding(&TN031, message).hint(hint))
        };
        agreed(specs, scalar.location(), |spec| missing(spec).into_iter().collect()).pop()
    }

    fn named(&self, list: &str, name: &str) -> Option<&'p RenderedValue<'a>> {
        self.spec.items_at(&[list]).iter().find(|task| task.str_at(&["name"]) == Some(name))
    }

    fn unknown_task(
        &self,
        scalar: &RenderedValue<'a>,
        variable: &Variable<'_>,
        (list, name): (&str, &str),
    ) -> Option<Finding> {
        if self.named(list, name).is_some() {
            return None;
        }
        let known = super::names(self.spec, list).into_iter().map(RenderedValue::text);
        let hint = suggest::hint(name, known);
        let message = match list {
            "tasks" if self.named("finally", name).is_some() => {
                format!("`{}`: `{name}` is a task in `finally`, whose results no task can use", variable.text)
            }
            _ => format!("`{}`: this Pipeline has no task `{name}`", variable.text),
        };
        let finding = scalar.location().within(variable.text).finding(&TN032, message);
        Some(finding.hint(format!("Tekton rejects the Pipeline{hint}")))
    }
}
