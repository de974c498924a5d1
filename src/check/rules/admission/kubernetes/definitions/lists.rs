//! How lists and maps are merged: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-map-type`.

use super::schemas::{Keyword, Schema};
use super::{Refusals, one_of};
use crate::check::rendered_value::{KeyValue, RenderedValue};

pub(super) fn check(refusals: &mut Refusals<'_>, schema: &Schema<'_, '_>) {
    if let Some(entry) = schema.entry(Keyword::MapType) {
        one_of(refusals, &entry.value, &entry.key, &["atomic", "granular"]);
        needs_type(refusals, schema, entry, "object");
    }
    let list = schema.entry(Keyword::ListType);
    if let Some(entry) = list {
        one_of(refusals, &entry.value, &entry.key, &["atomic", "set", "map"]);
        needs_type(refusals, schema, entry, "array");
    }
    if let Some(entry) = schema.entry(Keyword::ListMapKeys).filter(|entry| !entry.value.items().is_empty())
        && schema.text(Keyword::ListType) != "map"
    {
        let at = list.map_or(entry.location, |list| list.value.location());
        let words = "must be map if x-kubernetes-list-map-keys is non-empty";
        refusals.at(at, "only a list of the type `map` has keys", words);
    }
    let Some(list) = list else { return };
    let item = schema.item().map(Schema::of);
    match list.value.text() {
        "set" => {
            if let Some(item) = &item {
                not_nullable(refusals, item, "set");
                atomic(refusals, item);
            }
        }
        "map" => {
            if let Some(item) = &item {
                not_nullable(refusals, item, "map");
            }
            map(refusals, schema, list, item.as_ref());
        }
        _ => {}
    }
}

fn needs_type(refusals: &mut Refusals<'_>, schema: &Schema<'_, '_>, entry: &KeyValue<'_>, expected: &str) {
    if schema.text(Keyword::Type) != expected {
        let message = format!("`{}` without `type: {expected}`", entry.key);
        refusals.at(entry.location, message, format!("must be {expected} if {} is specified", entry.key));
    }
}

fn not_nullable(refusals: &mut Refusals<'_>, item: &Schema<'_, '_>, kind: &str) {
    if let Some(entry) = item.entry(Keyword::Nullable).filter(|_| item.is(Keyword::Nullable)) {
        let words = format!("cannot be nullable when x-kubernetes-list-type is {kind}");
        refusals.at(entry.location, format!("an item of a {kind} cannot be null"), words);
    }
}

/// Checks that the items of a set are compared as a whole.
fn atomic(refusals: &mut Refusals<'_>, item: &Schema<'_, '_>) {
    let (keyword, is_atomic) = match item.text(Keyword::Type) {
        "array" => (Keyword::ListType, matches!(item.text(Keyword::ListType), "" | "atomic")),
        "object" => (Keyword::MapType, item.text(Keyword::MapType) == "atomic"),
        _ => return,
    };
    if !is_atomic {
        let at = item.get(keyword).unwrap_or(item.node);
        let words = "must be atomic as item of a list with x-kubernetes-list-type=set";
        refusals.add(at, "the items of a set are atomic", words);
    }
}

fn map(
    refusals: &mut Refusals<'_>,
    schema: &Schema<'_, '_>,
    list: &KeyValue<'_>,
    item: Option<&Schema<'_, '_>>,
) {
    let keys = schema.items(Keyword::ListMapKeys);
    if keys.is_empty() {
        let message = "a list of the type `map` needs `x-kubernetes-list-map-keys`";
        refusals.add(&list.value, message, "must not be empty if x-kubernetes-list-type is map");
    }
    // Missing items, and several schemas of them, are reported as such.
    let Some(item) = item else { return };
    if item.text(Keyword::Type) != "object" {
        let at = item.get(Keyword::Type).unwrap_or(item.node);
        let words = "must be object if parent array's x-kubernetes-list-type is map";
        return refusals.add(at, "the items of a list of the type `map` are objects", words);
    }
    let required: Vec<_> = item.items(Keyword::Required).iter().map(RenderedValue::text).collect();
    refusals.unique(keys, "key", |_| "must not contain duplicate entries".to_owned());
    let properties = item.get(Keyword::Properties);
    for key in keys.iter().take(MOST_KEYS) {
        let name = key.text();
        let Some(property) = properties.and_then(|properties| properties.get(name)) else {
            let message = format!("the items have no property `{name}`");
            refusals.add(key, message, "entries must all be names of item properties");
            continue;
        };
        let property = Schema::of(property);
        if matches!(property.text(Keyword::Type), "array" | "object") {
            let at = property.get(Keyword::Type).unwrap_or(property.node);
            let words = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            refusals.add(at, format!("`{name}` is a key of the items, so it is a scalar"), words);
        }
        if !required.contains(&name) && property.entry(Keyword::Default).is_none() {
            let words = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required \
                         property";
            let message = format!("`{name}` is neither required in the items, nor does it have a default");
            refusals.add(key, message, words);
        }
        if let Some(entry) = property.entry(Keyword::Nullable).filter(|_| property.is(Keyword::Nullable)) {
            let words = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            refusals.at(
                entry.location,
                format!("`{name}` is a key of the items, so it cannot be null"),
                words,
            );
        }
    }
}

/// How many keys are looked up.
const MOST_KEYS: usize = 100;
