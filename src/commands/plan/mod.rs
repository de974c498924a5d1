//! `treenail plan`: what the cluster does if a change is merged, without a cluster.

mod fail_on;
mod json;
mod revisions;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::commands::merge_effect::{markdown, people};
use crate::error::{FORBIDDEN, Result};
use crate::git;
use crate::plan::{ClusterPlan, Merge, plan};
use crate::ui::Ui;
use fail_on::FailCause;
use revisions::Revisions;

/// Show what the cluster will do if a change is merged, without a cluster
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 5 no repository or nothing to compare with, 6 invalid settings, \
                  9 what `--fail-on` names."
)]
pub(crate) struct PlanArgs {
    /// Compare with where HEAD left BASE, or compare two commits [default: where HEAD left the branch it is merged into,
    /// with the files of the work tree]
    #[arg(value_name = "BASE[..HEAD]")]
    range: Option<String>,
    /// Show only Applications of this folder, which may be in another repository, or a bare one [default: all here]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Show every object and field
    #[arg(long, short)]
    verbose: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: PlanFormat,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Exit with code 9 if the plan has one of these, separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<FailCause>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PlanFormat {
    /// For people
    Human,
    /// A comment for a pull request
    Markdown,
    /// One object of a documented shape
    Json,
}

/// Runs the command.
///
/// # Errors
/// No repository, a revision that does not exist, nothing to compare with, or files that cannot be read.
pub(crate) fn run(ui: &Ui, arguments: &PlanArgs) -> Result<ExitCode> {
    let plan = git::keeping_open(|| {
        let revisions = Revisions::find(arguments.range.as_deref(), arguments.path.as_deref())?;
        let sides = ui.during("reading the revisions", || revisions.read())?;
        let merge = Merge {
            before: &sides.before,
            after: &sides.after,
            changed: &sides.changed,
            restored: &sides.restored,
            branch: revisions.branch.as_deref(),
            below: &revisions.below,
        };
        Ok::<_, crate::error::Error>((ui.during("planning", || plan(merge)), revisions))
    });
    let (plan, revisions) = plan?;
    print(ui, arguments, &plan, &revisions)?;
    let causes: Vec<_> = arguments.fail_on.iter().filter(|cause| cause.is_in(&plan)).collect();
    if causes.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for cause in causes {
        ui.message(&format!("--fail-on {}: {}", cause.as_str(), cause.reason(&plan)));
    }
    Ok(ExitCode::from(FORBIDDEN))
}

fn print(ui: &Ui, arguments: &PlanArgs, plan: &ClusterPlan, revisions: &Revisions) -> Result<()> {
    match arguments.format {
        _ if arguments.json => ui.print(&json::print(plan, revisions)),
        PlanFormat::Human => ui.show(&people::print(plan, arguments.verbose)),
        PlanFormat::Markdown => ui.print(&markdown::print(plan)),
        PlanFormat::Json => ui.print(&json::print(plan, revisions)),
    }
}
