//! `configMapGenerator` and `secretGenerator`.

use super::layer::Layer;
use super::object::Object;
use crate::check::manifests::Manifests;
use crate::check::rendered_value::RenderedValue;
use crate::check::source::key_and_path;
use crate::yaml::node::Node;

pub(super) fn run<'a>(layer: &mut Layer<'a>, manifests: &'a Manifests<'a>) {
    for (field, entry) in layer.entries(&["configMapGenerator", "secretGenerator"]) {
        let kind = if field == "configMapGenerator" { "ConfigMap" } else { "Secret" };
        let Some(name) = entry.str_at(&["name"]) else { continue };
        let (data, is_complete) = data(layer, manifests, entry);
        let behavior = entry.str_at(&["behavior"]).unwrap_or("create");
        if behavior == "create" {
            let object = object(layer, entry, (kind, name), data, is_complete);
            layer.add([object], None);
        } else {
            change(layer, entry, (kind, name), data, (is_complete, behavior == "merge"));
        }
    }
}

fn object<'a>(
    layer: &Layer<'a>,
    entry: Node<'a>,
    (kind, name): (&str, &str),
    data: RenderedValue<'a>,
    is_complete: bool,
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
    content.set("data", data);
    let namespace = entry.str_at(&["namespace"]);
    let mut object = Object::generated(location, (kind, name, namespace), content);
    object.is_complete = is_complete;
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
    data: RenderedValue<'a>,
    (is_complete, is_merge): (bool, bool),
) {
    let location = layer.location(entry);
    let objects = layer.rendered.objects.iter_mut();
    let Some(object) = objects.filter(|object| object.is("", kind)).find(|object| object.is_called(name))
    else {
        // kustomize fails here, unless a skipped part of the build has the object.
        layer.rendered.is_partial = true;
        return;
    };
    object.is_complete = is_complete && (object.is_complete || !is_merge);
    if is_merge {
        let Some(known) = object.content_mut().get_or_insert("data", location) else { return };
        for entry in data.entries() {
            known.set(&entry.key, entry.value.clone());
        }
    } else {
        object.content_mut().set("data", data);
    }
}

/// Returns the data of a generator, and whether it is complete: env files may be missing from the checked
/// files.
fn data<'a>(layer: &Layer<'a>, manifests: &'a Manifests<'a>, entry: Node<'a>) -> (RenderedValue<'a>, bool) {
    let mut data = RenderedValue::empty_mapping(layer.location(entry));
    let mut is_complete = true;
    for literal in entry.items_at(&["literals"]) {
        if let Some((key, value)) = literal.text().split_once('=') {
            data.set(key, RenderedValue::string(layer.location(literal), without_quotes(value).to_owned()));
        }
    }
    for file in entry.items_at(&["files"]) {
        let (key, path) = key_and_path(file.text());
        let source = layer.file(path).and_then(|path| manifests.generated_from(&path));
        let text =
            source.map_or_else(|| RenderedValue::string(layer.location(file), ""), RenderedValue::file);
        data.set(key, text);
    }
    let one = entry.get("env").into_iter();
    for env in entry.items_at(&["envs"]).chain(one) {
        let text = layer.file(env.text()).and_then(|path| manifests.files().text(&path));
        is_complete &= text.is_some();
        for line in
            text.unwrap_or_default().lines().map(str::trim_start).filter(|line| !line.starts_with('#'))
        {
            if let Some((key, value)) = line.split_once('=') {
                data.set(key, RenderedValue::string(layer.location(env), value));
            }
        }
    }
    (data, is_complete)
}

fn without_quotes(value: &str) -> &str {
    let pair = |mark| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    pair('"').or_else(|| pair('\'')).unwrap_or(value)
}
