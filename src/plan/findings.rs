//! What `check` finds after a change and not before.

use std::collections::BTreeMap;

use crate::check::{Finding, Report, Severity};

/// Errors of `check` after the change.
pub(super) struct Errors {
    /// Those that it brings.
    pub(super) new: Vec<Finding>,
    /// Those that were there before.
    pub(super) known: Vec<Finding>,
}

/// Tells the errors that the change brings from those that it leaves; `before` checks the files before it.
pub(super) fn compare(before: impl FnOnce() -> Report, found: Vec<Finding>) -> Errors {
    let key = |finding: &Finding| (finding.rule.code, finding.path.clone(), finding.message.clone());
    // Mostly there are none, and nothing to compare with.
    if found.is_empty() {
        return Errors { new: found, known: Vec::new() };
    }
    let mut earlier = BTreeMap::<_, usize>::new();
    for finding in errors(before()) {
        *earlier.entry(key(&finding)).or_default() += 1;
    }
    let (known, new) = found.into_iter().partition(|finding| match earlier.get_mut(&key(finding)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    });
    Errors { new, known }
}

/// Returns the errors, and what is one for an Application only: a file that something makes before a build is not there
/// for Argo CD.
pub(super) fn errors(report: Report) -> Vec<Finding> {
    let mut found = report.findings;
    found.retain(|finding| is_error(finding) || finding.rule.code == "TN021");
    found
}

pub(super) fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}
