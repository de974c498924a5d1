//! `treenail check`: what is wrong with the manifests in a folder, without a cluster.

mod report;
mod tree;

use std::fmt::Write as _;
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
    if arguments.versions {
        ui.data(&versions())?;
        return Ok(ExitCode::SUCCESS);
    }
    let files = tree::gather(&arguments.paths)?;
    let report = check::run(&files);
    ui.data(&report::findings(&report.findings, &files))?;
    ui.say(&report::summary(&report));
    let worst = report.findings.iter().map(|finding| finding.severity).min();
    let limit = if arguments.strict { Severity::Warning } else { Severity::Error };
    Ok(ExitCode::from(if worst.is_some_and(|worst| worst <= limit) { FOUND_ERRORS } else { 0 }))
}

/// The projects whose kinds are known, with the Go modules that these are from, one a line.
fn versions() -> String {
    check::modules().fold(String::new(), |mut lines, (project, module, version)| {
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{project:<16}  {module} {version}");
        lines
    })
}
