//! Schemas below `allOf`, `anyOf`, `oneOf` and `not`: they only add to what the structure says, and cannot extend it.

use super::schemas::{Keyword, Schema};
use super::structure::{Place, SchemaLevel, SchemaStep, StructureWalk, name_of};
use crate::check::rendered_value::RenderedValue;

/// Keywords that only the structure may have: not what is below `allOf`, `anyOf`, `oneOf` and `not`.
const ONLY_STRUCTURAL: [(Keyword, &str); 12] = [
    (Keyword::Type, "must be empty to be structural"),
    (Keyword::AdditionalProperties, "must be undefined to be structural"),
    (Keyword::Default, "must be undefined to be structural"),
    (Keyword::Title, "must be empty to be structural"),
    (Keyword::Description, "must be empty to be structural"),
    (Keyword::Nullable, "must be false to be structural"),
    (Keyword::PreserveUnknownFields, "must be false to be structural"),
    (Keyword::EmbeddedResource, "must be false to be structural"),
    (Keyword::IntOrString, "must be false to be structural"),
    (Keyword::ListMapKeys, "must be empty to be structural"),
    (Keyword::ListType, "must be undefined to be structural"),
    (Keyword::MapType, "must be undefined to be structural"),
];

/// How many properties are compared at most, in all nested schemas of a root.
pub(super) const LOOKUPS: usize = 1_000_000;

/// Which part of a nested schema says that a value is an integer or a string, for which types are allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IntOrString {
    Nowhere,
    AnyOf,
    AnyOfInAllOf,
}

impl<'v, 'a> StructureWalk<'_, '_, 'v, 'a> {
    /// Checks what is below `allOf`, `anyOf`, `oneOf` and `not` of a schema in the structure.
    pub(super) fn junctors(&mut self, schema: &Schema<'v, 'a>, place: Place) {
        let is_any_of = is_int_or_string(schema.items(Keyword::AnyOf));
        let is_all_of = schema
            .items(Keyword::AllOf)
            .first()
            .is_some_and(|first| is_int_or_string(Schema::of(first).items(Keyword::AnyOf)));
        for (keyword, index, nested) in schema.junctors() {
            let types = match (keyword, index) {
                (Keyword::AnyOf, _) if is_any_of => IntOrString::AnyOf,
                (Keyword::AllOf, 0) if is_all_of => IntOrString::AnyOfInAllOf,
                _ => IntOrString::Nowhere,
            };
            let step = SchemaStep::Junctor(name_of(keyword), index);
            self.within(step, |walk| walk.nested(nested, place, types));
        }
    }

    /// Checks a schema below `allOf`, `anyOf`, `oneOf` or `not`, which only adds to what the structure says.
    // The recursion ends: the reader bounds how deep documents nest.
    fn nested(&mut self, node: &'v RenderedValue<'a>, place: Place, types: IntOrString) {
        let schema = Schema::checked(node, self.refusals);
        // A schema of other properties is reported as such.
        self.any(&schema, schema.values().is_none());
        for (keyword, words) in ONLY_STRUCTURAL {
            let is_type = keyword == Keyword::Type && types == IntOrString::AnyOf;
            let is_no = keyword == Keyword::AdditionalProperties
                && schema.get(keyword).and_then(RenderedValue::as_bool) == Some(false);
            if let Some(entry) = schema.entry(keyword).filter(|_| schema.has(keyword) && !is_type && !is_no) {
                self.refuse(entry, words);
            }
        }
        if let Some(entry) = schema.entry(Keyword::Validations).filter(|it| !it.value.items().is_empty()) {
            self.refuse(entry, "must be empty to be structural");
        }
        for (keyword, index, inner) in schema.junctors() {
            let is_any_of = keyword == Keyword::AnyOf && types == IntOrString::AnyOfInAllOf;
            let types = if is_any_of { IntOrString::AnyOf } else { IntOrString::Nowhere };
            let step = SchemaStep::Junctor(name_of(keyword), index);
            self.within(step, |walk| walk.nested(inner, place, types));
        }
        for property in schema.properties() {
            if property.key == "metadata" {
                let message = format!("{} has the property `metadata`", self.here());
                self.refusals.at(property.location, message, "must not be specified in a nested context");
            }
            let inner = Place { level: SchemaLevel::Field, ..place };
            self.within(SchemaStep::Property(&property.key), |walk| {
                walk.nested(&property.value, inner, IntOrString::Nowhere);
            });
        }
        if let Some(items) = schema.item() {
            let inner = Place { level: SchemaLevel::Item, ..place };
            self.within(SchemaStep::Items, |walk| walk.nested(items, inner, IntOrString::Nowhere));
        }
    }

    /// Checks that the structure has what a nested schema of the root speaks of.
    pub(super) fn complete(
        &mut self,
        nested: &'v RenderedValue<'a>,
        structure: &RenderedValue<'_>,
        left: &mut usize,
    ) {
        let (schema, structure) = (Schema::of(nested), Schema::of(structure));
        for (keyword, index, inner) in schema.junctors() {
            let step = SchemaStep::Junctor(name_of(keyword), index);
            self.within(step, |walk| walk.complete(inner, structure.node, left));
        }
        let words = "Required value: because it is defined in";
        if let Some(items) = schema.item() {
            if let Some(known) = structure.item() {
                self.within(SchemaStep::Items, |walk| walk.complete(items, known, left));
            } else {
                let message = format!("{} has `items`, which the structure of the schema lacks", self.here());
                self.refusals.add(items, message, words);
            }
        }
        let known = structure.get(Keyword::Properties);
        for property in schema.properties() {
            *left = left.saturating_sub(structure.properties().len() + 1);
            if *left == 0 {
                return;
            }
            if let Some(known) = known.and_then(|known| known.get(&property.key)) {
                let step = SchemaStep::Property(&property.key);
                self.within(step, |walk| walk.complete(&property.value, known, left));
                continue;
            }
            let (here, key) = (self.here(), &property.key);
            let message = format!("{here} has the property `{key}`, which the structure of the schema lacks");
            self.refusals.at(property.location, message, words);
        }
    }
}

/// Whether the alternatives are exactly the two that stand for an integer or a string.
fn is_int_or_string(alternatives: &[RenderedValue<'_>]) -> bool {
    let is = |at: usize, expected: &str| {
        alternatives.get(at).map(Schema::of).is_some_and(|alternative| {
            let others = alternative.node.entries().iter().filter(|entry| entry.key != "type");
            let is_none = |keyword: Keyword| {
                !alternative.has(keyword)
                    || alternative.get(keyword).and_then(RenderedValue::as_bool) == Some(false)
            };
            alternative.text(Keyword::Type) == expected
                && others.filter_map(|entry| Keyword::named(&entry.key)).all(is_none)
        })
    };
    alternatives.len() == 2 && is(0, "integer") && is(1, "string")
}
