//! `--format json`: the shape that `docs/files.md` describes.

use serde::Serialize;

use crate::check::{BaselineEntry, Finding, Report, Severity};

/// The keys are in alphabetical order, as in all JSON of treenail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'r> {
    allowed: usize,
    counts: Counts,
    excluded: &'r [String],
    files: usize,
    findings: Vec<Item<'r>>,
    fixed: usize,
    gone: Vec<Gone<'r>>,
    ignored: usize,
    known: usize,
    less_severe: usize,
    schema: &'static str,
    skipped: Vec<Skipped<'r>>,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    note: usize,
    warning: usize,
}

#[derive(Serialize)]
struct Gone<'r> {
    count: usize,
    message: &'r str,
    path: &'r str,
    rule: &'r str,
}

#[derive(Serialize)]
struct Skipped<'r> {
    path: &'r str,
    why: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'r> {
    column: usize,
    end_column: usize,
    fixable: bool,
    hint: Option<&'r str>,
    line: usize,
    message: &'r str,
    path: &'r str,
    rule: &'static str,
    severity: &'static str,
}

/// `fixed` is the number of findings that `--fix` has fixed before this report.
pub(crate) fn print(report: &Report, fixed: usize) -> String {
    let skipped = report.skipped.iter().map(|skipped| Skipped { path: &skipped.path, why: skipped.why });
    super::pretty(&Shape {
        allowed: report.allowed,
        counts: Counts {
            error: report.count(Severity::Error),
            note: report.count(Severity::Note),
            warning: report.count(Severity::Warning),
        },
        excluded: &report.excluded,
        files: report.files.len(),
        findings: report.findings.iter().map(Item::of).collect(),
        fixed,
        gone: report.gone.iter().map(Gone::of).collect(),
        ignored: report.ignored,
        known: report.known,
        less_severe: report.less_severe,
        schema: "treenail.check/1",
        skipped: skipped.collect(),
    })
}

impl<'r> Gone<'r> {
    fn of(entry: &'r BaselineEntry) -> Self {
        Self { count: entry.count, message: &entry.message, path: &entry.path, rule: &entry.rule }
    }
}

impl<'r> Item<'r> {
    fn of(finding: &'r Finding) -> Self {
        Self {
            column: finding.start.column,
            end_column: finding.end.column,
            fixable: finding.fix.is_some(),
            hint: Some(&*finding.hint).filter(|hint| !hint.is_empty()),
            line: finding.start.line,
            message: &finding.message,
            path: &finding.path,
            rule: finding.rule.code,
            severity: finding.severity.as_str(),
        }
    }
}
