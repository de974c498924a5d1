//! `treenail upgrade`: bring in a newer scaffold or changed answers, as a three-way merge that never loses an edit.

mod again;
mod branch;
mod folder;
mod folders;
mod follow_up;
mod merge_state;
mod message;
mod questions;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use clap::{Args, ValueEnum};

use super::answers::AnswerArgs;
use super::answers::flags::QuestionFlags;
use super::downtime::DowntimeArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::git;
use crate::project::answers_file;
use crate::project::commit_message::MessageTemplate;
use crate::ui::Ui;

use folder::UpgradeRun;
use report::UpgradeReport;

/// Merge a newer scaffold or changed answers with your edits
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 conflicts, \
                        4 answers missing or invalid, 5 something in the way, 6 recorded state damaged, 130 cancelled. \
                        With several folders it is the highest of their codes.")]
pub(crate) struct UpgradeArgs {
    /// Generated folders; those of different repositories are upgraded at the same time [default: .]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Scaffold to upgrade to: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    #[command(flatten)]
    answers: AnswerArgs,
    /// Accept changed defaults for answers you never set
    #[arg(long)]
    adopt_defaults: bool,
    /// How to handle conflicting changes
    #[arg(long, value_name = "HOW", default_value = "fail")]
    conflicts: OnConflict,
    /// Print what would happen and write nothing; the exit code is that of the upgrade
    #[arg(long)]
    dry_run: bool,
    /// Also print the change as a diff
    #[arg(long)]
    diff: bool,
    /// Print the report as JSON
    #[arg(long, conflicts_with = "diff")]
    json: bool,
    /// Do not ask: neither new questions nor before writing
    #[arg(long, short)]
    yes: bool,
    /// Write the files but do not commit them
    #[arg(long)]
    no_commit: bool,
    /// Commit message; may contain {summary}, {details}, {scaffold}, {from}, {to}, {app} and {folder}
    #[arg(long, value_name = "TEMPLATE", value_parser = MessageTemplate::of_upgrade)]
    #[arg(conflicts_with_all = ["no_commit", "resume", "abort"])]
    message: Option<MessageTemplate>,
    /// Commit to this branch and leave the work tree as it is [default: treenail/upgrade-SCAFFOLD-VERSION]
    ///
    /// Without a name the branch is called `treenail/upgrade-SCAFFOLD-VERSION`, or for a folder inside the repository
    /// `treenail/FOLDER/upgrade-SCAFFOLD-VERSION`. A word that follows is the name, so without one put the option last,
    /// or after the folder. If the branch already contains this upgrade, nothing is done (exit code 0). The hooks of
    /// `git commit` are not run, since the branch is not checked out; the report names them.
    #[arg(long, value_name = "NAME", conflicts_with = "no_commit")]
    #[expect(clippy::option_option, reason = "the option, and the name that it may have")]
    branch: Option<Option<String>>,
    /// Accept an older version of the scaffold
    #[arg(long)]
    allow_downgrade: bool,
    #[command(flatten)]
    downtime: DowntimeArgs,
    /// Merge against the state recorded in this commit, if `.treenail/base` is lost or damaged
    #[arg(long, value_name = "REV", conflicts_with = "two_way")]
    base: Option<String>,
    /// Merge without a base, if it is lost for good: every file that differs is a conflict
    #[arg(long)]
    two_way: bool,
    /// Commit an upgrade whose conflicts are resolved
    #[arg(long = "continue", conflicts_with = "abort")]
    resume: bool,
    /// Give up an upgrade with unresolved conflicts
    #[arg(long)]
    abort: bool,
}

/// How conflicting changes are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// Write nothing
    Fail,
    /// Leave markers in the files, as Git does
    Markers,
    /// Keep your lines
    Ours,
    /// Take the scaffold's lines
    Theirs,
}

/// # Errors
/// Conflicts; answers that are missing or no longer valid; anything in the way; a failure to write. Nothing has been
/// written then. With several folders only errors of the command line: those of a folder are printed with it.
pub(crate) fn run(ui: &Ui, arguments: &UpgradeArgs, flags: &QuestionFlags) -> Result<ExitCode> {
    refuse_markers_elsewhere(arguments)?;
    refuse_swallowed_directory(arguments)?;
    let overrides = arguments.answers.collect(flags)?;
    let asks_no_more = &AtomicBool::new(false);
    let upgrade_run = UpgradeRun { ui, arguments, flags, overrides: &overrides, asks_no_more };
    git::keeping_open(|| match arguments.dirs.as_slice() {
        [] => alone(&upgrade_run, Path::new(".")),
        [dir] => alone(&upgrade_run, dir),
        dirs => folders::upgrade_each(&upgrade_run, dirs),
    })
}

fn alone(run: &UpgradeRun, dir: &Path) -> Result<ExitCode> {
    let mut print = |report: &UpgradeReport| {
        if run.arguments.json { run.ui.print(&format!("{:#}\n", report.json())) } else { Ok(()) }
    };
    run.run(dir, &mut print).map(|_| ExitCode::SUCCESS)
}

/// Conflict markers need a work tree to be resolved in.
fn refuse_markers_elsewhere(arguments: &UpgradeArgs) -> Result<()> {
    let other = match (&arguments.branch, arguments.no_commit) {
        (Some(_), _) => "--branch",
        (None, true) => "--no-commit",
        (None, false) => return Ok(()),
    };
    if arguments.conflicts != OnConflict::Markers {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("--conflicts=markers cannot be used with {other}"))
        .hint("markers are left in the work tree, where you resolve and commit them"))
}

/// A single word after `--branch` may be meant as the folder.
fn refuse_swallowed_directory(arguments: &UpgradeArgs) -> Result<()> {
    let Some(Some(name)) = arguments.branch.as_ref().filter(|_| arguments.dirs.is_empty()) else {
        return Ok(());
    };
    let is_generated = fs::read_own(&Path::new(name).join(answers_file::PATH), fs::limit::ANSWERS);
    if !is_generated.is_ok_and(|found| found.is_some()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!("`--branch {name}` names a branch, but `{name}` is also a generated folder"),
    )
    .hint(format!("`treenail upgrade {name} --branch` upgrades that folder"))
    .hint(format!("`treenail upgrade . --branch {name}` makes a branch of that name")))
}
