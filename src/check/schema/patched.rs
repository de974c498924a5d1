//! Compares patches with the fields of the kinds that they change. A patch in its own file with `apiVersion` and `kind` is
//! checked like a manifest instead.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Schemas;
use super::table::{Field, ObjectType, Shape};
use super::walk::{Reading, Walk};
use crate::check::finding::Finding;
use crate::check::inline_patch::InlinePatch;
use crate::check::kustomize::{AppliedPatch, PatchSource};
use crate::check::rule::{TN012, TN017};
use crate::check::source::{PatchUse, Source};
use crate::yaml::node::Node;

/// The operations of a JSON patch (RFC 6902, section 4).
const OPERATIONS: [&str; 6] = ["add", "copy", "move", "remove", "replace", "test"];

pub(crate) fn findings(schemas: &Schemas, applied: &[AppliedPatch<'_>], found: &mut Vec<Finding>) {
    let mut patches = BTreeMap::new();
    for patch in applied {
        let (_, kinds, is_retyped, lacks_patch) = patches
            .entry(patch.source.key())
            .or_insert_with(|| (patch.source, BTreeSet::new(), false, false));
        kinds.extend(patch.kinds.iter().map(|(version, kind)| (version.as_str(), kind.as_str())));
        *is_retyped |= patch.is_retyped;
        *lacks_patch |= patch.lacks_patch;
    }
    for (patch, kinds, is_retyped, lacks_patch) in patches.into_values() {
        let of_patch = of_patch(schemas, patch, (is_retyped, &kinds)).into_iter();
        found.extend(of_patch.filter(|finding| !lacks_patch || finding.rule != &TN012));
    }
}

fn of_patch(
    schemas: &Schemas,
    patch: PatchSource<'_>,
    (is_retyped, kinds): (bool, &BTreeSet<(&str, &str)>),
) -> Vec<Finding> {
    match patch.text {
        None => of_document(schemas, patch.file, patch.index, (is_retyped, kinds)),
        Some(text) => {
            let inline = InlinePatch::of(patch.file, text);
            let found = of_document(schemas, &inline.read(), patch.index, (true, kinds));
            found.into_iter().map(|finding| inline.relocate(finding)).collect()
        }
    }
}

fn of_document(
    schemas: &Schemas,
    source: &Source<'_>,
    index: usize,
    (is_by_object, kinds): (bool, &BTreeSet<(&str, &str)>),
) -> Vec<Finding> {
    let Some(root) = source.roots().nth(index) else { return Vec::new() };
    let types = kinds.iter().filter_map(|(version, kind)| schemas.of(version, kind));
    if root.is_sequence() {
        let mut found: Vec<_> = root.items().flat_map(|item| operation(schemas, source, item)).collect();
        for fields in types {
            found.extend(root.items().flat_map(|item| effect(schemas, source, item, &fields)));
        }
        return found;
    }
    let says_what_it_is = ["apiVersion", "kind"].iter().all(|key| root.str_at(&[key]).is_some());
    let is_checked = says_what_it_is && !is_by_object && source.patch_use != PatchUse::Targeted;
    let walk = || schemas.walk_as(source, Reading::Patch);
    types.filter(|_| !is_checked).flat_map(|fields| walk().findings(root, &fields)).collect()
}

fn operation(schemas: &Schemas, source: &Source<'_>, item: Node<'_>) -> Vec<Finding> {
    let field = |name: &'static str, is_required, shape| Field { name: name.into(), is_required, shape };
    let choices = OPERATIONS.map(Into::into).to_vec();
    let fields = vec![
        field("from", false, Shape::Text),
        field("op", true, Shape::Choice(choices)),
        field("path", true, Shape::Text),
        field("value", false, Shape::Any),
    ];
    let fields = Rc::new(ObjectType { is_open: false, fields });
    let mut found = Walk::new(&schemas.types, source, Reading::Whole).findings(item, &fields);
    let pointers = ["path", "from"].into_iter().filter_map(|key| item.get(key));
    let invalid = pointers.filter(|pointer| pointer.as_str().is_some_and(|text| !text.starts_with('/')));
    found.extend(invalid.map(|pointer| {
        let message = format!("`{}` is not a JSON pointer, which begins with `/`", pointer.text());
        source.finding(&TN017, pointer, message).hint("write it as in `/spec/replicas`")
    }));
    found
}

/// Checks what an operation adds to an object with these fields.
fn effect(schemas: &Schemas, source: &Source<'_>, item: Node<'_>, fields: &Rc<ObjectType>) -> Vec<Finding> {
    let puts = item.str_at(&["op"]).is_some_and(|op| matches!(op, "add" | "replace" | "copy" | "move"));
    let Some(path) = item.get("path").filter(|path| puts && path.text().starts_with('/')) else {
        return Vec::new();
    };
    let keys: Vec<_> =
        path.text()[1..].split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    schemas.walk_as(source, Reading::Whole).put(&keys, path, item.get("value"), fields)
}
