//! Finds the tags of a template: `[= value =]`, `[% statement %]`, `[# comment #]`. The template engine does not expose its
//! syntax tree, which lint needs.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// `[= =]` writes a value.
    Value,
    /// `[% %]` is a condition or a loop.
    Statement,
    /// `[# #]` is ignored.
    Comment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) kind: TagKind,
    /// Position in the source, with delimiters.
    pub(crate) range: Range<usize>,
    /// The text between the delimiters, without white space control and surrounding space.
    pub(crate) inner: &'a str,
}

impl Tag<'_> {
    /// Returns the first word of a statement: `if`, `else`, `endif`, `for`, ...
    pub(crate) fn keyword(&self) -> &str {
        self.inner.split_whitespace().next().unwrap_or_default()
    }
}

/// Returns the tags of a template, in order. An unclosed tag ends with the source; the engine reports it.
pub(crate) fn all(source: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, kind)) = next_start(source, at) {
        let closing = match kind {
            TagKind::Value => "=]",
            TagKind::Statement => "%]",
            TagKind::Comment => "#]",
        };
        let inside = &source[start + 2..];
        let length = find_end(inside, closing, kind != TagKind::Comment).unwrap_or(inside.len());
        let end = (start + 2 + length + closing.len()).min(source.len());
        let inner = inside[..length].trim_start_matches('-').trim_end_matches('-').trim();
        found.push(Tag { kind, range: start..end, inner });
        at = end;
    }
    found
}

pub(crate) fn line_of(source: &str, position: usize) -> usize {
    source[..position].matches('\n').count() + 1
}

fn next_start(source: &str, from: usize) -> Option<(usize, TagKind)> {
    source[from..].match_indices('[').find_map(|(offset, _)| {
        let kind = match source.as_bytes().get(from + offset + 1)? {
            b'=' => TagKind::Value,
            b'%' => TagKind::Statement,
            b'#' => TagKind::Comment,
            _ => return None,
        };
        Some((from + offset, kind))
    })
}

/// Returns the start of the closing delimiter, outside strings of the template language.
fn find_end(inside: &str, closing: &str, strings: bool) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            None if strings && matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None if inside[at..].starts_with(closing) => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_kind() {
        let source = "a: [= b | yaml =]\n[%- if c -%]\n[# [= no =] #]";
        let found = all(source);
        let kinds: Vec<_> = found.iter().map(|tag| tag.kind).collect();
        assert_eq!(kinds, [TagKind::Value, TagKind::Statement, TagKind::Comment]);
        assert_eq!((found[0].inner, found[1].inner), ("b | yaml", "if c"));
        assert_eq!(found[1].keyword(), "if");
        assert_eq!(&source[found[0].range.clone()], "[= b | yaml =]");
        assert_eq!(line_of(source, found[2].range.start), 3);
    }

    #[test]
    fn a_delimiter_inside_a_string_closes_nothing() {
        let found = all(r#"[= "=] \" =]" | yaml =]x"#);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].inner, r#""=] \" =]" | yaml"#);
    }

    #[test]
    fn an_open_tag_ends_with_the_source() {
        assert_eq!(all("a [= b")[0].range, 2..6);
        assert_eq!(all("[x] [")[..], []);
    }
}
