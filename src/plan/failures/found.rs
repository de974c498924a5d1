//! Errors of `check` about objects that the change brings: the API server or Tekton's webhook refuses the object, or
//! Pod Security its Pods.

use super::{note, unknown_fields};
use crate::check::Finding;
use crate::check::kustomize::RenderedValue;
use crate::check::model::BuiltObject;
use crate::plan::desired::Desired;
use crate::plan::state::{AppState, RevisionState};
use crate::plan::{Action, ApplicationPlan, ClusterPlan, ObjectPlan, PodsFate, PodsPlan, restarts};

/// What an error does to the object that has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The object is refused, and the sync fails.
    Object,
    /// The object is accepted, and its Pods are refused.
    Pods,
}

pub(super) fn add(plan: &mut ClusterPlan, after: &RevisionState<'_>) {
    let errors: Vec<_> = plan.errors.iter().filter_map(|finding| Some((effect(finding)?, finding))).collect();
    if errors.is_empty() {
        return;
    }
    for application in &mut plan.applications {
        let Some(app) = after.planned(application) else { continue };
        for (effect, finding) in &errors {
            if unknown_fields::are_dropped(application, app, finding, |desired| is_about(finding, desired)) {
                continue;
            }
            let is_of_object = of_objects(application, app, *effect, finding);
            let is_of_hook = of_hooks(application, app, *effect, finding);
            let is_in_patch = app.inputs.contains(&finding.path) && !app.manifests.contains(&finding.path);
            // An operation of a JSON patch is in no object.
            if *effect == Effect::Object && is_in_patch && !is_of_object && !is_of_hook {
                let place = format!("`{}:{}`", finding.path, finding.start.line);
                note(&mut application.failures, format!("{place}: {}", said(finding)));
            }
        }
    }
}

fn effect(finding: &Finding) -> Option<Effect> {
    match finding.rule.code {
        "TN010" | "TN011" | "TN012" | "TN013" | "TN015" | "TN016" | "TN017" | "TN018" | "TN032" | "TN100"
        | "TN101" => Some(Effect::Object),
        // The webhook does not look for what is missing elsewhere.
        "TN031"
            if ["this Task has no ", "this Pipeline has no "]
                .iter()
                .any(|it| finding.message.contains(it)) =>
        {
            Some(Effect::Object)
        }
        "TN090" | "TN091" => Some(Effect::Pods),
        _ => None,
    }
}

/// Adds the error to the objects that have it; returns whether there are any.
fn of_objects(
    application: &mut ApplicationPlan,
    app: &AppState<'_>,
    effect: Effect,
    finding: &Finding,
) -> bool {
    let mut is_found = false;
    for object in application.objects.iter_mut().filter(|object| object.action.is_applied()) {
        let Some(desired) = app.objects.get(&object.id).filter(|it| is_about(finding, it)) else { continue };
        is_found = true;
        let is_pod = desired.built.is("", "Pod");
        if effect == Effect::Object || is_pod {
            note(&mut object.failures, said(finding));
        } else {
            refuse_pods(object, app, desired, &finding.message);
        }
    }
    is_found
}

/// The same for the hooks that run.
fn of_hooks(
    application: &mut ApplicationPlan,
    app: &AppState<'_>,
    effect: Effect,
    finding: &Finding,
) -> bool {
    let mut is_found = false;
    if application.hooks.is_empty() {
        return is_found;
    }
    for hook in app.hooks.iter().filter(|hook| is_about(finding, hook)) {
        let title = hook.built.title();
        let what = if effect == Effect::Object { "hook" } else { "the Pods of the hook" };
        note(&mut application.failures, format!("{what} {title}: {}", said(finding)));
        is_found = true;
    }
    is_found
}

fn said(finding: &Finding) -> String {
    format!("{} [{}]", finding.message, finding.rule.code)
}

/// Notes that the Pods which the change makes are refused; none if it makes no Pods.
pub(super) fn refuse_pods(object: &mut ObjectPlan, app: &AppState<'_>, desired: &Desired<'_>, why: &str) {
    let replicas = restarts::count(app, desired);
    let is_making = match object.action {
        Action::Create => desired.built.workload_kind().is_some() && replicas != Some(0),
        _ => object.pods.as_ref().is_some_and(|pods| pods.restarts() || pods.fate == PodsFate::Grow),
    };
    if is_making && !object.pods.as_ref().is_some_and(PodsPlan::is_refused) {
        let words = format!("its new Pods are refused: {why}");
        object.pods = Some(PodsPlan { fate: PodsFate::Refused, ..PodsPlan::quiet(replicas, words) });
    }
}

/// Whether the finding is about a value of the object, which several Applications may render.
fn is_about(finding: &Finding, desired: &Desired<'_>) -> bool {
    let built = desired.built;
    is_in_namespace(finding, built) && is_in(finding, built.content())
}

/// Whether the namespace that refuses the Pods is that of the object.
fn is_in_namespace(finding: &Finding, built: BuiltObject<'_>) -> bool {
    if effect(finding) != Some(Effect::Pods) {
        return true;
    }
    let namespace = built.namespace().unwrap_or_default();
    finding.message.contains(&format!("the namespace `{namespace}` enforces"))
}

// The recursion ends: the reader bounds how deep documents nest.
fn is_in(finding: &Finding, value: &RenderedValue<'_>) -> bool {
    value.location().has(finding, value.scalar().is_some())
        || value.items().iter().any(|item| is_in(finding, item))
        || value
            .entries()
            .iter()
            .any(|entry| entry.location.has(finding, true) || is_in(finding, &entry.value))
}
