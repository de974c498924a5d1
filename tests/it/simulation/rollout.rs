//! What the controller of Argo Rollouts does with a `Rollout` (`rollout/canary.go`, `bluegreen.go` and `sync.go` of Argo
//! Rollouts 1.9.1), and how it is then: Argo CD's `Rollout/health.lua` takes over the phase that
//! `utils/rollout/rolloututil.go` calculates, where `Paused` becomes `Suspended`.
//!
//! An update takes steps: some pods of the new template, a pause, and so on, and at last all of its pods, whereupon
//! it is the stable one. Blue-green takes two: all pods, which only the preview Service reaches, and a pause unless
//! they are promoted by themselves.
//!
//! Left out are analyses, experiments, traffic routing, aborts, `scaleDownDelaySeconds` and the rollback window.

use serde_json::Value;

use crate::simulation::cluster::{Health, replicas};
use crate::simulation::render::Manifest;

/// How far a Rollout is: its `status`.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The pods' template that an update starts from (`stableRS`).
    stable: Value,
    /// The one that is wanted (`currentPodHash`).
    current: Value,
    steps: Vec<Step>,
    /// The step it is at; behind the last one when it takes all pods (`currentStepIndex`).
    at: usize,
    /// When the pause began that it is in (`pauseConditions`).
    paused: Option<u64>,
    /// When it got on: the deadline counts from there.
    since: u64,
    /// Whether all pods are there, and of the wanted template.
    is_complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// So many percent of the pods get the new template.
    Weight(u64),
    /// Nothing happens for so many seconds; without end where there are none.
    Pause(Option<u64>),
}

impl Progress {
    /// After the manifest was created, or changed.
    pub fn observe(old: Option<&Self>, manifest: &Manifest, now: u64) -> Self {
        let (current, steps) = (manifest.at("/spec/template").clone(), steps(manifest));
        let (stable, at, paused) = match old {
            // `shouldFullPromote`: "Initial deploy".
            None => (current.clone(), steps.len(), None),
            Some(old) if old.current == current && old.steps == steps => {
                (old.stable.clone(), old.at, old.paused)
            }
            // `syncRolloutStatusCanary`: "Rollback to stable ReplicaSets".
            Some(old) if old.stable == current => (current.clone(), steps.len(), None),
            Some(old) => (old.stable.clone(), 0, None),
        };
        Self { stable, current, steps, at, paused, since: now, is_complete: false }
    }

    /// Whether something happens next without anybody's help. `can_pull` is about the new pods: that of the stable
    /// ones is not waited for (`AtDesiredReplicaCountsForCanary`, `allDesiredAreCreated`).
    pub fn can_get_on(&self, manifest: &Manifest, can_pull: bool, now: u64) -> bool {
        let are_up = can_pull || replicas(manifest) == 0;
        match (self.steps.get(self.at), self.paused) {
            (Some(Step::Weight(percent)), _) => are_up || *percent == 0,
            (Some(Step::Pause(_)), None) => true,
            (Some(Step::Pause(_)), Some(_)) => self.end_of_pause().is_some_and(|end| end <= now),
            (None, _) => are_up && !self.is_complete,
        }
    }

    /// Does what happens next; says what it was.
    pub fn get_on(&mut self, now: u64) -> String {
        self.since = now;
        match (self.steps.get(self.at), self.paused) {
            (Some(Step::Weight(percent)), _) => {
                self.at += 1;
                format!("{percent}% of the pods are new")
            }
            (Some(Step::Pause(_)), None) => {
                self.paused = Some(now);
                "pauses".to_owned()
            }
            (Some(Step::Pause(_)), Some(_)) => {
                self.leave_pause();
                "the pause is over".to_owned()
            }
            (None, _) => {
                self.is_complete = true;
                self.stable = self.current.clone();
                "all pods are up".to_owned()
            }
        }
    }

    /// Whether it pauses until somebody promotes it.
    pub fn waits_for_promotion(&self) -> bool {
        self.paused.is_some() && self.end_of_pause().is_none()
    }

    /// Somebody runs `kubectl argo rollouts promote`, which ends the pause.
    pub fn promote(&mut self, now: u64) {
        self.since = now;
        self.leave_pause();
    }

    fn leave_pause(&mut self) {
        self.at += 1;
        self.paused = None;
    }

    /// When the pause that it is in ends by itself.
    pub fn end_of_pause(&self) -> Option<u64> {
        match self.steps.get(self.at)? {
            Step::Pause(duration) => Some(self.paused? + (*duration)?),
            Step::Weight(_) => None,
        }
    }

    /// When it is given up, unless it gets on. Pauses do not count (`isIndefiniteStep`).
    pub fn deadline(&self, manifest: &Manifest) -> Option<u64> {
        let is_pausing = matches!(self.steps.get(self.at), Some(Step::Pause(_)));
        let seconds = manifest.at("/spec/progressDeadlineSeconds").as_u64().unwrap_or(600);
        (!is_pausing && !self.is_complete).then_some(self.since + seconds)
    }

    /// How it is.
    pub fn health(&self, manifest: &Manifest, now: u64) -> Health {
        match self.deadline(manifest) {
            Some(deadline) if now >= deadline => Health::Degraded,
            _ if self.paused.is_some() => Health::Suspended,
            _ if self.is_complete => Health::Healthy,
            _ => Health::Progressing,
        }
    }

    /// The specs of the pods that there are: midway those of both templates.
    pub fn pods(&self) -> impl Iterator<Item = &Value> {
        let has_old = self.stable != self.current;
        let has_new = self.at > 0 || self.is_complete;
        let pods = [has_new.then_some(&self.current), has_old.then_some(&self.stable)];
        pods.into_iter().flatten().map(|template| &template["spec"])
    }
}

fn steps(rollout: &Manifest) -> Vec<Step> {
    let (canary, blue_green) = (rollout.at("/spec/strategy/canary"), rollout.at("/spec/strategy/blueGreen"));
    for unknown in ["analysis", "trafficRouting", "prePromotionAnalysis", "postPromotionAnalysis"] {
        let is_there = [canary, blue_green].iter().any(|strategy| strategy.get(unknown).is_some());
        assert!(!is_there, "the simulation knows nothing of `{unknown}` of {}", rollout.key.2);
    }
    if blue_green.is_object() {
        // `CompletedBlueGreenPause`: the seconds count only where it promotes by itself.
        let pause = match (&blue_green["autoPromotionEnabled"], blue_green["autoPromotionSeconds"].as_u64()) {
            (Value::Bool(false), _) => Some(Step::Pause(None)),
            (_, Some(seconds)) if seconds > 0 => Some(Step::Pause(Some(seconds))),
            _ => None,
        };
        return [Step::Weight(100)].into_iter().chain(pause).collect();
    }
    assert!(canary.is_object(), "{} has no strategy", rollout.key.2);
    let steps = canary["steps"].as_array().into_iter().flatten();
    steps.map(step).collect()
}

fn step(step: &Value) -> Step {
    if let Some(percent) = step["setWeight"].as_u64() {
        return Step::Weight(percent);
    }
    assert!(step.get("pause").is_some(), "the simulation knows nothing of the step {step}");
    match &step["pause"]["duration"] {
        Value::Null => Step::Pause(None),
        duration => Step::Pause(Some(seconds(duration))),
    }
}

/// A duration as Rollouts have it: seconds, or a text such as `1h30m` (`RolloutPause.DurationSeconds`).
fn seconds(duration: &Value) -> u64 {
    let text = duration.as_str().map_or_else(|| duration.to_string(), str::to_owned);
    let parts = text.split_inclusive(['s', 'm', 'h']).map(|part| {
        let number = part.trim_end_matches(['s', 'm', 'h']);
        let number: u64 = number.parse().unwrap_or_else(|_| panic!("the simulation cannot read {duration}"));
        number
            * match part.trim_start_matches(|letter: char| letter.is_ascii_digit()) {
                "h" => 3600,
                "m" => 60,
                _ => 1,
            }
    });
    parts.sum()
}
