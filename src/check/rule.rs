//! The rules, which are data: each is one page of Markdown, with its title and severity in front, an example that it
//! reports and one that it does not. A page `TN123-short-title.md` in any folder below `check` becomes the static
//! `TN123` (see `src/build.rs`). Tests check every example.

use std::fmt;

use super::severity::Severity;

/// A kind of mistake that `check` looks for.
#[derive(PartialEq, Eq)]
pub struct Rule {
    /// Its name: `TN001`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The severity of its findings, unless they set another.
    pub severity: Severity,
    /// Whether it is a matter of taste: outside generated repositories, its findings are notes.
    pub is_taste: bool,
    /// The codes of other rules that its wrong example violates.
    pub(crate) also: &'static [&'static str],
    /// The path of its page in the source of treenail.
    pub page: &'static str,
    /// The text of the page, in Markdown.
    pub explanation: &'static str,
}

impl Rule {
    /// Returns the folder of its page, which names its group.
    pub(crate) fn group(&self) -> &'static str {
        self.page.rsplit('/').nth(1).unwrap_or_default()
    }
}

impl fmt::Debug for Rule {
    /// Prints only the code, since the explanation is long.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)
    }
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rule of that code, in capitals or not.
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(code))
}

/// Whether `word` looks like a code, known or not.
pub fn is_code(word: &str) -> bool {
    let (letters, digits) = word.split_at_checked(2).unwrap_or_default();
    letters.eq_ignore_ascii_case("TN")
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a hint for the unknown code `word`. Codes differ in a digit or two, so only one with the same
/// number is suggested.
pub(crate) fn hint(word: &str) -> String {
    let digits = word.trim_start_matches(|character: char| !character.is_ascii_digit());
    let number: Option<u16> = digits.parse().ok();
    match number.and_then(|number| find(&format!("TN{number:03}"))) {
        Some(rule) => format!("did you mean `{}` ({})?", rule.code, rule.title),
        None => "`treenail explain` lists the rules".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_recognised() {
        assert_eq!(find("tn001").map(|rule| rule.code), Some("TN001"));
        for (word, expected) in
            [("TN001", true), ("tn1", true), ("TN", false), ("TN0x1", false), ("été", false)]
        {
            assert_eq!(is_code(word), expected, "{word}");
        }
    }

    #[test]
    fn only_the_same_number_can_have_been_meant() {
        assert!(hint("T3").starts_with("did you mean `TN003`"));
        assert!(hint("12345").starts_with("`treenail explain`"));
        assert!(hint("quotes").starts_with("`treenail explain`"));
    }
}
