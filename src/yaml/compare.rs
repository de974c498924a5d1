//! Whether an edited file still means the same everywhere else.

use std::ops::Range;

use super::node::{Document, NodeContent, NodeId, StoredNode};
use super::reader;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextEdit {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// Whether `new` means the same as `old` outside of `edits`; false if they touch nodes with aliases, or add
/// syntax errors or duplicate keys.
pub(crate) fn is_same_elsewhere(old: &str, new: &str, edits: &[TextEdit]) -> bool {
    let olds: Vec<_> = edits.iter().map(|edit| edit.old.clone()).collect();
    let news: Vec<_> = edits.iter().map(|edit| edit.new.clone()).collect();
    let (old, new) = (reader::read(old), reader::read(new));
    let is_worse = new.errors.len() > old.errors.len() || new.documents.len() != old.documents.len();
    !is_worse
        && old.documents.iter().zip(&new.documents).all(|(old, new)| {
            let (before, after) = (Outside::of(old, &olds), Outside::of(new, &news));
            new.duplicates.len() <= old.duplicates.len() && !before.is_shared && before == after
        })
}

/// The part of a document outside of the edits.
struct Outside<'d> {
    /// The nodes, each with the indices of its children in this list.
    nodes: Vec<(&'d StoredNode<'d>, Vec<usize>)>,
    root: Option<usize>,
    /// Whether a node within the edits is used more than once.
    is_shared: bool,
}

impl<'d> Outside<'d> {
    fn of(document: &'d Document<'d>, edits: &[Range<usize>]) -> Self {
        let mut count = 0;
        let indices: Vec<Option<usize>> = document
            .nodes
            .iter()
            .map(|node| {
                let is_outside = !is_within(node, edits);
                count += usize::from(is_outside);
                is_outside.then(|| count - 1)
            })
            .collect();
        let index = |id: NodeId| indices[id as usize];
        let nodes = document.nodes.iter().zip(&indices).filter(|(_, index)| index.is_some());
        let nodes = nodes
            .map(|(node, _)| (node, children(document, node).iter().copied().filter_map(index).collect()))
            .collect();
        let shared = shared(document);
        let is_shared = indices.iter().zip(shared).any(|(index, shared)| index.is_none() && shared);
        Self { nodes, root: index(document.root), is_shared }
    }
}

impl PartialEq for Outside<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
            && self.nodes.len() == other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(|((one, inner), (another, others))| {
                inner == others && one.tag == another.tag && is_same_content(&one.content, &another.content)
            })
    }
}

fn is_same_content(one: &NodeContent, other: &NodeContent) -> bool {
    match (one, other) {
        (NodeContent::Scalar { text, is_plain }, NodeContent::Scalar { text: others, is_plain: other }) => {
            text == others && is_plain == other
        }
        (NodeContent::Mapping(_), NodeContent::Mapping(_))
        | (NodeContent::Sequence(_), NodeContent::Sequence(_)) => true,
        _ => false,
    }
}

/// `edits` must be sorted and must not overlap.
fn is_within(node: &StoredNode, edits: &[Range<usize>]) -> bool {
    let (start, end) = (node.start as usize, node.end as usize);
    let behind = edits.partition_point(|edit| edit.start <= start);
    edits[..behind].last().is_some_and(|edit| end <= edit.end)
}

fn children<'d>(document: &'d Document, node: &StoredNode) -> &'d [NodeId] {
    match &node.content {
        NodeContent::Scalar { .. } => &[],
        NodeContent::Mapping(range) | NodeContent::Sequence(range) => {
            &document.children[range.start as usize..range.end as usize]
        }
    }
}

/// Returns for each node whether it, or a node that contains it, is used more than once.
fn shared(document: &Document) -> Vec<bool> {
    let mut uses = vec![0_u32; document.nodes.len()];
    for id in &document.children {
        uses[*id as usize] += 1;
    }
    let mut shared: Vec<bool> = uses.into_iter().map(|uses| uses > 1).collect();
    // Parents are stored before their children.
    for (id, node) in document.nodes.iter().enumerate() {
        if shared[id] {
            for child in children(document, node) {
                shared[*child as usize] = true;
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces the only `from` in `text` and compares.
    fn is_safe(text: &str, from: &str, to: &str) -> bool {
        let at = text.find(from).expect("it is there");
        let new = text.replacen(from, to, 1);
        is_same_elsewhere(text, &new, &[TextEdit { old: at..at + from.len(), new: at..at + to.len() }])
    }

    #[test]
    fn what_stays_in_its_place_is_safe() {
        for (text, from, to) in [
            ("a: yes\nb: [1, 2]\n", "yes", "\"yes\""),
            ("on: 1\nb: 2\n", "on", "\"on\""),
            ("a: 1\nb: 2\n", "a: 1\n", ""),
            ("a: {b: 1}\nc: 2\n", "{b: 1}", "[3, {d: 4}]"),
            ("a:\n- x\n- y\n---\nb: 1\n", "y", "z"),
            ("a: [\n---\nb: yes\n", "yes", "true"),
            ("a: 1\na: 2\nb: yes\n", "yes", "true"),
        ] {
            assert!(is_safe(text, from, to), "{text:?} {from:?} {to:?}");
        }
    }

    #[test]
    fn what_reaches_beyond_its_place_is_not() {
        for (text, from, to) in [
            ("a: 1\nb: 2\n", "1", "\"1"),
            ("a: {b: 1, c: 2}\n", "1", "1 #"),
            ("a: x\nb: 2\n", "x", "|"),
            ("a: x\nb: 2\n", "x", "\n  c: 1\nd:\n  e: 2"),
            ("a: 1\nb: 2\n", "b", "a"),
            ("a: &x yes\nb: *x\n", "yes", "no"),
            ("a: &x {c: [yes]}\nb: *x\n", "yes", "no"),
            ("a: &x {c: yes}\nb: {<<: *x}\n", "yes", "no"),
            ("a: 1\nb: 2\n", "1", "1\n---"),
            ("a: {b: 1, c: 2}\n", "1", "1}"),
            ("a: {b: 1, c: 2}\n", "1", "{d: 1, e: 3"),
            ("a:\n  b: 1\n  c: 2\n", "1", "1\nx: 2"),
        ] {
            assert!(!is_safe(text, from, to), "{text:?} {from:?} {to:?}");
        }
    }
}
