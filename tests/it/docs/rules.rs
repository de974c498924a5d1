//! The index of the rules, in the groups that the code has, and the chapters that the book gets of their pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use treenail::check::rule::{self, Rule};
use treenail::check::rules::GROUPS;

use crate::common::programs;
use crate::docs::made;
use crate::docs::page::{self, Page, project};
use crate::docs::reference::NOTICE;

const INDEX: &str = "docs/reference/rules.md";

#[test]
fn the_index_of_the_rules() {
    let all: Vec<_> = rule::ALL.iter().map(|rule| rule.code).collect();
    let mut text = format!(
        "# Rules of a check\n\n{NOTICE}\n\nWhat [`treenail check`](../checking.md) reports, in {} rules. The page of a rule says what happens, and shows a \
         wrong and a right example; `treenail explain` with the code prints it. Every example is tested: the wrong one is reported, \
         the right one is not. An *error* fails the check, a *warning* does with `--strict`, a *note* is shown only with \
         `--severity note`. *Elsewhere* is outside repositories that treenail generated. \
         [`.treenail/check.yaml`](../checking.md#choose-files-and-levels) changes the severity of a rule, or of a group by its name \
         in parentheses.\n",
        all.len()
    );
    let mut grouped = Vec::new();
    for group in GROUPS {
        let _ = write!(
            text,
            "\n## {}\n\nThese rules (`{}`) report {}.\n\n| rule | severity | what is wrong |\n|---|---|---|\n",
            group.title,
            group.name(),
            group.reports
        );
        for Rule { code, severity, is_taste, title, page, .. } in group.rules() {
            let taste = if *is_taste { ", elsewhere note" } else { "" };
            let _ = writeln!(text, "| [{code}](../../{page}) | {}{taste} | {title} |", severity.as_str());
            grouped.push(*code);
        }
    }
    grouped.sort_unstable();
    assert_eq!(grouped, all, "src/check/rules/mod.rs lists the folder of each page once");
    made(INDEX, &text, "");
}

/// A code in the text of a page leads to the rule's page. Between backticks it is something to type.
#[test]
fn every_rule_that_is_named_is_linked() {
    let mut found = Vec::new();
    for page in page::all() {
        for (index, line) in page.plain() {
            for rule in rule::ALL.iter().filter(|rule| line.contains(rule.code)) {
                let links = line.matches(&format!("[{}](", rule.code)).count();
                let targets = line.matches(&format!("{})", rule.page)).count();
                // The code stands in the text and in the target of each link.
                if links != targets || line.matches(rule.code).count() != 2 * links {
                    found.push(format!("{}: {} does not lead to its page", page.place(index), rule.code));
                }
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// Runs the preprocessor with the JSON that mdBook 0.5 passes, and gives the chapters by path.
fn book(chapters: &[(&str, &str)]) -> Option<BTreeMap<String, Value>> {
    let python = programs::find_or_notice("python3", "the preprocessor of the book")?;
    let chapter = |&(path, content): &(&str, &str)| {
        json!({ "Chapter": {
            "name": path, "content": content, "number": [1], "sub_items": [], "path": path, "source_path": path,
            "parent_names": [],
        } })
    };
    let items: Vec<_> = ["Separator".into()].into_iter().chain(chapters.iter().map(chapter)).collect();
    let root = project().join("docs");
    let input = json!([{ "root": root, "renderer": "html", "mdbook_version": "0.5.2" }, { "items": items }]);
    let script = root.join("rules.py");
    let run = |arguments: &[&str], input: &str| {
        let mut command = programs::command(&python, Path::new("/"));
        command.arg(&script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", script.display());
        output.stdout
    };
    assert_eq!(run(&["supports", "html"], ""), b"");
    let book: Value = serde_json::from_slice(&run(&[], &input.to_string())).unwrap();
    let mut found = BTreeMap::new();
    let mut open: Vec<_> = book["items"].as_array().unwrap().iter().map(|item| &item["Chapter"]).collect();
    while let Some(chapter) = open.pop() {
        if let Some(path) = chapter["path"].as_str() {
            found.insert(path.to_owned(), chapter.clone());
            open.extend(chapter["sub_items"].as_array().unwrap().iter().map(|item| &item["Chapter"]));
        }
    }
    Some(found)
}

#[test]
fn every_rule_is_a_chapter_below_the_index() {
    let pages: Vec<_> = page::all().into_iter().filter(|page| page.path.starts_with("docs/")).collect();
    let texts: Vec<_> = pages.iter().map(|page| page.lines.join("\n")).collect();
    let paths = pages.iter().map(|page| page.path.trim_start_matches("docs/"));
    let chapters: Vec<_> = paths.zip(texts.iter().map(String::as_str)).collect();
    let Some(book) = book(&chapters) else { return };
    let index = &book["reference/rules.md"];
    let below = index["sub_items"].as_array().unwrap().iter().map(|item| item["Chapter"]["name"].clone());
    let titles = rule::ALL.iter().map(|rule| format!("{}: {}", rule.code, rule.title).into());
    assert_eq!(below.collect::<Vec<Value>>(), titles.collect::<Vec<Value>>());
    for Rule { code, title, severity, is_taste, .. } in rule::ALL {
        let chapter = &book[&format!("reference/rules/{code}.md")];
        assert_eq!(chapter["parent_names"], json!(["reference/rules.md"]));
        let text = chapter["content"].as_str().unwrap();
        let taste = if *is_taste { ", a note outside generated repositories" } else { "" };
        let severity = severity.as_str();
        let head =
            format!("# {code}: {title}\n\nSeverity: {severity}{taste}. [All rules](../rules.md)\n\n##");
        assert!(text.starts_with(&head), "{text}");
        assert!(!text.contains("path="), "{code}: what is behind a path is for tests");
    }
    let mut wrong = BTreeSet::new();
    for (path, chapter) in &book {
        let page = Page::parse(&format!("docs/{path}"), chapter["content"].as_str().unwrap());
        for target in crate::docs::links::files(&page) {
            let path = target.strip_prefix(project().join("docs")).ok().and_then(Path::to_str);
            if target.extension().is_some_and(|extension| extension == "md")
                && !path.is_some_and(|path| book.contains_key(path))
            {
                wrong.insert(format!("{}: {}", page.path, target.display()));
            }
        }
    }
    crate::docs::assert_none(&wrong.into_iter().collect::<Vec<_>>());
}

#[test]
fn links_and_codes_lead_to_chapters() {
    let text = "[a](../../src/check/rules/hooks/TN050-hooks.md) [b](../checking.md) TN050";
    let Some(book) = book(&[("how-to/ci.md", text), ("reference/rules.md", "")]) else { return };
    let expected = "[a](../reference/rules/TN050.md) [b](../checking.md) TN050";
    assert_eq!(book["how-to/ci.md"]["content"], expected);
    let page = book["reference/rules/TN077.md"]["content"].as_str().unwrap();
    assert!(page.contains("see [TN076](TN076.md)"), "{page}");
}
