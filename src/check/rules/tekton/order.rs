//! The order of a Pipeline's tasks: each waits for tasks that exist, and none for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{TektonCheck, variables};
use crate::check::rendered_value::RenderedValue;
use crate::check::rule::TN032;
use crate::suggest;

/// Checks `runAfter`, and the order that results imply.
pub(super) fn check(check: &mut TektonCheck<'_, '_>, spec: &RenderedValue<'_>) {
    let tasks = spec.items_at(&["tasks"]);
    let names: Vec<&str> = super::names(spec, "tasks").into_iter().map(RenderedValue::text).collect();
    for before in tasks.iter().flat_map(|task| task.items_at(&["runAfter"])) {
        if !names.contains(&before.text()) && !before.text().contains("$(") {
            let message = format!("this Pipeline has no task `{}` to wait for", before.text());
            let hint = if super::names(spec, "finally").iter().any(|it| it.text() == before.text()) {
                "tasks in `finally` run after all others, so no task can wait for them".to_owned()
            } else {
                format!("Tekton rejects the Pipeline{}", suggest::hint(before.text(), names.iter().copied()))
            };
            check.found.push(before.location().finding(&TN032, message).hint(hint));
        }
    }
    for task in spec.items_at(&["finally"]) {
        if let Some(after) = task.entry("runAfter") {
            let message = "a task in `finally` cannot have `runAfter`";
            let hint = "all tasks in `finally` start together, after the others; remove it";
            check.found.push(after.location.finding(&TN032, message).hint(hint));
        }
    }
    circle(check, tasks);
}

fn circle(check: &mut TektonCheck<'_, '_>, tasks: &[RenderedValue<'_>]) {
    let named = tasks.iter().filter_map(|task| Some((task.get("name")?.text(), task)));
    let mut open: BTreeMap<&str, BTreeSet<&str>> = named.map(|(name, task)| (name, befores(task))).collect();
    // Whatever waits for nothing that is left can run.
    loop {
        let left: BTreeSet<&str> = open.keys().copied().collect();
        let before = open.len();
        open.retain(|_, befores| befores.iter().any(|it| left.contains(it)));
        if open.len() == before {
            break;
        }
    }
    // What is left is in a circle or behind one; the first that waits for itself in the end is reported.
    let in_circle = |name: &&str| reaches(&open, name);
    let Some(first) = open.keys().copied().find(in_circle) else { return };
    let members: Vec<String> =
        open.keys().filter(|name| in_circle(name)).map(|name| format!("`{name}`")).collect();
    let task = tasks.iter().filter_map(|task| task.get("name")).find(|name| name.text() == first);
    if let Some(name) = task {
        let message = format!("tasks wait for each other: {}", members.join(", "));
        let hint = "Tekton rejects the Pipeline; remove a `runAfter`, or the use of a result";
        check.found.push(name.location().finding(&TN032, message).hint(hint));
    }
}

fn reaches(open: &BTreeMap<&str, BTreeSet<&str>>, name: &str) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![name]);
    while let Some(one) = next.pop() {
        for &before in open.get(one).into_iter().flatten() {
            if before == name {
                return true;
            }
            if seen.insert(before) {
                next.push(before);
            }
        }
    }
    false
}

fn befores<'t>(task: &'t RenderedValue<'_>) -> BTreeSet<&'t str> {
    let after = task.items_at(&["runAfter"]).iter().map(RenderedValue::text);
    let results =
        variables::below(task, &[]).into_iter().filter_map(|(_, variable)| match variable.parts[..] {
            ["tasks", name, "results", ..] => Some(name),
            _ => None,
        });
    after.chain(results).collect()
}
