//! Recorded answers in an upgrade: they are given again, chosen ones as well as defaults, so that nothing changes unless
//! somebody wants it to, even if the scaffold has a new default.

use std::collections::BTreeMap;

use super::{Given, Resolver};
use crate::error::Result;
use crate::scaffold::definition::Question;
use crate::values::value::{Answers, Provenance};

/// What to do with recorded defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defaults {
    /// Keep them.
    Keep,
    /// Replace them by the current defaults.
    Adopt,
}

/// A recorded default that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedDefault {
    /// The question.
    pub question: String,
    /// The default that was recorded.
    pub old: String,
    /// The default now.
    pub new: String,
}

impl Resolver<'_> {
    /// The texts to resolve in an upgrade: `overrides` (of flags and files), else the recorded ones. An invalid recorded
    /// text is included, so that resolving reports it. Questions that never applied stay open, and answers to those that
    /// no longer apply are dropped.
    ///
    /// # Errors
    /// An expression of the scaffold that cannot be evaluated.
    pub fn renew(
        &self,
        recorded: &BTreeMap<String, Given>,
        overrides: &BTreeMap<String, Given>,
        defaults: Defaults,
    ) -> Result<BTreeMap<String, Given>> {
        let before = self.settle(recorded, &BTreeMap::new())?;
        let mut given = recorded.clone();
        for question in &self.scaffold.definition.questions {
            let taken = recorded.get(&question.name).is_some_and(|given| given.from == Provenance::Default);
            if taken
                && (defaults == Defaults::Adopt
                    || self.default_in_use(question, recorded, &before)?.is_none())
            {
                given.remove(&question.name);
            }
        }
        given.extend(overrides.iter().map(|(name, given)| (name.clone(), given.clone())));
        let after = self.settle(&given, &BTreeMap::new())?;
        for question in &self.scaffold.definition.questions {
            if !overrides.contains_key(&question.name) && !self.applies(question, &after)? {
                given.remove(&question.name);
            }
        }
        Ok(given)
    }

    /// The recorded defaults that have changed. With [`Defaults::Keep`] they can be adopted; with [`Defaults::Adopt`]
    /// they have been.
    ///
    /// # Errors
    /// An expression of the scaffold that cannot be evaluated.
    pub fn changed_defaults(
        &self,
        recorded: &BTreeMap<String, Given>,
        answers: &Answers,
    ) -> Result<Vec<ChangedDefault>> {
        let before = self.settle(recorded, &BTreeMap::new())?;
        let mut changed = Vec::new();
        for question in &self.scaffold.definition.questions {
            let Some(answer) = answers.get(&question.name).filter(|one| one.from == Provenance::Default)
            else {
                continue;
            };
            let Some(old) = self.default_in_use(question, recorded, &before)? else {
                continue;
            };
            if self.applies(question, answers)? {
                let now = answer.value.to_text();
                let new = if now == old { self.default_now(question, answers)? } else { Some(now) };
                let question = question.name.clone();
                changed.extend(new.filter(|new| *new != old).map(|new| ChangedDefault {
                    question,
                    old,
                    new,
                }));
            }
        }
        Ok(changed)
    }

    /// Returns the recorded default of a question that applied `before`. An empty text counts only for an
    /// optional question.
    fn default_in_use(
        &self,
        question: &Question,
        recorded: &BTreeMap<String, Given>,
        before: &Answers,
    ) -> Result<Option<String>> {
        match recorded.get(&question.name) {
            Some(Given { text, from: Provenance::Default }) => {
                let was_answer = !text.is_empty() || (question.optional && self.applies(question, before)?);
                Ok(was_answer.then(|| text.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Returns the current default as it would be recorded, if it is valid.
    fn default_now(&self, question: &Question, answers: &Answers) -> Result<Option<String>> {
        let text = self.default_for(question, answers)?.unwrap_or_default();
        Ok(question.parse(&text).ok().map(|value| value.to_text()))
    }
}

#[cfg(test)]
mod tests;
