//! Containers: `validateContainerCommon`.

use std::collections::BTreeSet;

use super::{DNS_LABEL, Refusals, each, env, has, has_object, is_set, numbers, resources, security, volumes};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// Checks a container of any list; `volumes` are those of its pod.
pub(super) fn container(
    refusals: &mut Refusals<'_>,
    container: &RenderedValue<'_>,
    volumes: &BTreeSet<&str>,
) {
    if let Some(name) = container.get("name") {
        refusals.dns_label(name, "container", DNS_LABEL);
    }
    match container.get("image").filter(|image| is_set(image)) {
        None => {
            let at = container.get("name").unwrap_or(container);
            refusals.add(at, "the container has no image", "image: Required value");
        }
        // A blank one depends on the workload.
        Some(image) if image.text().trim() != image.text() && !is_blank(image) => {
            let words = "must not have leading or trailing whitespace";
            refusals.add(image, "the image begins or ends with a space", words);
        }
        Some(_) => {}
    }
    ports(refusals, container);
    mounts(refusals, container, volumes);
    env::environment(refusals, container);
    if let Some(resources) = container.get("resources") {
        resources::resources(refusals, resources);
    }
    for probe in PROBES.iter().filter_map(|field| container.entry(field)) {
        self::probe(refusals, &probe.key, &probe.value);
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook) = container.dig(&["lifecycle", hook]) {
            handler(refusals, hook);
        }
    }
    restarts(refusals, container);
    security::container(refusals, container);
}

/// Whether an image is written, and is only white space.
pub(super) fn is_blank(image: &RenderedValue<'_>) -> bool {
    !image.text().is_empty() && image.text().trim().is_empty()
}

/// Checks when the container starts again, by its own policy and by those for changed resources.
fn restarts(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    one_of(refusals, container.get("restartPolicy"), &["Always", "Never", "OnFailure"]);
    let policies = container.items_at(&["resizePolicy"]);
    for policy in policies {
        one_of(refusals, policy.get("resourceName"), &["cpu", "memory"]);
        one_of(refusals, policy.get("restartPolicy"), &["NotRequired", "RestartContainer"]);
    }
    refusals.unique(each(policies, "resourceName"), "policy", |name| format!("Duplicate value: \"{name}\""));
}

/// Checks that a text, if it is given, is one of `allowed`.
fn one_of(refusals: &mut Refusals<'_>, value: Option<&RenderedValue<'_>>, allowed: &[&str]) {
    let Some(value) = value.filter(|value| is_set(value) && !is_placeholder(value.text())) else { return };
    if !allowed.contains(&value.text()) {
        let quoted: Vec<_> = allowed.iter().map(|text| format!("\"{text}\"")).collect();
        let words =
            format!("Unsupported value: \"{}\": supported values: {}", value.text(), quoted.join(", "));
        refusals.add(value, format!("`{}` is none of `{}`", value.text(), allowed.join("`, `")), words);
    }
}

/// The seconds that a pod has to stop, if it does not say.
const GRACE: i128 = 30;

/// Checks that a container sleeps no longer than its pod has to stop.
pub(super) fn sleep(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, container: &RenderedValue<'_>) {
    let grace = spec.get("terminationGracePeriodSeconds").filter(|grace| !grace.is_null());
    let Some(grace) = grace.map_or(Some(GRACE), RenderedValue::as_int).filter(|grace| *grace >= 0) else {
        return;
    };
    for hook in ["postStart", "preStop"] {
        let Some(seconds) = container.dig(&["lifecycle", hook, "sleep", "seconds"]) else { continue };
        if seconds.as_int().is_some_and(|it| !(0..=grace).contains(&it)) {
            let message =
                format!("the pod has {grace} seconds to stop, and this container sleeps {}", seconds.text());
            let words = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
            refusals.add(seconds, message, words);
        }
    }
}

/// Checks what only init containers may not have.
pub(super) fn init(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    if container.str_at(&["restartPolicy"]) == Some("Always") {
        return;
    }
    let resized = each(container.items_at(&["resizePolicy"]), "restartPolicy");
    for policy in resized.filter(|policy| policy.text() == "RestartContainer") {
        let words = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        refusals.add(policy, "an init container, which runs to its end, does not restart", words);
    }
    for field in PROBES.into_iter().chain(["lifecycle"]) {
        if let Some(entry) = container.entry(field).filter(|entry| !entry.value.is_null()) {
            let message = format!("`{field}` of an init container, which runs to its end");
            refusals.at(
                entry.location,
                message,
                "may not be set for init containers without restartPolicy=Always",
            );
        }
    }
}

fn ports(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    let ports = container.items_at(&["ports"]);
    for value in ["containerPort", "hostPort"].iter().flat_map(|field| each(ports, field)) {
        numbers::port(refusals, value);
    }
    for name in each(ports, "name").filter(|name| !name.is_null()) {
        numbers::port_name(refusals, name);
    }
    refusals.unique(each(ports, "name"), "port", |name| format!("Duplicate value: \"{name}\""));
}

fn mounts(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>, volumes: &BTreeSet<&str>) {
    let mounts = container.items_at(&["volumeMounts"]);
    for name in each(mounts, "name") {
        let text = name.text();
        if !is_placeholder(text) && !volumes.contains(text) {
            let hint = crate::suggest::hint(text, volumes.iter().copied());
            refusals.add(
                name,
                format!("the pod has no volume `{text}`{hint}"),
                format!("Not found: \"{text}\""),
            );
        }
    }
    let mounted = each(mounts, "name").map(RenderedValue::text).collect();
    volumes::devices(refusals, container, volumes, &mounted);
    let mut paths = BTreeSet::new();
    for path in each(mounts, "mountPath") {
        if !is_placeholder(path.text()) && !paths.insert(path.text()) {
            let message = format!("two volumes are mounted at `{}`", path.text());
            refusals.add(path, message, "mountPath: Invalid value: must be unique");
        }
    }
    let is_privileged = container.dig(&["securityContext", "privileged"]).and_then(RenderedValue::as_bool);
    for mount in mounts {
        refusals.filled(mount, &["name", "mountPath"]);
        volumes::mount(refusals, mount, is_privileged == Some(true));
        for path in ["subPath", "subPathExpr"].iter().filter_map(|field| mount.get(field)) {
            relative(refusals, path);
        }
        if has(mount, "subPath") && has(mount, "subPathExpr") {
            refusals.add(
                mount,
                "`subPath` and `subPathExpr`",
                "subPathExpr and subPath are mutually exclusive",
            );
        }
    }
}

/// Checks a path that has to stay inside a volume.
pub(super) fn relative(refusals: &mut Refusals<'_>, path: &RenderedValue<'_>) {
    if path.text().starts_with('/') {
        refusals.add(path, format!("`{}` is not relative", path.text()), "must be a relative path");
    } else if path.text().split('/').any(|part| part == "..") {
        refusals.add(path, format!("`{}` leaves the volume", path.text()), "must not contain '..'");
    }
}

fn probe(refusals: &mut Refusals<'_>, field: &str, probe: &RenderedValue<'_>) {
    if probe.is_null() {
        return;
    }
    handler(refusals, probe);
    let counts =
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
    numbers::counts(refusals, probe, &counts);
    let threshold = probe.get("successThreshold").filter(|it| it.as_int().is_some_and(|count| count > 1));
    if let Some(threshold) = threshold.filter(|_| field != "readinessProbe") {
        refusals.add(threshold, format!("`successThreshold` of a {field} is 1"), "must be 1");
    }
    let grace = probe.get("terminationGracePeriodSeconds").filter(|it| !it.is_null());
    if let Some(grace) = grace {
        if field == "readinessProbe" {
            let words = "must not be set for readinessProbes";
            refusals.add(grace, "`terminationGracePeriodSeconds` of a readinessProbe", words);
        } else if grace.as_int().is_some_and(|seconds| seconds < 1) {
            refusals.add(grace, "the grace period is not positive", "must be greater than 0");
        }
    }
}

/// Checks what a probe or a lifecycle hook does.
fn handler(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>) {
    let given: Vec<_> = HANDLERS.into_iter().filter(|field| has_object(owner, field)).collect();
    match given[..] {
        [] => refusals.add(
            owner,
            "nothing says what it does: `httpGet`, `exec` or another",
            "must specify a handler type",
        ),
        [_] => {}
        [.., last] => {
            let at = owner.get(last).unwrap_or(owner);
            let message = format!("it has `{}`; only one is possible", given.join("` and `"));
            refusals.add(at, message, "may not specify more than 1 handler type");
        }
    }
    if let Some(exec) = owner.get("exec").filter(|exec| exec.is_mapping() && !has(exec, "command")) {
        refusals.add(exec, "`exec` without a `command`", "exec.command: Required value");
    }
    for name in each(owner.dig(&["httpGet"]).map_or(&[][..], |it| it.items_at(&["httpHeaders"])), "name") {
        if !is_placeholder(name.text()) && name.text().contains(|it: char| !it.is_ascii_graphic()) {
            let words = "a valid HTTP header must consist of alphanumeric characters or '-'";
            refusals.add(name, format!("`{}` cannot be the name of a header", name.text()), words);
        }
    }
    for action in ["httpGet", "tcpSocket", "grpc"].iter().filter_map(|field| owner.get(field)) {
        if let Some(port) = action.get("port") {
            numbers::port(refusals, port);
            if port.as_str() == Some("") {
                let words = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
                refusals.add(port, "the port is empty", words);
            } else if port.as_str().is_some() {
                numbers::port_name(refusals, port);
            }
        }
    }
}
