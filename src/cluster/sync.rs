//! What Argo CD does with a commit: the revision that an Application has seen, its sync, and the hooks of that.

use serde_json::Value;

use super::application::{LiveApplication, complaints};
use super::chain::is_name;
use super::cut;

/// A live Application, and its last sync.
#[derive(Clone, Debug)]
pub(crate) struct LiveSync {
    pub(crate) application: LiveApplication,
    /// The commit that it was compared with last.
    pub(crate) revision: Option<String>,
    pub(crate) is_synced: bool,
    /// As Argo CD calls it, such as `Progressing`.
    pub(crate) health: String,
    pub(crate) operation: Option<LiveOperation>,
    /// Why it cannot be compared with Git, or what is wrong with its health. A failed sync is another matter: it may be one of
    /// an earlier commit.
    pub(crate) complaint: Option<String>,
    /// The kinds and names of its workloads.
    pub(crate) workloads: Vec<String>,
}

/// A sync that runs, or has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveOperation {
    pub(crate) phase: String,
    pub(crate) message: String,
    pub(crate) revision: Option<String>,
    pub(crate) retries: u64,
    pub(crate) seconds: Option<i64>,
    /// The Job that runs after the sync, if that has come so far.
    pub(crate) hook: Option<LiveHook>,
}

/// A Job that Argo CD runs after a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveHook {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) phase: String,
}

/// The kinds of workloads, as `kubectl` takes them.
const WORKLOADS: [(&str, &str, &str); 4] = [
    ("apps", "Deployment", "deployments.apps"),
    ("apps", "StatefulSet", "statefulsets.apps"),
    ("apps", "DaemonSet", "daemonsets.apps"),
    ("argoproj.io", "Rollout", "rollouts.argoproj.io"),
];

/// A sync that Argo CD has tried again so often says enough.
const MOST_RETRIES: u64 = 3;

/// So many workloads are looked at.
const MOST_WORKLOADS: usize = 5;

impl LiveSync {
    /// Reads an object of the cluster; `None` if it is of another kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let application = LiveApplication::of(object)?;
        let status = &object["status"];
        let resources = status["resources"].as_array().into_iter().flatten();
        let workloads = resources.filter_map(|resource| {
            let is_it = |(group, kind, _): &&(&str, &str, &str)| {
                resource["group"] == *group && resource["kind"] == *kind
            };
            let (.., plural) = WORKLOADS.iter().find(is_it)?;
            let name = resource["name"].as_str().filter(|name| is_name(name))?;
            Some(format!("{plural}/{name}"))
        });
        Some(Self {
            revision: revision(&status["sync"]),
            is_synced: status["sync"]["status"] == "Synced",
            health: status["health"]["status"].as_str().map_or_else(|| "Unknown".to_owned(), cut),
            operation: LiveOperation::of(&status["operationState"]),
            workloads: workloads.take(MOST_WORKLOADS).collect(),
            complaint: complaints(status)
                .find(|complaint| !complaint.is_of_sync)
                .map(|complaint| cut(complaint.message)),
            application,
        })
    }

    /// Whether a sync runs now.
    pub(crate) fn is_syncing(&self) -> bool {
        self.operation.as_ref().is_some_and(LiveOperation::is_running)
    }
}

impl LiveOperation {
    fn of(state: &Value) -> Option<Self> {
        let result = &state["syncResult"];
        let hooks = result["resources"].as_array().into_iter().flatten();
        let name = |value: &Value| value.as_str().filter(|name| is_name(name)).map(str::to_owned);
        let hook = hooks
            .filter(|resource| resource["hookType"] == "PostSync" && resource["kind"] == "Job")
            .find_map(|resource| {
                Some(LiveHook {
                    name: name(&resource["name"])?,
                    namespace: name(&resource["namespace"])?,
                    phase: cut(resource["hookPhase"].as_str().unwrap_or_default()),
                })
            });
        let time = |value: &Value| value.as_str().and_then(super::moment::parse);
        Some(Self {
            phase: state["phase"].as_str().map(cut)?,
            message: cut(state["message"].as_str().unwrap_or_default()),
            revision: revision(result).or_else(|| revision(&state["operation"]["sync"])),
            retries: state["retryCount"].as_u64().unwrap_or_default(),
            seconds: time(&state["finishedAt"])
                .zip(time(&state["startedAt"]))
                .map(|(end, start)| end - start),
            hook,
        })
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase.as_str(), "Running" | "Terminating")
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.phase.as_str(), "Failed" | "Error")
    }

    /// Whether it has failed, or was tried again so often that this tells as much.
    pub(crate) fn gives_up(&self) -> bool {
        self.has_failed() || self.retries >= MOST_RETRIES
    }
}

/// The commit of the only source, or of the first of several.
fn revision(value: &Value) -> Option<String> {
    let several = value["revisions"].as_array().and_then(|revisions| revisions.first());
    let found = value["revision"].as_str().filter(|text| !text.is_empty()).or_else(|| several?.as_str())?;
    found.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| cut(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hook_and_the_workloads_are_found() {
        let sync = LiveSync::of(&json!({
            "kind": "Application", "metadata": { "name": "shop-delivery" },
            "status": {
                "sync": { "status": "Synced", "revision": "0a1b" },
                "health": { "status": "Healthy" },
                "resources": [
                    { "group": "apps", "kind": "Deployment", "name": "shop" },
                    { "group": "apps", "kind": "Deployment", "name": "--all" },
                    { "kind": "Service", "name": "shop" }
                ],
                "operationState": {
                    "phase": "Running", "message": "waiting for completion of hook batch/Job/release-trigger",
                    "startedAt": "2026-11-30T10:00:00Z", "retryCount": 1,
                    "syncResult": { "revision": "0a1b", "resources": [
                        { "kind": "ConfigMap", "name": "release-request" },
                        { "kind": "Job", "name": "release-trigger", "namespace": "shop-delivery", "hookType": "PostSync", "hookPhase": "Running" }
                    ] }
                }
            }
        }));
        let sync = sync.unwrap();
        assert_eq!(sync.workloads, ["deployments.apps/shop"]);
        assert!(sync.is_syncing() && sync.is_synced);
        let operation = sync.operation.unwrap();
        assert_eq!((operation.retries, operation.revision.as_deref()), (1, Some("0a1b")));
        let hook = operation.hook.unwrap();
        assert_eq!(
            (&*hook.name, &*hook.namespace, &*hook.phase),
            ("release-trigger", "shop-delivery", "Running")
        );
    }
}
