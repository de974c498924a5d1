//! Lines can merge into nonsense: a duplicate key, a duplicate resource. Reading the merged manifest reveals it.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml;
use crate::yaml::is_kustomization;
use serde_yaml::Value as Yaml;

/// Returns the first mistake in `merged`, the merged content of `path`, that none of its `inputs` has.
pub(super) fn fault(path: &str, merged: &str, inputs: [&str; 2]) -> Option<String> {
    if !yaml::is_yaml(path) && !is_kustomization(path) {
        return None;
    }
    let documents = match yaml::documents(merged) {
        Ok(documents) => documents,
        // A template that looks like YAML was never readable, and says nothing about the merge.
        Err(_) if inputs.iter().any(|input| yaml::documents(input).is_err()) => return None,
        Err(error) => return Some(error.to_string()),
    };
    let faults = repeated(path, &documents);
    if faults.is_empty() {
        return None;
    }
    let mut known = BTreeSet::new();
    for input in inputs {
        known.extend(yaml::documents(input).iter().flat_map(|documents| repeated(path, documents)));
    }
    faults.into_iter().find(|fault| !known.contains(fault))
}

fn repeated(path: &str, documents: &[Yaml]) -> Vec<String> {
    let mut faults: Vec<_> = yaml::duplicates(documents)
        .into_iter()
        .map(|identity| format!("{identity} is declared twice"))
        .collect();
    if is_kustomization(path) {
        for field in ["resources", "components"] {
            faults.extend(documents.iter().flat_map(|document| repeated_entries(document, field)));
        }
    }
    faults
}

/// Returns duplicate entries, on which Kustomize fails.
fn repeated_entries(document: &Yaml, field: &str) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for entry in
        document.get(field).and_then(Yaml::as_sequence).into_iter().flatten().filter_map(Yaml::as_str)
    {
        *seen.entry(entry).or_insert(0) += 1;
    }
    seen.into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(entry, _)| format!("`{entry}` is twice in `{field}`"))
        .collect()
}
