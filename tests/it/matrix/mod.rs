//! The matrix of answers: repositories in which every value of every question meets every value of every other, and
//! the golden ones. `tests/it/properties` holds them against the design's invariants, `tests/it/simulation` plays releases
//! with them, and `tests/conformance/run` has them judged by the code of Argo CD, Tekton and Kubernetes.

mod pairs;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use pairs::{Level, Row};
use treenail::answers::resolve::{Given, InvalidAnswer, Policy, Resolver};
use treenail::project::answers_file;
use treenail::project::recorded::Recorded;
use treenail::scaffold::definition::Question;
use treenail::scaffold::render::RenderedFile;
use treenail::scaffold::{Scaffold, catalog};
use treenail::values::value::{Answers, Provenance};
use values::FOLDERS;
pub use values::VALUES;

/// Answers as texts, by question.
pub type Texts = BTreeMap<String, String>;

/// The scaffold `service`.
pub static SCAFFOLD: LazyLock<Scaffold> =
    LazyLock::new(|| catalog::embedded("service").expect("it is built in").expect("it is sound"));

/// One repository: answers, and the folder of the scaffold inside it.
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The folder, with a slash behind it; empty for the whole.
    pub prefix: String,
    /// The answers that are given; all others are defaults.
    pub given: Texts,
}

impl Case {
    /// All answers, and the files that they give, below the folder.
    pub fn render(&self) -> (Answers, Vec<RenderedFile>) {
        let answers = resolve(&self.given).unwrap_or_else(|faults| panic!("{}: {faults:#?}", self.name));
        let files = SCAFFOLD.render(&answers, &self.prefix).expect("it renders").files;
        (answers, files)
    }
}

/// Answers to all questions, of those that are given and of defaults.
///
/// # Errors
/// Where some are not legal.
pub fn resolve(texts: &Texts) -> Result<Answers, Vec<InvalidAnswer>> {
    let given = |(name, text): (&String, &String)| {
        (name.clone(), Given { text: text.clone(), from: Provenance::File })
    };
    let given = texts.iter().map(given).collect();
    Resolver::new(&SCAFFOLD)
        .resolve(&given, &BTreeMap::new(), Policy::TakeDefaults)
        .expect("the scaffold is sound")
}

/// The answers as texts.
pub fn texts(answers: &Answers) -> Texts {
    answers.iter().map(|answer| (answer.question.clone(), answer.value.to_text())).collect()
}

/// What a row of the matrix is made of: the scaffold's folder, a question, or questions of which one is asked only
/// after certain answers to another.
pub enum Factor {
    /// The folder.
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

/// What the rows are made of.
pub static FACTORS: LazyLock<Vec<Factor>> = LazyLock::new(|| {
    let bundles = bundles().into_iter().map(|bundle| Factor::Answers(levels(&bundle)));
    [Factor::Folder].into_iter().chain(bundles).collect()
});

/// The repositories.
pub static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
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
pub fn values(question: &Question) -> Vec<Option<String>> {
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
pub fn over_base(answers: Texts) -> Texts {
    let required = ["app", "source-repo", "image"].map(|name| {
        let question = SCAFFOLD.definition.question(name).expect("it is asked");
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
    let folders = fs::read_dir(home).expect("it is there").flatten().map(|entry| entry.path());
    let cases = folders.filter(|path| path.is_dir()).map(|folder| {
        let text = fs::read_to_string(folder.join("repository").join(answers_file::PATH));
        let text = text.expect("it has answers");
        let recorded = Recorded::read(&text).expect("its answers can be read");
        let prefix = match recorded.directory.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let name = folder.file_name().expect("it has a name").to_string_lossy();
        let given = answers_file::parse(&text).expect("its answers can be read");
        Case { name: format!("golden-{name}"), prefix, given }
    });
    let mut cases: Vec<_> = cases.collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}
