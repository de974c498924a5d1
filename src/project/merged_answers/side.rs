//! One of the files to merge.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value as Yaml};

use super::{Provenance, WrittenAnswer};
use crate::answers::migrate::translate;
use crate::answers::resolve::{Given, Policy, Resolver};
use crate::error::Result;
use crate::project::recorded::{Recorded, ScaffoldId};
use crate::scaffold::Scaffold;
use crate::yaml;

pub(super) struct Side {
    pub(super) recorded: Recorded,
    /// In the order of the file.
    answers: Vec<(String, WrittenAnswer)>,
}

impl Side {
    /// # Errors
    /// The file is damaged.
    pub(super) fn read(text: &str) -> Result<Self> {
        let recorded = Recorded::read(text)?;
        let documents = yaml::documents(text).unwrap_or_default();
        let section = |key: &str| documents.first().and_then(|document| document.get(key)?.as_mapping());
        let origins = section("from");
        let mut answers = Vec::new();
        for (name, value) in section("answers").into_iter().flatten() {
            let Some((name, given)) = name.as_str().and_then(|name| recorded.answers.get_key_value(name))
            else {
                continue;
            };
            let written = origins.and_then(|origins| origins.get(name.as_str()));
            let origin = written.cloned().unwrap_or_else(|| origin(given.from, value, &given.text));
            answers
                .push((name.clone(), WrittenAnswer { given: given.clone(), value: value.clone(), origin }));
        }
        Ok(Self { recorded, answers })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn get(&self, name: &str) -> Option<&WrittenAnswer> {
        self.answers.iter().find(|(known, _)| known == name).map(|(_, answer)| answer)
    }

    /// Gives the answers the names and forms that they have in the version `to`, and the decisions the paths that files
    /// have there.
    pub(super) fn translate(&mut self, to: &ScaffoldId, scaffold: Option<&Scaffold>) {
        let Some(scaffold) = scaffold.filter(|scaffold| scaffold.definition.name == to.name) else { return };
        self.translate_answers(to, scaffold);
        self.follow_moves(to, scaffold);
    }

    /// Where the moves cannot be told, the decisions stay as they are.
    fn follow_moves(&mut self, to: &ScaffoldId, scaffold: &Scaffold) {
        let given = self.answers.iter().map(|(name, answer)| (name.clone(), answer.given.clone())).collect();
        let resolved = Resolver::new(scaffold).resolve(&given, &BTreeMap::new(), Policy::TakeDefaults);
        let Ok(Ok(answers)) = resolved else { return };
        let from = &self.recorded.scaffold.version;
        let Ok(moves) = scaffold.moves_between(from, &to.version, &answers) else { return };
        let moves: BTreeMap<_, _> = moves.into_iter().collect();
        let new = |path: &String| moves.get(path).unwrap_or(path).clone();
        let decisions = &mut self.recorded.decisions;
        decisions.removed = decisions.removed.iter().map(new).collect();
        decisions.moved = decisions.moved.iter().map(|(old, path)| (new(old), path.clone())).collect();
    }

    fn translate_answers(&mut self, to: &ScaffoldId, scaffold: &Scaffold) {
        let from = &self.recorded.scaffold.version;
        let old: BTreeMap<String, Given> =
            self.answers.iter().map(|(name, answer)| (name.clone(), answer.given.clone())).collect();
        let mut new = translate(&old, from, &to.version, scaffold);
        if new == old {
            return;
        }
        let mut answers = Vec::new();
        for (name, answer) in &self.answers {
            match new.remove(name) {
                Some(given) if given == answer.given => answers.push((name.clone(), answer.clone())),
                Some(given) => answers.push((name.clone(), answer.with(given))),
                None => {}
            }
        }
        for (name, given) in new {
            let is_it = |(known, answer): &&(String, WrittenAnswer)| {
                old.contains_key(known)
                    && answer.given == given
                    && !answers.iter().any(|(kept, _)| kept == known)
            };
            let renamed = self.answers.iter().find(is_it).map(|(_, answer)| answer.clone());
            let value = Yaml::String(given.text.clone());
            let answer = renamed.unwrap_or_else(|| WrittenAnswer {
                origin: origin(given.from, &value, &given.text),
                value,
                given,
            });
            answers.push((name, answer));
        }
        self.answers = answers;
    }
}

/// Where an answer came from, as the file has it.
pub(super) fn origin(from: Provenance, value: &Yaml, text: &str) -> Yaml {
    let word = Yaml::String(from.as_str().to_owned());
    if from.is_chosen() {
        return word;
    }
    let value = match value {
        Yaml::Number(number) => Yaml::Number(number.clone()),
        _ => Yaml::String(text.to_owned()),
    };
    let mut mapping = Mapping::new();
    mapping.insert(word, value);
    Yaml::Mapping(mapping)
}
