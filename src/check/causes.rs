//! One mistake, one finding. Rules look at a value from several sides; where one of them names the cause, what the others
//! say about the same place follows from it, and is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Severity};
use super::rule::{Rule, TN003, TN010, TN011, TN021, TN023, TN027, TN042, TN050, TN094, TN100, TN101};
use crate::yaml::node::Position;

/// Rules that name a cause, with those that report its consequences at the same place.
const CAUSES: [(&Rule, &[&Rule]); 5] = [
    // kustomize ends here, so what it would have made of the value does not exist.
    (&TN042, &[&TN021, &TN094, &TN100]),
    (&TN023, &[&TN042]),
    // A name that no port can have is not the name of a port of the container either.
    (&TN100, &[&TN027]),
    // What the field was meant to do says more than that it does not exist.
    (&TN050, &[&TN010]),
    // So does in which version a field was removed.
    (&TN101, &[&TN010]),
];

/// The errors of each place, by path and position.
type Places<'f> = BTreeMap<(&'f str, Position), BTreeSet<&'static str>>;

/// Keeps of the findings about one place those that name the cause.
pub(super) fn keep(findings: &mut Vec<Finding>) {
    keep_graver(findings);
    let is_cause = |rule: &Rule| rule == &TN011 || CAUSES.iter().any(|(cause, _)| *cause == rule);
    let mut places = Places::new();
    for finding in findings.iter().filter(|it| it.severity == Severity::Error && is_cause(it.rule)) {
        places.entry((&finding.path, finding.start)).or_default().insert(finding.rule.code);
    }
    let is_consequence = |finding: &Finding| {
        let Some(rules) = places.get(&(&*finding.path, finding.start)) else { return false };
        finding.severity == Severity::Error
            && (finding.rule != &TN011 && rules.contains(TN011.code)
                || CAUSES.iter().any(|(cause, consequences)| {
                    rules.contains(cause.code) && consequences.contains(&finding.rule)
                }))
    };
    let kept: Vec<bool> = findings.iter().map(|finding| !is_consequence(finding)).collect();
    let mut kept = kept.into_iter();
    findings.retain(|_| kept.next() == Some(true));
}

/// Keeps only the most severe of the findings about the spelling of one value: a wrong type outweighs an odd word.
fn keep_graver(findings: &mut Vec<Finding>) {
    let location = |finding: &Finding| {
        let is_about_spelling = finding.fix.is_some() || finding.rule == &TN003;
        is_about_spelling.then(|| (finding.path.clone(), finding.start))
    };
    let mut gravest = BTreeMap::new();
    for finding in findings.iter() {
        if let Some(location) = location(finding) {
            let known = gravest.entry(location).or_insert(finding.severity);
            *known = finding.severity.min(*known);
        }
    }
    findings
        .retain(|finding| location(finding).is_none_or(|location| finding.severity <= gravest[&location]));
}
