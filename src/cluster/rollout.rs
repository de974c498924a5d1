//! How far a workload is with its newest Pods.

use serde_json::Value;

use super::cut;

/// A Deployment, a Rollout, or another kind of workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveWorkload {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Its Pods, as `kubectl` selects them.
    pub(crate) selector: String,
    wanted: u64,
    ready: u64,
    /// Whether its controller has seen what is wanted now.
    is_seen: bool,
    is_settled: bool,
    pub(crate) pause: Option<RolloutPause>,
    /// Why it cannot go on.
    pub(crate) failure: Option<String>,
    /// Which step of how many.
    step: Option<(u64, usize)>,
}

/// A Rollout that does not go on by itself, or not at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RolloutPause {
    /// It goes on after this time.
    Timed(String),
    /// A person has to decide.
    Open,
}

impl LiveWorkload {
    /// Reads a workload; `None` if it is another kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let kind = object["kind"].as_str()?;
        let (spec, status) = (&object["spec"], &object["status"]);
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let (wanted, updated, ready) = match kind {
            "Deployment" | "Rollout" => (
                spec["replicas"].as_u64().unwrap_or(1),
                number(&status["updatedReplicas"]),
                number(&status["availableReplicas"]),
            ),
            "StatefulSet" => (
                spec["replicas"].as_u64().unwrap_or(1),
                number(&status["updatedReplicas"]),
                number(&status["readyReplicas"]),
            ),
            "DaemonSet" => (
                number(&status["desiredNumberScheduled"]),
                number(&status["updatedNumberScheduled"]),
                number(&status["numberAvailable"]),
            ),
            _ => return None,
        };
        let generation = object["metadata"]["generation"].as_u64().unwrap_or_default();
        let observed = match &status["observedGeneration"] {
            // A Rollout writes it as a text, and before 1.0 wrote a hash.
            Value::String(text) => text.parse().unwrap_or(generation),
            number => number.as_u64().unwrap_or_default(),
        };
        let is_rollout = kind == "Rollout";
        let pause = is_rollout.then(|| pause(spec, status)).flatten();
        Some(Self {
            kind: kind.to_owned(),
            name: cut(object["metadata"]["name"].as_str()?),
            selector: selector(&spec["selector"]["matchLabels"]),
            wanted,
            ready: ready.min(if is_rollout { ready } else { updated }),
            is_seen: observed >= generation,
            is_settled: if is_rollout {
                status["phase"] == "Healthy"
            } else {
                updated >= wanted && ready >= wanted
            },
            pause,
            failure: failure(is_rollout, status),
            step: is_rollout.then(|| step(spec, status)).flatten(),
        })
    }

    /// Whether all its Pods are new, and ready.
    pub(crate) fn is_done(&self) -> bool {
        self.is_seen && self.is_settled && self.pause.is_none()
    }

    /// Why it cannot go on, once it has seen what is wanted.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failure.as_deref().filter(|_| self.is_seen)
    }

    pub(crate) fn shown(&self) -> String {
        let step = self.step.map_or_else(String::new, |(at, of)| format!(", step {at} of {of}"));
        let pause = match &self.pause {
            Some(RolloutPause::Timed(time)) => format!(", pauses for {time}"),
            Some(RolloutPause::Open) => ", waits for a person".to_owned(),
            None => String::new(),
        };
        format!("{} {}: {} of {} Pods ready{step}{pause}", self.kind, self.name, self.ready, self.wanted)
    }
}

/// What keeps a workload from ever being ready.
fn failure(is_rollout: bool, status: &Value) -> Option<String> {
    let conditions = || status["conditions"].as_array().into_iter().flatten();
    let message = |value: &Value| cut(value.as_str().unwrap_or_default());
    let late = conditions().find(|condition| {
        condition["type"] == "Progressing"
            && condition["status"] == "False"
            && condition["reason"] != "RolloutPaused"
    });
    match late {
        _ if is_rollout && status["phase"] == "Degraded" => Some(message(&status["message"])),
        // Whether a Rollout is paused or late is in its phase.
        Some(condition) if !is_rollout => {
            Some(format!("{}: {}", message(&condition["reason"]), message(&condition["message"])))
        }
        _ => None,
    }
}

fn pause(spec: &Value, status: &Value) -> Option<RolloutPause> {
    let is_paused = status["pauseConditions"].as_array().is_some_and(|pauses| !pauses.is_empty());
    if !is_paused && spec["paused"] != true {
        return None;
    }
    let at = status["currentStepIndex"].as_u64().and_then(|at| usize::try_from(at).ok());
    let step = at.and_then(|at| spec["strategy"]["canary"]["steps"].get(at));
    let time =
        step.map(|step| &step["pause"]["duration"]).filter(|duration| !duration.is_null()).or_else(|| {
            let seconds = &spec["strategy"]["blueGreen"]["autoPromotionSeconds"];
            Some(seconds).filter(|seconds| !seconds.is_null())
        });
    Some(match time {
        Some(Value::String(text)) => RolloutPause::Timed(cut(text)),
        Some(Value::Number(seconds)) => RolloutPause::Timed(format!("{seconds}s")),
        _ => RolloutPause::Open,
    })
}

fn step(spec: &Value, status: &Value) -> Option<(u64, usize)> {
    let steps = spec["strategy"]["canary"]["steps"].as_array()?.len();
    let at = status["currentStepIndex"].as_u64()?;
    (usize::try_from(at).ok()? < steps).then_some((at + 1, steps))
}

/// Labels as a word of a command; those that cannot be one are left out.
fn selector(labels: &Value) -> String {
    let is_plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
            && !text.starts_with('-')
    };
    let labels = labels.as_object().into_iter().flatten();
    let pairs = labels.filter_map(|(name, value)| {
        let value = value.as_str().filter(|value| is_plain(value) && is_plain(name))?;
        Some(format!("{name}={value}"))
    });
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_is_done_when_its_controller_says_so() {
        let deployment = |observed: u64, updated: u64| {
            let object = json!({
                "kind": "Deployment", "metadata": { "name": "shop", "generation": 2 },
                "spec": { "replicas": 2, "selector": { "matchLabels": { "app.kubernetes.io/name": "shop", "x": "a,b" } } },
                "status": { "observedGeneration": observed, "updatedReplicas": updated, "availableReplicas": 2 }
            });
            LiveWorkload::of(&object).unwrap()
        };
        assert!(deployment(2, 2).is_done());
        assert!(!deployment(1, 2).is_done() && !deployment(2, 1).is_done());
        assert_eq!(deployment(2, 1).shown(), "Deployment shop: 1 of 2 Pods ready");
        assert_eq!(deployment(2, 1).selector, "app.kubernetes.io/name=shop");
    }

    #[test]
    fn a_rollout_says_how_it_pauses() {
        let rollout = |pause: Value| {
            let object = json!({
                "kind": "Rollout", "metadata": { "name": "shop", "generation": 3 },
                "spec": { "replicas": 5, "strategy": { "canary": { "steps": [{ "setWeight": 20 }, { "pause": pause }] } } },
                "status": {
                    "observedGeneration": "3", "availableReplicas": 5, "updatedReplicas": 1, "phase": "Paused",
                    "currentStepIndex": 1, "pauseConditions": [{ "reason": "CanaryPauseStep" }]
                }
            });
            LiveWorkload::of(&object).unwrap()
        };
        assert_eq!(rollout(json!({ "duration": "2m" })).pause, Some(RolloutPause::Timed("2m".to_owned())));
        assert_eq!(rollout(json!({ "duration": 30 })).pause, Some(RolloutPause::Timed("30s".to_owned())));
        let open = rollout(json!({}));
        assert_eq!(open.shown(), "Rollout shop: 5 of 5 Pods ready, step 2 of 2, waits for a person");
        assert!(!open.is_done() && open.failed().is_none());
    }
}
