//! The spec of a pod: `ValidatePodSpec`.

use std::collections::BTreeSet;

use super::{Refusals, containers, each, has, has_object, volumes};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// What creates a pod, as far as it restricts it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Creator {
    /// A Deployment or the like: its pods restart for ever.
    Always,
    /// A Job: its pods end.
    Job,
    /// The pod itself, or something of another project.
    Other,
}

/// Checks the `spec` of a pod; `claims` are the volumes that its creator adds.
pub(super) fn spec(
    refusals: &mut Refusals<'_>,
    entry: &KeyValue<'_>,
    creator: Creator,
    claims: &[RenderedValue<'_>],
) {
    let spec = &entry.value;
    restart_policy(refusals, entry, creator);
    deadline(refusals, spec, creator);
    let declared = spec.items_at(&["volumes"]);
    refusals.unique(each(declared, "name"), "volume", |name| format!("Duplicate value: \"{name}\""));
    for volume in declared {
        volumes::volume(refusals, volume);
    }
    let claimed = claims.iter().filter_map(|claim| claim.str_at(&["metadata", "name"]));
    let known: BTreeSet<&str> = each(declared, "name").map(RenderedValue::text).chain(claimed).collect();
    let [plain, init, ephemeral] =
        ["containers", "initContainers", "ephemeralContainers"].map(|list| spec.items_at(&[list]));
    if let Some(list) = spec.get("containers").filter(|list| list.is_sequence() && plain.is_empty()) {
        refusals.add(list, "the pod has no containers", "spec.containers: Required value");
    }
    let all = plain.iter().chain(init).chain(ephemeral);
    let names = all.clone().filter_map(|container| container.get("name"));
    refusals.unique(names, "container", |name| format!("Duplicate value: \"{name}\""));
    for container in all {
        containers::container(refusals, container, &known);
    }
    for container in init {
        containers::init(refusals, container);
    }
    host_ports(refusals, spec, plain);
    scheduling(refusals, spec);
    settings(refusals, spec);
}

fn restart_policy(refusals: &mut Refusals<'_>, entry: &KeyValue<'_>, creator: Creator) {
    let policy = entry.value.get("restartPolicy").filter(|policy| !policy.is_null());
    let at = policy.map_or(entry.location, RenderedValue::location);
    let text = policy.map_or("Always", RenderedValue::text);
    match creator {
        _ if is_placeholder(text) => {}
        Creator::Always if text != "Always" => {
            let words = format!("Unsupported value: \"{text}\": supported values: \"Always\"");
            refusals.at(at, format!("the pods of this kind always restart; `{text}` is not possible"), words);
        }
        Creator::Job if text == "Always" => {
            let message =
                "the pods of a Job need `restartPolicy: Never` or `OnFailure`; the default is `Always`";
            refusals.at(at, message, "Required value: valid values: \"OnFailure\", \"Never\"");
        }
        _ => {}
    }
}

fn deadline(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, creator: Creator) {
    let Some(entry) = spec.entry("activeDeadlineSeconds").filter(|entry| !entry.value.is_null()) else {
        return;
    };
    if creator == Creator::Always {
        let message = "`activeDeadlineSeconds` of pods that run for ever";
        refusals.at(entry.location, message, "activeDeadlineSeconds is not Supported");
    } else if entry.value.as_int().is_some_and(|seconds| seconds < 1) {
        refusals.add(
            &entry.value,
            "the deadline is not positive",
            "must be between 1 and 2147483647, inclusive",
        );
    }
}

/// Checks that containers do not take the same port of the node.
fn host_ports(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, plain: &[RenderedValue<'_>]) {
    let ports = || plain.iter().flat_map(|container| container.items_at(&["ports"]));
    let mut seen = BTreeSet::new();
    for port in ports() {
        let Some(value) = port.get("hostPort").filter(|port| port.as_int().is_some_and(|port| port > 0))
        else {
            continue;
        };
        let protocol = port.str_at(&["protocol"]).unwrap_or("TCP");
        let address = port.str_at(&["hostIP"]).unwrap_or_default();
        if !seen.insert((protocol, address, value.text())) {
            let words = format!("Duplicate value: \"{protocol}/{address}/{}\"", value.text());
            refusals.add(value, format!("the port {} of the node is taken twice", value.text()), words);
        }
    }
    if spec.get("hostNetwork").and_then(RenderedValue::as_bool) != Some(true) {
        return;
    }
    for port in ports() {
        let [inner, host] = ["containerPort", "hostPort"].map(|field| port.get(field));
        if let (Some(inner), Some(host)) = (inner, host)
            && inner.as_int() != host.as_int()
            && host.as_int().is_some_and(|host| host != 0)
        {
            let message = "with `hostNetwork`, `hostPort` and `containerPort` are the same";
            refusals.add(host, message, "must match `containerPort` when `hostNetwork` is true");
        }
    }
}

fn scheduling(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for toleration in spec.items_at(&["tolerations"]) {
        let operator = toleration.str_at(&["operator"]).unwrap_or("Equal");
        if operator == "Exists" && has(toleration, "value") {
            let words = "value must be empty when `operator` is 'Exists'";
            refusals.add(toleration, "a toleration with `operator: Exists` and a `value`", words);
        }
        if operator == "Equal" && !has(toleration, "key") {
            let words =
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            refusals.add(toleration, "a toleration without `key` needs `operator: Exists`", words);
        }
        if has(toleration, "tolerationSeconds") && toleration.str_at(&["effect"]) != Some("NoExecute") {
            let words = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            refusals.add(toleration, "`tolerationSeconds` needs `effect: NoExecute`", words);
        }
    }
    let mut seen = BTreeSet::new();
    for constraint in spec.items_at(&["topologySpreadConstraints"]) {
        if let Some(skew) =
            constraint.get("maxSkew").filter(|skew| skew.as_int().is_some_and(|skew| skew < 1))
        {
            refusals.add(skew, "`maxSkew` is at least 1", "must be greater than zero");
        }
        let pair = ["topologyKey", "whenUnsatisfiable"].map(|field| constraint.str_at(&[field]));
        if let [Some(key), Some(when)] = pair
            && !seen.insert((key, when))
        {
            let words = format!("Duplicate value: \"{{{key}, {when}}}\"");
            refusals.add(constraint, format!("a second constraint for `{key}`"), words);
        }
    }
}

fn settings(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if let Some(policy) = spec.get("dnsPolicy").filter(|policy| policy.text() == "None")
        && spec.items_at(&["dnsConfig", "nameservers"]).is_empty()
    {
        let words = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        refusals.add(policy, "`dnsPolicy: None` without nameservers", words);
    }
    if let Some(context) = spec.get("securityContext") {
        containers::users(refusals, context, &["runAsUser", "runAsGroup", "fsGroup"]);
    }
    if has_object(spec, "hostUsers") && spec.get("hostUsers").and_then(RenderedValue::as_bool) == Some(false)
    {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if let Some(value) = spec.get(field).filter(|value| value.as_bool() == Some(true)) {
                let words = "when `hostUsers` is false";
                refusals.add(value, format!("`{field}` together with `hostUsers: false`"), words);
            }
        }
    }
}
