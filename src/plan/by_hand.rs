//! What a person has to do, since no Application does it.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{AppKey, AppState, RevisionState};
use super::{Action, ApplicationPlan, ClusterPlan, Presence, SyncState};
use crate::check::kustomize::RootOrigin;
use crate::check::model::BuiltObject;
use crate::check::rendered_value::RenderedValue;
use crate::shell;
use crate::yaml::ResourceId;

const ARGO: &str = "argoproj.io";

pub(super) fn steps(
    before: &RevisionState<'_>,
    after: &RevisionState<'_>,
    plan: &ClusterPlan,
) -> Vec<String> {
    let mut found = applied_by_hand(before, after, &pruned(plan));
    for application in &plan.applications {
        found.extend(of_application(application));
    }
    found
}

fn of_application(application: &ApplicationPlan) -> Vec<String> {
    let mut found = Vec::new();
    let name = shell::word(&application.name);
    let does_something = application.objects.iter().any(|object| object.action != Action::Keep);
    if application.sync == SyncState::Manual && application.presence != Presence::Removed && does_something {
        let prunes = application.objects.iter().any(|object| object.action == Action::Prune);
        let flag = if prunes { " --prune" } else { "" };
        found.push(format!("sync `{}`: `argocd app sync {name}{flag}`", application.name));
    }
    let kept: Vec<_> =
        application.objects.iter().filter(|object| object.action == Action::Keep).map(|it| &it.id).collect();
    if !kept.is_empty() && application.presence == Presence::Kept {
        let commands: Vec<_> = kept.iter().map(|id| format!("`{}`", deletion(id))).collect();
        found.push(format!(
            "`{}` does not prune; delete what is no longer wanted: {}",
            application.name,
            commands.join(", ")
        ));
    }
    if application.objects.iter().any(|object| object.remarks.iter().any(|it| it.contains("Prune=confirm"))) {
        found.push(format!("confirm what `{}` prunes", application.name));
    }
    found
}

/// What the Applications delete.
fn pruned(plan: &ClusterPlan) -> BTreeSet<&ResourceId> {
    let objects = plan.applications.iter().flat_map(|application| &application.objects);
    objects.filter(|object| object.action == Action::Prune).map(|object| &object.id).collect()
}

fn deletion(id: &ResourceId) -> String {
    let namespace =
        if id.namespace.is_empty() { String::new() } else { format!(" -n {}", shell::word(&id.namespace)) };
    let kind = id.kind.to_lowercase();
    let kind = if id.group.is_empty() { kind } else { format!("{kind}.{}", id.group) };
    format!("kubectl delete {} {}{namespace}", shell::word(&kind), shell::word(&id.name))
}

/// Folders with objects of Argo CD, or namespaces that are deployed to, that no Application renders: somebody has applied
/// them.
fn applied_by_hand(
    before: &RevisionState<'_>,
    after: &RevisionState<'_>,
    pruned: &BTreeSet<&ResourceId>,
) -> Vec<String> {
    let (old, new) = (unmanaged(before), unmanaged(after));
    let folders: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let none = BTreeMap::new();
    let healing = no_longer_healing(before, after, pruned);
    let of = |folder| {
        let (before, after) = (old.get(folder).unwrap_or(&none), new.get(folder).unwrap_or(&none));
        AppliedChange::of(before, after, pruned).sentence(folder, &healing)
    };
    folders.into_iter().filter_map(of).collect()
}

/// The manifests of Applications that lose objects and, until they are applied, would bring these back.
fn no_longer_healing(
    before: &RevisionState<'_>,
    after: &RevisionState<'_>,
    pruned: &BTreeSet<&ResourceId>,
) -> Vec<String> {
    let heals = |app: &AppState<'_>| {
        let setting = app.application.spec.dig(&["syncPolicy", "automated", "selfHeal"]);
        setting.and_then(RenderedValue::as_bool) == Some(true)
    };
    let of = |(key, old): (&AppKey, &AppState<'_>)| {
        let new = after.applications.get(key).filter(|new| heals(old) && !heals(new))?;
        let loses = old.objects.keys().any(|id| pruned.contains(id));
        loses.then(|| new.application.resource.location().path().to_owned())
    };
    before.applications.iter().filter_map(of).collect()
}

/// What changes in a folder that somebody applies, in words.
struct AppliedChange {
    /// What an Application renders no longer, and the folder does.
    moved: Vec<String>,
    changed: Vec<String>,
    gone: Vec<String>,
}

impl AppliedChange {
    fn of(before: &Objects<'_>, after: &Objects<'_>, pruned: &BTreeSet<&ResourceId>) -> Self {
        let (mut moved, mut changed) = (Vec::new(), Vec::new());
        for (id, object) in after {
            match before.get(id) {
                None if pruned.contains(id) => moved.push(format!("{id} moves there")),
                None => changed.push(format!("{id} is new")),
                Some(known) if !known.content().content_eq(object.content()) => {
                    changed.push(format!("{id} changes"));
                }
                Some(_) => {}
            }
        }
        let gone: Vec<_> = before.keys().filter(|id| !after.contains_key(*id)).collect();
        // A namespace takes along what is in it.
        let goes_along = |id: &ResourceId| gone.iter().any(|other| is_namespace_of(other, id));
        let gone = gone.iter().filter(|id| !goes_along(id));
        let gone = gone.map(|id| format!("{id} goes: `{}`, if you no longer want it", deletion(id)));
        Self { moved, changed, gone: gone.collect() }
    }

    /// `healing` is applied before what moves, since Argo CD takes that for drift.
    fn sentence(self, (path, is_kustomization): &Folder, healing: &[String]) -> Option<String> {
        let Self { moved, changed, gone } = self;
        let has_moved = !moved.is_empty();
        let is_applied = has_moved || !changed.is_empty();
        let told = [moved, changed, gone].concat();
        if told.is_empty() {
            return None;
        }
        let shown = if path.is_empty() { "." } else { path };
        let flag = if *is_kustomization { "-k" } else { "-f" };
        let first = healing.iter().filter(|_| has_moved).map(|path| ("-f", path.as_str()));
        let commands = first.chain([(flag, shown)]);
        let commands = commands.map(|(flag, path)| format!("kubectl apply {flag} {}", shell::word(path)));
        let command = format!("`{}`", commands.collect::<Vec<_>>().join(" && "));
        let list = shorten(told);
        Some(if has_moved {
            // Argo CD deletes what leaves an Application, unless its project no longer lets it.
            format!(
                "apply `{shown}` before the merge, which otherwise prunes what moves there: {command} ({list})"
            )
        } else if is_applied {
            format!("apply `{shown}` again, which no Application here renders: {command} ({list})")
        } else {
            format!("`{shown}` is rendered by no Application here: {list}")
        })
    }
}

fn is_namespace_of(namespace: &ResourceId, id: &ResourceId) -> bool {
    namespace.kind == "Namespace" && namespace.group.is_empty() && namespace.name == id.namespace
}

fn shorten(mut told: Vec<String>) -> String {
    const MOST: usize = 10;
    let more = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
}

/// A path, and whether there is a kustomization.
type Folder = (String, bool);

type Objects<'a> = BTreeMap<ResourceId, BuiltObject<'a>>;

/// Returns the objects of the folders that hold an object of Argo CD, or a namespace that is deployed to, which no
/// Application renders.
fn unmanaged<'a>(state: &RevisionState<'a>) -> BTreeMap<Folder, Objects<'a>> {
    let destinations: BTreeSet<_> = state.applications.values().map(AppState::namespace).collect();
    let mut found = BTreeMap::new();
    for build in &state.model.builds.roots {
        let is_kustomization = match build.origin {
            RootOrigin::Application(..) => continue,
            RootOrigin::Kustomization => true,
            RootOrigin::Folder => false,
        };
        let objects: Vec<_> =
            build.rendered.objects.iter().map(|object| BuiltObject { build, object }).collect();
        let is_unmanaged = |object: &BuiltObject<'_>| {
            !object.location().path().starts_with(".git/") && state.manager(&object.identity()).is_none()
        };
        let is_its = |object: &BuiltObject<'_>| {
            object.group() == ARGO
                && matches!(object.kind(), "Application" | "ApplicationSet" | "AppProject")
                && is_unmanaged(object)
        };
        let is_destination = |object: &BuiltObject<'_>| {
            object.is("", "Namespace") && destinations.contains(object.name()) && is_unmanaged(object)
        };
        if !objects.iter().any(|object| is_its(object) || (is_kustomization && is_destination(object))) {
            continue;
        }
        let objects = objects.into_iter().filter(|object| {
            // A folder without a kustomization is no unit; only what belongs to Argo CD is surely applied.
            is_kustomization || is_its(object)
        });
        let by_id = objects.map(|object| (object.identity(), object)).collect();
        found.insert((build.folder.clone(), is_kustomization), by_id);
    }
    found
}
