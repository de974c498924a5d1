//! The plan for people: the sentence, then each Application with its objects.

use std::fmt::Write as _;

use crate::excerpt::counted;
use crate::plan::{Action, ApplicationPlan, ClusterPlan, ObjectPlan, Presence, SyncState, Unknown};
use crate::ui::style::{bold, cyan, dim, green, red, yellow};

/// The most objects of an Application, and fields of an object, without `--verbose`.
const OBJECTS: usize = 12;
const FIELDS: usize = 3;
/// The most files and errors.
const LINES: usize = 10;

pub(crate) fn print(plan: &ClusterPlan, is_verbose: bool) -> String {
    let mut page = Page { text: String::new(), is_verbose };
    page.line(0, &bold(&plan.summary));
    for application in &plan.applications {
        page.application(application);
    }
    page.list("then:", plan.chain.iter().map(|step| step.words.clone()));
    page.list("by hand:", plan.by_hand.iter().cloned());
    page.unknown(&plan.unknown);
    let errors = plan
        .other_errors()
        .map(|error| format!("{}:{}: {} [{}]", error.path, error.start.line, error.message, error.rule.code));
    page.list("new errors of `treenail check`:", errors);
    if plan.unaffected > 0 && is_verbose {
        page.line(0, "");
        let rest = if plan.unaffected == 1 { "stays as it is" } else { "stay as they are" };
        page.line(0, &dim(&format!("{} {rest}", counted(plan.unaffected, "Application"))));
    }
    page.text
}

struct Page {
    text: String,
    is_verbose: bool,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{}{text}", "  ".repeat(depth));
    }

    fn application(&mut self, application: &ApplicationPlan) {
        self.line(0, "");
        self.line(0, &format!("{} {}", bold(&application.name), head(application)));
        for refusal in &application.refused {
            self.line(1, &format!("{} {refusal}", red("refused:")));
        }
        for failure in &application.failures {
            self.line(1, &format!("{} {failure}", red("fails:")));
        }
        for remark in &application.remarks {
            self.line(1, &format!("{} {remark}", yellow("note:")));
        }
        let most = if self.is_verbose { usize::MAX } else { OBJECTS };
        let mut wave = None;
        let has_waves = application.objects.iter().any(|object| object.wave != 0);
        for object in application.objects.iter().take(most) {
            if self.is_verbose && has_waves && wave != Some(object.wave) {
                wave = Some(object.wave);
                self.line(1, &dim(&format!("wave {}", object.wave)));
            }
            self.object(object);
        }
        self.more(1, application.objects.len(), most, "object");
        if !application.hooks.is_empty() {
            let hook = |hook: &crate::plan::HookPlan| {
                let wave = if hook.wave == 0 { String::new() } else { format!(" in wave {}", hook.wave) };
                format!("{} {}{wave}", hook.phase, hook.title)
            };
            let hooks: Vec<_> = application.hooks.iter().map(hook).collect();
            self.line(1, &format!("{} {}", cyan("hooks:"), hooks.join(", then ")));
        }
        self.unknown(&application.unknown);
    }

    fn object(&mut self, object: &ObjectPlan) {
        let pods = object.pods.as_ref().map(|pods| format!(": {}", pods.words)).unwrap_or_default();
        self.line(1, &format!("{} {}{pods}", mark(object.action), object.id));
        for refusal in object.refused.iter().chain(&object.failures) {
            self.line(3, &format!("{} {refusal}", red("fails:")));
        }
        for remark in &object.remarks {
            self.line(3, &dim(remark));
        }
        let most = if self.is_verbose { usize::MAX } else { FIELDS };
        for field in object.fields.iter().take(most) {
            self.line(3, &field.words);
        }
        self.more(3, object.fields.len(), most, "field");
    }

    fn more(&mut self, depth: usize, count: usize, most: usize, what: &str) {
        if count > most {
            self.line(depth, &dim(&format!("and {} more (`-v` shows them)", counted(count - most, what))));
        }
    }

    fn unknown(&mut self, unknown: &[Unknown]) {
        for Unknown { what, files } in unknown {
            self.line(1, &format!("{} {what}", yellow("unknown:")));
            let most = if self.is_verbose { usize::MAX } else { LINES };
            for file in files.iter().take(most) {
                self.line(3, &format!("{file} changes"));
            }
            self.more(3, files.len(), most, "file");
        }
    }

    fn list(&mut self, title: &str, items: impl Iterator<Item = String>) {
        for (at, item) in items.enumerate() {
            if at == 0 {
                self.line(0, "");
                self.line(0, &bold(title));
            }
            self.line(1, &item);
        }
    }
}

/// What happens to the Application, as the rest of a line.
pub(super) fn head(application: &ApplicationPlan) -> String {
    let presence = match application.presence {
        Presence::Kept => "",
        Presence::Added => "is new, ",
        Presence::Removed => return "is removed".to_owned(),
    };
    let sync = match application.sync {
        SyncState::Unchanged => "stays in sync",
        SyncState::Automatic if application.fails() => "becomes OutOfSync, and its sync fails",
        SyncState::Manual if application.fails() => "becomes OutOfSync, and a sync by hand fails",
        SyncState::Automatic => "syncs by itself",
        SyncState::Manual => "becomes OutOfSync and waits for a person",
        SyncState::Unknown => "may become OutOfSync",
        SyncState::Broken => "cannot be compared, and nothing of it is synced",
    };
    let made = application.made_by.as_ref().map(|set| format!(" (made by ApplicationSet {set})"));
    format!("{presence}{sync}{}", made.unwrap_or_default())
}

fn mark(action: Action) -> String {
    match action {
        Action::Create => green("+"),
        Action::Change => yellow("~"),
        Action::Replace => yellow("±"),
        Action::Prune => red("-"),
        Action::Keep => dim("o"),
    }
}
