//! How an upgrade changes answers, for its report: a chosen answer never changes silently.

use std::collections::BTreeMap;
use std::fmt;

use super::resolve::Given;
use crate::values::value::{Answer, Answers, Provenance};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerChange {
    pub(crate) question: String,
    /// Empty if nothing was recorded.
    pub(crate) old: String,
    /// Empty if there is no answer.
    pub(crate) new: String,
    pub(crate) from: Provenance,
    pub(crate) kind: AnswerChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerChangeKind {
    New,
    Changed,
    /// The user answered the question, which no longer applies.
    Lapsed,
}

impl AnswerChange {
    fn of(answer: &Answer, recorded: Option<&Given>) -> Option<Self> {
        let new = answer.value.to_text();
        let old = recorded.map(|given| given.text.clone()).unwrap_or_default();
        if old == new {
            return None;
        }
        let was_chosen = recorded.is_some_and(|given| given.from.is_chosen());
        let kind = match (old.is_empty(), new.is_empty()) {
            (true, _) if !was_chosen => AnswerChangeKind::New,
            (_, true) if was_chosen && answer.from == Provenance::Default => AnswerChangeKind::Lapsed,
            _ => AnswerChangeKind::Changed,
        };
        Some(Self { question: answer.question.clone(), old, new, from: answer.from, kind })
    }
}

impl fmt::Display for AnswerChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, old, new, from, kind } = self;
        let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        match kind {
            AnswerChangeKind::New => write!(formatter, "{question} = {new} ({})", from.as_str()),
            AnswerChangeKind::Changed => write!(formatter, "{question}: {} -> {}", shown(old), shown(new)),
            AnswerChangeKind::Lapsed => {
                write!(formatter, "`{question}` no longer applies; the answer was `{old}`")
            }
        }
    }
}

/// Returns the differences between the migrated `recorded` answers and `answers`, in question order.
pub(crate) fn changes(recorded: &BTreeMap<String, Given>, answers: &Answers) -> Vec<AnswerChange> {
    answers.iter().filter_map(|answer| AnswerChange::of(answer, recorded.get(&answer.question))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::value::Value;

    fn report(recorded: Option<(&str, Provenance)>, now: (&str, Provenance)) -> Vec<String> {
        let given = recorded.map(|(text, from)| Given { text: text.to_owned(), from });
        let recorded = given.map(|given| ("team".to_owned(), given)).into_iter().collect();
        let mut answers = Answers::default();
        let value = Value::Text(now.0.to_owned());
        answers.insert(Answer { question: "team".to_owned(), value, from: now.1 });
        changes(&recorded, &answers).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_difference_has_its_kind() {
        use Provenance::{Asked, Default, File, Flag};
        for (recorded, now, expected) in [
            (Some(("a", Flag)), ("a", File), ""),
            (None, ("", Default), ""),
            (None, ("a", Default), "team = a (default)"),
            (Some(("", Default)), ("a", Asked), "team = a (asked)"),
            (Some(("a", Default)), ("b", Flag), "team: a -> b"),
            (Some(("a", Default)), ("", Default), "team: a -> nothing"),
            (Some(("", Flag)), ("b", Flag), "team: nothing -> b"),
            (Some(("a", Flag)), ("", Flag), "team: a -> nothing"),
            (Some(("a", Asked)), ("", Default), "`team` no longer applies; the answer was `a`"),
        ] {
            let expected: Vec<&str> = Some(expected).filter(|line| !line.is_empty()).into_iter().collect();
            assert_eq!(report(recorded, now), expected);
        }
    }
}
