//! `treenail status` of several folders: a row for each.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{Overview, StatusArgs, with_overview, word};
use crate::commands::folders::{FolderReading, json, read_each, worst};
use crate::error::Result;
use crate::project::file_status::FileStatus;
use crate::ui::Ui;
use crate::ui::table::{Align, Table};

/// What is shown of a folder.
struct Summary {
    scaffold: String,
    newest: String,
    edited: usize,
    conflicts: usize,
    unfinished: String,
    json: Value,
}

pub(super) fn run(ui: &Ui, arguments: &StatusArgs, dirs: &[PathBuf]) -> Result<ExitCode> {
    let scaffold = arguments.scaffold.as_deref();
    let readings = read_each(ui, dirs, |_, dir| with_overview(dir, scaffold, Summary::of))?;
    if arguments.json {
        ui.print(&json("treenail.statuses/1", "status", &readings, |summary| &summary.json))?;
    } else {
        ui.table(&table(&readings))?;
    }
    Ok(worst(&readings, 0))
}

impl Summary {
    fn of(overview: &Overview) -> Self {
        let recorded = &overview.project.recorded.scaffold;
        let count = |counts: &dyn Fn(FileStatus) -> bool| {
            overview.files.iter().filter(|(.., status)| counts(*status)).count()
        };
        let is_edit =
            |status| !matches!(status, FileStatus::Pristine | FileStatus::Yours | FileStatus::Conflict);
        let unfinished = overview.unfinished.map(|unfinished| word(unfinished).to_owned());
        let answers = (!overview.edited.is_empty()).then(|| "edited answers".to_owned());
        Self {
            scaffold: format!("{} {}", recorded.name, recorded.version),
            newest: newest(overview),
            edited: count(&is_edit),
            conflicts: count(&|status| status == FileStatus::Conflict),
            unfinished: unfinished.into_iter().chain(answers).collect::<Vec<_>>().join(", "),
            json: overview.json(),
        }
    }
}

fn newest(overview: &Overview) -> String {
    let Some(newest) = overview.newest() else { return "not built in".to_owned() };
    match newest.cmp(&overview.project.recorded.scaffold.version) {
        Ordering::Equal if overview.is_current() == Some(false) => format!("{newest}, changed"),
        Ordering::Less | Ordering::Equal | Ordering::Greater => newest.to_string(),
    }
}

fn table(readings: &[FolderReading<Summary>]) -> Table {
    let mut table = Table::new([
        ("folder", Align::Left),
        ("scaffold", Align::Left),
        ("newest", Align::Left),
        ("edited", Align::Right),
        ("conflicts", Align::Right),
        ("unfinished", Align::Left),
    ]);
    for FolderReading { dir, result } in readings {
        match result {
            Ok(Summary { scaffold, newest, edited, conflicts, unfinished, .. }) => table.row(
                dir,
                [
                    scaffold.clone(),
                    newest.clone(),
                    edited.to_string(),
                    conflicts.to_string(),
                    unfinished.clone(),
                ],
            ),
            Err(error) => table.note(dir, &format!("failed: {error}")),
        }
    }
    table
}
