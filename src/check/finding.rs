//! What `check` reports: a broken rule with its location, and how to fix it.

use std::cmp::Ordering;
use std::ops::Range;

use super::rule::Rule;
pub use super::severity::Severity;
use crate::excerpt;
use crate::yaml::node::{Node, Position};

/// The smallest change of a file that fixes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The bytes of the file to replace.
    pub range: Range<usize>,
    pub(crate) text: String,
}

impl Fix {
    pub(crate) fn replace(node: Node<'_>, text: impl Into<String>) -> Self {
        Self { range: node.span(), text: text.into() }
    }
}

/// A mistake and its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The rule's severity, or that of this case.
    pub severity: Severity,
    /// The path of the file, as in [`super::Files`].
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, on the same line.
    pub end: Position,
    /// What is wrong here; lower case start, values in backticks, no full stop.
    pub message: String,
    /// How to fix it; empty if the message says so.
    pub(crate) hint: String,
    /// The change that fixes it, where that is certain.
    pub fix: Option<Fix>,
}

/// The number of characters to quote of a value, which may be a file of many megabytes.
const MAX_QUOTED: usize = 200;

/// The number of characters of a message.
const MAX_MESSAGE: usize = 2_000;

impl Finding {
    /// Creates a finding about the file `path` as a whole.
    pub(crate) fn about_file(rule: &'static Rule, path: &str, message: impl Into<String>) -> Self {
        Self::new(rule, (path, ""), (0..0, Position::START), message)
    }

    /// Creates a finding about `span` in the `text` of the file `path`, with the severity of the rule. It
    /// ends with the first line of the span.
    pub(crate) fn new(
        rule: &'static Rule,
        (path, text): (&str, &str),
        (span, start): (Range<usize>, Position),
        message: impl Into<String>,
    ) -> Self {
        let shown = text.get(span).and_then(|text| text.lines().next()).unwrap_or_default();
        let end = Position { column: start.column + shown.chars().count(), ..start };
        Self {
            rule,
            severity: rule.severity,
            path: path.to_owned(),
            start,
            end,
            message: message.into(),
            hint: String::new(),
            fix: None,
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub(crate) fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    #[must_use]
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Cuts long values in its texts.
    pub(crate) fn shorten(&mut self) {
        for text in [&mut self.message, &mut self.hint].into_iter().filter(|text| text.len() > MAX_QUOTED) {
            let parts: Vec<_> = text.split('`').map(|part| excerpt::start(part, MAX_QUOTED)).collect();
            *text = excerpt::start(&parts.join("`"), MAX_MESSAGE).into_owned();
        }
    }

    /// The order of a report: by path, position and rule.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |finding: &Self| (finding.start, finding.rule.code, finding.end);
        self.path
            .cmp(&other.path)
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.message.cmp(&other.message))
    }
}
