//! Resources that are declared more than once, of which a cluster would get the last.

use std::collections::BTreeMap;

use crate::check::finding::Finding;
use crate::check::kustomize::Builds;
use crate::check::registry::TN020;

/// Adds what is wrong.
pub(crate) fn findings(builds: &Builds<'_>, found: &mut Vec<Finding>) {
    for source in builds.manifests().sources() {
        let mut first = BTreeMap::new();
        for manifest in source.manifests() {
            let (Some(identity), Some(name)) =
                (manifest.identity(), manifest.root().dig(&["metadata", "name"]))
            else {
                continue;
            };
            let message = format!("{identity} is declared twice");
            let known = *first.entry(identity).or_insert(name);
            if known != name {
                let line = known.position().line;
                let hint = format!("the other one is on line {line}; remove one of them");
                found.push(manifest.finding(&TN020, name, message).hint(hint));
            }
        }
    }
}
