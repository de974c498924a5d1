//! What cannot be run here is read by the shells of people at least, and every kind of block is known, so that none is forgotten.

use std::collections::BTreeMap;

use crate::common::home::Home;
use crate::common::programs;
use crate::docs::page::{self, Block, Page};
use crate::docs::script::split;

/// Blocks that are no commands.
const TEXT: &[&str] = &["text", "markdown", "mermaid"];

/// Commands for a cluster, for the source of treenail, and for a machine that has nothing yet.
const NOT_RUN: &[&str] = &["sh cluster", "sh source", "sh install"];

/// The shells that people type in, and how each reads a script without running it.
const SHELLS: &[(&str, &str)] =
    &[("sh", "-n"), ("bash", "-n"), ("dash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")];

#[test]
fn every_block_is_of_a_known_kind() {
    let mut found = Vec::new();
    for page in page::all() {
        for block in &page.blocks {
            let info = block.info.as_str();
            let is_known = match info {
                "setup" => true,
                info if info.starts_with("console") => true,
                "yaml" | "json" => treenail::yaml::documents(&block.lines.join("\n")).is_ok(),
                info => TEXT.contains(&info) || NOT_RUN.contains(&info),
            };
            if !is_known {
                found.push(format!("{}: `{info}` is not known, or does not parse", page.place(block.start)));
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// The commands of the pages, each once, with their first place.
fn scripts() -> BTreeMap<String, (Page, usize)> {
    let mut scripts = BTreeMap::new();
    for page in page::all().into_iter().chain(page::golden().concat()) {
        for block in &page.blocks {
            if let Some(script) = script(block) {
                scripts.entry(script).or_insert_with(|| (page.clone(), block.start));
            }
        }
    }
    scripts
}

/// The commands of a block, as they are pasted.
fn script(block: &Block) -> Option<String> {
    let lines: Vec<&str> = match block.info.as_str() {
        info if info.starts_with("console") => {
            let typed = block.lines.iter();
            typed.filter_map(|line| line.strip_prefix("$ ").or_else(|| line.strip_prefix("> "))).collect()
        }
        info if info.starts_with("sh") => block.lines.iter().map(String::as_str).collect(),
        _ => return None,
    };
    Some(lines.into_iter().flat_map(|line| [line, "\n"]).collect())
}

#[test]
fn every_command_is_read_by_every_shell() {
    let home = Home::new();
    let mut found = Vec::new();
    for (shell, only_read) in SHELLS {
        let Some(program) = programs::find_or_notice(shell, "what it reads") else { continue };
        for (script, (page, start)) in scripts() {
            home.write("script", script);
            let output =
                home.command(&program.display().to_string()).args([*only_read, "script"]).output().unwrap();
            if !output.status.success() {
                let said = String::from_utf8(output.stderr).unwrap();
                found.push(format!("{}: {shell}: {said}", page.place(start)));
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// What fish reads and does not do: it shows what is typed, whatever `stty` says, and has no lists in braces.
const NOT_FISH: &[&str] = &["stty", "read", "{"];

/// Variables that fish has not.
const NO_VARIABLES: &[&str] = &["$?", "$!"];

#[test]
fn what_fish_would_do_otherwise_is_in_a_script_of_sh() {
    let mut found = Vec::new();
    for (script, (page, start)) in scripts() {
        for command in split(&script).iter().filter(|command| !command.is_script()) {
            let has =
                |words: &[&str]| command.words.iter().any(|it| words.iter().any(|word| it.contains(word)));
            let is_other = command.words.first().is_some_and(|word| NOT_FISH.contains(&word.as_str()));
            if is_other || has(NO_VARIABLES) {
                let place = page.place(start + command.line);
                found.push(format!("{place}: fish does not take `{}`", command.words.join(" ")));
            }
        }
    }
    crate::docs::assert_none(&found);
}

/// In zsh, what a person types has no comments: their words become arguments.
#[test]
fn no_command_has_a_comment() {
    let mut found = Vec::new();
    for (script, (page, start)) in scripts() {
        if script.lines().any(|line| line.starts_with('#') || line.contains(" #")) {
            found.push(format!("{}: a comment", page.place(start)));
        }
    }
    crate::docs::assert_none(&found);
}
