//! The result of a check, and filters for it.

use super::files::Files;
use super::finding::{Finding, Severity};
use super::rule::{Rule, TN040, TN041};
use super::suppress::{Baseline, BaselineEntry, SETTINGS_PATH};

/// The rules that report what was not checked.
const UNCHECKED: [&Rule; 2] = [&TN040, &TN041];

/// The result of a check.
#[derive(Debug)]
pub struct Report {
    /// The findings in the order of [`Finding::order`].
    pub findings: Vec<Finding>,
    /// The checked files, sorted.
    pub(crate) files: Vec<String>,
    pub(crate) skipped: Vec<SkippedFile>,
    /// The paths that settings leave out; those of folders end in `/`.
    pub(crate) excluded: Vec<String>,
    /// The number of findings allowed by comments.
    pub(crate) allowed: usize,
    /// The number of findings ignored by the lists and settings of the repository.
    pub(crate) ignored: usize,
    /// The number of findings that the baseline has.
    pub(crate) known: usize,
    /// What the baseline has and no longer occurs.
    pub(crate) gone: Vec<BaselineEntry>,
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
    /// Rules to report exclusively; all rules if empty.
    pub(crate) only: Vec<&'static Rule>,
    pub(crate) ignore: Vec<&'static Rule>,
    pub(crate) least: Severity,
}

impl Report {
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Removes the findings that `baseline` has.
    pub(crate) fn apply(&mut self, baseline: &Baseline, files: &Files) {
        (self.known, self.gone) = baseline.apply(files, &mut self.findings);
    }

    /// Makes warnings of the notes that something was not checked, since it may hold any mistake.
    pub(crate) fn distrust(&mut self) {
        for finding in self.findings.iter_mut().filter(|finding| UNCHECKED.contains(&finding.rule)) {
            finding.severity = finding.severity.min(Severity::Warning);
            if finding.hint.is_empty() {
                finding.hint = accepting(finding);
            }
        }
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

/// Returns how to accept that something is not checked.
fn accepting(finding: &Finding) -> String {
    if finding.rule == &TN040 {
        return "once you trust it, add `# treenail: allow TN040 REASON`".to_owned();
    }
    format!("once you trust it, set TN041 to `off` for `{}` in `{SETTINGS_PATH}`", finding.path)
}
