//! `treenail explain`: explains a rule of `check`, or a question of the scaffold, in detail.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;

use crate::check::rule::{self, Rule};
use crate::check::rules::{GROUPS, Group};
use crate::error::{Error, ErrorKind, Result};
use crate::scaffold::definition::{Definition, Question};
use crate::suggest;
use crate::ui::{Ui, style};

/// Explain a rule of `check`, or a question, in detail
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Code of a rule, or name of a question [default: list the rules]
    #[arg(value_name = "CODE|QUESTION")]
    word: Option<String>,
}

pub(crate) fn run(ui: &Ui, arguments: &ExplainArgs, definition: &Definition) -> Result<ExitCode> {
    let text = match arguments.word.as_deref() {
        None => list(),
        Some(word) => match (rule::find(word), definition.question(word)) {
            (Some(rule), _) => of_rule(rule),
            (None, Some(question)) => of_question(question),
            (None, None) => return Err(unknown(word, definition)),
        },
    };
    ui.show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the rules by group, as in the documentation: a heading, a line for each, an empty line.
fn list() -> String {
    let groups: Vec<_> = GROUPS.iter().copied().map(of_group).collect();
    groups.join("\n")
}

fn of_group(group: Group) -> String {
    let name = style::dim(&format!("({})", group.name()));
    let mut text = format!("{} {name}\n", style::bold(group.title));
    for rule in group.rules() {
        let _ = writeln!(text, "{}  {:7}  {}", rule.code, rule.severity.as_str(), rule.title);
    }
    text
}

fn of_rule(rule: &Rule) -> String {
    let taste = if rule.is_taste { ", a note outside generated repositories" } else { "" };
    let head = format!("{} ({}{taste}): {}", rule.code, rule.severity.as_str(), rule.title);
    let mut text = format!("{}\n\n", style::bold(&head));
    for line in rule.explanation.lines() {
        let line = match (line.strip_prefix("## "), line.strip_prefix("```yaml path=")) {
            (Some(heading), _) => style::bold(heading),
            // The words after the path are for tests.
            (_, Some(info)) => format!("```yaml\n# {}", info.split(' ').next().unwrap_or_default()),
            _ => line.to_owned(),
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

fn of_question(question: &Question) -> String {
    let head = format!("--{} ({}): {}", question.name, question.kind.noun(), question.prompt);
    let mut text = format!("{}\n\n{}\n", style::bold(&head), question.help.trim_end());
    if let Some(example) = &question.own_example {
        let _ = writeln!(text, "\nfor example: {example}");
    }
    text
}

fn unknown(word: &str, definition: &Definition) -> Error {
    let names = definition.questions.iter().map(|question| &*question.name);
    let error = Error::new(ErrorKind::Usage, format!("unknown rule or question `{word}`"));
    // Codes differ in a digit or two, so a similar code says nothing.
    let error = match suggest::nearest(word, names) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error,
    };
    error.hint("`treenail explain` lists the rules, `treenail scaffold show` the questions")
}
