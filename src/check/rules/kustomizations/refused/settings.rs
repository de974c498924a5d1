//! The kustomization itself: its file, `apiVersion` and kind, and the settings that are judged by themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entries, refused};
use crate::check::files;
use crate::check::finding::Finding;
use crate::check::manifests::Manifests;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN042;
use crate::check::source::KUSTOMIZE;
use crate::yaml::is_kustomization;

const EMPTY: &str = "kustomization.yaml is empty";

/// The orders of objects (`SortOrderTransformer`).
const ORDERS: [&str; 2] = ["fifo", "legacy"];

/// Reports files without a document, and second files of a folder.
pub(super) fn files(manifests: &Manifests<'_>, found: &mut Vec<Finding>) {
    let sources = manifests.sources().iter().filter(|source| is_kustomization(source.path));
    let mut first = BTreeMap::new();
    for source in sources.filter(|source| source.unreadable.is_none()) {
        let about = |message: String, words: &str| {
            Finding::about_file(&TN042, source.path, message)
                .hint(format!("kustomize refuses it: \"{words}\""))
        };
        let (folder, name) = files::split(source.path);
        if let Some(other) = first.insert(folder, name) {
            let message = format!("the folder also has `{other}`; it may have one kustomization");
            found.push(about(message, "Found multiple kustomization files"));
        }
        if source.errors.is_empty() && source.values().next().is_none() {
            found.push(about("the kustomization is empty".to_owned(), EMPTY));
        }
    }
}

pub(super) fn findings(entries: &Entries<'_, '_>, found: &mut Vec<Finding>) {
    let content = &entries.content;
    if !content.is_mapping() {
        let message = "the kustomization is not a mapping";
        found.push(refused(content.location(), message, "invalid Kustomization: json: cannot unmarshal"));
        return;
    }
    found.extend(empty(content));
    found.extend(head(entries));
    found.extend(order(content));
    found.extend(content.items_at(&["images"]).iter().filter_map(digest));
    found.extend(content.items_at(&["replicas"]).iter().filter_map(nameless_replicas));
    variables(content.items_at(&["vars"]), found);
}

/// Reports a kustomization that says nothing.
fn empty(content: &RenderedValue<'_>) -> Option<Finding> {
    let is_head = |key: &str| matches!(key, "apiVersion" | "kind");
    let is_nothing = |value: &RenderedValue<'_>| value.is_null() || value.as_str() == Some("");
    let says = content.entries().iter().any(|entry| !is_head(&entry.key) && !is_nothing(&entry.value));
    (!says).then(|| refused(content.location(), "the kustomization is empty", EMPTY))
}

/// Reports a wrong kind, and a wrong version where no kind says which table of fields to read.
fn head(entries: &Entries<'_, '_>) -> Option<Finding> {
    let (content, group) = (&entries.content, entries.kustomization.group());
    let api_version = content.get("apiVersion").filter(|value| !value.text().is_empty());
    let kind = content.get("kind").filter(|value| !value.text().is_empty());
    if api_version.is_some() && group != KUSTOMIZE {
        return None;
    }
    match (kind, api_version) {
        (Some(kind), _) if !matches!(kind.text(), "Kustomization" | "Component") => {
            let message = format!("`{}` is not a kind of kustomize", kind.text());
            Some(refused(kind.location(), message, "kind should be Kustomization or Component"))
        }
        (None, Some(api_version))
            if entries.kustomization.api_version() != format!("{KUSTOMIZE}/v1beta1") =>
        {
            let message = format!("`{}` is not the version of a Kustomization", api_version.text());
            let words = "apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1";
            Some(refused(api_version.location(), message, words))
        }
        _ => None,
    }
}

fn order(content: &RenderedValue<'_>) -> Option<Finding> {
    let options = content.get("sortOptions").filter(|options| options.is_mapping())?;
    let order = options.get("order");
    let text = order.map_or("", RenderedValue::text);
    if !ORDERS.contains(&text) {
        let location = order.unwrap_or(options).location();
        let words = "the field 'sortOptions.order' must be one of [fifo, legacy]";
        return Some(refused(location, format!("`{text}` is not an order of objects"), words));
    }
    let legacy = options.get("legacySortOptions").filter(|legacy| text == "fifo" && !legacy.is_null())?;
    let words = "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo'";
    Some(refused(legacy.location(), "these options are for the order `legacy`", words))
}

/// Reports a digest from which kustomize makes an image that cannot be pulled.
fn digest(image: &RenderedValue<'_>) -> Option<Finding> {
    let digest = image.get("digest").filter(|digest| !digest.text().is_empty())?;
    let text = digest.text();
    if crate::check::schema::formats::is_placeholder(text) {
        return None;
    }
    let hex = text
        .strip_prefix("sha256:")
        .map(|hex| (hex, 64))
        .or(text.strip_prefix("sha512:").map(|hex| (hex, 128)));
    let is_good = hex.is_some_and(|(hex, length)| {
        hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    let message = format!("`{text}` is not a digest, so the image cannot be pulled (InvalidImageName)");
    let hint = "a digest is `sha256:` and 64 hexadecimal digits in lower case";
    (!is_good).then(|| digest.location().finding(&TN042, message).hint(hint))
}

fn nameless_replicas(replicas: &RenderedValue<'_>) -> Option<Finding> {
    let is_named = replicas.get("name").is_some_and(|name| !name.text().is_empty());
    (replicas.is_mapping() && !is_named).then(|| {
        let words = "resource with name  does not match a config with the following GVK";
        refused(replicas.location(), "this replica count has no `name`", words)
    })
}

fn variables(variables: &[RenderedValue<'_>], found: &mut Vec<Finding>) {
    let mut names = BTreeSet::new();
    for name in variables.iter().filter_map(|variable| variable.get("name")) {
        if !names.insert(name.text()) {
            let message = format!("a second variable is called `{}`", name.text());
            found.push(refused(name.location(), message, "already encountered"));
        }
    }
}
