//! The types a question can have: which text is a good answer, what its canonical form is, and what to
//! say of any other.

mod branch;
mod duration;
mod environments;
mod host;
mod image;
mod invalid;
mod limits;
mod name;
mod number;
mod path;
mod quantity;
mod repository;
mod text;
mod types;
mod url;

pub use duration::Duration;
pub(crate) use invalid::Invalid;
pub use limits::Limits;
pub(crate) use quantity::Unit;
pub(crate) use repository::RepoUrl;

pub(crate) use invalid::shown;

pub(crate) use host::port;
pub(crate) use name::harmless as harmless_label;
pub(crate) use url::without_credentials;

use crate::suggest;
use types::{TYPES, TypeSpec};
use value::Value;

/// The type of a question with its limits.
#[derive(Clone, Debug)]
pub struct AnswerType {
    of: &'static TypeSpec,
    limits: Limits,
    example: String,
}

impl AnswerType {
    /// The kind that a scaffold calls `name`, narrowed by `limits`.
    ///
    /// # Errors
    /// A message: there is no such type, or it does not take these limits.
    pub fn new(name: &str, limits: Limits) -> Result<Self, String> {
        let of = TYPES.iter().find(|of| of.name == name).ok_or_else(|| unknown(name))?;
        of.check(&limits)?;
        let example = of.example(&limits).ok_or_else(|| format!("no `{name}` fits these limits"))?;
        Ok(Self { of, limits, example })
    }

    /// Reads an answer; white space around it does not count. An empty text is an answer of no kind: whether
    /// a question may stay unanswered is not the kind's to say.
    ///
    /// # Errors
    /// What is wrong with the text, and a text that would do.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, Invalid> {
        let read = |text: &str| self.of.read(text, &self.limits);
        read(text.trim()).map_err(|invalid| invalid.or_example(read, &self.example))
    }

    /// The type's name, as a scaffold writes it.
    pub fn name(&self) -> &'static str {
        self.of.name
    }

    /// What an answer is, in words and with an article: `a DNS label`.
    pub fn noun(&self) -> &str {
        self.limits.unit.map_or(self.of.noun, Unit::noun)
    }

    /// A good answer.
    pub(crate) fn example(&self) -> &str {
        &self.example
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn unknown(name: &str) -> String {
    let known = || TYPES.iter().map(|of| of.name);
    let list = known().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let meant =
        suggest::nearest(name, known()).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    format!("unknown type `{name}`; {meant}the types are {list}")
}

#[cfg(test)]
mod tests;
pub mod value;
