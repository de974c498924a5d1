//! The hooks that run with a sync, in their order.

use super::HookPlan;
use super::state::AppState;
use crate::check::rules::order::moment::Moment;

/// Returns the hooks of a sync that succeeds: by phase, wave, kind and name.
pub(super) fn of(app: &AppState<'_>) -> Vec<HookPlan> {
    let mut found: Vec<_> =
        app.hooks.iter().filter_map(|hook| Some((Moment::of(hook.built)?, hook.built))).collect();
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
