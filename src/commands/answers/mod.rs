//! Answers on a command line: a question's flag, else `--set`, else the file of `--answers`; and how messages spell
//! them, so that a line can be copied.

pub(crate) mod flags;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::answers::resolve::{Given, InvalidAnswer, Policy};
use crate::error::{Context, Error, ErrorKind, Problem, Result};
use crate::fs;
use crate::project::answers_file;
use crate::scaffold::{Scaffold, catalog, source};
use crate::shell;
use crate::ui::interview::Interview;
use crate::values::offered_user;
use crate::values::value::{Answer, Answers, Provenance};

use flags::QuestionFlags;

/// What `new`, `adopt` and `upgrade` take beside the flags of the questions.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// Answer any question; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    sets: Vec<String>,
    /// Read answers from a YAML file, as printed by `new --print-answers`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

impl AnswerArgs {
    /// Question -> text, of the file, of `--set` and of `flags`; the later wins.
    ///
    /// # Errors
    /// Wrong usage where a question has two answers, or the file is to come from a terminal; a file that cannot be read, or
    /// is not an answers file.
    pub(crate) fn collect(&self, flags: &QuestionFlags) -> Result<BTreeMap<String, Given>> {
        let file = self.answers.as_deref().map(answers_in).transpose()?.unwrap_or_default();
        let mut problems = Vec::new();
        let mut set = BTreeMap::new();
        for pair in &self.sets {
            let Some((name, text)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
                let message = format!("`--set {pair}` has no name or no value");
                problems.push(Problem::new(message, "for example: --set port=8080"));
                continue;
            };
            if set.insert(name.to_owned(), text.to_owned()).is_some() {
                problems.push(Problem::new(format!("duplicate --set for `{name}`"), "give it once"));
            } else if flags.given.contains_key(name) {
                let message = format!("`{name}` is answered by --{name} and by --set");
                problems.push(Problem::new(message, "give it once"));
            }
        }
        if !problems.is_empty() {
            let error = Error::new(ErrorKind::Usage, "invalid answers on the command line");
            return Err(error.problems(problems));
        }
        let file = file.into_iter().map(|(name, text)| (name, Given { text, from: Provenance::File }));
        let line = set.into_iter().chain(flags.given.clone());
        let line = line.map(|(name, text)| (name, Given { text, from: Provenance::Flag }));
        Ok(file.chain(line).collect())
    }

    /// The answers file, unless it cannot be read again.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.answers.as_deref().filter(|file| *file != Path::new(STANDARD_INPUT))
    }

    /// Returns how answers are written on this command line; `fit` means that `flags` belong to the scaffold
    /// in use.
    pub(crate) fn spelling<'a>(&'a self, flags: &'a QuestionFlags, fit: bool) -> Spelling<'a> {
        Spelling { flags: fit.then_some(&flags.names), file: self.answers.as_deref() }
    }
}

/// The name of the standard input, as for `git` and most others.
const STANDARD_INPUT: &str = "-";

/// Returns the name of an answers file for messages.
fn shown(path: &Path) -> String {
    if path == Path::new(STANDARD_INPUT) {
        "the standard input".to_owned()
    } else {
        format!("`{}`", path.display())
    }
}

fn answers_in(path: &Path) -> Result<BTreeMap<String, String>> {
    let shown = shown(path);
    let unreadable = || format!("cannot read the answers in {shown}");
    let text = if path == Path::new(STANDARD_INPUT) {
        if io::stdin().is_terminal() {
            // Somebody who waits for questions would see nothing.
            return Err(Error::new(
                ErrorKind::Usage,
                "`--answers -` reads the standard input, which is a terminal",
            )
            .hint("let it come from a file or a program: treenail ... --answers - < answers.yaml"));
        }
        fs::read_standard_input(fs::limit::ANSWERS)
    } else {
        fs::read_named(path, fs::limit::ANSWERS)
    };
    let text = text.context(unreadable)?;
    let text = String::from_utf8(text).context(unreadable)?;
    answers_file::parse(&text).map_err(|wrong| {
        Error::new(ErrorKind::Answers, format!("{shown} is not an answers file"))
            .problems(wrong.into_iter().map(|message| Problem::new(message, "")))
            .hint("`treenail new DIR --defaults --print-answers` prints a valid one")
    })
}

/// Returns a note for each answer that is recorded without the user name of the URL that was given.
pub(crate) fn left_out(given: &BTreeMap<String, Given>, answers: &Answers) -> Vec<String> {
    let note = |answer: &Answer| {
        let given = &given.get(&answer.question)?.text;
        let user = offered_user(given)?;
        let is_left_out = !answer.value.to_text().contains('@');
        is_left_out.then(|| {
            format!(
                "`{}` is recorded without `{user}@`: whoever clones it logs in with their own name",
                answer.question
            )
        })
    };
    answers.iter().filter_map(note).collect()
}

/// The documented shape: see `docs/files.md`.
pub(crate) fn json(answers: &Answers) -> Map<String, Value> {
    let entry = |answer: &Answer| json!({ "value": answer.value.to_text(), "from": answer.from });
    answers.iter().map(|answer| (answer.question.clone(), entry(answer))).collect()
}

/// What `new` and `adopt` take for an interview, or instead of one.
#[derive(Debug, Args)]
pub(crate) struct InterviewArgs {
    /// Accept the default of every question that has one; ask only the rest
    #[arg(long)]
    pub(crate) defaults: bool,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
    /// Scaffold of the files: the name of a built-in one, or a folder
    #[arg(long, value_name = "NAME|DIR", default_value = catalog::DEFAULT)]
    pub(crate) scaffold: String,
}

impl InterviewArgs {
    /// Whether the scaffold is the one whose questions have flags.
    pub(crate) fn has_question_flags(&self) -> bool {
        self.scaffold == catalog::DEFAULT
    }

    /// The scaffold that is meant, which may be the `default` one.
    pub(crate) fn scaffold(&self, default: Scaffold) -> Result<Scaffold> {
        if self.has_question_flags() { Ok(default) } else { source::load(&self.scaffold) }
    }

    pub(crate) fn spelling<'a>(&'a self, flags: &'a QuestionFlags) -> Spelling<'a> {
        self.answers.spelling(flags, self.has_question_flags())
    }
}

/// How answers are written on a command line: flags for the questions of the built-in scaffold, `--set` for
/// those of any other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling<'a> {
    flags: Option<&'a BTreeSet<String>>,
    file: Option<&'a Path>,
}

impl Spelling<'_> {
    /// Returns the argument that answers `question` with `text`.
    pub(crate) fn answer(&self, question: &str, text: &str) -> String {
        if !self.has_flag(question) {
            return format!("--set {}", shell::word(&format!("{question}={text}")));
        }
        // A value with a dash in front would pass for a flag.
        let separator = if text.starts_with('-') { "=" } else { " " };
        format!("--{question}{separator}{}", shell::word(text))
    }

    /// Answers without asking; `defaults` says whether those of essential questions will do.
    pub(crate) fn resolve(&self, interview: &Interview<'_>, defaults: bool) -> Result<Answers> {
        let policy = if defaults { Policy::TakeDefaults } else { Policy::EssentialsMustBeGiven };
        let resolved = interview.resolver.resolve(&interview.given, &interview.detected, policy)?;
        resolved.map_err(|faults| {
            let error = self.error(&faults, &interview.given);
            if defaults {
                return error;
            }
            error.hint("--defaults takes the default of every question that has one")
        })
    }

    /// What was given is not asked again, so it must be right from the start.
    pub(crate) fn refuse_invalid(&self, interview: &Interview<'_>) -> Result<()> {
        let faults = interview.resolver.invalid_among(&interview.given)?;
        if faults.is_empty() { Ok(()) } else { Err(self.error(&faults, &interview.given)) }
    }

    /// Returns the error for `faults`; `given` has the answers from the command line and the file.
    pub(crate) fn error(&self, faults: &[InvalidAnswer], given: &BTreeMap<String, Given>) -> Error {
        let problems = faults.iter().map(|fault| self.problem(fault, given.get(&fault.question)));
        Error::new(ErrorKind::Answers, "answers are missing or invalid; nothing was written")
            .problems(problems)
    }

    fn problem(&self, fault: &InvalidAnswer, given: Option<&Given>) -> Problem {
        let question = &fault.question;
        let file = self.file.filter(|_| given.is_some_and(|given| given.from == Provenance::File));
        let subject = match file {
            Some(file) => format!("`{question}` in {}", shown(file)),
            None if self.has_flag(question) => format!("--{question}"),
            None => format!("`{question}`"),
        };
        let fix = match (fault.example.as_str(), file) {
            ("", _) => String::new(),
            (example, Some(_)) => format!("for example: {question}: {example}"),
            (example, None) => format!("for example: {}", self.answer(question, example)),
        };
        Problem::new(format!("{subject}: {}", fault.reason), fix)
    }

    fn has_flag(&self, question: &str) -> bool {
        self.flags.is_some_and(|flags| flags.contains(question))
    }
}
