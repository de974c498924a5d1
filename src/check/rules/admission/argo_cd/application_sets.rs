//! What the controller of `ApplicationSets` refuses (`applicationset/generators`, `applicationset/utils/utils.go` and
//! `applicationset/controllers` of Argo CD 3.5). It reports that as the condition `ErrorOccurred`, and makes no
//! Applications.

use std::collections::BTreeSet;

use super::Refusals;
use crate::check::rendered_value::RenderedValue;

/// What a generator can be.
const GENERATORS: [&str; 9] = [
    "clusterDecisionResource",
    "clusters",
    "git",
    "list",
    "matrix",
    "merge",
    "plugin",
    "pullRequest",
    "scmProvider",
];

/// Values of the option `missingkey` of Go's templates.
const MISSING_KEYS: [&str; 4] = ["default", "error", "invalid", "zero"];

/// Params of generators that are no functions of Go's templates.
const PARAMS: [&str; 8] =
    ["branch", "cluster", "name", "nameNormalized", "number", "path", "repository", "server"];

pub(super) fn application_set(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, name: &str) {
    let is_go = spec.get("goTemplate").and_then(RenderedValue::as_bool) == Some(true);
    for one in spec.items_at(&["generators"]) {
        generator(refusals, one, is_go);
    }
    for option in spec.items_at(&["goTemplateOptions"]).iter().filter(|_| is_go) {
        let value = option.text().strip_prefix("missingkey=");
        if !value.is_some_and(|value| MISSING_KEYS.contains(&value)) {
            let message = format!("`{}` is not an option of Go's templates", option.text());
            refusals.add(option, message, format!("unrecognized option: {}", option.text()));
        }
    }
    let template = spec.get("template");
    for text in template.map(RenderedValue::scalars).unwrap_or_default() {
        template_text(refusals, text, is_go);
    }
    if spec.get("templatePatch").is_none() {
        names(refusals, spec, name, is_go);
    }
}

fn generator(refusals: &mut Refusals<'_>, generator: &RenderedValue<'_>, is_go: bool) {
    for element in generator.items_at(&["list", "elements"]).iter().filter(|_| !is_go) {
        element_values(refusals, element);
    }
    if let Some(git) = generator.get("git").filter(|git| git.is_mapping()) {
        let has = |field: &str| !git.items_at(&[field]).is_empty();
        if !has("directories") && !has("files") {
            let message = "this generator has neither `directories` nor `files`";
            refusals.add(git, message, "ApplicationSet is empty");
        }
    }
    for (kind, more, fewer, words) in [
        (
            "matrix",
            true,
            "a matrix needs two generators",
            "found less than two generators, Matrix support only two",
        ),
        (
            "merge",
            false,
            "a merge needs two generators",
            "found less than two generators, Merge requires two or more",
        ),
    ] {
        let Some(outer) = generator.get(kind).filter(|outer| outer.get("generators").is_some()) else {
            continue;
        };
        let inner = outer.items_at(&["generators"]);
        if inner.len() < 2 {
            refusals.add(outer, fewer, words);
        } else if more && inner.len() > 2 {
            let words = "found more than two generators, Matrix support only two";
            refusals.add(outer, "a matrix takes two generators; put a matrix into it for a third", words);
        }
        for one in inner {
            nested(refusals, one, kind);
            self::generator(refusals, one, is_go);
        }
        if kind == "merge" {
            merge_keys(refusals, outer);
        }
    }
}

/// Reports a generator in another one that is not exactly one.
fn nested(refusals: &mut Refusals<'_>, generator: &RenderedValue<'_>, kind: &str) {
    let entries = generator.entries().iter().filter(|entry| !entry.value.is_null());
    match entries.filter(|entry| GENERATORS.contains(&&*entry.key)).count() {
        _ if !generator.is_mapping() => {}
        1 => {}
        0 => refusals.add(generator, "this is not a generator", "child generator generated no parameters"),
        _ => {
            let words = format!("found more than one generator in {kind}.Generators");
            refusals.add(generator, "this entry has several generators; give each its own", words);
        }
    }
}

fn merge_keys(refusals: &mut Refusals<'_>, merge: &RenderedValue<'_>) {
    let keys: Vec<_> = merge.items_at(&["mergeKeys"]).iter().map(RenderedValue::text).collect();
    if keys.is_empty() {
        // The schema reports a missing list.
        if let Some(given) = merge.get("mergeKeys").filter(|given| given.is_sequence()) {
            let words = "no merge keys were specified, Merge requires at least one";
            refusals.add(given, "a merge needs a key", words);
        }
        return;
    }
    for generator in merge.items_at(&["generators"]).iter().filter(|it| it.get("selector").is_none()) {
        let mut seen = BTreeSet::new();
        for element in generator.items_at(&["list", "elements"]) {
            let value = |key: &&str| element.get(key).map_or("", RenderedValue::text).to_owned();
            if !seen.insert(keys.iter().map(value).collect::<Vec<_>>()) {
                let words = "the parameters from a generator were not unique by the given mergeKeys";
                refusals.add(element, "another element has the same values of the merge keys", words);
            }
        }
    }
}

/// Without Go's templates, every value of a list is a text.
fn element_values(refusals: &mut Refusals<'_>, element: &RenderedValue<'_>) {
    let words = "error parsing value as string";
    for entry in element.entries() {
        let values = if &*entry.key == "values" { entry.value.entries() } else { &[] };
        if &*entry.key == "values" && !entry.value.is_mapping() {
            refusals.add(&entry.value, "`values` is not a mapping", "error parsing values map");
        } else if &*entry.key != "values" && entry.value.as_str().is_none() {
            let message = format!("`{}` is not a string; quote it, or set `goTemplate: true`", entry.key);
            refusals.at(entry.location, message, words);
        }
        for inner in values.iter().filter(|inner| inner.value.as_str().is_none()) {
            let message =
                format!("`values.{}` is not a string; quote it, or set `goTemplate: true`", inner.key);
            refusals.at(inner.location, message, words);
        }
    }
}

/// Reports braces without their end, and params that are written as if they were functions.
fn template_text(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>, is_go: bool) {
    let mut rest = value.text();
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inside, end)) = after.split_once("}}") else {
            let words =
                if is_go { "failed to parse template" } else { "Cannot find end tag=\"}}\" in the template" };
            refusals.add(value, "these braces have no end", words);
            return;
        };
        let word = inside.trim_matches(['-', ' ']);
        let param = word.split(['.', '[']).next().unwrap_or_default();
        if is_go && PARAMS.contains(&param) && !word.contains(' ') {
            let message = format!("`{{{{{inside}}}}}` calls a function; with `goTemplate`, write `.{word}`");
            refusals.add(value, message, format!("function \"{param}\" not defined"));
            return;
        }
        rest = end;
    }
}

/// Reports a template without a name, and elements of lists that give two Applications one name.
fn names(refusals: &mut Refusals<'_>, spec: &RenderedValue<'_>, set: &str, is_go: bool) {
    let generators = spec.items_at(&["generators"]);
    let has_own_template = |generator: &RenderedValue<'_>| {
        generator.entries().iter().any(|entry| entry.value.dig(&["template", "metadata", "name"]).is_some())
    };
    if generators.iter().any(has_own_template) {
        return;
    }
    let Some(metadata) = spec.dig(&["template", "metadata"]).filter(|it| it.is_mapping()) else { return };
    let Some(name) = metadata.get("name").filter(|name| !name.is_null() && name.as_str() != Some("")) else {
        refusals.add(
            metadata,
            "the template gives its Applications no name",
            "name or generateName is required",
        );
        return;
    };
    let mut seen = BTreeSet::new();
    let generators = generators.iter().filter(|_| name.as_str().is_some());
    let lists = generators.filter(|it| it.get("selector").is_none());
    for element in lists.flat_map(|generator| generator.items_at(&["list", "elements"])) {
        if let Some(filled) = filled(name.text(), element, is_go)
            && !seen.insert(filled.clone())
        {
            let words = format!("ApplicationSet {set} contains applications with duplicate name: {filled}");
            refusals.add(element, format!("another element gives an Application the name `{filled}`"), words);
        }
    }
}

/// Returns the name with the values of an element; `None` if it has more than plain params.
fn filled(name: &str, element: &RenderedValue<'_>, is_go: bool) -> Option<String> {
    let mut filled = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, end) = after.split_once("}}")?;
        let word = inside.trim();
        let word = if is_go { word.strip_prefix('.')? } else { word };
        let keys: Vec<_> = word.split('.').collect();
        filled.push_str(before);
        filled.push_str(element.dig(&keys)?.as_str()?);
        rest = end;
    }
    filled.push_str(rest);
    Some(filled)
}
