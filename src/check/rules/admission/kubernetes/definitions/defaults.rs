//! Whether a default fits its schema: `ValidateDefaults` of `pkg/apiserver/schema/defaulting`. What a schema says that is not
//! judged here, such as most formats and expressions in CEL, is left open.

use regex_lite::RegexBuilder;

use super::Refusals;
use super::schemas::{Keyword, Schema, json_noun};
use crate::check::rendered_value::{KeyValue, RenderedValue};
use crate::yaml::scalar::ScalarValue;

/// How many values are compared at most, for all defaults of a version.
const COMPARISONS: usize = 1_000_000;

/// What a pattern counts as, next to a comparison: so many may be tried that the worst ones take less than a second.
const PATTERN: usize = 5_000;

/// Bytes of a compiled pattern, and of a text that it is searched in; the time of a search is the product.
const PATTERN_BYTES: usize = 64 << 10;
const TEXT_BYTES: usize = 256;

/// The largest integer of which a float knows all smaller ones.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) struct DefaultJudge<'w, 'f> {
    refusals: &'w mut Refusals<'f>,
    left: usize,
}

/// Whether a value fits a schema.
enum Verdict<'v, 'a> {
    Fits,
    Open,
    Mistake(Mistake<'v, 'a>),
}

struct Mistake<'v, 'a> {
    at: &'v RenderedValue<'a>,
    message: String,
    words: String,
}

use Verdict::{Fits, Open};

fn mistake<'v, 'a>(
    at: &'v RenderedValue<'a>,
    message: impl Into<String>,
    words: impl Into<String>,
) -> Verdict<'v, 'a> {
    Verdict::Mistake(Mistake { at, message: message.into(), words: words.into() })
}

impl Verdict<'_, '_> {
    /// Whether both hold; a mistake outweighs what is open.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Mistake(_) => self,
            Open => match other() {
                Fits => Open,
                other => other,
            },
            Fits => other(),
        }
    }
}

impl<'w, 'f> DefaultJudge<'w, 'f> {
    pub(super) fn new(refusals: &'w mut Refusals<'f>) -> Self {
        Self { refusals, left: COMPARISONS }
    }

    pub(super) fn check(&mut self, default: &KeyValue<'_>, schema: &RenderedValue<'_>) {
        let value = &default.value;
        let verdict = self.pruned(value, Some(schema)).and(|| self.judge(value, schema));
        if let Verdict::Mistake(mistake) = verdict {
            let at = if mistake.at.location().key() == value.location().key() { value } else { mistake.at };
            self.refusals.add(at, format!("the default {}", mistake.message), mistake.words);
        }
    }

    /// Counts `steps`, and returns whether so many are left.
    fn may(&mut self, steps: usize) -> bool {
        self.left = self.left.saturating_sub(steps + 1);
        self.left > 0
    }

    /// Judges whether the API server would drop a part of the value. Without a schema, it drops all fields.
    // The recursion ends: the reader bounds how deep documents nest.
    fn pruned<'v, 'a>(
        &mut self,
        value: &'v RenderedValue<'a>,
        schema: Option<&RenderedValue<'_>>,
    ) -> Verdict<'v, 'a> {
        let unknown = |entry: &'v KeyValue<'a>| {
            mistake(
                &entry.value,
                format!("has the unknown field `{}`", entry.key),
                "must not have unknown fields",
            )
        };
        let Some(schema) = schema.map(Schema::of) else {
            let all = value.items().iter();
            let inner = all.fold(Fits, |found, item| found.and(|| self.pruned(item, None)));
            return value.entries().first().map_or(inner, unknown);
        };
        let is_open = schema.is(Keyword::PreserveUnknownFields);
        let is_embedded = schema.is(Keyword::EmbeddedResource) && value.is_mapping();
        let mut found = if is_embedded { embedded(value) } else { Fits };
        for item in value.items() {
            found = found.and(|| match schema.item() {
                None if is_open => Fits,
                item_schema => self.pruned(item, item_schema),
            });
        }
        let properties = schema.get(Keyword::Properties);
        for entry in value.entries() {
            if is_embedded && matches!(&*entry.key, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            if !self.may(schema.properties().len()) {
                return found;
            }
            let known = properties.and_then(|properties| properties.get(&entry.key));
            found = found.and(|| match (known, schema.get(Keyword::AdditionalProperties)) {
                (Some(known), _) => self.pruned(&entry.value, Some(known)),
                (None, Some(values)) => self.pruned(&entry.value, Some(values).filter(|it| it.is_mapping())),
                (None, None) if is_open => Fits,
                (None, None) => unknown(entry),
            });
        }
        found
    }

    // The recursion ends: the reader bounds how deep documents nest.
    fn judge<'v, 'a>(&mut self, value: &'v RenderedValue<'a>, schema: &RenderedValue<'_>) -> Verdict<'v, 'a> {
        if !self.may(schema.entries().len()) || is_filled_in(value.text()) {
            return Open;
        }
        let schema = Schema::of(schema);
        let found = of_type(value, &schema);
        if value.is_null() {
            return found.and(|| if schema.has(Keyword::Enum) { Open } else { Fits });
        }
        let found = found
            .and(|| self.one_of(value, &schema))
            .and(|| match value.scalar() {
                Some(ScalarValue::Text(text)) => self.of_text(value, text, &schema),
                Some(scalar) => number(scalar).map_or(Fits, |number| of_number(value, number, &schema)),
                None => of_size(value, &schema),
            })
            .and(|| self.of_items(value, &schema))
            .and(|| self.of_fields(value, &schema));
        found.and(|| self.combined(value, &schema))
    }

    fn one_of<'v, 'a>(&mut self, value: &'v RenderedValue<'a>, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
        let all = schema.items(Keyword::Enum);
        if all.is_empty() {
            return Fits;
        }
        if !self.may(all.len()) || value.scalar().is_none() {
            return Open;
        }
        let is_same = |other: &&RenderedValue<'_>| match (value.scalar(), other.scalar()) {
            (Some(one), Some(two)) => one == two || number(one).is_some() && number(one) == number(two),
            _ => false,
        };
        if all.iter().any(|other| is_same(&other)) {
            return Fits;
        }
        let supported: Vec<_> = all.iter().map(|other| format!("\"{}\"", other.text())).collect();
        let words =
            format!("Unsupported value: \"{}\": supported values: {}", value.text(), supported.join(", "));
        mistake(value, format!("`{}` is not in `enum`", value.text()), words)
    }

    fn of_items<'v, 'a>(&mut self, value: &'v RenderedValue<'a>, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
        let Some(items) = schema.item() else { return Fits };
        value.items().iter().fold(Fits, |found, item| found.and(|| self.judge(item, items)))
    }

    fn of_fields<'v, 'a>(
        &mut self,
        value: &'v RenderedValue<'a>,
        schema: &Schema<'_, '_>,
    ) -> Verdict<'v, 'a> {
        if !value.is_mapping() {
            return Fits;
        }
        let mut found = Fits;
        for required in schema.items(Keyword::Required) {
            if !self.may(value.entries().len()) {
                return Open;
            }
            if value.get(required.text()).is_none() {
                let words = format!("{}: Required value", required.text());
                found = found
                    .and(|| mistake(value, format!("lacks `{}`, which is required", required.text()), words));
            }
        }
        let properties = schema.get(Keyword::Properties);
        for entry in value.entries() {
            if !self.may(schema.properties().len()) {
                return Open;
            }
            let known = properties.and_then(|properties| properties.get(&entry.key));
            if let Some(known) = known.or(schema.values()) {
                found = found.and(|| self.judge(&entry.value, known));
            }
        }
        found
    }

    fn of_text<'v, 'a>(
        &mut self,
        value: &'v RenderedValue<'a>,
        text: &str,
        schema: &Schema<'_, '_>,
    ) -> Verdict<'v, 'a> {
        let limit = |keyword: Keyword| schema.get(keyword).and_then(RenderedValue::as_int);
        let length = text.chars().count() as i128;
        if let Some(most) = limit(Keyword::MaxLength).filter(|most| length > *most) {
            let words = format!("Too long: may not be more than {most} bytes");
            return mistake(value, format!("is longer than {most} characters"), words);
        }
        if let Some(least) = limit(Keyword::MinLength).filter(|least| length < *least) {
            let words = format!("should be at least {least} chars long");
            return mistake(value, format!("is shorter than {least} characters"), words);
        }
        let pattern = schema.text(Keyword::Pattern);
        let found = if pattern.is_empty() || self.may(PATTERN) { matches(pattern, text) } else { None };
        match found {
            Some(false) => {
                let words = format!("should match '{pattern}'");
                return mistake(value, format!("does not match `{pattern}`"), words);
            }
            None => return Open,
            Some(true) => {}
        }
        let format = schema.text(Keyword::Format);
        let has_digit_first = text.starts_with(|letter: char| letter.is_ascii_digit());
        let is_wrong = match format {
            "" => return Fits,
            "ipv4" | "ipv6" => {
                text.contains(|letter: char| !letter.is_ascii_hexdigit() && !matches!(letter, '.' | ':'))
            }
            "date" | "date-time" => !has_digit_first,
            _ => false,
        };
        if is_wrong {
            mistake(value, format!("is not of the format `{format}`"), format!("must be of type {format}"))
        } else {
            Open
        }
    }

    fn combined<'v, 'a>(&mut self, value: &'v RenderedValue<'a>, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
        let mut found = Fits;
        for all in schema.items(Keyword::AllOf) {
            found = found.and(|| self.judge(value, all));
        }
        for (keyword, least) in [(Keyword::AnyOf, usize::MAX), (Keyword::OneOf, 1)] {
            let alternatives = schema.items(keyword);
            let (mut fitting, mut open) = (0, 0);
            for alternative in alternatives {
                match self.judge(value, alternative) {
                    Fits => fitting += 1,
                    Open => open += 1,
                    Verdict::Mistake(_) => {}
                }
            }
            found = found.and(|| match (fitting, open) {
                _ if alternatives.is_empty() => Fits,
                (0, 0) if keyword == Keyword::AnyOf => {
                    mistake(value, "fits nothing in `anyOf`", "must validate at least one schema (anyOf)")
                }
                (0, 0) => mistake(
                    value,
                    "fits nothing in `oneOf`",
                    "must validate one and only one schema (oneOf). Found none valid",
                ),
                (many, _) if many > least => {
                    let words = format!(
                        "must validate one and only one schema (oneOf). Found {many} valid alternatives"
                    );
                    mistake(value, format!("fits {many} schemas in `oneOf`"), words)
                }
                (1.., 0) => Fits,
                (1.., _) if keyword == Keyword::AnyOf => Fits,
                _ => Open,
            });
        }
        let not = schema.get(Keyword::Not).map(|not| self.judge(value, not));
        found.and(|| match not {
            Some(Fits) => mistake(value, "fits the schema in `not`", "must not validate the schema (not)"),
            Some(Open) => Open,
            Some(Verdict::Mistake(_)) | None => Fits,
        })
    }
}

/// Whether another program writes a part of the text.
fn is_filled_in(text: &str) -> bool {
    ["${", "$(", "{{"].iter().any(|mark| text.contains(mark))
}

/// Judges what an object inside of an object has to have.
fn embedded<'v, 'a>(value: &'v RenderedValue<'a>) -> Verdict<'v, 'a> {
    for field in ["apiVersion", "kind"] {
        match value.get(field) {
            None => return mistake(value, format!("lacks `{field}`"), format!("{field}: Required value")),
            Some(given) if given.as_str() == Some("") => {
                return mistake(given, format!("has an empty `{field}`"), "must not be empty");
            }
            Some(_) => {}
        }
    }
    Fits
}

fn of_type<'v, 'a>(value: &'v RenderedValue<'a>, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
    let expected = schema.text(Keyword::Type);
    if expected.is_empty() {
        return if schema.has(Keyword::Format) { Open } else { Fits };
    }
    let fits = match value.scalar() {
        Some(ScalarValue::Null) => schema.is(Keyword::Nullable),
        Some(ScalarValue::Bool(_)) => expected == "boolean",
        Some(ScalarValue::Int(_)) => matches!(expected, "integer" | "number"),
        Some(ScalarValue::Float(number)) => {
            expected == "number" || expected == "integer" && number.fract() == 0.0
        }
        Some(ScalarValue::Text(_)) => expected == "string",
        None if value.is_sequence() => expected == "array",
        None => expected == "object",
    };
    // The format decides instead.
    let is_by_format = schema.has(Keyword::Format) && !matches!(expected, "integer" | "number");
    if fits {
        Fits
    } else if is_by_format && !value.is_null() {
        Open
    } else {
        let given = json_noun(value);
        mistake(
            value,
            format!("is not of the type `{expected}`"),
            format!("must be of type {expected}: \"{given}\""),
        )
    }
}

/// Whether Go finds the pattern in the text; `None` if that is not certain.
fn matches(pattern: &str, text: &str) -> Option<bool> {
    if pattern.is_empty() {
        return Some(true);
    }
    // Both read these differently, or have other tables of letters.
    let is_different = ["&&", "--", "~~"].iter().any(|operator| pattern.contains(operator))
        || pattern.replace("[[:", "").contains("[[")
        || !text.is_ascii();
    if is_different || text.len() > TEXT_BYTES || pattern.len() > PATTERN_BYTES {
        return None;
    }
    let compiled = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
    compiled.ok().map(|pattern| pattern.is_match(text))
}

#[expect(clippy::cast_precision_loss, reason = "larger numbers are left open")]
fn number(scalar: ScalarValue<'_>) -> Option<f64> {
    match scalar {
        ScalarValue::Int(value) => Some(value as f64),
        ScalarValue::Float(value) => Some(value),
        _ => None,
    }
}

fn of_number<'v, 'a>(value: &'v RenderedValue<'a>, given: f64, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
    let limit = |keyword: Keyword| schema.get(keyword).and_then(RenderedValue::scalar).and_then(number);
    if !given.is_finite() || given.abs() >= EXACT {
        return Open;
    }
    if let Some(most) = limit(Keyword::Maximum) {
        let is_exclusive = schema.is(Keyword::ExclusiveMaximum);
        if given > most || is_exclusive && given >= most {
            let words = if is_exclusive { "less than" } else { "less than or equal to" };
            return mistake(
                value,
                format!("is above the maximum {most}"),
                format!("should be {words} {most}"),
            );
        }
    }
    if let Some(least) = limit(Keyword::Minimum) {
        let is_exclusive = schema.is(Keyword::ExclusiveMinimum);
        if given < least || is_exclusive && given <= least {
            let words = if is_exclusive { "greater than" } else { "greater than or equal to" };
            return mistake(
                value,
                format!("is below the minimum {least}"),
                format!("should be {words} {least}"),
            );
        }
    }
    match limit(Keyword::MultipleOf) {
        None => Fits,
        Some(factor) if factor.fract() != 0.0 || given.fract() != 0.0 || factor < 1.0 => Open,
        Some(factor) if given % factor == 0.0 => Fits,
        Some(factor) => mistake(
            value,
            format!("is not a multiple of {factor}"),
            format!("should be a multiple of {factor}"),
        ),
    }
}

fn of_size<'v, 'a>(value: &'v RenderedValue<'a>, schema: &Schema<'_, '_>) -> Verdict<'v, 'a> {
    let (size, most, least, noun) = if value.is_sequence() {
        (value.items().len(), Keyword::MaxItems, Keyword::MinItems, "items")
    } else {
        (value.entries().len(), Keyword::MaxProperties, Keyword::MinProperties, "properties")
    };
    let limit = |keyword: Keyword| schema.get(keyword).and_then(RenderedValue::as_int);
    if let Some(most) = limit(most).filter(|most| size as i128 > *most) {
        let words = format!("Too many: {size}: must have at most {most} items");
        return mistake(value, format!("has more than {most} {noun}"), words);
    }
    match limit(least).filter(|least| (size as i128) < *least) {
        Some(least) => {
            let words = format!("should have at least {least} {noun}");
            mistake(value, format!("has fewer than {least} {noun}"), words)
        }
        None => Fits,
    }
}
