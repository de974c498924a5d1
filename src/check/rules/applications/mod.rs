//! Options of Applications that meet Tekton, Rollouts or each other badly.

mod path;

use super::hooks;
use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{KeyValue, Object, RenderedValue};
use crate::check::model::{Application, Model};
use crate::check::registry::{TN061, TN062, TN063, TN064, TN067};

const INSTANCE: &str = "app.kubernetes.io/instance";

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    path::findings(model.builds, found);
    for application in &model.applications {
        found.extend(always_new(application));
        found.extend(applied_by_server(application));
        found.extend(patience(application));
        found.extend(application.rendered.iter().filter_map(bare_pod));
        let objects = application.rendered.iter().filter(|object| object.group() != "tekton.dev");
        found.extend(objects.filter_map(|object| instance(object, application)));
    }
    for object in model.objects.iter().filter(|object| object.group() == "tekton.dev") {
        found.extend(instance_of_tekton(object));
    }
}

/// Something of each commit in every object, so that every commit changes every object.
fn always_new(application: &Application<'_>) -> Option<Finding> {
    let sources = application.spec.get("source").into_iter().chain(application.spec.items_at(&["sources"]));
    let kustomize = sources.filter_map(|source| source.get("kustomize"));
    let revision = kustomize
        .flat_map(|kustomize| {
            ["commonAnnotations", "commonLabels"].into_iter().filter_map(|field| kustomize.get(field))
        })
        .flat_map(RenderedValue::entries)
        .map(|entry| &entry.value)
        .find(|value| value.text().contains("ARGOCD_APP_REVISION"))?;
    let is_managed = |object: &&Object<'_>| hooks::phases(object).is_empty();
    let has_hooks = application.rendered.iter().any(|object| !hooks::phases(object).is_empty());
    if !application.rendered.is_empty() && !application.rendered.iter().any(|object| is_managed(&object)) {
        return None;
    }
    let message = "this writes the commit into every resource, so every commit of the repository, whatever it changes, \
                   changes them all: each is applied again, workloads are restarted";
    let message = if has_hooks { format!("{message}, and all hooks run") } else { message.to_owned() };
    let finding = revision.location().finding(&TN061, message);
    let finding = if has_hooks { finding.severity(Severity::Error) } else { finding };
    Some(finding.hint(
        "take it out; `argocd app history` says which commit was synced, and a release names its own in Git",
    ))
}

/// The label by which Argo CD may know its resources, on a Tekton definition: runs inherit it.
fn instance_of_tekton(object: &Object<'_>) -> Option<Finding> {
    if !matches!(object.kind(), "Task" | "Pipeline" | "StepAction") {
        return None;
    }
    let label = object.content().dig(&["metadata", "labels"])?.entry(INSTANCE)?;
    let message = format!(
        "Tekton copies the labels of a {} to its runs; an Argo CD that tracks by label then takes the runs for its own, and \
         deletes them because they are not in Git",
        object.kind()
    );
    Some(
        label
            .location
            .finding(&TN062, message)
            .hint("use another label, such as `app.kubernetes.io/part-of`"),
    )
}

/// The same label on anything else that an Application renders, where it says something else than Argo CD would.
fn instance(object: &Object<'_>, application: &Application<'_>) -> Option<Finding> {
    let label = object.content().dig(&["metadata", "labels"])?.entry(INSTANCE)?;
    if label.value.text() == application.object.name() || object.is("argoproj.io", "Application") {
        return None;
    }
    let message = format!(
        "an Argo CD that tracks by label sets `{INSTANCE}` to `{}` itself, and takes what has another Application's name for \
         that one's",
        application.object.name()
    );
    let hint = "leave the label to Argo CD, or make sure that `application.resourceTrackingMethod` is `annotation`, the default \
                since Argo CD 3.0";
    Some(label.location.finding(&TN062, message).severity(Severity::Note).hint(hint))
}

/// Server-side apply takes the Service selectors away from the Rollout that sets them.
fn applied_by_server(application: &Application<'_>) -> Option<Finding> {
    let option = application.sync_option("ServerSideApply=true")?;
    let rollout = application.rendered.iter().find(|object| object.is("argoproj.io", "Rollout"))?;
    let message = format!(
        "with server-side apply, each sync resets the selectors that the Rollout `{}` writes into its Services: for a while \
         traffic goes to old and new pods alike",
        rollout.name()
    );
    let hint = "take the option out, or annotate only what needs it with `argocd.argoproj.io/sync-options: ServerSideApply=true`";
    Some(option.location().finding(&TN063, message).hint(hint))
}

/// How often a failed sync is tried again, and with which commit.
fn patience(application: &Application<'_>) -> Option<Finding> {
    let automated = application.spec.dig(&["syncPolicy", "automated"])?;
    if automated.get("enabled").and_then(RenderedValue::as_bool) == Some(false) {
        return None;
    }
    let retry = application.spec.dig(&["syncPolicy"])?.entry("retry");
    let refreshes =
        |entry: &KeyValue<'_>| entry.value.get("refresh").and_then(RenderedValue::as_bool) == Some(true);
    if retry.is_some_and(refreshes) {
        return None;
    }
    let hint = "write `retry: {limit: 3, refresh: true}` in `syncPolicy`";
    let limit = retry.and_then(|retry| retry.value.get("limit"));
    match limit.and_then(|limit| Some((limit, limit.as_int()?))) {
        Some((limit, times)) if times < 0 => {
            let message = "a sync that fails is tried again for ever, always with the commit that failed: the commit that mends \
                           it is never synced";
            Some(limit.location().finding(&TN064, message).severity(Severity::Error).hint(hint))
        }
        Some((_, 0)) => None,
        _ if application.rendered.iter().any(|object| !hooks::phases(object).is_empty()) => {
            let location = retry.map_or(automated.location(), |retry| retry.location);
            let message = "a sync whose hook fails is tried again with the commit that failed, five times unless it says \
                           otherwise, and newer commits wait until it gives up";
            Some(location.finding(&TN064, message).hint(hint))
        }
        _ => None,
    }
}

/// A pod that nothing starts again.
fn bare_pod(object: &Object<'_>) -> Option<Finding> {
    if !object.is("", "Pod") || !hooks::phases(object).is_empty() {
        return None;
    }
    let message = "nothing starts a bare Pod again when its node goes, and hardly any of its fields can be changed: most commits \
                   that touch it fail to sync";
    let location = object.content().entry("kind").map_or(object.location(), |entry| entry.location);
    Some(
        location
            .finding(&TN067, message)
            .hint("write a Deployment, with this as its `template`; or a Job, for work that ends"),
    )
}
