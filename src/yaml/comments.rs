//! The comments of a YAML file, and the lines of documents and strings around them. The parser finds them, since a
//! string may contain a `#`. A shell script cannot be parsed here, so its comments are found by a word that they begin
//! with.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{Position, line_ends};
use super::reader;
use super::reader::MAX_DEPTH;

/// A file with more broken documents than this is not YAML at all.
const MAX_BROKEN: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Trimmed, without `#`.
    pub(crate) text: String,
    /// Byte range in the file, including the `#`.
    pub(crate) span: Range<usize>,
    pub(crate) position: Position,
    /// Whether its line holds nothing else.
    pub(crate) is_alone: bool,
}

/// Line numbers of a document, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DocumentLines {
    /// The line of its `---`, or the first of the file.
    pub(crate) first: usize,
    /// The line of its first value; `None` if it has none, or a syntax error comes first.
    pub(crate) content: Option<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct CommentMap {
    pub(crate) comments: Vec<Comment>,
    /// In the order of the text; the first begins on line 1.
    pub(crate) documents: Vec<DocumentLines>,
    /// First and last line of each multi-line scalar.
    pub(crate) long_scalars: Vec<(usize, usize)>,
}

/// Finds the comments of `text`, except those after a syntax error in their document.
pub(crate) fn of(text: &str) -> CommentMap {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: true,
    };
    let readable = reader::as_go_reads(text, &options);
    let mut parser = Parser::new_from_str_with_options(readable.as_deref().unwrap_or(text), options);
    let mut map = CommentMap::default();
    for _ in 0..MAX_BROKEN {
        let mut is_broken = false;
        for event in &mut parser {
            let Ok((event, span)) = event else {
                is_broken = true;
                break;
            };
            map.take(text, &event, &span);
        }
        if !is_broken || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    map
}

/// Finds the comments of the shell script `text` that begin with `opening`.
pub(crate) fn in_script(text: &str, opening: &str) -> CommentMap {
    let mut map = CommentMap::default();
    let mut start = 0;
    for (index, line) in text.split('\n').enumerate() {
        let comments = line.match_indices('#').filter(|(at, _)| {
            let begins_a_word = line[..*at].is_empty() || line[..*at].ends_with([' ', '\t']);
            begins_a_word && line[at + 1..].trim_start().starts_with(opening)
        });
        map.comments.extend(comments.map(|(at, _)| Comment {
            text: line[at + 1..].trim().to_owned(),
            span: start + at..start + line.trim_end().len(),
            position: Position { line: index + 1, column: line[..at].chars().count() + 1 },
            is_alone: line[..at].trim().is_empty(),
        }));
        start += line.len() + 1;
    }
    map
}

impl CommentMap {
    fn take(&mut self, text: &str, event: &Event, span: &Span) {
        let position = reader::position(&span.start);
        match event {
            Event::DocumentStart(..) => {
                // Comments before the first `---` belong to the document behind it.
                let first = if self.documents.is_empty() { 1 } else { position.line };
                self.documents.push(DocumentLines { first, content: None });
            }
            Event::Comment(comment, _) => {
                let span = reader::bytes(span);
                let before = text[..span.start].rsplit(['\n', '\r']).next().unwrap_or_default();
                let is_alone = before.trim_start_matches('\u{feff}').trim().is_empty();
                self.comments.push(Comment { text: comment.trim().to_owned(), span, position, is_alone });
            }
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                if let Some(document) = self.documents.last_mut() {
                    document.content.get_or_insert(position.line);
                }
                if let Event::Scalar(_, style, ..) = event {
                    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                    self.long_scalars.extend(lines_of(text, &reader::bytes(span), position.line, is_block));
                }
            }
            _ => {}
        }
    }
}

/// Returns the first and last line of the scalar at `span`, if it has several. The span of a block begins
/// after its `|` or `>`, whose line is included.
fn lines_of(text: &str, span: &Range<usize>, line: usize, is_block: bool) -> Option<(usize, usize)> {
    let before = text.get(..span.start)?;
    let first = if is_block { line - line_ends(&before[before.trim_end().len()..]) } else { line };
    let last = line + line_ends(text.get(span.clone())?.trim_end());
    (last > first).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let comments = of(text).comments.into_iter();
        comments
            .map(|Comment { text, position, is_alone, .. }| {
                format!(
                    "{}:{} {text}{}",
                    position.line,
                    position.column,
                    if is_alone { " alone" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn only_comments_are_comments() {
        let text = "\u{feff}# top\na: 'x # no'\nb: x#no # yes\r\nc: |  # head\n  # no\n  text\n  # no\n# low\nd: \"\n  # no\n  \"\n\
                    e: [1, # in\n  2] #end\n";
        assert_eq!(
            shown(text),
            ["1:1 top alone", "3:9 yes", "4:7 head", "8:1 low alone", "12:8 in", "13:6 end"]
        );
    }

    #[test]
    fn in_a_script_only_those_count_that_are_meant() {
        let text = "#!/bin/sh\n  # a: b\r\necho '# no' é # a: c # d\necho x# a: e\n";
        let comments = in_script(text, "a:").comments;
        let shown: Vec<_> = comments
            .iter()
            .map(|comment| (&text[comment.span.clone()], comment.position, comment.is_alone))
            .collect();
        let at = |line, column| Position { line, column };
        assert_eq!(shown, [("# a: b", at(2, 3), true), ("# a: c # d", at(3, 15), false)]);
    }

    #[test]
    fn spans_are_those_of_the_comments() {
        let text = "\u{feff}ä: é # ö\r\n";
        let comments = of(text).comments;
        assert_eq!(&text[comments[0].span.clone()], "# ö");
    }

    #[test]
    fn documents_and_long_scalars_are_recognised() {
        let text = "# a\n---\n# b\na: |\n  x\n  y\n\nb: 1\n# c\n---\n# d\n\na: 'x\n\n  y'\n";
        let map = of(text);
        let documents =
            [DocumentLines { first: 1, content: Some(4) }, DocumentLines { first: 10, content: Some(13) }];
        assert_eq!(map.documents, documents);
        assert_eq!(map.long_scalars, [(4, 6), (13, 15)]);
    }

    #[test]
    fn a_broken_document_does_not_hide_the_next() {
        assert_eq!(shown("# a\na: [\n---\n# b\nb: 1 # c\n"), ["1:1 a alone", "4:1 b alone", "5:6 c"]);
    }
}
