//! Reads [`Document`]s from the events of the parser. Depth and size are bounded, with every use of an alias counted, so
//! that no file exhausts the memory or the stack of its readers.

mod compose;
mod leniency;

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Options, Parser, ScanError, Span};

use super::node::{Document, Position};
use compose::Composer;

pub(super) use leniency::as_go_reads;

/// Maximum nesting of collections, including through aliases. Real manifests stay far below.
pub(crate) const MAX_DEPTH: usize = 200;

/// Maximum number of nodes in a file, counting every use of an alias: far more than a cluster accepts in one
/// object.
pub(crate) const MAX_NODES: usize = 1_000_000;

/// A file with more broken documents than this is not YAML at all.
const MAX_ERRORS: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentError {
    pub(crate) kind: DocumentErrorKind,
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    pub(crate) position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentErrorKind {
    Syntax,
    TooDeep,
    TooLarge,
}

#[derive(Debug, Default)]
pub(crate) struct Stream<'t> {
    /// The readable documents, in file order.
    pub(crate) documents: Vec<Document<'t>>,
    pub(crate) errors: Vec<DocumentError>,
}

/// Reads every document of `text`, YAML or JSON. A broken document does not affect the others.
pub(crate) fn read(text: &str) -> Stream<'_> {
    // Spans are kept in 32 bits.
    if u32::try_from(text.len()).is_err() {
        let errors = vec![DocumentError::too_large(0..0, Position::START)];
        return Stream { errors, ..Stream::default() };
    }
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
    };
    let strict = stream(text, options.clone(), |event| event);
    if !strict.errors.iter().any(|error| error.kind == DocumentErrorKind::Syntax) {
        return strict;
    }
    match as_go_reads(text, &options) {
        Some(readable) => stream(&readable, options, leniency::with_quotes),
        None => strict,
    }
}

/// Reads `text`, and has `kept` give each event the life that the documents need.
fn stream<'t, 'p>(text: &'p str, options: Options, kept: impl Fn(Event<'p>) -> Event<'t>) -> Stream<'t> {
    let mut stream = Stream::default();
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut spent = 0;
    while stream.errors.len() < MAX_ERRORS {
        let mut events = parser.by_ref().map(|event| event.map(|(event, span)| (kept(event), span)));
        let Err(error) = documents(&mut events, text.len(), &mut spent, &mut stream.documents) else { break };
        let is_final = error.kind == DocumentErrorKind::TooLarge;
        stream.errors.push(error);
        if is_final || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    stream
}

/// Reads documents up to the end or the first error. `length` is that of the file, and `spent` counts its nodes.
fn documents<'t>(
    parser: &mut impl Iterator<Item = Result<(Event<'t>, Span), ScanError>>,
    length: usize,
    spent: &mut usize,
    documents: &mut Vec<Document<'t>>,
) -> Result<(), DocumentError> {
    let mut composer = None;
    for event in parser {
        let (event, span) = event.map_err(|error| DocumentError::of_scan(&error))?;
        match event {
            Event::DocumentStart(..) => {
                composer = Some(Composer::new(*spent, length.saturating_sub(bytes(&span).start)));
            }
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

/// Puts values in backticks, as other messages do.
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
