//! What makes a sync fail, or Pods be refused, besides fields that cannot change and what the project does not permit.

pub(super) mod builds;
mod definitions;
mod found;
mod kinds;
mod quotas;
mod shared;
mod unknown_fields;

use super::state::RevisionState;
use super::{ApplicationPlan, ClusterPlan};
use crate::check::rules::order::moment::Phase;

/// Adds the failures to the plan, which has the new errors of `check`.
pub(super) fn add(plan: &mut ClusterPlan, before: &RevisionState<'_>, after: &RevisionState<'_>) {
    found::add(plan, after);
    definitions::add(plan, before, after);
    kinds::add(plan, before, after);
    shared::add(plan, before, after);
    quotas::add(plan, before, after);
    plan.applications.iter_mut().for_each(stop_hooks);
}

/// Takes out the hooks that a failing sync does not come to.
fn stop_hooks(application: &mut ApplicationPlan) {
    let is_stopped_at_once = !application.refused.is_empty() || !application.failures.is_empty();
    if application.fails() {
        application.hooks.retain(|hook| !is_stopped_at_once && hook.phase == Phase::PreSync.as_str());
    }
}

/// Adds a text once.
fn note(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
