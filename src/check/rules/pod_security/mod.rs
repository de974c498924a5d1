//! What pods may do to their node: the Pod Security Standards, for pods and for Tekton steps.
//!
//! A Task defines only a part of its pod; the rest comes from the pod template of the run. So a Task is judged
//! against `restricted` only by what it says, and by what a step can say for itself.

mod lowered;

use std::collections::BTreeMap;

use crate::check::finding::{Finding, Severity};
use crate::check::model::pods::{Container, Pod};
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::check::rule::{TN090, TN091};

/// Capabilities that `baseline` permits a container to add.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    lowered::findings(model, found);
    let enforced = enforced(model);
    for pod in model.resources.iter().flat_map(|resource| resource.pods()) {
        let namespace = pod.resource.namespace().unwrap_or_default();
        let level = enforced.get(namespace).copied().flatten();
        let beyond_baseline = host(pod).into_iter().map(|(location, message)| privileged(location, message));
        let mut refused: Vec<_> = beyond_baseline.collect();
        let mut beyond_restricted = Vec::new();
        for container in pod.containers() {
            refused.extend(baseline(container));
            beyond_restricted.extend(restricted(container));
        }
        // What a step lacks, Tekton may add (`set-security-context`).
        let is_certain = level == Some("restricted") && !pod.is_task;
        if let Some(level) = level {
            let also = beyond_restricted.iter_mut().filter(|_| is_certain);
            for finding in refused.iter_mut().chain(also) {
                refuse(finding, namespace, level);
            }
        }
        found.extend(refused.into_iter().chain(beyond_restricted));
    }
}

/// Returns the level, other than `privileged`, that each namespace of the repository enforces; `None` if it is
/// ambiguous.
fn enforced<'a>(model: &Model<'a>) -> BTreeMap<&'a str, Option<&'a str>> {
    let mut levels = BTreeMap::new();
    let mut add = |namespace: &'a str, level: &'a str| {
        let level = matches!(level, "baseline" | "restricted").then_some(level);
        let known = levels.entry(namespace).or_insert(level);
        *known = known.filter(|_| *known == level);
    };
    let namespaces = model.resources.iter().filter(|resource| resource.is("", "Namespace"));
    for BuiltObject { object, .. } in namespaces {
        add(object.name(), object.label(ENFORCE).unwrap_or_default());
    }
    for application in &model.applications {
        let labels = application.spec.dig(&["syncPolicy", "managedNamespaceMetadata", "labels"]);
        let level = labels.and_then(|labels| labels.str_at(&[ENFORCE]));
        let namespace = application.spec.str_at(&["destination", "namespace"]);
        if let (Some(namespace), Some(level)) = (namespace, level) {
            add(namespace, level);
        }
    }
    levels
}

/// Makes a finding an error, since the namespace does not let the Pod in.
fn refuse(finding: &mut Finding, namespace: &str, level: &str) {
    finding.severity = Severity::Error;
    let message = &finding.message;
    finding.message =
        format!("{message}; the namespace `{namespace}` enforces `{level}`, so the Pod is refused");
}

fn privileged(location: &RenderedValue<'_>, message: String) -> Finding {
    location.location().finding(&TN090, message).hint(
        "remove it; if it cannot be avoided, label the namespace `pod-security.kubernetes.io/enforce: \
         privileged`, and keep only such Pods there",
    )
}

/// Returns what the pod as a whole uses of its node, with a message for each.
fn host(pod: Pod<'_>) -> Vec<(&RenderedValue<'_>, String)> {
    let mut found = Vec::new();
    for (field, what) in [
        ("hostNetwork", "the Pod uses the network of its node and bypasses every NetworkPolicy"),
        ("hostPID", "the Pod can see and access every process of its node"),
        ("hostIPC", "the Pod shares memory with the processes of its node"),
    ] {
        let given = pod.spec.get(field).filter(|value| value.as_bool() == Some(true));
        found.extend(given.map(|value| (value, what.to_owned())));
    }
    for volume in pod.spec.items_at(&["volumes"]) {
        let path = volume.dig(&["hostPath", "path"]);
        found.extend(
            path.map(|path| (path, format!("the Pod can read files of its node, at `{}`", path.text()))),
        );
    }
    found
}

fn baseline(container: Container<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let title = container.title();
    let tree = container.value;
    let privilege =
        tree.dig(&["securityContext", "privileged"]).filter(|value| value.as_bool() == Some(true));
    found.extend(privilege.map(|location| {
        privileged(location, format!("{title} is privileged: it can do whatever root can do on its node"))
    }));
    for added in tree.items_at(&["securityContext", "capabilities", "add"]) {
        let name = added.text().trim_start_matches("CAP_");
        if !CAPABILITIES.contains(&name) {
            found.push(privileged(
                added,
                format!("{title} adds the capability `{name}`, which `baseline` does not permit"),
            ));
        }
    }
    let profile = tree.dig(&["securityContext", "seccompProfile", "type"]);
    found.extend(profile.filter(|profile| profile.text() == "Unconfined").map(|profile| {
        privileged(
            profile,
            format!(
                "{title} may make every system call, because the seccomp filter is \
                                     disabled"
            ),
        )
    }));
    for port in tree.items_at(&["ports"]) {
        found.extend(
            port.get("hostPort")
                .filter(|port| port.as_int() != Some(0))
                .map(|port| privileged(port, format!("{title} uses port {} of its node", port.text()))),
        );
    }
    found
}

fn restricted(container: Container<'_>) -> Option<Finding> {
    let KeyValue { location, .. } =
        ["name", "image", "script"].iter().find_map(|key| container.value.entry(key))?;
    let title = container.title();
    let added =
        container.value.items_at(&["securityContext", "capabilities", "add"]).iter().map(RenderedValue::text);
    let added: Vec<_> =
        added.filter(|name| CAPABILITIES.contains(name) && *name != "NET_BIND_SERVICE").collect();
    if !added.is_empty() {
        let message = format!(
            "{title} adds {}, which the `restricted` standard forbids: its namespace can enforce at most `baseline`",
            added.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
        );
        return Some(location.finding(&TN091, message));
    }
    let missing = missing(container);
    let message = format!(
        "{title} may do more than most programs need, so a namespace that enforces the `restricted` standard \
         rejects it"
    );
    let hint = format!("add to its `securityContext`: {}", missing.join(", "));
    (!missing.is_empty()).then(|| location.finding(&TN091, message).hint(hint))
}

/// Returns the settings that `restricted` requires and the container lacks.
fn missing(container: Container<'_>) -> Vec<&'static str> {
    let pod = container.pod;
    let template = pod.spec.get("stepTemplate").filter(|_| pod.is_task);
    let own = |keys: &[&str]| {
        let contexts = [Some(container.value), template].into_iter().flatten();
        contexts.filter_map(|tree| tree.get("securityContext")).find_map(|context| context.dig(keys))
    };
    let or_pod = |keys: &[&str]| own(keys).or_else(|| pod.spec.get("securityContext")?.dig(keys));
    let mut missing = Vec::new();
    if own(&["allowPrivilegeEscalation"]).and_then(RenderedValue::as_bool) != Some(false) {
        missing.push("`allowPrivilegeEscalation: false`");
    }
    let drops = own(&["capabilities", "drop"]).map_or(&[][..], RenderedValue::items);
    if !drops.iter().any(|one| one.text().eq_ignore_ascii_case("all")) {
        missing.push("`capabilities: {drop: [ALL]}`");
    }
    let non_root = or_pod(&["runAsNonRoot"]).and_then(RenderedValue::as_bool);
    if non_root != Some(true) && (!pod.is_task || non_root == Some(false)) {
        missing.push("`runAsNonRoot: true`");
    }
    if or_pod(&["runAsUser"]).and_then(RenderedValue::as_int) == Some(0) {
        missing.push("a `runAsUser` other than 0");
    }
    if or_pod(&["seccompProfile", "type"]).is_none() && !pod.is_task {
        missing.push("`seccompProfile: {type: RuntimeDefault}`");
    }
    missing
}
