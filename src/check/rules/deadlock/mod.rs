//! What a sync waits for before its hooks run: resources that become healthy late, or only because of the hook.

mod health;

use super::hooks;
use super::images::ImageReference;
use super::trigger::is_trigger;
use crate::check::finding::Finding;
use crate::check::model::pods::Container;
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN055, TN056};

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for application in &model.applications {
        let after = |object: &BuiltObject<'_>| hooks::phases(*object).contains(&"PostSync");
        let Some(hook) = application.rendered.iter().copied().find(after) else { continue };
        found.extend(application.rendered.iter().copied().filter_map(|object| paused(object, hook)));
        let triggers = application.rendered.iter().copied().filter(after);
        for trigger in triggers.filter(|object| is_trigger(model, *object)) {
            found.extend(held_up(model, application, trigger));
        }
    }
}

/// Reports a Rollout that pauses until a person continues it.
fn paused(rollout: BuiltObject<'_>, hook: BuiltObject<'_>) -> Option<Finding> {
    if !rollout.is("argoproj.io", "Rollout") {
        return None;
    }
    let strategy = rollout.content().dig(&["spec", "strategy"])?;
    let steps = strategy.items_at(&["canary", "steps"]).iter();
    let pauses = steps.filter_map(|step| step.entry("pause"));
    let mut endless = pauses.filter(|pause| pause.value.get("duration").is_none());
    let manual =
        strategy.dig(&["blueGreen", "autoPromotionEnabled"]).filter(|value| value.as_bool() == Some(false));
    let location = endless.next().map(|pause| pause.location).or(manual.map(RenderedValue::location))?;
    let message = format!(
        "while the Rollout waits here to be resumed, the sync waits too: the hook {} does not run, and no \
         newer commit is synced, not even a fix",
        hook.title()
    );
    let hint = "give the pause a `duration`, promote automatically after an analysis, or move the hook to another \
                Application";
    Some(location.finding(&TN056, message).hint(hint))
}

/// Reports objects that keep the trigger from starting the pipeline.
fn held_up(model: &Model<'_>, application: &Application<'_>, trigger: BuiltObject<'_>) -> Vec<Finding> {
    let hint = "put the hook and the pipeline into a separate folder and Application, without workloads";
    let mut found = Vec::new();
    for object in application.rendered.iter().copied().filter(|object| hooks::phases(*object).is_empty()) {
        let Some(waits) = waits_for(object) else { continue };
        let mut images = object.containers().filter_map(Container::image);
        let is_built = |image: &&RenderedValue<'_>| {
            is_built(model, trigger, ImageReference::of(image.text()).repository)
        };
        let built = images.find(is_built);
        found.push(if let Some(image) = built {
            let message = format!(
                "deadlock: {} starts the pipeline that builds this image only after the sync, and the sync ends only when \
                 {} runs it: the image is never built",
                trigger.title(),
                object.title(),
            );
            image.location().finding(&TN055, message).hint(hint)
        } else {
            let message = format!(
                "{} starts the pipeline only once {waits}; if that never happens, no pipeline runs that could fix it",
                trigger.title(),
            );
            object.name_location().finding(&TN056, message).hint(hint)
        });
    }
    found
}

/// Returns the condition for the object to be healthy, if creating it is not enough.
fn waits_for(object: BuiltObject<'_>) -> Option<String> {
    let what = object.title();
    // Argo CD calls a CronJob healthy while it is suspended.
    if object.content().dig(&["spec", "suspend"]).and_then(RenderedValue::as_bool) == Some(true) {
        return None;
    }
    if let Some(kind) = object.workload_kind() {
        return kind.waits_until.map(|state| format!("{what} {state}"));
    }
    match (object.group(), object.kind()) {
        ("", "PersistentVolumeClaim") => {
            Some(format!("{what} has a volume, which usually requires a Pod that uses it"))
        }
        ("networking.k8s.io", "Ingress") => Some(format!("{what} has an address")),
        ("", "Service") if object.content().str_at(&["spec", "type"]) == Some("LoadBalancer") => {
            Some(format!("{what} has an address"))
        }
        ("", "Service") => None,
        (group, kind) => health::is_checked(group, kind).then(|| format!("{what} is healthy")),
    }
}

/// Whether a pipeline in the repository names the image other than to run it.
fn is_built(model: &Model<'_>, trigger: BuiltObject<'_>, repository: &str) -> bool {
    if !repository.contains('/') {
        return false;
    }
    let speaks = |resource: BuiltObject<'_>| {
        let images = resource.containers().filter_map(Container::image);
        let run: Vec<_> = images.map(|image| image.location().key()).collect();
        let scalars = resource.content().scalars().into_iter();
        let others = scalars.filter(|one| one.text().contains(repository));
        others.map(|one| one.location().key()).any(|key| !run.contains(&key))
    };
    speaks(trigger) || model.resources.iter().any(|resource| resource.is_tekton() && speaks(*resource))
}
