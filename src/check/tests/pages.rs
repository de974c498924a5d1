//! Every page of a rule says what is so.

use super::*;

/// A file that a page shows.
struct Example<'a> {
    path: &'a str,
    bytes: Vec<u8>,
    /// Whether it is the file of an earlier commit.
    is_earlier: bool,
}

/// The text below a heading.
fn section<'a>(rule: &'a Rule, heading: &str) -> &'a str {
    let marker = format!("## {heading}\n");
    let begin = rule.explanation.find(&marker).unwrap_or_else(|| panic!("{}: no `{heading}`", rule.code));
    let text = &rule.explanation[begin + marker.len()..];
    text.find("\n## ").map_or(text, |end| &text[..end])
}

/// Returns the files in a section. The path may be followed by `size=N`, which pads the file, `encoding=latin-1`, and
/// `commit=earlier`.
fn examples(text: &str) -> Vec<Example<'_>> {
    let blocks = text.split("```yaml path=").skip(1);
    blocks
        .map(|block| {
            let (info, rest) = block.split_once('\n').expect("a block");
            let body = rest.split("\n```").next().expect("an end");
            let mut words = info.split(' ');
            let path = words.next().expect("a path");
            let mut is_earlier = false;
            let mut bytes = format!("{body}\n").into_bytes();
            for word in words {
                match word.split_once('=') {
                    Some(("size", size)) => bytes.resize(size.parse().expect("a number"), b'\n'),
                    Some(("encoding", "latin-1")) => {
                        bytes = body.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
                    }
                    Some(("commit", "earlier")) => is_earlier = true,
                    _ => panic!("`{word}` means nothing here"),
                }
            }
            Example { path, bytes, is_earlier }
        })
        .collect()
}

fn check(rule: &Rule, heading: &str) -> Vec<Finding> {
    let examples = examples(section(rule, heading));
    assert!(!examples.is_empty(), "{}: no example in `{heading}`", rule.code);
    let (mut files, mut earlier) = (Files::below([""]), Files::below([""]));
    for Example { path, bytes, is_earlier } in examples {
        let size = bytes.len() as u64;
        let content = if size > MAX_SIZE { FileContent::TooLarge(size) } else { FileContent::of(bytes) };
        if is_earlier { &mut earlier } else { &mut files }.insert(path, content);
    }
    files.set_earlier(earlier);
    run(&files).findings
}

#[test]
fn every_wrong_example_is_reported_and_every_right_one_is_clean() {
    let mut untrue = Vec::new();
    for rule in rule::ALL {
        let (wrong, right) = (check(rule, "Wrong"), check(rule, "Right"));
        if wrong.iter().all(|finding| finding.rule != *rule) {
            untrue.push(format!("{}: its wrong example is not reported", rule.code));
        }
        // Notes are about what could be better still, which examples of something else leave out.
        let matters = |finding: &&Finding| finding.rule == *rule || finding.severity != Severity::Note;
        let is_expected =
            |finding: &&Finding| finding.rule == *rule || rule.also.contains(&finding.rule.code);
        let others = wrong.iter().filter(matters).filter(|finding| !is_expected(finding));
        for Finding { rule: other, path, start, message, .. } in others.chain(right.iter().filter(matters)) {
            untrue.push(format!("{}: {path}:{}: {message} [{}]", rule.code, start.line, other.code));
        }
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

#[test]
fn every_page_is_whole() {
    for rule in rule::ALL {
        for heading in ["What happens", "Source"] {
            assert!(!section(rule, heading).trim().is_empty(), "{}: {heading}", rule.code);
        }
        let (letters, digits) = rule.code.split_at(2);
        assert!(letters == "TN" && digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(rule.title.starts_with(char::is_lowercase) && !rule.title.ends_with('.'), "{}", rule.title);
        for code in rule.also {
            assert!(rule::find(code).is_some(), "{}: {code}", rule.code);
        }
    }
    let codes: Vec<_> = rule::ALL.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
}
