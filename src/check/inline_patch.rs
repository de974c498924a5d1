//! Patches inside a kustomization: YAML in a scalar. They are read like files, and findings point into the
//! kustomization.

use super::finding::Finding;
use super::kustomize::{Location, RenderedValue};
use super::source::Source;
use crate::yaml::node::{Node, Position};

#[derive(Debug)]
pub(crate) struct InlinePatch<'a> {
    whole: Location<'a>,
    text: &'a str,
    source: &'a Source<'a>,
    /// The first byte of each line's content; empty if the scalar is not literal, so that lines cannot be
    /// mapped.
    starts: Vec<usize>,
    first_line: usize,
    indentation: usize,
}

impl<'a> InlinePatch<'a> {
    /// `node` must be in `source`.
    pub(crate) fn of(source: &'a Source<'a>, node: Node<'a>) -> Self {
        let whole = Location::of(source, node);
        let mut patch =
            Self { whole, text: node.text(), source, starts: Vec::new(), first_line: 0, indentation: 0 };
        if !is_literal(source, node) {
            return patch;
        }
        patch.first_line = whole.position().line;
        patch.indentation = whole.position().column - 1;
        let mut at = node.span().start;
        patch.starts.push(at);
        for line in source.text.get(node.span()).unwrap_or_default().split_inclusive('\n') {
            at += line.len();
            let spaces =
                source.text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
            patch.starts.push(at + spaces.min(patch.indentation));
        }
        patch
    }

    pub(crate) fn read(&self) -> Source<'a> {
        Source::of_text(self.whole.path(), self.text)
    }

    /// Returns the values of all readable documents.
    pub(crate) fn values(&self) -> Vec<RenderedValue<'a>> {
        self.read().roots().map(|root| RenderedValue::owned(root, &|inner| self.location(inner))).collect()
    }

    /// Moves a finding about [`Self::read`] to the file. Drops its fix: in the file, the text is a single
    /// value.
    pub(crate) fn relocate(&self, finding: Finding) -> Finding {
        let (Some(start), Some(end)) = (self.position(finding.start), self.position(finding.end)) else {
            let Finding { rule, severity, message, hint, .. } = finding;
            return self.whole.finding(rule, message).severity(severity).hint(hint);
        };
        Finding { start, end, fix: None, ..finding }
    }

    fn location(&self, inner: Node<'_>) -> Location<'a> {
        let Some(position) = self.position(inner.position()) else { return self.whole };
        let before = self.text.get(..inner.span().start).unwrap_or_default();
        let line = self.starts[inner.position().line - 1];
        let start = line + before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let end = (start + inner.span().len()).min(self.whole.span().end.max(start));
        Location::at(self.source, start..end, position)
    }

    fn position(&self, Position { line, column }: Position) -> Option<Position> {
        self.starts.get(line - 1)?;
        Some(Position { line: self.first_line + line - 1, column: column + self.indentation })
    }
}

/// Whether the scalar is in literal style (`|`). Its node starts at its first line.
fn is_literal(source: &Source<'_>, node: Node<'_>) -> bool {
    let before = source.text.get(..node.span().start).unwrap_or_default().trim_end_matches(' ');
    let header = before.strip_suffix('\n').and_then(|before| before.lines().next_back()).unwrap_or_default();
    let header = header.split_once(" #").map_or(header, |(header, _)| header);
    let mark = header.split_whitespace().next_back().unwrap_or_default();
    mark.starts_with('|') && !node.text().starts_with('\n')
}
