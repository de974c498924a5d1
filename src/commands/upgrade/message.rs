//! The message of an upgrade's commit: the subject says what changed, as far as a line of `git log` has room for it.

use std::fmt::Write;

use super::report::base_words;
use crate::answers::changes::{AnswerChange, AnswerChangeKind, changes};
use crate::merge::{ChangeKind, PlannedChange};
use crate::project::Project;
use crate::project::commit_message::{MessageFields, shortened};
use crate::project::upgrade::Upgrade;
use crate::ui::visible;

/// What the placeholders of a message stand for.
pub(crate) fn fields(project: &Project, upgrade: &Upgrade) -> MessageFields {
    let definition = &upgrade.scaffold.definition;
    let changes = changes(&upgrade.recorded, &upgrade.answers);
    let mut fields = MessageFields::new(definition, &upgrade.answers, &project.prefix);
    fields.summary = summary(project, upgrade, &changes, fields.room());
    fields.details = details(project, upgrade, &changes);
    fields.from = project.recorded.scaffold.version.to_string();
    fields
}

fn summary(project: &Project, upgrade: &Upgrade, changes: &[AnswerChange], room: usize) -> String {
    let recorded = &project.recorded.scaffold;
    let (old, new) = (&recorded.version, &upgrade.scaffold.definition.version);
    let name = &recorded.name;
    let version = (old != new).then(|| format!("scaffold {name} {old} -> {new}"));
    let answers = changes.iter().filter(|change| change.kind != AnswerChangeKind::New);
    let parts: Vec<String> =
        version.into_iter().chain(answers.map(|change| change_words(change, room))).collect();
    if !parts.is_empty() {
        return joined(&parts, room);
    }
    if recorded.digest != upgrade.scaffold.digest() {
        return format!("scaffold {name} {old}, changed with the same version");
    }
    match upgrade.plan.changes.as_slice() {
        [] => "update .treenail".to_owned(),
        [change] => file_words(change, room),
        changes => format!("update {} files", changes.len()),
    }
}

/// Joins as many of `parts` as fit, and at least one.
fn joined(parts: &[String], room: usize) -> String {
    let text = |shown: usize| match parts.len() - shown {
        0 => parts.join(", "),
        rest => format!("{} and {rest} more", parts[..shown].join(", ")),
    };
    (1..=parts.len()).rev().map(text).find(|text| width(text) <= room).unwrap_or_else(|| text(1))
}

fn change_words(change: &AnswerChange, room: usize) -> String {
    let question = visible::line(&change.question);
    if change.kind == AnswerChangeKind::Lapsed {
        return format!("{question} dropped");
    }
    let [old, new] = [&change.old, &change.new].map(|value| match value.as_str() {
        "" => "none".to_owned(),
        value => visible::line(value),
    });
    let text = |old: &str, new: &str| format!("{question} {old} -> {new}");
    if width(&text(&old, &new)) <= room {
        return text(&old, &new);
    }
    // What is the same at the start, up to a separator, says nothing.
    let shared = old.char_indices().zip(new.chars()).take_while(|((_, old), new)| old == new);
    let start = shared.filter(|((_, old), _)| !old.is_alphanumeric()).last().map_or(0, |((at, _), _)| at);
    let half = room.saturating_sub(width(&text("", ""))) / 2;
    let [old, new] = [&old[start..], &new[start..]].map(|value| {
        let lead = if start > 0 { "…" } else { "" };
        shortened(&format!("{lead}{value}"), half)
    });
    // Values of a few letters could be anything.
    if half < 8 || old == new { format!("{question} changed") } else { text(&old, &new) }
}

fn file_words(change: &PlannedChange, room: usize) -> String {
    let verb = match change.what {
        ChangeKind::Added => "add",
        ChangeKind::Deleted => "delete",
        ChangeKind::Moved => "move",
        ChangeKind::Updated | ChangeKind::Merged | ChangeKind::ModeChanged => "update",
    };
    let text = format!("{verb} {}", visible::line(&change.path));
    if width(&text) <= room { text } else { format!("{verb} a file") }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn details(project: &Project, upgrade: &Upgrade, changes: &[AnswerChange]) -> String {
    let (new, old): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| change.kind == AnswerChangeKind::New);
    let lines =
        |changes: Vec<&AnswerChange>| changes.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    let stale = upgrade.plan.stale.iter().map(|file| format!("{}: {}", file.path, file.why())).collect();
    let mut details = String::new();
    for (title, lines) in [
        ("Answers that changed", [lines(old), upgrade.notes.clone()].concat()),
        ("New answers", lines(new)),
        ("Seeded files that stay as they are", stale),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| visible::line(line)).collect();
        if !lines.is_empty() {
            let _ = write!(details, "{title}:\n- {}\n\n", lines.join("\n- "));
        }
    }
    if let Some(words) = base_words(&project.origin) {
        let _ = writeln!(details, "Base of the merge: {words}.");
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::value::Provenance;

    fn words(question: &str, old: &str, new: &str) -> String {
        let kind = AnswerChangeKind::Changed;
        let [question, old, new] = [question, old, new].map(str::to_owned);
        change_words(&AnswerChange { question, old, new, from: Provenance::Flag, kind }, 62)
    }

    #[test]
    fn a_change_fits_into_the_subject() {
        let url = |name: &str| format!("https://github.com/acme/{name}.git");
        let long = "very-".repeat(30);
        for (question, old, new, expected) in [
            ("port", "8080", "9090", "port 8080 -> 9090"),
            ("test-image", "", "golang:1.25", "test-image none -> golang:1.25"),
            ("test-image", "golang:1.25", "", "test-image golang:1.25 -> none"),
            ("app", "a\nb", "a\u{202e}b", "app a·b -> a·b"),
            ("source-repo", &url("shop"), &url("cart"), "source-repo …/shop.git -> …/cart.git"),
            ("help", &format!("{long}a"), &format!("{long}b"), "help …-a -> …-b"),
            ("help", &format!("a{long}"), "b", "help avery-very-very-very-very… -> b"),
            ("help", &"a".repeat(80), &"a".repeat(90), "help changed"),
            (&"q".repeat(50), "first value", "second value", &format!("{} changed", "q".repeat(50))),
        ] {
            let found = words(question, old, new);
            assert_eq!(found, expected);
            assert!(width(&found) <= 62, "{found}");
        }
    }

    #[test]
    fn several_changes_share_the_line() {
        let parts = ["port 8080 -> 9090", "replicas 2 -> 3", "strategy rolling -> canary", "cpu 1 -> 2"];
        let parts = parts.map(str::to_owned);
        let found = |count: usize| joined(&parts[..count], 62);
        assert_eq!(found(1), parts[0]);
        assert_eq!(found(2), "port 8080 -> 9090, replicas 2 -> 3");
        assert_eq!(found(3), "port 8080 -> 9090, replicas 2 -> 3, strategy rolling -> canary");
        assert_eq!(found(4), "port 8080 -> 9090, replicas 2 -> 3 and 2 more");
        assert_eq!(joined(&["x".repeat(80), "y".to_owned()], 62), format!("{} and 1 more", "x".repeat(80)));
    }
}
