//! The result of a check, and filters for it.

use super::finding::{Finding, Severity};
use super::registry::Rule;

/// The result of a check.
#[derive(Debug)]
pub struct Report {
    /// The findings in the order of [`Finding::order`].
    pub findings: Vec<Finding>,
    /// The files that were checked, sorted.
    pub(crate) files: Vec<String>,
    pub(crate) skipped: Vec<SkippedFile>,
    /// The number of findings that comments allow.
    pub(crate) allowed: usize,
    /// The number of findings that the repository ignores.
    pub(crate) ignored: usize,
    /// The number of findings below the severity that was asked for.
    pub(crate) less_severe: usize,
}

/// A file that may hold manifests and was not checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedFile {
    pub(crate) path: String,
    pub(crate) why: &'static str,
}

/// The findings to keep in a report.
#[derive(Debug)]
pub struct Filter {
    /// Findings of these rules only; of all rules if empty.
    pub(crate) only: Vec<&'static Rule>,
    /// No findings of these rules.
    pub(crate) ignore: Vec<&'static Rule>,
    /// Findings of this severity and worse.
    pub(crate) least: Severity,
}

impl Report {
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    pub(crate) fn narrow(&mut self, filter: &Filter) {
        self.findings.retain(|Finding { rule, .. }| {
            (filter.only.is_empty() || filter.only.contains(rule)) && !filter.ignore.contains(rule)
        });
        let all = self.findings.len();
        self.findings.retain(|finding| finding.severity <= filter.least);
        self.less_severe += all - self.findings.len();
    }
}
