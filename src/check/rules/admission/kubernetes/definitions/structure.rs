//! The structure of a schema: `ValidateCustomResourceDefinitionOpenAPISchema`, and `ValidateStructural` of
//! `pkg/apiserver/schema`. One walk visits each schema once.

use std::fmt::Write as _;

use super::defaults::DefaultJudge;
use super::objects::META_FIELDS;
use super::schemas::{Keyword, Schema};
use super::{Refusals, expressions, lists, patterns};
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::{KeyValue, RenderedValue};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Keywords that the API server does not support, wherever they are.
const UNSUPPORTED: [Keyword; 7] = [
    Keyword::Id,
    Keyword::Schema,
    Keyword::Ref,
    Keyword::PatternProperties,
    Keyword::Dependencies,
    Keyword::AdditionalItems,
    Keyword::Definitions,
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaLevel {
    Root,
    Item,
    Field,
}

/// Where in the structure a schema is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) level: SchemaLevel,
    /// Whether it is a part of the metadata of an object.
    pub(super) is_in_metadata: bool,
    /// Why it cannot have a default.
    pub(super) no_default: Option<&'static str>,
    /// Whether the API server validates defaults here.
    pub(super) has_valid_defaults: bool,
    /// Whether the API server knows which older value a value replaces.
    pub(super) is_correlatable: bool,
}

#[derive(Clone, Copy)]
pub(super) enum SchemaStep<'v> {
    Property(&'v str),
    Items,
    Values,
    Junctor(&'static str, usize),
}

pub(super) struct StructureWalk<'w, 'f, 'v, 'a> {
    pub(super) refusals: &'w mut Refusals<'f>,
    steps: Vec<SchemaStep<'v>>,
    defaults: Vec<(&'v KeyValue<'a>, &'v RenderedValue<'a>)>,
}

/// Checks the schema of a version, which has a status apart if `has_status`.
pub(super) fn check(refusals: &mut Refusals<'_>, root: &RenderedValue<'_>, has_status: bool) {
    let found = refusals.found.len();
    let mut walk = StructureWalk { refusals, steps: Vec::new(), defaults: Vec::new() };
    let place = Place {
        level: SchemaLevel::Root,
        is_in_metadata: false,
        no_default: None,
        has_valid_defaults: true,
        is_correlatable: true,
    };
    walk.root(root, has_status);
    walk.structural(root, place);
    let defaults = walk.defaults;
    // The API server goes on to the defaults only if the schema is valid.
    if refusals.found.len() == found {
        let mut all = DefaultJudge::new(refusals);
        for (default, schema) in defaults {
            all.check(default, schema);
        }
    }
}

impl<'v, 'a> StructureWalk<'_, '_, 'v, 'a> {
    /// Returns the path of the schema, for messages.
    pub(super) fn here(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            let _ = match step {
                SchemaStep::Property(name) if path.is_empty() => write!(path, "{name}"),
                SchemaStep::Property(name) => write!(path, ".{name}"),
                SchemaStep::Items => write!(path, "[]"),
                SchemaStep::Values => write!(path, ".*"),
                SchemaStep::Junctor("not", _) => {
                    write!(path, "{}not", if path.is_empty() { "" } else { "." })
                }
                SchemaStep::Junctor(name, index) => {
                    write!(path, "{}{name}[{index}]", if path.is_empty() { "" } else { "." })
                }
            };
        }
        if path.is_empty() { "the schema".to_owned() } else { format!("`{path}`") }
    }

    pub(super) fn within(&mut self, step: SchemaStep<'v>, check: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        check(self);
        self.steps.pop();
    }

    /// Reports a keyword of the schema that the walk is in.
    pub(super) fn refuse(&mut self, entry: &KeyValue<'_>, words: &str) {
        let message = format!("{} cannot have `{}`", self.here(), entry.key);
        self.refusals.at(entry.location, message, format!("{}: Forbidden: {words}", entry.key));
    }

    /// Reports the type of the schema that the walk is in, or that it has none.
    pub(super) fn refuse_type(&mut self, schema: &Schema<'_, '_>, expected: &str, words: &str) {
        let here = self.here();
        match schema.get(Keyword::Type) {
            Some(given) => {
                let message = format!("{here} is of the type `{}`; expected `{expected}`", given.text());
                self.refusals.add(given, message, words);
            }
            None => self.refusals.add(schema.node, format!("{here} lacks `type: {expected}`"), words),
        }
    }

    // The recursion ends: the reader bounds how deep documents nest.
    fn structural(&mut self, node: &'v RenderedValue<'a>, place: Place) {
        let schema = Schema::checked(node, self.refusals);
        self.any(&schema, place.level != SchemaLevel::Root);
        self.of_type(&schema, place.level);
        self.extensions(&schema);
        self.embedded(&schema, place);
        lists::check(self.refusals, &schema);
        expressions::check(self.refusals, &schema, place.is_correlatable);
        if let Some(default) = schema.entry(Keyword::Default) {
            if let Some(reason) = place.no_default {
                self.refuse(default, &format!("must not be set {reason}"));
            } else if place.has_valid_defaults && !place.is_in_metadata {
                self.defaults.push((default, node));
            }
        }
        self.children(&schema, place);
        self.junctors(&schema, place);
    }

    fn children(&mut self, schema: &Schema<'v, 'a>, place: Place) {
        let is_root = place.level == SchemaLevel::Root;
        for property in schema.properties() {
            let is_meta =
                (is_root || schema.is(Keyword::EmbeddedResource)) && META_FIELDS.contains(&&*property.key);
            let no_default = match &*property.key {
                _ if !is_meta || !is_root => place.no_default,
                "metadata" => Some("in top-level metadata"),
                "kind" => Some("in top-level kind"),
                _ => Some("in top-level apiVersion"),
            };
            let is_in_metadata = is_meta || place.is_in_metadata && !schema.is(Keyword::EmbeddedResource);
            let inner = Place { level: SchemaLevel::Field, is_in_metadata, no_default, ..place };
            self.within(SchemaStep::Property(&property.key), |walk| {
                if is_meta {
                    walk.meta_field(&property.value, &property.key, is_root);
                }
                walk.structural(&property.value, inner);
            });
        }
        if let Some(items) = schema.item() {
            let is_correlatable = place.is_correlatable && schema.text(Keyword::ListType) == "map";
            let inner = Place { level: SchemaLevel::Item, is_correlatable, ..place };
            self.within(SchemaStep::Items, |walk| walk.structural(items, inner));
        }
        if let Some(values) = schema.values() {
            let in_metadata =
                place.is_in_metadata.then_some("inside additionalProperties applying to object metadata");
            let inner = Place {
                level: SchemaLevel::Field,
                no_default: in_metadata.or(place.no_default),
                has_valid_defaults: false,
                ..place
            };
            self.within(SchemaStep::Values, |walk| walk.structural(values, inner));
        }
    }

    /// Checks what holds in the structure and in nested schemas.
    pub(super) fn any(&mut self, schema: &Schema<'v, 'a>, has_own_properties: bool) {
        if let Some(given) = schema.get(Keyword::Type).filter(|given| !is_placeholder(given.text())) {
            let text = given.text();
            if text == "null" {
                let words = "type cannot be set to null, use nullable as an alternative";
                self.refusals.add(given, "`null` is not a type", words);
            } else if !TYPES.contains(&text) && !text.is_empty() {
                let all: Vec<_> = TYPES.iter().map(|word| format!("\"{word}\"")).collect();
                let words = format!("Unsupported value: \"{text}\": supported values: {}", all.join(", "));
                self.refusals.add(given, format!("`{text}` is not a type"), words);
            }
        }
        // To Go, an empty text is none, but not a pointer to one.
        let is_set = |keyword: &&Keyword| schema.has(**keyword) || **keyword == Keyword::Ref;
        for entry in UNSUPPORTED.iter().filter(is_set).filter_map(|keyword| schema.entry(*keyword)) {
            let words = format!("{} is not supported", entry.key);
            self.refusals.at(entry.location, format!("definitions do not support `{}`", entry.key), words);
        }
        if let Some(entry) = schema.entry(Keyword::Items).filter(|entry| !entry.value.items().is_empty()) {
            let words = "items must be a schema object and not an array";
            self.refusals.at(entry.location, format!("{} has a list of `items`", self.here()), words);
        }
        if let Some(entry) = schema.entry(Keyword::UniqueItems).filter(|_| schema.is(Keyword::UniqueItems)) {
            let message = "`uniqueItems` is not supported; `x-kubernetes-list-type: set` is";
            let words = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.refusals.at(entry.location, message, words);
        }
        if let Some(entry) = schema.entry(Keyword::AdditionalProperties)
            && has_own_properties
            && !schema.properties().is_empty()
            && entry.value.as_bool() != Some(true)
        {
            let message = format!("{} has `properties` and `additionalProperties`", self.here());
            let words = "additionalProperties and properties are mutual exclusive";
            self.refusals.at(entry.location, message, words);
        }
        let preserves = schema.get(Keyword::PreserveUnknownFields);
        if let Some(value) = preserves.filter(|value| value.as_bool() == Some(false)) {
            let message = "`x-kubernetes-preserve-unknown-fields` is true or left out";
            self.refusals.add(value, message, "must be true or undefined");
        }
        if let Some(pattern) = schema.get(Keyword::Pattern)
            && let Some(mistake) = patterns::mistake(pattern.text())
        {
            let message = format!("the pattern is not a regular expression of Go: {mistake}");
            let words =
                format!("must be a valid regular expression, but isn't: error parsing regexp: {mistake}");
            self.refusals.add(pattern, message, words);
        }
    }

    /// Checks the type of a schema in the structure.
    fn of_type(&mut self, schema: &Schema<'v, 'a>, level: SchemaLevel) {
        if schema.text(Keyword::Type) == "array"
            && schema.item().is_none()
            && schema.items(Keyword::Items).is_empty()
        {
            let at = schema.get(Keyword::Type).unwrap_or(schema.node);
            let message = format!("{} is an array without `items`", self.here());
            self.refusals.add(at, message, "items: Required value: must be specified");
        }
        let is_open = [Keyword::IntOrString, Keyword::PreserveUnknownFields, Keyword::EmbeddedResource]
            .iter()
            .any(|keyword| schema.is(*keyword));
        // One of the wrong form is reported as such.
        let is_of_other_form =
            || schema.node.get("type").is_some_and(|given| !given.is_null() && given.as_str() != Some(""));
        if is_open || schema.has(Keyword::Type) || is_of_other_form() {
            return;
        }
        let words = match level {
            SchemaLevel::Root => "must not be empty at the root",
            SchemaLevel::Item => "must not be empty for specified array items",
            SchemaLevel::Field => "must not be empty for specified object fields",
        };
        let message = format!("{} lacks a `type`", self.here());
        self.refusals.add(schema.node, message, format!("type: Required value: {words}"));
    }

    fn extensions(&mut self, schema: &Schema<'v, 'a>) {
        for keyword in [Keyword::PreserveUnknownFields, Keyword::EmbeddedResource] {
            if schema.is(Keyword::IntOrString)
                && schema.is(keyword)
                && let Some(entry) = schema.entry(keyword)
            {
                let message = format!("an integer or a string cannot have `{}`", entry.key);
                self.refusals.at(
                    entry.location,
                    message,
                    "must be false if x-kubernetes-int-or-string is true",
                );
            }
        }
    }
}

pub(super) fn name_of(junctor: Keyword) -> &'static str {
    match junctor {
        Keyword::AllOf => "allOf",
        Keyword::AnyOf => "anyOf",
        Keyword::OneOf => "oneOf",
        _ => "not",
    }
}
