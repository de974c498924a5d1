//! Services, Ingresses and network policies.

use std::collections::BTreeSet;

use super::{DNS_LABEL, Refusals, each, has, has_object, numbers};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// Checks the spec of a Service: `ValidateService`.
pub(super) fn service(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let kind = spec.str_at(&["type"]).unwrap_or("ClusterIP");
    let is_headless = spec.str_at(&["clusterIP"]) == Some("None");
    let ports = spec.items_at(&["ports"]);
    if ports.is_empty() && !is_headless && kind != "ExternalName" && !is_placeholder(kind) {
        let at = spec.get("ports").or_else(|| spec.get("selector")).unwrap_or(spec);
        refusals.add(at, "the Service has no ports", "spec.ports: Required value");
    }
    if let Some(address) =
        spec.get("clusterIP").filter(|_| is_headless && matches!(kind, "NodePort" | "LoadBalancer"))
    {
        let message = format!("a Service of type {kind} needs an address of the cluster");
        refusals.add(address, message, format!("may not be set to 'None' for {kind} services"));
    }
    if kind == "ExternalName" && !has(spec, "externalName") {
        let at = spec.get("type").unwrap_or(spec);
        refusals.add(at, "`type: ExternalName` without `externalName`", "externalName: Required value");
    }
    service_ports(refusals, ports, kind);
    let policy =
        spec.get("externalTrafficPolicy").filter(|policy| !policy.is_null() && !policy.text().is_empty());
    if let Some(policy) = policy.filter(|_| kind == "ClusterIP" && !has(spec, "externalIPs")) {
        let words = "may only be set for externally-accessible services";
        refusals.add(policy, "`externalTrafficPolicy` of a Service inside the cluster", words);
    }
}

fn service_ports(refusals: &mut Refusals<'_>, ports: &[RenderedValue<'_>], kind: &str) {
    if let Some(nameless) = ports.iter().find(|port| ports.len() > 1 && !has(port, "name")) {
        let at = nameless.get("port").unwrap_or(nameless);
        refusals.add(at, "with several ports, each needs a name", "name: Required value");
    }
    let mut seen = BTreeSet::new();
    for port in ports {
        if let Some(name) = port.get("name") {
            refusals.dns_label(name, "port", DNS_LABEL);
        }
        // Of the others, 0 means that the cluster chooses.
        let others = ["targetPort", "nodePort"].iter().filter_map(|field| port.get(field));
        for value in port.get("port").into_iter().chain(others.filter(|other| other.as_int() != Some(0))) {
            numbers::port(refusals, value);
        }
        if let Some(target) = port.get("targetPort").filter(|target| target.as_str().is_some()) {
            numbers::port_name(refusals, target);
        }
        if let Some(value) =
            port.get("nodePort").filter(|it| kind == "ClusterIP" && it.as_int().is_some_and(|it| it > 0))
        {
            refusals.add(
                value,
                "`nodePort` of a Service of type ClusterIP",
                "may not be used when `type` is 'ClusterIP'",
            );
        }
        let protocol = port.str_at(&["protocol"]).unwrap_or("TCP");
        if let Some(number) = port.get("port").filter(|number| number.as_int().is_some())
            && !seen.insert((protocol, number.text()))
        {
            let words =
                format!("Duplicate value: {{\"protocol\":\"{protocol}\",\"port\":{}}}", number.text());
            refusals.add(number, format!("a second port is {} for {protocol}", number.text()), words);
        }
    }
    refusals.unique(each(ports, "name"), "port", |name| format!("Duplicate value: \"{name}\""));
}

/// Checks the spec of an Ingress: `ValidateIngressSpec`.
pub(super) fn ingress(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let rules = spec.items_at(&["rules"]);
    if rules.is_empty() && !has_object(spec, "defaultBackend") && !has_object(spec, "backend") {
        let words = "either `defaultBackend` or `rules` must be specified";
        refusals.add(spec, "the Ingress has neither rules nor a default", words);
    }
    if let Some(backend) = spec.get("defaultBackend").filter(|backend| !backend.is_null()) {
        self::backend(refusals, backend);
    }
    for rule in rules {
        if let Some(host) = rule.get("host").filter(|host| !is_placeholder(host.text())) {
            self::host(refusals, host);
        }
        for path in rule.items_at(&["http", "paths"]) {
            self::path(refusals, path);
        }
    }
}

fn host(refusals: &mut Refusals<'_>, host: &RenderedValue<'_>) {
    let text = host.text();
    if text.parse::<std::net::IpAddr>().is_ok() {
        return refusals.add(
            host,
            format!("`{text}` is an address"),
            "must be a DNS name, not an IP address",
        );
    }
    let plain = text.strip_prefix("*.").unwrap_or(text);
    if let Some(mistake) = formats::subdomain_mistake(plain) {
        let words =
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";
        refusals.add(host, format!("`{text}` is not a host name: it {mistake}"), words);
    }
}

fn path(refusals: &mut Refusals<'_>, path: &RenderedValue<'_>) {
    if let Some(backend) = path.get("backend").filter(|backend| !backend.is_null()) {
        self::backend(refusals, backend);
    }
    let Some(value) = path.get("path").filter(|value| !is_placeholder(value.text())) else { return };
    if !value.text().starts_with('/') {
        return refusals.add(
            value,
            format!("`{}` does not begin with `/`", value.text()),
            "must be an absolute path",
        );
    }
    if !matches!(path.str_at(&["pathType"]), Some("Exact" | "Prefix")) {
        return;
    }
    for part in ["//", "/./", "/../", "%2f", "%2F"] {
        if value.text().contains(part) {
            refusals.add(value, format!("the path contains `{part}`"), format!("must not contain '{part}'"));
        }
    }
    for end in ["/..", "/."] {
        if value.text().ends_with(end) {
            refusals.add(value, format!("the path ends with `{end}`"), format!("cannot end with '{end}'"));
        }
    }
}

fn backend(refusals: &mut Refusals<'_>, backend: &RenderedValue<'_>) {
    // Fields of v1beta1.
    if has(backend, "serviceName") {
        return;
    }
    match (backend.get("service").filter(|it| !it.is_null()), has_object(backend, "resource")) {
        (None, false) => {
            refusals.add(backend, "the backend names no Service", "resource or service backend is required");
        }
        (Some(service), true) => {
            refusals.add(
                service,
                "the backend has `service` and `resource`",
                "cannot set both resource and service backends",
            );
        }
        (Some(service), false) => {
            let port = service.get("port");
            let [name, number] = ["name", "number"].map(|field| port.and_then(|port| port.get(field)));
            match (name, number) {
                (None, None) => {
                    refusals.add(service, "the backend names no port", "port name or number is required");
                }
                (Some(name), Some(_)) => {
                    refusals.add(
                        name,
                        "the port has a name and a number",
                        "cannot set both port name & port number",
                    );
                }
                (Some(name), None) => numbers::port_name(refusals, name),
                (None, Some(number)) => numbers::port(refusals, number),
            }
        }
        (None, true) => {}
    }
}

/// Checks the spec of a `NetworkPolicy`: `ValidateNetworkPolicySpec`.
pub(super) fn network_policy(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.items_at(&[rules]) {
            for port in rule.items_at(&["ports"]) {
                policy_port(refusals, port);
            }
            for peer in rule.items_at(&[peers]) {
                self::peer(refusals, peer);
            }
        }
    }
}

fn policy_port(refusals: &mut Refusals<'_>, port: &RenderedValue<'_>) {
    let [begin, end] = ["port", "endPort"].map(|field| port.get(field).filter(|value| !value.is_null()));
    if let Some(begin) = begin {
        numbers::port(refusals, begin);
        if begin.as_str().is_some() {
            numbers::port_name(refusals, begin);
        }
    }
    let Some(end) = end else { return };
    numbers::port(refusals, end);
    match begin {
        None => {
            refusals.add(
                end,
                "`endPort` without `port`",
                "may not be specified when `port` is not specified",
            );
        }
        Some(begin) if begin.as_str().is_some_and(|it| !is_placeholder(it)) => {
            refusals.add(end, "`endPort` of a named port", "may not be specified when `port` is non-numeric");
        }
        Some(begin) if end.as_int() < begin.as_int() => {
            refusals.add(end, "`endPort` is below `port`", "must be greater than or equal to `port`");
        }
        Some(_) => {}
    }
}

fn peer(refusals: &mut Refusals<'_>, peer: &RenderedValue<'_>) {
    let is_given = |field: &str| has_object(peer, field);
    let selects = is_given("podSelector") || is_given("namespaceSelector");
    match peer.get("ipBlock").filter(|block| !block.is_null()) {
        None if !selects => refusals.add(peer, "the entry names no peer", "must specify a peer"),
        Some(block) if selects => {
            let words = "may not specify both ipBlock and another peer";
            refusals.add(block, "an `ipBlock` and a selector in one entry", words);
        }
        _ => {}
    }
}
