//! `generators`, `transformers` and `validators`, and the files that configure the built-in ones.

use super::{Entries, refused};
use crate::check::finding::Finding;
use crate::check::rendered_value::RenderedValue;
use crate::check::source::Source;

/// The kinds of `apiVersion: builtin` (`api/internal/plugins/builtinhelpers`).
const BUILT_IN: [&str; 18] = [
    "AnnotationsTransformer",
    "ConfigMapGenerator",
    "HashTransformer",
    "HelmChartInflationGenerator",
    "IAMPolicyGenerator",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SecretGenerator",
    "SuffixTransformer",
    "ValueAddTransformer",
];

/// The fields of a file among `configurations` (`TransformerConfig`), in lower case: their case does not matter.
const CONFIGURATION: [&str; 11] = [
    "commonannotations",
    "commonlabels",
    "images",
    "labels",
    "nameprefix",
    "namereference",
    "namespace",
    "namesuffix",
    "replicas",
    "templatelabels",
    "varreference",
];

pub(super) fn findings(entries: &Entries<'_, '_>, found: &mut Vec<Finding>) {
    for field in ["generators", "transformers", "validators"] {
        for entry in entries.content.items_at(&[field]) {
            let source = entries.path(entry.text()).and_then(|path| entries.manifests.source(&path));
            found.extend(source.into_iter().flat_map(unknown));
        }
    }
    for field in ["configurations", "crds"] {
        for entry in entries.content.items_at(&[field]) {
            let Some(source) = entries.yaml(entry.text()) else { continue };
            if !source.errors.is_empty() {
                let message = format!("`{}` is not valid YAML", entry.text());
                found.push(refused(entry.location(), message, "error converting YAML to JSON"));
            } else if field == "configurations" {
                let documents: Vec<_> = source.values().collect();
                let keys = documents.iter().flat_map(RenderedValue::entries).map(|entry| &*entry.key);
                let unknown = keys.filter(|key| !CONFIGURATION.contains(&&*key.to_lowercase()));
                found.extend(unknown.map(|key| {
                    let message = format!("`{}` has the unknown field `{key}`", entry.text());
                    refused(entry.location(), message, &format!("json: unknown field \"{key}\""))
                }));
            }
        }
    }
}

fn unknown<'s>(source: &'s Source<'_>) -> impl Iterator<Item = Finding> + use<'s> {
    let is_unknown = |kind: &str| !BUILT_IN.contains(&kind);
    let built_in = source.manifests().filter(|manifest| manifest.api_version() == "builtin");
    built_in.filter(move |manifest| is_unknown(manifest.kind())).map(move |manifest| {
        let message = format!("kustomize has no built-in `{}`", manifest.kind());
        refused(manifest.location(), message, "unable to load builtin")
    })
}
