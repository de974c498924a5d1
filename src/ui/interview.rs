//! The interview: the essential questions first, the others if wanted, one step back at any time, and every
//! answer checked when it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Ui;
use super::prompt::Reply;
use super::style::{dim, red};
use crate::answers::resolve::{Given, InvalidAnswer, Resolver};
use crate::error::Result;
use crate::scaffold::definition::Question;
use crate::values::value::{Answers, Provenance};

pub(crate) struct Interview<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) resolver: &'a Resolver<'a>,
    /// In the scaffold's order.
    pub(crate) questions: &'a [Question],
    /// Answers from flags, files and prompts; they take precedence over `detected`.
    pub(crate) given: BTreeMap<String, Given>,
    pub(crate) detected: BTreeMap<&'static str, String>,
}

enum Step<'a> {
    Question(&'a Question),
    /// Asked only if it is essential or has no default.
    Open(&'a Question),
    Customise(usize),
}

enum Next {
    Forward,
    Back,
    Skip,
}

impl Interview<'_> {
    /// Asks what is open: the essential questions that were not given, and the others if the user wants.
    pub(crate) fn conduct(&mut self) -> Result<()> {
        self.introduce();
        let (essential, others): (Vec<_>, Vec<_>) = self
            .questions
            .iter()
            .filter(|question| !self.given.contains_key(&question.name))
            .partition(|question| question.essential);
        let mut steps: Vec<Step<'_>> = essential.into_iter().map(Step::Question).collect();
        if !others.is_empty() {
            steps.push(Step::Customise(others.len()));
            steps.extend(others.into_iter().map(Step::Question));
        }
        self.walk(&steps)
    }

    /// Asks only for what has neither been given nor a default.
    pub(crate) fn ask_missing(&mut self) -> Result<()> {
        for question in self.questions {
            let answered = self.answers()?;
            if answered.get(&question.name).is_none() && self.resolver.applies(question, &answered)? {
                self.ask(question)?;
            }
        }
        Ok(())
    }

    /// Asks, of the questions in `open`, the essential ones and those without a default.
    pub(crate) fn ask_open(&mut self, open: &BTreeSet<String>) -> Result<()> {
        let questions: Vec<_> =
            self.questions.iter().filter(|question| open.contains(&question.name)).collect();
        let mut is_any_wanted = false;
        for question in &questions {
            is_any_wanted = is_any_wanted || self.is_wanted(question)?;
        }
        // Without an answer no other question becomes wanted.
        if !is_any_wanted {
            return Ok(());
        }
        self.introduce();
        let steps: Vec<_> = questions.into_iter().map(Step::Open).collect();
        self.walk(&steps)
    }

    fn is_wanted(&self, question: &Question) -> Result<bool> {
        let answered = self.answers()?;
        let is_open = question.essential
            || self.given.contains_key(&question.name)
            || answered.get(&question.name).is_none();
        Ok(is_open && self.resolver.applies(question, &answered)?)
    }

    fn introduce(&self) {
        self.ui.explain("Enter accepts the suggestion, ? explains, < goes back.");
        self.ui.explain("Nothing is written before the end; Ctrl-C leaves.");
    }

    fn walk(&mut self, steps: &[Step<'_>]) -> Result<()> {
        let mut taken: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            let next = match step {
                Step::Question(question) => self.step(question)?,
                Step::Open(question) if self.is_wanted(question)? => self.step(question)?,
                Step::Open(_) => Next::Skip,
                Step::Customise(count) => match self.customise(*count)? {
                    Some(true) => Next::Forward,
                    Some(false) => return Ok(()),
                    None => Next::Back,
                },
            };
            match next {
                Next::Forward => {
                    taken.push(at);
                    at += 1;
                }
                Next::Skip => at += 1,
                Next::Back => match taken.pop() {
                    Some(before) => at = before,
                    None => self.ui.explain("This is the first question."),
                },
            }
        }
        Ok(())
    }

    fn step(&mut self, question: &Question) -> Result<Next> {
        if !self.resolver.applies(question, &self.answers()?)? {
            return Ok(Next::Skip);
        }
        Ok(if self.ask(question)? { Next::Forward } else { Next::Back })
    }

    /// Asks one question until its answer is good. False when the user wants to go back.
    pub(crate) fn ask(&mut self, question: &Question) -> Result<bool> {
        let known = self.faults()?;
        loop {
            let suggestion = self.suggestion(question)?;
            let before = self.given.get(&question.name).cloned();
            match self.ui.ask(&question.prompt, suggestion.as_deref(), &help(question))? {
                Reply::Back => return Ok(false),
                Reply::Accepted if suggestion.is_none() && !question.optional => {
                    self.complain("this needs an answer", question.example());
                    continue;
                }
                Reply::Accepted => {}
                Reply::Typed(text) => match question.parse(without_dash(&text)) {
                    Err(invalid) => {
                        self.complain(&invalid.reason, &invalid.example);
                        continue;
                    }
                    Ok(value) => {
                        let given = Given { text: value.to_text(), from: Provenance::Asked };
                        self.given.insert(question.name.clone(), given);
                    }
                },
            }
            // A problem that is new since this answer was caused by it.
            let faults = self.faults()?;
            let Some(fault) = faults.iter().find(|fault| !known.contains(fault)) else {
                self.ui.settled(&question.prompt, &self.suggestion(question)?.unwrap_or_default());
                return Ok(true);
            };
            self.complain(&fault.reason, &fault.example);
            match before {
                Some(before) => self.given.insert(question.name.clone(), before),
                None => self.given.remove(&question.name),
            };
        }
    }

    /// The answers as they stand; open questions are missing from them.
    pub(crate) fn answers(&self) -> Result<Answers> {
        self.resolver.settle(&self.given, &self.detected)
    }

    /// The invalid answers so far, taken together.
    pub(crate) fn faults(&self) -> Result<Vec<InvalidAnswer>> {
        self.resolver.check(&self.answers()?)
    }

    fn suggestion(&self, question: &Question) -> Result<Option<String>> {
        Ok(self.answers()?.get(&question.name).map(|answer| answer.value.to_text()))
    }

    fn customise(&self, count: usize) -> Result<Option<bool>> {
        let help = "The other questions are about the namespaces, the probes, the tests, the sizes and the images \
                    of the pipeline. All of them have defaults, and the review lets you change any of them.";
        let prompt = format!("Customise everything else, {count} more questions?");
        loop {
            let wanted = match self.ui.ask(&prompt, Some("no"), help)? {
                Reply::Back => return Ok(None),
                Reply::Accepted => Some(false),
                Reply::Typed(text) => match text.to_lowercase().as_str() {
                    "y" | "yes" => Some(true),
                    "n" | "no" => Some(false),
                    _ => None,
                },
            };
            match wanted {
                Some(wanted) => {
                    self.ui.settled(&prompt, if wanted { "yes" } else { "no" });
                    return Ok(Some(wanted));
                }
                None => self.ui.explain("Answer yes or no."),
            }
        }
    }

    fn complain(&self, reason: &str, example: &str) {
        self.ui.message(&format!("  {} {reason}", red("✗")));
        if !example.is_empty() {
            self.ui.message(&dim(&format!("    for example: {example}")));
        }
    }
}

/// `-` clears an optional answer whose suggestion Enter would accept.
fn without_dash(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

fn help(question: &Question) -> String {
    let mut help = question.help.trim_end().to_owned();
    let _ = write!(help, "\nExample: {}", question.example());
    if question.optional {
        help.push_str("\nEnter a dash for none.");
    }
    help
}
