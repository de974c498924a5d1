//! `replacements`: whether kustomize finds what they copy, and where they copy it to (`api/filters/replacement`). What they
//! change is not rendered.

use std::rc::Rc;

use super::layer::Layer;
use super::object::Object;
use super::patches::Selector;
use crate::check::finding::Finding;
use crate::check::manifests::Manifests;
use crate::check::rendered_value::{Location, RenderedValue};
use crate::check::rule::TN042;
use crate::check::schema::formats::is_placeholder;
use crate::check::source::Source;

/// The field that is copied, or copied to, if no other is named.
const NAME: &str = "metadata.name";

/// Why a field is not there.
enum Absence {
    /// kustomize ends here; what it says.
    Certain(String),
    /// kustomize may find it: it reads texts as YAML, and knows files that were not read.
    Open,
}

use Absence::{Certain, Open};

/// What earlier replacements of the same kustomization leave certain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    All,
    /// Which fields exist, but not their texts.
    Fields,
    Nothing,
}

/// Reports the replacements that fail, if all objects of the layer are known.
pub(super) fn judge(layer: &mut Layer<'_>, manifests: &Manifests<'_>) {
    let settings = Rc::clone(&layer.settings);
    let mut known = Known::All;
    for entry in settings.items_at(&["replacements"]) {
        let Some(path) = entry.get("path").map(RenderedValue::text).filter(|path| !path.is_empty()) else {
            one(layer, entry, &mut known);
            continue;
        };
        // A file of replacements is not a manifest.
        let file = layer.file(path).and_then(|path| manifests.files().entry(&path));
        let Some(source) = file.map(|(path, text)| Source::of_text(path, text)) else { return };
        for document in source.values() {
            let all = if document.is_sequence() { document.items() } else { std::slice::from_ref(&document) };
            for replacement in all {
                one(layer, replacement, &mut known);
            }
        }
    }
}

fn one(layer: &mut Layer<'_>, replacement: &RenderedValue<'_>, known: &mut Known) {
    let rendered = &layer.rendered;
    if *known == Known::Nothing
        || !rendered.is_certain()
        || replacement.scalars().iter().any(|text| is_placeholder(text.text()))
    {
        *known = Known::Nothing;
        return;
    }
    let objects = &rendered.objects;
    let (mut found, mut is_text) = (Vec::new(), true);
    if let Some(source) = replacement.get("source").filter(|source| source.is_mapping()) {
        let (value, finding) = copied(objects, source, *known);
        is_text = value.is_some_and(|value| value.scalar().is_some());
        found.extend(finding);
    }
    for target in replacement.items_at(&["targets"]) {
        found.extend(targets(objects, target, *known));
        let creates = target.dig(&["options", "create"]).is_some_and(|value| value.as_bool() != Some(false));
        let is_identity = |path: &String| {
            ["metadata", "kind", "apiVersion"]
                .iter()
                .any(|field| path.trim_start_matches('/').starts_with(field))
        };
        *known = if creates || !is_text || paths(target).iter().any(|(path, _)| is_identity(path)) {
            Known::Nothing
        } else if *known == Known::All {
            Known::Fields
        } else {
            *known
        };
    }
    if !found.is_empty() {
        *known = Known::Nothing;
    }
    layer.notes.findings.extend(found);
}

pub(super) fn refused(location: Location<'_>, message: String, words: &str) -> Finding {
    location.finding(&TN042, message).hint(format!("kustomize refuses it: \"{words}\""))
}

/// Returns the value that is copied, if it is known, or a finding, if it does not exist.
fn copied<'o, 'a>(
    objects: &'o [Object<'a>],
    source: &RenderedValue<'_>,
    known: Known,
) -> (Option<&'o RenderedValue<'a>>, Option<Finding>) {
    let part = |key: &str| source.get(key).map(RenderedValue::text).filter(|text| !text.is_empty());
    let fits = |key: &str, given: &str| part(key).is_none_or(|text| text == given);
    let is_of_kind = |object: &&Object<'_>| {
        fits("group", object.group()) && fits("version", object.version()) && fits("kind", object.kind())
    };
    let title = || format!("{} `{}`", part("kind").unwrap_or("object"), part("name").unwrap_or("*"));
    // Each of an object's names once went with one of its namespaces.
    let may_be = |object: &&Object<'_>| {
        object.names().iter().any(|name| fits("name", name))
            && object.namespaces().iter().any(|namespace| fits("namespace", namespace))
    };
    let is_now = |object: &&&Object<'_>| {
        fits("name", object.name()) && fits("namespace", object.namespace.as_deref().unwrap_or("default"))
    };
    let possible: Vec<_> = objects.iter().filter(is_of_kind).filter(may_be).collect();
    if possible.iter().filter(is_now).count() > 1 {
        let message = format!("this build has several objects to copy from: {}", title());
        return (None, Some(refused(source.location(), message, "multiple matches for selector")));
    }
    let object = match possible[..] {
        [] => {
            let message = format!("this build has no {} to copy from", title());
            return (None, Some(refused(source.location(), message, "nothing selected by")));
        }
        [object] => object,
        _ => return (None, None),
    };
    let path = part("fieldPath").unwrap_or(NAME);
    let at = source.get("fieldPath").unwrap_or(source).location();
    match value_at(object, path) {
        Ok(value) => (Some(value), option_of(source, value, known)),
        Err(Open) => (None, None),
        Err(Certain(words)) => {
            let message = format!("{} has no `{path}` to copy", object.identity());
            (None, Some(refused(at, message, &words)))
        }
    }
}

/// Reports the part of a text that is not there.
fn option_of(source: &RenderedValue<'_>, value: &RenderedValue<'_>, known: Known) -> Option<Finding> {
    let options = source.get("options")?;
    let delimiter = options.get("delimiter").filter(|delimiter| !delimiter.text().is_empty())?;
    if value.scalar().is_none() {
        let message = "only a text can be split".to_owned();
        return Some(refused(
            delimiter.location(),
            message,
            "delimiter option can only be used with scalar nodes",
        ));
    }
    let index = options.get("index")?;
    let parts = value.text().split(delimiter.text()).count();
    let is_there = |index: i128| usize::try_from(index).is_ok_and(|index| index < parts);
    let number = index.as_int().filter(|number| known == Known::All && !is_there(*number))?;
    let message = format!("`{}` has {parts} parts; the first is 0, and {number} is not one", value.text());
    Some(refused(index.location(), message, "options.index is out of bounds for value"))
}

/// Returns the field of an object that a source names: `yaml.Lookup`.
fn value_at<'o, 'a>(object: &'o Object<'a>, path: &str) -> Result<&'o RenderedValue<'a>, Absence> {
    let parts = split(path);
    let mut value = object.content();
    let is_of_names = parts.first().is_some_and(|part| part == "metadata");
    if !object.is_complete() || is_of_names && (object.is_generated() || parts.len() < 3) {
        // What kustomize gives an object is not in its content, but for its name.
        return if path == NAME { value.dig(&["metadata", "name"]).ok_or(Open) } else { Err(Open) };
    }
    let missing = || Certain(format!("fieldPath `{path}` is missing for replacement source"));
    for part in &parts {
        let item = part.parse::<usize>().ok();
        value = match item {
            Some(index) if value.is_sequence() => value.items().get(index).ok_or_else(missing)?,
            None if part.starts_with('[') => return Err(Open),
            None if value.is_mapping() => value.get(part).ok_or_else(missing)?,
            _ => return Err(Open),
        };
    }
    let is_empty =
        value.is_null() || value.scalar().is_none() && value.items().is_empty() && value.entries().is_empty();
    if is_empty {
        return Err(missing());
    }
    // The text of a file that was not read is empty.
    if value.text().is_empty() && !object.files().is_empty() { Err(Open) } else { Ok(value) }
}

/// Returns the fields that a target names, with where it does.
fn paths<'a>(target: &RenderedValue<'a>) -> Vec<(String, Location<'a>)> {
    let given = target.items_at(&["fieldPaths"]).iter();
    let given: Vec<_> = given.map(|path| (path.text().to_owned(), path.location())).collect();
    if given.is_empty() { vec![(NAME.to_owned(), target.location())] } else { given }
}

/// Reports the first field that is missing from an object that the target selects.
fn targets(objects: &[Object<'_>], target: &RenderedValue<'_>, known: Known) -> Option<Finding> {
    let select = target.get("select").filter(|select| select.is_mapping())?;
    let creates = target.dig(&["options", "create"]).is_some_and(|value| value.as_bool() != Some(false));
    if creates || select.get("namespace").is_some_and(|namespace| !namespace.text().is_empty()) {
        return None;
    }
    let selector = Selector::of_value(select)?;
    let mut rejected = Vec::new();
    for reject in target.items_at(&["reject"]) {
        if reject.get("namespace").is_some() {
            return None;
        }
        // An object is rejected by what identifies it, or by its labels and annotations.
        for keys in [&["group", "version", "kind", "name"][..], &["labelSelector", "annotationSelector"]] {
            if keys.iter().any(|key| reject.get(key).is_some_and(|value| !value.text().is_empty())) {
                rejected.push(Selector::of_keys(reject, keys)?);
            }
        }
    }
    let is_target = |object: &&Object<'_>| {
        selector.selects(object) && !rejected.iter().any(|selector| selector.selects(object))
    };
    objects.iter().filter(is_target).find_map(|object| {
        paths(target).into_iter().find_map(|(path, location)| {
            let parts = split(&path);
            let is_of_texts = parts.iter().any(|part| part.starts_with('['));
            let is_given = parts.first().is_some_and(|part| part == "metadata")
                && (parts.len() < 3 || object.is_generated());
            if is_given || !object.is_complete() || is_of_texts && known != Known::All {
                return None;
            }
            let words = format!("unable to find field \"{path}\" in replacement target");
            let words = match found(object.content(), &parts) {
                Ok(0) => words,
                Err(Certain(more)) => format!("{words}: {more}"),
                Ok(_) | Err(Open) => return None,
            };
            let message = format!("{} has no `{path}` to copy to", object.identity());
            Some(refused(location, message, &words))
        })
    })
}

/// Returns how many fields a path leads to: `yaml.PathMatcher`.
// The recursion ends: every step takes a part of the path.
fn found(value: &RenderedValue<'_>, parts: &[String]) -> Result<usize, Absence> {
    let Some((part, rest)) = parts.split_first() else { return Ok(1) };
    // kustomize reads a text as YAML and goes on in it.
    if value.scalar().is_some() {
        return Err(Open);
    }
    let of_other_kind = |expected: &str| Certain(format!("wrong node kind: expected {expected}"));
    if let Ok(index) = part.parse::<usize>() {
        if !value.is_sequence() {
            return Err(of_other_kind("SequenceNode but got MappingNode"));
        }
        let count = value.items().len();
        let item = value.items().get(index);
        let words = || Certain(format!("index {index} specified but only {count} elements found"));
        return found(item.ok_or_else(words)?, rest);
    }
    if part == "*" {
        return if value.is_sequence() { sum(value.items(), rest) } else { Err(Open) };
    }
    if let Some((field, text)) =
        part.strip_prefix('[').and_then(|part| part.strip_suffix(']')?.split_once('='))
    {
        // The text is a pattern, which need not match the whole value.
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'));
        if !is_plain || !value.is_sequence() {
            return Err(Open);
        }
        if field.is_empty() {
            return Ok(value.items().iter().filter(|item| item.text().contains(text)).count());
        }
        let fitting =
            value.items().iter().filter(|item| item.get(field).is_some_and(|it| it.text().contains(text)));
        return sum(fitting, rest);
    }
    if part.starts_with('[') {
        return Err(Open);
    }
    match value.get(part) {
        _ if value.is_sequence() => Err(of_other_kind("MappingNode but got SequenceNode")),
        None => Ok(0),
        Some(field) => found(field, rest),
    }
}

fn sum<'v, 'a: 'v>(
    values: impl IntoIterator<Item = &'v RenderedValue<'a>>,
    parts: &[String],
) -> Result<usize, Absence> {
    values.into_iter().try_fold(0, |sum, value| found(value, parts).map(|more| sum + more))
}

/// Splits a path at its dots, except escaped ones and those in brackets: `SmarterPathSplitter`.
fn split(path: &str) -> Vec<String> {
    let mut parts = Vec::<String>::new();
    let mut is_open = false;
    let path = if path.contains('.') { path.strip_prefix('.').unwrap_or(path) } else { path };
    for part in path.split('.') {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('.');
                last.push_str(part);
            }
            Some(last) if is_open => {
                last.push('.');
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
        is_open = parts.last().is_some_and(|last| last.starts_with('[') && !last.ends_with(']'));
    }
    for part in &mut parts {
        if part.starts_with('[') && !part.contains('=') {
            *part = part.trim_matches(['[', ']']).to_owned();
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths_are_split_at_dots() {
        for (path, parts) in [
            ("spec.containers.0.image", &["spec", "containers", "0", "image"][..]),
            ("metadata.annotations.[example.com/a.b]", &["metadata", "annotations", "example.com/a.b"]),
            ("spec.hosts.[host=a.example.com].port", &["spec", "hosts", "[host=a.example.com]", "port"]),
            (r"data.a\.yaml", &["data", "a.yaml"]),
            ("name", &["name"]),
        ] {
            assert_eq!(split(path), parts, "{path}");
        }
    }
}
