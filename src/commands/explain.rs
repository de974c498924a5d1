//! `treenail explain`: the long story behind a rule of `check` or a question of the scaffold.

use std::fmt::Write;

use crate::check::registry::{self, Rule};
use crate::error::{Error, Kind, Result};
use crate::scaffold::definition::{Definition, Question};
use crate::suggest;
use crate::ui::{Ui, data};

/// Explains `word`, the code of a rule or the name of a question of `definition`; without a word, lists the rules.
///
/// # Errors
/// Wrong usage where `word` is neither.
pub(crate) fn run(ui: &Ui, word: Option<&str>, definition: &Definition) -> Result<()> {
    let Some(word) = word else { return ui.data(&list()) };
    if let Some(rule) = registry::find(word) {
        return ui.data(&of_rule(rule));
    }
    match definition.questions.iter().find(|question| question.name == word) {
        Some(question) => ui.data(&of_question(question)),
        None => Err(unknown(word, definition)),
    }
}

fn list() -> String {
    let mut text = String::new();
    for rule in registry::ALL {
        let _ = writeln!(text, "{}  {:7}  {}", data::bold(rule.code), rule.severity.as_str(), rule.title);
    }
    text
}

fn of_rule(rule: &Rule) -> String {
    let head = format!("{} ({}): {}", rule.code, rule.severity.as_str(), rule.title);
    let mut text = format!("{}\n\n", data::bold(&head));
    for line in rule.explanation.lines() {
        let line = match (line.strip_prefix("## "), line.strip_prefix("```yaml path=")) {
            (Some(heading), _) => data::bold(heading),
            // What else is behind the path is for the tests.
            (_, Some(info)) => format!("```yaml\n# {}", info.split(' ').next().unwrap_or_default()),
            _ => line.to_owned(),
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

fn of_question(question: &Question) -> String {
    let head = format!("--{} ({}): {}", question.name, question.kind.noun(), question.prompt);
    let mut text = format!("{}\n\n{}\n", data::bold(&head), question.help.trim_end());
    if let Some(example) = &question.own_example {
        let _ = writeln!(text, "\nfor example: {example}");
    }
    text
}

fn unknown(word: &str, definition: &Definition) -> Error {
    let names = definition.questions.iter().map(|question| &*question.name);
    let error = Error::new(Kind::Usage, format!("there is no rule and no question `{word}`"));
    // Codes differ in a digit or two, so the nearest one would be a guess.
    let error = match suggest::nearest(word, names) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error,
    };
    error.hint("`treenail explain` lists the rules, `treenail scaffold show` the questions")
}
