//! What each command does: one file a verb, which ties the other modules together and decides nothing that one of
//! them could decide.

mod adopt;
mod answers;
mod check;
mod completions;
mod diff;
mod explain;
mod new;
mod restore;
mod scaffold;
mod status;
mod upgrade;
pub(crate) mod words;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::cli::{self, Verb};
use crate::error::{Context, Error, Kind, Result};
use crate::ui::{Ui, interrupt};

/// Runs the program with `arguments` (its own name first) and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match try_run(arguments) {
        Ok(code) => code,
        // Only what goes wrong before the command line is understood comes here.
        Err(error) => told(&Ui::plain(), &error),
    }
}

fn try_run(arguments: impl IntoIterator<Item = OsString>) -> Result<ExitCode> {
    let scaffold = crate::scaffold::source::load(cli::DEFAULT_SCAFFOLD)?;
    let parsed = match cli::parse(&scaffold.definition, arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are such errors too, with the exit code of a success.
            match error.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(error).context(|| "cannot print".to_owned());
                }
                _ => {}
            }
            return Ok(if error.exit_code() == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(Kind::Usage as u8)
            });
        }
    };
    let ui = Ui::new(&parsed.cli.global);
    interrupt::install()?;
    let result = match parsed.cli.command {
        Verb::New(arguments) => new::run(&ui, &arguments, &parsed.flags, scaffold),
        Verb::Upgrade(arguments) => {
            return Ok(upgrade::run(&ui, &arguments, &parsed.flags).unwrap_or_else(|error| told(&ui, &error)));
        }
        Verb::Adopt(arguments) => adopt::run(&ui, &arguments, &parsed.flags, scaffold),
        Verb::Status(arguments) => status::run(&ui, &arguments),
        Verb::Diff(arguments) => {
            return Ok(diff::run(&ui, &arguments).unwrap_or_else(|error| told(&ui, &error)));
        }
        Verb::Restore(arguments) => restore::run(&ui, &arguments),
        Verb::Check(arguments) => {
            return Ok(check::run(&ui, &arguments).unwrap_or_else(|error| told(&ui, &error)));
        }
        Verb::Explain { word } => explain::run(&ui, word.as_deref(), &scaffold.definition),
        Verb::Scaffold { verb } => scaffold::run(&ui, verb),
        Verb::Completions { shell } => completions::completions(&ui, shell, &scaffold.definition),
        Verb::Man { dir } => completions::man(&ui, &dir, &scaffold.definition),
    };
    Ok(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&ui, &error),
    })
}

/// Tells the user about an error; gives its exit code.
fn told(ui: &Ui, error: &Error) -> ExitCode {
    ui.error(error);
    error.exit_code()
}
