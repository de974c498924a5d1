//! Scaffolds are data: a definition and templates, from which answers make files. A scaffold can run no code.

pub mod catalog;
pub mod definition;
pub(crate) mod limits;
mod moves;
pub(crate) mod quote;
pub mod render;
pub(crate) mod source;
pub(crate) mod template_tags;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sha2::{Digest, Sha256};

use self::definition::{Definition, FileRule, Version};
use self::render::Rendered;
use self::render::bases::EnvironmentBase;
use self::render::expressions::{Expression, Expressions};
use crate::error::{Error, Problem, Result};
use crate::hex;
use crate::values::value::Answers;

const TEMPLATES: &str = "files/";

/// A scaffold that can be rendered.
pub struct Scaffold {
    /// What it declares.
    pub definition: Definition,
    /// By path below `files/`.
    templates: BTreeMap<String, Vec<u8>>,
    pub(crate) expressions: Expressions,
    digest: String,
}

impl fmt::Debug for Scaffold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scaffold({} {})", self.definition.name, self.definition.version)
    }
}

impl Scaffold {
    /// Makes a scaffold of its files; the keys are `scaffold.yaml` and `files/...`, other files at its root are
    /// left alone. `origin` says in messages where it came from.
    ///
    /// # Errors
    /// Everything wrong with the definition, each with its line where it is known.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>, origin: &str) -> Result<Self> {
        let fail = |problems: Vec<Problem>| {
            Error::failure(format!("`{origin}` is not a valid scaffold")).problems(problems)
        };
        let digest = digest(&files);
        let text = files.get(definition::FILE).map(|bytes| std::str::from_utf8(bytes));
        let text = match text {
            Some(Ok(text)) => text,
            Some(Err(_)) => return Err(fail(vec![problem(format!("`{}` is not UTF-8", definition::FILE))])),
            None => return Err(fail(vec![problem(format!("it has no `{}`", definition::FILE))])),
        };
        let templates: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix(TEMPLATES)).collect();
        let definition = Definition::parse(text, &templates).map_err(fail)?;
        let expressions = Expressions::new(&definition).map_err(fail)?;
        let templates = files
            .into_iter()
            .filter_map(|(path, content)| Some((path.strip_prefix(TEMPLATES)?.to_owned(), content)))
            .collect();
        Ok(Self { definition, templates, expressions, digest })
    }

    /// Returns `sha256:` and the hash over the sorted paths, lengths and contents of all files.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Renders every file. `prefix` is the target's folder inside its repository, empty or with a `/` at its
    /// end.
    ///
    /// # Errors
    /// Every template that cannot be rendered, and every path that cannot be written.
    pub fn render(&self, answers: &Answers, prefix: &str) -> Result<Rendered> {
        render::render(self, answers, prefix)
    }

    /// Returns the bases that environments are built on, in order of promotion; none if it does not declare them.
    ///
    /// # Errors
    /// What cannot be evaluated, or is no folder in the target.
    pub(crate) fn bases(&self, answers: &Answers) -> Result<Vec<EnvironmentBase>> {
        render::bases::of(self, &render::scope(self, answers)?)
    }

    /// Returns the questions whose answers an expression needs, sorted.
    pub(crate) fn needs(&self, expression: Expression) -> Vec<&str> {
        self.expressions.needs(expression).map(String::as_str).collect()
    }

    /// The paths that files had in version `from` and have now: pairs of old and new, each path once on each
    /// side. `answers` are those that the old files were made of, migrated and resolved.
    ///
    /// # Errors
    /// Moves that cannot be evaluated, lead out of the target, or do not agree.
    pub fn moves_since(&self, from: &Version, answers: &Answers) -> Result<Vec<(String, String)>> {
        moves::between(self, (Some(from), None), answers)
    }

    /// As [`Self::moves_since`], to the paths of version `until`.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn moves_between(
        &self,
        from: &Version,
        until: &Version,
        answers: &Answers,
    ) -> Result<Vec<(String, String)>> {
        moves::between(self, (Some(from), Some(until)), answers)
    }

    /// As [`Self::moves_since`], of all versions.
    fn all_moves(&self, answers: &Answers) -> Result<Vec<(String, String)>> {
        moves::between(self, (None, None), answers)
    }

    /// Returns a template's source; `None` if it is not text and so is copied unchanged.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        self.templates.get(path).and_then(|content| std::str::from_utf8(content).ok())
    }

    /// Returns the variables that a rule's template may use.
    pub(crate) fn visible<'s>(&'s self, rule: &'s FileRule) -> BTreeSet<&'s str> {
        let known = ["prefix", "scaffold", "files"].into_iter();
        known.chain(self.expressions.variables()).chain(rule.item.as_deref()).collect()
    }
}

fn problem(message: String) -> Problem {
    Problem::new(message, "")
}

fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hasher = Sha256::new();
    for (path, content) in files {
        for part in [path.as_bytes(), content] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    format!("sha256:{}", hex::encode(&hasher.finalize()))
}

#[cfg(test)]
pub(crate) mod sample;
