//! Containers: `validateContainerCommon`.

use std::collections::BTreeSet;

use super::{DNS_LABEL, Refusals, each, has, has_object, numbers};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

const ENV_SOURCES: [&str; 5] =
    ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// Checks a container of any list; `volumes` are those of its pod.
pub(super) fn container(
    refusals: &mut Refusals<'_>,
    container: &RenderedValue<'_>,
    volumes: &BTreeSet<&str>,
) {
    if let Some(name) = container.get("name") {
        refusals.dns_label(name, "container", DNS_LABEL);
    }
    if !has(container, "image") {
        let at = container.get("name").unwrap_or(container);
        refusals.add(at, "the container has no image", "image: Required value");
    }
    ports(refusals, container);
    mounts(refusals, container, volumes);
    environment(refusals, container);
    if let Some(resources) = container.get("resources") {
        self::resources(refusals, resources);
    }
    for probe in PROBES.iter().filter_map(|field| container.entry(field)) {
        self::probe(refusals, &probe.key, &probe.value);
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook) = container.dig(&["lifecycle", hook]) {
            handler(refusals, hook);
        }
    }
    security(refusals, container);
}

/// Checks what only init containers may not have.
pub(super) fn init(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    if container.str_at(&["restartPolicy"]) == Some("Always") {
        return;
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
    let mut paths = BTreeSet::new();
    for path in each(mounts, "mountPath") {
        if !is_placeholder(path.text()) && !paths.insert(path.text()) {
            let message = format!("two volumes are mounted at `{}`", path.text());
            refusals.add(path, message, "mountPath: Invalid value: must be unique");
        }
    }
    for mount in mounts {
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

fn environment(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    for variable in container.items_at(&["env"]) {
        if let Some(name) = variable.get("name").filter(|name| name.text().contains('=')) {
            let message = format!("`{}` cannot be the name of a variable", name.text());
            refusals.add(
                name,
                message,
                "a valid environment variable name must consist only of printable ASCII \
                                         characters other than '='",
            );
        }
        let Some(source) = variable.get("valueFrom").filter(|source| !source.is_null()) else { continue };
        let given = ENV_SOURCES.into_iter().filter(|field| has_object(source, field)).count();
        if given == 0 {
            let words =
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
            refusals.add(source, "`valueFrom` names no source", words);
        } else if has(variable, "value") {
            let words = "may not be specified when `value` is not empty";
            refusals.add(source, "the variable has `value` and `valueFrom`", words);
        } else if given > 1 {
            let words = "may not have more than one field specified at a time";
            refusals.add(source, "`valueFrom` names several sources", words);
        }
    }
    for source in container.items_at(&["envFrom"]) {
        match ["configMapRef", "secretRef"].into_iter().filter(|field| has_object(source, field)).count() {
            0 => refusals.add(
                source,
                "`envFrom` names neither a ConfigMap nor a Secret",
                "must specify one of: `configMapRef` or `secretRef`",
            ),
            1 => {}
            _ => refusals.add(
                source,
                "an entry of `envFrom` names a ConfigMap and a Secret",
                "may not have more than one field specified at a time",
            ),
        }
    }
}

fn resources(refusals: &mut Refusals<'_>, resources: &RenderedValue<'_>) {
    for entry in
        ["requests", "limits"].iter().filter_map(|list| resources.get(list)).flat_map(RenderedValue::entries)
    {
        if entry.value.text().starts_with('-') && formats::is_quantity(entry.value.text()) {
            refusals.add(&entry.value, "the amount is negative", "must be greater than or equal to 0");
        }
    }
    let requests = resources.get("requests").map_or(&[][..], RenderedValue::entries);
    for request in requests {
        let Some(limit) = resources.dig(&["limits", &request.key]) else { continue };
        let amounts = (numbers::quantity(request.value.text()), numbers::quantity(limit.text()));
        if let (Some(wanted), Some(most)) = amounts
            && wanted > most
        {
            let (name, most) = (&request.key, limit.text());
            let message =
                format!("`{}` of {name} are requested, and `{most}` is the limit", request.value.text());
            let words = format!("must be less than or equal to {name} limit of {most}");
            refusals.add(&request.value, message, words);
        }
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
    for action in ["httpGet", "tcpSocket", "grpc"].iter().filter_map(|field| owner.get(field)) {
        if let Some(port) = action.get("port") {
            numbers::port(refusals, port);
            if port.as_str().is_some() {
                numbers::port_name(refusals, port);
            }
        }
    }
}

fn security(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    let Some(context) = container.get("securityContext") else { return };
    users(refusals, context, &["runAsUser", "runAsGroup"]);
    let is = |field: &str, wanted: bool| context.get(field).and_then(RenderedValue::as_bool) == Some(wanted);
    let Some(value) =
        context.get("allowPrivilegeEscalation").filter(|_| is("allowPrivilegeEscalation", false))
    else {
        return;
    };
    if is("privileged", true) {
        let words = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        refusals.add(value, "`allowPrivilegeEscalation: false` of a privileged container", words);
    }
    let added = context.items_at(&["capabilities", "add"]);
    if added.iter().any(|capability| capability.text() == "CAP_SYS_ADMIN") {
        let words = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        refusals.add(value, "`allowPrivilegeEscalation: false` together with CAP_SYS_ADMIN", words);
    }
}

/// Checks the ids at `fields`.
pub(super) fn users(refusals: &mut Refusals<'_>, context: &RenderedValue<'_>, fields: &[&str]) {
    for value in fields.iter().filter_map(|field| context.get(field)) {
        if value.as_int().is_some_and(|id| !(0..=2_147_483_647).contains(&id)) {
            let words = "must be between 0 and 2147483647, inclusive";
            refusals.add(value, format!("`{}` is not an id of a user or group", value.text()), words);
        }
    }
}
