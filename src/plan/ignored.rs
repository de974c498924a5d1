//! `ignoreDifferences` of an Application: JSON pointers, and the simple paths of jq.

use super::fields::{Difference, PathStep};
use crate::check::kustomize::{Object, RenderedValue};
use crate::check::rules::projects::glob::fits;

#[derive(Default)]
pub(super) struct Ignored(Vec<Rule>);

struct Rule {
    group: String,
    kind: String,
    name: Option<String>,
    namespace: Option<String>,
    paths: Vec<Vec<Part>>,
    /// What is not evaluated.
    unknown: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
    Any,
}

impl Ignored {
    pub(super) fn of(spec: &RenderedValue<'_>) -> Self {
        Self(spec.items_at(&["ignoreDifferences"]).iter().map(Rule::of).collect())
    }

    /// Whether Argo CD ignores the difference.
    pub(super) fn covers(&self, object: &Object<'_>, difference: &Difference<'_>) -> bool {
        let rules = self.0.iter().filter(|rule| rule.is_of(object));
        rules.flat_map(|rule| &rule.paths).any(|path| is_prefix(path, &difference.path))
    }

    /// Returns what may ignore more of the object, and is not evaluated.
    pub(super) fn unknown(&self, object: &Object<'_>) -> Vec<String> {
        self.0.iter().filter(|rule| rule.is_of(object)).flat_map(|rule| rule.unknown.clone()).collect()
    }
}

impl Rule {
    fn of(item: &RenderedValue<'_>) -> Self {
        let text = |key: &str| item.str_at(&[key]).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut rule = Self {
            group: text("group").unwrap_or_default(),
            kind: text("kind").unwrap_or_default(),
            name: text("name"),
            namespace: text("namespace"),
            paths: item.items_at(&["jsonPointers"]).iter().filter_map(|it| pointer(it.text())).collect(),
            unknown: Vec::new(),
        };
        for expression in item.items_at(&["jqPathExpressions"]) {
            match jq(expression.text()) {
                Some(path) => rule.paths.push(path),
                None => rule.unknown.push(format!("`ignoreDifferences` with `{}`", expression.text())),
            }
        }
        if !item.items_at(&["managedFieldsManagers"]).is_empty() {
            rule.unknown.push("`ignoreDifferences` with `managedFieldsManagers`".to_owned());
        }
        rule
    }

    /// Group and kind are patterns, name and namespace are not (`diff_normalizer.go` of Argo CD).
    fn is_of(&self, object: &Object<'_>) -> bool {
        fits(&self.group, object.group(), None)
            && fits(&self.kind, object.kind(), None)
            && self.name.as_deref().is_none_or(|name| name == object.name())
            && self.namespace.as_deref().is_none_or(|name| name == object.namespace().unwrap_or_default())
    }
}

/// Returns the parts of a pointer; `None` if it points to nothing.
fn pointer(text: &str) -> Option<Vec<Part>> {
    let parts = text.strip_prefix('/')?.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
    Some(parts.map(|part| part.parse().map_or(Part::Key(part), Part::Index)).collect())
}

/// Reads `.spec.containers[].image`, `.a["b/c"]` and `.a[0]?`; `None` for anything else.
fn jq(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        rest = rest.trim_start_matches('?');
        if let Some(inner) = rest.strip_prefix(".[").or_else(|| rest.strip_prefix('[')) {
            let (index, after) = inner.split_once(']')?;
            let quoted = index.strip_prefix('"').and_then(|index| index.strip_suffix('"'));
            parts.push(match (index, quoted) {
                ("", _) => Part::Any,
                (_, Some(key)) => Part::Key(key.to_owned()),
                _ => Part::Index(index.parse().ok()?),
            });
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('.') {
            let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
            let end = inner.find(is_end).unwrap_or(inner.len());
            let quoted = inner.strip_prefix('"').and_then(|inner| inner.split_once('"'));
            let (key, after) = quoted.unwrap_or_else(|| inner.split_at(end));
            if key.is_empty() {
                return None;
            }
            parts.push(Part::Key(key.to_owned()));
            rest = after;
        } else {
            return rest.is_empty().then_some(parts);
        }
    }
    Some(parts).filter(|parts| !parts.is_empty())
}

fn is_prefix(pattern: &[Part], path: &[PathStep]) -> bool {
    pattern.len() <= path.len()
        && pattern.iter().zip(path).all(|(part, step)| match (part, step) {
            (Part::Key(key), PathStep::Key(own)) => key == own,
            (Part::Index(at), PathStep::Item(own, _)) => at == own,
            (Part::Index(at), PathStep::Key(own)) => at.to_string() == *own,
            (Part::Any, _) => true,
            (Part::Key(_), PathStep::Item(..)) => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_paths_of_jq_are_read() {
        let key = |text: &str| Part::Key(text.to_owned());
        for (text, expected) in [
            (".spec.replicas", Some(vec![key("spec"), key("replicas")])),
            (".a[]?.b", Some(vec![key("a"), Part::Any, key("b")])),
            (".a[\"b/c\"][1]", Some(vec![key("a"), key("b/c"), Part::Index(1)])),
            (".\"a.b\".c", Some(vec![key("a.b"), key("c")])),
            (".a[] | select(.b == 1)", None),
            (".a[?(@.b)]", None),
            ("", None),
        ] {
            assert_eq!(jq(text), expected, "{text}");
        }
        assert_eq!(pointer("/a/b~1c/0"), Some(vec![key("a"), key("b/c"), Part::Index(0)]));
        assert_eq!(pointer("a/b"), None);
        assert_eq!(pointer(""), None);
    }
}
