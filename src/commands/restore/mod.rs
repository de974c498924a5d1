//! `treenail restore`: files as the scaffold wrote them, back in the work tree. Nothing is committed, and nothing is
//! overwritten that Git could not bring back, unless the user insists.

mod selection;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use serde_json::json;

use crate::apply::update;
use crate::apply::update::{File, PathChange, Update, Where};
use crate::error::{Context, Error, Problem, Result};
use crate::git::{Blob, Repo};
use crate::project::file_status::{Placed, State};
use crate::project::upgrade::Generated;
use crate::project::{amend, answers_file, recovery};
use crate::tree::{self, Mode};
use crate::ui::{Ui, interrupt};

use selection::Choice;

/// What is to be done, and to what.
struct Restoration<'a> {
    generated: &'a Generated,
    repo: Repo,
    /// The files that are not as they were written.
    files: Vec<Placed<'a>>,
    /// What Git does not have of them yet.
    lost: BTreeSet<&'a str>,
    /// The answers without the tombstones of the files, where there were any: before and after.
    answers: Option<(tree::File, tree::File)>,
}

/// Restore files to their generated content (does not commit)
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 5 something in the way, \
                        6 recorded state damaged, 130 cancelled."
)]
pub(crate) struct RestoreArgs {
    /// Files, also deleted ones, or folders with all that is below them but what is yours from the start
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Overwrite edits that are neither committed nor staged
    #[arg(long, short)]
    force: bool,
    /// Print what would be restored and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Does what `arguments` say.
///
/// # Errors
/// Paths that are no files of the scaffold; edits that would be lost; anything in the way. Nothing has been written
/// then.
pub(crate) fn run(ui: &Ui, arguments: &RestoreArgs) -> Result<ExitCode> {
    let choice = Choice::of(&arguments.paths)?;
    let generated = Generated::read(&choice.dir)?;
    recovery::refuse_interrupted(&generated.root)?;
    let restoration = Restoration::new(&generated, &choice)?;
    restoration.refuse(arguments.force)?;
    restoration.land(ui, arguments.dry_run)?;
    if arguments.json {
        ui.data(&restoration.json(arguments.dry_run))?;
    } else if arguments.dry_run {
        ui.data(&restoration.text())?;
    } else {
        ui.say(restoration.text().trim_end());
        restoration.tell(ui);
    }
    Ok(ExitCode::SUCCESS)
}

impl<'a> Restoration<'a> {
    fn new(generated: &'a Generated, choice: &Choice) -> Result<Self> {
        let repo = Repo::open(&generated.root)?;
        let chosen = choice.files(generated)?;
        let tombstones: BTreeSet<&str> = chosen.iter().map(|file| file.path.as_str()).collect();
        let mut files = Placed::look(generated, &repo, chosen.into_iter())?;
        files.retain(|placed| placed.state != State::Pristine);
        let there: Vec<_> = files
            .iter()
            .filter_map(|placed| Some((format!("{}{}", generated.prefix, placed.path), placed.blob?)))
            .collect();
        let unknown = repo.unknown(&there)?;
        let is_lost = |path: &&str| unknown.contains(&format!("{}{path}", generated.prefix));
        let lost = files.iter().map(|placed| placed.path).filter(is_lost).collect();
        let answers = answers(generated, &repo, &tombstones)?;
        Ok(Self { generated, repo, files, lost, answers })
    }

    /// Refuses what would lose something, or cannot be done.
    fn refuse(&self, force: bool) -> Result<()> {
        let lost = self.lost.iter().filter(|_| !force).map(|path| {
            Problem::new(
                format!("`{path}` has edits that are neither committed nor staged"),
                "commit or stage them, or overwrite them with --force",
            )
        });
        let folders = self.files.iter().filter(|placed| placed.state == State::Folder);
        let folders =
            folders.map(|placed| Problem::new(format!("`{}` is a folder", placed.path), "move it away"));
        let problems: Vec<Problem> = lost.chain(folders).collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::precondition("cannot restore everything, so nothing was written").problems(problems))
    }

    fn land(&self, ui: &Ui, dry_run: bool) -> Result<()> {
        let after: Vec<&tree::File> = self.files.iter().map(Placed::pristine).collect();
        let mut changes = Vec::new();
        for (placed, after) in self.files.iter().zip(after) {
            let before = match placed.blob {
                // What Git does not have, nobody could bring back; here it is kept as long as Git keeps such things.
                Some(blob) if self.lost.contains(placed.path) => {
                    if dry_run {
                        continue;
                    }
                    Some(self.keep(placed, blob)?)
                }
                before => before,
            };
            changes.push(PathChange { path: placed.path, before, after: Some(file(after)) });
        }
        if let Some((before, after)) = &self.answers
            && !dry_run
        {
            let before = Some(self.repo.store(&before.content, before.mode)?);
            changes.push(PathChange { path: answers_file::PATH, before, after: Some(file(after)) });
        }
        let Generated { root, prefix, .. } = self.generated;
        let update = Update { root, prefix, changes, edit: None, message: "", r#where: Where::NoCommit };
        if update.changes.is_empty() {
            return Ok(());
        }
        let ready = update::preflight(&update)?;
        if !dry_run {
            ui.during("writing", || update::land(ready, &|_| {}, &interrupt::cancelled))?;
        }
        Ok(())
    }

    /// Stores what is there now in Git; gives what it is known as.
    fn keep(&self, placed: &Placed, blob: Blob) -> Result<Blob> {
        match placed.current(self.generated, &self.repo)? {
            Some(current) => self.repo.store(&current.content, current.mode),
            None => Ok(blob),
        }
    }

    /// One line a file.
    fn text(&self) -> String {
        let mut text = String::new();
        for placed in &self.files {
            let _ = writeln!(text, "{:8} {}", placed.state.as_str(), placed.path);
        }
        if self.answers.is_some() {
            let _ = writeln!(text, "{:8} {}", "edited", answers_file::PATH);
        }
        text
    }

    /// What came of it, and what is left to do.
    fn tell(&self, ui: &Ui) {
        let scaffold = &self.generated.recorded.scaffold;
        match self.files.len() {
            0 if self.answers.is_none() => return ui.done("nothing to restore"),
            0 => ui.done("they do not count as deleted any more"),
            1 => ui.done(&format!("restored 1 file of {} {}", scaffold.name, scaffold.version)),
            count => ui.done(&format!("restored {count} files of {} {}", scaffold.name, scaffold.version)),
        }
        for placed in self.files.iter().filter(|placed| self.lost.contains(placed.path)) {
            if let Some(blob) = placed.blob {
                ui.say(&format!("`git cat-file -p {}` still prints what `{}` was", blob.id(), placed.path));
            }
        }
        ui.say("not committed: look at it with `git diff`, keep it with `git add` and `git commit`");
    }

    /// The documented shape: see `docs/files.md`.
    fn json(&self, dry_run: bool) -> String {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|placed| json!({ "path": placed.path, "was": placed.state.as_str() }))
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

/// The answers file as it is and as it is without `tombstones`; `None` where it has none of them.
fn answers(
    generated: &Generated,
    repo: &Repo,
    tombstones: &BTreeSet<&str>,
) -> Result<Option<(tree::File, tree::File)>> {
    if !generated.recorded.decisions.removed.iter().any(|path| tombstones.contains(path.as_str())) {
        return Ok(None);
    }
    let path = format!("{}{}", generated.prefix, answers_file::PATH);
    let nothing = Blob::of(b"", Mode::Regular)?;
    let found = repo.survey(&[(path.clone(), nothing)])?;
    let Some(blob) = found.first().and_then(|found| found.blob) else { return Ok(None) };
    let content = repo.surveyed(&path, blob)?;
    let text = std::str::from_utf8(&content).context(|| format!("`{path}` is no text"))?;
    let amended = amend::without_tombstones(text, tombstones)?.into_bytes();
    let entry = |content| tree::File { mode: blob.mode, content };
    Ok(Some((entry(content), entry(amended))))
}

fn file(entry: &tree::File) -> File<'_> {
    File { content: &entry.content, mode: entry.mode }
}
