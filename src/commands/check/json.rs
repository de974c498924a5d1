//! `--format json`: the shape that `docs/files.md` describes.

use serde_json::{Value, json};

use crate::check::{Finding, Report, Severity};

/// `fixed` is the number of findings that `--fix` has fixed before this report.
pub(crate) fn print(report: &Report, fixed: usize) -> String {
    let skipped: Vec<Value> =
        report.skipped.iter().map(|skipped| json!({ "path": skipped.path, "why": skipped.why })).collect();
    let shape = json!({
        "schema": "treenail.check/1",
        "files": report.files.len(),
        "counts": {
            "error": report.count(Severity::Error),
            "warning": report.count(Severity::Warning),
            "note": report.count(Severity::Note),
        },
        "fixed": fixed,
        "allowed": report.allowed,
        "ignored": report.ignored,
        "lessSevere": report.less_severe,
        "skipped": skipped,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    format!("{shape:#}\n")
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.code,
        "severity": finding.severity.as_str(),
        "path": finding.path,
        "line": finding.start.line,
        "column": finding.start.column,
        "endColumn": finding.end.column,
        "message": finding.message,
        "hint": Some(&finding.hint).filter(|hint| !hint.is_empty()),
        "fixable": finding.fix.is_some(),
    })
}
