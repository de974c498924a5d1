//! `treenail upgrade`: bring in a newer scaffold or changed answers, as a three-way merge that never loses an edit.

mod branch;
mod folder;
mod folders;
mod handover;
mod questions;
mod report;

use std::path::Path;
use std::process::ExitCode;

use super::answers;
use crate::cli::{Flags, OnConflict, Upgrade};
use crate::error::{Error, Kind, Result};
use crate::fs;
use crate::project::answers_file;
use crate::ui::Ui;

use folder::One;

pub(super) use handover::changes;

/// Does what `arguments` say; `flags` are those of the questions of the built-in scaffold.
///
/// # Errors
/// Conflicts; answers that are missing or no longer valid; whatever is in the way; a failure to write. Nothing has
/// been written then. With several directories, only what is wrong with the command line itself: what is wrong with
/// a directory has been told then.
pub(crate) fn run(ui: &Ui, arguments: &Upgrade, flags: &Flags) -> Result<ExitCode> {
    refuse_markers_elsewhere(arguments)?;
    refuse_swallowed_directory(arguments)?;
    let overrides = answers::collect(arguments.answers.as_deref(), &arguments.sets, flags.given.clone())?;
    let one = One { ui, arguments, flags, overrides: &overrides };
    match arguments.dirs.as_slice() {
        [] => alone(&one, Path::new(".")),
        [dir] => alone(&one, dir),
        dirs => folders::run(&one, dirs),
    }
}

fn alone(one: &One, dir: &Path) -> Result<ExitCode> {
    one.run(dir, &mut |report| one.ui.data(&format!("{report:#}\n"))).map(|_| ExitCode::SUCCESS)
}

/// Asks whether to go on, where somebody is there to answer.
///
/// # Errors
/// Cancelled, where the answer is no.
pub(super) fn agree(ui: &Ui, yes: bool) -> Result<()> {
    if yes || !ui.interactive() {
        return Ok(());
    }
    let items = ["Write it".to_owned(), "Leave everything as it is".to_owned()];
    match ui.choose("What now?", &items)? {
        Some(0) => Ok(()),
        _ => Err(Error::cancelled()),
    }
}

/// Markers go into the work tree and wait there for a commit.
fn refuse_markers_elsewhere(arguments: &Upgrade) -> Result<()> {
    let other = match (&arguments.branch, arguments.no_commit) {
        (Some(_), _) => "--branch",
        (None, true) => "--no-commit",
        (None, false) => return Ok(()),
    };
    if arguments.conflicts != OnConflict::Markers {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("--conflicts=markers does not go with {other}"))
        .hint("markers are left in the work tree, and what you resolve is committed there"))
}

/// Where the only word could be meant as the directory as well, nobody should have to find out what it was taken for.
fn refuse_swallowed_directory(arguments: &Upgrade) -> Result<()> {
    let Some(Some(name)) = arguments.branch.as_ref().filter(|_| arguments.dirs.is_empty()) else {
        return Ok(());
    };
    let is_generated = fs::read_if_there(&Path::new(name).join(answers_file::PATH));
    if !is_generated.is_ok_and(|found| found.is_some()) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("`--branch {name}` names a branch, but `{name}` is a folder to upgrade too"),
    )
    .hint(format!("`treenail upgrade {name} --branch` upgrades that folder"))
    .hint(format!("`treenail upgrade . --branch {name}` makes a branch of that name")))
}
