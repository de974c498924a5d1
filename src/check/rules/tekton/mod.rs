//! Tekton: whether Tasks, Pipelines and runs fit together, and use the params, workspaces and results they declare.
//!
//! `variables.rs` finds `$(...)`, `declarations.rs` knows what they can mean, and each kind has a module.

mod calls;
mod declarations;
mod limits;
mod order;
mod pipelines;
mod runs;
mod unused;
mod variables;

pub(super) use limits::seconds;

use crate::check::finding::{Finding, Severity};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use declarations::Declarations;
use variables::Variable;

const GROUP: &str = "tekton.dev";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for &resource in &model.resources {
        limits::check(model, resource, found);
        let Some(spec) = resource.content().get("spec") else { continue };
        let mut check = TektonCheck { model, resource, found };
        match (resource.group(), resource.kind()) {
            (GROUP, "Task" | "StepAction") => check.task(spec),
            (GROUP, "Pipeline") => pipelines::check(&mut check, spec, None),
            (GROUP, "PipelineRun") => runs::pipeline_run(&mut check, spec),
            (GROUP, "TaskRun") => runs::task_run(&mut check, spec),
            ("triggers.tekton.dev", "TriggerTemplate") => runs::trigger_template(&mut check, spec),
            _ => {}
        }
    }
}

struct TektonCheck<'c, 'a> {
    model: &'c Model<'a>,
    resource: BuiltObject<'a>,
    found: &'c mut Vec<Finding>,
}

impl<'a> TektonCheck<'_, 'a> {
    /// Checks the spec of a Task: every variable means something, and every declaration is used.
    fn task(&mut self, spec: &RenderedValue<'_>) {
        let owner = format!("this {}", self.resource.kind());
        self.variables(spec, &Declarations::of(spec), &owner);
        unused::of_task(self, spec);
    }

    /// Checks the variables of a Task where `declared` exists, and its own results.
    fn variables(&mut self, spec: &RenderedValue<'_>, declared: &Declarations<'_>, owner: &str) {
        let declared = declared.clone().with_results(spec);
        // Pipelines-as-Code puts the Task into the run, where it has the params and workspaces of the run, too.
        let is_passed = |variable: &Variable<'_>| ["params", "workspaces"].contains(&variable.parts[0]);
        let is_inlined = self.resource.kind() == "Task" && self.is_in_pac_folder();
        let variables = variables::below(spec, &[]);
        // Whoever asks whether a workspace is there goes on without it.
        let is_asked =
            |name: &str| variables.iter().any(|(_, one)| one.parts == ["workspaces", name, "bound"]);
        let is_optional =
            |one: &Variable<'_>| matches!(one.parts[..], ["workspaces", name, ..] if is_asked(name));
        let meant = variables.iter().filter(|(_, one)| !is_inlined || !is_passed(one));
        self.found.extend(meant.filter_map(|(scalar, one)| {
            let finding = declared.check(scalar, one, owner)?;
            Some(if is_optional(one) { finding.severity(Severity::Warning) } else { finding })
        }));
    }

    fn specs(&self, kind: &str, name: &str) -> Vec<&'a RenderedValue<'a>> {
        let meant = self.model.meant_by(self.resource, (GROUP, kind), name);
        meant.into_iter().filter_map(|resource| resource.content().get("spec")).collect()
    }

    /// Whether `name` certainly does not exist in the repository.
    fn lacks(&self, kind: &str, name: &str) -> bool {
        let builds = self.model.builds;
        !self.is_completed_elsewhere()
            && builds.is_whole()
            && builds.called((GROUP, kind), name).next().is_none()
    }

    /// Whether Pipelines-as-Code adds Tasks and Pipelines, which annotations name, to the run.
    fn is_completed_elsewhere(&self) -> bool {
        let annotations = self.resource.content().dig(&["metadata", "annotations"]);
        let keys = annotations.map_or(&[][..], RenderedValue::entries).iter().map(|entry| &*entry.key);
        keys.into_iter().any(|key| key.starts_with("pipelinesascode.tekton.dev/")) || self.is_in_pac_folder()
    }

    fn is_in_pac_folder(&self) -> bool {
        let path = self.resource.location().path();
        path.starts_with(".tekton/") || path.contains("/.tekton/")
    }

    fn names(&self, kind: &str) -> Vec<&'a str> {
        self.model.of_kind(GROUP, kind).map(|resource| resource.object.written_name()).collect()
    }
}

fn names<'t, 'a>(tree: &'t RenderedValue<'a>, list: &str) -> Vec<&'t RenderedValue<'a>> {
    tree.items_at(&[list]).iter().filter_map(|item| item.get("name")).collect()
}

#[cfg(test)]
mod tests;
