//! `treenail completions` and `treenail man`: what packagers and shells want.

use std::path::Path;

use crate::cli;
use crate::error::{Context, Result};
use crate::scaffold::definition::Definition;
use crate::ui::Ui;

/// Prints the completion script of `shell`.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn completions(ui: &Ui, shell: clap_complete::Shell, definition: &Definition) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(definition), "treenail", &mut script);
    ui.data(&String::from_utf8_lossy(&script))
}

/// Writes the manual pages into the existing folder `dir`.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn man(ui: &Ui, dir: &Path, definition: &Definition) -> Result<()> {
    clap_mangen::generate_to(cli::command(definition), dir)
        .context(|| format!("cannot write the manual pages into `{}`", dir.display()))?;
    ui.done(&format!("wrote the manual pages to {}", dir.display()));
    Ok(())
}
