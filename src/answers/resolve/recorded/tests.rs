use super::*;
use crate::answers::resolve::{InvalidAnswer, Policy};
use crate::scaffold::{Scaffold, sample};

const SOURCE: (&str, &str, Provenance) =
    ("source-repo", "https://github.com/acme/shop.git", Provenance::Flag);
const APP: (&str, &str, Provenance) = ("app", "shop", Provenance::Asked);

fn texts(given: &[(&str, &str, Provenance)]) -> BTreeMap<String, Given> {
    given
        .iter()
        .map(|(name, text, from)| ((*name).to_owned(), Given { text: (*text).to_owned(), from: *from }))
        .collect()
}

fn renewed(
    scaffold: &Scaffold,
    recorded: &[(&str, &str, Provenance)],
    overrides: &[(&str, &str, Provenance)],
    defaults: Defaults,
) -> Result<(Answers, Vec<ChangedDefault>), Vec<InvalidAnswer>> {
    let resolver = Resolver::new(scaffold);
    let recorded = texts(recorded);
    let given = resolver.renew(&recorded, &texts(overrides), defaults).unwrap();
    let answers = resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults).unwrap()?;
    let changed = resolver.changed_defaults(&recorded, &answers).unwrap();
    Ok((answers, changed))
}

fn answer(answers: &Answers, question: &str) -> (String, Provenance) {
    let answer = answers.get(question).unwrap();
    (answer.value.to_text(), answer.from)
}

fn changed(question: &str, old: &str, new: &str) -> ChangedDefault {
    ChangedDefault { question: question.to_owned(), old: old.to_owned(), new: new.to_owned() }
}

#[test]
fn a_default_stays_until_the_new_one_is_adopted() {
    let scaffold = sample::scaffold();
    let recorded =
        [SOURCE, APP, ("port", "3000", Provenance::Default), ("test-image", "", Provenance::Default)];
    let list = [changed("port", "3000", "8080")];
    let (kept, could_be) = renewed(&scaffold, &recorded, &[], Defaults::Keep).unwrap();
    assert_eq!((answer(&kept, "port"), could_be), (("3000".to_owned(), Provenance::Default), list.to_vec()));
    let (adopted, has_been) = renewed(&scaffold, &recorded, &[], Defaults::Adopt).unwrap();
    assert_eq!(
        (answer(&adopted, "port"), has_been),
        (("8080".to_owned(), Provenance::Default), list.to_vec())
    );
}

#[test]
fn what_was_chosen_or_detected_is_never_a_changed_default() {
    let scaffold = sample::scaffold();
    for from in [Provenance::Flag, Provenance::File, Provenance::Asked, Provenance::Detected] {
        for defaults in [Defaults::Keep, Defaults::Adopt] {
            let recorded = [SOURCE, APP, ("port", "3000", from)];
            let (answers, list) = renewed(&scaffold, &recorded, &[], defaults).unwrap();
            assert_eq!((answer(&answers, "port"), list), (("3000".to_owned(), from), vec![]));
        }
    }
}

#[test]
fn the_command_line_comes_first() {
    let scaffold = sample::scaffold();
    let recorded = [
        SOURCE,
        APP,
        ("port", "3000", Provenance::Default),
        ("pipeline-namespace", "shop-delivery", Provenance::Default),
    ];
    let overrides = [("port", "4000", Provenance::Flag), ("app", "store", Provenance::File)];
    let (answers, list) = renewed(&scaffold, &recorded, &overrides, Defaults::Keep).unwrap();
    assert_eq!(answer(&answers, "port"), ("4000".to_owned(), Provenance::Flag));
    assert_eq!(answer(&answers, "app"), ("store".to_owned(), Provenance::File));
    // What followed from the old answer stays too, and is listed.
    assert_eq!(list, [changed("pipeline-namespace", "shop-delivery", "store-delivery")]);
}

#[test]
fn what_is_no_longer_valid_is_a_fault_and_not_replaced() {
    let scaffold = sample::scaffold();
    for from in [Provenance::Default, Provenance::Flag] {
        let problems =
            renewed(&scaffold, &[SOURCE, APP, ("port", "http", from)], &[], Defaults::Keep).unwrap_err();
        let found: Vec<_> =
            problems.iter().map(|problem| (problem.question.as_str(), problem.given.as_deref())).collect();
        assert_eq!(found, [("port", Some("http"))]);
    }
    let unknown = renewed(&scaffold, &[SOURCE, APP, ("prot", "80", Provenance::Flag)], &[], Defaults::Keep);
    assert_eq!(unknown.unwrap_err()[0].question, "prot");
}

#[test]
fn what_nobody_was_asked_is_open() {
    let scaffold = sample::scaffold();
    let nothing = ("test-command", "", Provenance::Default);
    let recorded = [SOURCE, APP, ("test-image", "", Provenance::Default), nothing];
    let image = [("test-image", "docker.io/library/rust", Provenance::Flag)];
    let (answers, list) = renewed(&scaffold, &recorded, &image, Defaults::Keep).unwrap();
    assert_eq!((answer(&answers, "test-command").0, list), ("make test".to_owned(), vec![]));

    // It was asked, and nothing was the default.
    let optional =
        sample::changed("  default: make test\n", "  default: make test\n  optional: true\n").unwrap();
    let recorded = [SOURCE, APP, ("test-image", "docker.io/library/rust", Provenance::Flag), nothing];
    let (answers, list) = renewed(&optional, &recorded, &[], Defaults::Keep).unwrap();
    assert_eq!(
        (answer(&answers, "test-command").0, list),
        (String::new(), vec![changed("test-command", "", "make test")])
    );
}

#[test]
fn what_is_no_longer_asked_goes_without_a_fault() {
    let scaffold = sample::scaffold();
    let image = ("test-image", "docker.io/library/rust", Provenance::Flag);
    let recorded = [SOURCE, APP, image, ("test-command", "cargo test", Provenance::Flag)];
    let overrides = [("test-image", "", Provenance::Flag)];
    let (answers, _) = renewed(&scaffold, &recorded, &overrides, Defaults::Keep).unwrap();
    assert_eq!(answer(&answers, "test-command"), (String::new(), Provenance::Default));
    // What is typed now is another matter.
    let overrides = [overrides[0], ("test-command", "make check", Provenance::Flag)];
    let problems = renewed(&scaffold, &recorded, &overrides, Defaults::Keep).unwrap_err();
    assert_eq!(problems[0].question, "test-command");
}

#[test]
fn a_new_question_takes_its_default_or_is_reported() {
    let scaffold =
        sample::changed("- name: image\n", "- name: team\n  type: label\n  prompt: Team\n- name: image\n")
            .unwrap();
    let problems = renewed(&scaffold, &[SOURCE, APP], &[], Defaults::Keep).unwrap_err();
    assert_eq!(
        (problems.len(), problems[0].question.as_str(), problems[0].reason.as_str()),
        (1, "team", "not answered")
    );
}

#[test]
fn nothing_is_no_longer_an_answer_where_one_is_needed() {
    let needed = sample::changed("  optional: true\n", "").unwrap();
    let recorded = [SOURCE, APP, ("test-image", "", Provenance::Default)];
    let problems = renewed(&needed, &recorded, &[], Defaults::Keep).unwrap_err();
    assert_eq!((problems[0].question.as_str(), problems[0].reason.as_str()), ("test-image", "not answered"));
}
