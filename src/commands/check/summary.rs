//! `--format summary`: a line for each rule.

use std::fmt::Write;

use super::causes;
use super::human::painted;
use crate::check::Finding;

/// With the columns before it, 80 columns.
const TITLE_WIDTH: usize = 45;

/// Prints a table of the rules with findings; empty without any.
pub(crate) fn print(findings: &[Finding]) -> String {
    let rules = causes::by_rule(findings);
    if rules.is_empty() {
        return String::new();
    }
    let mut text = String::from("rule   severity  findings  files  what is wrong\n");
    for one in rules {
        let severity = painted(one.severity, &format!("{:8}", one.severity.as_str()));
        let (count, files) = (one.count(), one.files());
        let (code, title) = (one.rule.code, shortened(one.rule.title));
        let _ = writeln!(text, "{code}  {severity}  {count:8}  {files:5}  {title}");
    }
    text
}

fn shortened(title: &str) -> String {
    match title.char_indices().nth(TITLE_WIDTH) {
        Some(_) => title.chars().take(TITLE_WIDTH - 1).chain(['…']).collect(),
        None => title.to_owned(),
    }
}
