//! The fields in which two versions of an object differ, as far as Argo CD counts that as a difference.

use std::fmt::Write as _;
use std::ptr;

use super::defaults;
use crate::check::kustomize::{KeyValue, Object, RenderedValue};
use crate::check::rules::changes;
use crate::values::quantity;

/// A step of the path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathStep {
    /// An entry of a mapping.
    Key(String),
    /// An item of a list, with the value that tells it from the others.
    Item(usize, Option<String>),
}

impl PathStep {
    /// Returns its key; empty for an item.
    pub(super) fn key(&self) -> &str {
        if let Self::Key(key) = self { key } else { "" }
    }
}

/// A field that differs.
#[derive(Clone, Debug)]
pub(super) struct Difference<'v> {
    pub(super) path: Vec<PathStep>,
    pub(super) before: Option<&'v RenderedValue<'v>>,
    pub(super) after: Option<&'v RenderedValue<'v>>,
    /// Whether only the order of the items differs.
    pub(super) is_order: bool,
}

/// Formats a path like `spec.template.spec.containers[shop].image`.
pub(super) fn shown(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        // Writing to a string does not fail.
        let _ = match step {
            PathStep::Key(key) if key.contains(['.', '/']) => write!(text, "[{key}]"),
            PathStep::Key(key) if text.is_empty() => write!(text, "{key}"),
            PathStep::Key(key) => write!(text, ".{key}"),
            PathStep::Item(_, Some(name)) => write!(text, "[{name}]"),
            PathStep::Item(at, None) => write!(text, "[{at}]"),
        };
    }
    text
}

/// Returns the differences between two versions of the object.
pub(super) fn differences<'v>(
    object: &Object<'_>,
    before: &'v RenderedValue<'v>,
    after: &'v RenderedValue<'v>,
) -> Vec<Difference<'v>> {
    // Revisions share what is the same in both.
    if ptr::eq(before, after) {
        return Vec::new();
    }
    let mut comparison = Comparison { object, path: Vec::new(), found: Vec::new() };
    comparison.values(before, after);
    comparison.found
}

struct Comparison<'o, 'v> {
    object: &'o Object<'o>,
    path: Vec<PathStep>,
    found: Vec<Difference<'v>>,
}

impl<'v> Comparison<'_, 'v> {
    fn values(&mut self, before: &'v RenderedValue<'v>, after: &'v RenderedValue<'v>) {
        if before.is_mapping() && after.is_mapping() {
            self.mappings(before, after);
        } else if before.is_sequence() && after.is_sequence() {
            self.lists(before, after);
        } else if !self.is_equal(before, after) {
            self.add(Some(before), Some(after));
        }
    }

    fn mappings(&mut self, before: &'v RenderedValue<'v>, after: &'v RenderedValue<'v>) {
        for (at, entry) in before.entries().iter().enumerate() {
            if self.is_identity(&entry.key) {
                continue;
            }
            let step = PathStep::Key(entry.key.to_string());
            match same_entry(before, at, after) {
                Some(other) => self.at(step, |it| it.values(&entry.value, &other.value)),
                None => self.one_side(before, entry, true),
            }
        }
        for (at, entry) in after.entries().iter().enumerate() {
            if same_entry(after, at, before).is_none() && !self.is_identity(&entry.key) {
                self.one_side(after, entry, false);
            }
        }
    }

    /// Whether the entry is part of what the object is known by, and not its content.
    fn is_identity(&self, key: &str) -> bool {
        match self.path.as_slice() {
            [] => matches!(key, "kind" | "status"),
            [PathStep::Key(first)] if first == "metadata" => {
                matches!(key, "name" | "namespace" | "creationTimestamp")
            }
            _ => false,
        }
    }

    /// Looks at an entry of `own` that the other version does not have.
    fn one_side(&mut self, own: &RenderedValue<'_>, entry: &'v KeyValue<'v>, is_before: bool) {
        if !defaults::is_derived(self.object, own, entry) {
            self.at(PathStep::Key(entry.key.to_string()), |it| it.only(&entry.value, is_before));
        }
    }

    /// Adds a value that the other version does not have. Metadata and data are told entry by entry.
    fn only(&mut self, value: &'v RenderedValue<'v>, is_before: bool) {
        if defaults::is_nothing(self.object, &self.path, value) || self.is_default_below(value) {
            return;
        }
        let is_split = |key: &str| {
            matches!(
                key,
                "labels" | "annotations" | "data" | "stringData" | "binaryData" | "limits" | "requests"
            )
        };
        if self.path.last().is_some_and(|step| is_split(step.key())) && value.is_mapping() {
            for entry in value.entries() {
                self.one_side(value, entry, is_before);
            }
            return;
        }
        let (before, after) = if is_before { (Some(value), None) } else { (None, Some(value)) };
        self.found.push(Difference { path: self.path.clone(), before, after, is_order: false });
    }

    /// Whether all of the value is what the API server fills in.
    fn is_default_below(&mut self, value: &RenderedValue<'_>) -> bool {
        let mut is_filled_in = |step: PathStep, value: &RenderedValue<'_>| {
            self.path.push(step);
            let is_default =
                defaults::is_nothing(self.object, &self.path, value) || self.is_default_below(value);
            self.path.pop();
            is_default
        };
        if !value.entries().is_empty() {
            let mut entries = value.entries().iter();
            return entries.all(|entry| is_filled_in(PathStep::Key(entry.key.to_string()), &entry.value));
        }
        // The only default of this kind has one item.
        if let [item] = value.items() {
            return item.scalar().is_some() && is_filled_in(PathStep::Item(0, None), item);
        }
        defaults::is_default(self.object, &self.path, value)
    }

    fn lists(&mut self, before: &'v RenderedValue<'v>, after: &'v RenderedValue<'v>) {
        let list = self.path.last().map(|step| step.key().to_owned()).unwrap_or_default();
        let [old, new] = [before, after].map(|side| names(&list, side.items()));
        if let (Some(old), Some(new)) = (old, new) {
            for (at, name) in new.iter().enumerate() {
                let step = PathStep::Item(at, Some(name.clone()));
                let item = &after.items()[at];
                match old.iter().position(|known| known == name) {
                    Some(known) => self.at(step, |it| it.values(&before.items()[known], item)),
                    None => self.at(step, |it| it.add(None, Some(item))),
                }
            }
            for (at, name) in old.iter().enumerate().filter(|(_, name)| !new.contains(name)) {
                self.at(PathStep::Item(at, Some(name.clone())), |it| it.add(Some(&before.items()[at]), None));
            }
            let kept = |one: &[String], other: &[String]| -> Vec<String> {
                one.iter().filter(|name| other.contains(name)).cloned().collect()
            };
            if kept(&old, &new) != kept(&new, &old) {
                let path = self.path.clone();
                let (before, after) = (Some(before), Some(after));
                self.found.push(Difference { path, before, after, is_order: true });
            }
            return;
        }
        let is_detailed = before.items().iter().chain(after.items()).all(RenderedValue::is_mapping);
        if before.items().len() == after.items().len() && is_detailed {
            for (at, (before, after)) in before.items().iter().zip(after.items()).enumerate() {
                self.at(PathStep::Item(at, None), |it| it.values(before, after));
            }
        } else if !self.is_equal_below(before, after) {
            self.add(Some(before), Some(after));
        }
    }

    fn is_equal_below(&self, before: &RenderedValue<'_>, after: &RenderedValue<'_>) -> bool {
        let (before, after) = (before.items(), after.items());
        let is_equal = |(before, after): (&RenderedValue<'_>, &RenderedValue<'_>)| {
            before.content_eq(after) || before.scalar().is_some() && self.is_equal(before, after)
        };
        before.len() == after.len() && before.iter().zip(after).all(is_equal)
    }

    fn is_equal(&self, before: &RenderedValue<'_>, after: &RenderedValue<'_>) -> bool {
        if before.content_eq(after) {
            return true;
        }
        if [before, after].iter().any(|it| it.is_mapping() || it.is_sequence()) {
            return false;
        }
        let is_as_none = |value: &RenderedValue<'_>| {
            defaults::is_nothing(self.object, &self.path, value)
                || defaults::is_default(self.object, &self.path, value)
        };
        if is_as_none(before) && is_as_none(after) {
            return true;
        }
        // Elsewhere a number is not the text of it: a label or a variable that is a number is refused.
        let is_amount = defaults::is_typed_at(self.object, &self.path)
            && self.path.iter().any(|step| {
                matches!(step.key(), "limits" | "requests" | "hard" | "sizeLimit" | "capacity" | "overhead")
            });
        is_amount && (changes::is_equal(before, after) || is_same_amount(before.text(), after.text()))
    }

    fn add(&mut self, before: Option<&'v RenderedValue<'v>>, after: Option<&'v RenderedValue<'v>>) {
        let path = self.path.clone();
        self.found.push(Difference { path, before, after, is_order: false });
    }

    fn at(&mut self, step: PathStep, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }
}

/// Returns the entry of `other` that stands for the entry at `at` of `own`. A key may be there twice by mistake.
fn same_entry<'v>(
    own: &RenderedValue<'_>,
    at: usize,
    other: &'v RenderedValue<'v>,
) -> Option<&'v KeyValue<'v>> {
    let key = &own.entries()[at].key;
    let earlier = own.entries()[..at].iter().filter(|entry| entry.key == *key).count();
    other.entries().iter().filter(|entry| entry.key == *key).nth(earlier)
}

/// Whether both are the same amount to the API server, which writes out powers of two as such, and others without.
fn is_same_amount(one: &str, other: &str) -> bool {
    let amounts = [one, other].map(quantity::amount);
    amounts[0].is_some() && amounts[0] == amounts[1] && one.ends_with('i') == other.ends_with('i')
}

/// Returns what tells the items of a list apart; `None` if that is their place.
fn names(list: &str, items: &[RenderedValue<'_>]) -> Option<Vec<String>> {
    let key = |item: &RenderedValue<'_>| match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "params"
        | "workspaces"
        | "steps"
        | "tasks"
        | "imagePullSecrets"
        | "volumeClaimTemplates" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "hostAliases" => Some("ip"),
        "ports" if item.get("name").is_some_and(|name| !name.is_null()) => Some("name"),
        "ports" if item.get("containerPort").is_some() => Some("containerPort"),
        "ports" => Some("port"),
        _ => None,
    };
    let name = |item: &RenderedValue<'_>| {
        let text = item.get(key(item)?)?.text();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let names: Option<Vec<String>> = items.iter().map(name).collect();
    names.filter(|names| {
        let mut sorted: Vec<_> = names.iter().collect();
        sorted.sort();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
    })
}
