//! `--format junit`: a suite per file. A finding that makes the run fail is a failure; any other is a passed test with
//! output.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::check::{Finding, Report, Severity};

/// Reports findings of the severity `limit` or worse as failures.
pub(crate) fn print(report: &Report, limit: Severity) -> String {
    let mut suites: BTreeMap<&str, Vec<&Finding>> =
        report.files.iter().map(|path| (path.as_str(), Vec::new())).collect();
    for finding in &report.findings {
        suites.entry(&finding.path).or_default().push(finding);
    }
    let tests: usize = suites.values().map(|findings| findings.len().max(1)).sum();
    let counts = counts(tests, report.findings.iter(), limit);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"treenail check\" {counts}>");
    for (path, findings) in &suites {
        suite(&mut text, &escape(path), findings, limit);
    }
    text.push_str("</testsuites>\n");
    text
}

fn counts<'a>(tests: usize, findings: impl Iterator<Item = &'a Finding>, limit: Severity) -> String {
    let failures = findings.filter(|finding| finding.severity <= limit).count();
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"")
}

fn suite(text: &mut String, path: &str, findings: &[&Finding], limit: Severity) {
    let counts = counts(findings.len().max(1), findings.iter().copied(), limit);
    let _ = writeln!(text, "  <testsuite name=\"{path}\" {counts} skipped=\"0\">");
    if findings.is_empty() {
        let _ = writeln!(text, "    <testcase classname=\"{path}\" name=\"no findings\"/>");
    }
    for finding in findings {
        let Finding { rule, severity, start, message, hint, .. } = finding;
        let name = escape(&format!("{}:{} {} {}", start.line, start.column, rule.code, rule.title));
        let hint = if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
        let place = format!("{}:{}:{}: {message}{hint}", finding.path, start.line, start.column);
        let (place, message, kind) = (escape(&place), escape(message), severity.as_str());
        let _ = writeln!(text, "    <testcase classname=\"{path}\" name=\"{name}\">");
        let _ = if *severity <= limit {
            writeln!(text, "      <failure type=\"{kind}\" message=\"{message}\">{place}</failure>")
        } else {
            writeln!(text, "      <system-out>{kind}: {place}</system-out>")
        };
        text.push_str("    </testcase>\n");
    }
    text.push_str("  </testsuite>\n");
}

/// Escapes text and attributes. XML cannot represent most control characters at all.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_it() {
        assert_eq!(escape("<a b=\"c\">&'\n\u{1b}é"), "&lt;a b=&quot;c&quot;&gt;&amp;'&#10;\u{fffd}é");
    }
}
