//! The spec of a pod: `ValidatePodSpec`.

use std::collections::BTreeSet;

use super::{DNS_LABEL, Refusals, containers, each, has, numbers, resources, scheduling, security, volumes};
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
    for container in all.clone() {
        containers::container(refusals, container, &known);
        containers::sleep(refusals, spec, container);
        security::proc_mount(refusals, spec, container);
    }
    resources::pod(refusals, spec);
    resource_claims(refusals, spec, all);
    for container in init {
        containers::init(refusals, container);
    }
    host_ports(refusals, spec, plain);
    scheduling::check(refusals, spec);
    settings(refusals, spec);
    dns(refusals, spec);
    security::pod(refusals, spec);
}

/// Checks that the pod has the resource claims that its containers use.
fn resource_claims<'v, 'a: 'v>(
    refusals: &mut Refusals<'_>,
    spec: &RenderedValue<'_>,
    containers: impl Iterator<Item = &'v RenderedValue<'a>>,
) {
    let known: Vec<_> = each(spec.items_at(&["resourceClaims"]), "name").map(RenderedValue::text).collect();
    for claim in containers.flat_map(|it| each(it.items_at(&["resources", "claims"]), "name")) {
        let text = claim.text();
        if !is_placeholder(text) && !known.contains(&text) {
            let message = format!("the pod has no resource claim `{text}`");
            refusals.add(
                claim,
                message,
                format!("Not found: \"{text}\": must be one of the names in pod.spec.resourceClaims"),
            );
        }
    }
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

fn settings(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for (field, what) in [
        ("serviceAccountName", "ServiceAccount"),
        ("nodeName", "node"),
        ("priorityClassName", "PriorityClass"),
        ("runtimeClassName", "RuntimeClass"),
    ] {
        if let Some(name) = spec.get(field) {
            refusals.subdomain(name, what);
        }
    }
    for (field, what) in [("hostname", "host"), ("subdomain", "subdomain")] {
        if let Some(name) = spec.get(field) {
            refusals.dns_label(name, what, DNS_LABEL);
        }
    }
    if let Some(name) = spec.get("hostnameOverride").filter(|name| !name.is_null())
        && spec.get("setHostnameAsFQDN").and_then(RenderedValue::as_bool) == Some(true)
    {
        let words = "may not be specified when setHostnameAsFQDN is true";
        refusals.add(name, "`hostnameOverride` with `setHostnameAsFQDN`", words);
    }
    for alias in spec.items_at(&["hostAliases"]) {
        if let Some(address) = alias.get("ip") {
            numbers::address(refusals, address);
        }
        for name in alias.items_at(&["hostnames"]) {
            refusals.subdomain(name, "host");
        }
    }
    let gates = spec.items_at(&["schedulingGates"]);
    refusals.unique(each(gates, "name"), "gate", |name| format!("Duplicate value: \"{name}\""));
    for name in each(gates, "name") {
        refusals.qualified(name, "the name of a gate");
        if name.as_str() == Some("") {
            refusals.add(name, "the gate has no name", "name part must be non-empty");
        }
    }
    for kind in each(spec.items_at(&["readinessGates"]), "conditionType") {
        refusals.qualified(kind, "the type of a condition");
    }
    if let Some(name) = spec.dig(&["os", "name"]).filter(|name| !is_placeholder(name.text()))
        && !matches!(name.text(), "linux" | "windows")
    {
        let words =
            format!("Unsupported value: \"{}\": supported values: \"linux\", \"windows\"", name.text());
        refusals.add(name, format!("pods cannot be for {}", name.text()), words);
    }
}

/// The most name servers of a pod.
const SERVERS: usize = 3;

fn dns(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let servers = spec.items_at(&["dnsConfig", "nameservers"]);
    if let Some(policy) = spec.get("dnsPolicy").filter(|it| it.text() == "None" && servers.is_empty()) {
        let words = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        refusals.add(policy, "`dnsPolicy: None` without nameservers", words);
    }
    if let Some(one_more) = servers.get(SERVERS) {
        let words = "must not have more than 3 nameservers";
        refusals.add(one_more, "a pod has 3 name servers at most", words);
    }
    for server in servers {
        numbers::address(refusals, server);
    }
    for domain in spec.items_at(&["dnsConfig", "searches"]).iter().filter(|it| !is_placeholder(it.text())) {
        if domain.text().contains(char::is_whitespace) {
            let words = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters";
            refusals.add(domain, format!("`{}` is not a domain", domain.text()), words);
        }
    }
    for option in spec.items_at(&["dnsConfig", "options"]).iter().filter(|option| !has(option, "name")) {
        refusals.add(option, "the option has no name", "must not be empty");
    }
}
