//! The upgrade of one directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::message;
use super::report::UpgradeReport;
use super::{OnConflict, UpgradeArgs, again, branch, merge_state, questions};
use crate::answers::resolve::{Defaults, Given};
use crate::apply;
use crate::apply::{Applied, Destination, Unfinished, Update};
use crate::commands::answers::flags::QuestionFlags;
use crate::error::{Error, ErrorKind, Result};
use crate::git::Repo;
use crate::merge::Prefer;
use crate::project::Project;
use crate::project::answers_file;
use crate::project::conflict::StateConflict;
use crate::project::location::ProjectLocation;
use crate::project::recovery::BaseSource;
use crate::project::upgrade::{Upgrade, UpgradeOptions};
use crate::scaffold::catalog;
use crate::ui::recovery::Settle;
use crate::ui::{Ui, interrupt};
use crate::values::value::Provenance;
use crate::{git, tree};

/// What all folders of a run share.
#[derive(Clone, Copy)]
pub(crate) struct UpgradeRun<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) arguments: &'a UpgradeArgs,
    pub(crate) flags: &'a QuestionFlags,
    pub(crate) overrides: &'a BTreeMap<String, Given>,
    /// Whether the user has said that the other folders are not to be asked about.
    pub(crate) asks_no_more: &'a AtomicBool,
}

/// What is done with the report as soon as it is there.
pub(crate) type OnReport<'a> = &'a mut dyn FnMut(&UpgradeReport) -> Result<()>;

/// The outcome of a successful upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UpgradeOutcome {
    NothingToDo,
    /// A dry run found changes.
    SomethingToDo,
    Applied(Applied),
    /// The branch already contains the upgrade.
    AlreadyApplied(Applied),
    GivenUp,
    /// The state was in conflict. Its sides are merged now, and the user commits that; with what to do next.
    StateMerged(String),
}

enum State {
    Sound(Box<Project>),
    /// With what to do next.
    Merged(String),
}

impl UpgradeOutcome {
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NothingToDo => "nothing to do".to_owned(),
            Self::SomethingToDo => "would change files".to_owned(),
            Self::GivenUp => {
                "gave up the upgrade; its files are as before, all others are untouched".to_owned()
            }
            Self::StateMerged(next) => format!("merged both sides of the recorded state; {next}"),
            Self::Applied(applied) => format!("upgraded, {}", applied.summary()),
            Self::AlreadyApplied(Applied { commit, branch, .. }) => format!(
                "nothing to do: {} already has this upgrade, commit {:.10}",
                branch.as_deref().unwrap_or_default(),
                commit.as_deref().unwrap_or_default()
            ),
        }
    }

    /// What happened, and more about it, for a table.
    pub(crate) fn words(&self) -> (&'static str, String) {
        match self {
            Self::NothingToDo => ("nothing to do", String::new()),
            Self::SomethingToDo => ("would change files", String::new()),
            Self::Applied(applied) => ("upgraded", applied.summary()),
            Self::AlreadyApplied(applied) => ("nothing to do", applied.summary()),
            Self::GivenUp => ("gave up the upgrade", String::new()),
            Self::StateMerged(next) => ("merged the state", next.clone()),
        }
    }

    /// Whether only a detached HEAD leads to the commit.
    fn is_on_no_branch(&self) -> bool {
        self.applied().is_some_and(|applied| applied.commit.is_some() && applied.branch.is_none())
    }

    pub(crate) fn applied(&self) -> Option<&Applied> {
        match self {
            Self::Applied(applied) | Self::AlreadyApplied(applied) => Some(applied),
            _ => None,
        }
    }
}

/// An upgrade, and the answers on the command line and in the interview that led to it, as arguments; empty if nothing
/// was asked.
struct Computed {
    upgrade: Upgrade,
    asked: Vec<String>,
}

impl UpgradeRun<'_> {
    /// Upgrades `dir`.
    ///
    /// # Errors
    /// Conflicts; answers that are missing or no longer valid; whatever is in the way; a failure to write. Nothing has
    /// been written then.
    pub(crate) fn run(&self, dir: &Path, on_report: OnReport) -> Result<UpgradeOutcome> {
        let outcome = self.upgrade(dir, on_report)?;
        if let Some(applied) = outcome.applied() {
            self.ui.printed_by_git(&applied.printed);
        }
        if outcome != UpgradeOutcome::SomethingToDo {
            self.ui.done(&outcome.message());
        }
        if outcome.is_on_no_branch() {
            self.ui.message("  note: no branch has this commit; `git switch -c NAME` makes one");
        }
        Ok(outcome)
    }

    fn upgrade(&self, dir: &Path, on_report: OnReport) -> Result<UpgradeOutcome> {
        let arguments = self.arguments;
        // The state is read later: giving up must not hang on it, and a killed run may have left it half written.
        let location = ProjectLocation::of(dir)?;
        let root = &location.root;
        if arguments.resume {
            let resumed = interrupt::writing(|_| apply::resume(root))?;
            self.note_also_committed(&resumed.also_committed);
            return Ok(UpgradeOutcome::Applied(resumed.applied));
        }
        if arguments.abort {
            return interrupt::writing(|_| apply::abort(root)).map(|_| UpgradeOutcome::GivenUp);
        }
        // What a killed run left half done comes first; only then is what is committed what is meant.
        if !location.is_bare {
            self.ui.settle_interrupted(root, Settle::new(arguments.dry_run, !self.asks()))?;
        }
        refuse_waiting(root)?;
        let repo = Repo::open(root)?;
        let project = match self.state(&location, dir, &repo)? {
            State::Sound(project) => *project,
            State::Merged(next) => return Ok(UpgradeOutcome::StateMerged(next)),
        };
        let Computed { upgrade, asked } = self.compute(&project)?;
        self.carry_out(&project, &upgrade, on_report).map_err(|error| self.keep_answers(error, dir, &asked))
    }

    /// Adds to `error` the command that has the answers which were just given: they are recorded nowhere yet.
    fn keep_answers(&self, error: Error, dir: &Path, asked: &[String]) -> Error {
        let is_recorded = error.kind == ErrorKind::Conflict
            && self.arguments.conflicts == OnConflict::Markers
            && !self.arguments.dry_run;
        if asked.is_empty() || is_recorded {
            return error;
        }
        error.hint(format!("your new answers: `{}`", again::command(self.arguments, dir, asked)))
    }

    fn carry_out(&self, project: &Project, upgrade: &Upgrade, on_report: OnReport) -> Result<UpgradeOutcome> {
        let arguments = self.arguments;
        let report =
            UpgradeReport::new(project, upgrade, arguments.branch.is_some(), arguments.dirs.len() > 1)?;
        on_report(&report)?;
        self.print(&report)?;
        if arguments.diff {
            let diffs = git::diff(&tree::changes(&upgrade.before, &upgrade.after))?;
            self.ui.print_patch(&diffs.into_values().flat_map(|diff| diff.text).collect::<Vec<u8>>())?;
        }
        let has_conflicts = !upgrade.plan.conflicts.is_empty();
        if upgrade.before == upgrade.after && !has_conflicts {
            return Ok(UpgradeOutcome::NothingToDo);
        }
        if has_conflicts && arguments.conflicts != OnConflict::Markers {
            return Err(report.conflicts(arguments.conflicts));
        }
        let downtime = report.downtime().filter(|_| !arguments.downtime.allow_downtime);
        self.apply(project, upgrade, &report, downtime)
    }

    pub(crate) fn asks(&self) -> bool {
        self.ui.interactive() && !self.arguments.yes && !self.asks_no_more.load(Ordering::Relaxed)
    }

    fn confirm_writing(&self) -> Result<()> {
        if !self.asks() {
            return Ok(());
        }
        if self.arguments.dirs.len() < 2 {
            return self.ui.confirm_writing();
        }
        let asks_no_more = self.ui.confirm_writing_of_several()?;
        self.asks_no_more.store(asks_no_more, Ordering::Relaxed);
        Ok(())
    }

    /// As `git cherry-pick --continue`, the commit takes in everything that is staged.
    fn note_also_committed(&self, paths: &[String]) {
        const SHOWN: usize = 5;
        if paths.is_empty() {
            return;
        }
        let mut shown: Vec<String> = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
        if paths.len() > SHOWN {
            shown.push(format!("{} more", paths.len() - SHOWN));
        }
        let shown = shown.join(", ");
        self.ui.message(&format!("  note: the commit also contains what else was staged: {shown}"));
    }

    /// Reads the state, or merges the sides of one that is in conflict.
    fn state(&self, location: &ProjectLocation, dir: &Path, repo: &Repo) -> Result<State> {
        let from = self.base_from();
        if from == BaseSource::Recorded
            && let Some(conflict) = StateConflict::unmerged(repo, &location.prefix)?
        {
            return merge_state::write(self, repo, &conflict).map(State::Merged);
        }
        let error = match Project::at(location, dir, from) {
            Ok(project) => {
                let project = merge_state::completed(self, repo, project)?;
                return Ok(State::Sound(Box::new(project)));
            }
            Err(error) => error,
        };
        if from != BaseSource::Recorded || error.kind != ErrorKind::State || location.is_bare {
            return Err(error);
        }
        match StateConflict::marked(repo, &location.prefix) {
            Ok(Some(conflict)) if conflict.is_committed()? => {
                let merged = merge_state::merge(self, &conflict)?;
                let project = Project::of_merge(location, &conflict, merged)?;
                Ok(State::Sound(Box::new(project)))
            }
            Ok(Some(conflict)) => merge_state::write(self, repo, &conflict).map(State::Merged),
            _ => Err(error),
        }
    }

    fn compute(&self, project: &Project) -> Result<Computed> {
        let arguments = self.arguments;
        let folder = project.scaffold_folder(arguments.scaffold.as_deref())?;
        self.ui.note_scaffold(folder.as_deref());
        let scaffold = project.scaffold(arguments.scaffold.as_deref())?;
        let wanted = arguments.scaffold.as_ref().unwrap_or(&scaffold.definition.name);
        let spelling = arguments.answers.spelling(self.flags, wanted == catalog::DEFAULT);
        let mut options = self.options();
        if self.asks() {
            questions::ask(self.ui, project, &scaffold, &mut options, &spelling)?;
        }
        let is_asked = |given: &Given| given.from == Provenance::Asked;
        let has_asked = options.overrides.values().any(is_asked);
        // Those of a file come from it again.
        let typed = options.overrides.iter().filter(|(_, given)| given.from != Provenance::File && has_asked);
        let asked = typed.map(|(question, given)| spelling.answer(question, &given.text)).collect();
        let upgrade = Upgrade::compute(project, scaffold, &options)?
            .map_err(|faults| spelling.error(&faults, &options.overrides))?;
        project.check_base(&upgrade.before)?;
        Ok(Computed { upgrade, asked })
    }

    fn base_from(&self) -> BaseSource<'_> {
        match &self.arguments.base {
            Some(revision) => BaseSource::Revision(revision),
            None if self.arguments.two_way => BaseSource::Nowhere,
            None => BaseSource::Recorded,
        }
    }

    fn options(&self) -> UpgradeOptions {
        let arguments = self.arguments;
        UpgradeOptions {
            overrides: self.overrides.clone(),
            defaults: if arguments.adopt_defaults { Defaults::Adopt } else { Defaults::Keep },
            prefer: match arguments.conflicts {
                OnConflict::Fail | OnConflict::Markers => Prefer::Neither,
                OnConflict::Ours => Prefer::Ours,
                OnConflict::Theirs => Prefer::Theirs,
            },
            allow_downgrade: arguments.allow_downgrade,
            reads_only: arguments.dry_run,
        }
    }

    fn print(&self, report: &UpgradeReport) -> Result<()> {
        if self.arguments.json {
            Ok(())
        } else if self.arguments.dry_run {
            self.ui.show(&report.text())
        } else {
            self.ui.report(&report.text())
        }
    }

    /// Makes the upgrade, or finds out for a dry run what would keep it from being made. `downtime` is the error to end
    /// with, unless the user agrees to it.
    fn apply(
        &self,
        project: &Project,
        upgrade: &Upgrade,
        report: &UpgradeReport,
        downtime: Option<Error>,
    ) -> Result<UpgradeOutcome> {
        let definition = &upgrade.scaffold.definition;
        let branch = self
            .arguments
            .branch
            .as_ref()
            .map(|name| name.clone().unwrap_or_else(|| branch::name(definition, &project.prefix)));
        let message = message::fields(project, upgrade).message(self.arguments.message.as_ref())?;
        let update = Update {
            root: project.root.clone(),
            prefix: project.prefix.clone(),
            changes: tree::changes(&upgrade.before, &upgrade.after),
            stored: upgrade.stored.clone(),
            edit: project.edit(&upgrade.before),
            message: &message,
            destination: match (&branch, self.arguments.no_commit) {
                (Some(branch), _) => Destination::Branch(branch),
                (None, true) => Destination::WorkTree,
                (None, false) => Destination::CurrentBranch,
            },
            is_initial: false,
        };
        if let Some(applied) = apply::already_applied(&update)? {
            return Ok(UpgradeOutcome::AlreadyApplied(applied));
        }
        match downtime {
            Some(error) if !self.asks() => return Err(error),
            _ if self.arguments.dry_run => return rehearse(update, upgrade, report),
            Some(_) => self.ui.confirm_downtime()?,
            None => self.confirm_writing()?,
        }
        if !upgrade.plan.conflicts.is_empty() {
            return Err(leave_conflicts(self.ui, update, upgrade)?);
        }
        let is_edited = update.edit.is_some();
        let applied = self.ui.write(|cancelled| apply::apply(apply::preflight(update)?, cancelled))?;
        if branch.is_some() && is_edited {
            let path = answers_file::PATH;
            self.ui.message(&format!(
                "  note: your edit of `{path}` is on the branch and still in the work tree"
            ));
        }
        Ok(UpgradeOutcome::Applied(applied))
    }
}

/// Ends as the upgrade would, and writes nothing.
fn rehearse(update: Update, upgrade: &Upgrade, report: &UpgradeReport) -> Result<UpgradeOutcome> {
    let conflicts = &upgrade.plan.conflicts;
    if conflicts.is_empty() {
        return apply::rehearse(&update).map(|()| UpgradeOutcome::SomethingToDo);
    }
    apply::rehearse_with_conflicts(update, conflicts)?;
    Err(report.conflicts(OnConflict::Markers))
}

/// Files with conflict markers are no base for another upgrade.
fn refuse_waiting(root: &Path) -> Result<()> {
    if apply::unfinished(root)? != Some(Unfinished::Waiting) {
        return Ok(());
    }
    let shown = root.display();
    Err(Error::precondition(format!("an upgrade in `{shown}` has unresolved conflicts"))
        .hint("`treenail upgrade --continue` commits your resolution, `treenail upgrade --abort` gives up"))
}

/// Leaves the conflicts in the work tree; returns the error that says how to continue.
fn leave_conflicts<'a>(ui: &Ui, update: Update<'a>, upgrade: &'a Upgrade) -> Result<Error> {
    let is_edited = update.edit.is_some();
    ui.write(|cancelled| apply::apply_with_conflicts(update, &upgrade.plan.conflicts, cancelled))?;
    let error = Error::new(ErrorKind::Conflict, "resolve the conflicts, `git add` the files, then continue")
        .hint("`treenail upgrade --continue` commits your resolution, `treenail upgrade --abort` gives up")
        .hint(
            "plain Git works too: `git status`, `git mergetool`, `git cherry-pick --continue` or `--abort`, \
             which also discards everything else that is staged",
        );
    if !is_edited {
        return Ok(error);
    }
    Ok(error.hint(format!(
        "only `treenail upgrade --abort` restores your edit of `{}`; plain Git does not",
        answers_file::PATH
    )))
}
