//! What a change of a workload does to its Pods.

use super::PodsPlan;
use super::desired::Desired;
use super::fields::{Difference, PathStep};
use super::state::AppState;
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
        return Some(PodsPlan { restart: false, replicas: None, words: words.to_owned() });
    }
    let replicas = replicas(app, after);
    let was_off = changes.clone().any(|difference| {
        is_below(difference, &["spec", "replicas"])
            && difference.before.and_then(RenderedValue::as_int) == Some(0)
    });
    if is_template && was_off && replicas.scaler.is_none() {
        let count = replicas.count.unwrap_or_default();
        let words = format!("starts {count} {}, none ran before", if count == 1 { "Pod" } else { "Pods" });
        return Some(PodsPlan { restart: count > 0, replicas: replicas.count, words });
    }
    if is_template {
        if spec(&["paused"]).and_then(RenderedValue::as_bool) == Some(true) {
            let words = "paused: no Pods restart until it is resumed".to_owned();
            return Some(PodsPlan { restart: false, replicas: replicas.count, words });
        }
        let (restart, how) = strategy(after);
        let words = if restart { format!("{}{how}", replicas.restarted()) } else { how };
        return Some(PodsPlan {
            restart: restart && replicas.count != Some(0),
            replicas: replicas.count,
            words,
        });
    }
    let change = changes.find(|difference| is_below(difference, &["spec", "replicas"]))?;
    let count = |value: Option<&RenderedValue<'_>>| {
        value.and_then(RenderedValue::as_int).map_or("1".to_owned(), |it| it.to_string())
    };
    let words = match &replicas.scaler {
        Some(scaler) => format!("scaled by {scaler}"),
        None => format!("scales from {} to {} Pods", count(change.before), count(change.after)),
    };
    Some(PodsPlan { restart: false, replicas: replicas.count, words })
}

/// Whether Pods restart at once, and how, as the rest of a sentence; the whole sentence if they do not.
fn strategy(after: &Desired<'_>) -> (bool, String) {
    let spec = |keys: &[&str]| after.content.get("spec")?.dig(keys);
    let text = |keys: &[&str]| spec(keys).map(RenderedValue::text).unwrap_or_default();
    match after.built.kind() {
        "Deployment" if text(&["strategy", "type"]) == "Recreate" => {
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
