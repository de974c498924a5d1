//! Finds mistakes in a scaffold that renders today and fails for other answers: unquoted values, unused questions, answers
//! that were never tried. For scaffold authors, and for the tests of the built-in scaffolds.

mod dry_run;
mod layout;
mod usage;

use crate::error::Problem;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::FileRule;
use crate::scaffold::render::engine::Engine;

/// All problems of a scaffold, in the order of its file rules.
pub fn lint(scaffold: &Scaffold) -> Vec<Problem> {
    let mut problems = missing_words(scaffold);
    let mut used = usage::Used::new(scaffold);
    let mut compiles = true;
    for rule in &scaffold.definition.files {
        if let Some(source) = scaffold.template(rule.template()) {
            problems.extend(layout::problems(rule.template(), source));
            match compile(scaffold, rule, source) {
                Ok(engine) => used.add_template(rule.template(), source, &engine),
                Err(reports) => {
                    compiles = false;
                    problems.extend(reports.into_iter().map(|report| Problem::new(report, "")));
                }
            }
        }
    }
    if compiles {
        problems.extend(used.unused(scaffold));
        problems.extend(dry_run::problems(scaffold));
    }
    problems
}

fn compile(scaffold: &Scaffold, rule: &FileRule, source: &str) -> Result<Engine, Vec<String>> {
    let engine = Engine::new([(rule.template(), source)])?;
    let unknown = engine.unknown(rule.template(), source, &scaffold.visible(rule));
    if unknown.is_empty() { Ok(engine) } else { Err(unknown) }
}

/// Reports empty texts that users read.
fn missing_words(scaffold: &Scaffold) -> Vec<Problem> {
    let definition = &scaffold.definition;
    let mut texts = vec![("the scaffold", String::new(), "summary", &definition.summary)];
    for question in &definition.questions {
        texts.push(("question", question.name.clone(), "prompt", &question.prompt));
        texts.push(("question", question.name.clone(), "help", &question.help));
    }
    for derived in &definition.derived {
        texts.push(("derived", derived.name.clone(), "about", &derived.about));
    }
    for rule in &definition.files {
        texts.push(("the rule for", rule.path.clone(), "about", &rule.about));
    }
    texts
        .into_iter()
        .filter(|(_, _, _, text)| text.trim().is_empty())
        .map(|(what, name, key, _)| {
            let subject = if name.is_empty() { what.to_owned() } else { format!("{what} `{name}`") };
            Problem::new(
                format!("{subject} has no `{key}`"),
                format!("write a `{key}` that says what it is for"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
