//! Fills in the template of an `ApplicationSet`, as far as it uses nothing but the values of its generators.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::check::kustomize::RenderedValue;
use crate::yaml::scalar::ScalarValue;

/// What a generator gives to one Application, by the names that a template uses.
pub(super) type Values = BTreeMap<String, String>;

/// Converts a value, with `text` applied to each string.
pub(super) fn json(value: &RenderedValue<'_>, text: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    if value.is_mapping() {
        let entries =
            value.entries().iter().map(|entry| Some((text(&entry.key)?, json(&entry.value, text)?)));
        return entries.collect::<Option<Map<_, _>>>().map(Value::Object);
    }
    if value.is_sequence() {
        return value
            .items()
            .iter()
            .map(|item| json(item, text))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array);
    }
    Some(match value.scalar()? {
        ScalarValue::Null => Value::Null,
        ScalarValue::Bool(value) => Value::Bool(value),
        ScalarValue::Int(value) => Value::from(i64::try_from(value).ok()?),
        ScalarValue::Float(value) => Value::from(value),
        ScalarValue::Text(value) => Value::String(text(value)?),
    })
}

/// Replaces what is in `{{ }}`; `None` if it is more than the name of a value, or that value is not known.
pub(super) fn fill(text: &str, values: &Values, is_go: bool) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once("{{") {
        let (expression, after) = inner.split_once("}}")?;
        filled.push_str(before);
        filled.push_str(value(expression.trim().trim_matches('-').trim(), values, is_go)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

fn value<'v>(expression: &str, values: &'v Values, is_go: bool) -> Option<&'v str> {
    if !is_go {
        return values.get(expression).map(String::as_str);
    }
    if let Some(indexed) = expression.strip_prefix("index ") {
        let mut words = indexed.split_whitespace();
        let (list, at, None) = (words.next()?, words.next()?, words.next()) else { return None };
        return values.get(&format!("{}[{at}]", list.strip_prefix('.')?)).map(String::as_str);
    }
    values.get(expression.strip_prefix('.')?).map(String::as_str)
}

/// The values that a folder or file of a repository gives: those called `path`.
pub(super) fn of_path(path: &str, is_go: bool, prefix: Option<&str>) -> Values {
    let root = prefix.map_or_else(|| "path".to_owned(), |prefix| format!("{prefix}.path"));
    let name = path.rsplit('/').next().unwrap_or(path);
    let normal: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.') {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let mut values = Values::new();
    values.insert(if is_go { format!("{root}.path") } else { root.clone() }, path.to_owned());
    values.insert(format!("{root}.basename"), name.to_owned());
    values.insert(format!("{root}.basenameNormalized"), normal);
    for (at, segment) in path.split('/').enumerate() {
        let list = if is_go { format!("{root}.segments") } else { root.clone() };
        values.insert(format!("{list}[{at}]"), segment.to_owned());
    }
    values
}

/// Adds the scalars of a value by their paths, as `cluster.name`.
pub(super) fn flatten(prefix: &str, value: &RenderedValue<'_>, values: &mut Values) {
    let below = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    for entry in value.entries() {
        flatten(&below(&entry.key), &entry.value, values);
    }
    for (at, item) in value.items().iter().enumerate() {
        flatten(&format!("{prefix}[{at}]"), item, values);
    }
    if value.scalar().is_some() && !prefix.is_empty() {
        values.insert(prefix.to_owned(), value.text().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_values_are_filled_in() {
        let mut values = of_path("apps/Shop_1", true, None);
        values.insert("cluster.name".to_owned(), "dev".to_owned());
        for (text, expected) in [
            ("plain", Some("plain")),
            ("{{.path.basename}}-{{ .cluster.name }}", Some("Shop_1-dev")),
            ("{{ .path.basenameNormalized }}", Some("shop-1")),
            ("{{index .path.segments 0}}/{{.path.path}}", Some("apps/apps/Shop_1")),
            ("{{ .missing }}", None),
            ("{{ .cluster.name | upper }}", None),
        ] {
            assert_eq!(fill(text, &values, true).as_deref(), expected, "{text}");
        }
        let values = of_path("apps/shop", false, None);
        assert_eq!(
            fill("{{path}} {{path.basename}} {{path[0]}}", &values, false).as_deref(),
            Some("apps/shop shop apps")
        );
    }
}
