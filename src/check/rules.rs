//! The rules, which are data: each is one page of Markdown in `rules/`, with its title and severity in front, an
//! example that it reports and one that it does not. A page `TN123-short-title.md` becomes the static `TN123` (see
//! `src/build.rs`); tests check every example, so no page can say what is not so.

use super::finding::Severity;

/// A kind of mistake that `check` looks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// How it is called everywhere: `TN001`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// How bad it is, unless the finding says otherwise.
    pub severity: Severity,
    /// The codes of rules that its wrong example breaks too.
    pub also: &'static [&'static str],
    /// The long story, in Markdown.
    pub explanation: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rule of that code, in capitals or not.
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(code))
}
