//! Quotes a value for YAML so that every parser reads exactly that value. Kubernetes, kustomize and Argo CD use Go's YAML
//! libraries (YAML 1.1 with some 1.2), editors and treenail YAML 1.2. A text stays unquoted only if all of them read it as
//! the same string, in block and flow context, as a value and as a key. Sources: <https://yaml.org/type/> (1.1), chapter
//! 10.3 of the YAML 1.2.2 specification, and `resolve.go` of go-yaml.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns a text as a one-line YAML scalar: plain if that is safe, else double-quoted.
pub(crate) fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(double_quoted(text)) }
}

pub(crate) fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push_escaped(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

fn push_escaped(quoted: &mut String, character: char) {
    match character {
        '"' => quoted.push_str("\\\""),
        '\\' => quoted.push_str("\\\\"),
        '\n' => quoted.push_str("\\n"),
        '\t' => quoted.push_str("\\t"),
        '\r' => quoted.push_str("\\r"),
        _ if is_visible(character) => quoted.push(character),
        _ => {
            let code = u32::from(character);
            // Writing into a string cannot fail.
            let _ =
                if code > 0xFFFF { write!(quoted, "\\U{code:08X}") } else { write!(quoted, "\\u{code:04X}") };
        }
    }
}

/// Whether every parser reads a character as itself: printable, and neither a line break in YAML 1.1 (U+0085, U+2028,
/// U+2029) nor white space that some parser trims.
fn is_visible(character: char) -> bool {
    let white = character.is_whitespace() && character != ' ';
    !character.is_control() && !white && !matches!(character, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

fn is_plain(text: &str) -> bool {
    starts_plain(text)
        && stays_plain(text)
        && !is_special_word(text)
        && !is_number(text)
        && !is_timestamp(text)
}

fn starts_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return false;
    };
    match first {
        // `?` and `:` may begin a plain scalar in YAML 1.2, but not in a flow collection of YAML 1.1.
        ' ' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' | '?' | ':' => false,
        '-' => !matches!(characters.next(), None | Some(' ')) && !is_document_marker(text, "---"),
        '.' => !is_document_marker(text, "..."),
        _ => true,
    }
}

fn is_document_marker(text: &str, marker: &str) -> bool {
    text.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether nothing in the text ends a plain scalar early. `?` ends one in a flow collection of go-yaml 2.
fn stays_plain(text: &str) -> bool {
    text.chars().all(is_visible)
        && !text.contains([',', '[', ']', '{', '}', '?'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
}

/// Whether the word is a null, a boolean, the merge key or the default key.
fn is_special_word(text: &str) -> bool {
    const WORDS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"];
    matches!(text, "<<" | "=") || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether some parser reads the text as a number. YAML 1.1 ignores `_`, except as the first character.
fn is_number(text: &str) -> bool {
    if text.starts_with('_') {
        return false;
    }
    let digits = text.replace('_', "");
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    is_decimal(unsigned) || is_radix(unsigned) || is_not_finite(unsigned) || is_sexagesimal(unsigned)
}

/// `12`, `012`, `1.`, `.5`, `1.5`, `1e3`, `1.5E-3`.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) =
        text.find(['e', 'E']).map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !unsigned.is_empty() && all_digits(unsigned, 10)
    });
    !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole, 10)
        && all_digits(fraction, 10)
        && exponent_fits
}

/// `0x1F`, `0b101`, `0o17`; go-yaml also reads `0b-1`.
fn is_radix(text: &str) -> bool {
    [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)].iter().any(|&(prefix, radix)| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| all_digits(rest.strip_prefix(['+', '-']).unwrap_or(rest), radix))
    })
}

fn is_not_finite(text: &str) -> bool {
    text.eq_ignore_ascii_case(".inf") || text.eq_ignore_ascii_case(".nan")
}

/// Base 60 of YAML 1.1: `1:30`, `12:30:45`, `12:30:45.5`.
fn is_sexagesimal(text: &str) -> bool {
    let whole = text.split_once('.').map_or(
        text,
        |(whole, fraction)| {
            if all_digits(fraction, 10) { whole } else { text }
        },
    );
    let mut places = whole.split(':');
    let first = places.next().unwrap_or_default();
    let mut rest = places.peekable();
    !first.is_empty()
        && all_digits(first, 10)
        && rest.peek().is_some()
        && rest.all(|place| {
            all_digits(place, 10) && (place.len() == 1 || place.len() == 2 && place.as_bytes()[0] < b'6')
        })
}

/// `2024-01-01`, alone or with a time after it.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let day = rest.split(['T', 't', ' ']).next().unwrap_or_default();
    let short = |part: &str| matches!(part.len(), 1 | 2) && all_digits(part, 10);
    year.len() == 4 && all_digits(year, 10) && short(month) && short(day)
}

fn all_digits(text: &str, radix: u32) -> bool {
    text.chars().all(|character| character.is_digit(radix))
}

#[cfg(test)]
mod tests;
