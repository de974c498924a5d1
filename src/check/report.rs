//! What came of a check, and which part of it somebody wants to know.

use super::finding::{Finding, Severity};
use super::registry::Rule;

/// What came of a check.
#[derive(Debug)]
pub struct Report {
    /// What was found, by path, place and code.
    pub findings: Vec<Finding>,
    /// The files that were looked at, sorted.
    pub(crate) files: Vec<String>,
    /// The files that were not, though they may hold manifests.
    pub(crate) skipped: Vec<SkippedFile>,
    /// How many findings are left out because a comment allows them.
    pub(crate) allowed: usize,
    /// How many findings are left out because a repository ignores their rule.
    pub(crate) ignored: usize,
    /// How many findings are left out because nobody asked for anything so little severe.
    pub(crate) less_severe: usize,
}

/// A file that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedFile {
    /// Its path.
    pub(crate) path: String,
    /// Why.
    pub(crate) why: &'static str,
}

/// Which findings somebody wants to know.
#[derive(Debug)]
pub struct Filter {
    /// Only those of these rules; all where there are none.
    pub(crate) only: Vec<&'static Rule>,
    /// None of these rules.
    pub(crate) ignore: Vec<&'static Rule>,
    /// None that are less severe.
    pub(crate) least: Severity,
}

impl Report {
    /// How many findings are of `severity`.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Leaves out what `filter` does not want.
    pub(crate) fn narrow(&mut self, filter: &Filter) {
        self.findings.retain(|Finding { rule, .. }| {
            (filter.only.is_empty() || filter.only.contains(rule)) && !filter.ignore.contains(rule)
        });
        let all = self.findings.len();
        self.findings.retain(|finding| finding.severity <= filter.least);
        self.less_severe += all - self.findings.len();
    }
}
