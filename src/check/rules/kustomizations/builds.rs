//! What comes to light when folders are rendered as a cluster would be given them.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::finding::Finding;
use crate::check::kustomize::{Builds, EntryMatch};
use crate::check::registry::TN040;

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    found.extend(builds.notes.findings.iter().cloned());
    for skipped in &builds.notes.skipped {
        if seen.insert(skipped.location.key()) {
            found.push(skipped.location.finding(&TN040, &*skipped.what));
        }
    }
    found.extend(never_met(builds).into_iter().map(|target| target.finding.clone()));
}

/// Entries of kustomizations that are for nothing in every build that has them.
fn never_met<'b, 'a>(builds: &'b Builds<'a>) -> Vec<&'b EntryMatch<'a>> {
    let mut matches = BTreeMap::<_, (bool, &EntryMatch<'a>)>::new();
    for target in &builds.notes.matches {
        matches.entry(target.location.key()).or_insert((false, target)).0 |= target.is_met;
    }
    matches.into_values().filter(|(is_met, _)| !is_met).map(|(_, target)| target).collect()
}
