//! What a manifest says after patches: a tree of values that are owned where they have to be, each of which knows
//! where it was written. A value that a patch brings in points into the patch.

use std::borrow::Cow;
use std::ops::Range;

use crate::check::finding::Finding;
use crate::check::rules::Rule;
use crate::check::source::Source;
use crate::yaml::node::{Kind, Node, Position};
use crate::yaml::scalar;
use crate::yaml::scalar::Value;

/// Where something is written.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    source: &'a Source<'a>,
    start: usize,
    end: usize,
    position: Position,
}

impl<'a> Place<'a> {
    /// The place of `node`, which is in `source`.
    pub(crate) fn of(source: &'a Source<'a>, node: Node<'_>) -> Self {
        Self::at(source, node.span(), node.position())
    }

    /// The bytes `span` of `source`, which begin at `position`.
    pub(crate) fn at(source: &'a Source<'a>, span: Range<usize>, position: Position) -> Self {
        Self { source, start: span.start, end: span.end, position }
    }

    /// The file.
    pub fn path(self) -> &'a str {
        self.source.path
    }

    /// The file, with its text.
    pub(crate) fn source(self) -> &'a Source<'a> {
        self.source
    }

    /// Where it begins.
    pub(crate) fn position(self) -> Position {
        self.position
    }

    /// The bytes of the file.
    pub(crate) fn span(self) -> Range<usize> {
        self.start..self.end
    }

    /// `path:line`, for messages that are about another place.
    pub(crate) fn shown(self) -> String {
        format!("{}:{}", self.path(), self.position.line)
    }

    /// The first `needle` within it as it is written in the file; itself where it is written otherwise.
    #[must_use]
    pub(crate) fn within(self, needle: &str) -> Self {
        let text = self.source.text.get(self.span()).unwrap_or_default();
        let Some(at) = text.find(needle).filter(|_| !needle.is_empty()) else { return self };
        let before = &text[..at];
        let (lines, column) = match before.rsplit_once('\n') {
            Some((above, line)) => (above.matches('\n').count() + 1, line.chars().count() + 1),
            None => (0, self.position.column + before.chars().count()),
        };
        let start = self.start + at;
        let position = Position { line: self.position.line + lines, column };
        Self { start, end: start + needle.len(), position, ..self }
    }

    /// A finding about what is written here.
    pub(crate) fn finding(self, rule: &'static Rule, message: impl Into<String>) -> Finding {
        self.source.finding_at(rule, (self.span(), self.position), message)
    }

    /// What tells it from other places.
    pub(crate) fn key(self) -> (&'a str, usize) {
        (self.path(), self.start)
    }
}

/// A value, and what is below it.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    place: Place<'a>,
    content: Content<'a>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Scalar { text: Cow<'a, str>, is_text: bool },
    Mapping(Vec<Entry<'a>>),
    Sequence(Vec<Tree<'a>>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key is written.
    pub(crate) place: Place<'a>,
    /// Its value.
    pub value: Tree<'a>,
}

impl<'a> Tree<'a> {
    /// The tree below `node`, which is in `source`.
    pub(crate) fn of(source: &'a Source<'a>, node: Node<'a>) -> Self {
        Self::build(node, &|node| Place::of(source, node), &|text| Cow::Borrowed(text))
    }

    /// The tree below a node of another document than that of a file; `place` says where to look for each node.
    pub(crate) fn owned<'n>(node: Node<'n>, place: &dyn Fn(Node<'n>) -> Place<'a>) -> Self {
        Self::build(node, place, &|text| Cow::Owned(text.to_owned()))
    }

    // The reader bounds how deep documents nest.
    fn build<'n>(
        node: Node<'n>,
        place: &dyn Fn(Node<'n>) -> Place<'a>,
        text: &dyn Fn(&'n str) -> Cow<'a, str>,
    ) -> Self {
        let content = if node.is_mapping() {
            let entry = |(key, value): (Node<'n>, Node<'n>)| Entry {
                key: text(key.text()),
                place: place(key),
                value: Self::build(value, place, text),
            };
            Content::Mapping(node.entries().map(entry).collect())
        } else if node.is_sequence() {
            Content::Sequence(node.items().map(|item| Self::build(item, place, text)).collect())
        } else {
            Content::Scalar { text: text(node.text()), is_text: node.as_str().is_some() }
        };
        Self { place: place(node), content }
    }

    /// A string that is not written as such anywhere, but comes from `place`.
    pub(super) fn text_from(place: Place<'a>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { place, content: Content::Scalar { text: text.into(), is_text: true } }
    }

    /// The whole text of `source`, as a string.
    pub(super) fn file(source: &'a Source<'a>) -> Self {
        let start = Position { line: 1, column: 1 };
        Self::text_from(Place::at(source, 0..source.text.len(), start), source.text)
    }

    /// A mapping without entries that comes from `place`.
    pub(super) fn mapping_from(place: Place<'a>) -> Self {
        Self { place, content: Content::Mapping(Vec::new()) }
    }

    /// Where it is written.
    pub(crate) fn place(&self) -> Place<'a> {
        self.place
    }

    /// What it is.
    pub(crate) fn kind(&self) -> Kind {
        match &self.content {
            Content::Mapping(_) => Kind::Mapping,
            Content::Sequence(_) => Kind::Sequence,
            Content::Scalar { .. } if self.value() == Some(Value::Null) => Kind::Null,
            Content::Scalar { .. } => Kind::Scalar,
        }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    /// Whether it is a sequence.
    pub(crate) fn is_sequence(&self) -> bool {
        matches!(self.content, Content::Sequence(_))
    }

    /// Whether nothing is given.
    pub(crate) fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// What a scalar means to Kubernetes; `None` for a collection.
    pub fn value(&self) -> Option<Value<'_>> {
        match &self.content {
            Content::Scalar { text, is_text } => Some(scalar::resolve(text, !is_text, None)),
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

    /// A scalar that is a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self.value()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A scalar that is a boolean.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.value()? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A scalar that is a whole number.
    pub(crate) fn as_int(&self) -> Option<i128> {
        match self.value()? {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Keys and values; none for anything but a mapping.
    pub fn entries(&self) -> &[Entry<'a>] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The key `key` and its value.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value below `keys`, one mapping in the other.
    pub fn dig(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// The string below `keys`, one mapping in the other.
    pub(crate) fn str_at(&self, keys: &[&str]) -> Option<&str> {
        self.dig(keys)?.as_str()
    }

    /// The items of the sequence below `keys`; none where there is no sequence.
    pub(crate) fn items_at(&self, keys: &[&str]) -> &[Self] {
        self.dig(keys).map_or(&[], Self::items)
    }

    /// Every scalar below it, keys not included.
    pub(crate) fn scalars(&self) -> Vec<&Self> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(tree) = open.pop() {
            match &tree.content {
                Content::Scalar { .. } => found.push(tree),
                Content::Mapping(entries) => open.extend(entries.iter().rev().map(|entry| &entry.value)),
                Content::Sequence(items) => open.extend(items.iter().rev()),
            }
        }
        found
    }

    /// Whether both say the same, wherever they say it.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Mapping(ours), Content::Mapping(theirs)) => {
                let is_there = |entry: &Entry<'_>| {
                    other.get(&entry.key).is_some_and(|value| entry.value.says_the_same(value))
                };
                ours.len() == theirs.len() && ours.iter().all(is_there)
            }
            (Content::Sequence(ours), Content::Sequence(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, two)| one.says_the_same(two))
            }
            _ => self.value().is_some() && self.value() == other.value(),
        }
    }

    pub(super) fn entries_mut(&mut self) -> Option<&mut Vec<Entry<'a>>> {
        match &mut self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let entry = self.entries_mut()?.iter_mut().find(|entry| entry.key == key)?;
        Some(&mut entry.value)
    }

    /// Makes `value` that of `key`; nothing happens to what is no mapping. Nothing at all becomes one.
    pub(super) fn set(&mut self, key: &str, value: Self) {
        if self.is_null() {
            self.content = Content::Mapping(Vec::new());
        }
        let Some(entries) = self.entries_mut() else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: key.to_owned().into(), place: value.place, value }),
        }
    }

    /// The value of `key`, an empty mapping from `place` where there is none; `None` where this is no mapping.
    pub(super) fn get_or_make(&mut self, key: &str, place: Place<'a>) -> Option<&mut Self> {
        if self.get(key).is_none_or(Self::is_null) {
            self.set(key, Self::mapping_from(place));
        }
        self.get_mut(key)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Self> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at).value)
    }
}
