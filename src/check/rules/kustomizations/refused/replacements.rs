//! `replacements`: what each must have, whatever the build has.

use super::{Entries, refused};
use crate::check::finding::Finding;
use crate::check::kustomize::is_pattern;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats::is_placeholder;

const INCOMPLETE: &str = "replacements must specify a source and at least one target";

pub(super) fn findings(entries: &Entries<'_, '_>, found: &mut Vec<Finding>) {
    let written = entries.content.items_at(&["replacements"]).iter();
    for replacement in written.filter(|replacement| replacement.is_mapping()) {
        let Some(path) = replacement.get("path").filter(|path| !path.text().is_empty()) else {
            found.extend(judged(replacement));
            continue;
        };
        if ["source", "sourceValue", "targets"].iter().any(|key| replacement.get(key).is_some()) {
            let message = "this replacement has a `path` and is also written here";
            found.push(refused(path.location(), message, "cannot specify both path and inline replacement"));
        }
        let Some(source) = entries.yaml(path.text()) else { continue };
        for document in source.values() {
            if document.is_sequence() {
                found.extend(document.items().iter().filter_map(judged));
            } else if document.is_mapping() {
                found.extend(judged(&document));
            } else {
                let message = format!("`{}` has no replacements", path.text());
                let words = "unsupported replacement type encountered within replacement path";
                found.push(refused(path.location(), message, words));
            }
        }
    }
}

/// Reports the first problem of a replacement.
fn judged(replacement: &RenderedValue<'_>) -> Option<Finding> {
    let here = |key: &str| replacement.get(key).filter(|value| !value.is_null());
    let (source, value) = (here("source"), here("sourceValue"));
    let targets = here("targets").map(RenderedValue::items).filter(|targets| !targets.is_empty());
    if source.is_none() && value.is_none() || targets.is_none() {
        let message = "this replacement lacks a source or targets";
        return Some(refused(replacement.location(), message, INCOMPLETE));
    }
    if let (Some(_), Some(value)) = (source, value) {
        let words = "value and resource selectors are mutually exclusive";
        return Some(refused(value.location(), "this replacement has two sources", words));
    }
    targets?.iter().filter(|target| target.is_mapping()).find_map(target)
}

fn target(target: &RenderedValue<'_>) -> Option<Finding> {
    let Some(select) = target.get("select").filter(|select| !select.is_null()) else {
        let message = "this target selects nothing";
        return Some(refused(target.location(), message, "target must specify resources to select"));
    };
    let parts = ["group", "version", "kind", "name", "namespace"].into_iter();
    let parts = parts.filter_map(|key| select.get(key)).filter(|part| !is_placeholder(part.text()));
    let wrong = parts.into_iter().find(|part| !is_pattern(part.text()))?;
    let message = format!("`{}` is not a regular expression", wrong.text());
    Some(refused(wrong.location(), message, "error parsing regexp"))
}
