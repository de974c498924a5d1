//! A difference in the words of Kubernetes: `image of `shop`: 1.0 -> 1.1`.

use super::FieldChange;
use super::fields::{self, Difference, PathStep};
use crate::check::kustomize::{Object, RenderedValue};

/// The most characters of a value that are shown.
const LONGEST: usize = 120;

/// The words for one difference of the object.
pub(super) fn change(object: &Object<'_>, difference: &Difference<'_>) -> FieldChange {
    let path = fields::shown(&difference.path);
    let subject = subject(object, &difference.path, &path);
    let is_secret = is_secret(object, &difference.path);
    let [before, after] = [difference.before, difference.after]
        .map(|value| value.filter(|_| !is_secret).map(|value| inline(value)));
    let words = if difference.is_order {
        format!("{subject}: another order")
    } else if is_secret {
        let verb = match (difference.before, difference.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        format!("{subject}: {verb} (the value is not shown)")
    } else {
        told(&subject, difference)
    };
    FieldChange { path, before, after, words }
}

/// Whether the values at the path must not be shown.
fn is_secret(object: &Object<'_>, path: &[PathStep]) -> bool {
    let is_data = matches!(path.first().map(PathStep::key), Some("data" | "stringData"));
    let is_applied = path.iter().any(|step| step.key() == "kubectl.kubernetes.io/last-applied-configuration");
    object.is("", "Secret") && (is_data || is_applied)
}

fn told(subject: &str, difference: &Difference<'_>) -> String {
    match (difference.before, difference.after) {
        (Some(before), Some(after)) => match lines(before, after) {
            Some(lines) => format!("{subject}: {lines}"),
            None if before.scalar().is_some() && before.text() == after.text() => {
                format!("{subject}: {} -> {}", quoted(before), quoted(after))
            }
            None => format!("{subject}: {} -> {}", inline(before), inline(after)),
        },
        (None, Some(after)) => format!("{subject}: added, {}", inline(after)),
        (Some(before), None) => format!("{subject}: removed, was {}", inline(before)),
        (None, None) => subject.to_owned(),
    }
}

/// Counts the lines that differ, where a value has several.
fn lines(before: &RenderedValue<'_>, after: &RenderedValue<'_>) -> Option<String> {
    let text = |value: &RenderedValue<'_>| {
        let items: Vec<_> = value.items().iter().map(RenderedValue::text).collect();
        if items.is_empty() { value.text().to_owned() } else { items.join("\n") + "\n" }
    };
    let is_several = before.items().len() > 1 || after.items().len() > 1;
    let is_short = |value: &RenderedValue<'_>| inline(value).len() < LONGEST / 2;
    if is_several && is_short(before) && is_short(after) {
        return None;
    }
    let [old, new] = [before, after].map(text);
    let is_long = old.trim_end().contains('\n') || new.trim_end().contains('\n');
    if !is_long {
        return None;
    }
    let [old, new] = [&old, &new].map(|text| text.lines().collect::<Vec<_>>());
    let added = new.iter().filter(|line| !old.contains(line)).count();
    let removed = old.iter().filter(|line| !new.contains(line)).count();
    let noun = |count: usize| if count == 1 { "line" } else { "lines" };
    Some(format!("{added} {} added, {removed} {} removed", noun(added), noun(removed)))
}

/// What a difference is about, as people call it.
fn subject(object: &Object<'_>, path: &[PathStep], shown: &str) -> String {
    let keys: Vec<&str> = path.iter().map(PathStep::key).collect();
    if let ["data" | "stringData" | "binaryData", key] = keys.as_slice()
        && matches!(object.kind(), "ConfigMap" | "Secret")
    {
        return format!("`{key}`");
    }
    if keys == ["spec", "replicas"] {
        return "replicas".to_owned();
    }
    if let [.., "labels" | "annotations", name] = keys.as_slice() {
        let what = if keys.contains(&"labels") { "label" } else { "annotation" };
        let of = if keys.contains(&"template") { " of the Pods" } else { "" };
        return format!("{what} `{name}`{of}");
    }
    in_container(path, &keys).unwrap_or_else(|| format!("`{shown}`"))
}

fn in_container(path: &[PathStep], keys: &[&str]) -> Option<String> {
    let at = keys.iter().rposition(|key| matches!(*key, "containers" | "initContainers"))?;
    let PathStep::Item(_, Some(name)) = path.get(at + 1)? else { return None };
    let container = if keys[at] == "initContainers" { "init container " } else { "" };
    let of = format!("of {container}`{name}`");
    let rest = keys.get(at + 2..)?;
    Some(match rest {
        [] => format!("{}`{name}`", if container.is_empty() { "container " } else { container }),
        ["image"] => format!("image {of}"),
        ["env", _, ..] => {
            let PathStep::Item(_, Some(variable)) = path.get(at + 3)? else { return None };
            let part = match rest.get(2..) {
                None | Some([] | ["value"]) => String::new(),
                Some(more) => format!(", `{}`", more.join(".")),
            };
            format!("env `{variable}` {of}{part}")
        }
        ["resources", kind @ ("requests" | "limits"), what] => {
            let kind = kind.trim_end_matches('s');
            let what = match *what {
                "cpu" => "CPU",
                other => other,
            };
            format!("{what} {kind} {of}")
        }
        [probe @ ("livenessProbe" | "readinessProbe" | "startupProbe"), more @ ..] => {
            let probe = probe.trim_end_matches("Probe");
            let part = fields::shown(&path[at + 3..]);
            let part = if more.is_empty() { String::new() } else { format!(", `{part}`") };
            format!("{probe} probe {of}{part}")
        }
        [first, ..] => {
            let part = fields::shown(&path[at + 2..]);
            let first = *first;
            if first == "command" || first == "args" {
                format!("{first} {of}")
            } else {
                format!("`{part}` {of}")
            }
        }
    })
}

/// Formats a value on one line, with quotes if it is a text: `4096` is not the number.
fn quoted(value: &RenderedValue<'_>) -> String {
    if value.as_str().is_some() { format!("\"{}\"", inline(value)) } else { inline(value) }
}

/// Formats a value on one line.
pub(super) fn inline(value: &RenderedValue<'_>) -> String {
    let mut text = String::new();
    flow(value, &mut text);
    let text: String =
        text.trim_end().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

// The recursion ends: the reader bounds how deep documents nest.
fn flow(value: &RenderedValue<'_>, text: &mut String) {
    if text.len() > 4 * LONGEST {
        return;
    }
    if value.is_mapping() {
        text.push('{');
        for (at, entry) in value.entries().iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            text.push_str(&entry.key);
            text.push_str(": ");
            flow(&entry.value, text);
        }
        text.push('}');
    } else if value.is_sequence() {
        text.push('[');
        for (at, item) in value.items().iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            flow(item, text);
        }
        text.push(']');
    } else if value.is_null() {
        text.push_str("null");
    } else {
        text.push_str(value.text());
    }
}
