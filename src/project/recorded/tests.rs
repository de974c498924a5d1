use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::answers::resolve::{Policy, Resolver};
use crate::scaffold::sample;
use crate::values::value::{Answer, Answers, Value};

/// Returns a state file of the sample scaffold.
fn written(decisions: &Decisions) -> String {
    let given = [("source-repo", "https://github.com/acme/shop.git"), ("app", "shop")]
        .map(|(name, text)| (name.to_owned(), Given { text: text.to_owned(), from: Provenance::Asked }));
    let scaffold = sample::scaffold();
    let answers = Resolver::new(&scaffold)
        .resolve(&given.into(), &[("port", "9000".to_owned())].into(), Policy::TakeDefaults)
        .unwrap()
        .unwrap();
    answers_file::state(&scaffold, &answers, "services/shop/", decisions)
}

fn read_changed(find: &str, replace: &str) -> Result<Recorded> {
    let text = written(&Decisions::default());
    assert!(text.contains(find), "{find} is not in\n{text}");
    Recorded::read(&text.replacen(find, replace, 1))
}

/// Returns the message and problems of a state file with one text replaced.
fn refusal(find: &str, replace: &str) -> String {
    shown(&read_changed(find, replace).unwrap_err())
}

fn shown(error: &Error) -> String {
    assert_eq!(error.kind, ErrorKind::State);
    let problems = error.problems.iter().map(|problem| format!("{} ({})", problem.message, problem.fix));
    [vec![error.message.clone()], problems.collect(), error.hints.clone()].concat().join("\n")
}

fn given(text: &str, from: Provenance) -> Given {
    Given { text: text.to_owned(), from }
}

#[test]
fn what_nobody_chose_is_recorded_with_its_value() {
    let text = written(&Decisions::default());
    let (_, from) = text.split_once("\nfrom:\n").unwrap();
    assert_eq!(
        from,
        "  source-repo: asked\n  app: asked\n  environments: {default: \"staging,production\"}\n  \
         image: {default: ghcr.io/acme/shop}\n  port: {detected: 9000}\n  test-image: {default: \"\"}\n  \
         test-command: {default: \"\"}\n  pipeline-namespace: {default: shop-delivery}\n"
    );
}

#[test]
fn reads_what_is_written() {
    let recorded = read_changed("schema: 1", "schema: 1\nlater: [addition]").unwrap();
    assert_eq!(recorded.treenail.to_string(), env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (recorded.scaffold.name.as_str(), recorded.scaffold.version.to_string()),
        ("sample", "1.2.3".to_owned())
    );
    assert_eq!(recorded.scaffold.digest, sample::scaffold().digest());
    assert_eq!(recorded.directory, "services/shop");
    assert_eq!(recorded.answers["app"], given("shop", Provenance::Asked));
    assert_eq!(recorded.answers["port"], given("9000", Provenance::Detected));
    assert_eq!(recorded.answers["environments"], given("staging,production", Provenance::Default));
    assert_eq!(recorded.decisions, Decisions::default());
}

/// Only as far as known: chosen answers are recorded without their value.
#[test]
fn edited_answers_are_named() {
    for (find, replace, expected) in [
        ("  port: 9000\n", "  port: 9001\n", vec!["port"]),
        ("  port: 9000\n", "", vec!["port"]),
        ("  port: 9000\n", "  port: \"9000\"\n", vec![]),
        ("  port: 9000\n", "  port: 9000\n  later: x\n", vec!["later"]),
        ("  app: shop\n", "  app: store\n", vec![]),
    ] {
        let edited = read_changed(find, replace).unwrap().edited;
        assert_eq!(edited.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{replace}");
    }
}

#[test]
fn an_edited_answer_counts_as_chosen() {
    for (find, replace, question, expected) in [
        ("  port: 9000\n", "  port: 9001\n", "port", given("9001", Provenance::File)),
        ("  - production\n", "", "environments", given("staging", Provenance::File)),
        (
            "  test-image: \"\"\n",
            "  test-image: docker.io/library/rust\n",
            "test-image",
            given("docker.io/library/rust", Provenance::File),
        ),
        (
            "  pipeline-namespace: {default: shop-delivery}\n",
            "",
            "pipeline-namespace",
            given("shop-delivery", Provenance::File),
        ),
        // Written otherwise, it is still the same.
        ("  port: 9000\n", "  port: \"9000\"\n", "port", given("9000", Provenance::Detected)),
        (
            "  environments:\n  - staging\n  - production\n",
            "  environments: staging,production\n",
            "environments",
            given("staging,production", Provenance::Default),
        ),
        // A choice stays one.
        ("  app: shop\n", "  app: store\n", "app", given("store", Provenance::Asked)),
        ("port: {detected: 9000}", "port: default", "port", given("9000", Provenance::Default)),
    ] {
        assert_eq!(read_changed(find, replace).unwrap().answers[question], expected, "{replace}");
    }
    let recorded = read_changed("  port: 9000\n", "").unwrap();
    assert!(!recorded.answers.contains_key("port"), "an answer that is taken out is open again");
}

#[test]
fn merge_markers_are_recognised_by_their_line() {
    let found =
        refusal("  port: 9000\n", "<<<<<<< HEAD\n  port: 9000\n=======\n  port: 9001\n>>>>>>> other\n");
    assert!(found.contains("it holds merge markers"), "{found}");
    assert!(found.contains("line 17: "), "{found}");
}

#[test]
fn a_newer_format_is_not_called_damage() {
    let found = refusal("schema: 1\ntreenail: ", "schema: 2\ntreenail: 3.0.0\nx: ");
    assert_eq!(
        found,
        format!(
            "`.treenail/answers.yaml` was written by a newer treenail, 3.0.0; this is {}\nuse treenail 3.0.0 or later",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn every_damage_is_named() {
    for (find, replace, expected) in [
        ("schema: 1\n", "", "it has no `schema`"),
        ("schema: 1\n", "schema: one\n", "`schema` is not 1"),
        ("schema: 1\n", "schema: 0\n", "`schema` is not 1"),
        ("schema: 1\n", "schema: [\n", "it is not YAML: line"),
        ("schema: 1\n", "schema: 1\nschema: 1\n", "duplicate entry"),
        ("schema: 1\n", "schema: 1\n---\n", "it is not one mapping"),
        ("\ntreenail: ", "\ntreenail: soon\nx: ", "`treenail`: `soon` is not a version"),
        ("  version: 1.2.3\n", "", "it has no `scaffold.version`"),
        ("  name: sample\n", "  name: [sample]\n", "`scaffold.name` is not a text"),
        ("digest: sha256:", "digest: sha1:", "`scaffold.digest` is not `sha256:`"),
        ("directory: services/shop", "directory: ../shop", "`directory`: `../shop` leaves its folder"),
        ("  port: 9000\n", "  port: {a: 1}\n", "`answers`: `port` is neither a string"),
        (
            "  app: asked",
            "  app: aksed",
            "`from`: `app` is `aksed`, not one of `flag`, `file`, `asked`, `detected`, `default`; did you mean `asked`?",
        ),
        (
            "{detected: 9000}",
            "{detected: {a: b}}",
            "`from`: `port` is neither a word such as `flag` nor `{default: VALUE}`",
        ),
        ("answers:\n", "answers: none\nx:\n", "`answers` is not a mapping"),
        ("directory:", "removed: a\ndirectory:", "`removed` is not a list of strings"),
        (
            "directory:",
            "removed: [/etc/passwd]\ndirectory:",
            "`removed`: `/etc/passwd` is not a relative path",
        ),
        (
            "directory:",
            "moved: {a: .git/config}\ndirectory:",
            "`moved`: `.git/config` is inside a folder that belongs to Git",
        ),
        ("directory:", "ignore: [1]\ndirectory:", "`ignore` is not a list of strings"),
    ] {
        let found = refusal(find, replace);
        assert!(found.contains(expected), "{found}\nhas not: {expected}");
    }
    assert!(shown(&Recorded::read("").unwrap_err()).contains("it is not one mapping"));
}

#[test]
fn several_damages_come_together() {
    let error =
        Recorded::read("schema: 1\nscaffold: {name: 1}\nfrom: {app: x}\nremoved: [..]\n").unwrap_err();
    let found: Vec<_> =
        error.problems.iter().map(|problem| problem.message.split(':').next().unwrap()).collect();
    assert_eq!(
        found,
        [
            "it has no `treenail`",
            "`scaffold.name` is not a text",
            "it has no `scaffold.version`",
            "it has no `scaffold.digest`",
            "it has no `directory`",
            "`from`",
            "it has no `answers`",
            "`removed`",
        ]
    );
}

fn path() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("no".to_owned()),
        Just("- x".to_owned()),
        Just("a: b #c".to_owned()),
        any::<String>()
    ];
    odd.prop_filter("a path", |path| paths::refusal(path).is_none())
}

fn decisions() -> impl Strategy<Value = Decisions> {
    (btree_set(path(), 0..4), btree_map(path(), path(), 0..4), vec(any::<String>(), 0..4))
        .prop_map(|(removed, moved, ignore)| Decisions { removed, moved, ignore })
}

proptest! {
    #[test]
    fn decisions_read_back(decisions in decisions()) {
        prop_assert_eq!(Recorded::read(&written(&decisions)).unwrap().decisions, decisions);
    }

    #[test]
    fn answers_read_back(texts in vec((any::<String>(), 0..5_usize), 1..5)) {
        let answers: Answers = texts.iter().enumerate().map(|(index, (text, from))| Answer {
            question: format!("q{index}"),
            value: Value::Text(text.clone()),
            from: Provenance::ALL[*from],
        }).collect();
        let text = answers_file::state(&sample::scaffold(), &answers, "", &Decisions::default());
        let expected: BTreeMap<_, _> = answers
            .iter()
            .map(|answer| (answer.question.clone(), given(&answer.value.to_text(), answer.from)))
            .collect();
        prop_assert_eq!(Recorded::read(&text).unwrap().answers, expected);
    }

    #[test]
    fn never_panics(text in "(schema: 1\n)?[a-z\\[\\]{}:,\n -]{0,60}") {
        let _ = Recorded::read(&text);
    }
}
