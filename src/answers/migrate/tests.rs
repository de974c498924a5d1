use super::*;
use crate::scaffold::sample;

const HISTORY: &str = "versions:
- version: 1.1.0
  migrations:
  - rename: {from: repo, to: source}
  - map-value: {question: app, from: Shop, to: shop}
  - set: {question: image, value: '[= app =].example.com/[= delivery =]'}
- version: 1.2.0
  migrations:
  - rename: {from: source, to: source-repo}
  - drop: pager
  - map-value: {question: app, from: shop, to: store}
  - set: {question: test-image, value: ''}
  - set: {question: pipeline-namespace, value: '[= app =]-[= port =]'}
";

fn scaffold() -> Scaffold {
    sample::changed("next: []\n", HISTORY).unwrap()
}

fn texts(given: &[(&str, &str, Provenance)]) -> BTreeMap<String, Given> {
    given
        .iter()
        .map(|(name, text, from)| ((*name).to_owned(), Given { text: (*text).to_owned(), from: *from }))
        .collect()
}

fn migrated(from: &str, recorded: &[(&str, &str, Provenance)]) -> Migrated {
    migrate(&texts(recorded), &from.parse().unwrap(), &scaffold()).unwrap()
}

#[test]
fn every_later_version_is_applied_in_order() {
    let recorded = [
        ("repo", "https://github.com/acme/shop.git", Provenance::Flag),
        ("app", "Shop", Provenance::Asked),
        ("pager", "ops", Provenance::Asked),
        ("port", "9000", Provenance::Default),
    ];
    let Migrated { answers, notes } = migrated("1.0.0", &recorded);
    let expected = [
        ("source-repo", "https://github.com/acme/shop.git", Provenance::Flag),
        ("app", "store", Provenance::Asked),
        ("port", "9000", Provenance::Default),
        ("image", "store.example.com/store-delivery", Provenance::Default),
        ("test-image", "", Provenance::Default),
        ("pipeline-namespace", "store-9000", Provenance::Default),
    ];
    assert_eq!(answers, texts(&expected));
    assert_eq!(
        notes,
        [
            "`repo` is now `source`",
            "`app`: `Shop` is now `shop`",
            "`source` is now `source-repo`",
            "`pager` is no longer asked; the answer was `ops`",
            "`app`: `shop` is now `store`",
            "`image` is new; set to `store.example.com/store-delivery`, the behaviour so far",
            "`test-image` is new; set to nothing, the behaviour so far",
            "`pipeline-namespace` is new; set to `store-9000`, the behaviour so far",
        ]
    );
}

#[test]
fn versions_that_were_reached_are_not_applied_again() {
    let recorded = [("source", "x", Provenance::Flag), ("app", "Shop", Provenance::Flag)];
    let Migrated { answers, .. } = migrated("1.1.0", &recorded);
    assert_eq!((answers["source-repo"].text.as_str(), answers["app"].text.as_str()), ("x", "Shop"));
    assert!(!answers.contains_key("image"));
    let now = [("app", "shop", Provenance::Flag)];
    assert_eq!(migrated("1.2.0", &now), Migrated { answers: texts(&now), notes: Vec::new() });
}

#[test]
fn an_answer_is_never_set_over() {
    let recorded = [("app", "shop", Provenance::Flag), ("pipeline-namespace", "mine", Provenance::Default)];
    assert_eq!(migrated("1.1.0", &recorded).answers["pipeline-namespace"].text, "mine");
}

#[test]
fn what_cannot_be_known_is_not_set() {
    // Its value needs `app`, which is not answered.
    assert!(!migrated("1.1.0", &[]).answers.contains_key("pipeline-namespace"));
}

#[test]
fn of_two_answers_the_chosen_one_stays() {
    use Provenance::{Default, Detected, File, Flag};
    for (old, new, expected) in
        [(Flag, File, "old"), (Flag, Default, "old"), (Default, File, "new"), (Detected, Default, "old")]
    {
        let recorded = [("source", "old", old), ("source-repo", "new", new)];
        let migrated = migrated("1.1.0", &recorded);
        assert_eq!(migrated.answers["source-repo"].text, expected, "{old:?} {new:?}");
        assert!(migrated.notes[0].starts_with("`source` is now `source-repo`; kept the answer"));
    }
}

#[test]
fn only_a_default_may_vanish_with_its_question() {
    let recorded = [("gone", "a", Provenance::Default), ("lost", "b", Provenance::Flag)];
    let Migrated { answers, notes } = migrated("1.2.0", &recorded);
    assert_eq!(answers, texts(&recorded[1..]));
    assert_eq!(notes, ["`gone` is no longer asked; the answer was `a`"]);
}
