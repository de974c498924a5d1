//! Single mistakes in a repository that has none, as people make them: each is found, where it is, and nothing else
//! is said. The mistakes are data, in `mistakes/`; `README.md` there says how one is written.

mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use treenail::check::{self, FileContent, Files, rule};
use treenail::project::answers_file;

use crate::docs::validation::places::twice;
use crate::matrix;
use parse::{Mistake, Place};

/// Answers to every question, each with something else than its default.
const ANSWERS: &str = include_str!("../../../golden/everything/answers.yaml");

/// Files by path.
type Texts = BTreeMap<String, String>;

/// The repository with most in it, where images take over by `strategy`.
fn repository(strategy: &str) -> Texts {
    let mut answers = answers_file::parse(ANSWERS).unwrap();
    answers.insert("strategy".to_owned(), strategy.to_owned());
    let answers = matrix::resolve(&answers).unwrap();
    let files = matrix::SCAFFOLD.render(&answers, "").unwrap().files;
    files.into_iter().map(|file| (file.path, String::from_utf8(file.file.content).unwrap())).collect()
}

/// The mistakes, with the repository that they are made in.
fn catalogue() -> Vec<(Texts, Vec<Mistake>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/check/mistakes");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let of_file = |path: &PathBuf| {
        let strategy = if path.ends_with("rollouts.txt") { "blue-green" } else { "rolling" };
        (repository(strategy), parse::mistakes(&fs::read_to_string(path).unwrap()))
    };
    files.iter().map(of_file).collect()
}

/// What is found, with its message: the same mistake of the same file is the same, on whichever line it is now.
fn found(texts: &Texts) -> Vec<(Place, String)> {
    let mut files = Files::below([""]);
    for (path, text) in texts {
        files.insert(path.as_str(), FileContent::of(text.clone().into_bytes()));
    }
    let place = |finding: check::Finding| {
        let place =
            Place { code: finding.rule.code.to_owned(), path: finding.path, line: finding.start.line };
        (place, finding.message)
    };
    let findings = check::run(&files).findings;
    assert_eq!(twice(&findings), [""; 0]);
    findings.into_iter().map(place).collect()
}

/// What was found before, without lines, which a mistake moves.
fn known(texts: &Texts) -> BTreeSet<(String, String, String)> {
    found(texts).into_iter().map(|(place, message)| (place.code, place.path, message)).collect()
}

#[test]
fn each_is_found_where_it_is_and_nothing_else_is() {
    let mut wrong = Vec::new();
    let catalogue = catalogue();
    let sound = catalogue.iter().map(|(sound, mistakes)| (sound, known(sound), mistakes));
    let each = sound.flat_map(|(sound, known, mistakes)| {
        mistakes.iter().map(move |mistake| (sound, known.clone(), mistake))
    });
    for (sound, known, mistake) in each {
        let mut texts = sound.clone();
        let expected = match mistake.make(&mut texts) {
            Ok(expected) => expected,
            Err(why) => {
                wrong.push(format!("{}\n  {why}", mistake.title));
                continue;
            }
        };
        assert!(texts != *sound && !expected.is_empty(), "{} is none", mistake.title);
        let mut found = found(&texts);
        found.retain(|(Place { code, path, .. }, message)| {
            !known.contains(&(code.clone(), path.clone(), message.clone()))
        });
        let places: BTreeSet<_> = found.iter().map(|(place, _)| place.clone()).collect();
        if places != expected {
            let found: Vec<_> = found.iter().map(|(place, message)| show(place, &texts) + message).collect();
            let expected: Vec<_> = expected.iter().map(|place| show(place, &texts)).collect();
            wrong.push(format!(
                "{}\nexpected\n{}\nfound\n{}",
                mistake.title,
                expected.join("\n"),
                found.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// A place as `@` names it.
fn show(Place { code, path, line }: &Place, texts: &Texts) -> String {
    let text = texts.get(path).and_then(|text| text.lines().nth(line - 1)).unwrap_or_default();
    format!("@ {code} {path}: {text}\n      {line} ")
}

#[test]
fn there_are_many_of_all_sorts() {
    let catalogue: Vec<_> = catalogue().into_iter().flat_map(|(_, mistakes)| mistakes).collect();
    let titles: BTreeSet<_> = catalogue.iter().map(|mistake| &mistake.title).collect();
    assert_eq!(titles.len(), catalogue.len(), "a title is there twice");
    assert!(catalogue.len() >= 60, "{}", catalogue.len());
    let codes: BTreeSet<_> = catalogue.iter().flat_map(Mistake::codes).collect();
    for code in &codes {
        assert!(rule::find(code).is_some(), "there is no {code}");
    }
    let references = (21..=39).map(|number| format!("TN{number:03}"));
    let missing: Vec<_> = references.filter(|code| !codes.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "no mistake is for {missing:?}");
}
