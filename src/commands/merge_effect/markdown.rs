//! The plan as a comment for a pull request: the sentence, then details that are folded.

use std::fmt::Write as _;

use super::people::head;
use crate::excerpt::counted;
use crate::plan::{Action, ApplicationPlan, ClusterPlan, ObjectPlan, Unknown};

/// GitHub takes 65,536 characters.
const LONGEST: usize = 60_000;

/// By this line a program finds its comment again, to update it.
const MARK: &str = "<!-- treenail plan -->";

pub(crate) fn print(plan: &ClusterPlan) -> String {
    format!("{MARK}\n{}", body(plan))
}

/// The comment without the line by which it is found.
pub(super) fn body(plan: &ClusterPlan) -> String {
    let mut text = format!("**{}**\n", escaped(&plan.summary));
    let mut tail = String::new();
    section(&mut tail, "Then", plan.chain.iter().map(|step| step.words.clone()));
    section(&mut tail, "By hand", plan.by_hand.iter().cloned());
    let unknown = plan.unknown.iter().map(|unknown| unknown.what.clone());
    section(&mut tail, "Not evaluated", unknown);
    let errors = plan.other_errors().map(|error| {
        format!("`{}:{}` {} ({})", error.path, error.start.line, error.message, error.rule.code)
    });
    section(&mut tail, "New errors of `treenail check`", errors);
    let room = LONGEST.saturating_sub(text.len());
    let tail = cut(&tail, room / 2);
    let mut left = room - tail.len();
    let mut hidden = 0;
    for application in &plan.applications {
        let part = details(application);
        // The last line says what is left out.
        if part.len() + 200 > left || hidden > 0 {
            hidden += 1;
            continue;
        }
        left -= part.len();
        text.push_str(&part);
    }
    if hidden > 0 {
        let more = counted(hidden, "Application");
        let _ = writeln!(text, "\n{more} more do not fit here; `treenail plan -v` shows all.");
    }
    text + &tail
}

fn details(application: &ApplicationPlan) -> String {
    let mut text = String::new();
    let counts = counts(application);
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "\n<details{}>\n<summary><b>{}</b> {}{counts}</summary>\n",
        if application.fails() || application.refuses_pods() { " open" } else { "" },
        html(&application.name),
        html(&head(application))
    );
    let failures = application.failures.iter().map(|it| format!("fails: {it}"));
    let refusals = application.refused.iter().map(|it| format!("refused: {it}"));
    for line in refusals.chain(failures).chain(application.remarks.clone()) {
        let _ = writeln!(text, "- {}", escaped(&line));
    }
    for object in &application.objects {
        text.push_str(&cut(&of_object(object), 4_000));
    }
    for hook in &application.hooks {
        let _ = writeln!(text, "- hook {} {}", hook.phase, escaped(&hook.title));
    }
    for Unknown { what, files } in &application.unknown {
        let _ = writeln!(text, "- not evaluated: {}", escaped(what));
        for file in files.iter().take(20) {
            let _ = writeln!(text, "  - {} changes", code(file));
        }
    }
    text.push_str("\n</details>\n");
    text
}

fn counts(application: &ApplicationPlan) -> String {
    let of = |action: Action| application.objects.iter().filter(|object| object.action == action).count();
    let parts = [
        (Action::Create, "created"),
        (Action::Change, "changed"),
        (Action::Replace, "replaced"),
        (Action::Prune, "pruned"),
        (Action::Keep, "kept"),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(action, _)| of(*action) > 0)
        .map(|(action, word)| format!("{} {word}", of(action)))
        .collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn of_object(object: &ObjectPlan) -> String {
    let verb = match object.action {
        Action::Create => "create",
        Action::Change => "change",
        Action::Replace => "replace",
        Action::Prune => "prune",
        Action::Keep => "keep",
    };
    let pods = object.pods.as_ref().map(|pods| format!(": **{}**", escaped(&pods.words))).unwrap_or_default();
    let mut text = format!("- {verb} {}{pods}\n", escaped(&object.id.to_string()));
    let lines = object.refused.iter().chain(&object.failures).map(|it| format!("fails: {it}"));
    let lines =
        lines.chain(object.remarks.clone()).chain(object.fields.iter().map(|field| field.words.clone()));
    for line in lines {
        let _ = writeln!(text, "  - {}", escaped(&line));
    }
    text
}

fn section(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    for (at, item) in items.enumerate() {
        if at == 0 {
            let _ = writeln!(text, "\n**{title}**\n");
        }
        let _ = writeln!(text, "- {}", escaped(&item));
    }
}

/// Cuts whole lines, and says so.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() + 20 > most {
            break;
        }
        kept.push_str(line);
    }
    kept + "- and more\n"
}

/// Keeps texts from elsewhere from being read as Markdown, HTML or a mention, except what is between backticks.
pub(super) fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let is_even = text.matches('`').count().is_multiple_of(2);
    let part = |(at, part): (usize, &str)| {
        if at % 2 == 1 && is_even { code(part) } else { plain(part) }
    };
    parts.map(part).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A character of no width ends a mention.
            '@' => out.push_str("@\u{200b}"),
            '*' | '_' | '[' | ']' | '\\' | '|' | '#' | '!' | '~' => out.extend(['\\', letter]),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

fn code(text: &str) -> String {
    let text: String = text.chars().map(|it| if it.is_control() || it == '`' { ' ' } else { it }).collect();
    format!("`{text}`")
}

fn html(text: &str) -> String {
    plain(text).replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_elsewhere_stay_texts() {
        assert_eq!(escaped("a <b> @c `<d>` *e*"), "a &lt;b&gt; @\u{200b}c `<d>` \\*e\\*");
        assert_eq!(escaped("odd ` <a>"), "odd  &lt;a&gt;");
    }

    #[test]
    fn a_long_text_is_cut_at_a_line() {
        assert_eq!(cut("abc\ndef\n", 100), "abc\ndef\n");
        assert_eq!(cut(&"0123456789\n".repeat(10), 50), "0123456789\n0123456789\n- and more\n");
    }
}
