//! What an upgrade tells before it writes anything.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::answers::changes::{AnswerChange, AnswerChangeKind, changes};
use crate::error::{Error, ErrorKind};
use crate::merge::{Change, ResourceChange, What, resource_changes};
use crate::project::recovery::Origin;
use crate::project::upgrade::{Generated, Renewal};
use crate::values::value::Provenance;

/// What becomes of a resource that is declared no more. What is applied by hand, as Applications are, nobody prunes.
const PRUNED: &str = "pruned where Argo CD syncs this folder, else yours to delete";

/// What there is to tell.
pub(crate) struct Report<'a> {
    generated: &'a Generated,
    renewal: &'a Renewal,
    answers: Vec<AnswerChange>,
    resources: Vec<ResourceChange>,
}

impl<'a> Report<'a> {
    /// About `renewal`.
    pub(crate) fn new(generated: &'a Generated, renewal: &'a Renewal) -> Self {
        let resources = resource_changes(&renewal.before, &renewal.after);
        let answers = changes(&renewal.recorded, &renewal.answers);
        Self { generated, renewal, answers, resources }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let plan = &self.renewal.plan;
        let mut text = format!("scaffold {}\n", versions(self.generated, self.renewal));
        let changes = plan.changes.iter().map(|change| format!("{}  ({})", described(change), change.why));
        section(&mut text, "base of the merge", base_words(&self.generated.origin).into_iter());
        section(&mut text, "answers", self.old_answers());
        section(&mut text, "new answers", self.new_answers().map(ToString::to_string));
        section(&mut text, "defaults that are others now", self.defaults());
        section(&mut text, "files", changes);
        section(&mut text, "resources in the cluster", self.resources.iter().map(resource));
        section(
            &mut text,
            "notices",
            plan.notices.iter().map(|notice| format!("{}: {}", notice.path, notice.message)),
        );
        section(
            &mut text,
            "conflicts",
            plan.conflicts.iter().map(|conflict| format!("{}: {}", conflict.path, conflict.kind)),
        );
        text
    }

    /// What happened to recorded answers; defaults have a section of their own.
    fn old_answers(&self) -> impl Iterator<Item = String> {
        let is_told = |change: &&AnswerChange| match change.kind {
            AnswerChangeKind::New => false,
            AnswerChangeKind::Changed => change.from != Provenance::Default,
            AnswerChangeKind::Lapsed => true,
        };
        self.renewal.notes.iter().cloned().chain(self.answers.iter().filter(is_told).map(ToString::to_string))
    }

    fn new_answers(&self) -> impl Iterator<Item = &AnswerChange> {
        self.answers.iter().filter(|change| change.kind == AnswerChangeKind::New)
    }

    fn defaults(&self) -> impl Iterator<Item = String> {
        self.renewal.changed_defaults.iter().map(|changed| {
            let now = self.renewal.answers.get(&changed.question).map(|answer| answer.value.to_text());
            let kept = if now.as_deref() == Some(&changed.new) {
                "taken"
            } else {
                "kept as it was; --adopt-defaults takes it"
            };
            format!("{}: {} -> {} ({kept})", changed.question, changed.old, changed.new)
        })
    }

    /// The documented shape: see `docs/files.md`.
    pub(crate) fn json(&self) -> Value {
        let recorded = &self.generated.recorded.scaffold;
        let plan = &self.renewal.plan;
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
        let new_answers: Vec<Value> = self
            .new_answers()
            .map(|change| json!({ "question": change.question, "value": change.new, "from": change.from }))
            .collect();
        json!({
            "schema": "treenail.upgrade/1",
            "scaffold": { "name": recorded.name, "from": recorded.version.to_string(), "to": self.renewal.scaffold.definition.version.to_string() },
            "base": base_json(&self.generated.origin),
            "answers": self.old_answers().collect::<Vec<_>>(),
            "newAnswers": new_answers,
            "files": files,
            "resources": self.resources.iter().map(resource).collect::<Vec<_>>(),
            "notices": notices,
            "conflicts": conflicts,
        })
    }

    /// The error that an upgrade with conflicts ends with.
    pub(crate) fn conflicts(&self) -> Error {
        let conflicts = &self.renewal.plan.conflicts;
        let count = match conflicts.len() {
            1 => "1 conflict".to_owned(),
            count => format!("{count} conflicts"),
        };
        let mut error = Error::new(ErrorKind::Conflict, format!("{count}; nothing was written"));
        for conflict in conflicts {
            error = error.problem(format!("{}: {}\n{}", conflict.path, conflict.kind, conflict.hunks), "");
        }
        error
            .hint("--conflicts=markers leaves them in the files, for you to resolve with Git")
            .hint("--conflicts=ours keeps your lines there, --conflicts=theirs takes the scaffold's")
    }
}

/// The message of an upgrade's commit.
pub(crate) fn message(generated: &Generated, renewal: &Renewal) -> String {
    let definition = &renewal.scaffold.definition;
    let app =
        renewal.answers.get("app").map_or_else(|| definition.name.clone(), |answer| answer.value.to_text());
    let mut message = format!("{app}: scaffold {}\n", versions(generated, renewal));
    let changes = changes(&renewal.recorded, &renewal.answers);
    let (new, old): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| change.kind == AnswerChangeKind::New);
    let lines =
        |changes: Vec<&AnswerChange>| changes.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    for (title, lines) in
        [("Answers that changed", [lines(old), renewal.notes.clone()].concat()), ("New answers", lines(new))]
    {
        if !lines.is_empty() {
            let _ = write!(message, "\n{title}:\n- {}\n", lines.join("\n- "));
        }
    }
    if let Some(words) = base_words(&generated.origin) {
        let _ = write!(message, "\nBase of the merge: {words}.\n");
    }
    let _ = write!(message, "\nGenerated by treenail {}.", env!("CARGO_PKG_VERSION"));
    message
}

/// Where the base comes from, unless it is where it should be.
fn base_words(origin: &Origin) -> Option<String> {
    match origin {
        Origin::WorkTree => None,
        Origin::Commit { id, answers_too, .. } => {
            let answers = if *answers_too { ", and so are the answers" } else { "" };
            Some(format!("recorded in commit {}{answers}", &id[..id.len().min(10)]))
        }
        Origin::Baseless => Some("none, so every difference is a conflict".to_owned()),
    }
}

fn base_json(origin: &Origin) -> Value {
    match origin {
        Origin::WorkTree => json!({ "from": "work-tree" }),
        Origin::Commit { id, answers_too, .. } => {
            json!({ "from": "commit", "commit": id, "answersToo": answers_too })
        }
        Origin::Baseless => json!({ "from": "none" }),
    }
}

fn versions(generated: &Generated, renewal: &Renewal) -> String {
    let recorded = &generated.recorded.scaffold;
    let (old, new) = (&recorded.version, &renewal.scaffold.definition.version);
    if old == new { format!("{} {old}", recorded.name) } else { format!("{} {old} -> {new}", recorded.name) }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "{title}");
    }
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn described(change: &Change) -> String {
    match &change.from {
        Some(from) => format!("{:8} {from} -> {}", word(change.what), change.path),
        None => format!("{:8} {}", word(change.what), change.path),
    }
}

fn word(what: What) -> &'static str {
    match what {
        What::Added => "added",
        What::Updated => "updated",
        What::Merged => "merged",
        What::ModeChanged => "mode",
        What::Moved => "moved",
        What::Deleted => "deleted",
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
