//! What a change of a workload does to its Pods.

use super::desired::Desired;
use super::fields::{Difference, PathStep};
use super::state::AppState;
use super::{PodsFate, PodsPlan};
use crate::check::kustomize::RenderedValue;

/// Returns what the Pods of a workload do, where anything about them changes.
pub(super) fn of(
    app: &AppState<'_>,
    after: &Desired<'_>,
    differences: &[Difference<'_>],
) -> Option<PodsPlan> {
    let kind = after.built.workload_kind()?;
    let is_below = |difference: &Difference<'_>, path: &[&str]| {
        let keys: Vec<&str> = difference.path.iter().map(PathStep::key).collect();
        keys.starts_with(path)
    };
    let mut changes = differences.iter();
    let is_template = changes.clone().any(|difference| is_below(difference, kind.template));
    let spec = |keys: &[&str]| after.content.get("spec")?.dig(keys);
    if !kind.keeps_pods() || kind.template.is_empty() {
        let words = match after.built.kind() {
            "CronJob" if is_template => "its next run uses the new Pods",
            _ => return None,
        };
        return Some(PodsPlan::quiet(None, words));
    }
    let replicas = replicas(app, after);
    let was_off = changes.clone().any(|difference| {
        is_below(difference, &["spec", "replicas"])
            && difference.before.and_then(RenderedValue::as_int) == Some(0)
    });
    if is_template && was_off && replicas.scaler.is_none() {
        let count = replicas.count.unwrap_or_default();
        let words = format!("starts {count} {}, none ran before", if count == 1 { "Pod" } else { "Pods" });
        let fate = if count > 0 { PodsFate::Restart } else { PodsFate::Stay };
        return Some(PodsPlan { fate, ..PodsPlan::quiet(replicas.count, words) });
    }
    if is_template {
        if spec(&["paused"]).and_then(RenderedValue::as_bool) == Some(true) {
            return Some(PodsPlan::quiet(replicas.count, "paused: no Pods restart until it is resumed"));
        }
        let (restart, how) = strategy(after);
        let words = if restart { format!("{}{how}", replicas.restarted()) } else { how };
        let fate = match restart && replicas.count != Some(0) {
            false => PodsFate::Stay,
            true if is_recreated(after) => PodsFate::EndAtOnce,
            true => PodsFate::Restart,
        };
        return Some(PodsPlan { fate, ..PodsPlan::quiet(replicas.count, words) });
    }
    let change = changes.find(|difference| is_below(difference, &["spec", "replicas"]))?;
    let count = |value: Option<&RenderedValue<'_>>| {
        value.and_then(RenderedValue::as_int).map_or("1".to_owned(), |it| it.to_string())
    };
    let words = match &replicas.scaler {
        Some(scaler) => format!("scaled by {scaler}"),
        None => format!("scales from {} to {} Pods", count(change.before), count(change.after)),
    };
    let number = |value: Option<&RenderedValue<'_>>| value.and_then(RenderedValue::as_int).unwrap_or(1);
    let grows = replicas.scaler.is_none() && number(change.after) > number(change.before);
    let fate = if grows { PodsFate::Grow } else { PodsFate::Stay };
    Some(PodsPlan { fate, ..PodsPlan::quiet(replicas.count, words) })
}

/// Returns what the Pods of a workload do that Argo CD deletes and creates anew: they are deleted with it.
pub(super) fn of_replaced(app: &AppState<'_>, after: &Desired<'_>) -> Option<PodsPlan> {
    let kind = after.built.workload_kind()?;
    if !kind.keeps_pods() {
        return (after.built.kind() == "Job").then(|| PodsPlan::quiet(None, "runs again"));
    }
    let replicas = replicas(app, after);
    let words = match (&replicas.scaler, replicas.count) {
        (None, Some(0)) => return Some(PodsPlan::quiet(Some(0), "no Pods to restart")),
        (None, Some(1)) => "its Pod ends with it, none may run until a new one is ready".to_owned(),
        (None, Some(count)) => format!("its {count} Pods end with it, none may run until new ones are ready"),
        _ => "all its Pods end with it, none may run until new ones are ready".to_owned(),
    };
    Some(PodsPlan { fate: PodsFate::EndAtOnce, ..PodsPlan::quiet(replicas.count, words) })
}

impl PodsPlan {
    /// Of Pods that do not restart.
    pub(super) fn quiet(replicas: Option<u32>, words: impl Into<String>) -> Self {
        Self { fate: PodsFate::Stay, replicas, words: words.into() }
    }

    /// Whether all of them are replaced.
    pub(crate) fn restarts(&self) -> bool {
        matches!(self.fate, PodsFate::Restart | PodsFate::EndAtOnce)
    }

    /// Whether all end before new ones run.
    pub(crate) fn ends_at_once(&self) -> bool {
        self.fate == PodsFate::EndAtOnce
    }

    /// Whether the cluster refuses those that the change makes.
    pub(crate) fn is_refused(&self) -> bool {
        self.fate == PodsFate::Refused
    }
}

/// Whether all Pods of a Deployment end before new ones start.
fn is_recreated(after: &Desired<'_>) -> bool {
    after.built.kind() == "Deployment"
        && after.content.get("spec").and_then(|spec| spec.str_at(&["strategy", "type"])) == Some("Recreate")
}

/// Whether Pods restart at once, and how, as the rest of a sentence; the whole sentence if they do not.
fn strategy(after: &Desired<'_>) -> (bool, String) {
    let spec = |keys: &[&str]| after.content.get("spec")?.dig(keys);
    let text = |keys: &[&str]| spec(keys).map(RenderedValue::text).unwrap_or_default();
    match after.built.kind() {
        "Deployment" if is_recreated(after) => {
            (true, ", all at once: none runs meanwhile (Recreate)".to_owned())
        }
        "StatefulSet" | "DaemonSet" if text(&["updateStrategy", "type"]) == "OnDelete" => {
            (false, "Pods restart only once somebody deletes them (OnDelete)".to_owned())
        }
        "StatefulSet" => match spec(&["updateStrategy", "rollingUpdate", "partition"]) {
            Some(partition) if partition.as_int() != Some(0) => {
                (true, format!(", only those from number {} on", partition.text()))
            }
            _ => (true, ", one after the other".to_owned()),
        },
        "Rollout" => (true, rollout(after)),
        "ReplicaSet" | "ReplicationController" => {
            (false, "only new Pods are made of the changed template".to_owned())
        }
        _ => (true, ", rolling".to_owned()),
    }
}

fn rollout(after: &Desired<'_>) -> String {
    let Some(strategy) = after.content.dig(&["spec", "strategy"]) else { return String::new() };
    if let Some(blue_green) = strategy.get("blueGreen") {
        let is_manual =
            blue_green.get("autoPromotionEnabled").and_then(RenderedValue::as_bool) == Some(false);
        let until = if is_manual { ", then waits for a promotion by hand" } else { "" };
        return format!(", blue-green{until}");
    }
    let steps = strategy.items_at(&["canary", "steps"]);
    let is_endless =
        |step: &RenderedValue<'_>| step.get("pause").is_some_and(|it| it.get("duration").is_none());
    let waits = if steps.iter().any(is_endless) { ", waits for a promotion by hand" } else { "" };
    match steps.len() {
        0 => ", canary".to_owned(),
        1 => format!(", canary in 1 step{waits}"),
        count => format!(", canary in {count} steps{waits}"),
    }
}

/// Returns how many Pods a workload keeps, if that is known.
pub(super) fn count(app: &AppState<'_>, desired: &Desired<'_>) -> Option<u32> {
    replicas(app, desired).count
}

struct Replicas {
    count: Option<u32>,
    /// What else decides how many there are.
    scaler: Option<String>,
}

impl Replicas {
    fn restarted(&self) -> String {
        match (&self.scaler, self.count) {
            (Some(scaler), _) => format!("its Pods restart (as many as {scaler} wants)"),
            (None, Some(0)) => "no Pods to restart".to_owned(),
            (None, Some(1)) => "1 Pod restarts".to_owned(),
            (None, Some(count)) => format!("{count} Pods restart"),
            (None, None) => "a Pod restarts on each node".to_owned(),
        }
    }
}

fn replicas(app: &AppState<'_>, after: &Desired<'_>) -> Replicas {
    let is_its = |desired: &&Desired<'_>| {
        let target = desired.content.dig(&["spec", "scaleTargetRef"]);
        matches!(desired.built.kind(), "HorizontalPodAutoscaler" | "ScaledObject")
            && target.is_some_and(|target| {
                target.str_at(&["name"]) == Some(after.built.object.name())
                    && target.str_at(&["kind"]).is_none_or(|kind| kind == after.built.kind())
            })
    };
    let scaler = app.objects.values().find(is_its).map(|desired| desired.built.title());
    let given = after.content.dig(&["spec", "replicas"]).and_then(RenderedValue::as_int);
    let count = match (&scaler, after.built.kind()) {
        (Some(_), _) | (None, "DaemonSet") => None,
        _ => Some(given.map_or(1, |count| u32::try_from(count).unwrap_or_default())),
    };
    Replicas { count, scaler }
}
