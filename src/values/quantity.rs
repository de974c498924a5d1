//! Amounts of CPU, memory and storage, by the grammar of
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>, without values that Kubernetes
//! accepts and nobody means: `256m` of memory is a quarter of a byte.

use serde::Deserialize;

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    /// CPU cores: `100m`, `0.5`, `2`.
    Cpu,
    /// Memory, in bytes: `256Mi`.
    Memory,
    /// Storage, in bytes: `10Gi`.
    Storage,
}

/// The suffixes, with the power of two and of ten that each stands for.
const SUFFIXES: [(&str, u32, i32); 16] = [
    ("", 0, 0),
    ("n", 0, -9),
    ("u", 0, -6),
    ("m", 0, -3),
    ("k", 0, 3),
    ("M", 0, 6),
    ("G", 0, 9),
    ("T", 0, 12),
    ("P", 0, 15),
    ("E", 0, 18),
    ("Ki", 10, 0),
    ("Mi", 20, 0),
    ("Gi", 30, 0),
    ("Ti", 40, 0),
    ("Pi", 50, 0),
    ("Ei", 60, 0),
];

/// The greatest quantity (2^63 - 1), and the least useful amount of memory or storage, in thousandths.
const GREATEST: u128 = (i64::MAX as u128) * 1000;
const LEAST_BYTES: u128 = (1 << 20) * 1000;

/// One more than the greatest quantity has.
const MOST_DIGITS: usize = 20;

impl Unit {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Cpu => "an amount of CPU",
            Self::Memory => "an amount of memory",
            Self::Storage => "an amount of storage",
        }
    }

    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Cpu => "100m",
            Self::Memory => "256Mi",
            Self::Storage => "10Gi",
        }
    }

    fn check(self, text: &str, suffix: &str, thousandths: Option<u128>) -> Result<(), String> {
        let text = shown(text);
        match (self, thousandths) {
            (_, Some(0)) => Err(format!("{text} is zero")),
            (_, Some(amount)) if amount > GREATEST => Err(format!("{text} is too large for Kubernetes")),
            (Self::Cpu, _) if !matches!(suffix, "" | "m" | "u" | "n") && !is_exponent(suffix) => {
                Err(format!("{text} is not an amount of CPU; write it like `100m` or `0.5`"))
            }
            (Self::Cpu, None) => Err(format!("{text} is less than `1m`, a thousandth of a CPU")),
            (Self::Cpu, Some(_)) => Ok(()),
            (_, Some(amount)) if matches!(suffix, "m" | "u" | "n") => {
                Err(format!("{text} counts fractions of a byte: it is {} bytes", amount / 1000))
            }
            (_, Some(amount)) if amount % 1000 == 0 && amount >= LEAST_BYTES => Ok(()),
            (_, Some(amount)) if amount < LEAST_BYTES => Err(format!("{text} is less than `1Mi`")),
            (..) => Err(format!("{text} is not a whole number of bytes")),
        }
    }
}

/// Reads a quantity of `unit`, and returns it as written.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    // `AnswerType::new` guarantees a unit.
    let unit = limits.unit.unwrap_or(Unit::Memory);
    check(text, unit).map_err(|invalid| invalid.suggest(suggestion(text, unit)))?;
    Ok(Value::Text(text.to_owned()))
}

fn check(text: &str, unit: Unit) -> Result<(), Invalid> {
    only(
        text,
        |letter| letter.is_ascii_alphanumeric() || letter == '.',
        "a quantity is a number and a suffix",
    )?;
    let (number, suffix) = split(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty() || number == "." || fraction.contains('.') {
        return Err(Invalid::new(format!("{} does not start with a number", shown(text))));
    }
    if number.len() > MOST_DIGITS {
        return Err(Invalid::new(format!("{} has more than {MOST_DIGITS} digits", shown(text))));
    }
    let Some((two, ten)) = powers(suffix) else {
        return Err(Invalid::new(format!(
            "{} has {}, which is not a quantity suffix",
            shown(text),
            shown(suffix)
        )));
    };
    let thousandths = match format!("{whole}{fraction}").parse() {
        Ok(digits) => thousandths(digits, two, ten + 3, fraction.len()),
        Err(_) => Some(u128::MAX),
    };
    unit.check(text, suffix, thousandths).map_err(Invalid::new)
}

/// Returns the amount in thousandths, if `text` is a quantity of at least one of them.
pub(crate) fn amount(text: &str) -> Option<u128> {
    let (number, suffix) = split(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (two, ten) = powers(suffix).filter(|_| number.len() <= MOST_DIGITS)?;
    thousandths(format!("{whole}{fraction}").parse().ok()?, two, ten + 3, fraction.len())
}

/// As [`amount`], and none is an amount as well.
pub(crate) fn amount_or_zero(text: &str) -> Option<u128> {
    let is_zero = !text.is_empty() && split(text).0.chars().all(|digit| matches!(digit, '0' | '.'));
    if is_zero { Some(0) } else { amount(text) }
}

/// Returns a valid quantity `factor` times, with its suffix; the greatest one if that is too large for Kubernetes.
pub(crate) fn times(text: &str, factor: u32) -> Option<String> {
    let (number, suffix) = split(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").parse::<u128>().ok()?.checked_mul(factor.into())?;
    let width = fraction.len() + 1;
    let digits = format!("{digits:0width$}");
    let (whole, fraction) = digits.split_at(digits.len() - fraction.len());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let product = format!("{whole}{point}{fraction}{suffix}");
    let fits = amount(&product).is_some_and(|amount| amount <= GREATEST);
    Some(if fits { product } else { i64::MAX.to_string() })
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len()))
}

fn is_exponent(suffix: &str) -> bool {
    suffix.strip_prefix(['e', 'E']).is_some_and(|power| power.parse::<u8>().is_ok())
}

fn powers(suffix: &str) -> Option<(u32, i32)> {
    if is_exponent(suffix) {
        return suffix[1..].parse().ok().map(|power| (0, power));
    }
    SUFFIXES.iter().find(|(name, ..)| *name == suffix).map(|(_, two, ten)| (*two, *ten))
}

/// Returns `digits * 2^two * 10^(ten - decimals)`, saturating; `None` if that is not a whole number.
fn thousandths(digits: u128, two: u32, ten: i32, decimals: usize) -> Option<u128> {
    let power = ten - i32::try_from(decimals).ok()?;
    let scale = 10_u128.checked_pow(power.unsigned_abs());
    let digits = digits.saturating_mul(1 << two);
    match scale {
        _ if digits == 0 => Some(0),
        Some(scale) if power < 0 => digits.is_multiple_of(scale).then(|| digits / scale),
        None if power < 0 => None,
        Some(scale) => Some(digits.saturating_mul(scale)),
        None => Some(u128::MAX),
    }
}

/// Returns the quantity most likely meant: `512MB` is `512M`, `512mb` is `512Mi`, `500M` of CPU is `500m`,
/// and a bare number of memory is in mebibytes.
fn suggestion(text: &str, unit: Unit) -> String {
    let plain = text.replace(' ', "");
    let (number, suffix) = split(&plain);
    let suffix = suffix.strip_suffix(['b', 'B']).unwrap_or(suffix);
    let fitting = match (unit, suffix) {
        (Unit::Cpu, suffix) if suffix.starts_with(['m', 'M']) => "m".to_owned(),
        (Unit::Cpu, _) => String::new(),
        (_, "" | "k" | "K" | "ki" | "Ki" | "u" | "n") => "Mi".to_owned(),
        (_, "M" | "G" | "T" | "P" | "E") => suffix.to_owned(),
        (_, suffix) => format!("{}i", suffix[..1].to_uppercase()),
    };
    format!("{number}{fitting}")
}
