//! The JSON of a release that was followed.

use serde_json::{Value, json};

use super::follower::Follower;
use super::verdict::WatchVerdict;

pub(super) struct WatchReport(Value);

impl WatchReport {
    /// The documented JSON: see `docs/files.md`.
    pub(super) fn of(follower: &Follower, verdict: Option<&WatchVerdict>) -> Self {
        let service = &follower.manifests.service;
        let request = &follower.release.request;
        let stages: Vec<Value> = follower
            .stages()
            .iter()
            .map(|stage| {
                json!({
                    "name": stage.name,
                    "state": stage.state.word(),
                    "text": stage.text,
                    "log": stage.log,
                    "seconds": stage.seconds,
                })
            })
            .collect();
        let failure = match verdict {
            Some(WatchVerdict::Failed(failure)) => {
                Some(json!({ "stage": failure.stage, "cause": failure.cause, "log": failure.log }))
            }
            _ => None,
        };
        let by = match verdict {
            Some(WatchVerdict::Superseded(by) | WatchVerdict::Replaced(by)) => Some(by),
            _ => None,
        };
        let go_on = match verdict {
            Some(WatchVerdict::Paused { go_on, .. }) => Some(go_on),
            _ => None,
        };
        let revision = Some(&request.revision).filter(|revision| !revision.is_empty());
        let requested_by = follower.release.image.is_none().then_some(&follower.release.commit);
        Self(json!({
            "schema": "treenail.watch/1",
            "name": service.delivery.name,
            "directory": service.prefix.trim_end_matches('/'),
            "context": follower.cluster.kubectl.context,
            "release": { "tag": request.tag, "revision": revision },
            "environment": follower.environment(),
            "outcome": verdict.map_or("unfinished", WatchVerdict::word),
            "requestedBy": requested_by,
            "run": follower.facts.run.as_ref().map(|run| &run.name),
            "deployedBy": follower.facts.deployed_by,
            "replacedBy": by,
            "goOn": go_on,
            "failure": failure,
            "stages": stages,
        }))
    }

    pub(super) fn into_value(self) -> Value {
        self.0
    }
}
