//! Free text: a single line, or a shell command of several lines.

use super::Limits;
use super::invalid::{Invalid, only, printable, shown};
use super::value::Value;
use crate::suggest;

const LONGEST: usize = 4096;

/// The variables that Tekton replaces in a Task before the shell runs.
/// <https://tekton.dev/docs/pipelines/variables/>
const VARIABLES: [&str; 8] =
    ["params", "tasks", "context", "workspaces", "results", "steps", "step", "credentials"];

/// Reads one printable line; one of `choices`, if any.
pub(super) fn line(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    only(text, printable, "it must be one line of printable text")?;
    if limits.choices.is_empty() || limits.choices.iter().any(|choice| choice == text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let known = limits.choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    let reason = format!("{} is none of {known}", shown(text));
    Err(match suggest::nearest(text, limits.choices.iter().map(String::as_str)) {
        Some(meant) => Invalid::new(format!("{reason}; did you mean `{meant}`")).suggest(meant),
        None => Invalid::new(reason),
    })
}

/// Reads a shell command: printable text, tabs and line breaks, without Tekton variables.
pub(super) fn command(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let allowed = |letter: char| printable(letter) || letter == '\n' || letter == '\t';
    only(text, allowed, "a command is printable text, tabs and line feeds")
        .map_err(|invalid| invalid.suggest(text.replace("\r\n", "\n")))?;
    if text.len() > LONGEST {
        let reason =
            format!("the command has {} bytes; at most {LONGEST} are allowed, so call a script", text.len());
        return Err(Invalid::new(reason));
    }
    match text.split("$(").skip(1).find(|inside| is_variable(inside)) {
        Some(inside) => {
            let variable: String = inside.chars().take_while(|letter| *letter != ')').collect();
            let shown = shown(&format!("$({variable})"));
            Err(Invalid::new(format!(
                "{shown} is a Tekton variable; Tekton would replace it before the shell runs"
            )))
        }
        None => Ok(Value::Text(text.to_owned())),
    }
}

fn is_variable(inside: &str) -> bool {
    VARIABLES.iter().any(|name| inside.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '['])))
}
