//! Renders a scaffold with its defaults and with its examples, and upgrades from its oldest version. Every file must
//! render, to the same bytes each time, and every YAML file must be valid.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::migrate::migrate;
use crate::answers::resolve::{Given, Policy, Resolver};
use crate::error::{Error, Problem};
use crate::scaffold::Scaffold;
use crate::scaffold::definition::history::Migration;
use crate::scaffold::definition::{Ownership, Question, Version};
use crate::scaffold::render::{Rendered, RenderedFile};
use crate::values::value::{Answers, Provenance};
use crate::yaml;

pub(super) fn problems(scaffold: &Scaffold) -> Vec<Problem> {
    let has_default = |question: &Question| question.default.is_some();
    let by_default = |question: &Question| !has_default(question) && !question.optional;
    let by_example = |question: &Question| question.own_example.is_some() || !has_default(question);
    let mut problems = rendered_with(scaffold, "defaults", &by_default);
    problems.extend(rendered_with(scaffold, "examples", &by_example));
    problems.extend(upgrade(scaffold, &by_default));
    problems
}

/// Checks that migrated answers are valid and that files move to allowed paths.
fn upgrade(scaffold: &Scaffold, takes_example: &dyn Fn(&Question) -> bool) -> Vec<Problem> {
    let oldest = Version::default();
    let mut recorded = examples(scaffold, takes_example);
    for changes in &scaffold.definition.versions {
        for migration in &changes.migrations {
            if let Migration::Set { question, .. } = migration {
                recorded.remove(question);
            }
        }
    }
    let migrated = migrate(&recorded, &oldest, scaffold).map_err(|error| messages(&error));
    let found = match migrated.and_then(|migrated| answer(scaffold, &migrated.answers)) {
        Ok(answers) => scaffold.moves_since(&oldest, &answers).err().iter().flat_map(messages).collect(),
        Err(found) => found,
    };
    let describe = |message: String| Problem::new(format!("upgraded from its oldest version: {message}"), "");
    found.into_iter().map(describe).collect()
}

fn examples(scaffold: &Scaffold, takes_example: &dyn Fn(&Question) -> bool) -> BTreeMap<String, Given> {
    let questions = scaffold.definition.questions.iter().filter(|question| takes_example(question));
    let given = |text: &str| Given { text: text.to_owned(), from: Provenance::File };
    questions.map(|question| (question.name.clone(), given(question.example()))).collect()
}

fn rendered_with(scaffold: &Scaffold, name: &str, takes_example: &dyn Fn(&Question) -> bool) -> Vec<Problem> {
    let given = examples(scaffold, takes_example);
    let describe = |message: String| Problem::new(format!("rendered with its {name}: {message}"), "");
    let found = match answer(scaffold, &given) {
        Ok(answers) => render(scaffold, &answers),
        Err(found) => found,
    };
    found.into_iter().map(describe).collect()
}

fn answer(scaffold: &Scaffold, given: &BTreeMap<String, Given>) -> Result<Answers, Vec<String>> {
    let resolved = Resolver::new(scaffold).resolve(given, &BTreeMap::new(), Policy::TakeDefaults);
    resolved.map_err(|error| messages(&error))?.map_err(|problems| {
        problems
            .into_iter()
            .map(|problem| format!("question `{}`: {}", problem.question, problem.reason))
            .collect()
    })
}

fn render(scaffold: &Scaffold, answers: &Answers) -> Vec<String> {
    match (scaffold.render(answers, ""), scaffold.render(answers, "")) {
        (Ok(first), Ok(second)) => {
            let mut found = unreadable(&first);
            found.extend(unsteady(&first, &second));
            if scaffold.definition.delivery.is_some() {
                found.extend(undelivered(scaffold, answers, &first));
            }
            if scaffold.definition.setup.is_some() {
                found.extend(not_applicable(scaffold, answers, &first));
            }
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

fn unreadable(rendered: &Rendered) -> Vec<String> {
    rendered
        .files
        .iter()
        .filter(|file| super::layout::is_yaml(&file.path))
        .filter_map(|file| {
            let text = std::str::from_utf8(&file.file.content).ok()?;
            let error = yaml::documents(text).err()?;
            Some(format!("`{}` is not valid YAML: {error}", file.path))
        })
        .collect()
}

/// Returns what the section `delivery` names and the scaffold does not write. People and the pipeline write the request and
/// the images, so these files are theirs.
fn undelivered(scaffold: &Scaffold, answers: &Answers, rendered: &Rendered) -> Vec<String> {
    let delivery = match scaffold.delivery(answers) {
        Ok(delivery) => delivery,
        Err(error) => return messages(&error),
    };
    let mut found = Vec::new();
    let written = [&delivery.release_file].into_iter();
    let images = delivery.environments.iter().map(|environment| &environment.image_file);
    for path in written.chain(images) {
        match rendered.files.iter().find(|file| file.path == *path) {
            None => found.push(format!("delivery: `{path}` is not a file of the scaffold")),
            Some(file) if file.ownership != Ownership::Seeded => {
                found.push(format!("delivery: `{path}` must have `ownership: seeded`"));
            }
            Some(_) => {}
        }
    }
    let mut folders = BTreeSet::new();
    for environment in &delivery.environments {
        folders.extend(environment.promoted.iter().chain(&environment.manifests));
    }
    for path in folders {
        let is_there = |file: &RenderedFile| {
            file.path == *path || (path.ends_with('/') && file.path.starts_with(path.as_str()))
        };
        if !rendered.files.iter().any(is_there) {
            found.push(format!("delivery: the scaffold has nothing at `{path}`"));
        }
    }
    found
}

/// Returns what is wrong with the section `setup`.
fn not_applicable(scaffold: &Scaffold, answers: &Answers, rendered: &Rendered) -> Vec<String> {
    let setup = match scaffold.setup(answers) {
        Ok(setup) => setup,
        Err(error) => return messages(&error),
    };
    let file = format!("{}kustomization.yaml", setup.apply);
    if rendered.files.iter().any(|rendered| rendered.path == file) {
        return Vec::new();
    }
    vec![format!("setup: `{}` cannot be applied: `{file}` is not a file of the scaffold", setup.apply)]
}

/// Returns the files that render differently each time, as when a template iterates over the fields of an
/// item, which have no order.
fn unsteady(first: &Rendered, second: &Rendered) -> Vec<String> {
    first
        .files
        .iter()
        .zip(&second.files)
        .filter(|(one, other)| one != other)
        .map(|(file, _)| format!("`{}` renders differently each time", file.path))
        .collect()
}
