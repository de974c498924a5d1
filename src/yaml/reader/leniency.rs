//! What the YAML reader of Go accepts although YAML forbids it: `\'` in double quotes, which is a quote to it, a comment
//! right behind a quote or a bracket, and an alias right before a colon. Kubernetes and kustomize are written in Go, so
//! manifests have all of them.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Options, Parser};

use super::MAX_ERRORS;

/// Stands for `\'` while the text is parsed: an escape of the same length, for a character that manifests do not have.
const STAND_IN: &str = "\\e";
const STAND_IN_CHARACTER: char = '\u{1b}';

/// What a text contains if there is something to change.
const SIGNS: [&str; 6] = ["\\'", "\"#", "'#", "]#", "}#", "*"];

/// How many changes are made, so that a hostile file does not take long.
const MAX_CHANGES: usize = 100;

/// Returns a text of the same length that the parser reads as Go reads `text`; `None` if it reads `text` so.
pub(crate) fn as_go_reads(text: &str, options: &Options) -> Option<String> {
    if !SIGNS.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let mut readable = None;
    for _ in 0..MAX_CHANGES {
        let known = readable.as_deref().unwrap_or(text);
        let Some((before, made)) = changed(known, options) else { break };
        readable = Some(format!("{before}{made}"));
    }
    readable
}

/// Returns the text in two parts, with a change at the start of the second one for the first error that Go does not see.
fn changed<'t>(text: &'t str, options: &Options) -> Option<(&'t str, String)> {
    let mut parser = Parser::new_from_str_with_options(text, options.clone());
    for _ in 0..MAX_ERRORS {
        let error = parser.by_ref().find_map(Result::err)?;
        let at = error.marker().byte_offset()?;
        match error.kind() {
            ErrorKind::UnknownQuotedScalarEscape if text.get(at..)?.starts_with('"') => {
                let (before, rest) = text.split_at(at + 1);
                let made = replaced(rest);
                // Another escape is not known either.
                return (made != rest).then_some((before, made));
            }
            ErrorKind::CommentNotSeparated => {
                let at = at + text.get(at..)?.find('#')?;
                let (before, rest) = text.split_at(at);
                return Some((before, without_comment(rest)));
            }
            // The alias becomes a text: what it stands for has the same length only by chance.
            ErrorKind::UnknownAnchor if begins_with_key(text.get(at..)?) => {
                let (before, rest) = text.split_at(at);
                return Some((before, format!("_{}", &rest[1..])));
            }
            _ => {}
        }
        if !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    None
}

/// Whether an alias is at the start of `rest`, with the colon of a key right behind it: `*app:`.
fn begins_with_key(rest: &str) -> bool {
    let word = rest.split_whitespace().next().unwrap_or_default();
    let name = word.strip_prefix('*').and_then(|word| word.strip_suffix(':'));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Replaces the comment that `rest` begins with by spaces.
fn without_comment(rest: &str) -> String {
    let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
    format!("{}{}", " ".repeat(end), &rest[end..])
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
    fn a_comment_may_follow_a_quote() {
        assert_eq!(texts("a: 'b'# c\nd: \"e\"#\nf: [g]# h\n"), ["a", "b", "d", "e", "f", "g"]);
        assert_eq!(texts("a: b# c\nd: '# e'\n"), ["a", "b# c", "d", "# e"]);
    }

    #[test]
    fn an_alias_may_touch_its_colon() {
        assert_eq!(texts("a: &b c\nd:\n  *b:\n    e: f\n"), ["a", "c", "d", "_b", "e", "f"]);
        assert_eq!(read("a: *b\n").errors.len(), 1);
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
