//! What `check` reports: which rule is broken where, what that means, and what mends it.

use std::cmp::Ordering;
use std::ops::Range;

use super::registry::Rule;
pub use super::severity::Severity;
use crate::yaml::node::{Node, Position};

/// The smallest change of a file that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The bytes of the file to replace.
    pub range: Range<usize>,
    /// What to put there.
    pub(crate) text: String,
}

impl Fix {
    /// Writes `text` in place of `node`.
    pub(crate) fn replace(node: Node<'_>, text: impl Into<String>) -> Self {
        Self { range: node.span(), text: text.into() }
    }
}

/// One mistake in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it is called in [`super::Files`].
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, on the same line.
    pub end: Position,
    /// What is wrong here; lower case start, values in backticks, no full stop.
    pub message: String,
    /// What mends it; empty where the message says it all.
    pub(crate) hint: String,
    /// The change that mends it, where that is certain.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding of the rule's own severity about the bytes `span` of the text `text` of the file `path`, which
    /// begin at `start`. Only the first line of the span is pointed at.
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

    /// Says what mends it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds the change that mends it.
    #[must_use]
    pub(crate) fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Makes it of another severity than its rule.
    #[must_use]
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The order of a report: by path, place and rule.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |finding: &Self| (finding.start, finding.rule.code, finding.end);
        self.path
            .cmp(&other.path)
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.message.cmp(&other.message))
    }
}
