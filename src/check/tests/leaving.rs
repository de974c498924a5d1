//! Findings that comments and repositories leave out.

use super::*;

/// A manifest of a kind that no rule knows, so that findings only concern how it is written.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";

/// Returns the findings in a manifest with the labels `text`, as `line code`.
fn left(labels: &str) -> Vec<String> {
    of(&format!("{THING}labels:\n{labels}"))
}

fn of(text: &str) -> Vec<String> {
    let found = found(&[("a.yaml", text)]);
    found
        .iter()
        .map(|line| {
            let (place, rest) = line.split_once(' ').expect("a place");
            format!("{} {}", place.split(':').nth(1).expect("a line"), &rest[..5])
        })
        .collect()
}

fn report(files: &[(&str, &str)]) -> Report {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    run(&tree)
}

const WHY: &str = "# treenail: allow TN003 a reason";
const NONE: [&str; 0] = [];

#[test]
fn a_comment_counts_for_its_line_or_the_one_below() {
    assert_eq!(left(&format!("  a: on {WHY}\n  b: on\n")), ["6 TN003"]);
    assert_eq!(left(&format!("  {WHY}\n  # more\n  a: on\n  b: on\n")), ["8 TN003"]);
    assert_eq!(left(&format!("  {WHY}\n\n  a: on\n")), ["5 TN008", "7 TN003"]);
    assert_eq!(left(&format!("  a: {{b: on, {WHY}\n    c: on}}\n")), ["6 TN003"]);
    // One line may hold more than one.
    assert_eq!(left(&format!("  a: {{b: on, on: off}} {WHY}\n")), NONE);
}

#[test]
fn a_comment_before_the_first_key_counts_for_the_document() {
    let on = format!("{THING}data: {{on: a}}\n");
    let more = on.replace("name: a", "name: b");
    assert_eq!(of(&format!("{WHY}\n{on}---\n{more}")), ["10 TN003"]);
    assert_eq!(of(&format!("# Copyright\n{WHY}\n---\n# b\n{on}---\n{more}")), ["13 TN003"]);
    assert_eq!(of(&format!("{on}---\n\n{WHY}\n\n{more}")), ["4 TN003"]);
    // Behind the last key is not before the first one.
    assert_eq!(of(&format!("{on}{WHY}\n---\n{more}")), ["4 TN003", "5 TN008", "10 TN003"]);
    assert_eq!(of(&format!("# treenail: allow TN001 to be written\n{THING}data: [\n")), NONE);
}

#[test]
fn only_comments_count() {
    assert_eq!(left(&format!("  a: on\n  b: '{WHY}'\n  c: |\n    {WHY}\n")), ["5 TN003"]);
    assert_eq!(left("  a: on # Treenail allow TN003\n"), ["5 TN003"]);
    assert_eq!(left("  a: on # treenail: allowed TN003\n"), ["5 TN003"]);
    let json = "{\"apiVersion\": \"example.com/v1\", \"kind\": \"A\",\n# treenail: allow TN002 a reason\n\"a\": 1, \"a\": 2}\n";
    assert_eq!(found(&[("a.json", json)]), ["a.json:3:9 TN002 key `a` is already on line 3"]);
}

#[test]
fn what_is_wrong_with_a_comment_is_said() {
    assert_eq!(left("  a: on # treenail: allow TN003\n"), ["5 TN007"]);
    assert_eq!(left("  a: on # treenail: allow TN3 a reason\n"), ["5 TN003", "5 TN009"]);
    assert_eq!(left("  a: on # treenail: allow it\n"), ["5 TN003", "5 TN009"]);
    assert_eq!(left("  a: on # treenail: allow TN002, tn003 a reason\n"), ["5 TN008"]);
    assert_eq!(left(&format!("  a: a {WHY}\n")), ["5 TN008"]);
}

/// A multi-line scalar has no room for a comment inside.
#[test]
fn a_comment_beside_a_text_counts_for_all_of_it() {
    let text = format!("{THING}a: |  {WHY}\n  b\n  c\nd: e\n");
    let comments = crate::yaml::comments::of(&text);
    assert_eq!(comments.long_scalars, [(4, 6)]);
    let mut files = Files::below([""]);
    files.insert("a.yaml", FileContent::of(text.clone().into_bytes()));
    let manifests = Manifests::read(&files);
    for (line, is_left) in [(3, true), (4, false), (5, false), (6, false), (7, true)] {
        let position = crate::yaml::node::Position { line, column: 3 };
        let mut findings =
            vec![manifests.sources()[0].finding_at(&rule::TN003, (0..1, position), "something")];
        suppress::comments::apply(&manifests, None, &mut findings);
        assert_eq!(findings.iter().any(|finding| finding.rule == &rule::TN003), is_left, "{line}");
    }
}

#[test]
fn a_repository_ignores_rules_and_paths() {
    let on = format!("{THING}data: {{on: a}}\n");
    let left = |ignore: &str| {
        let report = report(&[
            ("shop/.treenail/answers.yaml", ignore),
            ("shop/deploy/a.yaml", &on),
            ("shop/b.yaml", &on),
            ("c.yaml", &on),
        ]);
        let paths: Vec<_> = report.findings.iter().map(|finding| finding.path.clone()).collect();
        (paths.join(" "), report.ignored)
    };
    assert_eq!(left("ignore: []\n"), ("c.yaml shop/b.yaml shop/deploy/a.yaml".to_owned(), 0));
    assert_eq!(left("ignore:\n- TN003\n"), ("c.yaml".to_owned(), 2));
    assert_eq!(left("ignore:\n- tn003  deploy/*.yaml\n"), ("c.yaml shop/b.yaml".to_owned(), 1));
    assert_eq!(left("ignore:\n- TN003 deploy\n- TN003 ./b.yaml\n"), ("c.yaml".to_owned(), 2));
}

#[test]
fn entries_that_ignore_nothing_are_reported() {
    let reported = |text: &str| found(&[(".treenail/answers.yaml", text)]);
    let rule = "unknown rule `TN900` in `ignore`";
    assert_eq!(
        reported("ignore:\n- TN003\n- TN900 deploy\n"),
        [format!(".treenail/answers.yaml:3:3 TN009 {rule}")]
    );
    assert_eq!(
        reported("ignore:\n- [TN003]\n"),
        [".treenail/answers.yaml:2:3 TN009 this entry of `ignore` names no rule"]
    );
    let damaged = reported("ignore:\n- 'TN003\n");
    assert!(damaged[0].starts_with(".treenail/answers.yaml:2:3 TN001"), "{damaged:?}");
    // Also this can be left out.
    assert_eq!(reported("ignore: [TN900, TN009]\n"), NONE);
}

#[test]
fn what_is_left_out_is_counted_and_the_rest_narrowed() {
    let text = format!(
        "{THING}data: {{on: a}} {WHY}\nlabels: {{a: on}}\nb: on # treenail: allow TN003\na: 1\na: 2\n"
    );
    let files = [("a.yaml", &*text), ("t.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: {{ a }}}\n")];
    let whole = report(&files);
    assert_eq!((whole.allowed, whole.ignored, whole.files.len()), (2, 0, 1));
    assert_eq!(whole.skipped, [SkippedFile { path: "t.yaml".to_owned(), why: "a template" }]);
    let codes = |only: &[&'static Rule], ignore: &[&'static Rule], least: Severity| {
        let mut report = report(&files);
        report.narrow(&Filter { only: only.to_vec(), ignore: ignore.to_vec(), least });
        report.findings.iter().map(|finding| finding.rule.code).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes(&[], &[], Severity::Note), "TN003 TN007 TN002 TN041");
    assert_eq!(codes(&[], &[], Severity::Warning), "TN003 TN002");
    assert_eq!(codes(&[], &[], Severity::Error), "TN002");
    assert_eq!(codes(&[&rule::TN003], &[], Severity::Note), "TN003");
    assert_eq!(codes(&[&rule::TN003], &[&rule::TN003], Severity::Note), "");
}
