//! Requests and limits of containers: `ValidateContainerResourceRequirements`.

use super::{Refusals, numbers};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::schema::formats;

const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Checks the `resources` of a container.
pub(super) fn resources(refusals: &mut Refusals<'_>, resources: &RenderedValue<'_>) {
    let [requests, limits] =
        ["requests", "limits"].map(|list| resources.get(list).map_or(&[][..], RenderedValue::entries));
    for entry in requests.iter().chain(limits) {
        amount(refusals, entry);
    }
    for request in requests {
        match resources.dig(&["limits", &request.key]) {
            Some(limit) => compare(refusals, request, limit),
            None if is_extended(&request.key) => {
                let message = format!("`{}` is requested without a limit", request.key);
                let words = "Limit must be set for non overcommitable resources";
                refusals.at(request.location, message, words);
            }
            None => {}
        }
    }
    let has = |name: &str| requests.iter().chain(limits).any(|entry| entry.key == name);
    let pages = requests.iter().chain(limits).find(|entry| entry.key.starts_with("hugepages-"));
    if let Some(pages) = pages.filter(|_| !has("cpu") && !has("memory")) {
        refusals.at(pages.location, "huge pages need cpu or memory, too", "HugePages require cpu or memory");
    }
}

/// Resources that a pod as a whole can have, beside huge pages.
const OF_PODS: [&str; 2] = ["cpu", "memory"];

/// Checks the `resources` of a pod against those of its containers: `validatePodResources`.
pub(super) fn pod(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let Some(own) = spec.get("resources") else { return };
    for list in ["requests", "limits"] {
        for entry in own.get(list).map_or(&[][..], RenderedValue::entries) {
            let name = &*entry.key;
            if !OF_PODS.contains(&name) && !name.starts_with("hugepages-") && !is_placeholder(name) {
                let words = format!(
                    "Unsupported value: \"{name}\": supported values: \"cpu\", \"hugepages-\", \"memory\""
                );
                refusals.at(entry.location, format!("a pod as a whole has no `{name}`"), words);
            }
        }
    }
    for request in own.get("requests").map_or(&[][..], RenderedValue::entries) {
        if let Some(limit) = own.dig(&["limits", &request.key]) {
            compare(refusals, request, limit);
        }
        let Some(amount) = numbers::quantity(request.value.text()) else { continue };
        if requested(spec, &request.key).is_some_and(|all| all > amount) {
            let message = format!("the containers request more {} than the pod", request.key);
            let words = "must be greater than or equal to aggregate container requests of";
            refusals.add(&request.value, message, words);
        }
    }
    for limit in own.get("limits").map_or(&[][..], RenderedValue::entries) {
        let of_containers = spec.items_at(&["containers"]).iter();
        for inner in of_containers.filter_map(|it| it.dig(&["resources", "limits", &limit.key])) {
            let amounts = (numbers::quantity(inner.text()), numbers::quantity(limit.value.text()));
            if let (Some(of_container), Some(of_pod)) = amounts
                && of_container > of_pod
            {
                let message = format!("the limit of the pod is {}", limit.value.text());
                let words = format!("must be less than or equal to pod limits of {}", limit.value.text());
                refusals.add(inner, message, words);
            }
        }
    }
}

/// Returns how much of a resource the containers request at the same time; `None` if one of the amounts cannot be read.
fn requested(spec: &RenderedValue<'_>, name: &str) -> Option<i128> {
    let of = |container: &RenderedValue<'_>| {
        let given =
            ["requests", "limits"].into_iter().find_map(|list| container.dig(&["resources", list, name]));
        given.map_or(Some(0), |amount| numbers::quantity(amount.text()))
    };
    // An init container runs beside those before it that go on running.
    let (mut sidecars, mut highest) = (0, 0);
    for container in spec.items_at(&["initContainers"]) {
        let amount = of(container)?;
        highest = highest.max(amount + sidecars);
        if container.str_at(&["restartPolicy"]) == Some("Always") {
            sidecars += amount;
        }
    }
    let plain: Option<i128> = spec.items_at(&["containers"]).iter().map(of).sum();
    Some(highest.max(plain? + sidecars))
}

fn amount(refusals: &mut Refusals<'_>, entry: &KeyValue<'_>) {
    let (name, amount) = (&*entry.key, &entry.value);
    if amount.text().starts_with('-') && formats::is_quantity(amount.text()) {
        refusals.add(amount, "the amount is negative", "must be greater than or equal to 0");
    }
    if is_placeholder(name) {
        return;
    }
    let is_standard = STANDARD.contains(&name) || name.starts_with("hugepages-");
    if !name.contains('/') && !is_standard {
        let words = "must be a standard resource for containers";
        let hint = crate::suggest::hint(name, STANDARD);
        refusals.at(entry.location, format!("a container has no resource `{name}`{hint}"), words);
    }
    whole(refusals, name, amount);
}

/// Whether devices and the like are counted under `name`.
fn is_extended(name: &str) -> bool {
    name.split_once('/').is_some_and(|(domain, _)| !domain.ends_with("kubernetes.io"))
        && !is_placeholder(name)
}

/// Checks that an amount of what is counted is a whole number.
fn whole(refusals: &mut Refusals<'_>, name: &str, amount: &RenderedValue<'_>) {
    const ONE: i128 = 1_000_000_000;
    if is_extended(name) && numbers::quantity(amount.text()).is_some_and(|amount| amount % ONE != 0) {
        refusals.add(
            amount,
            format!("`{}` of {name} is not a whole number", amount.text()),
            "must be an integer",
        );
    }
}

fn compare(refusals: &mut Refusals<'_>, request: &KeyValue<'_>, limit: &RenderedValue<'_>) {
    let amounts = (numbers::quantity(request.value.text()), numbers::quantity(limit.text()));
    let (Some(wanted), Some(most)) = amounts else { return };
    let (name, text) = (&request.key, limit.text());
    if wanted > most {
        let message =
            format!("`{}` of {name} are requested, and `{text}` is the limit", request.value.text());
        refusals.add(
            &request.value,
            message,
            format!("must be less than or equal to {name} limit of {text}"),
        );
    } else if wanted < most && (is_extended(name) || name.starts_with("hugepages-")) {
        let message = format!("the request and the limit of {name} differ");
        refusals.add(&request.value, message, format!("must be equal to {name} limit of {text}"));
    }
}
