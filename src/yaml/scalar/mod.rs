//! What a scalar means to Kubernetes, kubectl and Argo CD. They read YAML with `sigs.k8s.io/yaml`; this follows its
//! `goyaml.v2/resolve.go`: YAML 1.1 words and octal numbers, no sexagesimal numbers, and timestamps stay strings.

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarValue<'a> {
    /// No value, `~` or `null`.
    Null,
    /// Also `yes`, `off` and the like.
    Bool(bool),
    /// An integer of 64 bits, with or without sign.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(&'a str),
}

impl<'a> ScalarValue<'a> {
    pub(crate) fn as_str(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(value) } else { None }
    }

    pub(crate) fn as_int(self) -> Option<i128> {
        if let Self::Int(value) = self { Some(value) } else { None }
    }

    /// Returns the name of the type for messages, with its article.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
        }
    }
}

const CORE: &str = "tag:yaml.org,2002:";

/// Returns the meaning of the scalar `text`, which is unquoted if `is_plain`.
pub(crate) fn resolve<'a>(text: &'a str, is_plain: bool, tag: Option<&str>) -> ScalarValue<'a> {
    match tag.map(|tag| tag.strip_prefix(CORE)) {
        None if is_plain => guess(text),
        Some(Some("bool" | "int" | "float" | "null")) => guess(text),
        _ => ScalarValue::Text(text),
    }
}

fn guess(text: &str) -> ScalarValue<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarValue::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            ScalarValue::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            ScalarValue::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => ScalarValue::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => ScalarValue::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => ScalarValue::Float(f64::NEG_INFINITY),
        _ => number(text).unwrap_or(ScalarValue::Text(text)),
    }
}

fn number(text: &str) -> Option<ScalarValue<'static>> {
    let first = *text.as_bytes().first()?;
    if first == b'.' {
        return is_decimal(text).then(|| text.parse().ok().map(ScalarValue::Float))?;
    }
    if !matches!(first, b'0'..=b'9' | b'+' | b'-') {
        return None;
    }
    let digits = text.replace('_', "");
    if let Some(value) = integer(&digits) {
        return Some(ScalarValue::Int(value));
    }
    is_decimal(&digits).then(|| digits.parse().ok().map(ScalarValue::Float))?
}

/// Follows Go's `ParseInt` with base 0, which accepts `0x1F`, `0b11`, `0o17` and `017`.
fn integer(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let value = if negative { -value } else { value };
    (value >= i128::from(i64::MIN)).then_some(value)
}

/// `12.`, `.5`, `1.5`, `1e3`, `1.5E-3`, with or without a sign.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !exponent.is_empty() && mantissa != "." && !mantissa.is_empty();
    has_digits && [whole, fraction, exponent].concat().bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
