//! `treenail restore`: the generated content of files, back in the work tree. Nothing is committed, and nothing is
//! overwritten that Git could not restore, unless the user insists.

mod selection;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use serde_json::json;

use crate::apply;
use crate::apply::{Destination, Update};
use crate::error::{Context, Error, Problem, Result};
use crate::git::{Blob, Repo};
use crate::project::Project;
use crate::project::file_status::{FileStatus, WorktreeFile};
use crate::project::{answers_file, recovery, tombstones};
use crate::tree::{File, Tree, changes};
use crate::ui::Ui;

use selection::Selection;

struct Restoration<'a> {
    project: &'a Project,
    repo: Repo,
    /// The files that differ from what was generated.
    files: Vec<WorktreeFile<'a>>,
    /// Those whose content Git does not have yet.
    lost: BTreeSet<&'a str>,
    /// The answers file before and after removing the files' tombstones, if it has any.
    answers: Option<(File, File)>,
}

/// Restore files to their generated content (does not commit)
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 5 something in the way, \
                        6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct RestoreArgs {
    /// Files (including deleted ones) or folders; seeded files in a folder are skipped
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Overwrite edits that are neither committed nor staged
    #[arg(long, short)]
    force: bool,
    /// Print what would be restored and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// # Errors
/// Paths that are no files of the scaffold; edits that would be lost; anything in the way. Nothing has been written
/// then.
pub(crate) fn run(ui: &Ui, arguments: &RestoreArgs) -> Result<ExitCode> {
    let selection = Selection::of(&arguments.paths)?;
    let project = Project::read(&selection.dir)?;
    recovery::refuse_interrupted(&project.root)?;
    let restoration = Restoration::new(&project, &selection)?;
    restoration.refuse(arguments.force)?;
    restoration.write(ui, arguments.dry_run)?;
    if arguments.json {
        ui.print(&restoration.json(arguments.dry_run))?;
    } else if arguments.dry_run {
        ui.show(&restoration.text())?;
    } else {
        ui.report(&restoration.text())?;
        restoration.report(ui);
    }
    Ok(ExitCode::SUCCESS)
}

impl<'a> Restoration<'a> {
    fn new(project: &'a Project, selection: &Selection) -> Result<Self> {
        let repo = Repo::open(&project.root)?;
        let chosen = selection.files(project)?;
        let tombstones: BTreeSet<&str> = chosen.iter().map(|file| file.path.as_str()).collect();
        let mut files = WorktreeFile::compare(project, &repo, chosen.into_iter())?;
        files.retain(|found| found.status != FileStatus::Pristine);
        let there: Vec<_> = files
            .iter()
            .filter_map(|found| Some((format!("{}{}", project.prefix, found.path), found.blob?)))
            .collect();
        let unknown = repo.unknown(&there)?;
        let is_lost = |path: &&str| unknown.contains(&format!("{}{path}", project.prefix));
        let lost = files.iter().map(|found| found.path).filter(is_lost).collect();
        let answers = answers(project, &repo, &tombstones)?;
        Ok(Self { project, repo, files, lost, answers })
    }

    /// Refuses what would lose edits, or cannot be done.
    fn refuse(&self, force: bool) -> Result<()> {
        let lost = self.lost.iter().filter(|_| !force).map(|path| {
            Problem::new(
                format!("`{path}` has edits that are neither committed nor staged"),
                "commit or stage them, or overwrite them with --force",
            )
        });
        let folders = self.files.iter().filter(|found| found.status == FileStatus::Folder);
        let folders =
            folders.map(|found| Problem::new(format!("`{}` is a folder", found.path), "move it away"));
        let problems: Vec<Problem> = lost.chain(folders).collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::precondition("cannot restore everything, so nothing was written").problems(problems))
    }

    fn write(&self, ui: &Ui, dry_run: bool) -> Result<()> {
        let mut before = Tree::new();
        let mut after = Tree::new();
        for found in &self.files {
            let is_lost = self.lost.contains(found.path);
            if is_lost && dry_run {
                continue;
            }
            if let Some(current) = self.current(found, is_lost)? {
                before.insert(found.path.to_owned(), current);
            }
            after.insert(found.path.to_owned(), found.pristine().clone());
        }
        if let Some((current, amended)) = &self.answers
            && !dry_run
        {
            self.repo.store(&current.content, current.mode)?;
            before.insert(answers_file::PATH.to_owned(), current.clone());
            after.insert(answers_file::PATH.to_owned(), amended.clone());
        }
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(());
        }
        let update = Update {
            root: self.project.root.clone(),
            prefix: self.project.prefix.clone(),
            changes,
            stored: self.stored(),
            edit: None,
            message: "",
            destination: Destination::WorkTree,
            is_initial: false,
        };
        if dry_run {
            return apply::rehearse(&update);
        }
        ui.write(|cancelled| apply::apply(apply::preflight(update)?, cancelled)).map(drop)
    }

    /// The blobs of the files in the work tree.
    fn stored(&self) -> BTreeMap<String, Blob> {
        self.files.iter().filter_map(|found| Some((found.path.to_owned(), found.blob?))).collect()
    }

    /// The current file. Git stores what it does not have yet, so that the user can get it back until Git prunes it.
    fn current(&self, found: &WorktreeFile, is_lost: bool) -> Result<Option<File>> {
        match found.blob {
            Some(blob) if is_lost => {
                self.repo.store_compared(&format!("{}{}", self.project.prefix, found.path), blob)?;
                found.current(self.project, &self.repo)
            }
            Some(blob) => Ok(Some(File { mode: blob.mode, content: self.repo.content(blob)? })),
            None => Ok(None),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for found in &self.files {
            let _ = writeln!(text, "{:8} {}", found.status.as_str(), found.path);
        }
        if self.answers.is_some() {
            let _ = writeln!(text, "{:8} {}", "edited", answers_file::PATH);
        }
        text
    }

    fn report(&self, ui: &Ui) {
        let scaffold = &self.project.recorded.scaffold;
        match self.files.len() {
            0 if self.answers.is_none() => return ui.done("nothing to restore"),
            0 => ui.done("they no longer count as deleted"),
            1 => ui.done(&format!("restored 1 file of {} {}", scaffold.name, scaffold.version)),
            count => ui.done(&format!("restored {count} files of {} {}", scaffold.name, scaffold.version)),
        }
        for found in self.files.iter().filter(|found| self.lost.contains(found.path)) {
            if let Some(blob) = found.blob {
                ui.message(&format!(
                    "`git cat-file -p {}` prints the previous content of `{}`",
                    blob.id(),
                    found.path
                ));
            }
        }
        ui.message("not committed: review with `git diff`, keep with `git add` and `git commit`");
    }

    /// Formats the documented JSON: see `docs/files.md`.
    fn json(&self, dry_run: bool) -> String {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|found| json!({ "path": found.path, "was": found.status.as_str() }))
            .collect();
        let shape = json!({
            "schema": "treenail.restore/1",
            "dryRun": dry_run,
            "files": files,
            "answers": self.answers.is_some(),
        });
        format!("{shape:#}\n")
    }
}

/// Returns the answers file with and without `tombstones`; `None` if it has none of them.
fn answers(project: &Project, repo: &Repo, tombstones: &BTreeSet<&str>) -> Result<Option<(File, File)>> {
    if !project.recorded.decisions.removed.iter().any(|path| tombstones.contains(path.as_str())) {
        return Ok(None);
    }
    let path = format!("{}{}", project.prefix, answers_file::PATH);
    let found = repo.compare_all(&[(path.clone(), &File::new([], false))])?;
    let Some(blob) = found.first().and_then(|found| found.blob) else { return Ok(None) };
    let content = repo.compared_content(&path, blob)?;
    let text = std::str::from_utf8(&content).context(|| format!("`{path}` is not text"))?;
    let amended = tombstones::without(text, tombstones)?.into_bytes();
    let file = |content| File { mode: blob.mode, content };
    Ok(Some((file(content), file(amended))))
}
