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
        let mut complaints: Vec<String> =
            complaints(&object["status"]).map(|complaint| cut(complaint.message)).collect();
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

/// Something that stands in the way of an Application, in Argo CD's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Complaint<'a> {
    pub(super) message: &'a str,
    /// Whether a sync failed. It may have been one of an earlier commit.
    pub(super) is_of_sync: bool,
}

/// Returns what stands in the way of an Application whose `status` this is.
pub(super) fn complaints(status: &Value) -> impl Iterator<Item = Complaint<'_>> {
    let conditions = status["conditions"].as_array().into_iter().flatten().filter_map(|condition| {
        let kind = condition["type"].as_str().filter(|kind| kind.ends_with("Error"))?;
        Some((&condition["message"], kind == "SyncError"))
    });
    let operation = &status["operationState"];
    let has_failed = matches!(operation["phase"].as_str(), Some("Failed" | "Error"));
    let operation = has_failed.then_some((&operation["message"], true));
    let health = &status["health"];
    // What is under way says what it waits for, and nothing stands in its way.
    let is_under_way = matches!(health["status"].as_str(), Some("Progressing" | "Suspended"));
    let health = (!is_under_way).then_some((&health["message"], false));
    let all = conditions.chain(operation).chain(health);
    all.filter_map(|(message, is_of_sync)| Some(Complaint { message: message.as_str()?, is_of_sync }))
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
