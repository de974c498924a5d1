//! Secrets in Git, where everybody who can read the repository has them. Findings never show a value.

pub(crate) mod base64;
mod known;
mod value;

use std::collections::BTreeSet;

use crate::check::finding::{Finding, Severity};
use crate::check::manifests::Manifests;
use crate::check::rendered_value::{KeyValue, Location, RenderedValue};
use crate::check::rule::TN075;
use value::ValueKind;

/// Keys of Secrets whose values are not secret.
const PUBLIC: [&str; 18] = [
    "ca.crt",
    "database",
    "email",
    "enableOCI",
    "githubAppID",
    "githubAppInstallationID",
    "host",
    "insecure",
    "known_hosts",
    "name",
    "namespace",
    "port",
    "project",
    "server",
    "tls.crt",
    "type",
    "url",
    "username",
];

const HINT: &str = "revoke it, because Git's history keeps it; then use a SealedSecret or an ExternalSecret, \
                    encrypt it with SOPS, or create it in the cluster by hand";

pub(super) fn findings(manifests: &Manifests<'_>, found: &mut Vec<Finding>) {
    for source in manifests.sources() {
        let secrets = source.manifests().filter(|manifest| manifest.is("", "Secret"));
        let of_secrets = secrets.flat_map(|secret| of_secret(&secret.content()));
        let of_generators = source.kustomizations().flat_map(|one| generated(&one.content()));
        let mut reported = BTreeSet::new();
        let first = found.len();
        for (value, finding) in of_secrets.chain(of_generators) {
            reported.insert(value.key());
            found.push(finding);
        }
        for (location, text) in source.texts().filter(|(location, _)| !reported.contains(&location.key())) {
            let finding = known::secret(text).map(|what| token(location, what));
            found.extend(finding.or_else(|| known::has_access_key_id(text).then(|| access_key_id(location))));
        }
        if is_example(source.path) {
            found[first..].iter_mut().for_each(of_example);
        }
        let of_source = found[first..].iter_mut();
        of_source.filter(|finding| is_accepted(source.text, finding)).for_each(|finding| {
            finding.severity = Severity::Note;
        });
    }
}

/// Whether a comment on the line tells another scanner for secrets that the value is none.
fn is_accepted(text: &str, finding: &Finding) -> bool {
    const MARKS: [&str; 7] = [
        "NOSONAR",
        "allowlist secret",
        "ggignore",
        "gitleaks:allow",
        "notsecret",
        "trufflehog:ignore",
        "whitelist secret",
    ];
    let line = text.lines().nth(finding.start.line.saturating_sub(1)).unwrap_or_default();
    line.split_once('#').is_some_and(|(_, comment)| MARKS.iter().any(|mark| comment.contains(mark)))
}

/// Whether the file is a test, an example or for a cluster on the machine of a developer, by its path. Scanners for
/// secrets pass over them.
fn is_example(path: &str) -> bool {
    const WORDS: [&str; 10] =
        ["doc", "docs", "e2e", "example", "examples", "sample", "samples", "test", "tests", "testing"];
    const SUITES: [&str; 6] = ["acceptance", "functional", "integration", "regression", "smoke", "unit"];
    const LOCAL: [&str; 4] = ["k3d", "local", "localhost", "minikube"];
    const LOCAL_PLACES: [&str; 6] = ["cluster", "clusters", "dev", "development", "env", "environment"];
    path.split('/').any(|part| {
        let mut words = part.split(['-', '_', '.']);
        let first = words.next().unwrap_or_default();
        let stem = part.split('.').next().unwrap_or_default();
        // `local-ai` is a program.
        let place = stem.strip_prefix("local").map(|rest| rest.trim_start_matches(['-', '_']));
        if LOCAL.contains(&stem) || place.is_some_and(|place| LOCAL_PLACES.contains(&place)) {
            return true;
        }
        // `shop-test` may be a stage with secrets of its own.
        let is_suite = |word: &str| ["tests", "testing"].contains(&word);
        let last = stem.rsplit(['-', '_']).next().unwrap_or_default();
        WORDS.contains(&first)
            || ["example", "examples", "sample", "samples"].contains(&last)
            || SUITES.iter().any(|suite| {
                first.strip_prefix(suite).is_some_and(|rest| {
                    matches!(rest, "test")
                        || is_suite(rest)
                        || rest.is_empty() && words.clone().next().is_some_and(is_suite)
                })
            })
    })
}

/// An example needs values; whoever copies it has others.
fn of_example(finding: &mut Finding) {
    if finding.severity == Severity::Error {
        let is_known = !finding.message.starts_with("the value of");
        finding.severity = if is_known { Severity::Warning } else { Severity::Note };
        let hint =
            "see that it opens nothing: this file is a test, an example or for a local cluster, by its path";
        hint.clone_into(&mut finding.hint);
    }
}

fn token(location: Location<'_>, what: &str) -> Finding {
    let message = format!("{what} is in Git: anyone who can read the repository has it");
    location.finding(&TN075, message).hint(HINT)
}

/// The id of a key is public, as a user name is.
fn access_key_id(location: Location<'_>) -> Finding {
    let message = "this is the id of an access key of AWS: the key that belongs to it must not be in Git";
    location
        .finding(&TN075, message)
        .severity(Severity::Note)
        .hint("see that the key itself is nowhere in Git")
}

/// Returns the findings about the values of a Secret, each with the location of the value.
fn of_secret<'a>(secret: &RenderedValue<'a>) -> Vec<(Location<'a>, Finding)> {
    // Encrypted, or filled in by a plugin on the way to the cluster.
    let is_plugin = |entry: &KeyValue<'_>| entry.key.starts_with("avp.kubernetes.io/");
    let annotations = secret.dig(&["metadata", "annotations"]);
    if secret.get("sops").is_some() || annotations.is_some_and(|map| map.entries().iter().any(is_plugin)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for field in ["data", "stringData"] {
        for KeyValue { key, location, value } in
            secret.get(field).into_iter().flat_map(RenderedValue::entries)
        {
            let decoded = (field == "data").then(|| base64::decode(value.text())).flatten();
            let text = decoded.as_deref().unwrap_or(value.text());
            let encoding = if field == "data" { ", because base64 is not encryption" } else { "" };
            let finding = of_value(*location, (key, text), encoding);
            found.extend(finding.map(|finding| (value.location(), finding)));
        }
    }
    gravest(found)
}

/// Keeps the first of the most severe findings about the values of one Secret, and every one about a known kind of
/// secret: whoever fixes one fixes all.
fn gravest(found: Vec<(Location<'_>, ValueFinding)>) -> Vec<(Location<'_>, Finding)> {
    let least = found.iter().filter(|(_, one)| !one.is_recognised).map(|(_, one)| one.finding.severity).min();
    let mut is_first = true;
    let mut kept = Vec::new();
    for (location, one) in found {
        let is_kept = one.is_recognised || Some(one.finding.severity) == least && is_first;
        is_first &= one.is_recognised || !is_kept;
        kept.extend(is_kept.then_some((location, one.finding)));
    }
    kept
}

/// A finding about one value.
struct ValueFinding {
    finding: Finding,
    /// Whether the value itself has the shape of a secret.
    is_recognised: bool,
}

/// Returns the findings about literals that a kustomization generates Secrets from, each with the location of the literal.
fn generated<'a>(kustomization: &RenderedValue<'a>) -> Vec<(Location<'a>, Finding)> {
    let generators = kustomization.items_at(&["secretGenerator"]).iter();
    let literals = generators.flat_map(|generator| generator.items_at(&["literals"]));
    let finding = |literal: &RenderedValue<'a>| {
        let (key, value) = literal.text().split_once('=')?;
        Some((literal.location(), of_value(literal.location(), (key, value), "")?))
    };
    gravest(literals.filter_map(finding).collect())
}

/// Returns the finding about one value of a Secret; `encoding` is the part of the message on how it is
/// encoded.
fn of_value(location: Location<'_>, (key, text): (&str, &str), encoding: &str) -> Option<ValueFinding> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(what) = known::secret(text) {
        return Some(ValueFinding { finding: token(location, what), is_recognised: true });
    }
    if PUBLIC.contains(&key) {
        return None;
    }
    let finding = match value::kind_of(key, text) {
        ValueKind::FilledIn => return None,
        ValueKind::Placeholder => {
            let message = format!("`{key}` is a placeholder: the value that replaces it would be in Git");
            let hint = "remove the Secret from the repository, and describe in the README how to create it";
            location.finding(&TN075, message).severity(Severity::Note).hint(hint)
        }
        ValueKind::Setting => {
            let message = format!("the value of `{key}` does not look secret, and is in a Secret in Git");
            let hint = "keep settings in a ConfigMap, so that a Secret in Git is always a mistake";
            location.finding(&TN075, message).severity(Severity::Note).hint(hint)
        }
        ValueKind::Secret => {
            let message = format!(
                "the value of `{key}` is in Git: anyone who can read the repository has it{encoding}"
            );
            location.finding(&TN075, message).hint(HINT)
        }
    };
    Some(ValueFinding { finding, is_recognised: false })
}
