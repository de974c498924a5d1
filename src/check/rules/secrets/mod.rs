//! Secrets in Git, where everybody who can read the repository has them. Findings never show a value.

mod base64;
mod known;

use std::collections::BTreeSet;

use crate::check::finding::{Finding, Severity};
use crate::check::manifests::Manifest;
use crate::check::model::Model;
use crate::check::rule::TN075;
use crate::check::source::Source;
use crate::yaml::node::{Document, Node};

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

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    for source in model.builds.manifests().sources() {
        let mut reported = BTreeSet::new();
        let secrets = source.manifests().filter(|manifest| manifest.is("", "Secret")).flat_map(of_secret);
        for (value, finding) in secrets.chain(source.roots().flat_map(|root| generated(source, root))) {
            reported.insert(value.span().start);
            found.push(finding);
        }
        for node in source.documents.iter().flat_map(Document::nodes) {
            if !reported.contains(&node.span().start) {
                found.extend(known::secret(node.text()).map(|what| token(source, node, what)));
            }
        }
    }
}

fn token(source: &Source<'_>, node: Node<'_>, what: &str) -> Finding {
    let message = format!("{what} is in Git: anyone who can read the repository has it");
    source.finding(&TN075, node, message).hint(HINT)
}

fn of_secret(secret: Manifest<'_>) -> Vec<(Node<'_>, Finding)> {
    let root = secret.root();
    // Encrypted, or filled in by a plugin on the way to the cluster.
    let is_plugin = |(key, _): (Node<'_>, Node<'_>)| key.text().starts_with("avp.kubernetes.io/");
    let annotations = root.dig(&["metadata", "annotations"]);
    if root.get("sops").is_some() || annotations.is_some_and(|map| map.entries().any(is_plugin)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for field in ["data", "stringData"] {
        for (key, value) in root.get(field).into_iter().flat_map(Node::entries) {
            let decoded = (field == "data").then(|| base64::decode(value.text())).flatten();
            let text = decoded.as_deref().unwrap_or(value.text());
            let encoding = if field == "data" { ", because base64 is not encryption" } else { "" };
            let finding = of_value(secret.source(), key, (key.text(), text), encoding);
            found.extend(finding.map(|finding| (value, finding)));
        }
    }
    found
}

/// Returns the findings about literals that a kustomization generates Secrets from.
fn generated<'a>(source: &Source<'_>, root: Node<'a>) -> Vec<(Node<'a>, Finding)> {
    let literals =
        root.items_at(&["secretGenerator"]).flat_map(|generator| generator.items_at(&["literals"]));
    let finding = |literal: Node<'a>| {
        let (key, value) = literal.text().split_once('=')?;
        Some((literal, of_value(source, literal, (key, value), "")?))
    };
    literals.filter_map(finding).collect()
}

/// Returns the finding about one value of a Secret; `encoding` is the part of the message on how it is
/// encoded.
fn of_value(
    source: &Source<'_>,
    location: Node<'_>,
    (key, text): (&str, &str),
    encoding: &str,
) -> Option<Finding> {
    let text = text.trim();
    let is_filled_in = ["{{", "${"].iter().any(|sign| text.contains(sign))
        || ["ENC[", "<path:"].iter().any(|sign| text.starts_with(sign));
    if text.is_empty() || is_filled_in {
        return None;
    }
    if let Some(what) = known::secret(text) {
        return Some(token(source, location, what));
    }
    if PUBLIC.contains(&key) {
        return None;
    }
    Some(if known::is_stand_in(text) {
        let message = format!("`{key}` is a placeholder: the value that replaces it would be in Git");
        let hint = "remove the Secret from the repository, and describe in the README how to create it";
        source.finding(&TN075, location, message).severity(Severity::Note).hint(hint)
    } else {
        let message =
            format!("the value of `{key}` is in Git: anyone who can read the repository has it{encoding}");
        source.finding(&TN075, location, message).hint(HINT)
    })
}
