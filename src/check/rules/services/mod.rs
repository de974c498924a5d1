//! Services that select no pod, routes to missing Services, and ports that are not declared.

use crate::check::finding::Finding;
use crate::check::model::lookup::{SERVICE, agreed, is_placeholder};
use crate::check::model::pods::Container;
use crate::check::model::workloads::may_create_pods;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN026, TN027};
use crate::check::schema;
use crate::suggest;

/// Fields of a container whose probes and hooks may name a port.
const PROBES: [&[&str]; 5] = [
    &["startupProbe"],
    &["readinessProbe"],
    &["livenessProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

/// A Service that a route sends requests to, and its port.
type Backend<'a> = (Option<&'a RenderedValue<'a>>, Option<&'a RenderedValue<'a>>);

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for &resource in &model.resources {
        if let Some(pod) = resource.pod_template() {
            found.extend(pod.containers().flat_map(unknown_probe_ports));
        }
        if resource.is("", "Service") {
            found.extend(service(model, resource));
        }
        for backend in backends(resource) {
            found.extend(backend_finding(model, resource, backend));
        }
    }
}

fn service(model: &Model<'_>, service: BuiltObject<'_>) -> Vec<Finding> {
    let selector = service.content().dig(&["spec", "selector"]).filter(|it| !it.entries().is_empty());
    let Some(selector) = selector else { return Vec::new() };
    let pods = model.selected_pods(service, selector);
    if pods.is_empty() {
        if !model.is_whole_around(service) || !has_workloads(service) || has_unknown_workloads(service) {
            return Vec::new();
        }
        let message = format!("no Pod in this build has the labels `{}`", super::labels(selector));
        let hint = "the Service has no endpoints; use labels of the Pod template";
        return vec![selector.location().finding(&TN026, message).hint(hint)];
    }
    let names: Vec<_> =
        pods.into_iter().flat_map(super::super::model::pods::Pod::containers).flat_map(port_names).collect();
    // Numbers need not be declared: a container may listen on any.
    let targets = service.content().items_at(&["spec", "ports"]).iter();
    let targets =
        targets.filter_map(|port| port.get("targetPort")).filter(|target| target.as_str().is_some());
    let unknown = targets.filter(|it| !is_placeholder(it.text()) && !names.contains(&it.text()));
    let finding = |target: &RenderedValue<'_>| {
        let message = format!("no container behind this Service has a port named `{}`", target.text());
        let hint = "give the container's port this name, or write its number here";
        target.location().finding(&TN027, message).hint(hint)
    };
    unknown.map(finding).collect()
}

fn port_names(container: Container<'_>) -> impl Iterator<Item = &str> {
    container.value.items_at(&["ports"]).iter().filter_map(|port| port.str_at(&["name"]))
}

fn has_workloads(service: BuiltObject<'_>) -> bool {
    service.with_removed().any(|resource| resource.pod_template().is_some())
}

fn has_unknown_workloads(service: BuiltObject<'_>) -> bool {
    service.build.rendered.objects.iter().any(|object| may_create_pods(object.group()))
}

fn port<'a>(service: &'a RenderedValue<'a>) -> Option<&'a RenderedValue<'a>> {
    service.dig(&["port", "number"]).or_else(|| service.dig(&["port", "name"]))
}

fn backends(route: BuiltObject<'_>) -> Vec<Backend<'_>> {
    let rules = route.content().items_at(&["spec", "rules"]).iter();
    match (route.group(), route.kind()) {
        ("networking.k8s.io", "Ingress") => {
            let paths = rules.flat_map(|rule| rule.items_at(&["http", "paths"]));
            let default = route.content().dig(&["spec", "defaultBackend"]);
            let backends = paths.filter_map(|path| path.get("backend")).chain(default);
            let backends = backends.filter_map(|backend| backend.get("service"));
            backends.map(|service| (service.get("name"), port(service))).collect()
        }
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => {
            let backends = rules.flat_map(|rule| rule.items_at(&["backendRefs"]));
            let is_service = |backend: &&RenderedValue<'_>| {
                backend.str_at(&["kind"]).is_none_or(|kind| kind == "Service")
                    && backend.get("group").is_none()
                    && backend.get("namespace").is_none()
            };
            backends.filter(is_service).map(|backend| (backend.get("name"), backend.get("port"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a chart or an operator may create the Service, for an object in the build of `route`: `shop-web` for `shop`.
fn may_come_from_another(route: BuiltObject<'_>, service: &str) -> bool {
    route.build.rendered.objects.iter().any(|object| {
        let is_chart = matches!(object.kind(), "HelmRelease" | "HelmChart");
        is_chart
            || !schema::is_known(object.group(), object.kind()) && service.starts_with(object.written_name())
    })
}

fn backend_finding(model: &Model<'_>, route: BuiltObject<'_>, (name, port): Backend<'_>) -> Vec<Finding> {
    let Some(name) = name.filter(|name| !is_placeholder(name.text())) else { return Vec::new() };
    let services = model.meant_by(route, SERVICE, name.text());
    if services.is_empty() {
        let knows_services = route.build.rendered.of("", "Service").next().is_some();
        if !model.is_whole_around(route) || !knows_services || may_come_from_another(route, name.text()) {
            return Vec::new();
        }
        let message = format!("Service `{}` does not exist here", name.text());
        let hint = format!("requests fail{}", route.suggestion(SERVICE, name.text()));
        return vec![name.location().finding(&TN027, message).hint(hint)];
    }
    // The AWS controller takes `use-annotation` for the name of an annotation with the backend.
    let port = port.filter(|port| !is_placeholder(port.text()) && port.text() != "use-annotation");
    let Some(port) = port else { return Vec::new() };
    agreed(services, name.location(), |service| missing_port(service, name, port).into_iter().collect())
}

fn missing_port(
    service: BuiltObject<'_>,
    name: &RenderedValue<'_>,
    port: &RenderedValue<'_>,
) -> Option<Finding> {
    let ports = service.content().items_at(&["spec", "ports"]);
    let key = if port.as_int().is_some() { "port" } else { "name" };
    let known: Vec<_> = ports.iter().filter_map(|known| known.get(key)).map(RenderedValue::text).collect();
    if ports.is_empty() || known.contains(&port.text()) {
        return None;
    }
    let message = format!("Service `{}` has no port `{}`", name.text(), port.text());
    let known: Vec<_> = known.iter().map(|port| format!("`{port}`")).collect();
    let hint = match &*known.join(", ") {
        "" => "requests fail".to_owned(),
        known => format!("requests fail; its ports: {known}"),
    };
    Some(port.location().finding(&TN027, message).hint(hint))
}

fn unknown_probe_ports(container: Container<'_>) -> Vec<Finding> {
    let names: Vec<_> = port_names(container).collect();
    let probes = PROBES.into_iter().filter_map(|path| container.value.dig(path));
    let ports =
        probes.flat_map(|probe| ["httpGet", "tcpSocket"].map(|how| probe.dig(&[how, "port"]))).flatten();
    // Numbers need not be declared, even those that are written as texts.
    let is_name = |port: &&RenderedValue<'_>| {
        port.as_str().is_some_and(|text| text.parse::<u16>().is_err() && !is_placeholder(text))
    };
    let unknown = ports.filter(is_name).filter(|port| !names.contains(&port.text()));
    let finding = |port: &RenderedValue<'_>| {
        let message =
            format!("this container has no port named `{}`, so the probe always fails", port.text());
        let hint = "give a port of this container this name, or write its number here";
        let hint = format!("{hint}{}", suggest::hint(port.text(), names.iter().copied()));
        port.location().finding(&TN027, message).hint(hint)
    };
    unknown.map(finding).collect()
}
