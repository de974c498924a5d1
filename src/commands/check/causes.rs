//! Groups findings by their cause: the same rule with the same message at several places.

use std::collections::HashMap;

use crate::check::{Finding, Rule, Severity};

/// The findings of one cause.
pub(super) struct Cause<'r> {
    /// In the order of the report; never empty.
    pub(super) findings: Vec<&'r Finding>,
}

impl<'r> Cause<'r> {
    pub(super) fn first(&self) -> &'r Finding {
        self.findings[0]
    }
}

/// The findings of one rule and severity.
pub(super) struct RuleFindings<'r> {
    pub(super) rule: &'static Rule,
    pub(super) severity: Severity,
    pub(super) causes: Vec<Cause<'r>>,
}

impl RuleFindings<'_> {
    pub(super) fn count(&self) -> usize {
        self.causes.iter().map(|cause| cause.findings.len()).sum()
    }

    /// Returns the number of files with findings.
    pub(super) fn files(&self) -> usize {
        let findings = self.causes.iter().flat_map(|cause| &cause.findings);
        let mut paths: Vec<_> = findings.map(|finding| &finding.path).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.len()
    }
}

/// Returns the causes in the order of their first findings.
pub(super) fn causes(findings: &[Finding]) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    let mut known = HashMap::new();
    for finding in findings {
        let Finding { rule, severity, message, hint, .. } = finding;
        let at = *known.entry((rule.code, severity.as_str(), message, hint)).or_insert(causes.len());
        match causes.get_mut(at) {
            Some(cause) => cause.findings.push(finding),
            None => causes.push(Cause { findings: vec![finding] }),
        }
    }
    causes
}

/// Returns the causes by rule: the gravest first, then those with most findings.
pub(super) fn by_rule(findings: &[Finding]) -> Vec<RuleFindings<'_>> {
    let mut rules: Vec<RuleFindings<'_>> = Vec::new();
    let mut known = HashMap::new();
    for cause in causes(findings) {
        let Finding { rule, severity, .. } = *cause.first();
        let at = *known.entry((rule.code, severity.as_str())).or_insert(rules.len());
        match rules.get_mut(at) {
            Some(one) => one.causes.push(cause),
            None => rules.push(RuleFindings { rule, severity, causes: vec![cause] }),
        }
    }
    rules.sort_by_cached_key(|one| (one.severity, usize::MAX - one.count(), one.rule.code));
    rules
}
