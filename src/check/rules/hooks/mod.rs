//! Hooks: manifests that Argo CD runs before or after a sync, and mistakes that keep it from recognising them.

mod sync_fail;

use crate::check::finding::{Finding, Severity};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::rule::{TN050, TN051, TN052, TN053, TN054};
use crate::suggest;

pub(crate) const HOOK: &str = "argocd.argoproj.io/hook";
const DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
pub(crate) const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
pub(crate) const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";

const ANNOTATIONS: [&str; 5] = [HOOK, DELETE_POLICY, SYNC_WAVE, SYNC_OPTIONS, COMPARE_OPTIONS];

const PHASES: [&str; 7] = ["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];
const POLICIES: [&str; 3] = ["BeforeHookCreation", "HookSucceeded", "HookFailed"];

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for application in &model.applications {
        for fields in [&["syncPolicy", "hooks"][..], &["hooks"]] {
            let (field, parents) = fields.split_last().unwrap_or((&"", &[]));
            let parent = application.spec.dig(parents);
            found.extend(parent.and_then(|parent| parent.entry(field)).map(declared));
        }
    }
    for object in model.resources.iter().copied() {
        let metadata = object.content().get("metadata");
        for entry in
            metadata.and_then(|metadata| metadata.get("annotations")).map_or(&[][..], RenderedValue::entries)
        {
            found.extend(misspelt(entry).or_else(|| wrong_value(entry)));
        }
        for entry in
            metadata.and_then(|metadata| metadata.get("labels")).map_or(&[][..], RenderedValue::entries)
        {
            found.extend(on_label(entry));
        }
        if !phases(object).is_empty() {
            found.extend(stays_behind(object));
            found.extend(run_as_hook(object));
        }
    }
    sync_fail::findings(model, found);
}

/// Returns the phases of a hook, such as `PostSync`; empty if the object is not a hook.
pub(crate) fn phases(resource: BuiltObject<'_>) -> Vec<&str> {
    resource.annotation(HOOK).map_or_else(Vec::new, |value| words(value.text()).collect())
}

/// Returns the sync options in the annotations of an object, such as `Prune=false`.
pub(crate) fn options(resource: BuiltObject<'_>) -> impl Iterator<Item = &str> {
    resource.object.annotation(SYNC_OPTIONS).into_iter().flat_map(|value| words(value.text()))
}

/// Returns the options in the annotations of an object that say what is compared, such as `IgnoreExtraneous`.
pub(crate) fn compare_options(resource: BuiltObject<'_>) -> impl Iterator<Item = &str> {
    resource.object.annotation(COMPARE_OPTIONS).into_iter().flat_map(|value| words(value.text()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn declared(hooks: &KeyValue<'_>) -> Finding {
    let message =
        "an Application has no field `hooks`: the cluster rejects or drops it, and nothing runs after a sync";
    hooks.location.finding(&TN050, message).hint(format!(
        "put the hook, such as a Job, as a separate manifest into the folder that the Application syncs, with the \
         annotation `{HOOK}: PostSync`"
    ))
}

/// Whether the object is meant to be a hook, but not spelled in a way Argo CD recognizes.
pub(crate) fn is_meant_for_one(object: BuiltObject<'_>) -> bool {
    let annotations =
        object.content().dig(&["metadata", "annotations"]).map_or(&[][..], RenderedValue::entries);
    annotations.iter().any(|entry| annotation_meant(&entry.key) == Some("hook"))
        || object.label(HOOK).is_some()
}

fn misspelt(entry: &KeyValue<'_>) -> Option<Finding> {
    let (key, meant) = (&*entry.key, annotation_meant(&entry.key)?);
    let message = format!("Argo CD does not know the annotation `{key}`, so it has no effect");
    Some(entry.location.finding(&TN051, message).hint(format!("did you mean `argocd.argoproj.io/{meant}`?")))
}

/// Returns the annotation that a misspelt one stands for.
fn annotation_meant(key: &str) -> Option<&'static str> {
    if ANNOTATIONS.contains(&key) {
        return None;
    }
    let (host, name) = key.split_once('/')?;
    let is_ours = host == "argocd.argoproj.io";
    // Another host counts only if it is a typing mistake of this one.
    if is_ours || suggest::nearest(host, ["argocd.argoproj.io"]).is_some() {
        let names = ANNOTATIONS.iter().filter_map(|known| known.split_once('/')).map(|(_, name)| name);
        match name {
            "hooks" | "hook-type" | "hooktype" => Some("hook"),
            "delete-policy" | "hook-deletion-policy" => Some("hook-delete-policy"),
            "wave" | "syncwave" => Some("sync-wave"),
            _ => suggest::nearest(name, names).filter(|near| !is_ours || near.len().abs_diff(name.len()) < 3),
        }
    } else {
        None
    }
}

fn on_label(entry: &KeyValue<'_>) -> Option<Finding> {
    let key = ANNOTATIONS.into_iter().find(|known| *known == entry.key)?;
    let message = format!("`{key}` is a label here, but Argo CD reads only the annotation: it has no effect");
    Some(
        entry
            .location
            .finding(&TN051, message)
            .hint("move it from `metadata.labels` to `metadata.annotations`"),
    )
}

fn wrong_value(entry: &KeyValue<'_>) -> Option<Finding> {
    let text = entry.value.text();
    let (known, effect): (&[&str], _) = match &*entry.key {
        HOOK => (&PHASES, "Argo CD takes the manifest for a hook without a phase and silently never runs it"),
        DELETE_POLICY => (&POLICIES, "Argo CD ignores it"),
        SYNC_WAVE => {
            let is_number = text.parse::<i64>().is_ok();
            let message = format!("`{text}` is not an integer: Argo CD ignores it and uses wave 0");
            return (!is_number).then(|| {
                entry
                    .value
                    .location()
                    .finding(&TN052, message)
                    .hint("write an integer in quotes, such as `\"1\"`")
            });
        }
        _ => return None,
    };
    let wrong =
        words(text).find(|word| !known.contains(word)).or_else(|| text.trim().is_empty().then_some(text))?;
    let what = entry.key.rsplit('/').next().unwrap_or_default();
    let message = format!("`{wrong}` is not a value of `{what}`: {effect}");
    let hint = meant(wrong, known)
        .map_or_else(|| format!("write one of {}", listed(known)), |near| format!("did you mean `{near}`?"));
    Some(entry.value.location().within(wrong).finding(&TN052, message).hint(hint))
}

fn meant<'k>(wrong: &str, known: &[&'k str]) -> Option<&'k str> {
    match wrong {
        "Synced" | "SyncSucceeded" => known.iter().find(|one| **one == "PostSync").copied(),
        "SyncFailed" | "SyncError" => known.iter().find(|one| **one == "SyncFail").copied(),
        _ => suggest::nearest(wrong, known.iter().copied()),
    }
}

fn listed(known: &[&str]) -> String {
    known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
}

/// Returns when Argo CD deletes the hook; by default, before it creates the next one.
fn policies(object: BuiltObject<'_>) -> Vec<&str> {
    let given = object.annotation(DELETE_POLICY).map_or_else(Vec::new, |value| words(value.text()).collect());
    if given.is_empty() { vec!["BeforeHookCreation"] } else { given }
}

fn has_fixed_name(object: BuiltObject<'_>) -> bool {
    object.content().dig(&["metadata", "name"]).is_some()
}

/// Reports a hook that still exists when the next one should start.
fn stays_behind(object: BuiltObject<'_>) -> Option<Finding> {
    let policies = policies(object);
    let runs = object.is("batch", "Job") || object.is("", "Pod") || object.is("argoproj.io", "Workflow");
    if !runs || !has_fixed_name(object) || policies.contains(&"BeforeHookCreation") {
        return None;
    }
    let (outcome, other) = match (policies.contains(&"HookSucceeded"), policies.contains(&"HookFailed")) {
        (true, false) => ("fails", "HookSucceeded"),
        (false, true) => ("succeeds", "HookFailed"),
        _ => return None,
    };
    let kind = object.kind();
    let message = format!(
        "once this {kind} {outcome}, it stays: the next sync finds the finished {kind} under the same name and does \
         not start a new one"
    );
    let location = object.annotation(DELETE_POLICY)?.location();
    Some(location.finding(&TN053, message).hint(format!("write `BeforeHookCreation,{other}`")))
}

/// Reports a Tekton run that is itself a hook: Argo CD considers it done once created.
fn run_as_hook(object: BuiltObject<'_>) -> Option<Finding> {
    let (kind, policies) = (object.kind(), policies(object));
    if object.group() != "tekton.dev" || !matches!(kind, "PipelineRun" | "TaskRun") {
        return None;
    }
    let location = object.annotation(DELETE_POLICY).or(object.annotation(HOOK))?.location();
    let finding = if policies.contains(&"HookSucceeded") {
        let message = format!(
            "Argo CD cannot tell when a {kind} is finished and counts it as successful at once, so \
             `HookSucceeded` deletes it while it runs"
        );
        location.finding(&TN054, message).severity(Severity::Error)
    } else if policies.contains(&"BeforeHookCreation") && has_fixed_name(object) {
        let message = format!(
            "every sync deletes this {kind}, even if it is running, and starts it again, whatever was synced"
        );
        location.finding(&TN054, message)
    } else {
        return None;
    };
    Some(finding.hint(format!(
        "start the {kind} from a hook Job with `kubectl create` and a name derived from the release, or use such a \
         name with `HookFailed` as the only delete policy"
    )))
}
