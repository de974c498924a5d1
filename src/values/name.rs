//! Names of Kubernetes objects: DNS labels by RFC 1123 (namespaces) and RFC 1035 (Services), and subdomains (most
//! others).
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

pub(super) const LONGEST: usize = 63;

const LONGEST_SUBDOMAIN: usize = 253;

/// Reads a DNS-1123 label of at most `max-length` characters.
pub(super) fn dns_label(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    check(text, longest(limits))?;
    Ok(Value::Text(text.to_owned()))
}

/// Reads a DNS-1035 label of at most `max-length` characters.
pub(super) fn label(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    let trim = |invalid: Invalid| {
        invalid.map_suggestion(|suggestion| {
            suggestion.trim_start_matches(|letter: char| !letter.is_ascii_lowercase()).to_owned()
        })
    };
    check(text, longest(limits)).and_then(|()| check_start(text)).map_err(trim)?;
    Ok(Value::Text(text.to_owned()))
}

/// Reads a DNS-1123 subdomain: labels with dots between them, 253 characters at most.
pub(super) fn dns_subdomain(text: &str, _limits: &Limits) -> Result<Value, Invalid> {
    if text.len() > LONGEST_SUBDOMAIN {
        let reason = format!("it has {} characters; at most {LONGEST_SUBDOMAIN} are allowed", text.len());
        return Err(Invalid::new(reason));
    }
    let suggested = || text.split('.').map(|part| suggestion(part, LONGEST)).collect::<Vec<_>>().join(".");
    for part in text.split('.') {
        check(part, LONGEST).map_err(|invalid| invalid.suggest(suggested()))?;
    }
    Ok(Value::Text(text.to_owned()))
}

/// Accepts DNS-1123 labels of at most `longest` characters.
pub(super) fn check(text: &str, longest: usize) -> Result<(), Invalid> {
    let refuse = |reason: String| Err(Invalid::new(reason).suggest(suggestion(text, longest)));
    let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    only(text, allowed, "only lower-case letters, digits and `-` are allowed")
        .map_err(|invalid| invalid.suggest(suggestion(text, longest)))?;
    if text.is_empty() {
        return Err(Invalid::new("a name is empty"));
    }
    if text.starts_with('-') {
        return refuse(format!("{} starts with `-`; it must start with a letter or digit", shown(text)));
    }
    if text.ends_with('-') {
        return refuse(format!("{} ends with `-`; it must end with a letter or digit", shown(text)));
    }
    if text.len() > longest {
        return refuse(format!(
            "{} has {} characters; at most {longest} are allowed",
            shown(text),
            text.len()
        ));
    }
    Ok(())
}

/// Returns `text` as a DNS-1035 label, if changing only case and separators makes it one.
pub(crate) fn harmless(text: &str) -> Option<String> {
    let name = dashed(text);
    label(&name, &Limits::default()).is_ok().then_some(name)
}

pub(super) fn suggestion(text: &str, longest: usize) -> String {
    let kept = dashed(text)
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .collect::<String>();
    let kept = kept.trim_start_matches('-');
    kept[..kept.len().min(longest)].trim_end_matches('-').to_owned()
}

fn dashed(text: &str) -> String {
    text.to_lowercase().replace(['_', '.', ' '], "-")
}

fn check_start(text: &str) -> Result<(), Invalid> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        let reason = format!(
            "{} starts with a digit; as the name of a Service it must start with a letter",
            shown(text)
        );
        return Err(Invalid::new(reason).suggest(text));
    }
    Ok(())
}

fn longest(limits: &Limits) -> usize {
    limits.max_length.unwrap_or(LONGEST)
}
