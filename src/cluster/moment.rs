//! Times as Kubernetes writes them, and how long something takes.
#![expect(clippy::disallowed_methods, reason = "it tells how long something has been running")]

use std::time::{SystemTime, UNIX_EPOCH};

/// Reads a time such as `2026-11-30T10:00:00Z`, in seconds since 1970; `None` if it is another text.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    // Some times have fractions of a second.
    let [hour, minute, second] = numbers(time.split('.').next()?, ':')?;
    let is_valid = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    (is_valid && is_time).then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// The seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A duration for people: `12s`, `1m5s`, `2h3m`.
pub(crate) fn shown(seconds: i64) -> String {
    match seconds.max(0) {
        short @ 0..60 => format!("{short}s"),
        medium @ 60..3600 => format!("{}m{}s", medium / 60, medium % 60),
        long => format!("{}h{}m", long / 3600, long / 60 % 60),
    }
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// The days since 1970 of a date of the Gregorian calendar, whose years are taken to begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + in_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_kubernetes() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:01Z", Some(951_825_601)),
            ("2026-11-30T10:00:00.123456Z", Some(1_796_032_800)),
            ("2026-11-30T10:00:00", None),
            ("2026-13-30T10:00:00Z", None),
            ("", None),
            ("9999999999999999999-01-01T00:00:00Z", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_short() {
        let texts = [-1, 0, 59, 60, 125, 3600, 7384].map(shown);
        assert_eq!(texts, ["0s", "0s", "59s", "1m0s", "2m5s", "1h0m", "2h3m"]);
    }
}
