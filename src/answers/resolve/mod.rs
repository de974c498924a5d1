//! Resolves every question to one answer, from given texts, detected texts and defaults. Pure: prompting, detecting and
//! reading files happen before.

mod check;
mod recorded;

use std::collections::BTreeMap;

use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Question;
use crate::scaffold::render::expressions::Expression;
use crate::scaffold::render::scope::AnswerScope;
use crate::suggest;
use crate::values::Invalid;
use crate::values::value::{Answer, Answers, Provenance, Value};

pub use recorded::{ChangedDefault, Defaults};

/// A text that somebody gave as an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub from: Provenance,
}

/// One reason why the answers are not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAnswer {
    /// The question to change.
    pub question: String,
    /// The given text, if any.
    pub given: Option<String>,
    /// What is wrong; lower case start, values in backticks, no full stop.
    pub reason: String,
    /// A valid answer; empty if none is known.
    pub example: String,
}

/// What to do with questions that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Take the default.
    TakeDefaults,
    /// Take the default, except for essential questions, which must be given or detected.
    EssentialsMustBeGiven,
}

/// Resolves the questions of one scaffold.
pub struct Resolver<'a> {
    scaffold: &'a Scaffold,
}

enum Outcome {
    Answered(Value, Provenance),
    Invalid(InvalidAnswer),
    /// The question depends on another one whose answer is missing or invalid.
    Open,
}

impl<'a> Resolver<'a> {
    /// A resolver for the questions of `scaffold`.
    pub fn new(scaffold: &'a Scaffold) -> Self {
        Self { scaffold }
    }

    /// Whether to ask a question; not while its condition depends on an unanswered one.
    ///
    /// # Errors
    /// A condition that cannot be evaluated.
    pub(crate) fn applies(&self, question: &Question, answered: &Answers) -> Result<bool> {
        Ok(self.applies_in(question, &self.scope(answered)?)?.unwrap_or(false))
    }

    /// A question's default, unless it is empty or depends on an unanswered question.
    ///
    /// # Errors
    /// A default that cannot be evaluated.
    pub(crate) fn default_for(&self, question: &Question, answered: &Answers) -> Result<Option<String>> {
        self.default_in(question, &self.scope(answered)?)
    }

    /// Returns the text of an expression; `None` if it depends on an unanswered question.
    pub(super) fn evaluate(&self, expression: Expression, answered: &Answers) -> Result<Option<String>> {
        known_text(expression, &self.scope(answered)?)
    }

    /// Checks answers that are valid one by one against each other: derived names must be valid, and some names must
    /// differ.
    ///
    /// # Errors
    /// A derived name that cannot be evaluated.
    pub(crate) fn check(&self, answered: &Answers) -> Result<Vec<InvalidAnswer>> {
        Ok(check::problems(self.scaffold, &self.scope(answered)?, answered))
    }

    /// Answers every question with the given text, else the detected one, else the default. Invalid detected texts are
    /// ignored. Consequences of other problems are not reported.
    ///
    /// # Errors
    /// The outer error is the scaffold's: an expression that cannot be evaluated. The inner one is the list of
    /// everything wrong with the answers.
    pub fn resolve(
        &self,
        given: &BTreeMap<String, Given>,
        detected: &BTreeMap<&'static str, String>,
        policy: Policy,
    ) -> Result<Result<Answers, Vec<InvalidAnswer>>> {
        let (answers, problems) = self.outcome(given, detected, policy)?;
        Ok(if problems.is_empty() { Ok(answers) } else { Err(problems) })
    }

    /// The answers known so far, without those that cannot be answered yet and without checking them against each
    /// other, which [`Resolver::check`] does.
    ///
    /// # Errors
    /// An expression of the scaffold that cannot be evaluated.
    pub(crate) fn settle(
        &self,
        given: &BTreeMap<String, Given>,
        detected: &BTreeMap<&'static str, String>,
    ) -> Result<Answers> {
        Ok(self.outcome(given, detected, Policy::TakeDefaults)?.0)
    }

    /// The given texts that are not valid, whatever is still unanswered.
    ///
    /// # Errors
    /// An expression of the scaffold that cannot be evaluated.
    pub(crate) fn invalid_among(&self, given: &BTreeMap<String, Given>) -> Result<Vec<InvalidAnswer>> {
        let (_, mut problems) = self.outcome(given, &BTreeMap::new(), Policy::TakeDefaults)?;
        problems.retain(|problem| given.contains_key(&problem.question));
        Ok(problems)
    }

    fn outcome(
        &self,
        given: &BTreeMap<String, Given>,
        detected: &BTreeMap<&'static str, String>,
        policy: Policy,
    ) -> Result<(Answers, Vec<InvalidAnswer>)> {
        let mut problems = self.unknown(given);
        let mut answers = Answers::default();
        let mut scope = AnswerScope::new(self.scaffold);
        for question in &self.scaffold.definition.questions {
            let detected = question.detect.as_deref().and_then(|detector| detected.get(detector));
            let outcome = self.answer(
                question,
                given.get(&question.name),
                detected.map(String::as_str),
                policy,
                &scope,
            )?;
            match outcome {
                Outcome::Answered(value, from) => {
                    scope.add(&question.name, &value)?;
                    answers.insert(Answer { question: question.name.clone(), value, from });
                }
                Outcome::Invalid(problem) => problems.push(problem),
                Outcome::Open => {}
            }
        }
        problems.extend(check::problems(self.scaffold, &scope, &answers));
        Ok((answers, problems))
    }

    fn answer(
        &self,
        question: &Question,
        given: Option<&Given>,
        detected: Option<&str>,
        policy: Policy,
        scope: &AnswerScope<'_>,
    ) -> Result<Outcome> {
        let applies = self.applies_in(question, scope)?;
        if applies == Some(false) {
            return Ok(self.not_asked(question, given));
        }
        if let Some(given) = given {
            return Ok(match question.parse(&given.text) {
                Ok(_) if applies.is_none() => Outcome::Open,
                Ok(value) => Outcome::Answered(value, given.from),
                Err(invalid) => Outcome::Invalid(problem(question, Some(&given.text), invalid)),
            });
        }
        if applies.is_none() {
            return Ok(Outcome::Open);
        }
        if let Some(value) = detected.and_then(|text| question.parse(text).ok()) {
            return Ok(Outcome::Answered(value, Provenance::Detected));
        }
        if policy == Policy::EssentialsMustBeGiven && question.essential {
            return Ok(Outcome::Invalid(not_answered(question)));
        }
        self.take_default(question, scope)
    }

    /// Gives a question that does not apply an empty answer. A flag for it is an error, because it would be
    /// lost silently; a leftover answer in a file is not an error.
    fn not_asked(&self, question: &Question, given: Option<&Given>) -> Outcome {
        match given {
            Some(Given { text, from: Provenance::Flag }) if !text.trim().is_empty() => {
                let needed = self.scaffold.needs(Expression::When(self.index(question)));
                let needed: Vec<_> = needed.iter().map(|name| format!("`{name}`")).collect();
                let reason =
                    format!("`{text}` has no effect with the current answer to {}", needed.join(" or "));
                Outcome::Invalid(problem(question, Some(text), Invalid { reason, example: String::new() }))
            }
            _ => Outcome::Answered(Value::Text(String::new()), Provenance::Default),
        }
    }

    fn take_default(&self, question: &Question, scope: &AnswerScope<'_>) -> Result<Outcome> {
        let expression = Expression::Default(self.index(question));
        if scope.has(expression) && !scope.knows(expression) {
            return Ok(Outcome::Open);
        }
        Ok(match self.default_in(question, scope)? {
            Some(text) => match question.parse(&text) {
                Ok(value) => Outcome::Answered(value, Provenance::Default),
                Err(mut invalid) => {
                    invalid.reason = format!("the default is not valid here: {}", invalid.reason);
                    Outcome::Invalid(problem(question, None, invalid))
                }
            },
            None if question.optional => Outcome::Answered(Value::Text(String::new()), Provenance::Default),
            None => Outcome::Invalid(not_answered(question)),
        })
    }

    /// Whether the question is asked; `None` while that depends on an unanswered one.
    fn applies_in(&self, question: &Question, scope: &AnswerScope<'_>) -> Result<Option<bool>> {
        let condition = Expression::When(self.index(question));
        if scope.has(condition) && !scope.knows(condition) {
            return Ok(None);
        }
        scope.holds(condition).map(Some)
    }

    fn default_in(&self, question: &Question, scope: &AnswerScope<'_>) -> Result<Option<String>> {
        let text = known_text(Expression::Default(self.index(question)), scope)?;
        Ok(text.filter(|text| !text.trim().is_empty()))
    }

    fn index(&self, question: &Question) -> usize {
        let mut questions = self.scaffold.definition.questions.iter();
        questions.position(|other| other.name == question.name).unwrap_or(usize::MAX)
    }

    fn scope(&self, answered: &Answers) -> Result<AnswerScope<'a>> {
        let mut scope = AnswerScope::new(self.scaffold);
        for answer in answered {
            scope.add(&answer.question, &answer.value)?;
        }
        Ok(scope)
    }

    fn unknown(&self, given: &BTreeMap<String, Given>) -> Vec<InvalidAnswer> {
        let definition = &self.scaffold.definition;
        given
            .iter()
            .filter(|(name, _)| definition.question(name).is_none())
            .map(|(name, given)| {
                let hint =
                    suggest::hint(name, definition.questions.iter().map(|question| question.name.as_str()));
                let reason = format!("scaffold `{}` has no question `{name}`{hint}", definition.name);
                let given = Some(given.text.clone());
                InvalidAnswer { question: name.clone(), given, reason, example: String::new() }
            })
            .collect()
    }
}

fn known_text(expression: Expression, scope: &AnswerScope<'_>) -> Result<Option<String>> {
    if scope.knows(expression) { scope.text(expression).map(Some) } else { Ok(None) }
}

fn not_answered(question: &Question) -> InvalidAnswer {
    let invalid = Invalid { reason: "not answered".to_owned(), example: question.example().to_owned() };
    problem(question, None, invalid)
}

fn problem(question: &Question, given: Option<&str>, invalid: Invalid) -> InvalidAnswer {
    InvalidAnswer {
        question: question.name.clone(),
        given: given.map(str::to_owned),
        reason: invalid.reason,
        example: invalid.example,
    }
}

#[cfg(test)]
mod tests;
