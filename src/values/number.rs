//! Whole numbers, in the one form that every YAML parser reads as the same number.

use std::str::FromStr;

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// Parses a positive number in plain decimal digits, without a zero before it.
pub(super) fn positive<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_plain { text.parse().ok() } else { None }
}

pub(super) fn read(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    only(text, |letter| letter.is_ascii_digit(), "a whole number has only decimal digits")?;
    let bare = text.trim_start_matches('0');
    if text != "0" && bare != text {
        let reason = format!("{} starts with a zero, which some parsers read as octal", shown(text));
        return Err(Invalid::new(reason).suggest(if bare.is_empty() { "0" } else { bare }));
    }
    let number = text.parse().map_err(|_| Invalid::new(format!("{} is too large", shown(text))))?;
    limits.within(number, |number| number.to_string())?;
    Ok(Value::Number(number))
}
