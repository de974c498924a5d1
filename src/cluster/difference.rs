//! Whether a live object is as Git says.

use serde_json::Value;

use crate::values::quantity;

/// The annotation with what was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Returns the path of the first field of `wanted` that `live` does not have, or of one that was applied before and is no
/// longer wanted; `None` if there is none.
pub(crate) fn first(wanted: &Value, live: &Value) -> Option<String> {
    if let Some(path) = lacking(wanted, live, String::new()) {
        return Some(path);
    }
    let applied = live["metadata"]["annotations"][LAST_APPLIED].as_str()?;
    let applied: Value = serde_json::from_str(applied).ok()?;
    lacking(&applied["spec"], &wanted["spec"], "spec".to_owned())
}

// The recursion ends: `wanted` is a manifest, and those are bounded; what a cluster sends, the JSON reader bounds.
fn lacking(wanted: &Value, live: &Value, path: String) -> Option<String> {
    match (wanted, live) {
        (Value::Object(wanted), _) => wanted.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            lacking(value, live.get(key).unwrap_or(&Value::Null), path)
        }),
        (Value::Array(wanted), Value::Array(live)) if wanted.len() == live.len() => {
            let pairs = wanted.iter().zip(live).enumerate();
            pairs.into_iter().find_map(|(at, (wanted, live))| lacking(wanted, live, format!("{path}[{at}]")))
        }
        // The API server leaves out what is empty.
        (Value::Array(wanted), Value::Null) if wanted.is_empty() => None,
        (Value::String(text), Value::Null) if text.is_empty() => None,
        // It writes amounts in its own way.
        (Value::String(wanted), Value::String(live)) if is_same_amount(wanted, live) => None,
        _ => (wanted != live).then_some(path),
    }
}

fn is_same_amount(wanted: &str, live: &str) -> bool {
    quantity::amount(wanted).is_some_and(|amount| quantity::amount(live) == Some(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_is_named() {
        let wanted =
            json!({ "kind": "Application", "spec": { "source": { "path": "a" }, "list": [{ "b": 1 }] } });
        let live = |path: &str, number: i64| {
            json!({ "kind": "Application", "status": {}, "metadata": { "uid": "x" },
                "spec": { "project": "defaulted", "source": { "path": path }, "list": [{ "b": number, "c": 2 }] } })
        };
        assert_eq!(first(&wanted, &live("a", 1)), None);
        assert_eq!(first(&wanted, &live("b", 1)).as_deref(), Some("spec.source.path"));
        assert_eq!(first(&wanted, &live("a", 2)).as_deref(), Some("spec.list[0].b"));
        let shorter = json!({ "kind": "Application", "spec": { "source": { "path": "a" }, "list": [] } });
        assert_eq!(first(&wanted, &shorter).as_deref(), Some("spec.list"));
    }

    #[test]
    fn an_amount_is_the_same_in_other_words() {
        let hard = |amount: &str| json!({ "spec": { "hard": { "requests.storage": amount } } });
        assert_eq!(first(&hard("0.5Ti"), &hard("512Gi")), None);
        assert_eq!(first(&hard("0.5Ti"), &hard("500Gi")).as_deref(), Some("spec.hard.requests.storage"));
        assert_eq!(first(&hard("text"), &hard("other")).as_deref(), Some("spec.hard.requests.storage"));
    }

    #[test]
    fn what_git_no_longer_has_is_a_difference() {
        let applied = json!({ "spec": { "a": 1, "b": 2 } }).to_string();
        let live =
            json!({ "metadata": { "annotations": { LAST_APPLIED: applied } }, "spec": { "a": 1, "b": 2 } });
        assert_eq!(first(&json!({ "spec": { "a": 1, "b": 2 } }), &live), None);
        assert_eq!(first(&json!({ "spec": { "a": 1 } }), &live).as_deref(), Some("spec.b"));
    }
}
