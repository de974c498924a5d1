//! Definitions of custom resources: `pkg/apis/apiextensions/validation` of the module `k8s.io/apiextensions-apiserver`.
//! Its rules for schemas apply after the API server has decoded them, so a keyword of the wrong type counts as missing.

mod conversion;
mod defaults;
mod expressions;
mod field_paths;
mod lists;
mod nested;
mod objects;
mod patterns;
mod schemas;
mod structure;
mod versions;

use super::super::SUBDOMAIN;
use super::{Refusals, is_set};
use crate::check::model::BuiltObject;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats;

const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
                        character, and end with an alphanumeric character";

const APPROVED: &str = "api-approved.kubernetes.io";

/// Checks a `CustomResourceDefinition` and the schemas of its versions.
pub(super) fn definition(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: &RenderedValue<'_>) {
    if !resource.content().str_at(&["apiVersion"]).is_some_and(|version| version.ends_with("/v1")) {
        return;
    }
    own_name(refusals, resource.content(), spec);
    group(refusals, resource, spec);
    if let Some(names_of_kind) = spec.get("names") {
        names(refusals, names_of_kind);
    }
    if let Some(scope) = spec.get("scope").filter(|scope| scope.as_str().is_some()) {
        one_of(refusals, scope, "scope", &["Cluster", "Namespaced"]);
    }
    let preserves = spec.get("preserveUnknownFields").filter(|value| value.as_bool() == Some(true));
    if let Some(value) = preserves {
        let words = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        refusals.add(value, "`preserveUnknownFields` belongs to older versions of definitions", words);
    }
    versions::check(refusals, spec);
    if let Some(conversion) = spec.get("conversion") {
        conversion::check(refusals, conversion);
    }
}

/// Checks that the definition is called `PLURAL.GROUP`.
fn own_name(refusals: &mut Refusals<'_>, content: &RenderedValue<'_>, spec: &RenderedValue<'_>) {
    let Some(name) = content.dig(&["metadata", "name"]) else { return };
    let [plural, group] =
        [&["names", "plural"][..], &["group"]].map(|path| spec.str_at(path).unwrap_or_default());
    let is_open = [name.text(), plural, group].iter().any(|text| text.is_empty() || is_placeholder(text));
    let expected = format!("{plural}.{group}");
    // Another rule reports malformed names.
    if !is_open && name.text() != expected && formats::subdomain_mistake(name.text()).is_none() {
        let words = "must be spec.names.plural+\".\"+spec.group";
        refusals.add(name, format!("the definition has to be called `{expected}`"), words);
    }
}

fn group(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, spec: &RenderedValue<'_>) {
    refusals.filled(spec, &["group"]);
    let Some(group) = spec.get("group").filter(|group| is_set(group) && !is_placeholder(group.text())) else {
        return;
    };
    let text = group.text();
    if let Some(mistake) = formats::subdomain_mistake(text) {
        refusals.add(group, format!("`{text}` cannot be a group: it {mistake}"), SUBDOMAIN);
    } else if !text.contains('.') {
        let words = "should be a domain with at least one dot";
        refusals.add(group, format!("the group `{text}` is not a domain"), words);
    }
    let is_protected =
        |owner: &str| text.strip_suffix(owner).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if is_protected("k8s.io") || is_protected("kubernetes.io") {
        approval(refusals, resource, group);
    }
}

/// Checks that somebody approved a kind in a group of Kubernetes, or says that nobody did.
fn approval(refusals: &mut Refusals<'_>, resource: BuiltObject<'_>, group: &RenderedValue<'_>) {
    let words = "protected groups must have approval annotation \"api-approved.kubernetes.io\"";
    let Some(annotation) = resource.annotation(APPROVED).filter(|annotation| is_set(annotation)) else {
        let message = format!(
            "`{}` is a group of Kubernetes, and the annotation `{APPROVED}` is missing",
            group.text()
        );
        return refusals.add(group, message, words);
    };
    let text = annotation.text();
    let is_url = text.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    if !is_url && !text.starts_with("unapproved") && !is_placeholder(text) {
        let message = "the approval is neither a URL nor a reason that begins with `unapproved`";
        let words = format!("{words} with either a URL or a reason starting with \"unapproved\"");
        refusals.add(annotation, message, words);
    }
}

fn names(refusals: &mut Refusals<'_>, names: &RenderedValue<'_>) {
    refusals.filled(names, &["plural", "kind"]);
    for field in ["plural", "singular"] {
        if let Some(name) = names.get(field).filter(|name| is_set(name)) {
            label(refusals, name, &format!("a {field} name"));
        }
    }
    for field in ["shortNames", "categories"] {
        for name in names.items_at(&[field]) {
            label(refusals, name, if field == "categories" { "a category" } else { "a short name" });
        }
    }
    for field in ["kind", "listKind"] {
        let Some(kind) = names.get(field).filter(|kind| is_set(kind) && !is_placeholder(kind.text())) else {
            continue;
        };
        if let Some(mistake) = formats::dns_1035_mistake(&kind.text().to_lowercase()) {
            let message = format!("`{}` cannot be a kind: it {mistake}, in any case", kind.text());
            refusals.add(
                kind,
                message,
                format!("may have mixed case, but should otherwise match: {DNS_1035}"),
            );
        }
    }
    let list = names.get("listKind").filter(|list| is_set(list) && names.str_at(&["kind"]) == list.as_str());
    if let Some(list) = list {
        refusals.add(list, "`listKind` is the same as `kind`", "kind and listKind may not be the same");
    }
}

/// Reports a name that is not a DNS label which begins with a letter.
fn label(refusals: &mut Refusals<'_>, name: &RenderedValue<'_>, what: &str) {
    let text = name.text();
    if !is_placeholder(text)
        && let Some(mistake) = formats::dns_1035_mistake(text)
    {
        refusals.add(name, format!("`{text}` cannot be {what}: it {mistake}"), DNS_1035);
    }
}

/// Reports a value that is not among `supported`; `what` is the name of its field.
fn one_of(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>, what: &str, supported: &[&str]) {
    let text = value.text();
    if text.is_empty() {
        refusals.add(value, format!("`{what}` is empty"), format!("{what}: Required value"));
    } else if !supported.contains(&text) && !is_placeholder(text) {
        let all: Vec<_> = supported.iter().map(|word| format!("\"{word}\"")).collect();
        let words = format!("Unsupported value: \"{text}\": supported values: {}", all.join(", "));
        refusals.add(value, format!("`{what}` cannot be `{text}`"), words);
    }
}
