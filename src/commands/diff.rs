//! `treenail diff`: what the user changed since the scaffold wrote the files, or what an upgrade would change.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use serde_json::{Value, json};

use super::answers::Spelling;
use crate::answers::resolve::Defaults;
use crate::error::{Result, SOMETHING_TO_DO};
use crate::git::{self, FileDiff, Repo};
use crate::merge::{Conflict, Prefer};
use crate::project::Project;
use crate::project::file_status::{FileStatus, WorktreeFile};
use crate::project::upgrade::{Upgrade, UpgradeOptions};
use crate::scaffold::definition::Ownership;
use crate::tree::{File, Tree, changes};
use crate::ui::Ui;

/// A file's difference, and what kind of difference it is.
struct Changed {
    path: String,
    what: &'static str,
    diff: FileDiff,
}

/// Show your edits, or what an upgrade would change
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct DiffArgs {
    /// Folder that treenail has written to
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Show what an upgrade to the newest scaffold would change in what is committed
    #[arg(long)]
    upgrade: bool,
    /// Show only how many lines of which file
    #[arg(long)]
    stat: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// End with code 7 where there is a difference
    #[arg(long)]
    exit_code: bool,
    /// Scaffold to upgrade to: the name of a built-in one, or a folder [default: the one of the files]
    #[arg(long, value_name = "NAME|DIR", requires = "upgrade")]
    scaffold: Option<String>,
}

/// Does what `arguments` say; with `--exit-code` the code tells whether there is a difference.
///
/// # Errors
/// The folder was not written by treenail, or its state is damaged; with `--upgrade`, whatever keeps an upgrade
/// from being computed.
pub(crate) fn run(ui: &Ui, arguments: &DiffArgs) -> Result<ExitCode> {
    let project = Project::read(&arguments.dir)?;
    let (changed, conflicts) =
        if arguments.upgrade { of_upgrade(&project, arguments)? } else { (of_edits(&project)?, Vec::new()) };
    for conflict in &conflicts {
        ui.say(&format!("conflict: {} {}", conflict.path, conflict.kind));
    }
    if arguments.json {
        ui.data(&json(&changed, &conflicts, arguments))?;
    } else if arguments.stat {
        ui.data(&stat(&changed))?;
    } else {
        ui.bytes(&changed.iter().flat_map(|changed| &changed.diff.text).copied().collect::<Vec<u8>>())?;
    }
    let code = if arguments.exit_code && !changed.is_empty() { SOMETHING_TO_DO } else { 0 };
    Ok(ExitCode::from(code))
}

/// The user's edits of what is still the scaffold's.
fn of_edits(project: &Project) -> Result<Vec<Changed>> {
    let repo = Repo::open(&project.root)?;
    let managed = project.base.iter().filter(|file| file.ownership == Ownership::Managed);
    let (mut old, mut new) = (Tree::new(), Tree::new());
    for found in WorktreeFile::look(project, &repo, managed)? {
        if found.status == FileStatus::Pristine {
            continue;
        }
        if let Some(current) = found.current(project, &repo)? {
            new.insert(found.path.to_owned(), current);
        }
        old.insert(found.path.to_owned(), found.pristine().clone());
    }
    changed(&old, &new)
}

/// What an upgrade would make of what is committed, and what it could not merge.
fn of_upgrade(project: &Project, arguments: &DiffArgs) -> Result<(Vec<Changed>, Vec<Conflict>)> {
    let scaffold = project.scaffold(arguments.scaffold.as_deref())?;
    let options = UpgradeOptions {
        overrides: BTreeMap::new(),
        defaults: Defaults::Keep,
        prefer: Prefer::Neither,
        allow_downgrade: true,
    };
    let upgrade = Upgrade::compute(project, scaffold, &options)?
        .map_err(|faults| Spelling::default().error(&faults, &options.overrides))?;
    Ok((changed(&upgrade.before, &upgrade.after)?, upgrade.plan.conflicts))
}

fn changed(old: &Tree, new: &Tree) -> Result<Vec<Changed>> {
    let diffs = git::diff(&changes(old, new))?.into_iter();
    Ok(diffs.map(|(path, diff)| Changed { what: what(old.get(&path), new.get(&path)), path, diff }).collect())
}

fn what(old: Option<&File>, new: Option<&File>) -> &'static str {
    match (old, new) {
        (None, _) => "added",
        (_, None) => "deleted",
        (Some(old), Some(new)) if old.is_link() != new.is_link() => "type",
        (Some(old), Some(new)) if old.content == new.content => "mode",
        _ => "changed",
    }
}

/// One line a file; what is no change of lines is said.
fn stat(changed: &[Changed]) -> String {
    let mut text = String::new();
    for Changed { path, what, diff } in changed {
        let _ = write!(text, "{path} +{} -{}", diff.added, diff.removed);
        if *what != "changed" {
            let _ = write!(text, " ({what})");
        } else if diff.is_binary {
            text.push_str(" (binary)");
        }
        text.push('\n');
    }
    text
}

/// The documented shape: see `docs/files.md`.
fn json(changed: &[Changed], conflicts: &[Conflict], arguments: &DiffArgs) -> String {
    let files: Vec<Value> = changed
        .iter()
        .map(|Changed { path, what, diff }| {
            let mut file = json!({
                "path": path,
                "what": what,
                "binary": diff.is_binary,
                "added": diff.added,
                "removed": diff.removed,
            });
            if !arguments.stat {
                file["patch"] = String::from_utf8_lossy(&diff.text).into();
            }
            file
        })
        .collect();
    let conflicts: Vec<Value> = conflicts
        .iter()
        .map(|conflict| json!({ "path": conflict.path, "why": conflict.kind.to_string() }))
        .collect();
    let shape = json!({
        "schema": "treenail.diff/1",
        "upgrade": arguments.upgrade,
        "files": files,
        "conflicts": conflicts,
    });
    format!("{shape:#}\n")
}
