//! From the events of the parser to [`Document`]s. Bounded in depth and in size, aliases counted as often as they
//! are used, so that no file can exhaust the memory or the stack of whoever walks through it.

mod compose;

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScanError, Span};

use super::node::{Document, Position};
use compose::Composer;

/// How deep collections may nest, aliases followed. Nothing in Kubernetes comes near.
pub(crate) const MAX_DEPTH: usize = 200;

/// How many nodes a file may have, aliases followed: far more than a cluster accepts in one object.
pub(crate) const MAX_NODES: usize = 1_000_000;

/// A file with more broken documents than this is no YAML at all.
const MAX_ERRORS: usize = 20;

/// Why a document, or a part of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentError {
    /// What kind of fault it is.
    pub(crate) kind: DocumentErrorKind,
    /// What is wrong, in words.
    pub(crate) message: String,
    /// The bytes of the file that show it.
    pub(crate) span: Range<usize>,
    /// Where these begin.
    pub(crate) position: Position,
}

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentErrorKind {
    /// Against the rules of YAML.
    Syntax,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`].
    TooLarge,
}

/// What could be read of a file.
#[derive(Debug, Default)]
pub(crate) struct Stream<'t> {
    /// The documents that are sound, in the order of the file.
    pub(crate) documents: Vec<Document<'t>>,
    /// What is wrong with the others.
    pub(crate) errors: Vec<DocumentError>,
}

/// Reads every document of `text`, YAML or JSON. A broken document does not lose the others.
pub(crate) fn read(text: &str) -> Stream<'_> {
    let mut stream = Stream::default();
    // Spans are kept in 32 bits.
    if u32::try_from(text.len()).is_err() {
        stream.errors.push(DocumentError::too_large(0..0, Position::START));
        return stream;
    }
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut spent = 0;
    while stream.errors.len() < MAX_ERRORS {
        let Err(fault) = documents(&mut parser, &mut spent, &mut stream.documents) else { break };
        let is_final = fault.kind == DocumentErrorKind::TooLarge;
        stream.errors.push(fault);
        if is_final || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    stream
}

/// Reads documents up to the end or the first fault. `spent` counts the nodes of the whole file.
fn documents<'t>(
    parser: &mut impl Iterator<Item = Result<(Event<'t>, Span), ScanError>>,
    spent: &mut usize,
    documents: &mut Vec<Document<'t>>,
) -> Result<(), DocumentError> {
    let mut composer = None;
    for event in parser {
        let (event, span) = event.map_err(|error| DocumentError::of_scan(&error))?;
        match event {
            Event::DocumentStart(..) => composer = Some(Composer::new(*spent)),
            Event::DocumentEnd => {
                if let Some(composer) = composer.take() {
                    *spent = composer.spent();
                    documents.extend(composer.finish());
                }
            }
            event => {
                if let Some(composer) = &mut composer {
                    composer.event(event, &span)?;
                }
            }
        }
    }
    Ok(())
}

impl DocumentError {
    fn new(
        kind: DocumentErrorKind,
        message: impl Into<String>,
        span: Range<usize>,
        position: Position,
    ) -> Self {
        Self { kind, message: message.into(), span, position }
    }

    fn at(kind: DocumentErrorKind, message: impl Into<String>, span: &Span) -> Self {
        Self::new(kind, message, bytes(span), position(&span.start))
    }

    fn too_large(span: Range<usize>, position: Position) -> Self {
        let message = format!("more than {MAX_NODES} values, aliases followed");
        Self::new(DocumentErrorKind::TooLarge, message, span, position)
    }

    fn too_deep(span: Range<usize>, position: Position) -> Self {
        Self::new(
            DocumentErrorKind::TooDeep,
            format!("nested deeper than {MAX_DEPTH} levels"),
            span,
            position,
        )
    }

    fn of_scan(error: &ScanError) -> Self {
        let start = error.marker().byte_offset().unwrap_or_default();
        let (span, position) = (start..start, position(error.marker()));
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => Self::too_deep(span, position),
            _ => Self::new(DocumentErrorKind::Syntax, in_house_style(&error.info()), span, position),
        }
    }
}

/// The parser's words, with values in backticks instead of quotation marks.
fn in_house_style(message: &str) -> String {
    message.replace('\'', "`")
}

pub(super) fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

pub(super) fn position(marker: &granit_parser::Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
mod tests;
