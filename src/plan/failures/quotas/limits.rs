//! What a `LimitRange` refuses of the containers of a Pod.

use super::pod_of;
use super::usage::amount;
use crate::check::kustomize::RenderedValue;
use crate::check::model::BuiltObject;
use crate::plan::desired::Desired;
use crate::values::quantity;

/// Returns why the range refuses the Pods of the object; `None` if it does not.
pub(super) fn broken(range: BuiltObject<'_>, desired: &Desired<'_>) -> Option<String> {
    let pod = pod_of(desired)?;
    let is_for_containers = |limit: &&RenderedValue<'_>| limit.str_at(&["type"]) == Some("Container");
    for limit in range.content().items_at(&["spec", "limits"]).iter().filter(is_for_containers) {
        for list in ["containers", "initContainers"] {
            let mut containers = pod.items_at(&[list]).iter();
            if let Some(why) = containers.find_map(|container| of_container(limit, container)) {
                return Some(format!("LimitRange `{}` {why}", range.name()));
            }
        }
    }
    None
}

fn of_container(limit: &RenderedValue<'_>, container: &RenderedValue<'_>) -> Option<String> {
    let name = container.str_at(&["name"]).unwrap_or_default();
    for what in ["cpu", "memory"] {
        let given = |bound: &str, kind: &str| {
            let text = limit.dig(&[bound, what])?.text();
            Some((text, quantity::amount_or_zero(text)?, amount(container, kind, what)?))
        };
        for kind in ["limits", "requests"] {
            let noun = kind.trim_end_matches('s');
            if let Some((text, most, own)) = given("max", kind)
                && own > most
            {
                return Some(format!(
                    "permits containers at most `{what}: {text}`, and the {noun} of `{name}` is more"
                ));
            }
            if let Some((text, least, own)) = given("min", kind)
                && own < least
            {
                return Some(format!(
                    "wants containers to have at least `{what}: {text}`, and the {noun} of `{name}` is less"
                ));
            }
        }
    }
    None
}
