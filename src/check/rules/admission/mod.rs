//! Objects that the cluster refuses although every field exists and has the right type: what the validation code of
//! Kubernetes, Tekton, Argo CD and Argo Rollouts demands beyond types. The rules follow that code, and each message ends with its words,
//! so that a search for the error of the cluster finds it here.
//!
//! Judged is what is rendered. A value with a variable (`$(...)`) is accepted: what it becomes is known only later.

mod argo_cd;
mod argo_rollouts;
mod kubernetes;
mod tekton;

use std::collections::BTreeSet;

use crate::check::finding::Finding;
use crate::check::model::lookup::is_placeholder;
use crate::check::model::{BuiltObject, Model};
use crate::check::rendered_value::{KeyValue, Location, RenderedValue};
use crate::check::rule::Rule;
use crate::check::schema::{formats, is_merged};

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let is_whole = |resource: &&BuiltObject<'_>| {
        resource.is_complete()
            && !is_merged(|name| resource.annotation(name)?.as_str())
            && !resource.location().source().is_patch
            && !resource.build.rendered.lacks_patch
    };
    for &resource in model.resources.iter().filter(is_whole) {
        kubernetes::check(resource, found);
        tekton::check(resource, found);
        argo_cd::check(resource, found);
        argo_rollouts::check(resource, found);
    }
}

const SUBDOMAIN: &str =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";

const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
                         an alphanumeric character";

const LABEL: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                     must start and end with an alphanumeric character";

/// What one validator refuses about one object.
struct Refusals<'f> {
    rule: &'static Rule,
    /// Who refuses it: `the API server`.
    by: &'static str,
    found: &'f mut Vec<Finding>,
}

impl Refusals<'_> {
    /// Reports `message` at `value`; `words` are those of the validator.
    fn add(&mut self, value: &RenderedValue<'_>, message: impl Into<String>, words: impl AsRef<str>) {
        self.at(value.location(), message, words);
    }

    fn at(&mut self, location: Location<'_>, message: impl Into<String>, words: impl AsRef<str>) {
        let hint = format!("{} refuses it: \"{}\"", self.by, words.as_ref());
        self.found.push(location.finding(self.rule, message).hint(hint));
    }

    /// Reports a name that is not a DNS label; `words` are those of the validator.
    fn dns_label(&mut self, name: &RenderedValue<'_>, what: &str, words: impl AsRef<str>) {
        let text = name.text();
        if !is_placeholder(text)
            && let Some(mistake) = formats::dns_label_mistake(text)
        {
            self.add(name, format!("`{text}` cannot be the name of a {what}: it {mistake}"), words);
        }
    }

    /// Reports the fields of `owner` that are empty texts; the schema reports those that are missing.
    fn filled(&mut self, owner: &RenderedValue<'_>, fields: &[&str]) {
        for field in fields {
            let value = owner.get(field).filter(|it| it.scalar().is_some() && !it.is_null());
            if let Some(value) = value.filter(|value| value.text().is_empty()) {
                self.add(value, format!("`{field}` is empty"), format!("{field}: Required value"));
            }
        }
    }

    /// Reports a name that is not a DNS subdomain, as the names of most objects are.
    fn subdomain(&mut self, name: &RenderedValue<'_>, what: &str) {
        let text = name.text();
        if !is_placeholder(text)
            && let Some(mistake) = formats::subdomain_mistake(text)
        {
            self.add(name, format!("`{text}` cannot be the name of a {what}: it {mistake}"), SUBDOMAIN);
        }
    }

    /// Reports a text that is not a name, perhaps with a domain before it.
    fn qualified(&mut self, value: &RenderedValue<'_>, what: &str) {
        let text = value.text();
        if !is_placeholder(text)
            && let Some(mistake) = formats::key_mistake(text)
        {
            self.add(value, format!("`{text}` cannot be {what}: it {mistake}"), QUALIFIED);
        }
    }

    /// Reports a text that cannot be the value of a label.
    fn label_value(&mut self, value: &RenderedValue<'_>) {
        let text = value.text();
        if !is_placeholder(text)
            && let Some(mistake) = formats::label_mistake(text)
        {
            self.add(value, format!("`{text}` cannot be the value of a label: it {mistake}"), LABEL);
        }
    }

    /// Reports a label that no object can have.
    fn label(&mut self, label: &KeyValue<'_>) {
        if !is_placeholder(&label.key)
            && let Some(mistake) = formats::key_mistake(&label.key)
        {
            let message = format!("`{}` cannot be the key of a label: it {mistake}", label.key);
            self.at(label.location, message, QUALIFIED);
        }
        self.label_value(&label.value);
    }

    /// Reports a text that is not a domain and a path, such as `example.com/controller`.
    fn domain_path(&mut self, value: &RenderedValue<'_>) {
        let text = value.text();
        let is_path = |(domain, path): (&str, &str)| {
            formats::subdomain_mistake(domain).is_none()
                && !path.is_empty()
                && !path.contains(char::is_whitespace)
        };
        if !is_placeholder(text) && !text.split_once('/').is_some_and(is_path) {
            let words = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            self.add(value, format!("`{text}` is not a domain with a path"), words);
        }
    }

    /// Reports a name that cannot be a part of a path.
    fn segment(&mut self, name: &RenderedValue<'_>) {
        if !is_placeholder(name.text()) && name.text().contains('/') {
            self.add(name, format!("`{}` contains a `/`", name.text()), "may not contain '/'");
        }
    }

    /// Reports each value that occurred before; `noun` says what the values are, `words` what the validator says.
    fn unique<'v, 'a: 'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v RenderedValue<'a>>,
        noun: &str,
        words: impl Fn(&str) -> String,
    ) {
        let mut seen = BTreeSet::new();
        for value in values {
            let text = value.text();
            if !is_placeholder(text) && !seen.insert(text) {
                self.add(value, format!("a second {noun} is called `{text}`"), words(text));
            }
        }
    }
}

/// Returns the value of `key` in each item.
fn each<'v, 'a>(items: &'v [RenderedValue<'a>], key: &'v str) -> impl Iterator<Item = &'v RenderedValue<'a>> {
    items.iter().filter_map(move |item| item.get(key))
}

/// Whether `value` has a non-empty, non-null value for `key`, which is what a field of Go has to be to count as set.
fn has(value: &RenderedValue<'_>, key: &str) -> bool {
    value.get(key).is_some_and(is_set)
}

fn is_set(value: &RenderedValue<'_>) -> bool {
    match value.scalar() {
        Some(_) => !value.is_null() && !value.text().is_empty(),
        None => !value.items().is_empty() || !value.entries().is_empty(),
    }
}

/// Whether `value` has `key` with anything but null, which is what a pointer of Go has to be to count as set.
fn has_object(value: &RenderedValue<'_>, key: &str) -> bool {
    value.get(key).is_some_and(|value| !value.is_null())
}

const LONGEST_KEY: usize = 253;

/// Returns what the API server says about a key of a ConfigMap or Secret.
fn key_text(text: &str) -> Option<&'static str> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.len() > LONGEST_KEY {
        Some("must be no more than 253 characters")
    } else if text.is_empty() || !text.bytes().all(is_inner) {
        Some("a valid config key must consist of alphanumeric characters, '-', '_' or '.'")
    } else if text == "." || text.starts_with("..") {
        Some("a valid config key must not be '.' or start with '..'")
    } else {
        None
    }
}
