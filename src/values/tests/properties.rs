//! What holds for any text at all.

use proptest::prelude::*;

use super::{Duration, RepoUrl, all_kinds, is_ssh, kind};
use crate::values::harmless_label;

/// Characters that a shell interprets or splits at.
const SHELL: &str = " \t\r\n;&|<>$`\"'\\(){}[]*?!#%^";

/// Texts near the border between valid and invalid, which random ones rarely are.
fn likely() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https://",
        "ssh://",
        "http://",
        "git@",
        "github.com",
        "ghcr.io",
        "localhost",
        ":5000",
        "/",
        "acme",
        "shop",
        "Shop",
        ".git",
        ".",
        "..",
        "-",
        "_",
        "__",
        ":",
        "@",
        "sha256:",
        "latest",
        "0",
        "1",
        "90",
        "h",
        "m",
        "s",
        "Mi",
        "MB",
        "e3",
        ",",
        "=",
        "production",
        "staging",
        "refs/heads/",
        ".lock",
        " ",
        "\n",
        "$(params.x)",
        "é",
        "%",
        "?",
        "\u{202e}",
        "C:\\",
        "~",
        "[::1]",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

fn repository() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "https://git.example.com/",
        "https://gitlab.com:8443/",
        "ssh://git@git.example.com:2222/",
        "ssh://git.example.com/",
        "git@gitlab.com:",
    ]);
    let path = prop::collection::vec("[A-Za-z0-9_~+][A-Za-z0-9._~+-]{0,8}[a-z0-9]", 2..5);
    (start, path, prop::sample::select(vec!["", ".git", "/", ".git/"]))
        .prop_map(|(start, path, end)| format!("{start}{}{end}", path.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_reads_back_as_itself_and_a_refusal_offers_a_good_one(text in likely()) {
        for kind in all_kinds() {
            match kind.parse(&text) {
                Ok(value) => prop_assert_eq!(kind.parse(&value.to_text()), Ok(value)),
                Err(invalid) => {
                    prop_assert!(kind.parse(&invalid.example).is_ok(), "{} offers {:?}", kind.name(), invalid.example);
                    prop_assert!(!invalid.reason.contains(char::is_control), "{:?}", invalid.reason);
                }
            }
        }
    }

    #[test]
    fn no_name_holds_what_a_shell_acts_on(text in likely()) {
        for name in ["label", "dns-label", "environments", "repository", "image", "image-reference", "relative-path", "branch"] {
            if let Ok(value) = kind(name, "{}").parse(&text) {
                let value = value.to_text();
                prop_assert!(!value.contains(|letter: char| SHELL.contains(letter) || letter.is_whitespace()), "{value:?}");
                prop_assert!(value.is_ascii() && !value.starts_with('-'), "{value:?}");
            }
        }
    }

    #[test]
    fn labels_are_what_kubernetes_takes(text in "[a-zA-Z0-9_. -]{0,70}") {
        let is_label = |name: &str, first: fn(&u8) -> bool| {
            let bytes = name.as_bytes();
            let inside = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
            (1..=63).contains(&bytes.len())
                && bytes.iter().all(inside)
                && bytes.first().is_some_and(first)
                && bytes.last() != Some(&b'-')
        };
        let trimmed = text.trim();
        let starts_1035: fn(&u8) -> bool = u8::is_ascii_lowercase;
        let starts_1123: fn(&u8) -> bool = |byte| *byte != b'-';
        prop_assert_eq!(kind("label", "{}").parse(&text).is_ok(), is_label(trimmed, starts_1035));
        prop_assert_eq!(kind("dns-label", "{}").parse(&text).is_ok(), is_label(trimmed, starts_1123));
        if let Some(name) = harmless_label(&text) {
            prop_assert!(is_label(&name, starts_1035), "{name}");
        }
    }

    #[test]
    fn a_sibling_is_a_repository_of_the_same_owner(text in repository(), name in "[a-z][a-z0-9-]{0,20}[a-z0-9]") {
        let url = RepoUrl::parse(&text).unwrap();
        prop_assert_eq!(url.to_string(), text.trim_end_matches('/'));
        let sibling = RepoUrl::parse(&url.sibling(&name)).unwrap();
        prop_assert_eq!(sibling.name(), name.as_str());
        prop_assert_eq!(sibling.owner(), url.owner());
        prop_assert_eq!(sibling.host(), url.host());
        prop_assert_eq!(is_ssh(&sibling), is_ssh(&url));
        prop_assert_eq!(sibling.sibling(url.name()), url.to_string());
    }

    #[test]
    fn a_duration_keeps_its_seconds(seconds in 1_u64..9_223_372_036) {
        let duration = Duration::parse(&format!("{seconds}s")).unwrap();
        prop_assert_eq!(duration.seconds(), seconds);
        prop_assert_eq!(Duration::parse(&duration.to_string()), Ok(duration));
    }
}
