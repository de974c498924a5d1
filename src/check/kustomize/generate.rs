//! `configMapGenerator` and `secretGenerator`.

use std::collections::BTreeMap;

use super::layer::Layer;
use super::object::Object;
use crate::check::manifests::Manifests;
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN042;
use crate::check::source::key_and_path;
use crate::yaml::node::Node;

pub(super) fn run<'a>(layer: &mut Layer<'a>, manifests: &'a Manifests<'a>) {
    for (field, entry) in layer.entries(&["configMapGenerator", "secretGenerator"]) {
        let kind = if field == "configMapGenerator" { "ConfigMap" } else { "Secret" };
        let Some(name) = entry.str_at(&["name"]) else { continue };
        let data = data(layer, manifests, entry);
        // Any other word means `create` to kustomize.
        let behavior = entry.str_at(&["behavior"]).filter(|it| matches!(*it, "merge" | "replace"));
        if let Some(behavior) = behavior {
            change(layer, entry, (kind, name), data, behavior == "merge");
        } else {
            let object = object(layer, entry, (kind, name), data);
            layer.add([object], None);
        }
    }
}

fn object<'a>(
    layer: &Layer<'a>,
    entry: Node<'a>,
    (kind, name): (&str, &str),
    data: GeneratedData<'a>,
) -> Object<'a> {
    let location = layer.location(entry);
    let mut metadata = RenderedValue::empty_mapping(location);
    metadata.set(
        "name",
        RenderedValue::string(layer.location(entry.get("name").unwrap_or(entry)), name.to_owned()),
    );
    let shared = layer.root().get("generatorOptions");
    let source = layer.kustomization.source();
    for field in ["labels", "annotations"] {
        for options in shared.into_iter().chain(entry.get("options")) {
            for (key, value) in options.get(field).into_iter().flat_map(Node::entries) {
                if let Some(map) = metadata.get_or_insert(field, location) {
                    map.set(key.text(), RenderedValue::of(source, value));
                }
            }
        }
    }
    let mut content = RenderedValue::empty_mapping(location);
    content.set("apiVersion", RenderedValue::string(location, "v1"));
    content.set("kind", RenderedValue::string(location, kind.to_owned()));
    content.set("metadata", metadata);
    content.set("data", data.values);
    if kind == "Secret" {
        let of = entry.get("type").filter(|value| !value.text().is_empty());
        let of =
            of.map_or_else(|| RenderedValue::string(location, "Opaque"), |it| RenderedValue::of(source, it));
        content.set("type", of);
    }
    let immutable =
        |options: Node<'a>| options.get("immutable").filter(|value| value.as_bool() == Some(true));
    let options = entry.get("options").and_then(immutable).or_else(|| shared.and_then(immutable));
    if let Some(value) = options {
        content.set("immutable", RenderedValue::of(source, value));
    }
    let namespace = entry.str_at(&["namespace"]);
    let mut object = Object::generated(location, (kind, name, namespace), content);
    object.is_complete = data.is_complete;
    object.files = data.files;
    let has_hash =
        |options: Node<'_>| options.get("disableNameSuffixHash").and_then(Node::as_bool) != Some(true);
    object.is_generated = shared.into_iter().chain(entry.get("options")).all(has_hash);
    object
}

/// Merges into or replaces the data of the object with this name from an earlier generator.
fn change<'a>(
    layer: &mut Layer<'a>,
    entry: Node<'a>,
    (kind, name): (&str, &str),
    data: GeneratedData<'a>,
    is_merge: bool,
) {
    let location = layer.location(entry);
    let namespace = entry.str_at(&["namespace"]).filter(|it| !it.is_empty()).unwrap_or("default");
    let is_meant = |object: &Object<'_>| {
        object.is("", kind)
            && object.is_called(name)
            && object.namespaces().iter().any(|known| known == namespace)
    };
    let Some(object) = layer.rendered.objects.iter_mut().find(|object| is_meant(object)) else {
        // A part of the build that is skipped may have the object.
        if layer.rendered.is_whole() {
            let what = if is_merge { "merge with" } else { "replace" };
            let message = format!("this build has no {kind} `{name}` to {what}");
            let hint = "kustomize refuses it: \"does not exist; cannot merge or replace\"";
            let location = layer.location(entry.get("name").unwrap_or(entry));
            layer.notes.findings.push(location.finding(&TN042, message).hint(hint));
        }
        layer.rendered.is_partial = true;
        return;
    };
    object.is_complete = data.is_complete && (object.is_complete || !is_merge);
    if is_merge {
        object.files.retain(|key, _| data.values.get(key).is_none());
        object.files.extend(data.files);
        let Some(known) = object.content_mut().get_or_insert("data", location) else { return };
        for entry in data.values.entries() {
            known.set(&entry.key, entry.value.clone());
        }
    } else {
        object.files = data.files;
        object.content_mut().set("data", data.values);
    }
}

/// What a generator puts into its object.
struct GeneratedData<'a> {
    /// Of files, only those that rules read.
    values: RenderedValue<'a>,
    /// The files by their keys.
    files: BTreeMap<String, String>,
    /// Env files may be missing from the checked files.
    is_complete: bool,
}

fn data<'a>(layer: &mut Layer<'a>, manifests: &'a Manifests<'a>, entry: Node<'a>) -> GeneratedData<'a> {
    let mut data = RenderedValue::empty_mapping(layer.location(entry));
    let mut files = BTreeMap::new();
    let mut is_complete = true;
    for literal in entry.items_at(&["literals"]) {
        if let Some((key, value)) = literal.text().split_once('=') {
            data.set(key, RenderedValue::string(layer.location(literal), without_quotes(value).to_owned()));
        }
    }
    for file in entry.items_at(&["files"]) {
        let (key, path) = key_and_path(file.text());
        is_complete &= !layer.skips_download(file, path);
        let path = layer.file(path);
        let source = path.as_ref().and_then(|path| manifests.generated_from(path));
        let text =
            source.map_or_else(|| RenderedValue::string(layer.location(file), ""), RenderedValue::file);
        data.set(key, text);
        files.extend(path.map(|path| (key.to_owned(), path)));
    }
    let one = entry.get("env").into_iter();
    for env in entry.items_at(&["envs"]).chain(one) {
        layer.skips_download(env, env.text());
        let text = layer.file(env.text()).and_then(|path| manifests.files().text(&path));
        is_complete &= text.is_some();
        for (key, value) in env_values(text.unwrap_or_default()) {
            data.set(key, RenderedValue::string(layer.location(env), value));
        }
    }
    GeneratedData { values: data, files, is_complete }
}

/// The variables of an env file with their values, in their order, as kustomize reads them.
pub(crate) fn env_values(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with('#'));
    // The value of a bare key is that of a variable of kustomize's own environment.
    let values = lines.map(|line| line.split_once('=').unwrap_or((line, "")));
    values.filter(|(key, _)| !key.is_empty())
}

fn without_quotes(value: &str) -> &str {
    let pair = |mark| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    pair('"').or_else(|| pair('\'')).unwrap_or(value)
}
