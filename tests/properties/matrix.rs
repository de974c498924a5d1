//! The matrix of answers: repositories in which every value of every question meets every value of every other, and
//! the golden ones. Here they are held against the design's invariants; `tests/conformance/run` has them written out
//! and judged by the code of Argo CD, Tekton and Kubernetes.

mod pairs;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs};

use crate::support::{self, Facts, Tree};
use crate::{SCAFFOLD, Texts, resolve, texts, tree};
use pairs::{Level, Row};
use treenail::answers::value::Answers;
use treenail::scaffold::definition::Question;
use treenail::state::answers_file;
use treenail::state::recorded::Recorded;
use values::{FOLDERS, VALUES};

/// One repository: answers, and the folder of the scaffold inside it.
struct Case {
    name: String,
    prefix: String,
    given: Texts,
}

impl Case {
    fn render(&self) -> (Answers, Tree) {
        let answers = resolve(&self.given).unwrap_or_else(|faults| panic!("{}: {faults:#?}", self.name));
        let files = SCAFFOLD.render(&answers, &self.prefix).unwrap().files;
        let tree = tree(&files, &answers, &self.prefix);
        (answers, tree)
    }
}

/// What a row of the matrix is made of: the scaffold's folder, a question, or questions of which one is asked only
/// after certain answers to another.
enum Factor {
    Folder,
    /// Answers by question; where one is left out the default applies.
    Answers(Vec<Texts>),
}

impl Factor {
    fn levels(&self) -> usize {
        match self {
            Self::Folder => FOLDERS.len(),
            Self::Answers(levels) => levels.len(),
        }
    }
}

static FACTORS: LazyLock<Vec<Factor>> = LazyLock::new(|| {
    let bundles = bundles().into_iter().map(|bundle| Factor::Answers(levels(&bundle)));
    [Factor::Folder].into_iter().chain(bundles).collect()
});

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let levels: Vec<_> = FACTORS.iter().map(Factor::levels).collect();
    let rows = pairs::cover(&levels, &|levels| resolve(&given(levels)).is_ok());
    golden().into_iter().chain(rows.iter().enumerate().map(|(index, row)| case(index + 1, row))).collect()
});

/// The questions, those together of which one decides whether the other is asked.
fn bundles() -> Vec<Vec<&'static Question>> {
    let mut bundles: Vec<Vec<&Question>> = Vec::new();
    for question in &SCAFFOLD.definition.questions {
        let when = question.when.as_deref().unwrap_or_default();
        let words: Vec<_> = when.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
        let decides = |other: &&Question| words.contains(&&*other.variable());
        let (mut together, apart): (Vec<_>, _) =
            bundles.into_iter().partition(|bundle| bundle.iter().any(decides));
        together.push(vec![question]);
        bundles = apart;
        bundles.push(together.concat());
    }
    bundles
}

/// Every combination of a bundle's values that makes a difference.
fn levels(bundle: &[&Question]) -> Vec<Texts> {
    let mut levels = vec![Texts::new()];
    for question in bundle {
        let with = |level: &Texts, value: Option<String>| {
            let value = value.map(|text| (question.name.clone(), text));
            level.clone().into_iter().chain(value).collect::<Texts>()
        };
        levels = levels
            .iter()
            .flat_map(|level| values(question).into_iter().map(move |value| with(level, value)))
            .collect();
    }
    if bundle.len() == 1 {
        return levels;
    }
    let mut seen = BTreeSet::new();
    let effect = |level: &Texts| {
        let answers = texts(&resolve(&over_base(level.clone())).ok()?);
        Some(bundle.iter().map(|question| answers[&question.name].clone()).collect::<Vec<_>>())
    };
    levels.retain(|level| effect(level).is_some_and(|answers| seen.insert(answers)));
    levels
}

/// The texts to answer a question with; none stands for leaving it out, where that is allowed.
fn values(question: &Question) -> Vec<Option<String>> {
    let listed = VALUES.iter().find(|(name, _)| *name == question.name).map_or(&[][..], |(_, texts)| texts);
    let choices = question.kind.limits().choices.iter().cloned();
    let may_be_left_out = question.default.is_some() || question.optional || question.when.is_some();
    let nothing = may_be_left_out.then_some(None);
    nothing.into_iter().chain(choices.chain(listed.iter().map(ToString::to_string)).map(Some)).collect()
}

/// The answers of those levels; a factor that is not among them gets answers that go with all others.
fn given(levels: &[Level]) -> Texts {
    let answers = FACTORS.iter().enumerate().filter_map(|(index, factor)| match factor {
        Factor::Folder => None,
        Factor::Answers(answers) => match levels.iter().find(|(factor, _)| *factor == index) {
            Some((_, level)) => Some(&answers[*level]),
            None => answers.iter().max_by_key(|answers| answers.len()),
        },
    });
    answers.flatten().map(|(question, text)| (question.clone(), text.clone())).collect()
}

/// The answers, over some to the questions that must be answered.
fn over_base(answers: Texts) -> Texts {
    let required = ["app", "source-repo", "image"].map(|name| {
        let question = SCAFFOLD.definition.question(name).unwrap();
        (name.to_owned(), question.example().to_owned())
    });
    required.into_iter().chain(answers).collect()
}

fn case(number: usize, row: &Row) -> Case {
    let levels: Vec<Level> = row.iter().copied().enumerate().collect();
    let prefix = FACTORS.iter().zip(row).find(|(factor, _)| matches!(factor, Factor::Folder));
    let prefix = prefix.map(|(_, level)| FOLDERS[*level]).unwrap_or_default();
    Case { name: format!("pairs-{number:03}"), prefix: prefix.to_owned(), given: given(&levels) }
}

/// The golden repositories' answers.
#[expect(clippy::disallowed_methods, reason = "they are files")]
fn golden() -> Vec<Case> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let cases = folders.map(|folder| {
        let text = fs::read_to_string(folder.join("repository").join(answers_file::PATH)).unwrap();
        let recorded = Recorded::read(&text).unwrap();
        let prefix = match recorded.directory.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        Case {
            name: format!("golden-{}", folder.file_name().unwrap().to_str().unwrap()),
            prefix,
            given: answers_file::parse(&text).unwrap(),
        }
    });
    let mut cases: Vec<_> = cases.collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
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
            if !meet {
                apart.push(format!("{one:?} and {other:?}"));
            }
        }
    }
    assert!(apart.is_empty(), "{} pairs never meet:\n{}", apart.len(), apart.join("\n"));
}

#[test]
fn the_matrix_is_large_and_sound() {
    assert!(CASES.len() >= 100, "{} repositories", CASES.len());
    for case in CASES.iter() {
        let (answers, tree) = case.render();
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
        let (answers, tree) = case.render();
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
