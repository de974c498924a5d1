//! Logins to registries, which are JSON in a Secret.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Refusals;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

/// The types of Secrets with JSON, and its key.
const KEYS: [(&str, &str); 2] =
    [("kubernetes.io/dockerconfigjson", ".dockerconfigjson"), ("kubernetes.io/dockercfg", ".dockercfg")];

/// Checks a Secret of type `kind`.
pub(super) fn check(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, kind: &str) {
    let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == kind) else { return };
    // What is plain replaces what is encoded.
    let plain = content.dig(&["stringData", key]);
    let Some(value) = plain.or_else(|| content.dig(&["data", key])) else { return };
    let text = value.text();
    if is_placeholder(text) || is_object(text) {
        return;
    }
    // The data of a generated Secret is not encoded.
    let decoded =
        if plain.is_some() { Some(Cow::Borrowed(text)) } else { formats::decoded(text).map(Cow::Owned) };
    if decoded.is_some_and(|it| !is_placeholder(&it) && !is_object(&it)) {
        let message = format!("`{key}` is not the JSON of a login, such as `{{\"auths\": {{}}}}`");
        refusals.add(value, message, "invalid character looking for beginning of value");
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}
