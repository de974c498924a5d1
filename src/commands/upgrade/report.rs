//! What an upgrade reports before it writes anything.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{OnConflict, follow_up};
use crate::answers::changes::{AnswerChange, AnswerChangeKind, changes};
use crate::check::{self, StoppedWorkload};
use crate::commands::downtime;
use crate::commands::merge_effect::MergeEffect;
use crate::error::{Error, ErrorKind, Result};
use crate::git::{self, Repo};
use crate::merge::{ChangeKind, Conflict, PlannedChange, ResourceChange, StaleFile, resource_changes};
use crate::project::Project;
use crate::project::recovery::StateOrigin;
use crate::project::upgrade::Upgrade;
use crate::tree::{self, Change};
use crate::ui::visible;
use crate::values::value::Provenance;

/// What happens to a resource that is no longer declared. Nobody prunes what was applied by hand, as Applications are.
const PRUNED: &str = "pruned if Argo CD syncs this folder; otherwise delete it yourself";

const CHANGE: &str = "upgrade";

const STALE_ADVICE: &str =
    "  copy these changes where your file needs them; `treenail restore PATH` would replace all of it";

/// A report is for reading; a longer diff is in the JSON.
const MOST_LINES: usize = 30;

pub(crate) struct UpgradeReport<'a> {
    project: &'a Project,
    upgrade: &'a Upgrade,
    answers: Vec<AnswerChange>,
    resources: Vec<ResourceChange>,
    stops: Vec<StoppedWorkload>,
    /// What merging it does; none for several folders, with conflicts, and in a repository without an Application.
    effect: Option<MergeEffect>,
    /// What the scaffold changed in each stale file, in their order; empty if one side is missing.
    stale_diffs: Vec<String>,
    /// What Git and Argo CD need afterwards.
    steps: Vec<String>,
    /// The hooks of `git commit` that are not run.
    hooks: Vec<&'static str>,
}

impl<'a> UpgradeReport<'a> {
    /// Prepares the report of `upgrade`, which goes to a branch that is not checked out where `is_aside`. Its effect reads the
    /// whole repository, so it is left out where the folder is one of `several`.
    pub(crate) fn new(
        project: &'a Project,
        upgrade: &'a Upgrade,
        is_aside: bool,
        several: bool,
    ) -> Result<Self> {
        let resources = resource_changes(&upgrade.before, &upgrade.after);
        let answers = changes(&upgrade.recorded, &upgrade.answers);
        let commits = upgrade.before != upgrade.after;
        let stops = if commits {
            check::stopped(&upgrade.before, &upgrade.after, &project.prefix)
        } else {
            Vec::new()
        };
        let has_effect = commits && !several && upgrade.plan.conflicts.is_empty();
        let effect = if has_effect { effect(project, upgrade)? } else { None };
        let stale_diffs = upgrade.plan.stale.iter().map(stale_diff).collect::<Result<_>>()?;
        let left_to_do = follow_up::steps(project, upgrade, &answers)?;
        let hooks = if is_aside && commits { Repo::open(&project.root)?.commit_hooks() } else { Vec::new() };
        Ok(Self {
            project,
            upgrade,
            answers,
            resources,
            stops,
            effect,
            stale_diffs,
            steps: left_to_do,
            hooks,
        })
    }

    pub(crate) fn text(&self) -> String {
        let plan = &self.upgrade.plan;
        let mut text = format!("scaffold {}\n", visible::line(&versions(self.project, self.upgrade)));
        let changes = plan.changes.iter().map(|change| format!("{}  ({})", described(change), change.why));
        section(&mut text, "base of the merge", base_words(&self.project.origin).into_iter());
        section(&mut text, "answers", self.old_answers());
        section(&mut text, "new answers", self.new_answers().map(ToString::to_string));
        section(&mut text, "defaults that have changed", self.defaults());
        section(&mut text, "files", changes);
        section(&mut text, "resources in the cluster", self.resources.iter().map(resource));
        section(
            &mut text,
            "notices",
            plan.notices.iter().map(|notice| format!("{}: {}", notice.path, notice.message)),
        );
        section(&mut text, "seeded files that stay as they are", self.stale());
        section(&mut text, "effect on the cluster", self.effect.iter().flat_map(MergeEffect::lines));
        section(&mut text, &downtime::title(CHANGE), self.stops.iter().map(ToString::to_string));
        section(
            &mut text,
            "conflicts",
            plan.conflicts.iter().map(|conflict| format!("{}: {}", conflict.path, conflict.kind)),
        );
        section(&mut text, "hooks that are not run", self.hooks_line().into_iter());
        section(&mut text, "what is left for you to do", self.steps.iter().cloned());
        text
    }

    fn hooks_line(&self) -> Option<String> {
        let names = self.hooks.join(", ");
        let line = format!("{names}  (the branch is not checked out; `git commit --amend` there runs them)");
        (!names.is_empty()).then_some(line)
    }

    /// What happened to recorded answers; defaults have their own section.
    fn old_answers(&self) -> impl Iterator<Item = String> {
        let is_listed = |change: &&AnswerChange| match change.kind {
            AnswerChangeKind::New => false,
            AnswerChangeKind::Changed => change.from != Provenance::Default,
            AnswerChangeKind::Lapsed => true,
        };
        self.upgrade
            .notes
            .iter()
            .cloned()
            .chain(self.answers.iter().filter(is_listed).map(ToString::to_string))
    }

    fn new_answers(&self) -> impl Iterator<Item = &AnswerChange> {
        self.answers.iter().filter(|change| change.kind == AnswerChangeKind::New)
    }

    fn defaults(&self) -> impl Iterator<Item = String> {
        self.upgrade.changed_defaults.iter().map(|changed| {
            let now = self.upgrade.answers.get(&changed.question).map(|answer| answer.value.to_text());
            let kept = if now.as_deref() == Some(&changed.new) {
                "accepted"
            } else {
                "kept; accept it with --adopt-defaults"
            };
            format!("{}: {} -> {} ({kept})", changed.question, changed.old, changed.new)
        })
    }

    /// The stale files, each with what the scaffold changed in it.
    fn stale(&self) -> impl Iterator<Item = String> {
        let stale = &self.upgrade.plan.stale;
        stale.iter().zip(&self.stale_diffs).flat_map(|(file, diff)| {
            let lines = diff.lines().count();
            let shown = diff.lines().take(MOST_LINES).map(|line| format!("  {line}"));
            let rest = lines.saturating_sub(MOST_LINES);
            let more = (rest > 0).then(|| format!("  ... {rest} more lines, see --json"));
            let advice = match (&file.base, &file.theirs) {
                (_, None) => Some("  delete it if nothing uses it"),
                (Some(_), Some(_)) => Some(STALE_ADVICE),
                (None, Some(_)) => None,
            };
            let lines = shown.chain(more).chain(advice.map(str::to_owned));
            [format!("{}: {}", file.path, file.why())].into_iter().chain(lines)
        })
    }

    /// Returns what keeps an upgrade that stops workloads from being written without a question.
    pub(crate) fn downtime(&self) -> Option<Error> {
        downtime::refusal(CHANGE, &self.stops)
    }

    /// Returns the shape documented in `docs/files.md`.
    pub(crate) fn json(&self) -> Value {
        let recorded = &self.project.recorded.scaffold;
        let plan = &self.upgrade.plan;
        let files: Vec<Value> = plan
            .changes
            .iter()
            .map(|change| json!({ "path": change.path, "from": change.from, "what": word(change.what), "why": change.why }))
            .collect();
        let conflicts: Vec<Value> = plan
            .conflicts
            .iter()
            .map(|conflict| json!({ "path": conflict.path, "why": conflict.kind.to_string(), "hunks": conflict.hunks }))
            .collect();
        let notices: Vec<Value> = plan
            .notices
            .iter()
            .map(|notice| json!({ "path": notice.path, "message": notice.message }))
            .collect();
        let stale = plan.stale.iter().zip(&self.stale_diffs);
        let stale: Vec<Value> =
            stale.map(|(file, diff)| json!({ "path": file.path, "why": file.why(), "diff": diff })).collect();
        let new_answers: Vec<Value> = self
            .new_answers()
            .map(|change| json!({ "question": change.question, "value": change.new, "from": change.from }))
            .collect();
        json!({
            "schema": "treenail.upgrade/1",
            "scaffold": { "name": recorded.name, "from": recorded.version.to_string(), "to": self.upgrade.scaffold.definition.version.to_string() },
            "base": base_json(&self.project.origin),
            "answers": self.old_answers().collect::<Vec<_>>(),
            "newAnswers": new_answers,
            "files": files,
            "resources": self.resources.iter().map(resource).collect::<Vec<_>>(),
            "notices": notices,
            "stale": stale,
            "stops": downtime::json(&self.stops),
            "effect": self.effect.as_ref().map_or(Value::Null, MergeEffect::json),
            "conflicts": conflicts,
            "hooksNotRun": self.hooks,
            "steps": self.steps,
        })
    }

    /// The paths in conflict.
    pub(crate) fn conflicting_paths(&self) -> Vec<String> {
        self.upgrade.plan.conflicts.iter().map(|conflict| conflict.path.clone()).collect()
    }

    /// Returns the error for the conflicts that the upgrade has, handled as `how` says, with nothing written.
    pub(crate) fn conflicts(&self, how: OnConflict) -> Error {
        let conflicts = &self.upgrade.plan.conflicts;
        let count = match conflicts.len() {
            1 => "1 conflict".to_owned(),
            count => format!("{count} conflicts"),
        };
        let left = if how == OnConflict::Markers { " would be left in the files" } else { "" };
        let mut error = Error::new(ErrorKind::Conflict, format!("{count}{left}; nothing was written"));
        for conflict in conflicts {
            let fix = match conflict.kind.obstacle() {
                Some(other) => format!("move `{other}` away, and commit that"),
                None => String::new(),
            };
            let message = format!("{}: {}\n{}", conflict.path, conflict.kind, conflict.hunks);
            error = error.problem(message, fix);
        }
        if how == OnConflict::Markers {
            return error;
        }
        let is_in_the_way = |conflict: &Conflict| conflict.kind.is_in_the_way();
        error = error.hint("--conflicts=markers leaves them in the files, for you to resolve with Git");
        if !conflicts.iter().all(is_in_the_way) {
            error = error
                .hint("--conflicts=ours keeps your lines there, --conflicts=theirs takes the scaffold's");
        }
        if conflicts.iter().any(is_in_the_way) {
            error = error.hint(
                "--conflicts=ours and --conflicts=theirs do not decide about paths that are taken: nothing of yours is \
                 deleted or renamed",
            );
        }
        error
    }
}

/// What merging the upgrade does to the cluster.
fn effect(project: &Project, upgrade: &Upgrade) -> Result<Option<MergeEffect>> {
    let changes = tree::changes(&upgrade.before, &upgrade.after);
    let effect = MergeEffect::of(&Repo::open(&project.root)?, &project.prefix, &changes, None);
    Ok(effect.is_of_a_cluster().then_some(effect))
}

/// Returns the hunks of what the scaffold changed in `file`.
fn stale_diff(file: &StaleFile) -> Result<String> {
    let (Some(before), Some(after)) = (&file.base, &file.theirs) else { return Ok(String::new()) };
    let change = Change { path: &file.path, before: Some(before), after: Some(after) };
    let diff = git::diff(&[change])?.into_values().next().unwrap_or_default();
    let text = String::from_utf8_lossy(&diff.text).into_owned();
    // The lines above name the path again; without hunks they say the modes, or that it is binary.
    Ok(text.find("\n@@ ").map_or(text.clone(), |at| text[at + 1..].to_owned()))
}

/// Where the base comes from, unless it is the one in the work tree.
pub(super) fn base_words(origin: &StateOrigin) -> Option<String> {
    match origin {
        StateOrigin::WorkTree => None,
        StateOrigin::Commit { id, answers_too, .. } => {
            let answers = if *answers_too { ", and so are the answers" } else { "" };
            Some(format!("recorded in commit {}{answers}", &id[..id.len().min(10)]))
        }
        StateOrigin::Baseless => Some("none, so every difference is a conflict".to_owned()),
        StateOrigin::Merged => Some("the two sides of an earlier merge".to_owned()),
    }
}

fn base_json(origin: &StateOrigin) -> Value {
    match origin {
        StateOrigin::WorkTree => json!({ "from": "work-tree" }),
        StateOrigin::Commit { id, answers_too, .. } => {
            json!({ "from": "commit", "commit": id, "answersToo": answers_too })
        }
        StateOrigin::Baseless => json!({ "from": "none" }),
        StateOrigin::Merged => json!({ "from": "merge" }),
    }
}

fn versions(project: &Project, upgrade: &Upgrade) -> String {
    let recorded = &project.recorded.scaffold;
    let (old, new) = (&recorded.version, &upgrade.scaffold.definition.version);
    if old == new { format!("{} {old}", recorded.name) } else { format!("{} {old} -> {new}", recorded.name) }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "{title}");
    }
    for line in lines {
        // Of an answer, or of a name in a manifest.
        let line = line.replace('\n', "\\n");
        let _ = writeln!(text, "  {line}");
    }
}

fn described(change: &PlannedChange) -> String {
    match &change.from {
        Some(from) => format!("{:8} {from} -> {}", word(change.what), change.path),
        None => format!("{:8} {}", word(change.what), change.path),
    }
}

fn word(what: ChangeKind) -> &'static str {
    match what {
        ChangeKind::Added => "added",
        ChangeKind::Updated => "updated",
        ChangeKind::Merged => "merged",
        ChangeKind::ModeChanged => "mode",
        ChangeKind::Moved => "moved",
        ChangeKind::Deleted => "deleted",
    }
}

fn resource(change: &ResourceChange) -> String {
    match change {
        ResourceChange::Added(new) => format!("added    {} in {}", new.identity, new.path),
        ResourceChange::Removed(old) => {
            format!("removed  {} from {}; {PRUNED}", old.identity, old.path)
        }
        ResourceChange::Renamed { from, to } => {
            format!("renamed  {} to {to} in {}; the old one is {PRUNED}", from.identity, from.path)
        }
        ResourceChange::Moved { from, to } => {
            format!("moved    {} from {} to {to}", from.identity, from.path)
        }
    }
}
