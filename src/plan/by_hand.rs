//! What a person has to do, since no Application does it.

use std::collections::{BTreeMap, BTreeSet};

use super::state::RevisionState;
use super::{Action, ApplicationPlan, ClusterPlan, Presence, SyncState};
use crate::check::kustomize::RootOrigin;
use crate::check::model::BuiltObject;
use crate::shell;
use crate::yaml::ResourceId;

const ARGO: &str = "argoproj.io";

pub(super) fn steps(
    before: &RevisionState<'_>,
    after: &RevisionState<'_>,
    plan: &ClusterPlan,
) -> Vec<String> {
    let mut found = applied_by_hand(before, after);
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

fn deletion(id: &ResourceId) -> String {
    let namespace =
        if id.namespace.is_empty() { String::new() } else { format!(" -n {}", shell::word(&id.namespace)) };
    let kind = id.kind.to_lowercase();
    let kind = if id.group.is_empty() { kind } else { format!("{kind}.{}", id.group) };
    format!("kubectl delete {} {}{namespace}", shell::word(&kind), shell::word(&id.name))
}

/// Folders with objects of Argo CD that no Application renders: somebody has applied them.
fn applied_by_hand(before: &RevisionState<'_>, after: &RevisionState<'_>) -> Vec<String> {
    let (old, new) = (unmanaged(before), unmanaged(after));
    let folders: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let empty = BTreeMap::new();
    let mut found = Vec::new();
    for folder in folders {
        let (before, after) = (old.get(folder).unwrap_or(&empty), new.get(folder).unwrap_or(&empty));
        let mut told = Vec::new();
        for (id, object) in after {
            match before.get(id) {
                None => told.push(format!("{id} is new")),
                Some(known) if !known.content().content_eq(object.content()) => {
                    told.push(format!("{id} changes"));
                }
                Some(_) => {}
            }
        }
        let applied = !told.is_empty();
        told.extend(
            before
                .keys()
                .filter(|id| !after.contains_key(*id))
                .map(|id| format!("{id} goes: `{}`, if you no longer want it", deletion(id))),
        );
        if told.is_empty() {
            continue;
        }
        let (path, is_kustomization) = folder;
        let shown = if path.is_empty() { "." } else { path };
        let flag = if *is_kustomization { "-k" } else { "-f" };
        let list = shorten(told);
        found.push(if applied {
            format!(
                "apply `{shown}` again, which no Application here renders: `kubectl apply {flag} {}` ({list})",
                shell::word(shown)
            )
        } else {
            format!("`{shown}` is rendered by no Application here: {list}")
        });
    }
    found
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

type Folder = (String, bool);

/// Returns the objects of the folders that hold an object of Argo CD which no Application renders.
fn unmanaged<'a>(state: &RevisionState<'a>) -> BTreeMap<Folder, BTreeMap<ResourceId, BuiltObject<'a>>> {
    let mut found = BTreeMap::new();
    for build in &state.model.builds.roots {
        let is_kustomization = match build.origin {
            RootOrigin::Application(..) => continue,
            RootOrigin::Kustomization => true,
            RootOrigin::Folder => false,
        };
        let objects: Vec<_> =
            build.rendered.objects.iter().map(|object| BuiltObject { build, object }).collect();
        let is_its = |object: &BuiltObject<'_>| {
            object.group() == ARGO
                && matches!(object.kind(), "Application" | "ApplicationSet" | "AppProject")
                && !object.location().path().starts_with(".git/")
                && state.manager(&object.identity()).is_none()
        };
        if !objects.iter().any(is_its) {
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
