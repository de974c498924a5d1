//! Tekton: what Tasks, Pipelines and runs say of each other, and of their own params, workspaces and results.
//!
//! `variables.rs` finds `$(...)`, `scope.rs` knows what may be meant, and there is one module for each kind.

mod calls;
mod order;
mod pipelines;
mod runs;
mod scope;
mod tasks;
mod unused;
mod variables;

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Object, RenderedValue};
use crate::check::model::Model;

const GROUP: &str = "tekton.dev";

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let builds = model.builds;
    for (root, object) in builds.objects() {
        let Some(spec) = object.content().get("spec") else { continue };
        let mut concern = Concern { builds, root, object, found };
        match (object.group(), object.kind()) {
            (GROUP, "Task" | "StepAction") => tasks::check(&mut concern, spec),
            (GROUP, "Pipeline") => pipelines::check(&mut concern, spec, None),
            (GROUP, "PipelineRun") => runs::pipeline_run(&mut concern, spec),
            (GROUP, "TaskRun") => runs::task_run(&mut concern, spec),
            ("triggers.tekton.dev", "TriggerTemplate") => runs::trigger_template(&mut concern, spec),
            _ => {}
        }
    }
}

/// The object that is looked at, and where findings go.
struct Concern<'c, 'a> {
    builds: &'c Builds<'a>,
    root: &'c crate::check::kustomize::Root<'a>,
    object: &'c Object<'a>,
    found: &'c mut Vec<Finding>,
}

impl<'c, 'a> Concern<'c, 'a> {
    /// The spec of the Task or Pipeline that a reference names, where it is in this repository: that of the same
    /// build or of the same file, or else the only one. Of several elsewhere nobody knows which is meant.
    fn find(&self, kind: &str, name: &str) -> Option<&'c RenderedValue<'a>> {
        let all = || self.builds.called((GROUP, kind), name);
        let path = |object: &Object<'_>| object.location().path().to_owned();
        let is_here = |root: &crate::check::kustomize::Root<'_>| std::ptr::eq(root, self.root);
        let is_beside = |object: &Object<'_>| path(object) == path(self.object);
        let nearest = all()
            .find(|(root, object)| is_here(root) && is_beside(object))
            .or_else(|| all().find(|(_, object)| is_beside(object)))
            .or_else(|| {
                let mut here = all().filter(|(root, _)| is_here(root));
                here.next().filter(|_| here.next().is_none())
            });
        let only = || {
            let shared =
                || all().filter(|(_, object)| crate::check::model::lookup::shares(object, self.object));
            let first = shared().next().or_else(|| all().next())?;
            shared().all(|(_, object)| path(object) == path(first.1)).then_some(first)
        };
        nearest.or_else(only)?.1.content().get("spec")
    }

    /// Whether `name` is nowhere in the repository for certain.
    fn lacks(&self, kind: &str, name: &str) -> bool {
        self.builds.is_whole() && self.builds.called((GROUP, kind), name).next().is_none()
    }

    /// The names of a kind, for "did you mean".
    fn names(&self, kind: &str) -> Vec<&'c str> {
        let objects = self.builds.objects().map(|(_, object)| object);
        objects.filter(|object| object.is(GROUP, kind)).map(Object::written_name).collect()
    }
}

/// The name of a Task or Pipeline of this cluster that `reference` gives; `None` where a resolver, a bundle or a
/// controller of its own is asked.
fn local_name<'t, 'a>(reference: &'t RenderedValue<'a>, kind: &str) -> Option<&'t RenderedValue<'a>> {
    let is_other = ["resolver", "bundle"].iter().any(|key| reference.get(key).is_some())
        || reference.str_at(&["kind"]).is_some_and(|known| known != kind)
        || reference.str_at(&["apiVersion"]).is_some_and(|version| !version.starts_with("tekton.dev/"));
    let name = reference.get("name").filter(|_| !is_other)?;
    let is_plain = name.as_str().is_some_and(|name| !name.contains(['$', '{', ':']));
    is_plain.then_some(name)
}

/// The `name` of each item of a list.
fn names<'t, 'a>(tree: &'t RenderedValue<'a>, list: &str) -> Vec<&'t RenderedValue<'a>> {
    tree.items_at(&[list]).iter().filter_map(|item| item.get("name")).collect()
}

#[cfg(test)]
mod tests;
