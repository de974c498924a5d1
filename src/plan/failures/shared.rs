//! Objects that two Applications render. The one that has applied an object owns it: Argo CD warns the other, and does not
//! sync it with `FailOnSharedResource=true` (`controller/sync.go` of Argo CD).

use std::collections::BTreeMap;

use super::note;
use crate::excerpt::counted;
use crate::plan::state::RevisionState;
use crate::plan::{Action, ApplicationPlan, ClusterPlan, Presence};
use crate::yaml::ResourceId;

const OPTION: &str = "FailOnSharedResource=true";

/// The Applications that render an object, by their places in a revision, by cluster and object.
type Owners<'s> = BTreeMap<(&'s str, &'s ResourceId), Vec<&'s str>>;

pub(super) fn add(plan: &mut ClusterPlan, before: &RevisionState<'_>, after: &RevisionState<'_>) {
    let is_created = |it: &ApplicationPlan| it.objects.iter().any(|it| it.action == Action::Create);
    // Mostly there is nothing that could collide.
    if after.applications.len() < 2 || !plan.applications.iter().any(is_created) {
        return;
    }
    let (old, new) = (owners(before), owners(after));
    let kept = kept(plan);
    for application in &mut plan.applications {
        let Some(app) = after.planned(application) else { continue };
        let fails = app.has_option(OPTION);
        let mut taken = BTreeMap::<&str, Vec<String>>::new();
        for object in application.objects.iter_mut().filter(|it| it.action == Action::Create) {
            let key = (app.cluster(), &object.id);
            let other = |owners: &Owners<'_>| {
                owners
                    .get(&key)
                    .into_iter()
                    .flatten()
                    .find(|name| **name != app.name())
                    .map(|it| (*it).to_owned())
            };
            let earlier = other(&old);
            let is_kept = |name: &String| {
                new.get(&key).is_some_and(|names| names.contains(&name.as_str()))
                    || kept.contains(&(name.clone(), object.id.clone()))
            };
            let remark = match (earlier, other(&new)) {
                (Some(name), _) if is_kept(&name) && fails => {
                    let owner = old.get(&key).into_iter().flatten().find(|it| **it == name);
                    taken.entry(owner.copied().unwrap_or_default()).or_default().push(object.id.to_string());
                    continue;
                }
                (Some(name), _) if !is_kept(&name) && fails => {
                    format!("`{OPTION}` fails the sync until Application `{name}` has pruned it")
                }
                (Some(name), _) if is_kept(&name) => {
                    format!("Application `{name}` has it too: each sync takes it from the other")
                }
                (None, Some(name)) if fails => {
                    format!("Application `{name}` has it too: `{OPTION}` fails the one that syncs last")
                }
                (None, Some(name)) => {
                    format!("Application `{name}` has it too: each sync takes it from the other")
                }
                _ => continue,
            };
            note(&mut object.remarks, remark);
        }
        for (name, objects) in taken {
            let more = match objects.len() {
                1 => String::new(),
                count => format!(" and {} more", counted(count - 1, "object")),
            };
            let first = objects.first().map(String::as_str).unwrap_or_default();
            note(
                &mut application.failures,
                format!("Application `{name}` has {first}{more} already, and `{OPTION}` is set"),
            );
        }
    }
}

fn owners<'s>(state: &'s RevisionState<'_>) -> Owners<'s> {
    let mut found = Owners::new();
    for app in state.applications.values().filter(|app| app.elsewhere.is_none()) {
        for id in app.objects.keys() {
            found.entry((app.cluster(), id)).or_default().push(app.name());
        }
    }
    found
}

/// What Applications no longer render, and leave in the cluster all the same.
fn kept(plan: &ClusterPlan) -> Vec<(String, ResourceId)> {
    let is_left = |it: &&ApplicationPlan| it.presence != Presence::Added;
    let of = |application: &ApplicationPlan| {
        let objects = application.objects.iter().filter(|object| object.action == Action::Keep);
        objects.map(|object| (application.name.clone(), object.id.clone())).collect::<Vec<_>>()
    };
    plan.applications.iter().filter(is_left).flat_map(of).collect()
}
