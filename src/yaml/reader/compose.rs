//! Composes one document from events: "compose" is the word of the YAML specification (1.2.2, section 3.1.2). Open
//! collections are frames on an explicit stack; nothing recurses.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, ScalarStyle, Span, Tag};

use super::{DocumentError, DocumentErrorKind, MAX_DEPTH, MAX_NODES, bytes, position};
use crate::yaml::node::{Document, NodeContent, NodeId, StoredNode, narrow};

/// Up to this many keys, pairwise comparison is faster than a table.
const FEW: usize = 12;

/// What a node of a manifest usually takes in its file, and as many nodes as most have.
const BYTES_PER_NODE: usize = 16;
const MANY: usize = 256;

#[derive(Clone, Copy)]
struct Anchor {
    id: NodeId,
    size: usize,
    height: usize,
}

struct Frame {
    id: NodeId,
    /// The index of its first child in `waiting`.
    first: usize,
    anchor: usize,
    /// Nodes (`size`) and levels (`height`) below it, through aliases too.
    size: usize,
    height: usize,
}

pub(super) struct Composer<'t> {
    nodes: Vec<StoredNode<'t>>,
    children: Vec<NodeId>,
    duplicates: Vec<(NodeId, NodeId)>,
    waiting: Vec<NodeId>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    spent: usize,
}

impl<'t> Composer<'t> {
    /// `spent` is the number of nodes in the file before this document, `length` that of the rest of the file in bytes.
    pub(crate) fn new(spent: usize, length: usize) -> Self {
        let expected = (length / BYTES_PER_NODE).min(MANY);
        Self {
            nodes: Vec::with_capacity(expected),
            children: Vec::with_capacity(expected),
            duplicates: Vec::new(),
            waiting: Vec::with_capacity(expected.min(FEW)),
            frames: Vec::with_capacity(expected.min(FEW)),
            anchors: HashMap::new(),
            spent,
        }
    }

    /// Returns the number of nodes in the file so far, counting every use of an alias.
    pub(crate) fn spent(&self) -> usize {
        self.spent
    }

    /// Returns `None` for a document without a node.
    pub(crate) fn finish(mut self) -> Option<Document<'t>> {
        let root = *self.waiting.first()?;
        self.nodes.shrink_to_fit();
        self.children.shrink_to_fit();
        Some(Document { nodes: self.nodes, children: self.children, root, duplicates: self.duplicates })
    }

    pub(crate) fn event(&mut self, event: Event<'t>, span: &Span) -> Result<(), DocumentError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                // The parser gives `~` for a missing value.
                let is_left_out = is_plain && bytes(span).is_empty();
                let text = if is_left_out { Cow::Borrowed("") } else { text };
                let id = self.store(NodeContent::Scalar { text, is_plain }, tag, span)?;
                self.complete(Anchor { id, size: 1, height: 0 }, anchor);
                Ok(())
            }
            Event::SequenceStart(_, anchor, tag) => self.open(NodeContent::Sequence(0..0), anchor, tag, span),
            Event::MappingStart(_, anchor, tag) => self.open(NodeContent::Mapping(0..0), anchor, tag, span),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn store(
        &mut self,
        content: NodeContent<'t>,
        tag: Option<Cow<'t, Tag>>,
        span: &Span,
    ) -> Result<NodeId, DocumentError> {
        self.spend(1, span)?;
        let Range { start, end } = bytes(span);
        let at = position(&span.start);
        let [start, end, line, column] = [start, end, at.line, at.column].map(narrow);
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()).into_boxed_str());
        self.nodes.push(StoredNode { content, tag, start, end, line, column });
        Ok(narrow(self.nodes.len() - 1))
    }

    fn spend(&mut self, nodes: usize, span: &Span) -> Result<(), DocumentError> {
        self.spent += nodes;
        if self.spent > MAX_NODES {
            return Err(DocumentError::too_large(bytes(span), position(&span.start)));
        }
        Ok(())
    }

    fn open(
        &mut self,
        content: NodeContent<'t>,
        anchor: usize,
        tag: Option<Cow<'t, Tag>>,
        span: &Span,
    ) -> Result<(), DocumentError> {
        if self.frames.len() == MAX_DEPTH {
            return Err(DocumentError::too_deep(bytes(span), position(&span.start)));
        }
        let id = self.store(content, tag, span)?;
        self.frames.push(Frame { id, first: self.waiting.len(), anchor, size: 1, height: 1 });
        Ok(())
    }

    fn close(&mut self, span: &Span) -> Result<(), DocumentError> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let is_mapping = matches!(self.node(frame.id).content, NodeContent::Mapping(_));
        let mut size = frame.size;
        let first = narrow(self.children.len());
        let own = self.waiting.len() - frame.first;
        if is_mapping {
            self.note_duplicates(frame.first);
        }
        let merged = if is_mapping { self.merged(&self.waiting[frame.first..])? } else { None };
        if let Some(entries) = merged {
            let more = entries.len().saturating_sub(own);
            self.spend(more, span)?;
            size += more;
            self.children.extend(entries);
        } else {
            self.children.extend_from_slice(&self.waiting[frame.first..]);
        }
        self.waiting.truncate(frame.first);
        let range = first..narrow(self.children.len());
        let node = &mut self.nodes[frame.id as usize];
        node.end = narrow(bytes(span).end);
        node.content = if is_mapping { NodeContent::Mapping(range) } else { NodeContent::Sequence(range) };
        self.complete(Anchor { id: frame.id, size, height: frame.height }, frame.anchor);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Result<(), DocumentError> {
        let Some(&target) = self.anchors.get(&anchor) else {
            return Err(DocumentError::at(
                DocumentErrorKind::Syntax,
                "an alias of a collection inside that collection",
                span,
            ));
        };
        if self.frames.len() + target.height > MAX_DEPTH {
            return Err(DocumentError::too_deep(bytes(span), position(&span.start)));
        }
        self.spend(target.size, span)?;
        self.complete(target, 0);
        Ok(())
    }

    fn complete(&mut self, node: Anchor, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        self.waiting.push(node.id);
        if let Some(parent) = self.frames.last_mut() {
            parent.size = parent.size.saturating_add(node.size);
            parent.height = parent.height.max(node.height + 1);
        }
    }

    fn node(&self, id: NodeId) -> &StoredNode<'t> {
        &self.nodes[id as usize]
    }

    /// Returns `None` for keys that are collections.
    fn key(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).content {
            NodeContent::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Notes the keys that occur before, in the mapping whose children wait from `first` on.
    fn note_duplicates(&mut self, first: usize) {
        let children = &self.waiting[first..];
        let keys = children.iter().step_by(2).filter_map(|&id| Some((id, self.key(id)?)));
        let found: Vec<_> = if children.len() / 2 <= FEW {
            let earlier = |at: usize, text: &str| keys.clone().take(at).find(|(_, other)| *other == text);
            let numbered = keys.clone().enumerate();
            numbered.filter_map(|(at, (id, text))| Some((earlier(at, text)?.0, id))).collect()
        } else {
            let mut seen = HashMap::new();
            keys.filter_map(|(id, text)| {
                let first = *seen.entry(text).or_insert(id);
                (first != id).then_some((first, id))
            })
            .collect()
        };
        self.duplicates.extend(found);
    }

    /// Returns the entries of a mapping with its merge keys resolved; `None` if it has none. Own entries take precedence,
    /// then those of earlier merges.
    fn merged(&self, children: &[NodeId]) -> Result<Option<Vec<NodeId>>, DocumentError> {
        let is_merge = |pair: &&[NodeId]| self.is_merge_key(pair[0]);
        if !children.chunks_exact(2).any(|pair| is_merge(&pair)) {
            return Ok(None);
        }
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        for pair in children.chunks_exact(2).filter(|pair| !is_merge(pair)) {
            seen.extend(self.key(pair[0]));
            entries.extend(pair);
        }
        for pair in children.chunks_exact(2).filter(is_merge) {
            for source in self.merge_sources(pair[1])? {
                for entry in source.chunks_exact(2) {
                    if self.key(entry[0]).is_none_or(|key| seen.insert(key)) {
                        entries.extend(entry);
                    }
                }
            }
        }
        Ok(Some(entries))
    }

    fn is_merge_key(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.tag.is_none()
            && matches!(&node.content, NodeContent::Scalar { text, is_plain: true } if text == "<<")
    }

    fn merge_sources(&self, id: NodeId) -> Result<Vec<&[NodeId]>, DocumentError> {
        let slice = |range: &Range<u32>| &self.children[range.start as usize..range.end as usize];
        let mapping = |id: NodeId| match &self.node(id).content {
            NodeContent::Mapping(range) => Some(slice(range)),
            _ => None,
        };
        let sources = match &self.node(id).content {
            NodeContent::Sequence(items) => slice(items).iter().map(|&item| mapping(item)).collect(),
            _ => mapping(id).map(|source| vec![source]),
        };
        sources.ok_or_else(|| {
            let node = self.node(id);
            let position =
                crate::yaml::node::Position { line: node.line as usize, column: node.column as usize };
            let span = node.start as usize..node.end as usize;
            DocumentError::new(
                DocumentErrorKind::Syntax,
                "`<<` takes a mapping, or a list of mappings",
                span,
                position,
            )
        })
    }
}
