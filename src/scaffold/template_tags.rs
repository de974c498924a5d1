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
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        &self.inner[..self.inner.find(|letter| !is_part(letter)).unwrap_or(self.inner.len())]
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
        let length = match kind {
            TagKind::Comment => inside.find(closing),
            TagKind::Value | TagKind::Statement => find_end(inside, closing),
        };
        let length = length.unwrap_or(inside.len());
        let end = (start + 2 + length + closing.len()).min(source.len());
        let inner = inside[..length].trim_start_matches('-').trim_end_matches('-').trim();
        found.push(Tag { kind, range: start..end, inner });
        at = end;
        // Up to `endraw`, everything is text.
        if kind == TagKind::Statement && is_bare(inside.strip_prefix('-').unwrap_or(inside), "raw") {
            let mut ends = source[end..].match_indices("[%").map(|(offset, _)| end + offset);
            at = ends.find(|at| is_bare(&source[at + 2..], "endraw")).unwrap_or(source.len());
        }
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

/// Operators whose second character could be taken for the start of a closing delimiter.
const OPERATORS: [&[u8]; 4] = [b"==", b"!=", b"<=", b">="];

/// Returns the start of the closing delimiter, outside strings and operators of the template language.
fn find_end(inside: &str, closing: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if rest.starts_with(closing.as_bytes()) {
            return Some(at);
        }
        at += match byte {
            b'"' | b'\'' | b'`' => string_length(rest)?,
            _ if OPERATORS.iter().any(|operator| rest.starts_with(operator)) => 2,
            _ => 1,
        };
    }
    None
}

/// Returns the length of the string that `text` starts with, if it ends.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|&byte| {
        let ends = !escaped && byte == text[0];
        escaped = !escaped && byte == b'\\';
        ends
    });
    Some(end? + 2)
}

/// Whether the tag whose inside starts `inside` has only the word `name`, as the engine looks for it.
fn is_bare(inside: &str, name: &str) -> bool {
    let space = |letter: char| letter.is_ascii_whitespace();
    let inside = inside.strip_prefix('-').unwrap_or(inside).trim_start_matches(space);
    let Some(rest) = inside.strip_prefix(name) else { return false };
    let rest = rest.trim_start_matches(space);
    rest.strip_prefix('-').unwrap_or(rest).starts_with("%]")
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
    fn an_operator_closes_nothing() {
        for source in ["[= a ==] =]", "[= a !=] =]", "[= a[b<=] =]", "[= a >=] =]"] {
            assert_eq!(all(source)[0].range, 0..source.len(), "{source}");
        }
        assert_eq!(all("[= a ===]b=]")[0].range, 0..9);
        assert_eq!(all("[% if a %%] %]")[0].range, 0..11);
        assert_eq!(all("[= a -=] =]")[0].range, 0..8);
    }

    #[test]
    fn raw_text_has_no_tags() {
        let pairs =
            [("[% raw %]", "[% endraw %]"), ("[%--raw-%]", "[%-endraw-%]"), ("[%raw%]", "[%\nendraw\t%]")];
        for (raw, end) in pairs {
            let source = format!("{raw}[= a [% endraw [% raw %] [# {end}[= b =]");
            let found = all(&source);
            assert_eq!(found.len(), 3, "{source}");
            assert_eq!(&source[found[1].range.clone()], end);
            assert_eq!(found[2].inner, "b");
        }
        assert_eq!(all("[% raw %][= a =]").len(), 1);
        assert_eq!(all("[% rawer %][= a =]").len(), 2);
    }

    #[test]
    fn an_open_tag_ends_with_the_source() {
        assert_eq!(all("a [= b")[0].range, 2..6);
        assert_eq!(all("[x] [")[..], []);
    }
}
