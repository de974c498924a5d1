//! A table of what is bare and what is quoted, and the proof by three independent readers.

use proptest::prelude::*;
use serde_yaml::Value;

use super::*;
use crate::yaml::node::Node;
use crate::yaml::reader::read;

/// Texts that stay bare.
const PLAIN: &[&str] = &[
    "shop",
    "a b",
    "a  b",
    "https://github.com/acme/shop.git",
    "git@github.com:acme/shop.git",
    "ghcr.io/acme/shop:1.2.0",
    "1.2.0",
    "v1",
    "10.0.0.1",
    ".",
    "..",
    ".hidden",
    "./a",
    "/healthz",
    "-a",
    "--flag",
    "---a",
    "...a",
    "a#b",
    "a:b",
    "8080:80",
    "it's",
    "say \"hi\"",
    "a&b",
    "a*b",
    "a!b",
    "a|b",
    "a>b",
    "a%b",
    "a@b",
    "a`b",
    "$(x)",
    "100m",
    "256Mi",
    "1h30m",
    "nope",
    "yesterday",
    "nullable",
    "truely",
    "one",
    "off-peak",
    "inf",
    "nan",
    "e3",
    "+",
    "2024-01",
    "2024-01-01-a",
    "2024-001-01",
    "0xg",
    "0b12",
    "0o8",
    "1.2.3.4",
    "1e",
    "1e+",
    "ü",
    "日本",
    "\u{1F600}",
    "_1",
    "a_1",
    "=a",
    "<<a",
    "~a",
    "\\n",
    "a=b",
    "1:99",
    "a:1",
    "12ab",
    "0b12345",
];

/// Texts that are quoted.
const QUOTED: &[&str] = &[
    "",
    "~",
    "null",
    "Null",
    "NULL",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "Yes",
    "no",
    "No",
    "NO",
    "on",
    "ON",
    "off",
    "oFF",
    "y",
    "Y",
    "n",
    "N",
    "0",
    "1",
    "-1",
    "+1",
    "012",
    "08",
    "0o12",
    "0O12",
    "0x1F",
    "0x",
    "0x_",
    "0X1f",
    "0b101",
    "0b-1",
    "-0x1",
    "1_000",
    "1_",
    "+_1",
    "1:30",
    "01:30",
    "12:30:45",
    "12:30:45.5",
    "-1:30",
    "1e3",
    "1E3",
    "1e+3",
    "1.5e-3",
    ".5",
    "5.",
    "1.2",
    "-.5",
    ".inf",
    "-.INF",
    "+.Inf",
    ".nan",
    ".NaN",
    "1234567e8",
    "2024-01-01",
    "2024-1-1",
    "2024-01-01T10:00:00Z",
    "2024-01-01 10:00:00",
    "=",
    "<<",
    "-",
    "- a",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    ":a",
    ",a",
    "[a",
    "]a",
    "{a",
    "}a",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a",
    "\"a",
    "%a",
    "@a",
    "`a",
    "a: b",
    "a #b",
    "a:",
    "a ",
    " a",
    "---",
    "--- a",
    "...",
    "... a",
    "a,b",
    "a[0]",
    "{{ a }}",
    "http://a/?b",
    "a\nb",
    "a\tb",
    "a\r",
    "\0",
    "\u{7F}",
    "\u{85}",
    "\u{A0}",
    "\u{2028}",
    "\u{FEFF}a",
    "\u{FFFE}",
];

#[test]
fn the_table_of_bare_texts() {
    for text in PLAIN {
        assert_eq!(scalar(text), *text);
        assert_reads_back(text);
    }
}

#[test]
fn the_table_of_quoted_texts() {
    for text in QUOTED {
        assert!(scalar(text).starts_with('"'), "{text:?} is bare");
        assert_reads_back(text);
    }
}

#[test]
fn escapes_are_exact() {
    assert_eq!(scalar("a\n\t\"\\"), r#""a\n\t\"\\""#);
    assert_eq!(scalar("\0\u{1B}\u{85}\u{FEFF}\u{2028}"), r#""\u0000\u001B\u0085\uFEFF\u2028""#);
    assert_eq!(scalar("no"), "\"no\"");
}

/// Checks the text at every location with two readers. YAML forbids implicit keys of more than 1024
/// characters.
fn assert_reads_back(text: &str) {
    let quoted = scalar(text);
    assert!(!quoted.contains(['\n', '\r']), "{quoted:?}");
    let value = Value::from(text);
    for (document, path) in [
        (format!("key: {quoted}\n"), Place::Key("key")),
        (format!("- {quoted}\n"), Place::Index(0)),
        (format!("{{a: {quoted}, b: 1}}\n"), Place::Key("a")),
        (format!("[{quoted}, x]\n"), Place::Index(0)),
        (format!("- [x, {quoted}]\n"), Place::Nested),
        (format!("key: {quoted} # note\n"), Place::Key("key")),
        (format!("{quoted}: 1\n"), Place::IsKey),
        (format!("{{{quoted}: 1}}\n"), Place::IsKey),
    ] {
        let first: Value =
            serde_yaml::from_str(&document).unwrap_or_else(|error| panic!("{document:?}: {error}"));
        let second: Value =
            noyalib::from_str(&document).unwrap_or_else(|error| panic!("{document:?}: {error}"));
        let stream = read(&document);
        assert!(stream.errors.is_empty(), "{document:?}: {:?}", stream.errors);
        assert_eq!(path.of(&first), Some(value.clone()), "{document:?}");
        assert_eq!(path.of(&second), Some(value.clone()), "{document:?} as the second reader sees it");
        let third = path.of_node(stream.documents[0].root());
        assert_eq!(third.as_deref(), Some(text), "{document:?} as `check` sees it");
    }
}

/// Where the text occurs in a document.
enum Place {
    Key(&'static str),
    Index(usize),
    Nested,
    IsKey,
}

impl Place {
    fn of(&self, document: &Value) -> Option<Value> {
        match self {
            Self::Key(key) => document.get(key).cloned(),
            Self::Index(index) => document.get(index).cloned(),
            Self::Nested => document.get(0)?.get(1).cloned(),
            Self::IsKey => document.as_mapping()?.iter().next().map(|(key, _)| key.clone()),
        }
    }

    fn of_node(&self, root: Node<'_>) -> Option<String> {
        let node = match self {
            Self::Key(key) => root.get(key),
            Self::Index(index) => root.items().nth(*index),
            Self::Nested => root.items().next()?.items().nth(1),
            Self::IsKey => root.entries().next().map(|(key, _)| key),
        };
        node?.as_str().map(str::to_owned)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn any_text_reads_back(text in ".*") {
        assert_reads_back(&text);
    }

    #[test]
    fn any_characters_read_back(text in proptest::collection::vec(any::<char>(), 0..12)) {
        assert_reads_back(&text.into_iter().collect::<String>());
    }

    #[test]
    fn texts_near_the_rules_read_back(text in r#"[-+.:?#,&*!|>'"%@` _=<~0-9abefinoxyzNTE\t\n\[\]{}]{0,8}"#) {
        assert_reads_back(&text);
    }
}
