//! What `resources` and `components` lead to: objects that kustomize can name, and folders of the right kind.

use super::{Entries, refused};
use crate::check::finding::Finding;
use crate::check::kustomize::{is_remote, nameless};
use crate::check::manifests::Manifest;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN012;
use crate::check::schema;
use crate::check::source::KUSTOMIZE;

pub(super) fn findings(entries: &Entries<'_, '_>, found: &mut Vec<Finding>) {
    for field in ["resources", "bases", "components"] {
        let is_component = field == "components";
        let local = entries.content.items_at(&[field]).iter().filter(|entry| !is_remote(entry.text()));
        for entry in local {
            found.extend(folder(entries, entry, is_component));
            let Some(path) = entries.path(entry.text()) else { continue };
            if let Some(source) = entries.manifests.source(&path).filter(|_| !is_component) {
                found.extend(source.values().filter_map(|document| object(&document)));
                found.extend(source.objects().filter_map(versionless));
            }
        }
    }
}

/// Reports a Component among resources, and anything else among components.
fn folder(entries: &Entries<'_, '_>, entry: &RenderedValue<'_>, is_component: bool) -> Option<Finding> {
    let path = entries.path(entry.text())?;
    let files = entries.manifests.files();
    let path = files.resolve(&path);
    if is_component && files.text(&path).is_some() {
        let message = format!("`{}` is a file; a component is a folder", entry.text());
        return Some(refused(entry.location(), message, "file is not directory"));
    }
    let kustomization = entries.folders.get(&*path)?;
    match (is_component, kustomization.kind() == "Component") {
        (true, false) => {
            let message = format!("`{}` is not a Component", entry.text());
            Some(refused(entry.location(), message, "expected kind 'Component'"))
        }
        (false, true) => {
            let message = format!("`{}` is a Component, which belongs in `components`", entry.text());
            Some(refused(entry.location(), message, "expected kind != 'Component'"))
        }
        _ => None,
    }
}

/// Reports an object that kustomize takes and no cluster does.
fn versionless(object: Manifest<'_>) -> Option<Finding> {
    let name = object.name().unwrap_or_default();
    let message = format!("{} `{name}` lacks `apiVersion`, which is required", object.kind());
    object.api_version().is_empty().then(|| object.location().finding(&TN012, message))
}

/// Reports a document that is not an object with a name. For known kinds, the rule on required fields does so.
fn object(document: &RenderedValue<'_>) -> Option<Finding> {
    let (message, words) = nameless(document)?;
    let group = document.str_at(&["apiVersion"]).and_then(|text| text.split_once('/'));
    let group = group.map_or("", |(group, _)| group);
    let is_known = |kind| group != KUSTOMIZE && schema::is_known(group, kind);
    let is_known = document.str_at(&["kind"]).is_some_and(is_known);
    let is_reported = is_known && document.dig(&["metadata", "generateName"]).is_none();
    (!is_reported).then(|| refused(document.location(), message, words))
}
