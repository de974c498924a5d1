//! Whether a command printed what a page shows. `...` on a line of its own stands for any lines, `[..]` for anything
//! within a line, and one id of Git for any other of its length.

/// Whether `printed` is what `shown` says.
pub fn matches(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [gap, rest @ ..] if gap.trim() == "..." => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        [line, rest @ ..] => {
            printed.first().is_some_and(|first| is_line(line, first)) && matches(rest, &printed[1..])
        }
    }
}

fn is_line(shown: &str, printed: &str) -> bool {
    let printed = without_ids(printed);
    let shown = without_ids(shown);
    let mut parts = shown.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Stands for every id of Git.
const AN_ID: &str = "3f0a6c1d5248b7e9f03c6a1d5e2b8f7049c1a6d3";

/// A line with every id of a commit or of a blob replaced by the same one.
pub fn without_ids(line: &str) -> String {
    let mut text = String::new();
    for word in line.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        text.push_str(if is_id(bare) { &AN_ID[..bare.len()] } else { bare });
        text.push_str(&word[bare.len()..]);
    }
    text
}

/// An id of Git: whole, as Git shortens it, or as treenail does.
fn is_id(word: &str) -> bool {
    [7, 10, 40].contains(&word.len()) && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn gaps_and_ids_match_anything() {
    for (shown, printed) in [
        ("", ""),
        ("a\nb", "a\nb"),
        ("...\nb", "a\nx\nb"),
        ("a\n...\nb\n...", "a\nb\nc"),
        ("a [..] c", "a b c"),
        ("[..]b[..]c", "abbc"),
        ("commit 3f0a6c1d52, 12", "commit 0123456789, 12"),
    ] {
        assert!(matches(&lines(shown), &lines(printed)), "{shown:?} {printed:?}");
    }
}

#[test]
fn what_differs_does_not_match() {
    for (shown, printed) in [
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("...\nb", "a\nb\nc"),
        ("a[..]c", "abd"),
        ("[..]b[..]c", "cb"),
        ("37", "38"),
    ] {
        assert!(!matches(&lines(shown), &lines(printed)), "{shown:?} {printed:?}");
    }
}
