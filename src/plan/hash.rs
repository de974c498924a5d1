//! The hash that kustomize appends to the names of what it generates (`api/internal/hasher` of kustomize). The name is not
//! part of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::check::rendered_value::RenderedValue;
use crate::hex;

/// Characters of the hash in a name.
const LENGTH: usize = 10;

/// Returns the end of the name of a `ConfigMap` or Secret with this content.
pub(super) fn of(kind: &str, content: &RenderedValue<'_>) -> String {
    let data = |key: &str| {
        let entries = content.get(key).map_or(&[][..], RenderedValue::entries).iter();
        entries
            .map(|entry| (entry.key.to_string(), entry.value.text().to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let or_empty = |data: BTreeMap<String, String>| if data.is_empty() { json!("") } else { json!(data) };
    let mut hashed = json!({ "kind": kind, "name": "", "data": or_empty(data("data")) });
    if kind == "Secret" {
        hashed["type"] = json!(content.str_at(&["type"]).unwrap_or_default());
    }
    for more in ["binaryData", "stringData"] {
        let values = data(more);
        if !values.is_empty() {
            hashed[more] = json!(values);
        }
    }
    encode(&hashed)
}

fn encode(hashed: &Value) -> String {
    // As Go writes JSON.
    let text = hashed.to_string();
    let escaped = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    let text = escaped.iter().fold(text, |text, (from, to)| text.replace(*from, to));
    let digits = hex::encode(&Sha256::digest(text.as_bytes()));
    let letter = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    digits.chars().take(LENGTH).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_kustomize() {
        for (hashed, expected) in [
            (json!({"kind": "ConfigMap", "name": "", "data": {"a": "1", "b": "<&>"}}), "f986b78m9b"),
            (json!({"kind": "ConfigMap", "name": "", "data": ""}), "6ct58987ht"),
            (json!({"kind": "Secret", "type": "Opaque", "name": "", "data": {"k": "dg=="}}), "ftgtgc4t9f"),
        ] {
            assert_eq!(encode(&hashed), expected);
        }
    }
}
