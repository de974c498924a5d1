//! Services that reach no pod, and routes that reach no Service.

mod probes;

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, Object, RenderedValue, Root};
use crate::check::model::Model;
use crate::check::model::lookup::{find, is_known, is_open, meant, shown};
use crate::check::model::templates;
use crate::check::registry::{TN026, TN027};

/// Adds what is wrong.
pub(crate) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    probes::findings(model.builds, found);
    let builds = model.builds;
    for (root, object) in builds.objects() {
        match (object.group(), object.kind()) {
            ("", "Service") => service(builds, root, object, found),
            ("networking.k8s.io", "Ingress") => {
                for backend in ingress_backends(object.content()) {
                    let port = backend.dig(&["service", "port", "number"]);
                    let port = port.or_else(|| backend.dig(&["service", "port", "name"]));
                    found.extend(backend_finding(
                        builds,
                        root,
                        object,
                        backend.dig(&["service", "name"]),
                        port,
                    ));
                }
            }
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => {
                let rules = object.content().items_at(&["spec", "rules"]).iter();
                for backend in rules.flat_map(|rule| rule.items_at(&["backendRefs"])) {
                    let is_service = backend.str_at(&["kind"]).is_none_or(|kind| kind == "Service");
                    if is_service && backend.get("group").is_none() && backend.get("namespace").is_none() {
                        found.extend(backend_finding(
                            builds,
                            root,
                            object,
                            backend.get("name"),
                            backend.get("port"),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
}

fn service(builds: &Builds<'_>, root: &Root<'_>, service: &Object<'_>, found: &mut Vec<Finding>) {
    let Some(selector) = service.content().dig(&["spec", "selector"]).filter(|it| !it.entries().is_empty())
    else {
        return;
    };
    let templates = templates::selected(builds, root, service, selector);
    if templates.is_empty() {
        if is_known(builds, root) && has_workloads(root) && !has_unknown_workloads(root) {
            let message = format!("no pod in this build has the labels `{}`", shown(selector));
            let hint = "the Service reaches nothing; take labels that the pod template has";
            found.push(selector.location().finding(&TN026, message).hint(hint));
        }
        return;
    }
    for port in service.content().items_at(&["spec", "ports"]) {
        // Numbers need not be declared: a container may listen on any.
        let Some(target) = port.get("targetPort").filter(|target| target.as_str().is_some()) else {
            continue;
        };
        let has_port = |name: &str| {
            let ports = templates
                .iter()
                .flat_map(templates::Template::containers)
                .flat_map(|it| it.items_at(&["ports"]));
            ports.into_iter().any(|port| port.str_at(&["name"]) == Some(name))
        };
        if !is_open(target.text()) && !has_port(target.text()) {
            let message = format!("no container behind this Service has a port called `{}`", target.text());
            let hint = "give the port of the container this name, or write its number here";
            found.push(target.location().finding(&TN027, message).hint(hint));
        }
    }
}

fn has_workloads(root: &Root<'_>) -> bool {
    let mut all = root.rendered.objects.iter().chain(&root.rendered.removed);
    all.any(|object| templates::template(object).is_some())
}

/// Whether pods may come from what is not known here: controllers of others that make workloads.
fn has_unknown_workloads(root: &Root<'_>) -> bool {
    let is_known = |object: &Object<'_>| {
        let group = object.group();
        !group.contains('.')
            || group.ends_with(".k8s.io")
            || group == "argoproj.io"
            || group.ends_with("tekton.dev")
    };
    !root.rendered.objects.iter().all(is_known)
}

fn ingress_backends<'o, 'a>(ingress: &'o RenderedValue<'a>) -> Vec<&'o RenderedValue<'a>> {
    let rules = ingress.items_at(&["spec", "rules"]).iter();
    let paths = rules.flat_map(|rule| rule.items_at(&["http", "paths"]));
    let default = ingress.dig(&["spec", "defaultBackend"]);
    paths.filter_map(|path| path.get("backend")).chain(default).collect()
}

fn backend_finding(
    builds: &Builds<'_>,
    root: &Root<'_>,
    route: &Object<'_>,
    name: Option<&RenderedValue<'_>>,
    port: Option<&RenderedValue<'_>>,
) -> Option<Finding> {
    let name = name.filter(|name| !is_open(name.text()))?;
    let Some(service) = find(builds, root, route, ("", "Service"), name.text()) else {
        if !is_known(builds, root) || root.rendered.of("", "Service").next().is_none() {
            return None;
        }
        let message = format!("no Service `{}` is rendered here", name.text());
        let hint = format!("requests end in an error{}", meant(root, ("", "Service"), name.text()));
        return Some(name.location().finding(&TN027, message).hint(hint));
    };
    let port = port.filter(|port| !is_open(port.text()))?;
    // The controller of AWS takes this for the name of an annotation with the backend.
    if port.text() == "use-annotation" {
        return None;
    }
    let ports = service.content().items_at(&["spec", "ports"]);
    let key = if port.as_int().is_some() { "port" } else { "name" };
    if ports.is_empty() || ports.iter().any(|known| known.get(key).is_some_and(|it| it.text() == port.text()))
    {
        return None;
    }
    let message = format!("Service `{}` has no port `{}`", name.text(), port.text());
    let known: Vec<_> =
        ports.iter().filter_map(|known| known.get(key)).map(|it| format!("`{}`", it.text())).collect();
    let hint = format!("requests end in an error; it has {}", known.join(", "));
    let hint = if known.is_empty() { "requests end in an error".to_owned() } else { hint };
    Some(port.location().finding(&TN027, message).hint(hint))
}
