//! How answers look on a command line: flags for the questions of the built-in scaffold, `--set` for those of any
//! other, words quoted for a shell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::answers::resolve::{Fault, Given};
use crate::cli::Flags;
use crate::error::{Error, Kind, Problem};
use crate::shell;
use crate::values::value::Provenance;

/// The words of one command line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Words<'a> {
    /// The questions that have a flag.
    flags: Option<&'a BTreeSet<String>>,
    /// The file that `--answers` names.
    file: Option<&'a Path>,
}

impl<'a> Words<'a> {
    /// Those of a command with `flags`, which are for the questions of the scaffold in use where `fit` says so, and
    /// with the answers in `file`.
    pub(crate) fn new(flags: &'a Flags, fit: bool, file: Option<&'a Path>) -> Self {
        Self { flags: fit.then_some(&flags.names), file }
    }

    /// What gives `text` as the answer to `question`.
    pub(crate) fn answer(&self, question: &str, text: &str) -> String {
        if !self.has_flag(question) {
            return format!("--set {}", shell::word(&format!("{question}={text}")));
        }
        // A value with a dash in front would pass for a flag.
        let separator = if text.starts_with('-') { "=" } else { " " };
        format!("--{question}{separator}{}", shell::word(text))
    }

    /// The error for `faults` of answers, of which those on the command line and in the file are `given`.
    pub(crate) fn refusal(&self, faults: &[Fault], given: &BTreeMap<String, Given>) -> Error {
        let problems = faults.iter().map(|fault| self.problem(fault, given.get(&fault.question)));
        Error::new(Kind::Answers, "answers are missing or invalid; nothing was written").problems(problems)
    }

    /// What is wrong with an answer, where it was given, and what mends it.
    fn problem(&self, fault: &Fault, given: Option<&Given>) -> Problem {
        let question = &fault.question;
        let file = self.file.filter(|_| given.is_some_and(|given| given.from == Provenance::File));
        let place = match file {
            Some(file) => format!("`{question}` in `{}`", file.display()),
            None if self.has_flag(question) => format!("--{question}"),
            None => format!("`{question}`"),
        };
        let mend = match (fault.example.as_str(), file) {
            ("", _) => String::new(),
            (example, Some(_)) => format!("for example: {question}: {example}"),
            (example, None) => format!("for example: {}", self.answer(question, example)),
        };
        Problem::new(format!("{place}: {}", fault.reason), mend)
    }

    fn has_flag(&self, question: &str) -> bool {
        self.flags.is_some_and(|flags| flags.contains(question))
    }
}
