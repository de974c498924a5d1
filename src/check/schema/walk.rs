//! Compares one manifest with the fields of its kind.

use std::fmt::Write as _;
use std::rc::Rc;

use super::formats::is_placeholder;
use super::scalar;
use super::suggest_field::{Suggestion, choices, suggest_field};
use super::table::{Field, ObjectType, ObjectTypes, Shape};
use crate::check::finding::{Finding, Fix, Severity};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::{TN010, TN011, TN012};
use crate::check::source::Source;
use crate::values::shown;
use crate::yaml::node::{Node, NodeKind};

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// How a manifest is read, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// By a cluster.
    Whole,
    /// By Kustomize, which merges it into another manifest: required fields may be missing, and directives
    /// are allowed.
    Patch,
    /// By Kustomize, which accepts fields in any case.
    Kustomization,
}

/// What kustomize does to a manifest.
#[derive(Debug, Default)]
struct Kustomized<'a> {
    /// What it makes of the manifest; empty if a cluster gets it as it is.
    rendered: &'a [&'a RenderedValue<'a>],
    /// Whether it changes the manifest in ways that are not known, so that nothing is certainly missing.
    has_unseen_changes: bool,
    /// Whether the manifest belongs to a base that no overlay uses yet, and which need not be complete.
    is_in_base: bool,
}

#[derive(Debug)]
pub(crate) struct Walk<'a> {
    types: &'a ObjectTypes,
    source: &'a Source<'a>,
    reading: Reading,
    steps: Vec<Step<'a>>,
    /// The types of the enclosing mappings, each with the number of steps to it.
    within: Vec<(usize, Rc<ObjectType>)>,
    found: Vec<Finding>,
    kustomized: Kustomized<'a>,
    /// Whether null means that a field is not given, as for the kinds of Kubernetes itself.
    is_nullable: bool,
    /// Whether a program resolves `version` in a reference to a Task.
    has_task_versions: bool,
}

impl<'a> Walk<'a> {
    /// Starts a walk through a manifest, which must be in `source`.
    pub(crate) fn new(types: &'a ObjectTypes, source: &'a Source<'a>, reading: Reading) -> Self {
        Self {
            types,
            source,
            reading,
            steps: Vec::new(),
            within: Vec::new(),
            found: Vec::new(),
            kustomized: Kustomized::default(),
            is_nullable: true,
            has_task_versions: false,
        }
    }

    /// Judges required fields and words by what kustomize renders of the manifest.
    pub(crate) fn with_rendered(
        self,
        rendered: &'a [&'a RenderedValue<'a>],
        has_unseen_changes: bool,
    ) -> Self {
        let kustomized = Kustomized { rendered, has_unseen_changes, ..self.kustomized };
        Self { kustomized, ..self }
    }

    /// Says whether the manifest belongs to a base that no overlay uses.
    pub(crate) fn with_base(self, is_in_base: bool) -> Self {
        Self { kustomized: Kustomized { is_in_base, ..self.kustomized }, ..self }
    }

    /// Says whether null means that a field is not given.
    pub(crate) fn with_nullable(self, is_nullable: bool) -> Self {
        Self { is_nullable, ..self }
    }

    /// Says whether a program resolves `version` in a reference to a Task.
    pub(crate) fn with_task_versions(self, has_task_versions: bool) -> Self {
        Self { has_task_versions, ..self }
    }

    pub(crate) fn findings(mut self, root: Node<'a>, fields: &Rc<ObjectType>) -> Vec<Finding> {
        let at = root.entry("kind").map_or(root, |(_, kind)| kind);
        self.mapping(root, at, fields);
        self.found
    }

    /// Checks whether `value` fits below `keys` in a mapping of the type `fields`; `at` is the node with the keys.
    pub(crate) fn put(
        mut self,
        keys: &'a [String],
        at: Node<'a>,
        value: Option<Node<'a>>,
        fields: &Rc<ObjectType>,
    ) -> Vec<Finding> {
        self.put_field(keys, at, value, fields);
        self.found
    }

    fn put_field(
        &mut self,
        keys: &'a [String],
        at: Node<'a>,
        value: Option<Node<'a>>,
        fields: &Rc<ObjectType>,
    ) {
        let Some((name, rest)) = keys.split_first() else { return };
        self.within.push((self.steps.len(), Rc::clone(fields)));
        match self.field(fields, name) {
            Some(field) => {
                self.within_step(Step::Key(name), |walk| walk.put_value(rest, at, value, &field.shape));
            }
            None if fields.is_open => {}
            None => {
                let (finding, _) = self.misplaced(name, at, &|_| true, fields);
                self.found.push(finding);
            }
        }
        self.within.pop();
    }

    fn put_value(&mut self, keys: &'a [String], at: Node<'a>, value: Option<Node<'a>>, shape: &Shape) {
        let Some((name, rest)) = keys.split_first() else {
            if let Some(value) = value {
                self.value(value, at, shape);
            }
            return;
        };
        match shape {
            Shape::List(inner) => {
                let step = name.parse().map_or(Step::Key(name), Step::Item);
                self.within_step(step, |walk| walk.put_value(rest, at, value, inner));
            }
            Shape::Map(inner) => {
                self.within_step(Step::Key(name), |walk| walk.put_value(rest, at, value, inner));
            }
            Shape::Known(_) | Shape::Own(_) => {
                if let Some(fields) = self.types.of(shape) {
                    self.put_field(keys, at, value, &fields);
                }
            }
            // kustomize itself fails here.
            _ => {}
        }
    }

    /// Checks `node`; findings about missing fields point at `at`: the key of `node`, or `node` itself.
    fn value(&mut self, node: Node<'a>, at: Node<'a>, shape: &Shape) {
        match (shape, node.kind()) {
            (Shape::List(_) | Shape::Map(_) | Shape::Known(_) | Shape::Own(_), NodeKind::Null)
                if !self.is_nullable && self.reading == Reading::Whole =>
            {
                self.null(at, shape);
            }
            // To Kubernetes, null is a missing value.
            (Shape::Any, _) | (_, NodeKind::Null) => {}
            (Shape::List(inner), NodeKind::Sequence) => {
                for (index, item) in node.items().enumerate() {
                    self.within_step(Step::Item(index), |walk| walk.value(item, item, inner));
                }
            }
            (Shape::Map(inner), NodeKind::Mapping) => {
                for (key, value) in node.entries() {
                    self.within_step(Step::Key(key.text()), |walk| walk.map_entry(key, value, inner));
                }
            }
            (Shape::Known(_) | Shape::Own(_), NodeKind::Mapping) => {
                if let Some(fields) = self.types.of(shape) {
                    self.mapping(node, at, &fields);
                }
            }
            (Shape::List(_) | Shape::Map(_) | Shape::Known(_) | Shape::Own(_), _)
            | (_, NodeKind::Mapping | NodeKind::Sequence) => self.wrong_type(node, at, shape),
            (_, NodeKind::Scalar) => self.scalar(node, shape),
        }
    }

    fn within_step(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        check(self);
        self.steps.pop();
    }

    fn map_entry(&mut self, key: Node<'a>, value: Node<'a>, inner: &Shape) {
        if matches!(inner, Shape::Label) || self.is_label_of_task() {
            self.found.extend(scalar::label_key(self.source, key));
            return self.value(value, key, &Shape::Label);
        }
        // kustomize alone reads these, and drops the object or the annotation.
        if !key.text().starts_with("config.kubernetes.io/") {
            self.value(value, key, inner);
        }
    }

    /// Whether the walk is at a label of an embedded Task, which its TaskRun gets.
    fn is_label_of_task(&self) -> bool {
        let is = |back: usize, name: &str| {
            let at = self.steps.len().checked_sub(back).and_then(|at| self.steps.get(at));
            matches!(at, Some(Step::Key(key)) if *key == name)
        };
        is(2, "labels") && is(3, "metadata") && is(4, "taskSpec")
    }

    fn mapping(&mut self, node: Node<'a>, at: Node<'a>, fields: &Rc<ObjectType>) {
        self.within.push((self.steps.len(), Rc::clone(fields)));
        let mut meant = Vec::new();
        for (key, value) in node.entries() {
            let name = key.text();
            match self.field(fields, name) {
                Some(field) => {
                    self.within_step(Step::Key(name), |walk| walk.value(value, key, &field.shape));
                }
                None if fields.is_open || self.is_harmless(name) => {}
                // In a patch, null removes a field, which the object does not have anyway.
                None if self.reading == Reading::Patch && value.is_null() => {}
                None => meant.extend(self.unknown(node, key, fields)),
            }
        }
        if self.reading != Reading::Patch && !self.kustomized.has_unseen_changes && !self.is_filled_in() {
            self.required(node, at, fields, &meant);
        }
        self.within.pop();
    }

    fn field<'t>(&self, fields: &'t ObjectType, name: &str) -> Option<&'t Field> {
        let in_any_case = || fields.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        let is_any = self.reading == Reading::Kustomization;
        fields.field(name).or_else(|| is_any.then(in_any_case).flatten())
    }

    /// Whether `name` is a directive of a patch, or a field that tools leave in templates and a cluster
    /// drops.
    fn is_harmless(&self, name: &str) -> bool {
        // SOPS adds `sops` to a file that it encrypts, and removes it with the rest.
        let is_encrypted = name == "sops" && self.steps.is_empty();
        let is_reference = || matches!(self.steps.last(), Some(Step::Key("taskRef")));
        is_encrypted
            || name == "creationTimestamp"
            || (self.has_task_versions && name == "version" && is_reference())
            || (self.reading == Reading::Patch && name.starts_with('$'))
    }

    /// Whether the walk is in the pod of an `EventListener`, to which Tekton adds names, images and more.
    fn is_filled_in(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Key(key) if *key == "kubernetesResource"))
    }

    /// Reports missing required fields, except those that unknown fields were `meant` to be.
    fn required(&mut self, node: Node<'a>, at: Node<'a>, fields: &ObjectType, meant: &[String]) {
        // Where any JSON fits, null is a value.
        let has = |field: &Field| {
            let is_value = |value: Node<'_>| !value.is_null() || matches!(field.shape, Shape::Any);
            node.get(&field.name).is_some_and(is_value) || meant.iter().any(|meant| *meant == field.name)
        };
        let is_missing = |field: &&Field| field.is_required && !has(field) && !self.is_rendered(&field.name);
        let missing: Vec<_> = fields.fields.iter().filter(is_missing).collect();
        for field in missing {
            let message = format!("{} lacks `{}`, which is required", self.here(), field.name);
            let finding = self.source.finding(&TN012, at, message);
            self.found.push(if self.kustomized.is_in_base {
                finding
                    .severity(Severity::Warning)
                    .hint("no overlay uses this base; one that does may add it")
            } else {
                finding
            });
        }
    }

    /// Whether kustomize adds `name` to the mapping that the walk is in, wherever it renders the manifest.
    fn is_rendered(&self, name: &str) -> bool {
        let has = |root: &&RenderedValue<'a>| {
            let mapping = self.steps.iter().try_fold(*root, |value, step| match step {
                Step::Key(key) => value.get(key),
                Step::Item(index) => value.items().get(*index),
            });
            mapping.and_then(|mapping| mapping.get(name)).is_some_and(|value| !value.is_null())
        };
        !self.kustomized.rendered.is_empty() && self.kustomized.rendered.iter().all(has)
    }

    /// Reports an unknown field, and returns the name in this mapping that it was meant to be.
    fn unknown(&mut self, mapping: Node<'a>, key: Node<'a>, fields: &ObjectType) -> Option<String> {
        let is_free = |name: &str| mapping.get(name).is_none();
        let (mut finding, meant) = self.misplaced(key.text(), key, &is_free, fields);
        if let Some((name, is_certain)) = &meant {
            let fits = || {
                let value = mapping.get(key.text());
                fields.field(name).zip(value).is_some_and(|(field, value)| has_form_of(value, &field.shape))
            };
            finding.fix = (*is_certain && fits()).then(|| Fix::replace(key, &**name));
        }
        self.found.push(finding);
        meant.map(|(name, _)| name)
    }

    /// Returns the finding at `at` about the unknown field `name`, its intended name, and whether that is
    /// certain.
    fn misplaced(
        &self,
        name: &str,
        at: Node<'a>,
        is_free: &dyn Fn(&str) -> bool,
        fields: &ObjectType,
    ) -> (Finding, Option<(String, bool)>) {
        let message = format!("{} is not a field of {}", shown(name), self.here());
        let mut finding = self.source.finding(&TN010, at, message);
        let mut meant = None;
        match suggest_field(self.types, &self.within, name, is_free) {
            Some(Suggestion::Above(steps)) => {
                finding.hint = format!("it belongs {}", under(&self.path(steps)));
            }
            Some(Suggestion::Below(steps)) => {
                let mut path = self.path(self.steps.len());
                for step in steps {
                    push_key(&mut path, &step);
                }
                finding.hint = format!("did you mean it {}?", under(&path));
            }
            Some(Suggestion::Renamed { name, is_certain }) => {
                finding.hint = format!("did you mean `{name}`?");
                meant = Some((name, is_certain));
            }
            None => finding.hint = choices(fields),
        }
        (finding, meant)
    }

    /// Reports null in a custom resource, whose schema has to allow it.
    fn null(&mut self, at: Node<'a>, shape: &Shape) {
        let noun = shape.noun();
        let message = format!("{} is null; expected {noun}", self.here());
        let empty = if matches!(shape, Shape::List(_)) { "[]" } else { "{}" };
        let hint = format!("write `{empty}` for an empty one, or remove the field");
        self.found.push(self.source.finding(&TN011, at, message).severity(Severity::Warning).hint(hint));
    }

    fn wrong_type(&mut self, node: Node<'a>, at: Node<'a>, shape: &Shape) {
        // `{{name}}` is a mapping with a mapping for a key, which another rule reports.
        if is_placeholder(node.text())
            || shape.is_scalar() && self.is_gap(node)
            || node.entries().any(|(key, _)| key.is_mapping())
        {
            return;
        }
        let wanted = shape.noun();
        let found = match node.kind() {
            NodeKind::Mapping => "a mapping",
            NodeKind::Sequence => "a list",
            NodeKind::Null | NodeKind::Scalar => scalar::noun(node),
        };
        let message = format!("{} is {found}; expected {wanted}", self.here());
        let culprit = if node.kind() == NodeKind::Scalar { node } else { at };
        let finding = self.source.finding(&TN011, culprit, message);
        self.found.push(match shape {
            Shape::List(_) => finding.hint("write it as a list item, with `- ` before it"),
            _ => finding,
        });
    }

    /// Whether the node is a gap to fill in the form of a mapping or a list: `{volume-id}`, `[[ volume ]]`, `[VOLUME]`.
    fn is_gap(&self, node: Node<'a>) -> bool {
        let text = self.source.text.get(node.span()).unwrap_or_default();
        let inside =
            |start: &str, end: &str| text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
        let is_one = |inner: &str| !inner.contains([':', ',', ' ']);
        inside("[[", "]]").is_some()
            || inside("{", "}").is_some_and(is_one) && is_placeholder(text)
            || inside("[", "]").is_some_and(|inner| {
                is_one(inner) && inner.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            })
    }

    fn scalar(&mut self, node: Node<'a>, shape: &Shape) {
        // kustomize reads `yes` as a string, and writes it in quotes where it means something else to Kubernetes.
        let is_kustomized = self.reading == Reading::Patch || !self.kustomized.rendered.is_empty();
        let is_quoted_later = is_kustomized && shape.is_string() && is_word_of_yaml_1_1(node);
        if is_quoted_later {
            return;
        }
        if let Some(invalid) = scalar::check(node, shape) {
            let message = format!("{} {}", self.here(), invalid.message);
            let mut finding = self.source.finding(invalid.rule, node, message).hint(invalid.hint);
            finding.fix = invalid.replacement.map(|text| Fix::replace(node, text));
            // A word such as `volsize`: a program or a person fills the number in.
            if matches!(shape, Shape::Quantity) && node.text().bytes().all(|byte| byte.is_ascii_alphabetic())
            {
                finding.severity = Severity::Warning;
            }
            self.found.push(finding);
        }
    }

    fn here(&self) -> String {
        match self.path(self.steps.len()) {
            path if path.is_empty() => "the manifest".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// Returns the path of the first `count` steps, as in `spec.containers[0].env`.
    fn path(&self, count: usize) -> String {
        let mut path = String::new();
        for step in &self.steps[..count] {
            match step {
                Step::Key(key) => push_key(&mut path, key),
                // Writing to a string does not fail.
                Step::Item(index) => _ = write!(path, "[{index}]"),
            }
        }
        path
    }
}

/// Whether the value is a mapping, a list or a scalar, as the shape is: `timeout: 1h` is not `timeouts`.
fn has_form_of(value: Node<'_>, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::List(_) => value.is_sequence(),
        Shape::Map(_) | Shape::Known(_) | Shape::Own(_) => value.is_mapping(),
        _ => value.scalar().is_some(),
    }
}

/// Whether the node is a word that is a boolean in YAML 1.1 only, such as `on`.
fn is_word_of_yaml_1_1(node: Node<'_>) -> bool {
    let is_boolean = node.is_plain() && node.as_bool().is_some();
    is_boolean && !["true", "false"].iter().any(|word| node.text().eq_ignore_ascii_case(word))
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    // A terminal would obey control characters.
    path.extend(key.chars().map(|letter| if letter.is_control() { '·' } else { letter }));
}

fn under(path: &str) -> String {
    if path.is_empty() { "at the top of the manifest".to_owned() } else { format!("under `{path}`") }
}
