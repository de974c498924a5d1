//! Finds unused questions and derived names: a question without effect wastes time, and is usually a typo elsewhere.

use std::collections::BTreeSet;

use crate::error::Problem;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::delivery::DeliveryRule;
use crate::scaffold::definition::setup::SetupRule;
use crate::scaffold::render::engine::Engine;
use crate::scaffold::template_tags;

pub(super) struct Used {
    variables: BTreeSet<String>,
    /// Every word inside a tag, since fields of items are not variables.
    words: BTreeSet<String>,
}

impl Used {
    pub(crate) fn new(scaffold: &Scaffold) -> Self {
        let definition = &scaffold.definition;
        let mut used = Self { variables: BTreeSet::new(), words: BTreeSet::new() };
        used.variables.extend(scaffold.expressions.used_variables().into_iter().map(str::to_owned));
        let repeated = definition.files.iter().filter_map(|rule| rule.each.as_ref());
        used.variables.extend(repeated.map(|each| each.replace('-', "_")));
        for derived in &definition.derived {
            used.add_words(&derived.value);
        }
        for rule in &definition.files {
            used.add_words(&rule.path);
            used.add_words(&rule.about);
            used.words.extend(rule.when.iter().flat_map(|when| words(when)).map(str::to_owned));
        }
        for (_, _, text) in definition.delivery.iter().flat_map(DeliveryRule::texts) {
            used.add_words(text);
        }
        for (_, _, text, _) in definition.setup.iter().flat_map(SetupRule::texts) {
            used.add_words(text);
        }
        used
    }

    pub(crate) fn add_template(&mut self, name: &str, source: &str, engine: &Engine) {
        self.variables.extend(engine.uses(name).into_iter().map(str::to_owned));
        self.add_words(source);
    }

    fn add_words(&mut self, source: &str) {
        for tag in template_tags::all(source) {
            self.words.extend(words(tag.inner).map(str::to_owned));
        }
    }

    pub(crate) fn unused(&self, scaffold: &Scaffold) -> Vec<Problem> {
        let questions = scaffold
            .definition
            .questions
            .iter()
            .filter(|question| !self.variables.contains(&question.variable()))
            .map(|question| format!("question `{}`", question.name));
        let derived = scaffold
            .definition
            .derived
            .iter()
            .filter(|derived| match derived.each {
                Some(_) => !self.words.contains(&derived.variable()),
                None => !self.variables.contains(&derived.variable()),
            })
            .map(|derived| format!("derived `{}`", derived.name));
        questions
            .chain(derived)
            .map(|what| Problem::new(format!("unused {what}"), "use it in a template or remove it"))
            .collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}
