//! The matrix of answers: whether it is complete, and whether its repositories keep the design's invariants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use crate::matrix::{CASES, Case, FACTORS, Factor, SCAFFOLD, VALUES, over_base, resolve, texts, values};
use crate::properties::tree;
use crate::support::{self, Facts, Tree};
use treenail::values::value::Answers;

fn repository(case: &Case) -> (Answers, Tree) {
    let (answers, files) = case.render();
    let tree = tree(&files, &answers, &case.prefix);
    (answers, tree)
}

#[test]
fn every_question_has_values() {
    for question in &SCAFFOLD.definition.questions {
        let values = values(question);
        assert!(values.iter().flatten().count() > 0, "the matrix lists no value for `{}`", question.name);
        assert!(values.len() > 1, "the matrix lists one value alone for `{}`", question.name);
    }
    for (name, _) in VALUES {
        assert!(
            SCAFFOLD.definition.question(name).is_some(),
            "the matrix answers `{name}`, which is no question"
        );
    }
}

#[test]
fn every_value_stands_on_its_own() {
    for factor in FACTORS.iter() {
        let Factor::Answers(levels) = factor else { continue };
        for level in levels {
            let answers = texts(&resolve(&over_base(level.clone())).unwrap());
            for (question, text) in level {
                assert_eq!(answers[question], *text, "`{question}` is not canonical");
            }
        }
    }
}

#[test]
fn any_two_values_meet() {
    let rows: Vec<_> = CASES.iter().map(|case| &case.given).collect();
    let all = FACTORS.iter().filter_map(|factor| match factor {
        Factor::Folder => None,
        Factor::Answers(levels) => Some(levels),
    });
    let singles: BTreeSet<_> = all.flatten().flatten().collect();
    let mut apart = Vec::new();
    for one in &singles {
        for other in singles.iter().filter(|other| other.0 > one.0) {
            let meet =
                rows.iter().any(|row| row.get(one.0) == Some(one.1) && row.get(other.0) == Some(other.1));
            // An answer may keep the other question from being asked.
            let both: BTreeMap<String, String> =
                [one, other].map(|(name, text)| ((*name).clone(), (*text).clone())).into();
            let can_meet = || {
                let answers = texts(&resolve(&over_base(both.clone())).unwrap());
                both.iter().all(|(name, text)| answers[name] == *text)
            };
            if !meet && can_meet() {
                apart.push(format!("{one:?} and {other:?}"));
            }
        }
    }
    assert!(apart.is_empty(), "{} pairs never meet:\n{}", apart.len(), apart.join("\n"));
}

#[test]
#[ignore = "takes long"]
fn the_matrix_is_large_and_sound() {
    assert!(CASES.len() >= 100, "{} repositories", CASES.len());
    for case in CASES.iter() {
        let (answers, tree) = repository(case);
        support::assert_sound(&tree, &Facts::new(texts(&answers), &case.prefix));
        support::assert_checked(&tree);
    }
}

#[test]
#[ignore = "writes the matrix into the new folder $TREENAIL_MATRIX, for tests/conformance/run"]
#[expect(clippy::disallowed_methods, reason = "it is there to write files")]
fn write_the_matrix() {
    let root = env::var_os("TREENAIL_MATRIX").expect("TREENAIL_MATRIX names the folder");
    let root = Path::new(&root);
    let mut index = Vec::new();
    for case in CASES.iter() {
        let (answers, tree) = repository(case);
        for (path, entry) in &tree.files {
            let path = root.join(&case.name).join(&case.prefix).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &entry.content).unwrap();
        }
        let answers: BTreeMap<_, _> = texts(&answers);
        index.push(serde_json::json!({"name": case.name, "prefix": case.prefix, "answers": answers}));
    }
    fs::write(root.join("index.json"), serde_json::to_string_pretty(&index).unwrap()).unwrap();
}
