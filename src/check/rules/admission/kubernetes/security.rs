//! Security contexts of pods and containers.

use std::collections::BTreeSet;

use super::{Refusals, each};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const USERS: [&str; 3] = ["runAsUser", "runAsGroup", "fsGroup"];

/// What only Linux has.
const OF_LINUX: [&str; 6] =
    ["runAsUser", "runAsGroup", "fsGroup", "seLinuxOptions", "seccompProfile", "appArmorProfile"];

/// Checks the security context of the pod with this `spec`.
pub(super) fn pod(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    namespaces(refusals, spec);
    let Some(context) = spec.get("securityContext") else { return };
    common(refusals, context);
    for group in context.items_at(&["supplementalGroups"]) {
        user(refusals, group);
    }
    let sysctls = context.items_at(&["sysctls"]);
    refusals.unique(each(sysctls, "name"), "setting", |name| format!("Duplicate value: \"{name}\""));
    for name in each(sysctls, "name").filter(|name| !is_placeholder(name.text())) {
        if !name.text().split(['.', '/']).all(is_part) {
            let message = format!("`{}` is not the name of a kernel parameter", name.text());
            refusals.add(name, message, "must have at most 253 characters and match regex");
        }
    }
    match spec.str_at(&["os", "name"]) {
        Some("linux") => {
            if let Some(entry) = context.entry("windowsOptions").filter(|entry| !entry.value.is_null()) {
                let words = "windows options cannot be set for a linux pod";
                refusals.at(entry.location, "`windowsOptions` of a pod for Linux", words);
            }
        }
        Some("windows") => {
            for entry in OF_LINUX.iter().filter_map(|field| context.entry(field)) {
                let message = format!("`{}` of a pod for Windows", entry.key);
                refusals.at(entry.location, message, "cannot be set for a windows pod");
            }
        }
        _ => {}
    }
}

fn is_part(part: &str) -> bool {
    let is_inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !part.is_empty() && part.bytes().all(is_inner)
}

/// Checks the namespaces of the node that the pod uses.
fn namespaces(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let is = |field: &str, wanted: bool| spec.get(field).and_then(RenderedValue::as_bool) == Some(wanted);
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(value) = spec.get(field).filter(|_| is("hostUsers", false) && is(field, true)) {
            let words = "when `hostUsers` is false";
            refusals.add(value, format!("`{field}` together with `hostUsers: false`"), words);
        }
    }
    if let Some(value) =
        spec.get("shareProcessNamespace").filter(|_| is("shareProcessNamespace", true) && is("hostPID", true))
    {
        let words = "ShareProcessNamespace and HostPID cannot both be enabled";
        refusals.add(value, "`shareProcessNamespace` together with `hostPID`", words);
    }
}

/// Checks that a container sees all of `/proc` only in a user namespace of its pod.
pub(super) fn proc_mount(
    refusals: &mut Refusals<'_>,
    spec: &RenderedValue<'_>,
    container: &RenderedValue<'_>,
) {
    let has_own_users = spec.get("hostUsers").and_then(RenderedValue::as_bool) == Some(false);
    let mount = container.dig(&["securityContext", "procMount"]);
    if let Some(mount) = mount.filter(|it| it.text() == "Unmasked" && !has_own_users) {
        let words = "`hostUsers` must be false to use `Unmasked`";
        refusals.add(mount, "`procMount: Unmasked` needs `hostUsers: false` in the pod", words);
    }
}

/// Checks the security context of a container.
pub(super) fn container(refusals: &mut Refusals<'_>, container: &RenderedValue<'_>) {
    let Some(context) = container.get("securityContext") else { return };
    common(refusals, context);
    let is = |field: &str, wanted: bool| context.get(field).and_then(RenderedValue::as_bool) == Some(wanted);
    let field = "allowPrivilegeEscalation";
    let Some(value) = context.get(field).filter(|_| is(field, false)) else { return };
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

/// Checks what a pod and a container have in common.
fn common(refusals: &mut Refusals<'_>, context: &RenderedValue<'_>) {
    for value in USERS.iter().filter_map(|field| context.get(field)) {
        user(refusals, value);
    }
    for (field, name) in [("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")] {
        if let Some(profile) = context.get(field).filter(|profile| profile.is_mapping()) {
            self::profile(refusals, profile, name);
        }
    }
}

fn user(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    if value.as_int().is_some_and(|id| !(0..=2_147_483_647).contains(&id)) {
        let words = "must be between 0 and 2147483647, inclusive";
        refusals.add(value, format!("`{}` is not an id of a user or group", value.text()), words);
    }
}

fn profile(refusals: &mut Refusals<'_>, profile: &RenderedValue<'_>, name: &str) {
    let kind = profile.str_at(&["type"]).unwrap_or_default();
    match profile.get("localhostProfile").filter(|file| !file.text().is_empty()) {
        None if kind == "Localhost" => {
            let words = format!("must be set when {name} type is Localhost");
            refusals.add(profile, "`type: Localhost` needs `localhostProfile`", words);
        }
        Some(file) if !is_placeholder(kind) && kind != "Localhost" => {
            let words = format!("can only be set when {name} type is Localhost");
            refusals.add(file, format!("`localhostProfile` with `type: {kind}`"), words);
        }
        Some(file) if file.text().split('/').collect::<BTreeSet<_>>().contains("..") => {
            refusals.add(file, "the path has the part `..`", "must not contain '..'");
        }
        _ => {}
    }
}
