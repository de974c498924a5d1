//! Hooks that run when a sync fails: what they must not do, and what they must not need.

use super::{HOOK, phases};
use crate::check::finding::{Finding, Severity};
use crate::check::model::lookup::may_share_namespace;
use crate::check::model::{BuiltObject, Model};
use crate::check::rule::TN045;
use crate::check::rules::order::moment::Moment;
use crate::check::rules::order::{needs, syncs};
use crate::check::rules::trigger::creates_runs;

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let hooks = model.resources.iter().copied().filter(|object| is_sync_fail(*object));
    found.extend(hooks.filter_map(|hook| starts(model, hook)));
    for synced in syncs(model) {
        let hooks = synced.iter().copied().filter(|object| is_sync_fail(*object));
        found.extend(hooks.flat_map(|hook| may_not_start(hook, &synced)));
    }
}

fn is_sync_fail(object: BuiltObject<'_>) -> bool {
    phases(object).contains(&"SyncFail")
}

fn starts<'a>(model: &Model<'a>, hook: BuiltObject<'a>) -> Option<Finding> {
    if !creates_runs(model, hook) {
        return None;
    }
    let location = hook.annotation(HOOK)?.location().within("SyncFail");
    let message = "this hook starts a run whenever a sync fails, once for every attempt: that does not fix the sync, and if \
                   the run commits what it built, the next sync fails alike and starts the next run";
    let hint = "only report the failure here: the `PostSync` hook starts the run once a sync succeeds";
    Some(location.finding(&TN045, message).hint(hint))
}

/// Reports what the Pod of the hook cannot start without, and the sync that failed should have applied.
fn may_not_start<'a>(hook: BuiltObject<'a>, synced: &[BuiltObject<'a>]) -> Vec<Finding> {
    let needed = hook.pod_template().map(needs::of_pod).unwrap_or_default();
    let mut found: Vec<Finding> = Vec::new();
    for need in needed {
        let is_it = |object: &&BuiltObject<'a>| {
            need.is_met_by(**object) && may_share_namespace(**object, hook) && Moment::of(**object).is_some()
        };
        let Some(object) = synced.iter().find(is_it) else { continue };
        if found.iter().any(|known| known.message.contains(&object.title())) {
            continue;
        }
        let message = format!(
            "{} cannot start without {}, which the same sync applies: if that is what failed, the hook does not run",
            hook.title(),
            object.title(),
        );
        let hint = match need.kind {
            "ServiceAccount" => "use the ServiceAccount `default`, without a token",
            _ => {
                "add `optional: true` to the reference, or make the object a `SyncFail` hook of an earlier wave"
            }
        };
        found.push(need.location.finding(&TN045, message).severity(Severity::Note).hint(hint));
    }
    found
}
