//! What holds for every legal set of answers, however odd, and that no illegal answer gets through: through the
//! resolver, the scaffold `service` and the state files, all in memory.

mod combinations;
mod good;
mod refused;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::matrix::{SCAFFOLD, Texts, resolve, texts};
use crate::support::{self, Entry, Facts, Tree, documents};
use treenail::answers::resolve::{Defaults, Given, InvalidAnswer, Policy, Resolver};
use treenail::check;
use treenail::project::answers_file::Decisions;
use treenail::project::recorded::Recorded;
use treenail::project::{answers_file, base};
use treenail::scaffold::definition::Ownership;
use treenail::scaffold::render::RenderedFile;
use treenail::values::value::Answers;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// The answers, with those on which others depend: a question that is not asked refuses nothing.
fn with_all_asked(mut answers: Texts) -> Texts {
    answers.insert("test-image".to_owned(), "registry.example.com/test:1".to_owned());
    answers.insert("health-check".to_owned(), "http".to_owned());
    answers.entry("test-command".to_owned()).or_insert_with(|| "make test".to_owned());
    answers
}

fn assert_paths_are_safe(files: &[RenderedFile]) {
    let mut seen = BTreeSet::new();
    for file in files {
        let odd = |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
        assert!(!file.path.split('/').any(odd) && !file.path.contains(['\\', '\0', ':']), "{}", file.path);
        assert!(!file.path.starts_with(".treenail"), "{}", file.path);
        assert!(seen.insert(file.path.to_lowercase()), "{} is there twice", file.path);
    }
    assert!(files.is_sorted_by_key(|file| &file.path));
}

/// The repository that would be written, its state included.
fn tree(files: &[RenderedFile], answers: &Answers, prefix: &str) -> Tree {
    let rendered = files.iter().map(|file| {
        (
            file.path.clone(),
            Entry { content: file.file.content.clone(), executable: file.file.is_executable() },
        )
    });
    let state = answers_file::state(&SCAFFOLD, answers, prefix, &Decisions::default()).into_bytes();
    let own = [(answers_file::PATH, state), (base::PATH, base::write(files))];
    let own = own.map(|(path, content)| (path.to_owned(), Entry { content, executable: false }));
    Tree::new(rendered.chain(own).collect())
}

fn assert_base_holds(files: &[RenderedFile], tree: &Tree) {
    let recorded = base::read(&tree.files[base::PATH].content).unwrap();
    // The copies of the base are promotions' own.
    let files: Vec<_> = files.iter().filter(|file| file.ownership != Ownership::Promoted).collect();
    assert_eq!(recorded.len(), files.len());
    for (recorded, file) in recorded.iter().zip(files) {
        assert_eq!(recorded.path, file.path);
        assert!(recorded.file == file.file, "{}", file.path);
        assert_eq!(recorded.ownership, file.ownership, "{}", file.path);
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    #[ignore = "takes long"]
    fn good_answers_give_a_sound_repository(given in good::answers(), prefix in good::prefix()) {
        let answers = resolve(&given).unwrap();
        let rendered = SCAFFOLD.render(&answers, &prefix).unwrap();
        prop_assert_eq!(&SCAFFOLD.render(&answers, &prefix).unwrap(), &rendered);
        let files = rendered.files;
        assert_paths_are_safe(&files);
        check::before_writing(&files).unwrap();
        let tree = tree(&files, &answers, &prefix);
        support::assert_sound(&tree, &Facts::new(texts(&answers), &prefix));
        assert_base_holds(&files, &tree);
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    #[ignore = "takes long"]
    fn good_answers_are_taken_as_they_are(given in good::answers()) {
        let resolved = texts(&resolve(&given).unwrap());
        for (question, text) in &given {
            prop_assert_eq!(&resolved[question], text, "{}", question);
        }
    }

    #[test]
    #[ignore = "takes long"]
    fn printed_answers_give_the_same_answers(given in good::answers()) {
        let answers = resolve(&given).unwrap();
        let printed = answers_file::print(&answers);
        documents("the printed answers", &printed);
        for text in [printed, answers_file::state(&SCAFFOLD, &answers, "", &Decisions::default())] {
            let parsed = answers_file::parse(&text).unwrap();
            prop_assert_eq!(texts(&resolve(&parsed).unwrap()), texts(&answers));
        }
    }

    #[test]
    #[ignore = "takes long"]
    fn recorded_answers_read_back(given in good::answers()) {
        let answers = resolve(&given).unwrap();
        let recorded = Recorded::read(&answers_file::state(&SCAFFOLD, &answers, "a/b/", &Decisions::default()));
        let recorded = recorded.unwrap().answers;
        let expected = answers.iter().map(|answer| {
            (answer.question.clone(), Given { text: answer.value.to_text(), from: answer.from })
        });
        prop_assert_eq!(&recorded, &expected.collect());
        // An upgrade to the same version changes nothing.
        let resolver = Resolver::new(&SCAFFOLD);
        let renewed = resolver.renew(&recorded, &BTreeMap::new(), Defaults::Keep).unwrap();
        let again = resolver.resolve(&renewed, &BTreeMap::new(), Policy::TakeDefaults).unwrap().unwrap();
        prop_assert_eq!(&again, &answers);
        prop_assert_eq!(resolver.changed_defaults(&recorded, &again).unwrap(), vec![]);
    }

    #[test]
    fn a_bad_answer_is_the_only_one_blamed(
        given in good::answers(),
        (question, text) in refused::answer(),
    ) {
        let mut given = with_all_asked(given);
        given.insert(question.to_owned(), text.clone());
        let faults = resolve(&given).unwrap_err();
        let [fault] = faults.as_slice() else { panic!("{question}: {text:?}: {faults:#?}") };
        prop_assert_eq!(fault.question.as_str(), question);
        prop_assert_eq!(fault.given.as_deref(), Some(text.as_str()));
        // What the message offers instead must be better.
        given.insert(question.to_owned(), fault.example.clone());
        let left = resolve(&given).err().unwrap_or_default();
        let is_wrong = |left: &InvalidAnswer| left.question == question && !left.reason.contains("must differ");
        prop_assert!(!left.iter().any(is_wrong), "{:#?}", left);
    }

    #[test]
    fn any_text_is_taken_or_refused(given in refused::anything(&SCAFFOLD)) {
        if let Err(faults) = resolve(&given) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(SCAFFOLD.definition.question(&fault.question).is_some(), "{:?}", fault);
                prop_assert!(!fault.reason.is_empty() && !fault.reason.contains(char::is_control), "{:?}", fault);
            }
        }
    }

    #[test]
    #[ignore = "takes long"]
    fn several_bad_answers_are_all_blamed(given in good::answers(), bad in refused::answers()) {
        let mut given = with_all_asked(given);
        given.extend(bad.clone());
        let blamed: BTreeSet<_> = resolve(&given).unwrap_err().into_iter().map(|fault| fault.question).collect();
        prop_assert_eq!(blamed, bad.into_keys().collect());
    }
}
