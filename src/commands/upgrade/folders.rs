//! Upgrades of several directories, one after the other: a failure in one does not stop the others.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::folder::{UpgradeOutcome, UpgradeRun};
use crate::error::{Error, ErrorKind, Result};
use crate::ui::interrupt;

struct FolderResult {
    dir: String,
    /// `None` where it was not started.
    result: Option<Result<UpgradeOutcome>>,
    report: Option<Value>,
}

/// Upgrades `dirs`; gives the highest exit code. A cancelled one is the last.
pub(crate) fn upgrade_each(run: &UpgradeRun, dirs: &[PathBuf]) -> Result<ExitCode> {
    let mut outcomes = Vec::new();
    let mut is_cancelled = false;
    for dir in dirs {
        is_cancelled = is_cancelled || interrupt::cancelled();
        let mut outcome = FolderResult { dir: dir.display().to_string(), result: None, report: None };
        if !is_cancelled {
            head(run, &outcome.dir)?;
            let result = run.run(dir, &mut |report| {
                outcome.report = Some(report);
                Ok(())
            });
            if let Err(error) = &result {
                run.ui.error(error);
                is_cancelled = error.kind == ErrorKind::Cancelled;
            }
            outcome.result = Some(result);
        }
        outcomes.push(outcome);
    }
    summarise(run, &outcomes)?;
    let worst = outcomes.iter().map(FolderResult::code).max().unwrap_or_default();
    Ok(ExitCode::from(if is_cancelled { ErrorKind::Cancelled as u8 } else { worst }))
}

/// Prints the name of the directory that the following lines are about.
fn head(run: &UpgradeRun, dir: &str) -> Result<()> {
    let line = format!("==> {dir} <==");
    if run.arguments.json {
        run.ui.message(&line);
        return Ok(());
    }
    // What is printed on the other stream says itself what it is about.
    run.ui.report(&line)
}

fn summarise(run: &UpgradeRun, outcomes: &[FolderResult]) -> Result<()> {
    let width = outcomes.iter().map(|outcome| outcome.dir.chars().count()).max().unwrap_or_default();
    let lines = outcomes.iter().map(|outcome| format!("{:width$}  {}", outcome.dir, outcome.message()));
    let lines = format!("==> summary <==\n{}", lines.collect::<Vec<_>>().join("\n"));
    if !run.arguments.json {
        return run.ui.report(&lines);
    }
    run.ui.messages(&lines);
    let directories: Vec<Value> = outcomes.iter().map(FolderResult::json).collect();
    let shape = json!({ "schema": "treenail.upgrades/1", "directories": directories });
    run.ui.print(&format!("{shape:#}\n"))
}

impl FolderResult {
    fn code(&self) -> u8 {
        match &self.result {
            Some(Err(error)) => error.kind as u8,
            _ => 0,
        }
    }

    fn error(&self) -> Option<&Error> {
        self.result.as_ref().and_then(|result| result.as_ref().err())
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
