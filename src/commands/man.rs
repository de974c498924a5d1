//! `treenail man`: the manual pages, for packagers.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};

use crate::error::{Context, Result};
use crate::ui::Ui;

/// Write the manual pages to a folder
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder; it must exist
    dir: PathBuf,
}

pub(crate) fn run(ui: &Ui, arguments: &ManArgs, command: Command) -> Result<ExitCode> {
    let dir = arguments.dir.display();
    let write = || clap_mangen::generate_to(command, &arguments.dir);
    ui.write(|_| write().context(|| format!("cannot write the manual pages to `{dir}`")))?;
    ui.done(&format!("wrote the manual pages to {dir}"));
    Ok(ExitCode::SUCCESS)
}
