//! Checks the declared versions against the current definition. Names are checked as of the version that uses them, going
//! back from the current one: before a rename, a question has its old name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Definition, FileRule, Question, invisible_in, repetition};
use crate::scaffold::definition::history::{Changes, Migration, Move};
use crate::suggest;

/// Returns all problems, each with the index of its entry.
pub(super) fn reasons(definition: &Definition, taken: &BTreeSet<String>) -> Vec<(usize, String)> {
    let mut reasons = Vec::new();
    for (index, changes) in definition.versions.iter().enumerate() {
        let earlier = index.checked_sub(1).map(|before| &definition.versions[before]);
        let later = &definition.versions[index + 1..];
        let mut found: Vec<String> = of_version(definition, changes, earlier).into_iter().collect();
        found.extend(of_moves(definition, changes, later, taken));
        reasons.extend(found.into_iter().map(|reason| (index, reason)));
    }
    reasons.extend(of_migrations(definition));
    reasons.sort_by_key(|(index, _)| *index);
    reasons
}

fn of_version(definition: &Definition, changes: &Changes, earlier: Option<&Changes>) -> Option<String> {
    if changes.version > definition.version {
        return Some(format!("it is newer than the scaffold, which is {}", definition.version));
    }
    if let Some(earlier) = earlier.filter(|earlier| earlier.version >= changes.version) {
        return Some(format!("it follows {}; list each version once, newest last", earlier.version));
    }
    (changes.moves.is_empty() && changes.migrations.is_empty())
        .then(|| "it has neither `moves` nor `migrations`".to_owned())
}

fn of_moves(
    definition: &Definition,
    changes: &Changes,
    later: &[Changes],
    taken: &BTreeSet<String>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    let (mut sources, mut targets) = (BTreeSet::new(), BTreeSet::new());
    for Move { from, to, each, item } in &changes.moves {
        let mut found = repetition(each.as_deref(), item.as_deref(), definition, taken);
        found.extend(invisible_in([("from", &**from), ("to", to)]));
        if from == to {
            found.push("both paths are the same".to_owned());
        }
        if !sources.insert(from) {
            found.push(format!("`{from}` has two moves"));
        }
        if !targets.insert(to) {
            found.push(format!("two files are moved to `{to}`"));
        }
        let moved_on = later.iter().flat_map(|changes| &changes.moves).any(|other| other.from == *to);
        let paths = || definition.files.iter().map(|rule: &FileRule| rule.path.as_str());
        if !moved_on && !paths().any(|path| path == to) {
            let hint = suggest::hint(to, paths());
            found.push(format!("no rule has the path `{to}`, and no later version moves it on{hint}"));
        }
        reasons.extend(found.into_iter().map(|reason| format!("move of `{from}`: {reason}")));
    }
    reasons
}

fn of_migrations(definition: &Definition) -> Vec<(usize, String)> {
    let mut era = Era::today(definition);
    let mut reasons = Vec::new();
    for (index, changes) in definition.versions.iter().enumerate().rev() {
        for migration in changes.migrations.iter().rev() {
            reasons.extend(era.step_back(migration).map(|reason| (index, reason)));
        }
    }
    // Found from the newest back, reported from the oldest on.
    reasons.reverse();
    reasons
}

struct Era<'d> {
    definition: &'d Definition,
    /// Name at that version -> the current question, if it still exists.
    names: BTreeMap<&'d str, Option<&'d Question>>,
    /// Current question, and a text that a later migration replaces.
    mapped: BTreeSet<(&'d str, &'d str)>,
}

impl<'d> Era<'d> {
    fn today(definition: &'d Definition) -> Self {
        let questions = definition.questions.iter();
        let names = questions.map(|question| (question.name.as_str(), Some(question))).collect();
        Self { definition, names, mapped: BTreeSet::new() }
    }

    /// Reverts a migration; returns the reason if that is impossible.
    fn step_back(&mut self, migration: &'d Migration) -> Option<String> {
        match migration {
            Migration::Rename { from, to } => {
                let Some(question) = self.names.remove(to.as_str()) else {
                    self.names.entry(from).or_default();
                    return Some(format!("rename: {}", self.unknown(to)));
                };
                let exists = self.names.insert(from, question).is_some();
                exists.then(|| format!("rename: the question `{from}` still exists"))
            }
            Migration::Drop { question } => {
                let exists = self.names.contains_key(question.as_str());
                self.names.entry(question).or_default();
                exists.then(|| format!("drop: the question `{question}` still exists"))
            }
            Migration::MapValue { question, from, to } => self.before_mapping(question, from, to),
            Migration::Set { question, .. } => {
                let names = self.definition.questions.iter().map(|question| question.name.as_str());
                self.definition
                    .question(question)
                    .is_none()
                    .then(|| format!("set: unknown question `{question}`{}", suggest::hint(question, names)))
            }
        }
    }

    fn before_mapping(&mut self, name: &str, from: &'d str, to: &str) -> Option<String> {
        let Some(known) = self.names.get(name) else {
            return Some(format!("map-value: {}", self.unknown(name)));
        };
        let question = (*known)?;
        let is_answer = (question.optional && to.is_empty())
            || question.kind.parse(to).is_ok()
            || self.mapped.contains(&(question.name.as_str(), to));
        self.mapped.insert((&question.name, from));
        (!is_answer).then(|| format!("map-value: `{to}` is not a valid answer to `{}`", question.name))
    }

    fn unknown(&self, name: &str) -> String {
        let hint = suggest::hint(name, self.names.keys().copied());
        format!("that version has no question `{name}`{hint}")
    }
}

#[cfg(test)]
mod tests;
