//! `treenail check`: what is wrong with the manifests in a folder, without a cluster.

mod report;
mod tree;

use std::process::ExitCode;

use crate::check::{self, Severity};
use crate::cli::Check;
use crate::error::{FOUND_ERRORS, Result};
use crate::ui::Ui;

/// Does what `arguments` say; the exit code tells whether there are errors, or warnings where these count as such.
///
/// # Errors
/// A path that is not there, or a file that cannot be read.
pub fn run(ui: &Ui, arguments: &Check) -> Result<ExitCode> {
    let files = tree::gather(&arguments.paths)?;
    let report = check::run(&files);
    ui.data(&report::findings(&report.findings, &files))?;
    ui.say(&report::summary(&report));
    let worst = report.findings.iter().map(|finding| finding.severity).min();
    let limit = if arguments.strict { Severity::Warning } else { Severity::Error };
    Ok(ExitCode::from(if worst.is_some_and(|worst| worst <= limit) { FOUND_ERRORS } else { 0 }))
}
