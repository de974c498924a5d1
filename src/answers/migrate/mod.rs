//! Migrates recorded answers to a newer version of their scaffold, which declares renamed and removed questions and
//! answers with a new form. The resolver validates the result; an invalid answer is not replaced here.

use std::collections::BTreeMap;

use super::resolve::{Given, Resolver};
use crate::error::Result;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Version;
use crate::scaffold::definition::history::Migration;
use crate::scaffold::render::expressions::Expression;
use crate::values::value::Provenance;

/// Answers in the terms of a newer version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The answers by current question, and those that somebody chose for questions that are gone without a migration.
    pub answers: BTreeMap<String, Given>,
    /// One line for each change.
    pub(crate) notes: Vec<String>,
}

/// Applies every migration of a version newer than `from` to a copy of the recorded answers.
///
/// # Errors
/// A template of the scaffold that cannot be evaluated.
pub fn migrate(recorded: &BTreeMap<String, Given>, from: &Version, scaffold: &Scaffold) -> Result<Migrated> {
    let mut migrated = Migrated { answers: recorded.clone(), notes: Vec::new() };
    let versions = &scaffold.definition.versions;
    for changes in versions.iter().filter(|changes| changes.version > *from) {
        for migration in &changes.migrations {
            migrated.apply(migration);
        }
    }
    migrated.forget_defaults(scaffold);
    migrated.set(from, scaffold)?;
    Ok(migrated)
}

/// The answers recorded by version `from` in the terms of version `to`: renamed questions, and answers in a new form. What
/// was dropped stays.
pub(crate) fn translate(
    recorded: &BTreeMap<String, Given>,
    from: &Version,
    to: &Version,
    scaffold: &Scaffold,
) -> BTreeMap<String, Given> {
    let mut migrated = Migrated { answers: recorded.clone(), notes: Vec::new() };
    let versions = scaffold.definition.versions.iter();
    for changes in versions.filter(|changes| changes.version > *from && changes.version <= *to) {
        for migration in &changes.migrations {
            if matches!(migration, Migration::Rename { .. } | Migration::MapValue { .. }) {
                migrated.apply(migration);
            }
        }
    }
    migrated.answers
}

impl Migrated {
    fn apply(&mut self, migration: &Migration) {
        match migration {
            Migration::Rename { from, to } => self.rename(from, to),
            Migration::Drop { question } => {
                if let Some(Given { text, .. }) = self.answers.remove(question) {
                    self.notes.push(no_longer_asked(question, &text));
                }
            }
            Migration::MapValue { question, from, to } => {
                if let Some(given) = self.answers.get_mut(question).filter(|given| given.text == *from) {
                    given.text.clone_from(to);
                    self.notes.push(format!("`{question}`: {} is now {}", shown(from), shown(to)));
                }
            }
            // Refers to current questions, so it is applied after all others.
            Migration::Set { .. } => {}
        }
    }

    /// Renames an answer. If both exist, keeps the chosen one, or the old one if both were chosen.
    fn rename(&mut self, from: &str, to: &str) {
        let Some(old) = self.answers.remove(from) else {
            return;
        };
        let mut note = format!("`{from}` is now `{to}`");
        let written = self.answers.remove(to);
        let (kept, lost) = match written {
            Some(written) if written.from.is_chosen() && !old.from.is_chosen() => (written, Some(old)),
            other => (old, other),
        };
        if let Some(lost) = lost.filter(|lost| lost.text != kept.text) {
            note = format!("{note}; kept the answer {}, dropped {}", shown(&kept.text), shown(&lost.text));
        }
        self.answers.insert(to.to_owned(), kept);
        self.notes.push(note);
    }

    /// Drops defaults of questions that no longer exist.
    fn forget_defaults(&mut self, scaffold: &Scaffold) {
        let notes = &mut self.notes;
        self.answers.retain(|name, given| {
            let stays = given.from.is_chosen() || scaffold.definition.question(name).is_some();
            if !stays {
                notes.push(no_longer_asked(name, &given.text));
            }
            stays
        });
    }

    /// Answers new questions as the scaffold declares for older repositories, in question order, since such
    /// answers may depend on each other.
    fn set(&mut self, from: &Version, scaffold: &Scaffold) -> Result<()> {
        let resolver = Resolver::new(scaffold);
        for question in &scaffold.definition.questions {
            for (expression, _) in settings(scaffold, from).filter(|(_, name)| *name == question.name) {
                if self.answers.contains_key(&question.name) {
                    break;
                }
                let known = resolver.settle(&self.answers, &BTreeMap::new())?;
                if !resolver.applies(question, &known)? {
                    break;
                }
                let Some(text) = resolver.evaluate(expression, &known)? else {
                    continue;
                };
                let name = &question.name;
                self.notes.push(format!("`{name}` is new; set to {}, the behaviour so far", shown(&text)));
                self.answers.insert(name.clone(), Given { text, from: Provenance::Default });
            }
        }
        Ok(())
    }
}

fn no_longer_asked(question: &str, text: &str) -> String {
    format!("`{question}` is no longer asked; the answer was {}", shown(text))
}

fn shown(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") }
}

fn settings<'s>(scaffold: &'s Scaffold, from: &'s Version) -> impl Iterator<Item = (Expression, &'s str)> {
    let versions = scaffold.definition.versions.iter().enumerate();
    versions.filter(|(_, changes)| changes.version > *from).flat_map(|(version, changes)| {
        changes.migrations.iter().enumerate().filter_map(move |(index, migration)| match migration {
            Migration::Set { question, .. } => Some((Expression::Set(version, index), question.as_str())),
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests;
