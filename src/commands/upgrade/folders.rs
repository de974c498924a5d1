//! Upgrades of several directories: a failure in one does not stop the others. Those of different repositories run at the
//! same time, unless the user is asked about each.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::folder::{UpgradeOutcome, UpgradeRun};
use super::report::UpgradeReport;
use crate::commands::folders::{InRepository, each, head};
use crate::error::{Error, ErrorKind, Result};
use crate::ui::interrupt;
use crate::ui::table::{Align, Table};

/// So many paths of a conflict are named in the summary.
const NAMED: usize = 3;

struct FolderResult {
    dir: String,
    /// `None` where it was not started.
    result: Option<Result<UpgradeOutcome>>,
    report: Option<Value>,
    conflicts: Vec<String>,
}

/// Upgrades `dirs`; gives the highest exit code.
pub(crate) fn upgrade_each(run: &UpgradeRun, dirs: &[PathBuf]) -> Result<ExitCode> {
    let mut results = asking(run, dirs)?;
    let is_cancelled = |result: &FolderResult| result.code() == ErrorKind::Cancelled as u8;
    let rest = &dirs[results.len()..];
    if results.iter().any(is_cancelled) {
        results.extend(rest.iter().map(|dir| FolderResult::new(dir)));
    } else if !rest.is_empty() {
        results.extend(at_once(run, rest)?);
    }
    summarise(run, &results)?;
    let worst = results.iter().map(FolderResult::code).max().unwrap_or_default();
    let is_cancelled = interrupt::cancelled() || results.iter().any(is_cancelled);
    Ok(ExitCode::from(if is_cancelled { ErrorKind::Cancelled as u8 } else { worst }))
}

/// Upgrades the first of `dirs`, one after the other, as long as the user wants to be asked and does not cancel.
fn asking(run: &UpgradeRun, dirs: &[PathBuf]) -> Result<Vec<FolderResult>> {
    let mut results = Vec::new();
    for dir in dirs {
        if !run.asks() {
            break;
        }
        let result = upgrade(run, dir)?;
        let is_cancelled = result.code() == ErrorKind::Cancelled as u8;
        results.push(result);
        if is_cancelled {
            break;
        }
    }
    Ok(results)
}

fn at_once(run: &UpgradeRun, dirs: &[PathBuf]) -> Result<Vec<FolderResult>> {
    let how = if run.arguments.dry_run { InRepository::AtOnce } else { InRepository::InTurn };
    let UpgradeRun { arguments, flags, overrides, asks_no_more, .. } = *run;
    let upgrade_each = || {
        each(run.ui, dirs, how, |ui, dir| {
            upgrade(&UpgradeRun { ui, arguments, flags, overrides, asks_no_more }, dir)
        })
    };
    // A signal does not end the program between two folders, but what is left of the run.
    let results = if arguments.dry_run { upgrade_each() } else { interrupt::several_writes(upgrade_each) }?;
    let started = dirs.iter().zip(results);
    started.map(|(dir, result)| result.unwrap_or_else(|| Ok(FolderResult::new(dir)))).collect()
}

/// # Errors
/// Standard output cannot be written.
fn upgrade(run: &UpgradeRun, dir: &Path) -> Result<FolderResult> {
    let mut result = FolderResult::new(dir);
    let line = head(&result.dir);
    if run.arguments.json {
        run.ui.message(&line);
    } else {
        // What is printed on the other stream says itself what it is about.
        run.ui.report(&line)?;
    }
    let mut on_report = |report: &UpgradeReport| {
        result.conflicts = report.conflicting_paths();
        result.report = run.arguments.json.then(|| report.json());
        Ok(())
    };
    let outcome = run.run(dir, &mut on_report);
    if let Err(error) = &outcome {
        run.ui.error(error);
    }
    result.result = Some(outcome);
    Ok(result)
}

fn summarise(run: &UpgradeRun, results: &[FolderResult]) -> Result<()> {
    let mut table = Table::new([("folder", Align::Left), ("result", Align::Left), ("", Align::Left)]);
    for result in results {
        let (what, more) = result.words();
        table.row(&result.dir, [what.to_owned(), more]);
    }
    let line = "==> summary <==";
    if !run.arguments.json {
        run.ui.report(line)?;
        return run.ui.table_of_report(&table);
    }
    run.ui.message(line);
    run.ui.table_of_messages(&table);
    let directories: Vec<Value> = results.iter().map(FolderResult::json).collect();
    let shape = json!({ "schema": "treenail.upgrades/1", "directories": directories });
    run.ui.print(&format!("{shape:#}\n"))
}

impl FolderResult {
    fn new(dir: &Path) -> Self {
        Self { dir: dir.display().to_string(), result: None, report: None, conflicts: Vec::new() }
    }

    fn code(&self) -> u8 {
        match &self.result {
            Some(Err(error)) => error.kind as u8,
            _ => 0,
        }
    }

    fn error(&self) -> Option<&Error> {
        self.result.as_ref().and_then(|result| result.as_ref().err())
    }

    /// What happened, and more about it.
    fn words(&self) -> (&'static str, String) {
        match &self.result {
            None => ("not started", String::new()),
            Some(Ok(outcome)) => outcome.words(),
            Some(Err(error)) => match error.kind {
                ErrorKind::Conflict if self.conflicts.is_empty() => ("conflicts", error.to_string()),
                ErrorKind::Conflict => ("conflicts", self.conflicting_paths()),
                ErrorKind::Cancelled => ("cancelled", String::new()),
                _ => ("failed", error.to_string()),
            },
        }
    }

    fn conflicting_paths(&self) -> String {
        let named = self.conflicts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        match self.conflicts.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    fn message(&self) -> String {
        match &self.result {
            None => "not started".to_owned(),
            Some(Ok(outcome)) => outcome.message(),
            Some(Err(error)) => match error.kind {
                ErrorKind::Conflict => format!("conflicts: {error}"),
                ErrorKind::Cancelled => error.to_string(),
                _ => format!("failed: {error}"),
            },
        }
    }

    /// Returns the shape documented in `docs/files.md`.
    fn json(&self) -> Value {
        let applied =
            self.result.as_ref().and_then(|result| result.as_ref().ok()).and_then(UpgradeOutcome::applied);
        json!({
            "directory": self.dir,
            "exitCode": self.result.as_ref().map(|_| self.code()),
            "outcome": self.message(),
            "error": self.error().map(ToString::to_string),
            "commit": applied.and_then(|applied| applied.commit.clone()),
            "branch": applied.and_then(|applied| applied.branch.clone()),
            "report": self.report,
        })
    }
}
