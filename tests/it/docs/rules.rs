//! The pages of the rules: one for each, made of what `treenail explain` tells, and an index of them, in the groups
//! that `docs/checking.md` has. That page and the summary of the book are written by hand, but for what this test holds.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use treenail::check::rules::{self, Rule};

use crate::docs::page::{Page, project};
use crate::docs::reference::NOTICE;
use crate::docs::{blesses, made};

/// Where the pages are.
pub const FOLDER: &str = "docs/reference/rules/";

const CHECKING: &str = "docs/checking.md";
const SUMMARY: &str = "docs/SUMMARY.md";

/// Rules that are about the same, as a row of a table in `docs/checking.md` has them.
struct Group {
    name: String,
    rules: Vec<&'static Rule>,
    /// What its rules look for.
    looks_for: String,
}

#[test]
fn every_rule_has_its_page() {
    for rule in rules::ALL {
        made(&format!("{FOLDER}{}.md", rule.code), &page(rule), "");
    }
}

#[test]
fn no_page_is_left_of_a_rule_that_is_gone() {
    let expected: BTreeSet<_> = rules::ALL.iter().map(|rule| format!("{}.md", rule.code)).collect();
    for entry in fs::read_dir(project().join(FOLDER)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if expected.contains(&name) {
            continue;
        }
        assert!(blesses(), "{FOLDER}{name} is the page of no rule; TREENAIL_BLESS=1 deletes it");
        fs::remove_file(entry.path()).unwrap();
    }
}

#[test]
fn the_index_of_the_rules() {
    let groups = groups();
    let mut grouped: Vec<_> = groups.iter().flat_map(|group| &group.rules).map(|rule| rule.code).collect();
    grouped.sort_unstable();
    let all: Vec<_> = rules::ALL.iter().map(|rule| rule.code).collect();
    assert_eq!(grouped, all, "{CHECKING} has each rule in one group");

    let mut text = format!(
        "# Rules of a check\n\n{NOTICE}\n\nWhat [`treenail check`](../checking.md) finds, in {} rules. The page of a rule says what happens, and has a wrong and \
         a right example; `treenail explain` and the code tell the same. Every example is tested: the wrong one is reported, the \
         right one is not. An *error* fails the check, a *warning* does with `--strict`, a *note* only tells and is \
         shown with `--severity note`.\n",
        all.len()
    );
    for group in groups {
        let _ = write!(
            text,
            "\n## {}\n\nThese rules look for {}.\n\n| rule | severity | what is wrong |\n|---|---|---|\n",
            group.name, group.looks_for
        );
        for Rule { code, severity, title, .. } in group.rules {
            let _ = writeln!(text, "| [{code}](rules/{code}.md) | {} | {title} |", severity.as_str());
        }
    }
    made("docs/reference/rules.md", &text, "");
}

/// In the book every rule is below the index.
#[test]
fn the_summary_lists_the_rules() {
    let there = fs::read_to_string(project().join(SUMMARY)).unwrap();
    let mut text = String::new();
    for line in there.lines().filter(|line| !line.starts_with("  - [TN")) {
        let _ = writeln!(text, "{line}");
        if line.ends_with("(reference/rules.md)") {
            for Rule { code, title, .. } in rules::ALL {
                let _ = writeln!(text, "  - [{code}: {title}](reference/rules/{code}.md)");
            }
        }
    }
    made(SUMMARY, &text, "");
}

/// A code in the text of a page leads to the rule's page. Between backticks it is something to type.
#[test]
fn every_rule_that_is_named_is_linked() {
    let mut found = Vec::new();
    for page in crate::docs::page::written().into_iter().filter(|page| page.path != SUMMARY) {
        for (index, line) in page.plain() {
            for rule in rules::ALL.iter().filter(|rule| line.contains(rule.code)) {
                let links = line.matches(&format!("[{}](", rule.code)).count();
                let targets = line.matches(&format!("rules/{}.md)", rule.code)).count();
                // The code stands in the text and in the target of each link.
                if links != targets || line.matches(rule.code).count() != 2 * links {
                    found.push(format!("{}: {} does not lead to its page", page.place(index), rule.code));
                }
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// What `treenail explain` tells of a rule, as a page.
fn page(rule: &Rule) -> String {
    let mut text = format!(
        "# {}: {}\n\n{NOTICE}\n\nSeverity: {}. [All rules](../rules.md)\n\n",
        rule.code,
        rule.title,
        rule.severity.as_str()
    );
    let mut in_block = false;
    for line in rule.explanation.trim_end().lines() {
        let line = match line.strip_prefix("```yaml path=") {
            // What else is behind the path is for the tests of the rules.
            Some(info) => format!("```yaml\n# {}", info.split(' ').next().unwrap_or_default()),
            None if in_block => line.to_owned(),
            None => linked(line),
        };
        in_block ^= line.starts_with("```");
        let _ = writeln!(text, "{line}");
    }
    text
}

/// A line with a link at every rule that it names outside of code.
fn linked(line: &str) -> String {
    let parts = line.split('`').enumerate().map(|(index, part)| {
        let is_code = index % 2 == 1;
        let named = rules::ALL.iter().filter(|rule| !is_code && part.contains(rule.code));
        named.fold(part.to_owned(), |part, Rule { code, .. }| {
            part.replace(code, &format!("[{code}]({code}.md)"))
        })
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The rows of `docs/checking.md` that link a group of the index: its link, its rules, what these look for.
fn groups() -> Vec<Group> {
    let page = Page::read(&project().join(CHECKING));
    let rows = page.prose.iter().filter_map(|(_, line)| line.strip_prefix("| [")?.strip_suffix(" |"));
    let rows = rows.filter(|row| row.contains("](reference/rules.md#"));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        let [link, codes, looks_for] = cells[..] else { panic!("{CHECKING}: {row}") };
        let name = link.split(']').next().unwrap().to_owned();
        Group { name, rules: spans(codes.trim_matches('`')), looks_for: looks_for.to_owned() }
    })
    .collect()
}

/// The rules of `TN001-TN006, TN040`.
fn spans(codes: &str) -> Vec<&'static Rule> {
    let spans = codes.split(", ").map(|span| span.split_once('-').unwrap_or((span, span)));
    let rules = spans.flat_map(|(first, last)| {
        rules::ALL.iter().copied().filter(move |rule| (first..=last).contains(&rule.code))
    });
    rules.collect()
}

#[test]
fn rules_are_linked_but_in_code() {
    assert_eq!(linked("see TN076, `TN076` too"), "see [TN076](TN076.md), `TN076` too");
    let codes: Vec<_> = spans("TN001-TN003, TN040").iter().map(|rule| rule.code).collect();
    assert_eq!(codes, ["TN001", "TN002", "TN003", "TN040"]);
}
