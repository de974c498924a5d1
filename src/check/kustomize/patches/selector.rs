//! The objects that a patch selects (`api/types/selector.go` and `api/resmap/reswrangler.go` of kustomize).

use std::fmt;

use regex_lite::Regex;

use super::label_selector::{self, Requirement};

use crate::check::kustomize::object::Object;
use crate::check::rendered_value::RenderedValue;
use crate::yaml::node::Node;

/// Patterns that must match the whole value of each part; `None` matches any value.
pub(in super::super) struct Selector {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
    /// Whether the patch itself says what it changes. The namespace of a cluster-scoped kind means nothing then.
    is_of_patch: bool,
}

struct Pattern {
    text: String,
    /// `None` if only the literal text matches.
    regex: Option<Regex>,
}

impl Selector {
    /// Creates a selector from the `target` of a patch, or else from the patch itself. `None` if the syntax
    /// is not supported.
    pub(crate) fn of(target: Option<Node<'_>>, body: &RenderedValue<'_>) -> Option<Self> {
        match target {
            Some(target) => Self::of_target(target),
            None => Self::of_patch(body),
        }
    }

    fn of_target(target: Node<'_>) -> Option<Self> {
        Self::of_parts(&|key| target.get(key).map(Node::text))
    }

    /// Creates a selector from what a replacement selects.
    pub(crate) fn of_value(select: &RenderedValue<'_>) -> Option<Self> {
        Self::of_parts(&|key| select.get(key).map(RenderedValue::text))
    }

    /// The same from some of its fields.
    pub(crate) fn of_keys(select: &RenderedValue<'_>, keys: &[&str]) -> Option<Self> {
        Self::of_parts(&|key| select.get(key).filter(|_| keys.contains(&key)).map(RenderedValue::text))
    }

    fn of_parts<'t>(part: &dyn Fn(&str) -> Option<&'t str>) -> Option<Self> {
        let part = |key| part(key).filter(|text| !text.is_empty());
        let pattern = |key| part(key).map(Pattern::new).transpose();
        let labels = |key| part(key).map_or(Some(Vec::new()), label_selector::parse);
        Some(Self {
            group: pattern("group").ok()?,
            version: pattern("version").ok()?,
            kind: pattern("kind").ok()?,
            name: pattern("name").ok()?,
            namespace: pattern("namespace").ok()?,
            labels: labels("labelSelector")?,
            annotations: labels("annotationSelector")?,
            is_of_patch: false,
        })
    }

    fn of_patch(body: &RenderedValue<'_>) -> Option<Self> {
        let (group, version) = {
            let text = body.str_at(&["apiVersion"]).unwrap_or_default();
            text.split_once('/').unwrap_or(("", text))
        };
        let namespace = body.str_at(&["metadata", "namespace"]);
        Some(Self {
            group: Some(Pattern::exact(group)),
            version: Some(Pattern::exact(version)),
            kind: Some(Pattern::exact(body.str_at(&["kind"])?)),
            name: Some(Pattern::exact(body.str_at(&["metadata", "name"])?)),
            namespace: namespace.map(Pattern::exact),
            labels: Vec::new(),
            annotations: Vec::new(),
            is_of_patch: true,
        })
    }

    /// Whether Flux replaces variables in the name.
    pub(crate) fn has_variables(&self) -> bool {
        self.name.as_ref().is_some_and(|name| name.text.contains("${"))
    }

    pub(crate) fn selects(&self, object: &Object<'_>) -> bool {
        let fits = |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|it| it.fits(text));
        let fits_any = |pattern: &Option<Pattern>, texts: &[String]| {
            pattern.as_ref().is_none_or(|it| texts.iter().any(|text| it.fits(text)))
        };
        fits(&self.group, object.group())
            && fits(&self.version, object.version())
            && fits(&self.kind, object.kind())
            && fits_any(&self.name, object.names())
            && (self.is_of_patch && object.is_cluster_wide()
                || fits_any(&self.namespace, &object.namespaces()))
            && self.labels.iter().all(|it| it.is_met(object.content().dig(&["metadata", "labels"])))
            && self.annotations.iter().all(|it| it.is_met(object.content().dig(&["metadata", "annotations"])))
    }
}

impl fmt::Display for Selector {
    /// Such as ``Deployment `web` ``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => formatter.write_str(&kind.text)?,
            None => formatter.write_str("object")?,
        }
        if let Some(group) = self.group.as_ref().filter(|group| !group.text.is_empty()) {
            write!(formatter, " ({})", group.text)?;
        }
        if let Some(name) = &self.name {
            write!(formatter, " `{}`", name.text)?;
        }
        if let Some(namespace) = &self.namespace {
            write!(formatter, " of namespace `{}`", namespace.text)?;
        }
        if !self.labels.is_empty() || !self.annotations.is_empty() {
            formatter.write_str(" with these labels or annotations")?;
        }
        Ok(())
    }
}

impl Pattern {
    fn exact(text: &str) -> Self {
        Self { text: text.to_owned(), regex: None }
    }

    fn new(text: &str) -> Result<Self, regex_lite::Error> {
        let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let regex = (!is_word).then(|| Regex::new(&format!("^(?:{text})$"))).transpose()?;
        Ok(Self { text: text.to_owned(), regex })
    }

    fn fits(&self, text: &str) -> bool {
        self.regex.as_ref().map_or(self.text == text, |regex| regex.is_match(text))
    }
}

/// Whether kustomize can read `text` as a pattern. Only what is wrong beyond doubt is not: Go knows more than this library.
pub(crate) fn is_pattern(text: &str) -> bool {
    let is_plain =
        !text.contains('\\') && !text.contains("(?") && !text.contains('{') && !text.contains("[[");
    !is_plain || Regex::new(&format!("^(?:{text})$")).is_ok()
}

/// Whether `text` selects by labels or annotations.
pub(super) fn is_label_selector(text: &str) -> bool {
    label_selector::parse(text).is_some()
}
