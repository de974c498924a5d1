//! What a trigger is made of: bindings, a template and interceptors.

use super::{Refusals, has, has_object, has_only, is_placeholder, is_set};
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// Checks the `bindings` of a trigger.
pub(super) fn bindings(refusals: &mut Refusals<'_>, trigger: &RenderedValue<'_>) {
    for binding in trigger.items_at(&["bindings"]).iter().filter(|binding| binding.is_mapping()) {
        let kind = binding.get("kind").filter(|kind| !is_placeholder(kind.text()));
        match (has(binding, "ref"), has(binding, "name")) {
            (true, true) => {
                let words = "expected exactly one, got both: bindings.name, bindings.ref";
                refusals.add(binding, "the binding has a `ref` and a `name`", words);
            }
            (true, false) => {
                let wrong =
                    kind.filter(|it| !matches!(it.text(), "TriggerBinding" | "ClusterTriggerBinding"));
                if let Some(kind) = wrong {
                    let message = format!("`{}` is not the kind of a binding", kind.text());
                    refusals.add(kind, message, "invalid value: invalid kind: bindings.kind");
                }
            }
            (false, true) if !has_object(binding, "value") => {
                refusals.add(binding, "the binding has no `value`", "missing field(s): bindings.value");
            }
            (false, false) if has_only(binding, &["apiversion", "kind", "name", "ref", "value"]) => {
                let words = "expected exactly one, got neither: bindings.name, bindings.ref, bindings.spec";
                refusals.add(binding, "the binding has neither a `ref` nor a `name`", words);
            }
            (false, _) => {}
        }
    }
}

/// Checks the `template` of a trigger.
pub(super) fn template(refusals: &mut Refusals<'_>, template: &RenderedValue<'_>) {
    if template.scalar().is_some() && !template.is_null() {
        return;
    }
    if let Some(version) = template.get("apiversion").filter(|version| !is_placeholder(version.text()))
        && !matches!(version.text(), "v1alpha1" | "v1beta1")
    {
        let words = "invalid value: invalid apiVersion: template.apiVersion";
        refusals.add(version, format!("`{}` is not a version of a template", version.text()), words);
    }
    let name = template.get("ref").filter(|name| !name.is_null());
    match (template.entry("spec").filter(|spec| !spec.value.is_null()), name) {
        (Some(spec), Some(_)) => {
            let words = "expected exactly one, got both: template.ref, template.spec";
            refusals.at(spec.location, "the template has a `ref` and a `spec`", words);
        }
        (None, None) if has_only(template, &["apiversion", "ref", "spec"]) => {
            let words = "expected exactly one, got neither: template.ref, template.spec";
            refusals.add(template, "the template has neither a `ref` nor a `spec`", words);
        }
        (Some(spec), None) => super::template(refusals, spec),
        (None, Some(name)) if name.text().is_empty() => {
            refusals.add(name, "the name of the template is empty", "missing field(s): template.ref");
        }
        (None, _) => {}
    }
}

/// Checks the `interceptors` of a trigger.
pub(super) fn interceptors(refusals: &mut Refusals<'_>, trigger: &RenderedValue<'_>) {
    for interceptor in trigger.items_at(&["interceptors"]) {
        if interceptor.is_null() {
            refusals.add(interceptor, "the interceptor is empty", "must be a valid value: interceptors");
        } else if interceptor.is_mapping() {
            self::interceptor(refusals, interceptor);
        }
    }
}

fn interceptor(refusals: &mut Refusals<'_>, interceptor: &RenderedValue<'_>) {
    if let Some(webhook) = interceptor.entry("webhook").filter(|webhook| !webhook.value.is_null()) {
        return self::webhook(refusals, webhook);
    }
    let is_named = interceptor.get("ref").is_some_and(|it| has(it, "name"));
    // The version v1alpha1 has fields for some interceptors.
    if !is_named && has_only(interceptor, &["name", "params", "ref", "webhook"]) {
        let words = "missing field(s): interceptors.interceptor";
        refusals.add(interceptor, "the interceptor has neither a `ref` with a `name` nor a `webhook`", words);
    }
}

fn webhook(refusals: &mut Refusals<'_>, webhook: &KeyValue<'_>) {
    match webhook.value.entry("objectRef").filter(|reference| !reference.value.is_null()) {
        None => {
            let words = "missing field(s): interceptor.webhook.objectRef";
            refusals.at(webhook.location, "the webhook has no `objectRef`", words);
        }
        Some(reference) => {
            for (field, wanted) in [("kind", "Service"), ("apiVersion", "v1")] {
                let value = reference.value.get(field).filter(|value| is_set(value));
                match value {
                    None => {
                        let words = format!("missing field(s): interceptor.webhook.objectRef.{field}");
                        refusals.at(reference.location, format!("the reference has no `{field}`"), words);
                    }
                    Some(value) if value.text() != wanted && !is_placeholder(value.text()) => {
                        let words =
                            format!("invalid value: invalid {field}: interceptor.webhook.objectRef.{field}");
                        refusals.add(
                            value,
                            format!("a webhook is a Service of `v1`, not `{}`", value.text()),
                            words,
                        );
                    }
                    Some(_) => {}
                }
            }
        }
    }
    for header in webhook.value.items_at(&["header"]) {
        if let Some(name) = header.get("name").filter(|name| !is_canonical(name.text())) {
            let message = format!("`{}` is not how HTTP writes the name of a header", name.text());
            refusals.add(
                name,
                message,
                "invalid value: invalid header name: interceptor.webhook.header.name",
            );
        }
        if let Some(value) = header.get("value").filter(|value| !is_set(value)) {
            let words = "invalid value: invalid header value: interceptor.webhook.header.value";
            refusals.add(value, "the value of the header is empty", words);
        }
    }
}

/// Whether each word of the name of a header begins with a capital letter and goes on with small ones. As in Go, a name
/// that HTTP does not allow is left as it is.
fn is_canonical(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) {
        return true;
    }
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        letters.next().is_none_or(|first| !first.is_ascii_lowercase())
            && letters.all(|letter| !letter.is_ascii_uppercase())
    };
    !name.is_empty() && name.split('-').all(is_word)
}
