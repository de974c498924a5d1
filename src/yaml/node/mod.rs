//! YAML with positions. A document is an arena of nodes, and a [`Node`] is a handle as cheap as a reference.
//!
//! Scalars mean what they mean to Kubernetes (see [`super::scalar`]). An alias *is* the node that it refers to, and merge
//! keys (`<<`) are resolved. [`super::reader`] bounds size and depth, so that it is safe to recurse into children.

use std::borrow::Cow;
use std::ops::Range;

use super::scalar::{self, ScalarValue};

/// A position in a file. Both count from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    /// Returns the position of the byte at `offset` of the text of a file, which has to be the first of a character.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text[..offset].trim_start_matches('\u{feff}');
        let line = &before[before.rfind(['\n', '\r']).map_or(0, |end| end + 1)..];
        Self { line: line_ends(before) + 1, column: line.chars().count() + 1 }
    }
}

/// Returns how many lines end in `text`: with a line feed, or like those of the first Macintosh.
pub(crate) fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_end = |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(|&at| is_end(at)).count()
}

/// Returns a length, position or index in a file in half the bits. The reader refuses files that need more.
pub(crate) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// No value, `~` or `null`.
    Null,
    Scalar,
    Mapping,
    Sequence,
}

pub(super) type NodeId = u32;

#[derive(Debug)]
pub(super) struct StoredNode<'t> {
    pub(crate) content: NodeContent<'t>,
    pub(crate) tag: Option<Box<str>>,
    /// Byte range in the file; for a collection in block style, from its first entry to the end of its last.
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug)]
pub(super) enum NodeContent<'t> {
    Scalar {
        text: Cow<'t, str>,
        is_plain: bool,
    },
    /// The range of its keys and values, alternating, in the document's `children`.
    Mapping(Range<u32>),
    /// The range of its items in the document's `children`.
    Sequence(Range<u32>),
}

#[derive(Debug)]
pub(crate) struct Document<'t> {
    pub(super) nodes: Vec<StoredNode<'t>>,
    pub(super) children: Vec<NodeId>,
    pub(super) root: NodeId,
    pub(super) duplicates: Vec<(NodeId, NodeId)>,
}

impl Document<'_> {
    pub(crate) fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// Returns each duplicate key, preceded by the first key of the same name.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
        self.duplicates.iter().map(|&(first, again)| (self.node(first), self.node(again)))
    }

    /// Returns every node as written, keys included; an aliased node comes once.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..).zip(&self.nodes).map(|(id, _)| self.node(id))
    }

    fn node(&self, id: NodeId) -> Node<'_> {
        Node { document: self, id }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    document: &'a Document<'a>,
    id: NodeId,
}

impl PartialEq for Node<'_> {
    /// Compares identity, not content.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Node<'_> {}

impl<'a> Node<'a> {
    fn stored(self) -> &'a StoredNode<'a> {
        &self.document.nodes[self.id as usize]
    }

    fn children(self, range: &Range<u32>) -> impl ExactSizeIterator<Item = Node<'a>> + Clone + use<'a> {
        let document = self.document;
        document.children[range.start as usize..range.end as usize].iter().map(|&id| document.node(id))
    }

    pub(crate) fn kind(self) -> NodeKind {
        match &self.stored().content {
            NodeContent::Mapping(_) => NodeKind::Mapping,
            NodeContent::Sequence(_) => NodeKind::Sequence,
            NodeContent::Scalar { .. } if self.is_null() => NodeKind::Null,
            NodeContent::Scalar { .. } => NodeKind::Scalar,
        }
    }

    pub(crate) fn is_mapping(self) -> bool {
        matches!(self.stored().content, NodeContent::Mapping(_))
    }

    pub(crate) fn is_sequence(self) -> bool {
        matches!(self.stored().content, NodeContent::Sequence(_))
    }

    pub(crate) fn is_null(self) -> bool {
        self.scalar() == Some(ScalarValue::Null)
    }

    /// Returns the meaning of a scalar to Kubernetes; `None` for a collection.
    pub(crate) fn scalar(self) -> Option<ScalarValue<'a>> {
        let NodeContent::Scalar { text, is_plain } = &self.stored().content else { return None };
        Some(scalar::resolve(text, *is_plain, self.tag()))
    }

    /// Returns the characters of a scalar, whatever they mean; empty for a collection.
    pub(crate) fn text(self) -> &'a str {
        match &self.stored().content {
            NodeContent::Scalar { text, .. } => text,
            _ => "",
        }
    }

    pub(crate) fn as_str(self) -> Option<&'a str> {
        self.scalar()?.as_str()
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        self.scalar()?.as_bool()
    }

    /// Whether it is an unquoted scalar, whose characters decide its type.
    pub(crate) fn is_plain(self) -> bool {
        matches!(self.stored().content, NodeContent::Scalar { is_plain: true, .. })
    }

    /// Returns the full explicit tag: `tag:yaml.org,2002:str` for `!!str`.
    pub(crate) fn tag(self) -> Option<&'a str> {
        self.stored().tag.as_deref()
    }

    /// Returns keys and values in file order, then those of merged mappings; empty for anything but a
    /// mapping.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> + use<'a> {
        let range = match &self.stored().content {
            NodeContent::Mapping(range) => range,
            _ => &(0..0),
        };
        let children = self.children(range);
        children.clone().step_by(2).zip(children.skip(1).step_by(2))
    }

    /// Returns the items of a sequence; empty for anything else.
    pub(crate) fn items(self) -> impl ExactSizeIterator<Item = Node<'a>> + use<'a> {
        let range = match &self.stored().content {
            NodeContent::Sequence(range) => range,
            _ => &(0..0),
        };
        self.children(range)
    }

    /// Returns the node of `key` and its value; of duplicate keys, the first.
    pub(crate) fn entry(self, key: &str) -> Option<(Node<'a>, Node<'a>)> {
        self.entries().find(|(known, _)| known.text() == key && known.is_scalar())
    }

    pub(crate) fn get(self, key: &str) -> Option<Node<'a>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Returns the value at the path `keys` of nested mappings.
    pub(crate) fn dig(self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn str_at(self, keys: &[&str]) -> Option<&'a str> {
        self.dig(keys)?.as_str()
    }

    /// Returns the items of the sequence at the path `keys`; empty if it does not exist.
    pub(crate) fn items_at(self, keys: &[&str]) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.dig(keys).into_iter().flat_map(Node::items)
    }

    fn is_scalar(self) -> bool {
        matches!(self.stored().content, NodeContent::Scalar { .. })
    }

    /// Returns the byte range in the file, including quotes.
    pub(crate) fn span(self) -> Range<usize> {
        self.stored().start as usize..self.stored().end as usize
    }

    pub(crate) fn position(self) -> Position {
        Position { line: self.stored().line as usize, column: self.stored().column as usize }
    }
}

#[cfg(test)]
mod tests;
