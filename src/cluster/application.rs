//! How a live Application of Argo CD stands.

use serde_json::Value;

use super::cut;

/// A live Application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveApplication {
    pub(crate) name: String,
    pub(crate) sync: String,
    pub(crate) health: String,
    /// What stands in the way, in Argo CD's words.
    pub(crate) complaints: Vec<String>,
}

impl LiveApplication {
    /// Reads an object of the cluster; `None` if it is of another kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        if object["kind"] != "Application" {
            return None;
        }
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or("Unknown").to_owned();
        let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let mut complaints: Vec<String> = conditions
            .filter(|condition| condition["type"].as_str().is_some_and(|name| name.ends_with("Error")))
            .filter_map(|condition| condition["message"].as_str())
            .map(cut)
            .collect();
        let operation = &object["status"]["operationState"];
        if matches!(operation["phase"].as_str(), Some("Failed" | "Error")) {
            complaints.extend(operation["message"].as_str().map(cut));
        }
        let health = &object["status"]["health"];
        // What is under way says what it waits for, and nothing stands in its way.
        if !matches!(health["status"].as_str(), Some("Progressing" | "Suspended")) {
            complaints.extend(health["message"].as_str().map(cut));
        }
        complaints.dedup();
        Some(Self {
            name: text("/metadata/name"),
            sync: text("/status/sync/status"),
            health: text("/status/health/status"),
            complaints,
        })
    }

    /// Whether the cluster is as Git says, and works.
    pub(crate) fn is_well(&self) -> bool {
        self.sync == "Synced" && self.health == "Healthy"
    }

    /// Its state, as Argo CD calls it.
    pub(crate) fn state(&self) -> String {
        format!("{}, {}", self.sync, self.health)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_is_wrong() {
        let live = LiveApplication::of(&json!({
            "kind": "Application",
            "metadata": { "name": "shop-delivery" },
            "status": {
                "sync": { "status": "OutOfSync" },
                "health": { "status": "Missing" },
                "conditions": [
                    { "type": "ComparisonError", "message": "authentication required" },
                    { "type": "OrphanedResourceWarning", "message": "one" }
                ],
                "operationState": { "phase": "Failed", "message": "one or more objects failed to apply" }
            }
        }));
        let live = live.unwrap();
        assert!(!live.is_well());
        assert_eq!(live.state(), "OutOfSync, Missing");
        assert_eq!(live.complaints, ["authentication required", "one or more objects failed to apply"]);
        let under_way = LiveApplication::of(&json!({
            "kind": "Application",
            "metadata": { "name": "shop-staging" },
            "status": { "health": { "status": "Progressing", "message": "Caused by apps/Deployment:shop-staging/shop" } }
        }));
        assert_eq!(under_way.unwrap().complaints, Vec::<String>::new());
        assert_eq!(LiveApplication::of(&json!({ "kind": "AppProject" })), None);
        let new =
            LiveApplication::of(&json!({ "kind": "Application", "metadata": { "name": "new" } })).unwrap();
        assert_eq!((new.is_well(), new.state()), (false, "Unknown, Unknown".to_owned()));
    }
}
