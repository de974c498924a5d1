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
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::Rule;
use crate::check::schema::formats;

pub(super) fn findings(model: &Model<'_>, found: &mut Vec<Finding>) {
    let is_whole = |resource: &&BuiltObject<'_>| {
        resource.is_complete()
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
