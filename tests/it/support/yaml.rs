//! YAML as two independent readers see it, and ways to look into it.

use std::collections::BTreeMap;

use serde_yaml::Value;

/// The documents of `text`, once both readers have given the same.
pub fn documents(path: &str, text: &str) -> Vec<Value> {
    let first = treenail::yaml::documents(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    let second: Vec<Value> =
        noyalib::load_all_as(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
    assert_eq!(first, second, "the readers disagree about {path}:\n{text}");
    first
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
