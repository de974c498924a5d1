//! JSON patches: <https://www.rfc-editor.org/rfc/rfc6902>.

use crate::check::finding::Finding;
use crate::check::kustomize::object::Object;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::TN024;

/// Applies `operations`. Like kustomize, stops at the first that fails, and returns a finding about it.
pub(super) fn apply<'a>(object: &mut Object<'a>, operations: &RenderedValue<'a>) -> Option<Finding> {
    let identity = object.identity();
    let content = object.content_mut();
    let failure = operations.items().iter().find_map(|operation| {
        let path = operation.get("path")?;
        let done = perform(content, operation, path);
        (!done).then(|| impossible(operation, path, &identity.to_string()))
    });
    let name = content.str_at(&["metadata", "name"]).map(str::to_owned);
    let namespace = content.str_at(&["metadata", "namespace"]).map(str::to_owned);
    let touches =
        |what: &str| operations.items().iter().any(|operation| operation.str_at(&["path"]) == Some(what));
    if let Some(name) = name.filter(|_| touches("/metadata/name")) {
        object.rename(name);
    }
    if touches("/metadata/namespace") {
        object.namespace = namespace;
    }
    if touches("/kind") || touches("/apiVersion") {
        object.retype();
    }
    failure
}

fn impossible(operation: &RenderedValue<'_>, path: &RenderedValue<'_>, identity: &str) -> Finding {
    let what = operation.str_at(&["op"]).unwrap_or_default();
    let message = format!("`{what}` finds nothing at `{}` in {identity}", path.text());
    let hint = match what {
        "add" => "add the parent first; write `/` in a key as `~1`, and `~` as `~0`",
        "test" => "the value differs from the expected one, so kustomize fails here",
        _ => "use `add` for a new value; write `/` in a key as `~1`, and `~` as `~0`",
    };
    path.location().finding(&TN024, message).hint(hint)
}

/// Applies one operation; returns `false` if that is impossible.
fn perform<'a>(
    content: &mut RenderedValue<'a>,
    operation: &RenderedValue<'a>,
    path: &RenderedValue<'a>,
) -> bool {
    let location = operation.location();
    let value = || operation.get("value").cloned().unwrap_or_else(|| RenderedValue::string(location, ""));
    let from = operation.str_at(&["from"]).map(parts).unwrap_or_default();
    let path = parts(path.text());
    match operation.str_at(&["op"]).unwrap_or_default() {
        "add" => add(content, &path, value(), location),
        "replace" => replace(content, &path, value()),
        "remove" => take(content, &path).is_some(),
        "copy" => find_mut(content, &from).cloned().is_some_and(|value| add(content, &path, value, location)),
        "move" => take(content, &from).is_some_and(|value| add(content, &path, value, location)),
        "test" => match (find_mut(content, &path), operation.get("value")) {
            (Some(known), Some(value)) => known.content_eq(value),
            (known, value) => known.is_none() == value.is_none_or(RenderedValue::is_null),
        },
        _ => true,
    }
}

/// Replaces a value. Like the library of kustomize (json-patch v4), adds a missing key to a mapping that exists.
fn replace<'a>(content: &mut RenderedValue<'a>, path: &[String], value: RenderedValue<'a>) -> bool {
    if let Some(known) = find_mut(content, path) {
        *known = value;
        return true;
    }
    let Some((last, above)) = path.split_last() else { return false };
    let parent = find_mut(content, above).filter(|parent| parent.is_mapping());
    parent.map(|parent| parent.set(last, value)).is_some()
}

fn parts(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn find_mut<'t, 'a>(root: &'t mut RenderedValue<'a>, path: &[String]) -> Option<&'t mut RenderedValue<'a>> {
    path.iter().try_fold(root, |root, part| {
        if root.is_sequence() {
            let at: usize = part.parse().ok()?;
            root.items_mut()?.get_mut(at)
        } else {
            root.get_mut(part)
        }
    })
}

fn add<'a>(
    root: &mut RenderedValue<'a>,
    path: &[String],
    value: RenderedValue<'a>,
    location: Location<'a>,
) -> bool {
    let Some((last, above)) = path.split_last() else {
        *root = value;
        return true;
    };
    if above == ["metadata", "annotations"] {
        // kustomize has annotations of its own on every object while it builds.
        root.get_mut("metadata").and_then(|metadata| metadata.get_or_insert("annotations", location));
    }
    let Some(parent) = find_mut(root, above) else { return false };
    if let Some(items) = parent.items_mut() {
        let at = if last == "-" { Some(items.len()) } else { last.parse().ok() };
        let Some(at) = at.filter(|at| *at <= items.len()) else { return false };
        items.insert(at, value);
        return true;
    }
    // To kustomize an empty value is a mapping.
    if parent.is_null() {
        *parent = RenderedValue::empty_mapping(location);
    }
    let is_mapping = parent.is_mapping();
    parent.set(last, value);
    is_mapping
}

fn take<'a>(root: &mut RenderedValue<'a>, path: &[String]) -> Option<RenderedValue<'a>> {
    let (last, above) = path.split_last()?;
    let parent = find_mut(root, above)?;
    match parent.items_mut() {
        Some(items) => last.parse().ok().filter(|at| *at < items.len()).map(|at: usize| items.remove(at)),
        None => parent.remove(last),
    }
}
