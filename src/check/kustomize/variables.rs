//! `vars`: whether the objects whose fields they stand for exist (`api/internal/accumulator`). What they change is not
//! rendered.

use std::rc::Rc;

use super::layer::Layer;
use super::object::Object;
use super::replacements::refused;
use crate::check::finding::Finding;
use crate::check::rendered_value::RenderedValue;
use crate::check::schema::formats::is_placeholder;

/// Reports the variables without an object, if all objects of the layer are known.
pub(super) fn judge(layer: &mut Layer<'_>) {
    let rendered = &layer.rendered;
    if !rendered.is_certain() {
        return;
    }
    let settings = Rc::clone(&layer.settings);
    let found: Vec<_> =
        settings.items_at(&["vars"]).iter().filter_map(|variable| one(&rendered.objects, variable)).collect();
    layer.notes.findings.extend(found);
}

fn one(objects: &[Object<'_>], variable: &RenderedValue<'_>) -> Option<Finding> {
    let reference = variable.get("objref").filter(|reference| reference.is_mapping())?;
    if reference.scalars().iter().any(|text| is_placeholder(text.text())) {
        return None;
    }
    let part = |key: &str| reference.get(key).map_or("", RenderedValue::text);
    let (group, version) = match part("apiVersion") {
        "" => (part("group"), part("version")),
        text => text.split_once('/').unwrap_or((part("group"), text)),
    };
    let is_of_kind = |object: &&Object<'_>| {
        (object.group(), object.version(), object.kind()) == (group, version, part("kind"))
    };
    let (name, namespace) = (part("name"), part("namespace"));
    let is_in = |object: &Object<'_>, known: &[String]| {
        namespace.is_empty() || object.is_cluster_wide() || known.iter().any(|known| known == namespace)
    };
    let possible: Vec<_> =
        objects.iter().filter(is_of_kind).filter(|object| object.is_called(name)).collect();
    let is_now = |object: &&&Object<'_>| object.name() == name && is_in(object, &object.namespaces()[..1]);
    let variable = variable.get("name").map_or("", RenderedValue::text);
    let (message, words) = if !possible.iter().any(|object| is_in(object, &object.namespaces())) {
        let message = format!("this build has no {} `{name}` for the variable `{variable}`", part("kind"));
        (message, "cannot be mapped to a field in the set of known resources")
    } else if possible.iter().filter(is_now).count() > 1 {
        let message =
            format!("this build has several {} `{name}` for the variable `{variable}`", part("kind"));
        (message, "unable to disambiguate")
    } else {
        return None;
    };
    Some(refused(reference.location(), message, words))
}
