//! What a sync waits for before its hooks run: resources that become healthy late, or only because of the hook.

use super::hooks;
use super::images::Reference;
use super::trigger::is_trigger;
use crate::check::finding::Finding;
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::model::pods::containers;
use crate::check::model::{Application, Model};
use crate::check::registry::{TN055, TN056};

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for application in &model.applications {
        let after = |object: &&Object<'_>| hooks::phases(object).contains(&"PostSync");
        let Some(hook) = application.rendered.iter().find(after) else { continue };
        found.extend(application.rendered.iter().filter_map(|object| paused(object, hook)));
        let triggers = application.rendered.iter().filter(after);
        for trigger in triggers.filter(|object| is_trigger(model, object)) {
            found.extend(held_up(model, application, trigger));
        }
    }
}

fn title(object: &Object<'_>) -> String {
    format!("{} `{}`", object.kind(), object.name())
}

/// A Rollout that stops half-way until a person goes on.
fn paused(rollout: &Object<'_>, hook: &Object<'_>) -> Option<Finding> {
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
        "while the Rollout waits here for a person, the sync waits too: the hook {} does not run, and no newer commit is \
         synced, so not even a fix",
        title(hook)
    );
    let hint = "give the pause a `duration` or promote automatically after an analysis; or take the hook out of this Application";
    Some(location.finding(&TN056, message).hint(hint))
}

/// What keeps the trigger from starting the pipeline.
fn held_up(model: &Model<'_>, application: &Application<'_>, trigger: &Object<'_>) -> Vec<Finding> {
    let hint = "put the hook and the pipeline into a folder and an Application of their own, without anything that runs";
    let mut found = Vec::new();
    for object in application.rendered.iter().filter(|object| hooks::phases(object).is_empty()) {
        let Some(waits) = waits_for(object) else { continue };
        let images = object.images();
        let built =
            images.into_iter().find(|image| is_built(model, trigger, Reference::of(image.text()).repository));
        found.push(if let Some(image) = built {
            let message = format!(
                "deadlock: {} starts the pipeline that builds this image only after the sync, and the sync ends only when \
                 {} runs it: the image is never built",
                title(trigger),
                title(object),
            );
            image.location().finding(&TN055, message).hint(hint)
        } else {
            let message = format!(
                "{} starts the pipeline only once {waits}; if that never happens, no pipeline runs that could mend it",
                title(trigger),
            );
            object.name_location().finding(&TN056, message).hint(hint)
        });
    }
    found
}

/// What makes the object healthy, where that takes more than creating it.
fn waits_for(object: &Object<'_>) -> Option<String> {
    let kind = (object.group(), object.kind());
    let what = title(object);
    match kind {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("argoproj.io", "Rollout")
        | ("", "Pod" | "ReplicationController") => Some(format!("{what} runs and is ready")),
        ("batch", "Job") => Some(format!("{what} is done")),
        ("", "PersistentVolumeClaim") => {
            Some(format!("{what} has its volume, which mostly needs a pod that uses it"))
        }
        ("networking.k8s.io", "Ingress") => Some(format!("{what} has an address")),
        ("", "Service") if object.content().str_at(&["spec", "type"]) == Some("LoadBalancer") => {
            Some(format!("{what} has an address"))
        }
        _ => None,
    }
}

/// Whether a pipeline here speaks of the image, other than to run it.
fn is_built(model: &Model<'_>, trigger: &Object<'_>, repository: &str) -> bool {
    if !repository.contains('/') {
        return false;
    }
    let speaks = |object: &Object<'_>| {
        let runs: Vec<_> = containers(object)
            .iter()
            .filter_map(|one| one.tree.get("image"))
            .map(RenderedValue::location)
            .collect();
        object.content().scalars().into_iter().any(|one| {
            one.text().contains(repository)
                && !runs.iter().any(|location| location.key() == one.location().key())
        })
    };
    speaks(trigger)
        || model.objects.iter().filter(|object| object.group().ends_with("tekton.dev")).any(speaks)
}
