//! Whether the `apiVersion` and `kind` of a manifest exist, and still do.

use super::table::{self, Served};
use crate::check::finding::{Finding, Fix};
use crate::check::manifests::Manifest;
use crate::check::registry::{Rule, TN014, TN015, TN016};
use crate::suggest;
use crate::values::shown;

/// Groups of which only some kinds are known: Argo Workflows, Argo Events and others have theirs in it too.
const SHARED: &str = "argoproj.io";

/// Kinds of the core group that never reach a cluster: the configuration of kubectl, and lists.
const LOCAL: [&str; 2] = ["Config", "List"];

/// What the tables know of an `apiVersion` and a `kind`.
#[derive(Debug)]
pub(crate) enum VersionLookup {
    /// Nothing, and nothing is to be said.
    Foreign,
    /// It is served.
    Served(Served),
    /// There is something to say, about the node of `apiVersion` or of `kind`.
    Invalid(InvalidVersion),
}

/// What is wrong with an `apiVersion` or a `kind`.
#[derive(Debug)]
pub(crate) struct InvalidVersion {
    /// The rule that it breaks.
    pub(crate) rule: &'static Rule,
    /// What is wrong.
    pub(crate) message: String,
    /// What mends it.
    pub(crate) hint: String,
    /// What its fields are those of all the same: a deprecated version, or what was meant by a misspelt one.
    pub(crate) served: Option<Served>,
    /// The key whose value is wrong, and what to write instead: `apiVersion` and `apps/v1`.
    pub(crate) instead: (&'static str, Option<String>),
    /// The version to use instead, where fields may have moved.
    pub(crate) successor: Option<Served>,
}

/// Looks up the `apiVersion` and `kind` of `manifest`.
pub(crate) fn of(manifest: Manifest<'_>) -> VersionLookup {
    let (group, kind) = (manifest.group(), manifest.kind());
    if LOCAL.contains(&kind) || table::kinds(group).next().is_none() {
        return VersionLookup::Foreign;
    }
    let versions: Vec<_> = table::versions(group, kind).collect();
    if versions.is_empty() {
        return unknown_kind(manifest);
    }
    let version = manifest.api_version().rsplit('/').next().unwrap_or_default();
    match versions.iter().find(|served| served.version == version) {
        None => VersionLookup::Invalid(unknown_version(manifest, &versions)),
        Some(served) => match retired(group, *served, &versions) {
            Some(fault) => VersionLookup::Invalid(fault),
            None => VersionLookup::Served(*served),
        },
    }
}

/// A finding of `fault` in `manifest`; `is_certain` where nothing else has to change with it.
pub(crate) fn finding(manifest: Manifest<'_>, fault: &InvalidVersion, is_certain: bool) -> Finding {
    let (key, instead) = &fault.instead;
    let node = manifest.root().get(key).unwrap_or(manifest.root());
    let finding = manifest.finding(fault.rule, node, &*fault.message).hint(&*fault.hint);
    match instead {
        Some(instead) if is_certain => finding.fix(Fix::replace(node, instead)),
        _ => finding,
    }
}

fn unknown_kind(manifest: Manifest<'_>) -> VersionLookup {
    let (group, kind) = (manifest.group(), manifest.kind());
    let elsewhere = table::elsewhere(kind).filter(|(_, served)| current(served)).last();
    if elsewhere.is_none() && group.is_empty() && !is_version(manifest.api_version()) {
        return VersionLookup::Foreign;
    }
    let kinds: Vec<_> = table::kinds(group).filter(current).map(|served| served.kind).collect();
    let near = suggest::nearest(kind, kinds.iter().copied());
    let fault = InvalidVersion {
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
                ..fault
            })
        }
        (_, Some(near)) => VersionLookup::Invalid(InvalidVersion {
            hint: format!("did you mean `{near}`?"),
            served: known(manifest.api_version(), near),
            instead: ("kind", Some(near.to_owned())),
            ..fault
        }),
        _ if group == SHARED => VersionLookup::Foreign,
        _ => VersionLookup::Invalid(fault),
    }
}

/// Whether it looks like `v1` or `v2beta1`. Other programs have an `apiVersion` in their files too.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// Whether it is neither deprecated nor removed.
fn current(served: &Served) -> bool {
    served.fields.is_some() && served.deprecated.is_none()
}

/// A version that the kind does not have, or a kind that has none any more.
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

/// Since when a version is gone.
fn removal(group: &str, served: &Served) -> Option<String> {
    let project = project(group);
    let removed = served.removed.filter(|release| project != KUBERNETES || has_come(release))?;
    Some(format!("was removed in {project} {removed}"))
}

/// What to use: the `apiVersion` of the same kind, or with a further `/` of another.
fn instead(successor: Option<&str>) -> String {
    let parts: Vec<_> = successor.unwrap_or_default().split('/').collect();
    match parts[..] {
        [group, version, kind] => format!("use `{kind}` of `{group}/{version}` instead"),
        [""] => "it has no successor".to_owned(),
        _ => format!("use `{}` instead", parts.join("/")),
    }
}

/// What is wrong with a version that is on its way out, or gone.
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

/// Whether `release` of Kubernetes, such as `1.25`, is not later than the one that the tables are from.
fn has_come(release: &str) -> bool {
    let minor = |text: &str| text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    // The modules of Kubernetes are `v0.37.2` where it is 1.37.2 itself.
    let ours =
        table::modules().find(|(project, ..)| project == KUBERNETES).and_then(|(.., version)| minor(version));
    minor(release) <= ours
}

/// The stable version with the highest number, or the last of the others.
fn newest(versions: &[Served]) -> Option<Served> {
    let rank = |served: &&Served| {
        let digits = served.version.trim_start_matches('v');
        (digits.parse::<u32>().ok(), served.version)
    };
    versions.iter().filter(|served| current(served)).max_by_key(rank).copied()
}

/// The kind in the version that `right` says, unless it says another kind.
fn known(right: &str, kind: &str) -> Option<Served> {
    let (group, version) = right.split_once('/').unwrap_or(("", right));
    table::versions(group, kind).find(|served| served.version == version)
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
