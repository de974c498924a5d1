//! `treenail completions`: a completion script for a shell.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::Result;
use crate::ui::Ui;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(ui: &Ui, arguments: &CompletionsArgs, command: &mut Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "treenail", &mut script);
    ui.print_bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}
