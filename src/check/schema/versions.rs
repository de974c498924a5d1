//! Checks whether the `apiVersion` and `kind` of a manifest exist and are still served.

use super::table::{self, Served};
use crate::check::finding::{Finding, Fix};
use crate::check::manifests::Manifest;
use crate::check::rule::{Rule, TN014, TN015, TN016};
use crate::suggest;
use crate::values::shown;

/// The group of Argo CD and Rollouts, which also has kinds that the tables lack: Argo Workflows, Argo Events
/// and more.
const SHARED: &str = "argoproj.io";

/// Core kinds that only kubectl uses.
const LOCAL: [&str; 2] = ["Config", "List"];

#[derive(Debug)]
pub(crate) enum VersionLookup {
    /// Not a kind of the known projects.
    Foreign,
    Served(Served),
    Invalid(InvalidVersion),
}

#[derive(Debug)]
pub(crate) struct InvalidVersion {
    pub(crate) rule: &'static Rule,
    pub(crate) message: String,
    pub(crate) hint: String,
    /// The version to check fields against anyway: a deprecated one, or the correction of a misspelt one.
    pub(crate) served: Option<Served>,
    /// The key with the wrong value, and its new value, such as `apiVersion` and `apps/v1`.
    pub(crate) instead: (&'static str, Option<String>),
    /// The version to use instead, if fields may have moved.
    pub(crate) successor: Option<Served>,
}

pub(crate) fn lookup(manifest: Manifest<'_>) -> VersionLookup {
    let (group, kind) = (manifest.group(), manifest.kind());
    // OpenShift's `oc process` still reads templates without a group, and sends what they make.
    let is_of_oc = group.is_empty() && kind == "Template" && manifest.root().get("objects").is_some();
    if is_of_oc || LOCAL.contains(&kind) || table::kinds(group).is_empty() {
        return VersionLookup::Foreign;
    }
    let versions = table::versions(group, kind);
    if versions.is_empty() {
        return unknown_kind(manifest);
    }
    let version = manifest.api_version().rsplit('/').next().unwrap_or_default();
    match versions.iter().find(|served| served.version == version) {
        None => VersionLookup::Invalid(unknown_version(manifest, versions)),
        Some(served) => match retired(group, *served, versions) {
            Some(invalid) => VersionLookup::Invalid(invalid),
            None => VersionLookup::Served(*served),
        },
    }
}

/// Returns the finding, with a fix if `is_certain`: nothing else has to change.
pub(crate) fn finding(manifest: Manifest<'_>, invalid: &InvalidVersion, is_certain: bool) -> Finding {
    let (key, instead) = &invalid.instead;
    let node = manifest.root().get(key).unwrap_or(manifest.root());
    let finding = manifest.finding(invalid.rule, node, &*invalid.message).hint(&*invalid.hint);
    match instead {
        Some(instead) if is_certain => finding.fix(Fix::replace(node, instead)),
        _ => finding,
    }
}

fn unknown_kind(manifest: Manifest<'_>) -> VersionLookup {
    let (group, kind) = (manifest.group(), manifest.kind());
    let elsewhere = table::elsewhere(kind).filter(|(_, served)| current(served)).last();
    let kinds: Vec<_> =
        table::kinds(group).iter().filter(|served| current(served)).map(|served| served.kind).collect();
    let near = suggest::nearest(kind, kinds.iter().copied());
    // Files of other programs may have an `apiVersion` too: settings and reports, without the name that an object has.
    let is_object =
        manifest.root().get("metadata").is_some() && (!group.is_empty() || manifest.api_version() == "v1");
    let is_no_version = group.is_empty() && !is_version(manifest.api_version());
    if elsewhere.is_none() && (near.is_none() && !is_object || is_no_version) {
        return VersionLookup::Foreign;
    }
    let invalid = InvalidVersion {
        rule: &TN016,
        message: format!("{} has no kind {}", shown(manifest.api_version()), shown(kind)),
        hint: String::new(),
        served: None,
        instead: ("kind", None),
        successor: None,
    };
    match (elsewhere, near) {
        _ if kind.ends_with("List") => VersionLookup::Foreign,
        (Some((group, served)), _) => {
            let right = api_version(group, served.version);
            VersionLookup::Invalid(InvalidVersion {
                rule: &TN015,
                hint: instead(Some(&right)),
                served: Some(served),
                instead: ("apiVersion", Some(right)),
                ..invalid
            })
        }
        (_, Some(near)) => VersionLookup::Invalid(InvalidVersion {
            hint: format!("did you mean `{near}`?"),
            served: known(manifest.api_version(), near),
            instead: ("kind", Some(near.to_owned())),
            ..invalid
        }),
        _ if group == SHARED => VersionLookup::Foreign,
        _ => VersionLookup::Invalid(invalid),
    }
}

/// Whether the text looks like `v1` or `v2beta1`.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn current(served: &Served) -> bool {
    served.fields.is_some() && served.deprecated.is_none()
}

/// Describes a version that the kind lacks, or a kind with no versions left.
fn unknown_version(manifest: Manifest<'_>, versions: &[Served]) -> InvalidVersion {
    let message = format!("{} does not exist in {}", shown(manifest.kind()), shown(manifest.api_version()));
    match (newest(versions), versions.last()) {
        (None, Some(last)) => InvalidVersion {
            rule: &TN016,
            message: removal(manifest.group(), last)
                .map_or(message.clone(), |since| format!("{message}: it {since}")),
            hint: instead(last.successor),
            served: None,
            instead: ("kind", None),
            successor: None,
        },
        (newest, _) => {
            let right = newest.map(|served| api_version(manifest.group(), served.version));
            InvalidVersion {
                rule: &TN015,
                message,
                hint: instead(right.as_deref()),
                served: newest,
                instead: ("apiVersion", right),
                successor: None,
            }
        }
    }
}

/// Returns the release that removed a version, as part of a message.
fn removal(group: &str, served: &Served) -> Option<String> {
    let project = project(group);
    let removed = served.removed.filter(|release| project != KUBERNETES || has_come(release))?;
    Some(format!("was removed in {project} {removed}"))
}

/// Describes the replacement: an `apiVersion` of the same kind, or `apiVersion/Kind` of another.
fn instead(successor: Option<&str>) -> String {
    let parts: Vec<_> = successor.unwrap_or_default().split('/').collect();
    match parts[..] {
        [group, version, kind] => format!("use `{kind}` of `{group}/{version}` instead"),
        [""] => "it has no successor".to_owned(),
        _ => format!("use `{}` instead", parts.join("/")),
    }
}

fn retired(group: &str, served: Served, versions: &[Served]) -> Option<InvalidVersion> {
    let project = project(group);
    let deprecated = served.deprecated.filter(|release| project != KUBERNETES || has_come(release));
    let (rule, since) = match (removal(group, &served), deprecated) {
        (Some(since), _) => (&TN015, since),
        (None, Some("yes")) => (&TN014, "is deprecated".to_owned()),
        (None, Some(release)) => (&TN014, format!("is deprecated since {project} {release}")),
        (None, None) => return None,
    };
    let right = served.successor.map(str::to_owned).or_else(|| {
        newest(versions)
            .filter(|other| other.version != served.version)
            .map(|other| api_version(group, other.version))
    });
    let successor = right.as_deref().and_then(|right| known(right, served.kind));
    Some(InvalidVersion {
        rule,
        message: format!("`{}` of `{}` {since}", served.kind, api_version(group, served.version)),
        hint: instead(right.as_deref()),
        served: Some(served).filter(|_| *rule == TN014),
        instead: ("apiVersion", right.filter(|_| successor.is_some())),
        successor,
    })
}

const KUBERNETES: &str = "Kubernetes";

fn project(group: &str) -> &'static str {
    match group {
        "tekton.dev" => "Tekton Pipelines",
        "triggers.tekton.dev" => "Tekton Triggers",
        "gateway.networking.k8s.io" => "the Gateway API",
        _ => KUBERNETES,
    }
}

/// Whether the Kubernetes `release`, such as `1.25`, is not later than that of the tables.
fn has_come(release: &str) -> bool {
    let minor = |text: &str| text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    // Kubernetes 1.37.2 has modules `v0.37.2`.
    let ours =
        table::modules().find(|(project, ..)| project == KUBERNETES).and_then(|(.., version)| minor(version));
    minor(release) <= ours
}

/// Returns the stable version with the highest number, or else the last unstable one.
fn newest(versions: &[Served]) -> Option<Served> {
    let rank = |served: &&Served| {
        let digits = served.version.trim_start_matches('v');
        (digits.parse::<u32>().ok(), served.version)
    };
    versions.iter().filter(|served| current(served)).max_by_key(rank).copied()
}

/// Returns the kind in the version `right`; `None` if that names another kind.
fn known(right: &str, kind: &str) -> Option<Served> {
    let (group, version) = right.split_once('/').unwrap_or(("", right));
    table::versions(group, kind).iter().copied().find(|served| served.version == version)
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
