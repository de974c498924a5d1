//! `treenail status`: the scaffold version, the status of every file, and what is left to be done.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use serde_json::{Value, json};

use crate::apply;
use crate::apply::Unfinished;
use crate::error::Result;
use crate::git::Repo;
use crate::project::Project;
use crate::project::answers_file;
use crate::project::base;
use crate::project::file_status::{FileStatus, WorktreeFile};
use crate::project::recorded::Recorded;
use crate::scaffold::definition::{Ownership, Version};
use crate::scaffold::render::RenderedFile;
use crate::scaffold::{Scaffold, catalog};
use crate::ui::{Ui, visible};

/// What the command prints.
struct Overview<'a> {
    project: &'a Project,
    /// `None` if it is not built in and was not named.
    scaffold: Option<Scaffold>,
    /// Sorted by their paths in the work tree.
    files: Vec<(&'a str, &'a RenderedFile, FileStatus)>,
    unfinished: Option<Unfinished>,
    /// The questions whose answers were edited since the last upgrade.
    edited: BTreeSet<String>,
}

/// Show the scaffold version and the files you have edited
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Generated folder
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Scaffold to compare with: the name of a built-in one, or a folder [default: the recorded one]
    #[arg(long, value_name = "NAME|DIR")]
    scaffold: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(ui: &Ui, arguments: &StatusArgs) -> Result<ExitCode> {
    let project = Project::read(&arguments.dir)?;
    let scaffold = scaffold(&project, arguments.scaffold.as_deref())?;
    let repo = Repo::open(&project.root)?;
    let overview = Overview {
        files: files(&project, &repo)?,
        edited: edited(&project, &repo)?,
        unfinished: apply::unfinished(&project.root)?,
        project: &project,
        scaffold,
    };
    if arguments.json { ui.print(&overview.json()) } else { ui.show(&overview.text()) }?;
    Ok(ExitCode::SUCCESS)
}

/// The scaffold to compare with. What was edited is known without it.
fn scaffold(project: &Project, wanted: Option<&str>) -> Result<Option<Scaffold>> {
    let is_known = wanted.is_some() || catalog::names().contains(&&*project.recorded.scaffold.name);
    is_known.then(|| project.scaffold(wanted)).transpose()
}

/// Every file of the scaffold with its status, sorted by path.
fn files<'a>(project: &'a Project, repo: &Repo) -> Result<Vec<(&'a str, &'a RenderedFile, FileStatus)>> {
    let found = WorktreeFile::compare(project, repo, project.base.iter())?;
    let status = |found: &WorktreeFile<'_>| match (found.base.ownership, found.status) {
        (Ownership::Managed, status) | (_, status @ (FileStatus::Pristine | FileStatus::Conflict)) => status,
        (Ownership::Seeded, _) => FileStatus::Yours,
    };
    let mut files: Vec<_> = found.iter().map(|found| (found.path, found.base, status(found))).collect();
    files.sort_by_key(|(path, ..)| *path);
    Ok(files)
}

/// The questions whose answers were edited since the files were generated. A chosen answer is recorded without its
/// value; the last commit still has that, as long as it records the same base.
fn edited(project: &Project, repo: &Repo) -> Result<BTreeSet<String>> {
    let mut edited = project.recorded.edited.clone();
    let Some(head) = repo.head_commit()? else { return Ok(edited) };
    let read = |path| repo.file_in(&head, &format!("{}{path}", project.prefix));
    if let (Some(answers), Some(archive)) = (read(answers_file::PATH)?, read(base::PATH)?)
        && let Ok(committed) = Recorded::read(&String::from_utf8_lossy(&answers))
        && base::read(&archive).is_ok_and(|base| base == project.base)
    {
        edited.extend(project.recorded.answered_otherwise(&committed));
    }
    Ok(edited)
}

impl Overview<'_> {
    /// The version is for people; only the digest is exact.
    fn is_current(&self) -> Option<bool> {
        let scaffold = self.scaffold.as_ref()?;
        Some(scaffold.digest() == self.project.recorded.scaffold.digest)
    }

    fn newest(&self) -> Option<&Version> {
        self.scaffold.as_ref().map(|scaffold| &scaffold.definition.version)
    }

    fn text(&self) -> String {
        let recorded = &self.project.recorded.scaffold;
        let mut text = format!("scaffold {} {}, ", visible::line(&recorded.name), recorded.version);
        let _ = match self.newest().map(|newest| (newest, newest.cmp(&recorded.version))) {
            None => writeln!(
                text,
                "not built in: name its folder with --scaffold to see whether a newer version exists"
            ),
            Some(_) if self.is_current() == Some(true) => writeln!(text, "up to date"),
            Some((_, Ordering::Equal)) => writeln!(text, "changed since, with the same version"),
            Some((newest, Ordering::Greater)) => writeln!(text, "{newest} is available"),
            Some((newest, Ordering::Less)) => writeln!(text, "newer than the available {newest}"),
        };
        if let Some(unfinished) = self.unfinished {
            let _ = writeln!(text, "{}", advice(unfinished));
        }
        if !self.edited.is_empty() {
            let names = self.edited.iter().map(|name| visible::line(name)).collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "edited answers: {names}; apply them with `treenail upgrade`");
        }
        let _ = match self.files.iter().filter(|(.., state)| *state == FileStatus::Pristine).count() {
            1 => writeln!(text, "1 file unchanged"),
            count => writeln!(text, "{count} files unchanged"),
        };
        for (path, file, state) in self.files.iter().filter(|(.., state)| *state != FileStatus::Pristine) {
            let from =
                moved_from(path, file).map_or_else(String::new, |from| format!(" (moved from {from})"));
            let _ = writeln!(text, "{:8} {path}{from}", state.as_str());
        }
        text
    }

    /// Formats the documented JSON: see `docs/files.md`.
    fn json(&self) -> String {
        let recorded = &self.project.recorded;
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|(path, file, state)| {
                json!({ "path": path, "from": moved_from(path, file), "state": state.as_str() })
            })
            .collect();
        let shape = json!({
            "schema": "treenail.status/1",
            "scaffold": {
                "name": recorded.scaffold.name,
                "version": recorded.scaffold.version.to_string(),
                "newest": self.newest().map(ToString::to_string),
                "upToDate": self.is_current(),
            },
            "unfinished": self.unfinished.map(word),
            "editedAnswers": self.edited,
            "files": files,
        });
        format!("{shape:#}\n")
    }
}

/// The original path of a file that the user has moved.
fn moved_from<'a>(path: &str, file: &'a RenderedFile) -> Option<&'a str> {
    (file.path != path).then_some(file.path.as_str())
}

fn word(unfinished: Unfinished) -> &'static str {
    match unfinished {
        Unfinished::Running => "running",
        Unfinished::Killed => "interrupted",
        Unfinished::Waiting => "conflicts",
    }
}

fn advice(unfinished: Unfinished) -> &'static str {
    match unfinished {
        Unfinished::Running => "another treenail is running here",
        Unfinished::Killed => {
            "an earlier run was interrupted: finish it with `treenail upgrade --continue`, or undo it with `treenail upgrade \
             --abort`"
        }
        Unfinished::Waiting => {
            "an upgrade has unresolved conflicts: resolve them, then run `treenail upgrade --continue`, or give up with \
             `treenail upgrade --abort`"
        }
    }
}
