//! Whole numbers, in the one form that every YAML parser reads as the same number.

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

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
