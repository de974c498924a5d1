//! Kinds that a `CustomResourceDefinition` of the repository defines: objects of one that is removed, or that the sync applies
//! later. Where a definition comes from elsewhere, nothing is said.

use std::collections::BTreeMap;

use super::note;
use crate::check::rules::hooks::options;
use crate::check::rules::order::moment::Moment;
use crate::plan::desired::Desired;
use crate::plan::state::RevisionState;
use crate::plan::{Action, ClusterPlan};
use crate::yaml::ResourceId;

const SKIP: &str = "SkipDryRunOnMissingResource=true";

/// Group and kind.
type Defined = (String, String);

/// A definition that an Application applies.
struct Definition<'s, 'a> {
    /// The Application.
    of: &'s str,
    desired: &'s Desired<'a>,
}

pub(super) fn add(plan: &mut ClusterPlan, before: &RevisionState<'_>, after: &RevisionState<'_>) {
    let (old, new) = (definitions(before), definitions(after));
    if old.is_empty() && new.is_empty() {
        return;
    }
    let pruned = pruned(plan, &old, &new);
    for application in &mut plan.applications {
        let Some(app) = after.planned(application) else { continue };
        for (id, desired) in &app.objects {
            let kind = (desired.built.group().to_owned(), desired.built.kind().to_owned());
            let failure = if pruned.contains(&kind) {
                format!("the change removes the CustomResourceDefinition of {}", desired.built.kind())
            } else if let Some(definition) = new.get(&kind).filter(|_| !old.contains_key(&kind)) {
                match (definition.of == app.name(), moments(desired, definition.desired)) {
                    (true, Some((own, its))) if its > own => {
                        let name = definition.desired.built.title();
                        format!(
                            "{name}, which defines its kind, is applied later, in {}",
                            its.shown_beside(own)
                        )
                    }
                    (true, _) => continue,
                    (false, _) => {
                        let is_tolerant =
                            app.has_option(SKIP) || options(desired.built).any(|option| option == SKIP);
                        if let Some(object) = application.objects.iter_mut().find(|it| it.id == *id)
                            && !is_tolerant
                        {
                            let of = definition.of;
                            let remark = format!(
                                "Application `{of}` defines its kind: the sync fails until that has synced"
                            );
                            note(&mut object.remarks, remark);
                        }
                        continue;
                    }
                }
            } else {
                continue;
            };
            match application.objects.iter_mut().find(|object| object.id == *id) {
                Some(object) => note(&mut object.failures, failure),
                None => note(&mut application.failures, format!("{id}: {failure}")),
            }
        }
    }
}

/// When the sync applies an object, and when the definition of its kind.
fn moments(desired: &Desired<'_>, definition: &Desired<'_>) -> Option<(Moment, Moment)> {
    Some((Moment::of(desired.built)?, Moment::of(definition.built)?))
}

fn definitions<'s, 'a>(state: &'s RevisionState<'a>) -> BTreeMap<Defined, Definition<'s, 'a>> {
    let mut found = BTreeMap::new();
    for app in state.applications.values() {
        for desired in app.objects.values().filter(|it| is_definition(it)) {
            if let Some((group, kind)) = defined(desired) {
                let kind = (group.to_owned(), kind.to_owned());
                found.entry(kind).or_insert(Definition { of: app.name(), desired });
            }
        }
    }
    found
}

/// The groups and kinds that the repository defines.
pub(super) fn kinds<'s>(state: &'s RevisionState<'_>) -> impl Iterator<Item = (&'s str, &'s str)> {
    let objects = state.applications.values().flat_map(|app| app.objects.values());
    objects.filter(|it| is_definition(it)).filter_map(defined)
}

fn is_definition(desired: &Desired<'_>) -> bool {
    desired.built.is("apiextensions.k8s.io", "CustomResourceDefinition")
}

fn defined<'s>(desired: &'s Desired<'_>) -> Option<(&'s str, &'s str)> {
    let group = desired.content.str_at(&["spec", "group"])?;
    Some((group, desired.content.str_at(&["spec", "names", "kind"])?))
}

/// Returns the kinds whose definition the change deletes, and notes that with it.
fn pruned(
    plan: &mut ClusterPlan,
    old: &BTreeMap<Defined, Definition<'_, '_>>,
    new: &BTreeMap<Defined, Definition<'_, '_>>,
) -> Vec<Defined> {
    let mut found = Vec::new();
    for (kind, definition) in old.iter().filter(|(kind, _)| !new.contains_key(*kind)) {
        let mut objects = plan.applications.iter_mut().flat_map(|application| &mut application.objects);
        let is_its = |id: &ResourceId| *id == definition.desired.id;
        if let Some(object) = objects.find(|object| object.action == Action::Prune && is_its(&object.id)) {
            note(&mut object.remarks, format!("with it, every {} in the cluster is deleted", kind.1));
            found.push(kind.clone());
        }
    }
    found
}
