//! The one view of YAML that rules have: what a manifest says once kustomize has applied its patches. A manifest that
//! no build changes, such as a kustomization, is its own rendering. Every value knows where it was written; one that
//! comes from a patch points into the patch.
//!
//! [`Node`] is a value as a file has it. Only what is about the text of a file (the rules on syntax and YAML 1.1, the
//! field tables, the build itself) reads nodes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::check::finding::Finding;
use crate::check::rule::Rule;
use crate::check::source::Source;
use crate::yaml::node::{Node, Position, narrow};
use crate::yaml::scalar::{self, ScalarValue};

/// Where a value is written.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    source: &'a Source<'a>,
    // Every value of every build has one: the reader refuses files that need more bits.
    start: u32,
    end: u32,
    line: u32,
    column: u32,
}

/// Where a value is inside another: the index of the entry or item on each level.
pub(crate) type ValuePath = Vec<u32>;

impl<'a> Location<'a> {
    /// `node` must be in `source`.
    pub(crate) fn of(source: &'a Source<'a>, node: Node<'_>) -> Self {
        Self::at(source, node.span(), node.position())
    }

    /// `position` must be that of the first byte of `span`.
    pub(crate) fn at(source: &'a Source<'a>, span: Range<usize>, position: Position) -> Self {
        let [start, end, line, column] = [span.start, span.end, position.line, position.column].map(narrow);
        Self { source, start, end, line, column }
    }

    /// The path of the file.
    pub fn path(self) -> &'a str {
        self.source.path
    }

    pub(crate) fn source(self) -> &'a Source<'a> {
        self.source
    }

    pub(crate) fn position(self) -> Position {
        Position { line: self.line as usize, column: self.column as usize }
    }

    pub(crate) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the first `needle` in its text, or the whole location if the file spells the value
    /// differently.
    #[must_use]
    pub(crate) fn within(self, needle: &str) -> Self {
        let text = self.source.text.get(self.span()).unwrap_or_default();
        let Some(at) = text.find(needle).filter(|_| !needle.is_empty()) else { return self };
        let before = &text[..at];
        let (lines, column) = match before.rsplit_once('\n') {
            Some((above, line)) => (above.matches('\n').count() + 1, line.chars().count() + 1),
            None => (0, self.position().column + before.chars().count()),
        };
        let start = self.span().start + at;
        let position = Position { line: self.position().line + lines, column };
        Self::at(self.source, start..start + needle.len(), position)
    }

    pub(crate) fn finding(self, rule: &'static Rule, message: impl Into<String>) -> Finding {
        self.source.finding_at(rule, (self.span(), self.position()), message)
    }

    /// Whether the line is one of its own.
    pub(crate) fn holds_line(self, line: usize) -> bool {
        let text = self.source.text.get(self.span()).unwrap_or_default();
        let first = self.position().line;
        (first..=first + text.trim_end().matches('\n').count()).contains(&line)
    }

    /// Whether the finding begins here, or inside if `is_leaf`.
    pub(crate) fn has(self, finding: &Finding, is_leaf: bool) -> bool {
        let start = finding.start;
        if self.source.path != finding.path || start.line < self.position().line {
            return false;
        }
        let is_inside = || {
            let (own, text) = (self.position(), self.source.text.get(self.span()).unwrap_or_default());
            let end = own.column + text.chars().count();
            if text.contains('\n') {
                self.holds_line(start.line)
            } else {
                start.line == own.line && (own.column..end).contains(&start.column)
            }
        };
        self.position() == start || is_leaf && is_inside()
    }

    /// Returns a key that orders and identifies locations.
    pub(crate) fn key(self) -> (&'a str, usize) {
        (self.path(), self.span().start)
    }
}

impl fmt::Display for Location<'_> {
    /// `path:line`, for messages that refer to another location.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.path(), self.line)
    }
}

/// A value with everything below it, and where it is written.
#[derive(Clone, Debug)]
pub struct RenderedValue<'a> {
    location: Location<'a>,
    content: Content<'a>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Scalar { text: Cow<'a, str>, is_string: bool },
    Mapping(Vec<KeyValue<'a>>),
    Sequence(Vec<RenderedValue<'a>>),
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct KeyValue<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// The location of the key.
    pub(crate) location: Location<'a>,
    /// The value of the key.
    pub value: RenderedValue<'a>,
}

impl<'a> RenderedValue<'a> {
    /// `node` must be in `source`.
    pub(crate) fn of(source: &'a Source<'a>, node: Node<'a>) -> Self {
        Self::build(node, &|node| Location::of(source, node), &|text| Cow::Borrowed(text))
    }

    /// Creates an owned value of a node whose text does not outlive the call; `location` maps each node to
    /// the file.
    pub(crate) fn owned<'n>(node: Node<'n>, location: &dyn Fn(Node<'n>) -> Location<'a>) -> Self {
        Self::build(node, location, &|text| Cow::Owned(text.to_owned()))
    }

    // The recursion ends: the reader bounds how deep documents nest.
    fn build<'n>(
        node: Node<'n>,
        location: &dyn Fn(Node<'n>) -> Location<'a>,
        text: &dyn Fn(&'n str) -> Cow<'a, str>,
    ) -> Self {
        let content = if node.is_mapping() {
            let entry = |(key, value): (Node<'n>, Node<'n>)| KeyValue {
                key: text(key.text()),
                location: location(key),
                value: Self::build(value, location, text),
            };
            Content::Mapping(node.entries().map(entry).collect())
        } else if node.is_sequence() {
            Content::Sequence(node.items().map(|item| Self::build(item, location, text)).collect())
        } else {
            Content::Scalar { text: text(node.text()), is_string: node.as_str().is_some() }
        };
        Self { location: location(node), content }
    }

    /// Creates a string that the build adds because of `location`.
    pub(crate) fn string(location: Location<'a>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { location, content: Content::Scalar { text: text.into(), is_string: true } }
    }

    /// Creates a number that the build adds because of `location`.
    pub(super) fn number(location: Location<'a>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { location, content: Content::Scalar { text: text.into(), is_string: false } }
    }

    /// Creates a boolean that the build adds because of `location`.
    pub(super) fn boolean(location: Location<'a>, value: bool) -> Self {
        let text = if value { "true" } else { "false" };
        Self { location, content: Content::Scalar { text: text.into(), is_string: false } }
    }

    /// Creates a sequence that the build adds because of `location`.
    pub(super) fn sequence(location: Location<'a>, items: Vec<Self>) -> Self {
        Self { location, content: Content::Sequence(items) }
    }

    pub(super) fn file(source: &'a Source<'a>) -> Self {
        Self::string(Location::at(source, 0..source.text.len(), Position::START), source.text)
    }

    /// Creates a mapping that the build adds because of `location`.
    pub(crate) fn empty_mapping(location: Location<'a>) -> Self {
        Self { location, content: Content::Mapping(Vec::new()) }
    }

    pub(crate) fn location(&self) -> Location<'a> {
        self.location
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    pub(crate) fn is_sequence(&self) -> bool {
        matches!(self.content, Content::Sequence(_))
    }

    pub(crate) fn is_null(&self) -> bool {
        self.scalar() == Some(ScalarValue::Null)
    }

    /// What a scalar means to Kubernetes; `None` for a collection.
    pub fn scalar(&self) -> Option<ScalarValue<'_>> {
        match &self.content {
            Content::Scalar { text, is_string } => Some(scalar::resolve(text, !is_string, None)),
            _ => None,
        }
    }

    /// The characters of a scalar, whatever they mean; empty for a collection.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Scalar { text, .. } => text,
            _ => "",
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.scalar()?.as_str()
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        self.scalar()?.as_bool()
    }

    pub(crate) fn as_int(&self) -> Option<i128> {
        self.scalar()?.as_int()
    }

    /// The entries of a mapping; empty for anything else.
    pub fn entries(&self) -> &[KeyValue<'a>] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; empty for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&KeyValue<'a>> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value below `keys`, one mapping in the other.
    pub fn dig(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    pub(crate) fn str_at(&self, keys: &[&str]) -> Option<&str> {
        self.dig(keys)?.as_str()
    }

    /// Returns the items of the sequence at `keys`; empty if it does not exist.
    pub(crate) fn items_at(&self, keys: &[&str]) -> &[Self] {
        self.dig(keys).map_or(&[], Self::items)
    }

    /// Returns the paths of the lists below any key of `names`, wherever it is, that hold a mapping. A list comes before
    /// those inside the same mapping.
    pub(crate) fn lists_called(&self, names: &[&str]) -> Vec<ValuePath> {
        let mut found = Vec::new();
        self.add_lists(names, &mut Vec::new(), &mut found);
        found
    }

    // The recursion ends: the reader bounds how deep documents nest.
    fn add_lists(&self, names: &[&str], path: &mut ValuePath, found: &mut Vec<ValuePath>) {
        for (at, KeyValue { key, value, .. }) in (0..).zip(self.entries()) {
            if names.contains(&&**key) && value.items().iter().any(Self::is_mapping) {
                found.push([path.as_slice(), &[at]].concat());
            }
        }
        let children = self.entries().iter().map(|entry| &entry.value).chain(self.items());
        for (at, child) in (0..).zip(children) {
            if !matches!(child.content, Content::Scalar { .. }) {
                path.push(at);
                child.add_lists(names, path, found);
                path.pop();
            }
        }
    }

    /// Returns the mapping and its entry at a path of [`Self::lists_called`].
    pub(crate) fn follow(&self, path: &[u32]) -> Option<(&Self, &KeyValue<'a>)> {
        let (entry, outer) = path.split_last()?;
        let mapping = outer.iter().try_fold(self, |value, at| {
            let at = *at as usize;
            value.entries().get(at).map(|entry| &entry.value).or_else(|| value.items().get(at))
        })?;
        Some((mapping, mapping.entries().get(*entry as usize)?))
    }

    /// Returns every nested scalar, without keys, in file order.
    pub(crate) fn scalars(&self) -> Vec<&Self> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(value) = open.pop() {
            match &value.content {
                Content::Scalar { .. } => found.push(value),
                Content::Mapping(entries) => open.extend(entries.iter().rev().map(|entry| &entry.value)),
                Content::Sequence(items) => open.extend(items.iter().rev()),
            }
        }
        found
    }

    /// Whether both have the same content, regardless of locations and key order.
    pub(crate) fn content_eq(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Mapping(ours), Content::Mapping(theirs)) => {
                let has = |entry: &KeyValue<'_>| {
                    other.get(&entry.key).is_some_and(|value| entry.value.content_eq(value))
                };
                ours.len() == theirs.len() && ours.iter().all(has)
            }
            (Content::Sequence(ours), Content::Sequence(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, two)| one.content_eq(two))
            }
            _ => self.scalar().is_some() && self.scalar() == other.scalar(),
        }
    }

    pub(crate) fn entries_mut(&mut self) -> Option<&mut Vec<KeyValue<'a>>> {
        match &mut self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let entry = self.entries_mut()?.iter_mut().find(|entry| entry.key == key)?;
        Some(&mut entry.value)
    }

    /// Sets the value of `key`. As in kustomize, null becomes a mapping; other scalars and sequences do not
    /// change.
    pub(crate) fn set(&mut self, key: &str, value: Self) {
        if self.is_null() {
            self.content = Content::Mapping(Vec::new());
        }
        let Some(entries) = self.entries_mut() else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(KeyValue { key: key.to_owned().into(), location: value.location, value }),
        }
    }

    /// Returns the value of `key`, inserting a mapping at `location` if it is missing; `None` if `self`
    /// cannot have keys.
    pub(crate) fn get_or_insert(&mut self, key: &str, location: Location<'a>) -> Option<&mut Self> {
        if self.get(key).is_none_or(Self::is_null) {
            self.set(key, Self::empty_mapping(location));
        }
        self.get_mut(key)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Self> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at).value)
    }
}
