//! `--format github`: workflow commands, which GitHub Actions shows as annotations of a pull request.

use std::fmt::Write;

use crate::check::{Finding, Severity};
use crate::ui::visible;

/// Formats one workflow command per finding.
pub(crate) fn print(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { rule, severity, path, start, end, message, hint, .. } in findings {
        let command = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let title = format!("{}: {}", rule.code, rule.title);
        let [path, title] = [path, &title].map(|value| property(value));
        let hint = if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
        let body = data(&format!("{message}{hint}"));
        let (line, column, end) = (start.line, start.column, end.column);
        let _ = writeln!(
            text,
            "::{command} file={path},line={line},col={column},endColumn={end},title={title}::{body}"
        );
    }
    text
}

/// The log of Actions obeys colours and more, like a terminal.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    visible::line(&text)
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_a_command() {
        assert_eq!(data("a: 5%,\r\n::b"), "a: 5%25,%0D%0A::b");
        assert_eq!(data("\u{1b}[31m\u{202e}é\u{9b}"), "·[31m·é·");
        assert_eq!(property("a: 5%,\r\n::b"), "a%3A 5%25%2C%0D%0A%3A%3Ab");
    }
}
