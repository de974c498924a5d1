//! YAML as several readers see it, and ways to look into it.

use std::collections::BTreeMap;

use serde_yaml::Value;
use treenail::check::kustomize::RenderedValue;
use treenail::check::{FileContent, Files, Manifests};
use treenail::yaml::scalar::ScalarValue;

/// The documents of `text`, once all readers have given the same: that of answers and scaffolds, that of `check`, and
/// one that is related to neither.
pub fn documents(path: &str, text: &str) -> Vec<Value> {
    let first = treenail::yaml::documents(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    let second: Vec<Value> =
        noyalib::load_all_as(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    assert_eq!(first, second, "the readers disagree about {path}:\n{text}");
    let written = first.iter().filter(|document| !document.is_null());
    let written: Vec<_> = written.map(|document| serde_json::to_value(document).unwrap()).collect();
    assert_eq!(written, as_checked(path, text), "`check` reads {path} differently:\n{text}");
    first
}

/// The documents of `text`, except empty ones, as `check` reads them.
fn as_checked(path: &str, text: &str) -> Vec<serde_json::Value> {
    let mut files = Files::below([""]);
    files.insert(path, FileContent::of(text.as_bytes().to_vec()));
    files.expect(path);
    Manifests::read(&files).documents().map(|document| json(&document)).collect()
}

/// A value of `check`.
pub fn json(value: &RenderedValue<'_>) -> serde_json::Value {
    if value.is_mapping() {
        let entries = value.entries().iter().map(|entry| (entry.key.to_string(), json(&entry.value)));
        return entries.collect::<serde_json::Map<_, _>>().into();
    }
    match value.scalar() {
        None => value.items().iter().map(json).collect(),
        Some(ScalarValue::Null) => serde_json::Value::Null,
        Some(ScalarValue::Bool(is)) => is.into(),
        Some(ScalarValue::Int(number)) => i64::try_from(number).expect("it has 64 bits").into(),
        Some(ScalarValue::Float(number)) => number.into(),
        Some(ScalarValue::Text(text)) => text.into(),
    }
}

/// What is at the end of `keys`; null where nothing is.
pub fn at<'v>(value: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(value, |value, key| value.get(key).unwrap_or(&Value::Null))
}

/// The text at the end of `keys`; a number, however much it looks like that text, is none.
pub fn text<'v>(value: &'v Value, keys: &[&str]) -> &'v str {
    at(value, keys).as_str().unwrap_or_else(|| panic!("no text at {keys:?} in {value:?}"))
}

/// The list at the end of `keys`; empty where there is none.
pub fn list<'v>(value: &'v Value, keys: &[&str]) -> &'v [Value] {
    at(value, keys).as_sequence().map_or(&[], Vec::as_slice)
}

/// The list of texts at the end of `keys`.
pub fn strings<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v str> {
    list(value, keys).iter().map(|item| text(item, &[])).collect()
}

/// The element called `name` of the list at the end of `keys`.
pub fn named<'v>(value: &'v Value, keys: &[&str], name: &str) -> &'v Value {
    let mut elements = list(value, keys).iter();
    elements
        .find(|element| at(element, &["name"]) == name)
        .unwrap_or_else(|| panic!("no `{name}` at {keys:?} in {value:?}"))
}

/// The mapping of texts at the end of `keys`.
pub fn texts_by_key(value: &Value, keys: &[&str]) -> BTreeMap<String, String> {
    let mapping = at(value, keys).as_mapping().into_iter().flatten();
    mapping.map(|(key, value)| (text(key, &[]).to_owned(), text(value, &[]).to_owned())).collect()
}

/// Every key anywhere in `value`, with what it holds.
pub fn entries(value: &Value) -> Vec<(&str, &Value)> {
    match value {
        Value::Mapping(mapping) => mapping
            .iter()
            .flat_map(|(key, value)| [(text(key, &[]), value)].into_iter().chain(entries(value)))
            .collect(),
        Value::Sequence(values) => values.iter().flat_map(entries).collect(),
        _ => Vec::new(),
    }
}
