//! Services, Ingresses and network policies.

use std::collections::BTreeSet;

use super::workloads::label_selector;
use super::{DNS_LABEL, Refusals, each, has, has_object, is_set, numbers};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// Checks the spec of a Service: `ValidateService`.
pub(super) fn service(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let kind = spec.str_at(&["type"]).unwrap_or("ClusterIP");
    let is_headless = spec.str_at(&["clusterIP"]) == Some("None");
    let ports = spec.items_at(&["ports"]);
    // Without a selector too, it changes a Service of another program, such as `kubernetes`, and is no whole one.
    let is_change = spec.get("ports").is_none() && spec.get("selector").is_none();
    if ports.is_empty() && !is_headless && !is_change && kind != "ExternalName" && !is_placeholder(kind) {
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
    addresses(refusals, spec);
    affinity(refusals, spec);
    only_for(refusals, spec, kind);
    for label in spec.get("selector").map_or(&[][..], RenderedValue::entries) {
        refusals.label(label);
    }
    let policy =
        spec.get("externalTrafficPolicy").filter(|policy| !policy.is_null() && !policy.text().is_empty());
    if let Some(policy) = policy.filter(|_| kind == "ClusterIP" && !has(spec, "externalIPs")) {
        let words = "may only be set for externally-accessible services";
        refusals.add(policy, "`externalTrafficPolicy` of a Service inside the cluster", words);
    }
}

/// Fields of a Service that only one type has.
const OF_LOAD_BALANCERS: [&str; 3] =
    ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"];

const NOT_OF_EXTERNAL_NAMES: [&str; 2] = ["ipFamilies", "ipFamilyPolicy"];

const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];

fn addresses(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    for address in spec.items_at(&["externalIPs"]) {
        numbers::address(refusals, address);
        let parsed = address.text().parse::<std::net::IpAddr>();
        if parsed.is_ok_and(|parsed| parsed.is_loopback()) {
            let words = "may not be in the loopback range (127.0.0.0/8, ::1/128)";
            refusals.add(address, format!("`{}` is the machine itself", address.text()), words);
        }
    }
    if let Some(address) = spec.get("clusterIP").filter(|it| it.text() != "None") {
        numbers::address(refusals, address);
    }
    let families = spec.items_at(&["ipFamilies"]);
    refusals.unique(families, "family", |family| format!("Duplicate value: \"{family}\""));
    for range in spec.items_at(&["loadBalancerSourceRanges"]) {
        numbers::cidr(refusals, range);
    }
}

const LONGEST_AFFINITY: i128 = 86_400;

fn affinity(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let seconds = spec.dig(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]);
    if let Some(seconds) =
        seconds.filter(|it| it.as_int().is_some_and(|it| !(1..=LONGEST_AFFINITY).contains(&it)))
    {
        let words = "must be greater than 0 and less than 86400";
        refusals.add(seconds, "the affinity is not between 1 and 86400 seconds", words);
    }
}

fn only_for(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, kind: &str) {
    let given = |field: &&str| spec.entry(field).filter(|entry| is_set(&entry.value));
    if !is_placeholder(kind) && kind != "LoadBalancer" {
        for entry in OF_LOAD_BALANCERS.iter().filter_map(given) {
            let message = format!("`{}` of a Service of type {kind}", entry.key);
            refusals.at(entry.location, message, "may only be used when `type` is 'LoadBalancer'");
        }
    }
    if let Some(name) = spec.get("externalName").filter(|_| kind == "ExternalName") {
        refusals.subdomain(name, "host");
    }
    for entry in NOT_OF_EXTERNAL_NAMES.iter().filter(|_| kind == "ExternalName").filter_map(given) {
        let message = format!("`{}` of a Service of type ExternalName", entry.key);
        refusals.at(entry.location, message, "may not be set for ExternalName services");
    }
    if let Some(class) = spec.get("loadBalancerClass") {
        refusals.qualified(class, "a class of load balancers");
    }
    let is_local = kind == "LoadBalancer" && spec.str_at(&["externalTrafficPolicy"]) == Some("Local");
    let port = spec.get("healthCheckNodePort").filter(|port| port.as_int().is_some_and(|port| port > 0));
    if let Some(port) = port.filter(|_| !is_local && !is_placeholder(kind)) {
        let words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        refusals.add(port, "`healthCheckNodePort` has no effect on this Service", words);
    }
    if let Some(how) = spec.get("trafficDistribution").filter(|how| !is_placeholder(how.text()))
        && !DISTRIBUTIONS.contains(&how.text())
    {
        let words = format!("Unsupported value: \"{}\": supported values: {DISTRIBUTIONS:?}", how.text());
        refusals.add(how, format!("`trafficDistribution` cannot be `{}`", how.text()), words);
    }
}

fn service_ports(refusals: &mut Refusals<'_>, ports: &[RenderedValue<'_>], kind: &str) {
    if let Some(nameless) = ports.iter().find(|port| ports.len() > 1 && !has(port, "name")) {
        let at = nameless.get("port").unwrap_or(nameless);
        refusals.add(at, "with several ports, each needs a name", "name: Required value");
    }
    let mut seen = BTreeSet::new();
    let mut nodes = BTreeSet::new();
    for port in ports {
        if let Some(protocol) = port.get("appProtocol") {
            refusals.qualified(protocol, "a protocol");
        }
        let node = port.get("nodePort").filter(|port| port.as_int().is_some_and(|port| port > 0));
        let transport = port.str_at(&["protocol"]).unwrap_or("TCP");
        if let Some(node) = node.filter(|node| !nodes.insert((transport, node.text()))) {
            let words = format!("Duplicate value: {}", node.text());
            refusals.add(node, format!("a second port is {} on the nodes", node.text()), words);
        }
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
/// Checks that the annotation of before and the field name the same class of an Ingress.
pub(super) fn classes(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, spec: &RenderedValue<'_>) {
    let old = content.dig(&["metadata", "annotations", "kubernetes.io/ingress.class"]);
    if let (Some(old), Some(new)) = (old, spec.get("ingressClassName"))
        && !is_placeholder(old.text())
        && !is_placeholder(new.text())
        && old.text() != new.text()
    {
        let message = format!("the annotation names the class `{}`, the field `{}`", old.text(), new.text());
        refusals.add(old, message, "must match `ingressClassName` when both are specified");
    }
}

pub(super) fn ingress(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let rules = spec.items_at(&["rules"]);
    if rules.is_empty() && !has_object(spec, "defaultBackend") && !has_object(spec, "backend") {
        let words = "either `defaultBackend` or `rules` must be specified";
        refusals.add(spec, "the Ingress has neither rules nor a default", words);
    }
    if let Some(backend) = spec.get("defaultBackend").filter(|backend| !backend.is_null()) {
        self::backend(refusals, backend);
    }
    if let Some(name) = spec.get("ingressClassName") {
        refusals.subdomain(name, "IngressClass");
    }
    for certificate in spec.items_at(&["tls"]) {
        for host in certificate.items_at(&["hosts"]).iter().filter(|host| !is_placeholder(host.text())) {
            self::host(refusals, host);
        }
        if let Some(name) = certificate.get("secretName") {
            refusals.subdomain(name, "Secret");
        }
    }
    for rule in rules {
        let paths = rule.dig(&["http", "paths"]).filter(|paths| paths.is_sequence());
        if let Some(paths) = paths.filter(|paths| paths.items().is_empty()) {
            refusals.add(paths, "the rule has no paths", "paths: Required value");
        }
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
    let kind = path.get("pathType").filter(|kind| matches!(kind.text(), "Exact" | "Prefix"));
    if let Some(kind) = kind.filter(|_| path.get("path").is_none_or(|path| path.text().is_empty())) {
        refusals.add(kind, format!("`pathType: {}` needs a `path`", kind.text()), "must be an absolute path");
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
    if let Some(resource) = backend.get("resource") {
        refusals.filled(resource, &["kind", "name"]);
    }
    if let Some(service) = backend.get("service").filter(|service| service.is_mapping()) {
        refusals.filled(service, &["name"]);
        if let Some(name) = service.get("name") {
            refusals.dns_label(name, "Service", DNS_LABEL);
        }
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
    if let Some(selector) = spec.get("podSelector") {
        label_selector(refusals, selector);
    }
    if let Some(one_more) = spec.items_at(&["policyTypes"]).get(2) {
        let words = "may not specify more than two policyTypes";
        refusals.add(one_more, "a policy has two types at most", words);
    }
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
    for selector in ["podSelector", "namespaceSelector"].iter().filter_map(|field| peer.get(field)) {
        label_selector(refusals, selector);
    }
    if let Some(block) = peer.get("ipBlock") {
        self::block(refusals, block);
    }
    match peer.get("ipBlock").filter(|block| !block.is_null()) {
        None if !selects => refusals.add(peer, "the entry names no peer", "must specify a peer"),
        Some(block) if selects => {
            let words = "may not specify both ipBlock and another peer";
            refusals.add(block, "an `ipBlock` and a selector in one entry", words);
        }
        _ => {}
    }
}

/// Checks a network, and the parts that are excepted.
fn block(refusals: &mut Refusals<'_>, block: &RenderedValue<'_>) {
    refusals.filled(block, &["cidr"]);
    let Some(cidr) = block.get("cidr") else { return };
    numbers::cidr(refusals, cidr);
    let Some((all, length)) = numbers::network(cidr.text()) else { return };
    for part in block.items_at(&["except"]) {
        numbers::cidr(refusals, part);
        let is_inside = |(address, part)| part > length && prefix(address, length) == prefix(all, length);
        if numbers::network(part.text()).is_some_and(|part| !is_inside(part)) {
            let message = format!("`{}` is not a part of `{}`", part.text(), cidr.text());
            refusals.add(part, message, "must be a strict subset of `cidr`");
        }
    }
}

/// Returns the first `length` bits of an address.
fn prefix(address: std::net::IpAddr, length: u32) -> (bool, u128) {
    let (bits, width) = match address {
        std::net::IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        std::net::IpAddr::V6(address) => (u128::from(address), 128),
    };
    (address.is_ipv4(), bits.checked_shr(width - length).unwrap_or_default())
}

/// Checks the spec of an `IngressClass`.
pub(super) fn ingress_class(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    if let Some(controller) = spec.get("controller") {
        refusals.domain_path(controller);
    }
    let Some(parameters) = spec.get("parameters").filter(|parameters| parameters.is_mapping()) else {
        return;
    };
    refusals.filled(parameters, &["kind", "name"]);
    let scope = parameters.get("scope").filter(|scope| !is_placeholder(scope.text()));
    match scope.map_or("Cluster", RenderedValue::text) {
        "Namespace" if !has(parameters, "namespace") => {
            let words = "namespace: Required value: `parameters.scope` is set to 'Namespace'";
            refusals.add(parameters, "`scope: Namespace` needs a `namespace`", words);
        }
        "Cluster" => {
            if let Some(entry) = parameters.entry("namespace").filter(|entry| !entry.value.is_null()) {
                let words = "namespace: Forbidden: `parameters.scope` is set to 'Cluster'";
                refusals.at(entry.location, "`namespace` needs `scope: Namespace`", words);
            }
        }
        "Namespace" => {}
        other => {
            let words =
                format!("Unsupported value: \"{other}\": supported values: \"Cluster\", \"Namespace\"");
            refusals.add(scope.unwrap_or(parameters), format!("`scope` cannot be `{other}`"), words);
        }
    }
}
