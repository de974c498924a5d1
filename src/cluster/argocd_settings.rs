//! What Argo CD's `ConfigMaps` say.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::check::rules::projects::glob;
use crate::yaml;

/// The data of `ConfigMaps`, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigMaps(BTreeMap<String, BTreeMap<String, String>>);

impl ConfigMaps {
    pub(crate) fn of(objects: &[Value]) -> Self {
        let read = |object: &Value| {
            let texts = object["data"].as_object().into_iter().flatten();
            let texts = texts.filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())));
            Some((object["metadata"]["name"].as_str()?.to_owned(), texts.collect()))
        };
        Self(objects.iter().filter_map(read).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the keys of one of them.
    pub(crate) fn keys(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Returns the value of a key, if it is not empty.
    pub(crate) fn get(&self, name: &str, key: &str) -> Option<&str> {
        self.0.get(name)?.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

/// A list of kinds that Argo CD leaves out, or the only ones that it looks at.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct ResourceFilters(Vec<ResourceFilter>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceFilter {
    #[serde(default)]
    api_groups: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    clusters: Vec<String>,
}

impl ResourceFilters {
    /// Reads the text of a setting. An error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        yaml::decode(text).map_err(|error| error.to_string())
    }

    /// Whether one of them fits. An empty list fits everything.
    pub(crate) fn fit(&self, group: &str, kind: &str, server: &str) -> bool {
        let fits = |patterns: &[String], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| glob::fits(pattern, text, None))
        };
        self.0.iter().any(|filter| {
            let is_kind =
                filter.kinds.is_empty() || filter.kinds.iter().any(|known| known == "*" || known == kind);
            is_kind && fits(&filter.api_groups, group) && fits(&filter.clusters, server)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_those_of_argo_cd() {
        let text = "- apiGroups: ['tekton.dev']\n  kinds: [TaskRun, PipelineRun]\n  clusters: ['*']\n\
                    - apiGroups: ['*.cilium.io']\n- kinds: [Lease]\n  clusters: [https://other]\n";
        let filters = ResourceFilters::parse(text).unwrap();
        let here = "https://kubernetes.default.svc";
        for (group, kind, server, expected) in [
            ("tekton.dev", "PipelineRun", here, true),
            ("tekton.dev", "Pipeline", here, false),
            ("a.cilium.io", "Anything", here, true),
            ("coordination.k8s.io", "Lease", here, false),
            ("coordination.k8s.io", "Lease", "https://other", true),
        ] {
            assert_eq!(filters.fit(group, kind, server), expected, "{group} {kind} {server}");
        }
        assert!(ResourceFilters::parse("- kinds: {").is_err());
    }
}
