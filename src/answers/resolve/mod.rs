//! From what was given, found and declared to one answer for every question. Pure: whoever asks, looks around
//! or reads files has done so before.

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

/// A text someone gave as an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub from: Provenance,
}

/// Why the answers cannot be taken; one for every problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAnswer {
    /// The question to blame.
    pub question: String,
    /// What was given for it, if anything.
    pub given: Option<String>,
    /// What is wrong; lower case start, values in backticks, no full stop.
    pub reason: String,
    /// A good answer; empty where there is none to show.
    pub example: String,
}

/// What happens to a question nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It takes its default.
    TakeDefaults,
    /// It takes its default, unless it is essential: then it must be given or detected.
    EssentialsMustBeGiven,
}

/// Resolves the questions of one scaffold.
pub struct Resolver<'a> {
    scaffold: &'a Scaffold,
}

/// What came of one question.
enum Outcome {
    Answered(Value, Provenance),
    Invalid(InvalidAnswer),
    /// It hangs on the answer to another question, which has its own fault.
    Open,
}

impl<'a> Resolver<'a> {
    /// For the questions of that scaffold.
    pub fn new(scaffold: &'a Scaffold) -> Self {
        Self { scaffold }
    }

    /// Whether a question is to be asked; not while its condition hangs on something unanswered.
    ///
    /// # Errors
    /// A condition that cannot be evaluated.
    pub(crate) fn applies(&self, question: &Question, answered: &Answers) -> Result<bool> {
        Ok(self.applies_in(question, &self.scope(answered)?)?.unwrap_or(false))
    }

    /// A question's default; none where it has none, where it hangs on something unanswered, or where it
    /// comes out empty.
    ///
    /// # Errors
    /// A default that cannot be evaluated.
    pub(crate) fn default_for(&self, question: &Question, answered: &Answers) -> Result<Option<String>> {
        self.default_in(question, &self.scope(answered)?)
    }

    /// The text that an expression of the scaffold gives; none where it hangs on something unanswered.
    pub(super) fn evaluate(&self, expression: Expression, answered: &Answers) -> Result<Option<String>> {
        known_text(expression, &self.scope(answered)?)
    }

    /// Understands a text as an answer; nothing is an answer where the question is optional.
    ///
    /// # Errors
    /// Why the text is no answer, with an example of a good one.
    pub(crate) fn parse(&self, question: &Question, text: &str) -> Result<Value, Invalid> {
        if text.trim().is_empty() {
            return if question.optional {
                Ok(Value::Text(String::new()))
            } else {
                let reason = "an answer is required".to_owned();
                Err(Invalid { reason, example: question.example().to_owned() })
            };
        }
        question.kind.parse(text).map_err(|mut invalid| {
            if invalid.example == question.kind.example() {
                question.example().clone_into(&mut invalid.example);
            }
            invalid
        })
    }

    /// What is wrong with answers that are fine one by one: derived names that are not valid as a whole, and
    /// names that must differ but do not.
    ///
    /// # Errors
    /// A derived name that cannot be evaluated.
    pub(crate) fn check(&self, answered: &Answers) -> Result<Vec<InvalidAnswer>> {
        Ok(check::faults(self.scaffold, &self.scope(answered)?, answered))
    }

    /// Answers every question: with what was given, else what was detected, else the default. What was
    /// detected but is not valid is passed over. Faults that only follow from other faults are left out.
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
        let (answers, faults) = self.outcome(given, detected, policy)?;
        Ok(if faults.is_empty() { Ok(answers) } else { Err(faults) })
    }

    /// The answers as far as they are known: what cannot be answered yet is missing, and what is wrong with
    /// them taken together is left to [`Resolver::check`].
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

    /// What is wrong with the given texts alone, whatever else is still open.
    ///
    /// # Errors
    /// An expression of the scaffold that cannot be evaluated.
    pub(crate) fn invalid_among(&self, given: &BTreeMap<String, Given>) -> Result<Vec<InvalidAnswer>> {
        let (_, mut faults) = self.outcome(given, &BTreeMap::new(), Policy::TakeDefaults)?;
        faults.retain(|fault| given.contains_key(&fault.question));
        Ok(faults)
    }

    fn outcome(
        &self,
        given: &BTreeMap<String, Given>,
        detected: &BTreeMap<&'static str, String>,
        policy: Policy,
    ) -> Result<(Answers, Vec<InvalidAnswer>)> {
        let mut faults = self.unknown(given);
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
                Outcome::Invalid(fault) => faults.push(fault),
                Outcome::Open => {}
            }
        }
        faults.extend(check::faults(self.scaffold, &scope, &answers));
        Ok((answers, faults))
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
            return Ok(match self.parse(question, &given.text) {
                Ok(_) if applies.is_none() => Outcome::Open,
                Ok(value) => Outcome::Answered(value, given.from),
                Err(invalid) => Outcome::Invalid(fault(question, Some(&given.text), invalid)),
            });
        }
        if applies.is_none() {
            return Ok(Outcome::Open);
        }
        if let Some(value) = detected.and_then(|text| self.parse(question, text).ok()) {
            return Ok(Outcome::Answered(value, Provenance::Detected));
        }
        if policy == Policy::EssentialsMustBeGiven && question.essential {
            return Ok(Outcome::Invalid(not_answered(question)));
        }
        self.take_default(question, scope)
    }

    /// A question that is not asked is answered with nothing. Something typed for it would be lost without a
    /// word; what a file carries along is not worth a fault.
    fn not_asked(&self, question: &Question, given: Option<&Given>) -> Outcome {
        match given {
            Some(Given { text, from: Provenance::Flag }) if !text.trim().is_empty() => {
                let needed = self.scaffold.needs(Expression::When(self.index(question)));
                let needed: Vec<_> = needed.iter().map(|name| format!("`{name}`")).collect();
                let reason =
                    format!("`{text}` has no effect with the current answer to {}", needed.join(" or "));
                Outcome::Invalid(fault(question, Some(text), Invalid { reason, example: String::new() }))
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
            Some(text) => match self.parse(question, &text) {
                Ok(value) => Outcome::Answered(value, Provenance::Default),
                Err(mut invalid) => {
                    invalid.reason = format!("the default is not valid here: {}", invalid.reason);
                    Outcome::Invalid(fault(question, None, invalid))
                }
            },
            None if question.optional => Outcome::Answered(Value::Text(String::new()), Provenance::Default),
            None => Outcome::Invalid(not_answered(question)),
        })
    }

    /// Whether the question is asked; none while that hangs on something unanswered.
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
    fault(question, None, invalid)
}

fn fault(question: &Question, given: Option<&str>, invalid: Invalid) -> InvalidAnswer {
    InvalidAnswer {
        question: question.name.clone(),
        given: given.map(str::to_owned),
        reason: invalid.reason,
        example: invalid.example,
    }
}

#[cfg(test)]
mod tests;
