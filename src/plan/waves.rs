//! The waves in which objects are pruned: those of the objects, in the opposite order, or a last one (`getSyncTasks` in
//! `gitops-engine/pkg/sync/sync_context.go`).

use std::collections::{BTreeMap, BTreeSet};

use super::ObjectPlan;
use super::desired::Desired;
use super::state::AppState;
use crate::check::rules::hooks::options;
use crate::check::rules::order::moment::{Moment, Phase, wave};
use crate::yaml::ResourceId;

const PRUNE_LAST: &str = "PruneLast=true";

/// Gives the objects that `app` no longer has, which are of `old`, the waves in which that is done.
pub(super) fn set(
    app: Option<&AppState<'_>>,
    old: &BTreeMap<ResourceId, Desired<'_>>,
    objects: &mut [ObjectPlan],
) {
    let waves: BTreeSet<i128> = gone(objects).map(|object| object.wave).collect();
    let opposite: BTreeMap<i128, i128> = waves.iter().copied().zip(waves.iter().rev().copied()).collect();
    let last = app.map(|app| last(app, &waves));
    for object in gone(objects) {
        object.wave = opposite[&object.wave];
        let is_last = |app: &AppState<'_>| {
            let own = old.get(&object.id).map(|gone| options(gone.built));
            app.has_option(PRUNE_LAST) || own.into_iter().flatten().any(|option| option == PRUNE_LAST)
        };
        if let Some(last) = last.filter(|_| app.is_some_and(is_last)) {
            object.wave = last;
        }
    }
}

fn gone(objects: &mut [ObjectPlan]) -> impl Iterator<Item = &mut ObjectPlan> {
    objects.iter_mut().filter(|object| !object.action.is_applied())
}

/// Returns the wave after all others of the phase `Sync`.
fn last(app: &AppState<'_>, pruned: &BTreeSet<i128>) -> i128 {
    let objects = app.objects.values().map(|desired| wave(desired.built));
    let is_in_sync = |moment: &Moment| moment.phase == Phase::Sync;
    let hooks = app.hooks.iter().filter_map(|hook| Moment::of(hook.built).filter(is_in_sync));
    let all = objects.chain(hooks.map(|moment| moment.wave)).chain(pruned.iter().copied());
    all.max().unwrap_or_default().max(0) + 1
}
