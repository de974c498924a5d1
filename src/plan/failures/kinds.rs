//! Kinds that are neither Kubernetes' and Argo CD's own nor defined here, and that nothing here has used before: only the
//! cluster knows whether it has them.

use std::collections::BTreeSet;

use super::definitions;
use crate::check::schema;
use crate::plan::desired::Desired;
use crate::plan::state::RevisionState;
use crate::plan::{Action, ClusterPlan, Unknown};
use crate::yaml::ResourceId;

pub(super) fn add(plan: &mut ClusterPlan, before: &RevisionState<'_>, after: &RevisionState<'_>) {
    let mut is_used = None;
    for application in &mut plan.applications {
        let mut found = BTreeSet::new();
        // Without a version, it is refused in any case.
        let app = after.planned(application);
        let has_version =
            |id: &ResourceId| app.and_then(|app| app.objects.get(id)).is_some_and(Desired::has_version);
        let created = application.objects.iter().filter(|object| object.action == Action::Create);
        for object in created.filter(|object| has_version(&object.id)) {
            let kind = (object.id.group.as_str(), object.id.kind.as_str());
            if !is_certain(kind.0, kind.1)
                && !is_used.get_or_insert_with(|| known(before, after)).contains(&kind)
            {
                found.insert(kind);
            }
        }
        application.unknown.extend(found.into_iter().map(|(group, kind)| Unknown {
            what: format!("whether the cluster has the kind {kind} ({group}): without it, the sync fails"),
            files: Vec::new(),
        }));
    }
}

/// Whether every cluster with Argo CD has the kind.
fn is_certain(group: &str, kind: &str) -> bool {
    let is_kubernetes =
        !group.contains('.') || group.ends_with(".k8s.io") && group != "gateway.networking.k8s.io";
    let is_argo_cd =
        group == "argoproj.io" && ["Application", "ApplicationSet", "AppProject"].contains(&kind);
    is_argo_cd || is_kubernetes && schema::is_known(group, kind)
}

/// The groups and kinds of all objects before the change, and those that the repository defines.
fn known<'s>(before: &'s RevisionState<'_>, after: &'s RevisionState<'_>) -> BTreeSet<(&'s str, &'s str)> {
    let used = before.applications.values().flat_map(|app| app.objects.keys());
    let mut known: BTreeSet<_> = used.map(|id| (id.group.as_str(), id.kind.as_str())).collect();
    known.extend(definitions::kinds(before).chain(definitions::kinds(after)));
    known
}
