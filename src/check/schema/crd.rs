//! The fields of kinds that the repository defines, from its `CustomResourceDefinition`s.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::table::{self, Field, ObjectType, ObjectTypes, Shape};
use crate::check::manifests::{Manifest, Manifests};
use crate::yaml::node::Node;

/// Group, kind and version.
type Key = (String, String, String);

#[derive(Debug, Default)]
pub(crate) struct DefinedKinds {
    types: BTreeMap<Key, Rc<ObjectType>>,
}

impl DefinedKinds {
    pub(crate) fn read(manifests: &Manifests, upstream: &ObjectTypes) -> Self {
        let mut defined = Self::default();
        for manifest in manifests.of("apiextensions.k8s.io", "CustomResourceDefinition") {
            defined.add(manifest, upstream);
        }
        defined
    }

    fn add(&mut self, manifest: Manifest<'_>, upstream: &ObjectTypes) {
        let root = manifest.root();
        let (Some(group), Some(kind)) =
            (root.str_at(&["spec", "group"]), root.str_at(&["spec", "names", "kind"]))
        else {
            return;
        };
        if is_decided_by_webhooks(group) {
            return;
        }
        for version in root.items_at(&["spec", "versions"]) {
            let (Some(name), Some(schema)) =
                (version.str_at(&["name"]), version.dig(&["schema", "openAPIV3Schema"]))
            else {
                continue;
            };
            let fields = root_type(schema);
            if !is_excerpt(&fields, upstream_type(group, kind, name, upstream).as_deref(), upstream) {
                self.insert((group.to_owned(), kind.to_owned(), name.to_owned()), fields);
            }
        }
    }

    /// A repository may keep the definitions of several releases. Which one the cluster has is not known, so a manifest has
    /// to fit any of them.
    fn insert(&mut self, key: Key, fields: ObjectType) {
        let merged = match self.types.get(&key) {
            Some(known) => known.or(&fields),
            None => fields,
        };
        self.types.insert(key, Rc::new(merged));
    }

    pub(crate) fn get(&self, group: &str, kind: &str, version: &str) -> Option<&Rc<ObjectType>> {
        self.types.get(&(group.to_owned(), kind.to_owned(), version.to_owned()))
    }

    pub(crate) fn versions<'a>(&'a self, group: &'a str, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let first = (group.to_owned(), kind.to_owned(), String::new());
        let same = move |key: &&Key| key.0 == group && key.1 == kind;
        self.types.range(first..).map(|(key, _)| key).take_while(same).map(|key| key.2.as_str())
    }
}

fn upstream_type(group: &str, kind: &str, version: &str, upstream: &ObjectTypes) -> Option<Rc<ObjectType>> {
    let served = table::versions(group, kind).iter().find(|served| served.version == version)?;
    Some(upstream.get(served.fields?))
}

/// Whether a definition lacks fields that upstream's requires: a test needs only some of them, a cluster all.
fn is_excerpt(fields: &ObjectType, upstream: Option<&ObjectType>, types: &ObjectTypes) -> bool {
    let Some(upstream) = upstream.filter(|_| !fields.is_open) else { return false };
    upstream.fields.iter().any(|field| match fields.field(&field.name).map(|field| &field.shape) {
        None => field.is_required,
        Some(Shape::Own(inner)) => is_excerpt(inner, types.of(&field.shape).as_deref(), types),
        Some(_) => false,
    })
}

/// Whether webhooks decide instead of the definition: Tekton's set fields that it requires, and refuse fields
/// that it allows.
fn is_decided_by_webhooks(group: &str) -> bool {
    matches!(group, "tekton.dev" | "triggers.tekton.dev")
}

/// Returns the type of a whole manifest, which has the same four fields whatever the schema says.
fn root_type(schema: Node<'_>) -> ObjectType {
    let mut made = mapping(schema);
    made.is_open |= made.fields.is_empty();
    let own = |field: &Field| !["apiVersion", "kind", "metadata", "status"].contains(&&*field.name);
    made.fields.retain(own);
    for (name, shape) in [
        ("apiVersion", Shape::Text),
        ("kind", Shape::Text),
        ("metadata", Shape::Known("ObjectMeta")),
        ("status", Shape::Any),
    ] {
        made.fields.push(Field { name: Cow::Borrowed(name), is_required: false, shape });
    }
    made.fields.sort_by(|a, b| a.name.cmp(&b.name));
    made
}

fn mapping(schema: Node<'_>) -> ObjectType {
    let required: Vec<_> = schema.items_at(&["required"]).filter_map(Node::as_str).collect();
    let properties = schema.get("properties").into_iter().flat_map(Node::entries);
    let mut fields: Vec<_> = properties
        .map(|(name, property)| Field {
            name: Cow::Owned(name.text().to_owned()),
            // Defaults are set before required fields are checked.
            is_required: required.contains(&name.text()) && property.get("default").is_none(),
            shape: shape(property),
        })
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    ObjectType { is_open: is_set(schema, "x-kubernetes-preserve-unknown-fields"), fields }
}

fn shape(schema: Node<'_>) -> Shape {
    if is_set(schema, "x-kubernetes-int-or-string") {
        return Shape::IntOrString;
    }
    match schema.str_at(&["type"]).unwrap_or_default() {
        "string" => text(schema),
        "integer" => Shape::Integer,
        "number" => Shape::Number,
        "boolean" => Shape::Boolean,
        "array" => schema.get("items").map_or(Shape::Any, |items| Shape::List(Box::new(shape(items)))),
        "object" if schema.get("properties").is_some() => Shape::Own(Rc::new(mapping(schema))),
        "object" => match schema.get("additionalProperties").filter(|inner| inner.is_mapping()) {
            Some(inner) => Shape::Map(Box::new(shape(inner))),
            None => Shape::Any,
        },
        _ => Shape::Any,
    }
}

fn text(schema: Node<'_>) -> Shape {
    let choices: Vec<_> =
        schema.items_at(&["enum"]).map(|choice| Cow::Owned(choice.text().to_owned())).collect();
    match schema.str_at(&["format"]) {
        _ if !choices.is_empty() => Shape::Choice(choices),
        Some("byte") => Shape::Base64,
        Some("date-time") => Shape::Time,
        _ => Shape::Text,
    }
}

fn is_set(schema: Node<'_>, name: &str) -> bool {
    schema.get(name).and_then(Node::as_bool) == Some(true)
}

impl ObjectType {
    /// Returns a type that whatever fits this one or `other` has.
    fn or(&self, other: &Self) -> Self {
        let is_open = self.is_open || other.is_open;
        let of_both = self.fields.iter().map(|field| field.or(other.field(&field.name), other.is_open));
        let others = other.fields.iter().filter(|field| self.field(&field.name).is_none());
        let mut fields: Vec<_> = of_both.chain(others.map(|field| field.or(None, self.is_open))).collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        Self { is_open, fields }
    }
}

impl Field {
    /// `is_open` says whether the other type allows fields that it does not list.
    fn or(&self, other: Option<&Self>, is_open: bool) -> Self {
        let shape = match other {
            Some(other) => self.shape.or(&other.shape),
            None if is_open => Shape::Any,
            None => self.shape.clone(),
        };
        let is_required = self.is_required && other.is_some_and(|other| other.is_required);
        Self { name: self.name.clone(), is_required, shape }
    }
}

impl Shape {
    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::List(a), Self::List(b)) => Self::List(Box::new(a.or(b))),
            (Self::Map(a), Self::Map(b)) => Self::Map(Box::new(a.or(b))),
            (Self::Own(a), Self::Own(b)) => Self::Own(Rc::new(a.or(b))),
            (Self::Choice(a), Self::Choice(b)) => {
                let new = b.iter().filter(|choice| !a.contains(choice));
                Self::Choice(a.iter().chain(new).cloned().collect())
            }
            (Self::Choice(_), Self::Text) | (Self::Text, Self::Choice(_)) => Self::Text,
            (a, b) if a == b => a.clone(),
            _ => Self::Any,
        }
    }
}
