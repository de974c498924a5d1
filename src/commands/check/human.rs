//! `--format human`: location, message, the line with a mark below the mistake, and how to fix it.
//!
//! Findings of one cause are printed together, and no run fills many screens unless that is asked for.

use std::fmt::Write;

use super::causes::{self, Cause};
use super::summary;
use crate::check::{Files, Finding, Report, SETTINGS_PATH, Severity};
use crate::excerpt::counted;
use crate::project;
use crate::ui::{style, visible};

/// Number of columns of a line to print around the mistake.
const WIDTH: usize = 96;

/// Number of causes that are printed in full; of more, only some of each rule.
const MANY_CAUSES: usize = 50;

/// Number of causes to print of them: at least one of each rule.
const EXAMPLES: usize = 30;

/// Number of further places of a cause to print, and of an example.
const MAX_PLACES: usize = 5;
const EXAMPLE_PLACES: usize = 2;

/// Prints each cause once, with its places. Of many causes it prints some of each rule, then a summary of the rules.
pub(crate) fn findings(findings: &[Finding], files: &Files) -> String {
    let causes = causes::causes(findings);
    if causes.len() > MANY_CAUSES {
        return examples(findings, files);
    }
    let mut text = String::new();
    let mut path = "";
    for cause in &causes {
        if !text.is_empty() && cause.first().path != path {
            text.push('\n');
        }
        path = &cause.first().path;
        describe_cause(&mut text, cause, files, MAX_PLACES);
    }
    text
}

/// Prints every finding on its own.
pub(crate) fn all(findings: &[Finding], files: &Files) -> String {
    let mut text = String::new();
    for group in findings.chunk_by(|one, other| one.path == other.path) {
        if !text.is_empty() {
            text.push('\n');
        }
        let lines = files.lines(&group[0].path);
        for finding in group {
            describe(&mut text, finding, &lines);
        }
    }
    text
}

/// Prints some findings of each rule, the gravest first, and how to see the others.
fn examples(findings: &[Finding], files: &Files) -> String {
    let rules = causes::by_rule(findings);
    let most = (EXAMPLES / rules.len()).max(1);
    let mut text = String::new();
    for one in &rules {
        for cause in one.causes.iter().take(most) {
            describe_cause(&mut text, cause, files, EXAMPLE_PLACES);
        }
        let more = one.causes.iter().skip(most).map(|cause| cause.findings.len()).sum::<usize>();
        if more > 0 {
            let more = format!("… and {more} more of {0}; `--only {0}` shows more of them", one.rule.code);
            let _ = writeln!(text, "{}", style::dim(&more));
        }
        text.push('\n');
    }
    text + &summary::print(findings) + "\n`--all` prints every finding; `--format json` is for programs\n"
}

fn describe_cause(text: &mut String, cause: &Cause<'_>, files: &Files, places: usize) {
    let (first, others) = (cause.first(), &cause.findings[1..]);
    describe(text, first, &files.lines(&first.path));
    for Finding { path, start, .. } in others.iter().take(places) {
        let place = format!("{}:{}:{}", visible::line(path), start.line, start.column);
        let _ = writeln!(text, "    {} {place}", style::dim("also"));
    }
    if others.len() > places {
        let _ = writeln!(text, "    {}", style::dim(&format!("and {} more", others.len() - places)));
    }
}

pub(crate) fn counts(report: &Report) -> String {
    let kinds = [Severity::Error, Severity::Warning, Severity::Note];
    let found: Vec<_> = kinds
        .iter()
        .map(|kind| (report.count(*kind), kind.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    let left_out = [
        (report.allowed, "allowed by comments".to_owned()),
        (report.ignored, format!("ignored by `{}`", project::FOLDER)),
        (report.known, "in the baseline".to_owned()),
        (report.less_severe, "less severe, shown by `--severity note`".to_owned()),
    ];
    let left_out = left_out.iter().filter(|(count, _)| *count > 0);
    let mut left_out: Vec<_> = left_out.map(|(count, how)| format!("{count} {how}")).collect();
    left_out.extend(
        (!report.excluded.is_empty()).then(|| format!("{} excluded", counted(report.excluded.len(), "path"))),
    );
    let left_out = if left_out.is_empty() { String::new() } else { format!(" ({})", left_out.join(", ")) };
    format!("{found} in {}{left_out}", counted(report.files.len(), "file"))
}

/// Number of excluded paths to print.
const MAX_EXCLUDED: usize = 10;

/// Returns a line about what the settings leave out; `None` if that is nothing.
pub(crate) fn excluded(report: &Report) -> Option<String> {
    let shown = report.excluded.iter().take(MAX_EXCLUDED);
    let shown: Vec<_> = shown.map(|path| format!("`{}`", visible::line(path))).collect();
    let more = match report.excluded.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!shown.is_empty()).then(|| format!("excluded by `{SETTINGS_PATH}`: {}{more}", shown.join(", ")))
}

/// Number of entries of the baseline to print.
const MAX_GONE: usize = 5;

/// Returns a line about the entries of the baseline that no longer occur; `None` without any.
pub(crate) fn gone(report: &Report) -> Option<String> {
    let count: usize = report.gone.iter().map(|entry| entry.count).sum();
    let shown = report.gone.iter().take(MAX_GONE);
    let shown: Vec<_> = shown
        .map(|entry| format!("{} ({})", visible::line(&entry.path), visible::line(&entry.rule)))
        .collect();
    let more = if report.gone.len() > MAX_GONE { ", …" } else { "" };
    let verb = if count == 1 { "occurs" } else { "occur" };
    let shown = shown.join(", ");
    (count > 0).then(|| {
        let count = counted(count, "finding");
        format!("{count} in the baseline no longer {verb}: {shown}{more}; `--write-baseline` removes them")
    })
}

fn describe(text: &mut String, finding: &Finding, lines: &[&str]) {
    let Finding { rule, severity, path, start, end, message, hint, .. } = finding;
    let [path, message, hint] = [path, message, hint].map(|text| visible::line(text));
    let place = style::bold(&format!("{path}:{}:{}", start.line, start.column));
    let kind = painted(*severity, &format!("{}[{}]", severity.as_str(), rule.code));
    let _ = writeln!(text, "{place} {kind} {message}");
    if let Some(line) = lines.get(start.line - 1) {
        let (shown, mark) = excerpt(line, start.column, end.column);
        if !shown.trim().is_empty() {
            let _ = writeln!(text, "    {shown}\n    {}", painted(*severity, &mark));
        }
    }
    if !hint.is_empty() {
        let _ = writeln!(text, "    {} {hint}", style::cyan("hint:"));
    }
}

pub(super) fn painted(severity: Severity, text: &str) -> String {
    match severity {
        Severity::Error => style::red(text),
        Severity::Warning => style::yellow(text),
        Severity::Note => style::cyan(text),
    }
}

/// Makes each character one that has its place in the line: a tab becomes a space.
fn in_place(character: char) -> char {
    if character == '\t' { ' ' } else { visible::character(character) }
}

/// Returns the part of `line` around the characters `start` to `end`, both from 1, and the mark below it.
fn excerpt(line: &str, start: usize, end: usize) -> (String, String) {
    let (start, end) = (start.saturating_sub(1), end.saturating_sub(1));
    // Some context before the mistake.
    let skipped =
        if line.chars().take(WIDTH + 1).count() <= WIDTH { 0 } else { start.saturating_sub(WIDTH / 3) };
    let part: Vec<char> = line.chars().skip(skipped).take(WIDTH).map(in_place).collect();
    let at = (start - skipped).min(part.len());
    let until = end.saturating_sub(skipped).clamp(at, part.len());
    let width = |characters: &[char]| style::width(&characters.iter().collect::<String>());
    let mark = format!("{}{}", " ".repeat(width(&part[..at])), "^".repeat(width(&part[at..until]).max(1)));
    let before = if skipped > 0 { "…" } else { "" };
    let is_cut = line.chars().nth(skipped + WIDTH).is_some();
    let after = if is_cut { "…" } else { "" };
    let shown: String = part.into_iter().collect();
    (format!("{before}{}{after}", shown.trim_end()), format!("{}{mark}", " ".repeat(style::width(before))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_below_the_place() {
        assert_eq!(excerpt("a: b", 4, 5), ("a: b".to_owned(), "   ^".to_owned()));
        assert_eq!(excerpt("a: b", 5, 5), ("a: b".to_owned(), "    ^".to_owned()));
        // Two columns each.
        assert_eq!(excerpt("日本: on", 5, 7), ("日本: on".to_owned(), "      ^^".to_owned()));
        assert_eq!(excerpt("\ta:\ton", 5, 7), (" a: on".to_owned(), "    ^^".to_owned()));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}on{}", "é".repeat(5_000), "x".repeat(5_000));
        let (shown, mark) = excerpt(&line, 5_001, 5_003);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert_eq!(style::width(&shown), WIDTH + 2);
        let at = mark.find('^').expect("a mark");
        assert_eq!(shown.chars().skip(at).take(2).collect::<String>(), "on");
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        assert_eq!(excerpt("a: \u{1b}[2J", 1, 2).0, "a: ·[2J");
        assert_eq!(excerpt("a: \u{202e}on", 5, 7), ("a: ·on".to_owned(), "    ^^".to_owned()));
    }
}
