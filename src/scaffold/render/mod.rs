//! Renders a scaffold and answers to files in memory. The only user of the template engine. Pure: the same scaffold and
//! answers give the same bytes everywhere.

pub(crate) mod bases;
mod builtin;
pub(crate) mod engine;
pub(crate) mod expressions;
mod filters;
mod meter;
mod metered;
pub(crate) mod paths;
pub(crate) mod scope;
mod slots;

use std::collections::BTreeSet;

use self::bases::EnvironmentBase;
use self::engine::{Engine, List, Variables, text_fields};
use self::expressions::Expression;
use self::scope::AnswerScope;
use super::Scaffold;
use super::definition::Ownership;
use super::limits;
use crate::error::{Error, Problem, Result};
use crate::tree::{File, Tree};
use crate::values::value::Answers;

/// The output of a scaffold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The files, sorted by path.
    pub files: Vec<RenderedFile>,
    pub(crate) next: Vec<String>,
    pub(crate) bases: Vec<EnvironmentBase>,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// Path below the target, with `/` between its parts; never outside it.
    pub path: String,
    /// Its mode and content.
    pub file: File,
    /// Who owns it after it was written.
    pub ownership: Ownership,
    /// The path that it has, had in an earlier version, or would have with other answers: Git follows a file that is renamed,
    /// so the base keeps it in one place. `path` if there is nothing to follow.
    pub slot: String,
}

pub(crate) fn tree(files: &[RenderedFile]) -> Tree {
    files.iter().map(|rendered| (rendered.path.clone(), rendered.file.clone())).collect()
}

struct Planned<'s> {
    rule: usize,
    template: &'s str,
    path: String,
    about: String,
    variables: Variables,
}

pub(super) fn render(scaffold: &Scaffold, answers: &Answers, prefix: &str) -> Result<Rendered> {
    let scope = scope(scaffold, answers)?;
    let variables = variables(scaffold, &scope, prefix);
    let steps = 0..scaffold.definition.next.len();
    let next = steps.map(|index| scaffold.expressions.text(Expression::Next(index), &variables));
    let next = next.collect::<Result<_>>()?;
    let plan = plan(scaffold, &scope, &variables)?;
    let slots = slots::of(scaffold, answers, &plan);
    let engine = compile(scaffold, &plan)?;
    let entries: Vec<_> = plan.iter().map(|planned| map_entry(scaffold, planned)).collect();
    let map = List::new(&entries);
    let mut files = Vec::with_capacity(plan.len());
    let mut problems = Vec::new();
    for (planned, slot) in plan.into_iter().zip(slots) {
        // One report is enough to say that nothing can be rendered any more.
        if !problems.is_empty() && variables.is_spent() {
            break;
        }
        match content(scaffold, &engine, &planned, &map) {
            Ok(content) => files.push(file(scaffold, planned, slot, content)),
            Err(report) => problems.push(Problem::new(report, "")),
        }
    }
    if !problems.is_empty() {
        return Err(broken(scaffold).problems(problems));
    }
    let bases = bases::of(scaffold, &scope)?;
    add_copies(scaffold, &bases, &variables, &mut files)?;
    Ok(Rendered { files, next, bases })
}

/// Adds the files that are copies of others.
fn add_copies(
    scaffold: &Scaffold,
    bases: &[EnvironmentBase],
    variables: &Variables,
    files: &mut Vec<RenderedFile>,
) -> Result<()> {
    let copies = bases::copies(bases, files);
    if copies.is_empty() {
        return Ok(());
    }
    let spent = copies.iter().try_for_each(|copy| variables.spend_bytes(copy.file.content.len()));
    files.extend(copies);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let pairs: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.slot.as_str())).collect();
    let problems: Vec<_> = spent.err().into_iter().chain(paths::clashes(&pairs)).collect();
    if files.len() > limits::FILES {
        return Err(too_many(scaffold));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(broken(scaffold).problems(problems.into_iter().map(|problem| Problem::new(problem, ""))))
}

fn too_many(scaffold: &Scaffold) -> Error {
    broken(scaffold).problem(format!("it gives more than {} files", limits::FILES), "")
}

pub(crate) fn broken(scaffold: &Scaffold) -> Error {
    Error::failure(format!("scaffold `{}` cannot be rendered", scaffold.definition.name))
}

/// Returns the files to render, sorted by path; every path is valid.
fn plan<'s>(
    scaffold: &'s Scaffold,
    scope: &AnswerScope<'s>,
    variables: &Variables,
) -> Result<Vec<Planned<'s>>> {
    let mut plan = Vec::new();
    for (index, rule) in scaffold.definition.files.iter().enumerate() {
        match (&rule.each, &rule.item) {
            (Some(each), Some(name)) => {
                for item in scope.items(each) {
                    let mut variables = variables.clone();
                    variables.item(name.clone(), item);
                    plan.extend(plan_file(scaffold, index, variables)?);
                }
            }
            _ => plan.extend(plan_file(scaffold, index, variables.clone())?),
        }
        if plan.len() > limits::FILES {
            return Err(too_many(scaffold));
        }
    }
    plan.sort_by(|one, other| one.path.cmp(&other.path));
    check_paths(scaffold, &plan)?;
    Ok(plan)
}

fn variables(scaffold: &Scaffold, scope: &AnswerScope<'_>, prefix: &str) -> Variables {
    let mut variables = scope.variables().clone();
    variables.text("prefix", prefix);
    let version = scaffold.definition.version.to_string();
    variables.item("scaffold", &text_fields([("name", &scaffold.definition.name), ("version", &version)]));
    variables
}

/// Returns the variables of all answers; every question must be answered.
pub(crate) fn scope<'s>(scaffold: &'s Scaffold, answers: &Answers) -> Result<AnswerScope<'s>> {
    let mut scope = AnswerScope::new(scaffold);
    let mut missing = Vec::new();
    for question in &scaffold.definition.questions {
        match answers.get(&question.name) {
            Some(answer) => scope.add(&answer.question, &answer.value)?,
            None => missing.push(Problem::new(format!("`{}` is not answered", question.name), "")),
        }
    }
    if missing.is_empty() { Ok(scope) } else { Err(broken(scaffold).problems(missing)) }
}

fn plan_file(scaffold: &Scaffold, index: usize, variables: Variables) -> Result<Option<Planned<'_>>> {
    if !scaffold.expressions.holds(Expression::FileWhen(index), &variables)? {
        return Ok(None);
    }
    let path = scaffold.expressions.text(Expression::Path(index), &variables)?;
    let about = scaffold.expressions.text(Expression::About(index), &variables)?;
    let template = scaffold.definition.files[index].template();
    Ok(Some(Planned { rule: index, template, path, about, variables }))
}

fn check_paths(scaffold: &Scaffold, plan: &[Planned<'_>]) -> Result<()> {
    let mut problems: Vec<_> = plan
        .iter()
        .filter_map(|planned| {
            let refusal = paths::refusal(&planned.path)?;
            Some(format!("`{}` (rule for `files/{}`) {refusal}", planned.path, planned.template))
        })
        .collect();
    let pairs: Vec<_> = plan.iter().map(|planned| (planned.path.as_str(), planned.template)).collect();
    problems.extend(paths::clashes(&pairs));
    if problems.is_empty() {
        return Ok(());
    }
    Err(broken(scaffold).problems(problems.into_iter().map(|problem| Problem::new(problem, ""))))
}

fn compile(scaffold: &Scaffold, plan: &[Planned<'_>]) -> Result<Engine> {
    let templates: BTreeSet<_> = plan.iter().map(|planned| planned.template).collect();
    let sources: Vec<_> =
        templates.iter().filter_map(|template| Some((*template, scaffold.template(template)?))).collect();
    let fail = |reports: Vec<String>| {
        broken(scaffold).problems(reports.into_iter().map(|report| Problem::new(report, "")))
    };
    let engine = Engine::new(sources.iter().copied()).map_err(fail)?;
    let unknown: Vec<_> = scaffold
        .definition
        .files
        .iter()
        .filter(|rule| templates.contains(rule.template()))
        .filter_map(|rule| {
            let source = scaffold.template(rule.template())?;
            Some(engine.unknown(rule.template(), source, &scaffold.visible(rule)))
        })
        .flatten()
        .collect();
    if unknown.is_empty() { Ok(engine) } else { Err(fail(unknown)) }
}

fn map_entry(scaffold: &Scaffold, planned: &Planned<'_>) -> engine::Fields {
    let ownership = scaffold.definition.files[planned.rule].ownership.as_str();
    text_fields([("path", &planned.path), ("ownership", ownership), ("about", &planned.about)])
}

/// Renders the content of a file; copies a binary template.
fn content(
    scaffold: &Scaffold,
    engine: &Engine,
    planned: &Planned<'_>,
    map: &List,
) -> std::result::Result<Vec<u8>, String> {
    let Some(source) = scaffold.template(planned.template) else {
        let content = scaffold.templates.get(planned.template).cloned().unwrap_or_default();
        let spent = planned.variables.spend_bytes(content.len());
        return spent.map(|()| content).map_err(|why| format!("{}: {why}", planned.template));
    };
    let mut variables = planned.variables.clone();
    variables.files(map.clone());
    let mut text = engine.render(planned.template, &variables)?;
    if source.ends_with('\n') {
        text.truncate(text.trim_end_matches('\n').len());
        text.push('\n');
    }
    Ok(text.into_bytes())
}

fn file(scaffold: &Scaffold, planned: Planned<'_>, slot: String, content: Vec<u8>) -> RenderedFile {
    let rule = &scaffold.definition.files[planned.rule];
    let file = File::new(content, rule.executable);
    RenderedFile { path: planned.path, file, ownership: rule.ownership, slot }
}

#[cfg(test)]
mod bombs;
#[cfg(test)]
mod tests;
