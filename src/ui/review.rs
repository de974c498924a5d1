//! The end of the interview: all answers and the resulting files, and a chance to change any answer.

use super::file_tree;
use super::interview::Interview;
use super::prompt::Reply;
use super::style::{bold, dim, red};
use crate::error::{Error, Result};
use crate::scaffold::definition::Question;
use crate::values::value::{Answers, Provenance};

/// A file that would be written.
pub(crate) struct Preview {
    /// Relative to the target directory.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Preview {
    pub(crate) fn new(path: String, content: &[u8]) -> Self {
        Self { path, text: String::from_utf8_lossy(content).into_owned() }
    }
}

/// What is reviewed.
pub(crate) struct Subject<'a> {
    pub(crate) dir: &'a str,
    /// What agreeing does, such as "Write and commit".
    pub(crate) action: &'a str,
    pub(crate) render: &'a dyn Fn(&Answers) -> Result<Vec<Preview>>,
    /// A note about complete answers, which may be empty.
    pub(crate) note: &'a dyn Fn(&Answers) -> Result<String>,
}

impl Interview<'_> {
    /// Shows everything until the user agrees; gives the answers agreed on.
    pub(crate) fn review(&mut self, subject: &Subject<'_>) -> Result<Answers> {
        let mut show = true;
        loop {
            let answers = self.answers()?;
            let faults = self.open_faults(&answers)?;
            let files = if faults.is_empty() { (subject.render)(&answers)? } else { Vec::new() };
            if show {
                self.show(subject, &answers, &files)?;
                if faults.is_empty() {
                    self.note(subject, &answers)?;
                }
            }
            let mut actions: Vec<(String, Action)> = Vec::new();
            if faults.is_empty() {
                actions.push((format!("{} ({} files)", subject.action, files.len()), Action::Write));
            }
            for fault in &faults {
                self.ui.message(&format!("  {} {}: {}", red("✗"), fault.0, fault.1));
            }
            actions.push(("Change an answer".to_owned(), Action::Change));
            if faults.is_empty() {
                actions.push(("Look at a file".to_owned(), Action::Look));
            }
            actions.push(("Leave without writing anything".to_owned(), Action::Leave));
            let labels: Vec<String> = actions.iter().map(|(label, _)| label.clone()).collect();
            let chosen = self.ui.choose("What now?", &labels)?.map(|index| actions[index].1);
            show = false;
            match chosen {
                None => {}
                Some(Action::Write) => return Ok(answers),
                Some(Action::Leave) => return Err(Error::cancelled()),
                Some(Action::Look) => self.look(&files)?,
                Some(Action::Change) => show = self.change(&answers)?,
            }
        }
    }

    /// Why the answers cannot be used yet, as question and reason.
    fn open_faults(&self, answers: &Answers) -> Result<Vec<(String, String)>> {
        let mut faults = Vec::new();
        for question in self.questions {
            if answers.get(&question.name).is_none() && self.resolver.applies(question, answers)? {
                faults.push((question.name.clone(), "not answered".to_owned()));
            }
        }
        faults.extend(self.faults()?.into_iter().map(|fault| (fault.question, fault.reason)));
        Ok(faults)
    }

    fn show(&self, subject: &Subject<'_>, answers: &Answers, files: &[Preview]) -> Result<()> {
        self.ui.message("");
        self.ui.message(&bold("Files"));
        let drawn = file_tree::draw(subject.dir, files.iter().map(|file| file.path.as_str()));
        for line in drawn.lines() {
            self.ui.message(&format!("  {line}"));
        }
        self.ui.message("");
        self.ui.message(&bold("Answers"));
        for (question, line) in self.lines(answers)? {
            let from = match answers.get(&question.name).map(|answer| answer.from) {
                Some(Provenance::Default) => "(default)",
                Some(Provenance::Detected) => "(detected)",
                _ => "",
            };
            self.ui.message(&format!("  {line} {}", dim(from)));
        }
        self.ui.message("");
        Ok(())
    }

    fn note(&self, subject: &Subject<'_>, answers: &Answers) -> Result<()> {
        let note = (subject.note)(answers)?;
        if !note.is_empty() {
            self.ui.messages(&note);
        }
        Ok(())
    }

    /// Returns the questions that apply, each with its aligned line `name  answer`.
    fn lines(&self, answers: &Answers) -> Result<Vec<(&Question, String)>> {
        let width = self.questions.iter().map(|question| question.name.len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for question in self.questions {
            if !self.resolver.applies(question, answers)? {
                continue;
            }
            let text = match answers.get(&question.name).map(|answer| answer.value.to_text()) {
                None => "not answered".to_owned(),
                Some(text) if text.is_empty() => dim("none"),
                Some(text) => text.replace('\n', "\\n"),
            };
            lines.push((question, format!("{:width$}  {text}", question.name)));
        }
        Ok(lines)
    }

    /// Lets the user change one answer. True when the review must be shown again.
    fn change(&mut self, answers: &Answers) -> Result<bool> {
        let lines = self.lines(answers)?;
        let mut names: Vec<String> = lines.iter().map(|(question, _)| question.name.clone()).collect();
        let mut labels: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
        names.push(String::new());
        labels.push("Back".to_owned());
        let Some(index) = self.ui.choose("Which one?", &labels)? else { return Ok(false) };
        let Some(question) = self.questions.iter().find(|question| question.name == names[index]) else {
            return Ok(false);
        };
        self.ask(question)
    }

    fn look(&self, files: &[Preview]) -> Result<()> {
        let labels: Vec<String> =
            files.iter().map(|file| file.path.clone()).chain(["Back".to_owned()]).collect();
        if let Some(file) = self.ui.choose("Which one?", &labels)?.and_then(|index| files.get(index)) {
            self.ui.message(&bold(&file.path));
            self.ui.explain(&file.text);
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Action {
    Write,
    Change,
    Look,
    Leave,
}

impl super::Ui {
    /// Asks for the directory, where none was given.
    pub(crate) fn ask_directory(&self, suggestion: Option<&str>) -> Result<String> {
        let prompt = "Directory to write to";
        let help = "Where the manifest repository goes: a new directory, an empty one, a Git repository, or a \
                    folder in one.\nExample: shop-gitops";
        loop {
            let dir = match (self.ask(prompt, suggestion, help)?, suggestion) {
                (Reply::Typed(text), _) => text,
                (Reply::Accepted, Some(text)) => text.to_owned(),
                (Reply::Accepted, None) => {
                    self.explain("This needs an answer, for example: shop-gitops");
                    continue;
                }
                (Reply::Back, _) => {
                    self.explain("This is the first question.");
                    continue;
                }
            };
            self.settled(prompt, &dir);
            return Ok(dir);
        }
    }
}
