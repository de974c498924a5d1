//! The whole plan in one sentence.

use super::{Action, ApplicationPlan, ClusterPlan, ObjectPlan, PodsPlan, Presence, SyncState};
use crate::check::Finding;
use crate::excerpt::counted;

/// The most Applications that the sentence names for one thing.
const MOST: usize = 3;

pub(super) fn sentence(plan: &ClusterPlan) -> String {
    let mut parts: Vec<String> = Vec::new();
    let runs = plan.chain.iter().filter(|step| step.starts_run).count();
    if runs > MOST {
        parts.push(format!("starts {runs} pipelines"));
    } else {
        parts.extend(plan.chain.iter().filter_map(|step| step.short.clone()));
    }
    let of = |fits: &dyn Fn(&ApplicationPlan) -> bool| -> Vec<&ApplicationPlan> {
        plan.applications.iter().filter(|application| fits(application)).collect()
    };
    let fails =
        |application: &ApplicationPlan| application.sync != SyncState::Unchanged && application.fails();
    let rolls = of(&|it| it.sync == SyncState::Automatic && !fails(it) && it.restarts());
    // What the sync of such an Application is for comes first.
    let starts = |application: &ApplicationPlan| {
        plan.chain.iter().any(|step| step.starts_run && step.application == application.name)
    };
    let is_smooth =
        |it: &ApplicationPlan| it.sync == SyncState::Automatic && !fails(it) && !it.refuses_pods();
    let syncs = of(&|it| is_smooth(it) && !it.restarts() && !starts(it));
    let waits = of(&|it| it.sync == SyncState::Manual && !fails(it));
    let failing = of(&fails);
    let refusing = of(&|it| it.sync != SyncState::Unchanged && !fails(it) && it.refuses_pods());
    let unknown = of(&|it| it.sync == SyncState::Unknown);
    let gone = of(&|it| it.presence == Presence::Removed);
    parts.extend(listed("rolls", &rolls, |it| format!("{}{}", it.name, it.pods())));
    parts.extend(listed("syncs", &syncs, |it| it.name.clone()));
    parts.extend(listed("fails in", &failing, |it| it.name.clone()));
    parts.extend(listed("gets Pods refused in", &refusing, |it| it.name.clone()));
    parts.extend(listed("leaves waiting for a person", &waits, |it| it.name.clone()));
    parts.extend(listed("removes", &gone, |it| it.name.clone()));
    let pruned = count(plan, Action::Prune);
    if pruned > 0 {
        parts.push(format!("prunes {}", counted(pruned, "object")));
    }
    parts.extend(listed("may change", &unknown, |it| it.name.clone()));
    let is_touched = plan.applications.iter().any(|it| it.is_production && it.sync != SyncState::Unchanged);
    if !parts.is_empty() && !is_touched && !plan.production_unaffected.is_empty() {
        parts.push("leaves production alone".to_owned());
    }
    if parts.is_empty() {
        let has_steps = !plan.by_hand.is_empty();
        let rest = if has_steps {
            "nothing by itself; somebody has to apply the change"
        } else {
            "nothing in the cluster"
        };
        return format!("merging this changes {rest}");
    }
    format!("merging this {}", parts.join(", "))
}

fn listed(
    verb: &str,
    found: &[&ApplicationPlan],
    name: impl Fn(&ApplicationPlan) -> String,
) -> Option<String> {
    if found.is_empty() {
        return None;
    }
    let names: Vec<_> = found.iter().take(MOST).map(|it| name(it)).collect();
    let more = found.len().saturating_sub(MOST);
    let names = match (names.split_last(), more) {
        (Some((last, [])), 0) => last.clone(),
        (Some((last, others)), 0) => format!("{} and {last}", others.join(", ")),
        (_, more) => format!("{} and {more} more", names.join(", ")),
    };
    Some(format!("{verb} {names}"))
}

/// Objects for which another one takes the place are none that are lost.
fn count(plan: &ClusterPlan, action: Action) -> usize {
    plan.applications
        .iter()
        .flat_map(|it| &it.objects)
        .filter(|it| it.action == action && !it.is_renewed)
        .count()
}

impl ClusterPlan {
    /// Returns the new errors that are not said to be the reason of a failure.
    pub(crate) fn other_errors(&self) -> impl Iterator<Item = &Finding> {
        let told = |object: &ObjectPlan| {
            let pods = object.pods.iter().filter(|pods| pods.is_refused()).map(|pods| pods.words.clone());
            object.failures.iter().cloned().chain(pods).collect::<Vec<_>>()
        };
        let of_objects = self.applications.iter().flat_map(|it| &it.objects).flat_map(told);
        let told: Vec<_> =
            self.applications.iter().flat_map(|it| it.failures.clone()).chain(of_objects).collect();
        self.errors.iter().filter(move |error| told.iter().all(|text| !text.contains(&error.message)))
    }
}

impl ApplicationPlan {
    /// Whether the sync certainly fails.
    pub(crate) fn fails(&self) -> bool {
        let is_refused = |object: &ObjectPlan| !object.refused.is_empty() || !object.failures.is_empty();
        !self.refused.is_empty() || !self.failures.is_empty() || self.objects.iter().any(is_refused)
    }

    /// Whether the cluster refuses Pods that the change makes.
    pub(crate) fn refuses_pods(&self) -> bool {
        self.objects.iter().any(|object| object.pods.as_ref().is_some_and(PodsPlan::is_refused))
    }

    /// Whether Pods restart.
    pub(crate) fn restarts(&self) -> bool {
        self.objects.iter().any(|object| object.pods.as_ref().is_some_and(PodsPlan::restarts))
    }

    /// The Pods that restart, in brackets.
    fn pods(&self) -> String {
        let restarting =
            self.objects.iter().filter_map(|object| object.pods.as_ref()).filter(|pods| pods.restarts());
        let counts: Option<Vec<u32>> = restarting.clone().map(|pods| pods.replicas).collect();
        let count = counts.map(|counts| counts.iter().sum::<u32>() as usize);
        let ending: Vec<_> =
            restarting.filter(|pods| pods.ends_at_once()).map(|pods| pods.replicas).collect();
        let gap = match ending.iter().copied().sum::<Option<u32>>().map(|ending| ending as usize) {
            _ if ending.is_empty() => None,
            Some(ending) if count.is_some_and(|count| count > ending) => {
                Some(format!("{ending} of them end at once"))
            }
            _ => Some("none runs meanwhile".to_owned()),
        };
        let parts: Vec<_> = count.map(|count| counted(count, "Pod")).into_iter().chain(gap).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }
}
