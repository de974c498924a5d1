//! The lines that a file had in an earlier revision, by which a comment there still counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::files::Files;
use crate::check::finding::Finding;
use crate::check::source::Source;

/// The lines of a file that are unchanged since the earlier revision. A line that occurs more often now is new where it
/// occurs later.
pub(super) struct EarlierLines<'t> {
    lines: Vec<&'t str>,
    counts: BTreeMap<&'t str, usize>,
    /// The numbers of the lines that are known to be unchanged, by their text and what was asked for.
    known: BTreeMap<(&'static str, &'t str), BTreeSet<usize>>,
}

impl<'t> EarlierLines<'t> {
    pub(super) fn of(earlier: &'t Files, source: &Source<'t>) -> Self {
        let mut counts = BTreeMap::new();
        for line in earlier.lines(source.path) {
            *counts.entry(line.trim()).or_insert(0) += 1;
        }
        let lines = source.text.lines().map(|line| line.trim_start_matches('\u{feff}').trim()).collect();
        Self { lines, counts, known: BTreeMap::new() }
    }

    /// Whether the comment on `line` was there before. Comments must be asked for in order.
    pub(super) fn has_comment(&mut self, line: usize) -> bool {
        self.has("", line)
    }

    /// Whether the line of `finding` was there before. Findings must be asked for in order.
    pub(super) fn has_finding(&mut self, finding: &Finding) -> bool {
        self.has(finding.rule.code, finding.start.line)
    }

    fn has(&mut self, what: &'static str, line: usize) -> bool {
        let text = self.lines.get(line - 1).copied().unwrap_or_default();
        let count = self.counts.get(text).copied().unwrap_or_default();
        let known = self.known.entry((what, text)).or_default();
        known.contains(&line) || known.len() < count && known.insert(line)
    }
}
