//! What `check` finds after a change and not before.

use std::collections::BTreeMap;

use crate::check::{self, Files, Finding, Report, Severity, Suppressions};

/// Returns the errors that the change brings, of what `after` finds.
pub(super) fn new_errors(before: &Files, after: Report) -> Vec<Finding> {
    let key = |finding: &Finding| (finding.rule.code, finding.path.clone(), finding.message.clone());
    let mut found = errors(after);
    // Mostly there are none, and nothing to compare with.
    if found.is_empty() {
        return found;
    }
    let mut known = BTreeMap::<_, usize>::new();
    for finding in errors(check::run_with(before, &Suppressions::Current, &|| {})) {
        *known.entry(key(&finding)).or_default() += 1;
    }
    found.retain(|finding| match known.get_mut(&key(finding)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    found
}

fn errors(report: Report) -> Vec<Finding> {
    let mut found = report.findings;
    found.retain(|finding| finding.severity == Severity::Error);
    found
}
