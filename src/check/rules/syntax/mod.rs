//! Files that cannot be read as manifests, and duplicate keys.

use crate::check::files::MAX_SIZE;
use crate::check::finding::{Finding, Severity};
use crate::check::inline_patch::InlinePatch;
use crate::check::manifests::Manifests;
use crate::check::rule::{TN001, TN002, TN004, TN005, TN006};
use crate::check::source::{Source, Unreadable};
use crate::yaml::node::{Document, Node, Position};
use crate::yaml::reader::{DocumentError, DocumentErrorKind};

pub(super) fn findings(manifests: &Manifests<'_>, found: &mut Vec<Finding>) {
    for source in manifests.sources() {
        found.extend(source.unreadable.map(|why| unreadable(source, why)));
        written(source, found);
    }
    for kustomization in manifests.kustomizations() {
        let source = kustomization.source();
        for patch in source.inline_patches().map(|text| InlinePatch::of(source, text)) {
            let mut within = Vec::new();
            written(&patch.read(), &mut within);
            found.extend(within.into_iter().map(|finding| patch.relocate(finding)));
        }
    }
}

/// Reports invalid YAML and duplicate keys.
fn written(source: &Source, found: &mut Vec<Finding>) {
    found.extend(source.errors.iter().map(|fault| faulty(source, fault)));
    for document in source.documents.iter() {
        found.extend(document.duplicates().map(|(first, again)| duplicate(source, first, again)));
        found.extend(odd_keys(source, document));
    }
}

fn unreadable(source: &Source, why: Unreadable) -> Finding {
    let (rule, message, hint) = match why {
        Unreadable::TooLarge(size) => (
            &TN006,
            format!("the file has {} MiB; files larger than {} MiB are not read", size >> 20, MAX_SIZE >> 20),
            "no cluster accepts an object of more than a few MiB; split the file",
        ),
        Unreadable::NotUtf8(at) => {
            (&TN005, format!("byte {} is not UTF-8", at + 1), "save the file as UTF-8")
        }
    };
    let finding = source.finding_at(rule, (0..0, Position::START), message).hint(hint);
    // Without reading it, nobody can say whether it matters.
    let is_guess = matches!(why, Unreadable::TooLarge(_)) && !source.is_expected;
    if is_guess { finding.severity(Severity::Warning) } else { finding }
}

fn faulty(source: &Source, fault: &DocumentError) -> Finding {
    let (rule, hint) = match fault.kind {
        DocumentErrorKind::Syntax => (&TN001, ""),
        DocumentErrorKind::TooDeep => (&TN004, "no manifest needs this many levels"),
        DocumentErrorKind::TooLarge => (&TN004, "use fewer aliases, or split the file"),
    };
    source.finding_at(rule, (fault.span.clone(), fault.position), &*fault.message).hint(hint)
}

fn duplicate(source: &Source, first: Node<'_>, again: Node<'_>) -> Finding {
    let message = format!("key `{}` is already on line {}", again.text(), first.position().line);
    source.finding(&TN002, again, message).hint("remove one of them: parsers disagree on which one counts")
}

/// Reports keys that are not strings, which JSON, and so Kubernetes, does not allow.
fn odd_keys<'a>(source: &'a Source, document: &'a Document) -> impl Iterator<Item = Finding> + 'a {
    let keys = document.nodes().flat_map(Node::entries).map(|(key, _)| key);
    keys.filter(|key| key.is_mapping() || key.is_sequence()).map(move |key| {
        let behind = source.text.get(key.span().start..).unwrap_or_default();
        let hint = match behind.strip_prefix('{') {
            Some(_) => "put the text with `{{ }}` in quotes",
            None => "",
        };
        source.finding(&TN001, key, "this key is not a string").hint(hint)
    })
}
