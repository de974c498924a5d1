//! Why a Pod does not run, in the words of Kubernetes.

use serde_json::Value;

use super::cut;

/// What keeps a Pod from running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodTrouble {
    pub(crate) pod: String,
    /// Where its log is.
    pub(crate) container: Option<String>,
    pub(crate) reason: String,
    message: String,
    pub(crate) restarts: u64,
}

impl PodTrouble {
    /// Looks at a Pod; `None` if nothing is in its way, as far as it says.
    pub(crate) fn of(pod: &Value) -> Option<Self> {
        let name = pod["metadata"]["name"].as_str()?;
        let trouble = |container: Option<&str>, reason: &str, message: &str, restarts| Self {
            pod: name.to_owned(),
            container: container.map(str::to_owned),
            reason: cut(reason),
            message: cut(message),
            restarts,
        };
        let status = &pod["status"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for container in ["initContainerStatuses", "containerStatuses"]
            .iter()
            .flat_map(|list| status[list].as_array().into_iter().flatten())
        {
            let own = container["name"].as_str();
            let restarts = container["restartCount"].as_u64().unwrap_or_default();
            let waiting = &container["state"]["waiting"];
            match waiting["reason"].as_str() {
                // Nothing is wrong yet.
                None | Some("ContainerCreating" | "PodInitializing") => {}
                Some("CrashLoopBackOff") => {
                    let last = &container["lastState"]["terminated"];
                    let message = format!(
                        "ended with {} ({}), {restarts} restart{}",
                        last["exitCode"],
                        text(&last["reason"]),
                        if restarts == 1 { "" } else { "s" }
                    );
                    return Some(trouble(own, "CrashLoopBackOff", &message, restarts));
                }
                Some(reason) => return Some(trouble(own, reason, &text(&waiting["message"]), restarts)),
            }
        }
        let conditions = status["conditions"].as_array().into_iter().flatten();
        let scheduled = conditions.clone().find(|condition| condition["type"] == "PodScheduled");
        let unscheduled = scheduled.filter(|condition| condition["status"] == "False")?;
        Some(trouble(None, &text(&unscheduled["reason"]), &text(&unscheduled["message"]), 0))
    }

    /// What an event warns of, for a Pod that does not say it itself.
    pub(crate) fn of_event(pod: &str, event: &Value) -> Self {
        let text = |value: &Value| cut(value.as_str().unwrap_or_default());
        Self {
            pod: pod.to_owned(),
            container: None,
            reason: text(&event["reason"]),
            message: text(&event["message"]),
            restarts: 0,
        }
    }

    /// Whether waiting will not help: the image cannot be pulled, or the program ends again and again.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(
            self.reason.as_str(),
            "ImagePullBackOff"
                | "InvalidImageName"
                | "CreateContainerConfigError"
                | "CreateContainerError"
                | "Unschedulable"
        ) || self.reason == "CrashLoopBackOff" && self.restarts >= 3
    }

    pub(crate) fn shown(&self) -> String {
        let text = format!("{}: {}", self.reason, self.message);
        format!("Pod {}: {}", self.pod, text.trim_end_matches([':', ' ']))
    }
}

/// Whether a Pod is waiting for something that it does not name, such as a volume.
pub(crate) fn is_silent(pod: &Value) -> bool {
    pod["status"]["phase"] == "Pending" && PodTrouble::of(pod).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(status: &Value) -> Value {
        json!({ "kind": "Pod", "metadata": { "name": "shop-1" }, "status": status })
    }

    #[test]
    fn the_reason_is_found() {
        let waiting = |reason: &str| {
            json!({ "phase": "Pending", "containerStatuses": [{
                "name": "shop", "restartCount": 4, "state": { "waiting": { "reason": reason, "message": "401 Unauthorized" } },
                "lastState": { "terminated": { "exitCode": 3, "reason": "Error" } }
            }] })
        };
        let shown = |status: &Value| PodTrouble::of(&pod(status)).map(|trouble| trouble.shown());
        assert_eq!(
            shown(&waiting("ImagePullBackOff")).as_deref(),
            Some("Pod shop-1: ImagePullBackOff: 401 Unauthorized")
        );
        assert_eq!(
            shown(&waiting("CrashLoopBackOff")).as_deref(),
            Some("Pod shop-1: CrashLoopBackOff: ended with 3 (Error), 4 restarts")
        );
        assert_eq!(shown(&waiting("ContainerCreating")), None);
        assert!(is_silent(&pod(&waiting("ContainerCreating"))));
        let unscheduled = json!({ "phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"
        }] });
        assert_eq!(
            shown(&unscheduled).as_deref(),
            Some("Pod shop-1: Unschedulable: 0/1 nodes are available")
        );
        assert_eq!(shown(&json!({ "phase": "Running" })), None);
    }
}
