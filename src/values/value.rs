//! Parsed answers, with their origin.

use serde::Serialize;

/// One answered value. Its text form ([`Value::to_text`]) parses back to the same value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Any text; empty for an optional question without an answer.
    Text(String),
    /// A whole number.
    Number(u64),
    /// An ordered list of named items, written `NAME[=VALUE],...`.
    Items(Vec<Item>),
}

/// One item of a list answer: `production` or `production=shop-live`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    pub(crate) name: String,
    /// The text after the equals sign, if any.
    pub(crate) value: Option<String>,
}

/// Where an answer came from. Recorded with it, because an upgrade treats chosen values and defaults differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Given on the command line.
    Flag,
    /// Read from an answers file.
    File,
    /// Typed at a prompt.
    Asked,
    /// Detected in the surroundings, such as a Git remote.
    Detected,
    /// The scaffold's default.
    Default,
}

impl Provenance {
    pub(crate) const ALL: [Self; 5] = [Self::Flag, Self::File, Self::Asked, Self::Detected, Self::Default];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::File => "file",
            Self::Asked => "asked",
            Self::Detected => "detected",
            Self::Default => "default",
        }
    }

    /// Whether somebody chose the answer, so that it must not be replaced.
    pub(crate) fn is_chosen(self) -> bool {
        matches!(self, Self::Flag | Self::File | Self::Asked)
    }
}

/// An answered question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question's name, as in the scaffold (`source-repo`).
    pub question: String,
    /// The value.
    pub value: Value,
    /// Where the value came from.
    pub from: Provenance,
}

/// Answers, in the order of the questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(Vec<Answer>);

impl Answers {
    pub(crate) fn get(&self, question: &str) -> Option<&Answer> {
        self.0.iter().find(|answer| answer.question == question)
    }

    /// All answers, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Answer> {
        self.0.iter()
    }

    /// Adds an answer, or replaces the one to the same question without moving it.
    pub(crate) fn insert(&mut self, answer: Answer) {
        match self.0.iter_mut().find(|known| known.question == answer.question) {
            Some(known) => *known = answer,
            None => self.0.push(answer),
        }
    }
}

impl<'a> IntoIterator for &'a Answers {
    type Item = &'a Answer;
    type IntoIter = std::slice::Iter<'a, Answer>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Answer> for Answers {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

impl Value {
    /// The canonical text, as a flag takes it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Items(items) => items.iter().map(Item::to_text).collect::<Vec<_>>().join(","),
        }
    }
}

impl Item {
    /// Returns `NAME` or `NAME=VALUE`.
    pub(crate) fn to_text(&self) -> String {
        match &self.value {
            Some(value) => format!("{}={value}", self.name),
            None => self.name.clone(),
        }
    }
}
