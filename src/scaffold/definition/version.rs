//! A scaffold's version.

use std::fmt;
use std::str::FromStr;

/// `MAJOR.MINOR.PATCH` of Semantic Versioning. Scaffolds have no pre-releases, so that an upgrade can order versions by
/// number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u64; 3]);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| {
            let canonical = part == "0" || !part.starts_with('0');
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            (canonical && digits).then(|| part.parse().ok()).flatten()
        };
        let numbers: Option<Vec<u64>> = text.split('.').map(number).collect();
        numbers
            .and_then(|numbers| numbers.try_into().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a version like `1.4.0`"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["0.0.0", "1.4.0", "10.20.30"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in
            ["", "1", "1.2", "1.2.3.4", "1.02.3", "v1.2.3", "1.2.x", "1.2.-3", "1.2.+3", "1..3", "1.2.3-rc1"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn orders_by_number() {
        let parse = |text: &str| text.parse::<Version>().unwrap();
        assert!(parse("1.10.0") > parse("1.9.9"));
    }
}
