use super::*;
use crate::yaml::reader;

fn document(text: &str) -> Document<'_> {
    let stream = reader::read(text);
    assert_eq!(stream.errors, [], "{text}");
    stream.documents.into_iter().next().expect("a document")
}

/// Returns the text and position of a node.
fn place<'a>(text: &'a str, node: Node<'_>) -> (&'a str, usize, usize) {
    (&text[node.span()], node.position().line, node.position().column)
}

#[test]
fn nodes_know_where_they_are() {
    let text = "a:\n  b: 'x'\n  é😀: [1, {c: d}]\n  n:\nz: !!str 1\n";
    let document = document(text);
    let root = document.root();
    let (key, value) = root.get("a").and_then(|a| a.entry("b")).unwrap();
    assert_eq!(place(text, key), ("b", 2, 3));
    assert_eq!(place(text, value), ("'x'", 2, 6));
    let (key, list) = root.get("a").and_then(|a| a.entry("é😀")).unwrap();
    assert_eq!(place(text, key), ("é😀", 3, 3));
    assert_eq!(place(text, list), ("[1, {c: d}]", 3, 7));
    let inner = list.items().nth(1).and_then(|item| item.get("c")).unwrap();
    assert_eq!(place(text, inner), ("d", 3, 15));
    let nothing = root.dig(&["a", "n"]).unwrap();
    assert_eq!((nothing.kind(), nothing.text(), nothing.position().line), (NodeKind::Null, "", 4));
    let tagged = root.get("z").unwrap();
    assert_eq!((tagged.as_str(), tagged.tag()), (Some("1"), Some("tag:yaml.org,2002:str")));
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_move_nothing() {
    let text = "\u{feff}a: 1\r\nb:\r\n- c: 2\r\n";
    let document = document(text);
    assert_eq!(place(text, document.root().entry("a").unwrap().0), ("a", 1, 1));
    let c = document.root().get("b").and_then(|b| b.items().next()).and_then(|item| item.get("c")).unwrap();
    assert_eq!(place(text, c), ("2", 3, 6));
}

#[test]
fn a_line_ends_as_on_any_system() {
    let text = "\u{feff}a: 1\r\nb:\rc\n\ré: 2";
    let at = |piece| {
        let Position { line, column } = Position::of(text, text.find(piece).unwrap());
        (line, column)
    };
    assert_eq!(["a", "1", "b", "c", "é", "2"].map(at), [(1, 1), (1, 4), (2, 1), (3, 1), (5, 1), (5, 4)]);
    assert_eq!(line_ends("\r\n\n\r\r"), 4);
}

#[test]
fn json_is_read_with_its_tabs_and_escapes() {
    let text = "{\n\t\"a\":\t[\n\t\t1,\n\t\t\"\\u00e9\\/\\ud834\\udd1e\",\n\t\tnull, true, -1.5e3\n\t]\n}\n";
    let document = document(text);
    let values: Vec<_> = document.root().items_at(&["a"]).map(|item| item.scalar().unwrap()).collect();
    let expected = [
        ScalarValue::Int(1),
        ScalarValue::Text("é/𝄞"),
        ScalarValue::Null,
        ScalarValue::Bool(true),
        ScalarValue::Float(-1500.0),
    ];
    assert_eq!(values, expected);
}

#[test]
fn an_alias_is_what_it_stands_for() {
    let document = document("a: &x {b: 1}\nc: *x\n");
    let root = document.root();
    assert_eq!(root.get("a"), root.get("c"));
    assert_eq!(root.dig(&["c", "b"]).map(Node::text), Some("1"));
}

#[test]
fn merge_keys_bring_in_what_is_not_there() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd:\n  \"<<\": *a\n";
    let document = document(text);
    let c = document.root().get("c").unwrap();
    let entries: Vec<_> = c.entries().map(|(key, value)| (key.text(), value.text())).collect();
    assert_eq!(entries, [("x", "3"), ("y", "1"), ("z", "2")]);
    assert!(document.root().dig(&["d", "<<", "x"]).is_some(), "in quotes it is a key like any other");
}

#[test]
fn keys_that_are_there_twice_are_reported() {
    let many = (0..40).map(|number| format!("k{number}: 1\n")).collect::<Vec<_>>().concat();
    for text in ["a: 1\nb: {c: 1, c: 2, \"c\": 3}\na: 2\n".to_owned(), format!("{many}k7: 2\n{many}")] {
        let document = document(&text);
        for (first, again) in document.duplicates() {
            assert_eq!(first.text(), again.text());
            assert!(first.position() < again.position());
        }
        let expected = if text.starts_with('a') { 3 } else { 41 };
        assert_eq!(document.duplicates().count(), expected);
    }
    assert_eq!(document("a: {x: 1}\nb: {x: 1}\n").duplicates().count(), 0);
}

#[test]
fn what_is_not_there_is_none() {
    let document = document("a: [b]\n1: c\n");
    let root = document.root();
    assert_eq!(root.dig(&["a", "b"]), None);
    assert_eq!(root.items().len(), 0);
    assert_eq!(root.get("1").and_then(Node::as_str), Some("c"));
    assert_eq!((root.as_str(), root.text()), (None, ""));
}
