//! The types of answers: which texts are valid, their canonical form, and the messages for all others.

mod addresses;
mod branch;
mod duration;
mod environments;
mod host;
mod image;
mod invalid;
mod limits;
mod name;
mod number;
mod owners;
mod path;
pub(crate) mod quantity;
mod recipients;
mod repository;
mod text;
mod types;
mod url;

pub use duration::Duration;
pub(crate) use invalid::Invalid;
pub use limits::Limits;
pub(crate) use quantity::Unit;
pub(crate) use repository::{RepoUrl, is_same_repository};

pub(crate) use invalid::shown;

pub(crate) use host::port;
pub(crate) use name::harmless as harmless_label;
pub(crate) use url::{offered_user, without_credentials};

use crate::suggest;
use types::{TYPES, TypeSpec};
use value::Value;

/// The type of an answer with its limits.
#[derive(Clone, Debug)]
pub struct AnswerType {
    of: &'static TypeSpec,
    limits: Limits,
    example: String,
}

impl AnswerType {
    /// The type `name`, narrowed by `limits`.
    ///
    /// # Errors
    /// A message: the type is unknown, or does not take these limits.
    pub fn new(name: &str, limits: Limits) -> Result<Self, String> {
        let of = TYPES.iter().find(|of| of.name == name).ok_or_else(|| unknown(name))?;
        of.check(&limits)?;
        let example = of.example(&limits).ok_or_else(|| format!("no `{name}` fits these limits"))?;
        Ok(Self { of, limits, example })
    }

    /// Parses an answer, ignoring surrounding white space. An empty text is never valid: questions, not types, are
    /// optional.
    ///
    /// # Errors
    /// Why the text is not valid, with an example.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, Invalid> {
        let read = |text: &str| self.of.read(text, &self.limits);
        read(text.trim()).map_err(|invalid| invalid.or_example(read, &self.example))
    }

    /// The type's name, as a scaffold writes it.
    pub fn name(&self) -> &'static str {
        self.of.name
    }

    /// The type in words, with an article: `a DNS label`.
    pub fn noun(&self) -> &str {
        self.limits.unit.map_or(self.of.noun, Unit::noun)
    }

    pub(crate) fn example(&self) -> &str {
        &self.example
    }

    /// The limits of the answer.
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
