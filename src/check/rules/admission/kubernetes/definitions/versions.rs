//! The versions of a kind: which are stored, their columns, subresources and selectable fields.

use std::collections::BTreeSet;

use super::super::{has, is_set};
use super::field_paths::{self, FieldPath};
use super::{Refusals, label, structure};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];

const COLUMN_FORMATS: [&str; 8] =
    ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

const MOST_SELECTABLE: usize = 8;

const LONGEST_WARNING: usize = 256;

pub(super) fn check(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>) {
    let Some(entry) = spec.entry("versions").filter(|entry| entry.value.is_sequence()) else { return };
    let versions = entry.value.items();
    let is_stored = |version: &&RenderedValue<'_>| {
        version.get("storage").is_some_and(|storage| storage.as_bool() == Some(true))
    };
    let words = "must have exactly one version marked as storage version";
    let stored: Vec<_> = versions.iter().filter(is_stored).collect();
    if let Some(storage) = stored.get(1).and_then(|version| version.get("storage")) {
        refusals.add(storage, "a second version is stored", words);
    }
    let is_open = |version: &RenderedValue<'_>| {
        version.get("storage").is_some_and(|storage| is_placeholder(storage.text()))
    };
    if stored.is_empty() && !versions.iter().any(is_open) {
        refusals.at(entry.location, "none of the versions is stored", words);
    }
    let names = versions.iter().filter_map(|version| version.get("name"));
    refusals.unique(names, "version", |_| "must contain unique version names".to_owned());
    for given in versions {
        version(refusals, given);
    }
    selectable_fields_of_several(refusals, versions);
}

fn version(refusals: &mut Refusals<'_>, version: &RenderedValue<'_>) {
    if let Some(name) = version.get("name").filter(|name| !name.is_null()) {
        label(refusals, name, "a version");
    }
    warning(refusals, version);
    for column in version.items_at(&["additionalPrinterColumns"]) {
        self::column(refusals, column);
    }
    let subresources = version.get("subresources");
    if let Some(scale) = subresources.and_then(|it| it.get("scale")) {
        self::scale(refusals, scale);
    }
    let has_status = subresources.is_some_and(|it| it.get("status").is_some_and(RenderedValue::is_mapping));
    let Some(schema) = version.dig(&["schema", "openAPIV3Schema"]).filter(|schema| !schema.is_null()) else {
        let at = version.get("name").unwrap_or(version);
        return refusals.add(at, "the version has no schema", "schema.openAPIV3Schema: Required value");
    };
    if !schema.is_mapping() {
        let words = "json: cannot unmarshal into Go struct field CustomResourceValidation.openAPIV3Schema of type \
                     v1.JSONSchemaProps";
        return refusals.add(schema, "this is not a schema", words);
    }
    structure::check(refusals, schema, has_status);
    selectable_fields(refusals, version, schema);
}

fn warning(refusals: &mut Refusals<'_>, version: &RenderedValue<'_>) {
    let Some(warning) = version.get("deprecationWarning").filter(|it| it.as_str().is_some()) else { return };
    let is_deprecated = version.get("deprecated").is_some_and(|value| value.as_bool() != Some(false));
    if !is_deprecated {
        let message = "a warning of a version that is not deprecated";
        refusals.add(warning, message, "can only be set for deprecated versions");
    } else if warning.text().is_empty() {
        refusals.add(warning, "the warning is empty", "must not be an empty string");
    } else if warning.text().len() > LONGEST_WARNING {
        let message = format!("the warning is longer than {LONGEST_WARNING} bytes");
        refusals.add(warning, message, "must be <= 256 characters long");
    } else if warning.text().contains(char::is_control) {
        let words = "must only contain printable UTF-8 characters; non-printable character found";
        refusals.add(warning, "the warning has line breaks or other control characters", words);
    }
}

fn column(refusals: &mut Refusals<'_>, column: &RenderedValue<'_>) {
    refusals.filled(column, &["name", "type", "jsonPath"]);
    for (field, supported) in [("type", &COLUMN_TYPES[..]), ("format", &COLUMN_FORMATS)] {
        let value = column.get(field).filter(|value| is_set(value) && !is_placeholder(value.text()));
        if let Some(value) = value.filter(|value| !supported.contains(&value.text())) {
            let words = format!("must be one of {}", supported.join(","));
            refusals.add(value, format!("the {field} of a column cannot be `{}`", value.text()), words);
        }
    }
    if let Some(path) = column.get("jsonPath").filter(|path| is_set(path)) {
        json_path(refusals, path);
    }
}

/// Reports a path that does not begin with a dot, and returns whether it does.
fn json_path(refusals: &mut Refusals<'_>, path: &RenderedValue<'_>) -> bool {
    let is_path = path.text().starts_with('.') || is_placeholder(path.text());
    if !is_path {
        let message = format!("the path `{}` does not begin with a dot", path.text());
        refusals.add(path, message, "must be a simple json path starting with .");
    }
    is_path
}

fn scale(refusals: &mut Refusals<'_>, scale: &RenderedValue<'_>) {
    refusals.filled(scale, &["specReplicasPath", "statusReplicasPath"]);
    for (field, roots, words) in [
        ("specReplicasPath", &[".spec."][..], "should be a json path under .spec"),
        ("statusReplicasPath", &[".status."], "should be a json path under .status"),
        ("labelSelectorPath", &[".spec.", ".status."], "should be a json path under either .spec or .status"),
    ] {
        let path = scale.get(field).filter(|path| is_set(path));
        let Some(path) = path.filter(|path| json_path(refusals, path)) else { continue };
        let text = path.text();
        if !is_placeholder(text) && !roots.iter().any(|root| text.starts_with(root)) {
            let all: Vec<_> = roots.iter().map(|root| format!("`{root}`")).collect();
            refusals.add(path, format!("`{field}` does not begin with {}", all.join(" or ")), words);
        }
    }
}

fn selectable_fields(refusals: &mut Refusals<'_>, version: &RenderedValue<'_>, schema: &RenderedValue<'_>) {
    let Some(entry) = version.entry("selectableFields") else { return };
    let mut known = BTreeSet::new();
    for field in entry.value.items() {
        refusals.filled(field, &["jsonPath"]);
        let Some(path) = field.get("jsonPath").filter(|it| is_set(it) && !is_placeholder(it.text())) else {
            continue;
        };
        let text = path.text();
        let FieldPath { names, schema } = match field_paths::resolve(text, schema, false) {
            Ok(found) => found,
            Err(words) => {
                let message = format!("`{text}` is not the path of a field");
                refusals.add(path, message, format!("is an invalid path: {words}"));
                continue;
            }
        };
        if names.first().is_some_and(|name| name == "metadata") {
            refusals.add(
                path,
                "fields of the metadata cannot be selected",
                "must not point to fields in metadata",
            );
        }
        let of_type = schema.and_then(|schema| schema.str_at(&["type"])).unwrap_or_default();
        if !matches!(of_type, "string" | "boolean" | "integer") {
            let words = "must point to a field of type string, boolean or integer";
            refusals.add(path, format!("`{text}` is not a string, a boolean or an integer"), words);
        }
        if !known.insert(names) {
            let message = format!("`{text}` is selectable already");
            refusals.add(path, message, format!("Duplicate value: \"{text}\""));
        }
    }
    if known.len() > MOST_SELECTABLE {
        let message = format!("{} fields are selectable; at most {MOST_SELECTABLE} can be", known.len());
        refusals.at(entry.location, message, format!("Too many: {}: must have at most 8 items", known.len()));
    }
}

/// Checks that versions have the same selectable fields only if they have the same schema, and the other way round: the API
/// server stores both either with each version or once for all, and looks for the schema where the fields are.
fn selectable_fields_of_several(refusals: &mut Refusals<'_>, versions: &[RenderedValue<'_>]) {
    let [first, others @ ..] = versions else { return };
    if others.is_empty() || !versions.iter().any(|version| has(version, "selectableFields")) {
        return;
    }
    let is_same = |key: &str| {
        others.iter().all(|other| match (first.get(key), other.get(key)) {
            (Some(one), Some(two)) => same(one, two),
            (one, two) => one.or(two).is_none_or(|given| !is_set(given)),
        })
    };
    let (has_same_fields, has_same_schema) = (is_same("selectableFields"), is_same("schema"));
    let Some(entry) = versions.iter().find_map(|version| version.entry("selectableFields")) else { return };
    if has_same_fields && !has_same_schema {
        let message = "all versions have these selectable fields, and their schemas differ";
        refusals.at(entry.location, message, "may only be set when validations.schema is included");
    } else if !has_same_fields && has_same_schema {
        let message = "all versions have this schema, and their selectable fields differ";
        refusals.at(
            entry.location,
            message,
            "may only be set when `version.schema.openAPIV3Schema` is not included",
        );
    }
}

/// Whether two values are the same whatever the order of their keys, in time proportional to their size.
fn same(one: &RenderedValue<'_>, two: &RenderedValue<'_>) -> bool {
    let (mut ours, mut theirs): (Vec<_>, Vec<_>) =
        (one.entries().iter().collect(), two.entries().iter().collect());
    ours.sort_by(|a, b| a.key.cmp(&b.key));
    theirs.sort_by(|a, b| a.key.cmp(&b.key));
    one.is_mapping() == two.is_mapping()
        && one.is_sequence() == two.is_sequence()
        && one.scalar() == two.scalar()
        && (ours.len(), one.items().len()) == (theirs.len(), two.items().len())
        && ours.iter().zip(theirs).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        && one.items().iter().zip(two.items()).all(|(a, b)| same(a, b))
}
