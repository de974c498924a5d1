//! `--format sarif`: SARIF 2.1.0, for the code scanning of GitHub, GitLab and Azure, and for editors.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::check::{Files, Finding, Report, Rule};
use crate::hex;

const ROOT: &str = "%SRCROOT%";

/// The number of results that the code scanning of GitHub takes in one run; it rejects a file with more.
pub(crate) const MAX_RESULTS: usize = 25_000;

/// The keys are in alphabetical order, as in all JSON of treenail.
#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run; 1],
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    column_kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocations: Option<Value>,
    original_uri_base_ids: Value,
    results: Vec<RunResult>,
    tool: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunResult {
    level: &'static str,
    locations: [FileLocation; 1],
    message: Message,
    partial_fingerprints: Fingerprint,
    rule_id: &'static str,
    rule_index: Option<usize>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Fingerprint {
    #[serde(rename = "treenailFinding/v1")]
    first: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileLocation {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    end_column: usize,
    start_column: usize,
    start_line: usize,
}

/// Returns the number of findings that do not fit.
pub(crate) fn omitted(report: &Report) -> usize {
    report.findings.len().saturating_sub(MAX_RESULTS)
}

/// Prints the gravest findings in the order of the report, as many as fit.
pub(crate) fn print(report: &Report, files: &Files) -> String {
    let printed = gravest(report);
    let rules: BTreeMap<&str, &Rule> =
        printed.iter().map(|&at| report.findings[at].rule).map(|rule| (rule.code, rule)).collect();
    let codes: Vec<&str> = rules.keys().copied().collect();
    let mut fingerprints = fingerprints(report, files).into_iter().enumerate();
    let mut results = Vec::with_capacity(printed.len());
    for at in printed {
        let finding = &report.findings[at];
        let index = codes.binary_search(&finding.rule.code).ok();
        let first = fingerprints.find(|(other, _)| *other == at).map(|(_, it)| it).unwrap_or_default();
        results.push(RunResult::of(finding, index, first));
    }
    let run = Run {
        column_kind: "unicodeCodePoints",
        invocations: invocations(omitted(report)),
        original_uri_base_ids: json!({
            ROOT: { "description": { "text": "the root of the repository, or the folder that was checked" } },
        }),
        results,
        tool: json!({ "driver": {
            "name": "treenail",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.values().map(|rule| described(rule)).collect::<Vec<_>>(),
        } }),
    };
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    super::pretty(&Log { schema, runs: [run], version: "2.1.0" })
}

/// Returns the indices of the findings to print, in order.
fn gravest(report: &Report) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..report.findings.len()).collect();
    indices.sort_by_key(|at| report.findings[*at].severity);
    indices.truncate(MAX_RESULTS);
    indices.sort_unstable();
    indices
}

/// Says in the file what it does not have.
fn invocations(omitted: usize) -> Option<Value> {
    let text = format!("{omitted} findings are left out, the mildest ones; `--format json` lists all");
    let notification = json!({ "level": "warning", "message": { "text": text } });
    let invocation = json!({
        "executionSuccessful": true,
        "properties": { "omittedResults": omitted },
        "toolExecutionNotifications": [notification],
    });
    (omitted > 0).then(|| json!([invocation]))
}

fn fingerprints(report: &Report, files: &Files) -> Vec<String> {
    let mut fingerprints = Vec::with_capacity(report.findings.len());
    for group in report.findings.chunk_by(|one, other| one.path == other.path) {
        let lines = files.lines(&group[0].path);
        let mut seen = BTreeMap::new();
        for finding in group {
            let shown = lines.get(finding.start.line - 1).copied().unwrap_or_default().trim();
            // A line may have the same mistake several times.
            let before = seen.entry((finding.rule.code, shown)).or_insert(0_usize);
            *before += 1;
            fingerprints.push(fingerprint(finding, shown, *before));
        }
    }
    fingerprints
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": rule.severity.as_str() },
    })
}

impl RunResult {
    fn of(finding: &Finding, rule_index: Option<usize>, first: String) -> Self {
        let Finding { rule, severity, path, start, end, message, hint, .. } = finding;
        let hint = if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
        let region = Region { end_column: end.column, start_column: start.column, start_line: start.line };
        let artifact_location = ArtifactLocation { uri: uri(path), uri_base_id: ROOT };
        Self {
            level: severity.as_str(),
            locations: [FileLocation { physical_location: PhysicalLocation { artifact_location, region } }],
            message: Message { text: format!("{message}{hint}") },
            partial_fingerprints: Fingerprint { first },
            rule_id: rule.code,
            rule_index,
        }
    }
}

/// Identifies a finding even if other lines of the file change.
fn fingerprint(finding: &Finding, line: &str, time: usize) -> String {
    let identity = format!("{}\0{}\0{line}\0{time}", finding.rule.code, finding.path);
    hex::encode(&Sha256::digest(identity)[..16])
}

fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("deploy/größe #1:a.yaml"), "deploy/gr%C3%B6%C3%9Fe%20%231%3Aa.yaml");
    }
}
