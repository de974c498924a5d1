//! Renders a scaffold the two ways an author least forgets: with its defaults, and with its examples. Every file
//! must come out, twice the same, and every YAML file must be YAML.

use std::collections::BTreeMap;

use crate::answers::resolve::{Given, Policy, Resolver};
use crate::answers::value::{Answers, Provenance};
use crate::error::{Error, Problem};
use crate::manifest;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Question;
use crate::scaffold::render::Rendered;

/// What is wrong with the trials.
pub(super) fn problems(scaffold: &Scaffold) -> Vec<Problem> {
    let has_default = |question: &Question| question.default.is_some();
    let by_default = |question: &Question| !has_default(question) && !question.optional;
    let by_example = |question: &Question| question.own_example.is_some() || !has_default(question);
    let mut problems = trial(scaffold, "defaults", &by_default);
    problems.extend(trial(scaffold, "examples", &by_example));
    problems
}

/// One trial, in which the questions that `takes_example` picks are answered with their example.
fn trial(scaffold: &Scaffold, name: &str, takes_example: &dyn Fn(&Question) -> bool) -> Vec<Problem> {
    let given = scaffold
        .definition
        .questions
        .iter()
        .filter(|question| takes_example(question))
        .map(|question| {
            let text = question.example().to_owned();
            (question.name.clone(), Given { text, from: Provenance::File })
        })
        .collect();
    let describe = |message: String| Problem::new(format!("rendered with its {name}: {message}"), "");
    let found = match answer(scaffold, &given) {
        Ok(answers) => render(scaffold, &answers),
        Err(found) => found,
    };
    found.into_iter().map(describe).collect()
}

fn answer(scaffold: &Scaffold, given: &BTreeMap<String, Given>) -> Result<Answers, Vec<String>> {
    let resolved = Resolver::new(scaffold).resolve(given, &BTreeMap::new(), Policy::TakeDefaults);
    resolved.map_err(|error| messages(&error))?.map_err(|faults| {
        faults.into_iter().map(|fault| format!("question `{}`: {}", fault.question, fault.reason)).collect()
    })
}

fn render(scaffold: &Scaffold, answers: &Answers) -> Vec<String> {
    match (scaffold.render(answers, ""), scaffold.render(answers, "")) {
        (Ok(first), Ok(second)) => {
            let mut found = unreadable(&first);
            found.extend(unsteady(&first, &second));
            found
        }
        (Err(error), _) | (_, Err(error)) => messages(&error),
    }
}

fn messages(error: &Error) -> Vec<String> {
    if error.problems.is_empty() {
        return vec![error.to_string()];
    }
    error.problems.iter().map(|problem| problem.message.clone()).collect()
}

/// YAML files that are none.
fn unreadable(rendered: &Rendered) -> Vec<String> {
    rendered
        .files
        .iter()
        .filter(|file| super::layout::is_yaml(&file.path))
        .filter_map(|file| {
            let text = std::str::from_utf8(&file.content).ok()?;
            let error = manifest::documents(text).err()?;
            Some(format!("`{}` is no YAML: {error}", file.path))
        })
        .collect()
}

/// Files that come out differently each time, as when a template goes through the fields of an item, which have
/// no order.
fn unsteady(first: &Rendered, second: &Rendered) -> Vec<String> {
    first
        .files
        .iter()
        .zip(&second.files)
        .filter(|(one, other)| one != other)
        .map(|(file, _)| format!("`{}` comes out differently each time", file.path))
        .collect()
}
