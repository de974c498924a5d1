//! `\'` in double quotes: the YAML reader of Go takes it for a quote, though YAML has no such escape. Kubernetes and
//! kustomize are written in Go, so manifests have it, most often in the arguments of a shell.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Options, Parser};

use super::MAX_ERRORS;

/// Stands for it while the text is parsed: an escape of the same length, for a character that manifests do not have.
const STAND_IN: &str = "\\e";
const STAND_IN_CHARACTER: char = '\u{1b}';

/// How many scalars may have it, so that a hostile file does not take long.
const MAX_SCALARS: usize = 100;

/// Returns a text of the same length in which the parser accepts every `\'`; `None` if it accepts `text`.
pub(crate) fn without_escaped_quotes(text: &str, options: &Options) -> Option<String> {
    let mut readable = None;
    for _ in 0..MAX_SCALARS {
        let known = readable.as_deref().unwrap_or(text);
        let Some(at) = first_unknown_escape(known, options) else { break };
        let (before, rest) = known.split_at(at);
        let made = replaced(rest);
        // Another escape is not known either.
        if made == rest {
            break;
        }
        readable = Some(format!("{before}{made}"));
    }
    readable
}

/// Returns where the text of the first scalar with an unknown escape begins.
fn first_unknown_escape(text: &str, options: &Options) -> Option<usize> {
    if !text.contains("\\'") {
        return None;
    }
    let mut parser = Parser::new_from_str_with_options(text, options.clone());
    for _ in 0..MAX_ERRORS {
        let error = parser.by_ref().find_map(Result::err)?;
        if *error.kind() == ErrorKind::UnknownQuotedScalarEscape {
            let quote = error.marker().byte_offset()?;
            return text.get(quote..)?.starts_with('"').then_some(quote + 1);
        }
        if !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    None
}

/// Replaces each `\'` up to the end of the scalar that `rest` is in.
fn replaced(rest: &str) -> String {
    let mut made = String::with_capacity(rest.len());
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                made.push_str(&rest[at..]);
                break;
            }
            '\\' if rest[at..].starts_with("\\'") => {
                letters.next();
                made.push_str(STAND_IN);
            }
            '\\' => {
                made.push(letter);
                made.extend(letters.next().map(|(_, next)| next));
            }
            _ => made.push(letter),
        }
    }
    made
}

/// Returns the event with quotes instead of what stands for them.
pub(crate) fn with_quotes<'t>(event: Event<'_>) -> Event<'t> {
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            let text = Cow::Owned(text.replace(STAND_IN_CHARACTER, "'"));
            Event::Scalar(text, style, anchor, tag.map(|tag| Cow::Owned(tag.into_owned())))
        }
        Event::SequenceStart(style, anchor, tag) => {
            Event::SequenceStart(style, anchor, tag.map(|tag| Cow::Owned(tag.into_owned())))
        }
        Event::MappingStart(style, anchor, tag) => {
            Event::MappingStart(style, anchor, tag.map(|tag| Cow::Owned(tag.into_owned())))
        }
        Event::DocumentStart(is_explicit, version) => Event::DocumentStart(is_explicit, version),
        Event::DocumentEnd => Event::DocumentEnd,
        Event::SequenceEnd => Event::SequenceEnd,
        Event::MappingEnd => Event::MappingEnd,
        Event::Alias(anchor) => Event::Alias(anchor),
        // The reader does not ask for the others.
        _ => Event::StreamEnd,
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::node::Document;
    use crate::yaml::reader::read;

    fn texts(text: &str) -> Vec<String> {
        let stream = read(text);
        assert_eq!(stream.errors, [], "{text}");
        let scalars = stream.documents.iter().flat_map(Document::nodes);
        scalars.map(|node| node.text().to_owned()).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn a_quote_may_be_escaped_in_double_quotes() {
        assert_eq!(texts(r#"a: "-d \'{\"b\": \'c\'}\'" # d"#), ["a", r#"-d '{"b": 'c'}'"#]);
        assert_eq!(texts("a: \"\\'\"\n---\n- \"b\\'\"\n- \"c\\\\\"\n"), ["a", "'", "b'", "c\\"]);
        // Elsewhere it is a backslash and a quote.
        assert_eq!(texts("a: b\\'c\nd: \"\\'\"\ne: |\n  \\'\n"), ["a", "b\\'c", "d", "'", "e", "\\'\n"]);
    }

    #[test]
    fn other_escapes_are_errors() {
        assert_eq!(read(r#"a: "\'\q""#).errors.len(), 1);
        assert_eq!(read(r#"a: "\'"#).errors.len(), 1);
        assert_eq!(read(r#"a: "b" \'"#).errors.len(), 1);
    }

    /// Positions are those in the file.
    #[test]
    fn positions_stay() {
        let text = "a: \"\\'\"\nb: c\n";
        let stream = read(text);
        let node = stream.documents[0].root().get("b").expect("an entry");
        assert_eq!((&text[node.span()], node.position().line, node.position().column), ("c", 2, 4));
    }
}
