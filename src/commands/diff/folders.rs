//! `treenail diff` of several folders: a row for each.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{DiffArgs, compare, print_decisions};
use crate::commands::folders::{FolderReading, head, json, read_each, worst};
use crate::error::{Result, SOMETHING_TO_DO};
use crate::ui::Ui;
use crate::ui::table::{Align, Table};

/// What is shown of a folder.
struct Summary {
    files: usize,
    added: usize,
    removed: usize,
    conflicts: usize,
    /// Null unless it is to be printed.
    json: Value,
}

pub(super) fn run(ui: &Ui, arguments: &DiffArgs, dirs: &[PathBuf]) -> Result<ExitCode> {
    let readings = read_each(ui, dirs, |ui, dir| {
        let (changed, plan) = compare(dir, arguments)?;
        if !plan.conflicts.is_empty() || !plan.stale.is_empty() {
            ui.message(&head(&dir.display().to_string()));
            print_decisions(ui, &plan);
        }
        let json = if arguments.json { super::json(&changed, &plan, arguments) } else { Value::Null };
        Ok(Summary {
            files: changed.len(),
            added: changed.iter().map(|changed| changed.diff.added).sum(),
            removed: changed.iter().map(|changed| changed.diff.removed).sum(),
            conflicts: plan.conflicts.len(),
            json,
        })
    })?;
    if arguments.json {
        ui.print(&json("treenail.diffs/1", "diff", &readings, |summary| &summary.json))?;
    } else {
        ui.table(&table(&readings, arguments.upgrade))?;
    }
    let differs =
        |reading: &FolderReading<Summary>| reading.result.as_ref().is_ok_and(|summary| summary.files > 0);
    let otherwise = if arguments.exit_code && readings.iter().any(differs) { SOMETHING_TO_DO } else { 0 };
    Ok(worst(&readings, otherwise))
}

fn table(readings: &[FolderReading<Summary>], with_conflicts: bool) -> Table {
    let columns = [
        ("folder", Align::Left),
        ("files", Align::Right),
        ("added", Align::Right),
        ("removed", Align::Right),
        ("conflicts", Align::Right),
    ];
    // Edits alone have none.
    let shown = if with_conflicts { columns.len() } else { columns.len() - 1 };
    let mut table = Table::new(columns.into_iter().take(shown));
    for FolderReading { dir, result } in readings {
        match result {
            Ok(summary) => {
                let counts = [summary.files, summary.added, summary.removed, summary.conflicts];
                table.row(dir, counts.into_iter().take(shown - 1).map(|count| count.to_string()));
            }
            Err(error) => table.note(dir, &format!("failed: {error}")),
        }
    }
    table
}
