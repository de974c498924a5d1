//! Patches that are written as a text within a kustomization. What is in them is pointed at there, too.

use crate::check::build::tree::{Place, Tree};
use crate::check::manifests::Source;
use crate::manifest::node::{Node, Position};
use crate::manifest::reader;

/// The documents in the text that `node` is.
pub(super) fn parse<'a>(source: &'a Source<'a>, node: Node<'a>) -> Vec<Tree<'a>> {
    let stream = reader::read(node.text());
    let lines = Lines::of(source, node);
    let roots = stream.documents.iter().map(|document| document.root()).filter(|root| !root.is_null());
    roots.map(|root| Tree::owned(root, &|inner| lines.place(inner))).collect()
}

/// Where the lines of a text begin in the file.
struct Lines<'a> {
    whole: Place<'a>,
    text: &'a str,
    source: &'a Source<'a>,
    /// The first byte of each line's content; none where the text is folded or in quotes.
    starts: Vec<usize>,
    first_line: usize,
    indentation: usize,
}

impl<'a> Lines<'a> {
    fn of(source: &'a Source<'a>, node: Node<'a>) -> Self {
        let whole = Place::of(source, node);
        let mut lines =
            Self { whole, text: node.text(), source, starts: Vec::new(), first_line: 0, indentation: 0 };
        if !is_literal(source, node) {
            return lines;
        }
        lines.first_line = whole.position().line;
        lines.indentation = whole.position().column - 1;
        let mut at = node.span().start;
        lines.starts.push(at);
        for line in source.text.get(node.span()).unwrap_or_default().split_inclusive('\n') {
            at += line.len();
            let spaces =
                source.text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
            lines.starts.push(at + spaces.min(lines.indentation));
        }
        lines
    }

    fn place(&self, inner: Node<'_>) -> Place<'a> {
        let Position { line, column } = inner.position();
        let Some(start) = self.starts.get(line - 1) else { return self.whole };
        let before = self.text.get(..inner.span().start).unwrap_or_default();
        let start = start + before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let end = (start + inner.span().len()).min(self.whole.span().end.max(start));
        let position = Position { line: self.first_line + line - 1, column: column + self.indentation };
        Place::at(self.source, start..end, position)
    }
}

/// Whether the text is written as it is, behind a `|`. Its node begins with its first line.
fn is_literal(source: &Source<'_>, node: Node<'_>) -> bool {
    let before = source.text.get(..node.span().start).unwrap_or_default().trim_end_matches(' ');
    let header = before.strip_suffix('\n').and_then(|before| before.lines().next_back()).unwrap_or_default();
    let header = header.split_once(" #").map_or(header, |(header, _)| header);
    let mark = header.split_whitespace().next_back().unwrap_or_default();
    mark.starts_with('|') && !node.text().starts_with('\n')
}
