//! Durations as Go, and so Kubernetes and Tekton, write them: `1h30m`.

use std::fmt;

use super::Limits;
use super::invalid::{Invalid, shown};
use super::value::Value;

pub(super) const EXAMPLE: &str = "40m";

/// The longest duration of Go, in seconds.
const LONGEST: u64 = 9_223_372_036;

/// Units from large to small, with their length in seconds.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// A span of time of at least one second, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(u64);

impl Duration {
    /// Reads hours, minutes and seconds, each at most once and in that order: `1h30m`, `90s`.
    ///
    /// # Errors
    /// Why the text is not valid, with an example.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::read(text.trim()).map_err(|invalid| invalid.or_example(Self::read, EXAMPLE))
    }

    /// The span in seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// Returns the duration plus `minutes`, at most the longest of Go.
    #[must_use]
    pub(crate) fn plus_minutes(self, minutes: u64) -> Self {
        Self(minutes.saturating_mul(60).saturating_add(self.0).min(LONGEST))
    }

    fn read(text: &str) -> Result<Self, Invalid> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid::new(format!("{} has no unit", shown(text))).suggest(format!("{text}m")));
        }
        let seconds = Self::sum(text).map_err(|invalid| invalid.suggest(suggestion(text)))?;
        match seconds {
            0 => Err(Invalid::new(format!("{} is zero, which Tekton treats as no limit", shown(text)))),
            1..=LONGEST => Ok(Self(seconds)),
            _ => Err(too_long(text)),
        }
    }

    fn sum(text: &str) -> Result<u64, Invalid> {
        let mut sum: u64 = 0;
        let mut units = UNITS.iter();
        for (number, unit) in terms(text) {
            let known = UNITS.iter().find(|(name, _)| unit.chars().eq([*name]));
            let Some((name, seconds)) = known.filter(|_| !number.is_empty()) else {
                return Err(Invalid::new(misread(text, number, unit)));
            };
            if !units.any(|(next, _)| next == name) {
                let reason =
                    format!("{} does not have hours, minutes and seconds in that order", shown(text));
                return Err(Invalid::new(reason));
            }
            let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*seconds));
            sum = part.and_then(|part| sum.checked_add(part)).ok_or_else(|| too_long(text))?;
        }
        Ok(sum)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (name, seconds) in UNITS {
            if rest >= seconds {
                write!(formatter, "{}{name}", rest / seconds)?;
            }
            rest %= seconds;
        }
        Ok(())
    }
}

/// Reads a duration between `min` and `max` seconds, into its canonical form.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    let duration = Duration::read(text)?;
    limits.within(duration.seconds(), |seconds| match seconds {
        0 => "0s".to_owned(),
        seconds => Duration(seconds).to_string(),
    })?;
    Ok(Value::Text(duration.to_string()))
}

fn too_long(text: &str) -> Invalid {
    Invalid::new(format!("{} is too long", shown(text)))
}

fn misread(text: &str, number: &str, unit: &str) -> String {
    let text = shown(text);
    match unit {
        "" => format!("{text} has no unit after `{number}`"),
        "." | "," => format!("{text} has a fraction; use a smaller unit"),
        "ms" | "us" | "µs" | "ns" => format!("{text} has a unit smaller than a second"),
        _ if number.is_empty() => format!("{text} does not start with a number"),
        _ => format!("{text} has the unit {}; the units are `h`, `m` and `s`", shown(unit)),
    }
}

/// Returns the text with common unit spellings (`40 min`, `1H`, `2 days`) corrected; empty if that is not
/// enough.
fn suggestion(text: &str) -> String {
    let plain = text.to_lowercase().replace(' ', "");
    terms(&plain)
        .map(|(number, unit)| suggested_term(number, unit))
        .collect::<Option<String>>()
        .unwrap_or_default()
}

fn suggested_term(number: &str, unit: &str) -> Option<String> {
    match (unit, unit.chars().next()?) {
        ("ms", _) => None,
        (_, 'd') => Some(format!("{}h", number.parse::<u64>().ok()?.checked_mul(24)?)),
        (_, name @ ('h' | 'm' | 's')) => Some(format!("{number}{name}")),
        _ => None,
    }
}

/// Splits the text into numbers, each with the text up to the next number.
fn terms(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (number, tail) =
            rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, next) =
            tail.split_at(tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len()));
        let more = !rest.is_empty();
        rest = next;
        more.then_some((number, unit))
    })
}
