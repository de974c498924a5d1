//! What surrounds the expressions of `x-kubernetes-validations`. The expressions themselves, in CEL, are not compiled.

use super::schemas::{Keyword, Schema};
use super::{Refusals, field_paths, one_of};
use crate::check::rendered_value::RenderedValue;

const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// `is_correlatable` says whether the API server knows which older value a value of the schema replaces.
pub(super) fn check(refusals: &mut Refusals<'_>, schema: &Schema<'_, '_>, is_correlatable: bool) {
    for validation in schema.items(Keyword::Validations) {
        texts(refusals, validation);
        old_self(refusals, validation, is_correlatable);
        if let Some(reason) = validation.get("reason").filter(|reason| reason.as_str().is_some()) {
            one_of(refusals, reason, "reason", &REASONS);
        }
        if let Some(path) = validation.get("fieldPath").filter(|path| !path.text().is_empty()) {
            field_path(refusals, schema, path);
        }
    }
}

fn texts(refusals: &mut Refusals<'_>, validation: &RenderedValue<'_>) {
    let text = |field: &str| validation.get(field).map_or("", RenderedValue::text);
    let (rule, message) = (text("rule").trim(), text("message"));
    let blank = "must be non-empty if specified";
    if rule.is_empty() {
        let at = validation.get("rule").filter(|rule| !rule.is_null()).unwrap_or(validation);
        refusals.add(at, "the validation has no rule", "rule is not specified");
    } else if let Some(at) = validation.get("message").filter(|_| !message.is_empty()) {
        if message.trim().is_empty() {
            refusals.add(at, "the message is blank", blank);
        } else if has_newlines(message.trim()) {
            refusals.add(at, "the message has several lines", "must not contain line breaks");
        }
    } else if has_newlines(rule) {
        let at = validation.get("rule").unwrap_or(validation);
        let words = "message must be specified if rule contains line breaks";
        refusals.add(at, "a rule of several lines needs a `message`", words);
    }
    let expression = validation.get("messageExpression");
    if let Some(at) = expression.filter(|it| !it.text().is_empty() && it.text().trim().is_empty()) {
        refusals.add(at, "the expression of the message is blank", format!("messageExpression {blank}"));
    }
}

/// Checks the use of the value before an update.
fn old_self(refusals: &mut Refusals<'_>, validation: &RenderedValue<'_>, is_correlatable: bool) {
    let Some(rule) = validation.get("rule") else { return };
    let option = validation.entry("optionalOldSelf").filter(|entry| !entry.value.is_null());
    if let Some(option) = option.filter(|_| !rule.text().contains("oldSelf")) {
        let message = "`optionalOldSelf` of a rule that does not use `oldSelf`";
        refusals.at(option.location, message, "may not be set if oldSelf is not used in rule");
    }
    if !is_correlatable && uses_old_self(rule.text()) {
        let words = "oldSelf cannot be used on the uncorrelatable portion of the schema";
        refusals.add(
            rule,
            "which older item an item replaces is not known here, so there is no `oldSelf`",
            words,
        );
    }
}

/// Whether the expression has the variable `oldSelf`, outside of strings.
fn uses_old_self(rule: &str) -> bool {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, letter) in rule.char_indices() {
        match quote {
            Some(end) => {
                quote = quote.filter(|_| letter != end || is_escaped);
                is_escaped = letter == '\\' && !is_escaped;
            }
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None if rule[at..].starts_with("oldSelf") => {
                let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
                let after = &rule[at + "oldSelf".len()..];
                if !rule[..at].ends_with(is_word) && !after.starts_with(|it: char| is_word(it) && it != '.') {
                    return true;
                }
            }
            None => {}
        }
    }
    false
}

fn field_path(refusals: &mut Refusals<'_>, schema: &Schema<'_, '_>, path: &RenderedValue<'_>) {
    let text = path.text();
    if text.trim().is_empty() {
        refusals.add(path, "the path of the field is blank", "must be non-empty if specified");
    } else if has_newlines(text) {
        refusals.add(path, "the path of the field has several lines", "must not contain line breaks");
    } else if field_paths::resolve(text, schema.node, true).is_err() {
        refusals.add(path, format!("`{text}` is not the path of a field"), "must be a valid path");
    }
}

fn has_newlines(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::uses_old_self;

    #[test]
    fn the_value_before_an_update() {
        for rule in [
            "self == oldSelf",
            "oldSelf.size() > 0",
            "!has(oldSelf.a)",
            "'it\\'s' == self || oldSelf == self",
        ] {
            assert!(uses_old_self(rule), "{rule}");
        }
        for rule in
            ["self", "self.oldSelf", "'oldSelf' == self", "\"oldSelf\" == self", "oldSelves", "an_oldSelf"]
        {
            assert!(!uses_old_self(rule), "{rule}");
        }
    }
}
