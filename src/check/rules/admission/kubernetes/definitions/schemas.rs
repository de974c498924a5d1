//! One node of a schema, with its keywords: `JSONSchemaProps`.

use super::Refusals;
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::yaml::scalar::ScalarValue;

/// What the value of a keyword is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Any,
    Text,
    Flag,
    Integer,
    Number,
    Texts,
    Values,
    Object,
    Schema,
    Schemas,
    Properties,
    SchemaOrFlag,
    /// A schema, or several of them.
    Items,
}

macro_rules! keywords {
    ($($keyword:ident $name:literal $form:ident,)*) => {
        /// A keyword that the API server knows. It drops others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword { $($keyword,)* }

        const COUNT: usize = [$($name,)*].len();

        impl Keyword {
            pub(super) fn named(name: &str) -> Option<Self> {
                Self::of(name).map(|(keyword, _)| keyword)
            }

            fn of(name: &str) -> Option<(Self, Form)> {
                match name {
                    $($name => Some((Self::$keyword, Form::$form)),)*
                    _ => None,
                }
            }
        }
    };
}

keywords! {
    AdditionalItems "additionalItems" SchemaOrFlag,
    AdditionalProperties "additionalProperties" SchemaOrFlag,
    AllOf "allOf" Schemas,
    AnyOf "anyOf" Schemas,
    Default "default" Any,
    Definitions "definitions" Properties,
    Dependencies "dependencies" Object,
    Description "description" Text,
    EmbeddedResource "x-kubernetes-embedded-resource" Flag,
    Enum "enum" Values,
    Example "example" Any,
    ExclusiveMaximum "exclusiveMaximum" Flag,
    ExclusiveMinimum "exclusiveMinimum" Flag,
    ExternalDocs "externalDocs" Object,
    Format "format" Text,
    Id "id" Text,
    IntOrString "x-kubernetes-int-or-string" Flag,
    Items "items" Items,
    ListMapKeys "x-kubernetes-list-map-keys" Texts,
    ListType "x-kubernetes-list-type" Text,
    MapType "x-kubernetes-map-type" Text,
    MaxItems "maxItems" Integer,
    MaxLength "maxLength" Integer,
    MaxProperties "maxProperties" Integer,
    Maximum "maximum" Number,
    MinItems "minItems" Integer,
    MinLength "minLength" Integer,
    MinProperties "minProperties" Integer,
    Minimum "minimum" Number,
    MultipleOf "multipleOf" Number,
    Not "not" Schema,
    Nullable "nullable" Flag,
    OneOf "oneOf" Schemas,
    Pattern "pattern" Text,
    PatternProperties "patternProperties" Properties,
    PreserveUnknownFields "x-kubernetes-preserve-unknown-fields" Flag,
    Properties "properties" Properties,
    Ref "$ref" Text,
    Required "required" Texts,
    Schema "$schema" Text,
    Title "title" Text,
    Type "type" Text,
    UniqueItems "uniqueItems" Flag,
    Validations "x-kubernetes-validations" Values,
}

/// The keywords of one schema; those that are null, or not of their form, are not set.
pub(super) struct Schema<'v, 'a> {
    pub(super) node: &'v RenderedValue<'a>,
    keywords: [Option<&'v KeyValue<'a>>; COUNT],
}

impl<'v, 'a> Schema<'v, 'a> {
    pub(super) fn of(node: &'v RenderedValue<'a>) -> Self {
        Self::read(node, |_, _| {})
    }

    /// Reports keywords that are not of their form.
    pub(super) fn checked(node: &'v RenderedValue<'a>, refusals: &mut Refusals<'_>) -> Self {
        Self::read(node, |entry, form| {
            let (is, go) = form.names();
            let message = format!("`{}` is {}; expected {is}", entry.key, noun(&entry.value));
            let words = match form {
                Form::SchemaOrFlag => "boolean or JSON schema expected".to_owned(),
                _ => format!(
                    "json: cannot unmarshal {} into Go struct field JSONSchemaProps.{} of type {go}",
                    json_noun(&entry.value),
                    entry.key
                ),
            };
            refusals.add(&entry.value, message, words);
        })
    }

    fn read(node: &'v RenderedValue<'a>, mut wrong: impl FnMut(&'v KeyValue<'a>, Form)) -> Self {
        let mut keywords = [None; COUNT];
        for entry in node.entries().iter().filter(|entry| !entry.value.is_null()) {
            match Keyword::of(&entry.key) {
                Some((keyword, form)) if form.fits(&entry.value) => keywords[keyword as usize] = Some(entry),
                Some((_, form)) => wrong(entry, form),
                None => {}
            }
        }
        Self { node, keywords }
    }

    pub(super) fn entry(&self, keyword: Keyword) -> Option<&'v KeyValue<'a>> {
        self.keywords[keyword as usize]
    }

    pub(super) fn get(&self, keyword: Keyword) -> Option<&'v RenderedValue<'a>> {
        self.entry(keyword).map(|entry| &entry.value)
    }

    /// Returns a text; one that is not set is empty.
    pub(super) fn text(&self, keyword: Keyword) -> &'v str {
        self.get(keyword).map_or("", RenderedValue::text)
    }

    pub(super) fn is(&self, keyword: Keyword) -> bool {
        self.get(keyword).and_then(RenderedValue::as_bool) == Some(true)
    }

    /// Whether the keyword has a value that Go does not take for none: no empty text, `false` or empty list.
    pub(super) fn has(&self, keyword: Keyword) -> bool {
        self.get(keyword).is_some_and(|value| match value.scalar() {
            Some(ScalarValue::Bool(flag)) => flag || keyword == Keyword::AdditionalProperties,
            Some(scalar) => scalar != ScalarValue::Text(""),
            None => {
                value.is_mapping() && keyword != Keyword::Properties
                    || !value.items().is_empty()
                    || !value.entries().is_empty()
            }
        })
    }

    pub(super) fn items(&self, keyword: Keyword) -> &'v [RenderedValue<'a>] {
        self.get(keyword).map_or(&[], RenderedValue::items)
    }

    pub(super) fn properties(&self) -> &'v [KeyValue<'a>] {
        self.get(Keyword::Properties).map_or(&[], RenderedValue::entries)
    }

    /// Returns the schema of the items.
    pub(super) fn item(&self) -> Option<&'v RenderedValue<'a>> {
        self.get(Keyword::Items).filter(|items| items.is_mapping())
    }

    /// Returns the schema of the values of a map.
    pub(super) fn values(&self) -> Option<&'v RenderedValue<'a>> {
        self.get(Keyword::AdditionalProperties).filter(|values| values.is_mapping())
    }

    /// Returns what has to hold in addition, with its keyword and index.
    pub(super) fn junctors(
        &self,
    ) -> impl Iterator<Item = (Keyword, usize, &'v RenderedValue<'a>)> + use<'v, 'a> {
        let lists =
            [Keyword::AllOf, Keyword::AnyOf, Keyword::OneOf].map(|keyword| (keyword, self.items(keyword)));
        let not = self.get(Keyword::Not).map(|node| (Keyword::Not, 0, node));
        let all = lists.into_iter().flat_map(|(keyword, nodes)| {
            nodes.iter().enumerate().map(move |(index, node)| (keyword, index, node))
        });
        all.chain(not)
    }
}

impl Form {
    fn fits(self, value: &RenderedValue<'_>) -> bool {
        let scalar = value.scalar();
        let is_schema = |value: &RenderedValue<'_>| value.is_mapping() || value.is_null();
        match self {
            // As items, what is no schema counts as none.
            Self::Any | Self::Items => true,
            Self::Text => matches!(scalar, Some(ScalarValue::Text(_))),
            Self::Flag => matches!(scalar, Some(ScalarValue::Bool(_))),
            Self::Integer => match scalar {
                Some(ScalarValue::Float(number)) => number.fract() == 0.0,
                scalar => matches!(scalar, Some(ScalarValue::Int(_))),
            },
            Self::Number => matches!(scalar, Some(ScalarValue::Int(_) | ScalarValue::Float(_))),
            Self::Texts => {
                value.is_sequence()
                    && value.items().iter().all(|item| item.is_null() || item.as_str().is_some())
            }
            Self::Values => value.is_sequence(),
            Self::Object | Self::Schema => value.is_mapping(),
            Self::Schemas => value.is_sequence() && value.items().iter().all(is_schema),
            Self::Properties => {
                value.is_mapping() && value.entries().iter().all(|entry| is_schema(&entry.value))
            }
            Self::SchemaOrFlag => value.is_mapping() || matches!(scalar, Some(ScalarValue::Bool(_))),
        }
    }

    /// Returns what it is called, and its type in Go.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Any | Self::Items => ("a value", "interface {}"),
            Self::Text => ("a string", "string"),
            Self::Flag => ("a boolean", "bool"),
            Self::Integer => ("an integer", "int64"),
            Self::Number => ("a number", "float64"),
            Self::Texts => ("a list of strings", "[]string"),
            Self::Values => ("a list", "[]v1.JSON"),
            Self::Object => ("a mapping", "map[string]interface {}"),
            Self::Schema => ("a schema", "v1.JSONSchemaProps"),
            Self::Schemas => ("a list of schemas", "[]v1.JSONSchemaProps"),
            Self::Properties => ("a mapping of schemas", "map[string]v1.JSONSchemaProps"),
            Self::SchemaOrFlag => ("a boolean or a schema", "v1.JSONSchemaPropsOrBool"),
        }
    }
}

/// Returns what `value` is, for messages.
pub(super) fn noun(value: &RenderedValue<'_>) -> &'static str {
    match value.scalar() {
        Some(scalar) => scalar.noun(),
        None if value.is_sequence() => "a list",
        None => "a mapping",
    }
}

/// Returns the type of `value` in JSON.
pub(super) fn json_noun(value: &RenderedValue<'_>) -> &'static str {
    match value.scalar() {
        Some(ScalarValue::Null) => "null",
        Some(ScalarValue::Bool(_)) => "bool",
        Some(ScalarValue::Int(_) | ScalarValue::Float(_)) => "number",
        Some(ScalarValue::Text(_)) => "string",
        None if value.is_sequence() => "array",
        None => "object",
    }
}
