//! Schemas of whole objects: the root, and objects inside of objects. The API server knows their `apiVersion`, `kind` and
//! `metadata`.

use super::nested::LOOKUPS;
use super::schemas::{Keyword, Schema};
use super::structure::{Place, SchemaLevel, SchemaStep, StructureWalk, name_of};
use crate::check::rendered_value::{KeyValue, RenderedValue};

/// The fields of every object.
pub(super) const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Keywords that the root cannot have besides a status: its schema is taken out of the properties.
const NOT_BESIDES_STATUS: [Keyword; 15] = [
    Keyword::Default,
    Keyword::Enum,
    Keyword::MaxProperties,
    Keyword::MinProperties,
    Keyword::AllOf,
    Keyword::OneOf,
    Keyword::AnyOf,
    Keyword::Not,
    Keyword::AdditionalProperties,
    Keyword::Nullable,
    Keyword::EmbeddedResource,
    Keyword::IntOrString,
    Keyword::ListMapKeys,
    Keyword::ListType,
    Keyword::MapType,
];

/// What the metadata of the root may have.
const OF_METADATA: [Keyword; 3] = [Keyword::Type, Keyword::Properties, Keyword::Default];

impl<'v, 'a> StructureWalk<'_, '_, 'v, 'a> {
    /// Checks what holds for the root only.
    pub(super) fn root(&mut self, node: &'v RenderedValue<'a>, has_status: bool) {
        let schema = Schema::of(node);
        if let Some(entry) = schema.entry(Keyword::Nullable).filter(|_| schema.is(Keyword::Nullable)) {
            self.refuse(entry, "nullable cannot be true at the root");
        } else if let Some(entry) = schema.entry(Keyword::AdditionalProperties) {
            self.refuse(entry, "must not be used at the root");
        } else if let Some(keyword) =
            NOT_BESIDES_STATUS.iter().find(|keyword| has_status && schema.has(**keyword))
            && let Some(entry) = schema.entry(*keyword)
        {
            let message = format!("the schema cannot have `{}` besides the subresource `status`", entry.key);
            let words = "fields are allowed at the root of the schema if the status subresource is enabled";
            self.refusals.at(entry.location, message, words);
        }
        if schema.has(Keyword::Type) && schema.text(Keyword::Type) != "object" {
            self.refuse_type(&schema, "object", "must be object at the root");
        }
        let mut left = LOOKUPS;
        for (keyword, index, nested) in schema.junctors() {
            self.within(SchemaStep::Junctor(name_of(keyword), index), |walk| {
                walk.complete(nested, node, &mut left);
            });
        }
    }

    /// Checks the schema of `apiVersion`, `kind` or `metadata` of an object.
    pub(super) fn meta_field(&mut self, node: &RenderedValue<'_>, name: &str, is_root: bool) {
        let schema = Schema::of(node);
        let expected = if name == "metadata" { "object" } else { "string" };
        if schema.text(Keyword::Type) != expected {
            return self.refuse_type(&schema, expected, &format!("must be {expected}"));
        }
        if !is_root || name != "metadata" {
            return;
        }
        let other = |entry: &&KeyValue<'_>| {
            !OF_METADATA.iter().any(|keyword| schema.entry(*keyword).is_some_and(|it| it.key == entry.key))
        };
        let is_given = |entry: &&KeyValue<'_>| Keyword::named(&entry.key).is_some_and(|it| schema.has(it));
        let is_own = |entry: &&KeyValue<'_>| !matches!(&*entry.key, "name" | "generateName");
        let wrong = node.entries().iter().filter(other).find(is_given);
        if let Some(entry) = wrong.or_else(|| schema.properties().iter().find(is_own)) {
            let message = format!(
                "the schema of the metadata says more than `name` and `generateName`: `{}`",
                entry.key
            );
            let words = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            self.refusals.at(entry.location, message, words);
        }
    }

    /// Checks the schema of an object inside of the object.
    pub(super) fn embedded(&mut self, schema: &Schema<'v, 'a>, place: Place) {
        let Some(entry) =
            schema.entry(Keyword::EmbeddedResource).filter(|_| schema.is(Keyword::EmbeddedResource))
        else {
            return;
        };
        if place.is_in_metadata {
            self.refuse(entry, "must not be used inside of resource meta");
        }
        if schema.text(Keyword::Type) != "object" {
            let words = "must be object if x-kubernetes-embedded-resource is true";
            self.refuse_type(schema, "object", words);
        }
        if let Some(values) =
            schema.entry(Keyword::AdditionalProperties).filter(|_| place.level != SchemaLevel::Root)
        {
            self.refuse(values, "must not be used if x-kubernetes-embedded-resource is set");
        }
        if !schema.is(Keyword::PreserveUnknownFields)
            && !schema.is(Keyword::IntOrString)
            && schema.properties().is_empty()
        {
            let message = format!(
                "{} has neither `properties` nor `x-kubernetes-preserve-unknown-fields`",
                self.here()
            );
            let words = "must not be empty if x-kubernetes-embedded-resource is true without \
                         x-kubernetes-preserve-unknown-fields";
            self.refusals.at(entry.location, message, format!("properties: Required value: {words}"));
        }
    }
}
