//! `--format sarif`: SARIF 2.1.0, for the code scanning of GitHub, GitLab and Azure, and for editors.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::check::{Files, Finding, Report, Rule};
use crate::hex;

const ROOT: &str = "%SRCROOT%";

pub(crate) fn print(report: &Report, files: &Files) -> String {
    let rules: BTreeMap<&str, &Rule> =
        report.findings.iter().map(|finding| (finding.rule.code, finding.rule)).collect();
    let codes: Vec<&str> = rules.keys().copied().collect();
    let mut results = Vec::new();
    for group in report.findings.chunk_by(|one, other| one.path == other.path) {
        let lines = files.lines(&group[0].path);
        let mut seen = BTreeMap::new();
        for finding in group {
            let shown = lines.get(finding.start.line - 1).copied().unwrap_or_default().trim();
            // A line may have the same mistake several times.
            let before = seen.entry((finding.rule.code, shown)).or_insert(0_usize);
            *before += 1;
            let index = codes.binary_search(&finding.rule.code).ok();
            results.push(result(finding, index, &fingerprint(finding, shown, *before)));
        }
    }
    let shape = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "treenail",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|rule| described(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "the root of the repository, or the folder that was checked" } },
            },
            "results": results,
        }],
    });
    format!("{shape:#}\n")
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": rule.severity.as_str() },
    })
}

fn result(finding: &Finding, index: Option<usize>, fingerprint: &str) -> Value {
    let Finding { rule, severity, path, start, end, message, hint, .. } = finding;
    let hint = if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
    json!({
        "ruleId": rule.code,
        "ruleIndex": index,
        "level": severity.as_str(),
        "message": { "text": format!("{message}{hint}") },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(path), "uriBaseId": ROOT },
            "region": { "startLine": start.line, "startColumn": start.column, "endColumn": end.column },
        } }],
        "partialFingerprints": { "treenailFinding/v1": fingerprint },
    })
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
