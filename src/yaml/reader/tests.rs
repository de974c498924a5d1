use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::yaml::node::{Node, Position};

/// Returns kind, line and column of every error, and the number of documents left.
fn errors(text: &str) -> (Vec<(DocumentErrorKind, usize, usize)>, usize) {
    let stream = read(text);
    let of = |fault: &DocumentError| (fault.kind, fault.position.line, fault.position.column);
    (stream.errors.iter().map(of).collect(), stream.documents.len())
}

#[test]
fn a_broken_document_does_not_lose_the_others() {
    let text = "a: 1\n---\nb: [\n---\nc: 1\n---\nd: 'x\n";
    assert_eq!(errors(text), (vec![(DocumentErrorKind::Syntax, 3, 4), (DocumentErrorKind::Syntax, 7, 4)], 2));
}

#[test]
fn what_yaml_forbids_is_a_fault() {
    for text in
        ["a: &x [*x]\n", "a: *nowhere\n", "a: b: c\n", "{", "a: 1\n b: 2\n", "<<: 1\n", "<<: [{}, a]\n"]
    {
        assert!(matches!(errors(text).0[..], [(DocumentErrorKind::Syntax, ..)]), "{text}");
    }
}

#[test]
fn documents_without_content_are_read() {
    assert_eq!(errors(""), (vec![], 0));
    assert_eq!(errors("# only this\n"), (vec![], 0));
    assert_eq!(errors("---\n---\na: 1\n...\n"), (vec![], 2));
}

#[test]
fn depth_is_bounded_in_every_style() {
    let indented = (0..5_000).fold(String::new(), |mut text, level| {
        let _ = writeln!(text, "{}a:", " ".repeat(level));
        text
    });
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        format!("{}{}", "- ".repeat(150), "[".repeat(100_000)),
        indented,
    ] {
        assert!(matches!(errors(&text).0[..], [(DocumentErrorKind::TooDeep, ..)]), "{}", &text[..20]);
    }
    assert_eq!(errors(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).0, []);
    assert_eq!(errors(&format!("{}{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1))).0.len(), 1);
}

/// The text has no nested collections, but following the aliases would take practically forever.
#[test]
fn depth_is_bounded_through_aliases() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..=MAX_DEPTH {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert!(matches!(errors(&text).0[..], [(DocumentErrorKind::TooDeep, 200, _)]), "{:?}", errors(&text));
}

#[test]
fn size_is_bounded_through_aliases_and_merges() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", "));
    }
    let keys = (0..2_000).map(|key| format!("k{key}: 1, ")).collect::<Vec<_>>().concat();
    let merges = format!("- &a {{{keys}}}\n{}", "- {<<: *a}\n".repeat(2_000));
    let plain = "- a\n".repeat(MAX_NODES + 1);
    for text in [bomb, merges, plain] {
        assert!(matches!(errors(&text).0[..], [(DocumentErrorKind::TooLarge, ..)]), "{}", &text[..20]);
    }
}

#[test]
fn a_file_of_broken_documents_does_not_give_one_fault_each() {
    assert_eq!(errors(&"---\n[\n".repeat(10_000)).0.len(), MAX_ERRORS);
}

/// Visits every node as a rule may, without a guard.
fn walk(node: Node<'_>) -> usize {
    let entries: usize = node.entries().map(|(key, value)| walk(key) + walk(value)).sum();
    let items: usize = node.items().map(walk).sum();
    let _ = (node.kind(), node.scalar(), node.text());
    1 + entries + items
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text_is_read_within_bounds(text in "[-\\[\\]{}:,&*a-c \"'|>?!#%~<\\n\\t\\r\u{feff}é]{0,80}|(- |a: |\\{|\\[|&a |\\*a|\\*a,|<<: |\\n|---\\n|\\]|\\}|, |  ){0,40}") {
        let stream = read(&text);
        for document in &stream.documents {
            prop_assert!(walk(document.root()) <= MAX_NODES);
            for node in document.nodes() {
                let span = node.span();
                prop_assert!(text.get(span.clone()).is_some(), "{span:?}");
                prop_assert_eq!(node.position().line, Position::of(&text, span.start).line);
            }
        }
    }

    /// Where both readers accept the text, they see the same mappings, lists and strings.
    #[test]
    fn agrees_with_another_reader(text in "(k[a-d]: |- |v\n|'w'\n|\"x\"\n|\n|  |    |\\{a: b\\}\n|\\[c, d\\]\n){1,14}") {
        let stream = read(&text);
        let other = crate::yaml::documents(&text);
        if let (Ok(others), []) = (&other, &stream.errors[..]) {
            for (document, other) in stream.documents.iter().zip(others) {
                prop_assert!(same(document.root(), other), "{text:?}: {other:?}");
            }
        }
    }
}

fn same(node: Node<'_>, other: &serde_yaml::Value) -> bool {
    match other {
        serde_yaml::Value::Mapping(entries) => {
            node.is_mapping()
                && node.entries().count() == entries.len()
                && node.entries().zip(entries).all(|((key, value), (other_key, other_value))| {
                    same(key, other_key) && same(value, other_value)
                })
        }
        serde_yaml::Value::Sequence(items) => {
            node.is_sequence()
                && node.items().len() == items.len()
                && node.items().zip(items).all(|(item, other)| same(item, other))
        }
        serde_yaml::Value::Null => node.is_null(),
        other => node.as_str() == other.as_str(),
    }
}
