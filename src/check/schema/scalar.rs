//! Compares a scalar with its shape.

use super::formats::{
    intended_quantity, is_base64, is_duration, is_placeholder, is_quantity, key_mistake, label_mistake,
};
use super::table::Shape;
use crate::check::finding::Finding;
use crate::check::rule::{Rule, TN011, TN013, TN017, TN018};
use crate::check::source::Source;
use crate::suggest;
use crate::values::shown;
use crate::yaml::node::Node;
use crate::yaml::scalar;
use crate::yaml::scalar::ScalarValue;

#[derive(Debug)]
pub(crate) struct InvalidScalar {
    pub(crate) rule: &'static Rule,
    /// Phrased to follow the path of the scalar.
    pub(crate) message: String,
    pub(crate) hint: String,
    /// The text that fixes it, if that is certain.
    pub(crate) replacement: Option<String>,
}

/// Returns `None` if `node` has the type `shape`, or is not a scalar.
pub(crate) fn check(node: Node<'_>, shape: &Shape) -> Option<InvalidScalar> {
    let value = node.scalar()?;
    match (shape, value) {
        (Shape::Integer, ScalarValue::Float(number)) if number.fract() == 0.0 => None,
        (Shape::Integer | Shape::IntOrString, ScalarValue::Int(_))
        | (Shape::Number | Shape::Quantity, ScalarValue::Int(_) | ScalarValue::Float(_))
        | (Shape::Boolean, ScalarValue::Bool(_))
        | (Shape::IntOrString | Shape::Text, ScalarValue::Text(_)) => None,
        (_, ScalarValue::Text(text)) if is_placeholder(text) => None,
        (Shape::Quantity, ScalarValue::Text(text)) => quantity(text),
        (Shape::Choice(choices), ScalarValue::Text(text)) => choice(text, choices),
        (Shape::Time | Shape::Duration | Shape::Base64 | Shape::Label, ScalarValue::Text(text)) => {
            text_of(text, shape)
        }
        (Shape::Integer | Shape::Number | Shape::Boolean, ScalarValue::Text(text)) => {
            Some(unquoted(node, text, shape))
        }
        _ => Some(quoted(node, shape)),
    }
}

pub(crate) fn noun(node: Node<'_>) -> &'static str {
    node.scalar().map_or("nothing", ScalarValue::noun)
}

fn malformed(
    message: impl Into<String>,
    hint: impl Into<String>,
    replacement: Option<String>,
) -> InvalidScalar {
    InvalidScalar { rule: &TN017, message: message.into(), hint: hint.into(), replacement }
}

fn quantity(text: &str) -> Option<InvalidScalar> {
    if is_quantity(text) {
        return None;
    }
    let replacement = intended_quantity(text);
    let hint = replacement.as_ref().map_or_else(
        || "a quantity is a number with or without a unit: `500m`, `2`, `512Mi`, `1Gi`".to_owned(),
        |replacement| format!("did you mean `{replacement}`?"),
    );
    // Not a fix: `1gb` may mean `1G` or `1Gi`.
    Some(malformed(format!("is {}, which is not a quantity", shown(text)), hint, None))
}

fn text_of(text: &str, shape: &Shape) -> Option<InvalidScalar> {
    match shape {
        Shape::Duration if !is_duration(text) => Some(malformed(
            format!("is {}, which is not a duration", shown(text)),
            "write numbers with the units `h`, `m` and `s`, such as `1h30m`",
            None,
        )),
        Shape::Base64 if !is_base64(text) => Some(malformed(
            "is not base64",
            "a Secret takes plain text under `stringData`; under `data` it must be encoded",
            None,
        )),
        Shape::Label => label_mistake(text).map(|mistake| InvalidScalar {
            rule: &TN018,
            message: format!("is {}, and a label's value {mistake}", shown(text)),
            hint: String::new(),
            replacement: None,
        }),
        _ => None,
    }
}

fn choice(text: &str, choices: &[std::borrow::Cow<'static, str>]) -> Option<InvalidScalar> {
    if choices.iter().any(|choice| choice == text) {
        return None;
    }
    let words = || choices.iter().map(AsRef::as_ref).filter(|word: &&str| !word.is_empty());
    let near = suggest::nearest(text, words());
    let listed: Vec<_> = words().map(|word| format!("`{word}`")).collect();
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it can be {}", listed.join(", ")),
    };
    let replacement = near.filter(|near| near.eq_ignore_ascii_case(text)).map(str::to_owned);
    Some(InvalidScalar { rule: &TN013, message: format!("cannot be {}", shown(text)), hint, replacement })
}

/// Describes a string where another type is expected: needlessly quoted, or a different word.
fn unquoted(node: Node<'_>, text: &str, shape: &Shape) -> InvalidScalar {
    let plain = scalar::resolve(text, true, None);
    let fits = match shape {
        Shape::Integer => matches!(plain, ScalarValue::Int(_)),
        Shape::Number => matches!(plain, ScalarValue::Int(_) | ScalarValue::Float(_)),
        _ => matches!(plain, ScalarValue::Bool(_)),
    };
    let message = format!("is a string; expected {}", shape.noun());
    let is_quoted = fits && !node.is_plain();
    let hint = if is_quoted { format!("write it without quotes: `{text}`") } else { String::new() };
    InvalidScalar { rule: &TN011, message, hint, replacement: is_quoted.then(|| text.to_owned()) }
}

fn quoted(node: Node<'_>, shape: &Shape) -> InvalidScalar {
    let message = format!("is {}; expected {}", noun(node), shape.noun());
    let text = node.text();
    let is_text = matches!(
        shape,
        Shape::Text | Shape::Label | Shape::Choice(_) | Shape::Time | Shape::Duration | Shape::Base64
    );
    let replacement = (is_text && node.is_plain()).then(|| format!("\"{text}\""));
    let hint = replacement
        .as_ref()
        .map_or_else(String::new, |replacement| format!("put it in quotes: `{replacement}`"));
    InvalidScalar { rule: &TN011, message, hint, replacement }
}

pub(crate) fn label_key(source: &Source<'_>, key: Node<'_>) -> Option<Finding> {
    let text = key.text();
    let mistake = key_mistake(text).filter(|_| !is_placeholder(text))?;
    Some(source.finding(&TN018, key, format!("{} cannot be the key of a label: it {mistake}", shown(text))))
}
