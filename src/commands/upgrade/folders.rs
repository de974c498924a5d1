//! Upgrades of several directories, one after the other: what is wrong with one does not keep the others from theirs.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::folder::{Ending, One};
use crate::error::{Error, ErrorKind, Result};
use crate::ui::interrupt;

/// What came of one directory.
struct Outcome {
    dir: String,
    /// `None` where it was not begun.
    result: Option<Result<Ending>>,
    report: Option<Value>,
}

/// Upgrades `dirs`; gives the highest exit code. A cancelled one is the last.
///
/// # Errors
/// The standard output cannot be written to.
pub(crate) fn run(one: &One, dirs: &[PathBuf]) -> Result<ExitCode> {
    let mut outcomes = Vec::new();
    let mut is_cancelled = false;
    for dir in dirs {
        is_cancelled = is_cancelled || interrupt::cancelled();
        let mut outcome = Outcome { dir: dir.display().to_string(), result: None, report: None };
        if !is_cancelled {
            head(one, &outcome.dir)?;
            let result = one.run(dir, &mut |report| {
                outcome.report = Some(report);
                Ok(())
            });
            if let Err(error) = &result {
                one.ui.error(error);
                is_cancelled = error.kind == ErrorKind::Cancelled;
            }
            outcome.result = Some(result);
        }
        outcomes.push(outcome);
    }
    summarise(one, &outcomes)?;
    let worst = outcomes.iter().map(Outcome::code).max().unwrap_or_default();
    Ok(ExitCode::from(if is_cancelled { ErrorKind::Cancelled as u8 } else { worst }))
}

/// Names the directory where what follows is told.
fn head(one: &One, dir: &str) -> Result<()> {
    let line = format!("==> {dir} <==");
    if one.arguments.json || !(one.arguments.dry_run || one.arguments.diff) {
        one.ui.say(&line);
        return Ok(());
    }
    one.ui.data(&format!("{line}\n"))
}

fn summarise(one: &One, outcomes: &[Outcome]) -> Result<()> {
    one.ui.say("==> summary <==");
    let width = outcomes.iter().map(|outcome| outcome.dir.chars().count()).max().unwrap_or_default();
    for outcome in outcomes {
        one.ui.say(&format!("{:width$}  {}", outcome.dir, outcome.told()));
    }
    if !one.arguments.json {
        return Ok(());
    }
    let directories: Vec<Value> = outcomes.iter().map(Outcome::json).collect();
    let shape = json!({ "schema": "treenail.upgrades/1", "directories": directories });
    one.ui.data(&format!("{shape:#}\n"))
}

impl Outcome {
    fn code(&self) -> u8 {
        match &self.result {
            Some(Err(error)) => error.kind as u8,
            _ => 0,
        }
    }

    fn error(&self) -> Option<&Error> {
        self.result.as_ref().and_then(|result| result.as_ref().err())
    }

    fn told(&self) -> String {
        match &self.result {
            None => "not begun".to_owned(),
            Some(Ok(ending)) => ending.told(),
            Some(Err(error)) => match error.kind {
                ErrorKind::Conflict => format!("conflicts: {error}"),
                ErrorKind::Cancelled => error.to_string(),
                _ => format!("failed: {error}"),
            },
        }
    }

    /// The documented shape: see `docs/files.md`.
    fn json(&self) -> Value {
        let landed = self.result.as_ref().and_then(|result| result.as_ref().ok()).and_then(Ending::landed);
        json!({
            "directory": self.dir,
            "exitCode": self.result.as_ref().map(|_| self.code()),
            "outcome": self.told(),
            "error": self.error().map(ToString::to_string),
            "commit": landed.and_then(|landed| landed.commit.clone()),
            "branch": landed.and_then(|landed| landed.branch.clone()),
            "report": self.report,
        })
    }
}
