//! Applications: missing folders, and options that work against Tekton, Argo Rollouts or each other.

use super::hooks;
use crate::check::files;
use crate::check::finding::{Finding, Severity};
use crate::check::kustomize::{Builds, Root, folder_of, revision_of};
use crate::check::model::{Application, BuiltObject, Model};
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::rule::{TN036, TN061, TN062, TN063, TN064};
use crate::suggest;

const INSTANCE: &str = "app.kubernetes.io/instance";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for application in &model.applications {
        found.extend(missing_folder(model.builds, application));
        found.extend(always_new(application));
        found.extend(applied_by_server(application));
        found.extend(patience(application));
        let resources =
            application.rendered.iter().copied().filter(|resource| resource.group() != "tekton.dev");
        found.extend(resources.filter_map(|resource| instance(resource, application)));
    }
    let tekton = model.resources.iter().copied().filter(|resource| resource.group() == "tekton.dev");
    found.extend(tekton.filter_map(instance_of_tekton));
}

fn missing_folder(builds: &Builds<'_>, application: &Application<'_>) -> Option<Finding> {
    if application.resource.kind() != "Application" {
        return None;
    }
    let source = application.sources().find(|source| {
        let folder = folder_of(source).filter(|folder| !folder.is_empty());
        builds.is_local(source)
            && is_of_known_revision(builds, source)
            && folder.is_some_and(|folder| {
                let files = builds.manifests().files();
                !files.has_folder(&folder) && files.lacks(&folder)
            })
    })?;
    let path = source.get("path")?;
    let message = format!("the folder `{}` does not exist in this repository", path.text());
    let folders = builds.roots.iter().map(|root| &*root.folder);
    let hint = format!("Argo CD cannot render this Application{}", suggest::hint(path.text(), folders));
    let finding = path.location().finding(&TN036, message).hint(hint);
    // Whoever follows the documentation copies the Application and the folder.
    Some(if is_documentation(application.resource) { finding.severity(Severity::Warning) } else { finding })
}

fn is_documentation(resource: BuiltObject<'_>) -> bool {
    let (folder, _) = files::split(resource.location().path());
    folder.split('/').any(|part| ["doc", "docs", "example", "examples", "sample", "samples"].contains(&part))
}

/// Whether an Application whose folder exists uses the same revision; other revisions may have other folders.
fn is_of_known_revision(builds: &Builds<'_>, source: &RenderedValue<'_>) -> bool {
    builds.roots.iter().filter_map(Root::revision).any(|known| known == revision_of(source))
}

/// Reports the commit in every object's metadata, so that every commit changes every object.
fn always_new(application: &Application<'_>) -> Option<Finding> {
    let kustomize = application.sources().filter_map(|source| source.get("kustomize"));
    let revision = kustomize
        .flat_map(|kustomize| {
            ["commonAnnotations", "commonLabels"].into_iter().filter_map(|field| kustomize.get(field))
        })
        .flat_map(RenderedValue::entries)
        .map(|entry| &entry.value)
        .find(|value| value.text().contains("ARGOCD_APP_REVISION"))?;
    let is_managed = |resource: &BuiltObject<'_>| hooks::phases(*resource).is_empty();
    let has_hooks = application.rendered.iter().copied().any(|object| !hooks::phases(object).is_empty());
    if !application.rendered.is_empty()
        && !application.rendered.iter().copied().any(|object| is_managed(&object))
    {
        return None;
    }
    let message = "this writes the commit into every resource, so every commit of the repository changes them all: \
                   Argo CD applies each again, and workloads restart";
    let message = if has_hooks { format!("{message}, and all hooks run") } else { message.to_owned() };
    let finding = revision.location().finding(&TN061, message);
    let finding = if has_hooks { finding.severity(Severity::Error) } else { finding };
    Some(finding.hint(
        "remove it; `argocd app history` shows which commit was synced, and a release records its own in Git",
    ))
}

/// Reports Argo CD's tracking label on a Tekton definition: runs inherit it.
fn instance_of_tekton(object: BuiltObject<'_>) -> Option<Finding> {
    if !matches!(object.kind(), "Task" | "Pipeline" | "StepAction") {
        return None;
    }
    let label = object.content().dig(&["metadata", "labels"])?.entry(INSTANCE)?;
    let message = format!(
        "Tekton copies the labels of a {} to its runs; with label tracking, Argo CD takes the runs for its \
         own and deletes them because they are not in Git",
        object.kind()
    );
    Some(
        label
            .location
            .finding(&TN062, message)
            .hint("use another label, such as `app.kubernetes.io/part-of`"),
    )
}

/// Reports the tracking label on another rendered resource, if its value differs from the one Argo CD would
/// set.
fn instance(object: BuiltObject<'_>, application: &Application<'_>) -> Option<Finding> {
    let label = object.content().dig(&["metadata", "labels"])?.entry(INSTANCE)?;
    if label.value.text() == application.resource.name() || object.is("argoproj.io", "Application") {
        return None;
    }
    let message = format!(
        "with label tracking, Argo CD sets `{INSTANCE}` to `{}` itself, and takes a resource with another \
         name for part of that Application",
        application.resource.name()
    );
    let hint = "leave the label to Argo CD, or make sure that `application.resourceTrackingMethod` is `annotation`, \
                the default since Argo CD 3.0";
    Some(label.location.finding(&TN062, message).severity(Severity::Note).hint(hint))
}

/// Reports server-side apply, which overwrites the Service selectors that a Rollout sets.
fn applied_by_server(application: &Application<'_>) -> Option<Finding> {
    let options = application.spec.items_at(&["syncPolicy", "syncOptions"]);
    let option = options.iter().find(|option| option.text() == "ServerSideApply=true")?;
    let rollout = application.rendered.iter().copied().find(|object| object.is("argoproj.io", "Rollout"))?;
    let message = format!(
        "with server-side apply, each sync resets the selectors that the Rollout `{}` writes into its \
         Services: for a while, traffic goes to old and new Pods alike",
        rollout.name()
    );
    let hint = "remove the option, or annotate only what needs it with `argocd.argoproj.io/sync-options: \
                ServerSideApply=true`";
    Some(option.location().finding(&TN063, message).hint(hint))
}

/// Checks how often a failed sync is retried, and with which commit.
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
            let message = "a failed sync is retried forever with the commit that failed: the commit that \
                           fixes it is never synced";
            Some(limit.location().finding(&TN064, message).severity(Severity::Error).hint(hint))
        }
        Some((_, 0)) => None,
        _ if application.rendered.iter().copied().any(|object| !hooks::phases(object).is_empty()) => {
            let location = retry.map_or(automated.location(), |retry| retry.location);
            let message = "a sync whose hook fails is retried with the commit that failed, five times by default, \
                           and newer commits wait until it gives up";
            Some(location.finding(&TN064, message).hint(hint))
        }
        _ => None,
    }
}
