//! The hooks that run with a sync, in their order.

use super::HookPlan;
use super::desired::Desired;
use super::state::AppState;
use crate::check::rules::order::moment::Moment;

/// Returns the hooks of a sync that succeeds: by phase, wave, kind and name.
pub(super) fn of(app: &AppState<'_>) -> Vec<HookPlan> {
    let moments = |hook: &Desired<'_>| Moment::all(hook.built);
    let mut found: Vec<_> = app
        .hooks
        .iter()
        .flat_map(|hook| moments(hook).into_iter().map(|moment| (moment, hook.built)))
        .collect();
    found.sort_by_key(|(moment, hook)| {
        (moment.phase, moment.wave, hook.kind().to_owned(), hook.name().to_owned())
    });
    let plan = |(moment, hook): (Moment, crate::check::model::BuiltObject<'_>)| HookPlan {
        phase: moment.phase.as_str(),
        wave: moment.wave,
        title: hook.title(),
    };
    found.into_iter().map(plan).collect()
}
