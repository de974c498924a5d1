//! What cannot be run here is read by a shell at least, and every kind of block is known, so that none is forgotten.

use crate::common::home::Home;
use crate::docs::page;

/// Blocks that are no commands.
const TEXT: &[&str] = &["text", "markdown", "mermaid"];

/// Commands for a cluster, for the source of treenail, and for a machine that has nothing yet.
const NOT_RUN: &[&str] = &["sh cluster", "sh source", "sh install"];

#[test]
fn every_block_is_of_a_known_kind() {
    let mut found = Vec::new();
    for page in page::all() {
        for block in &page.blocks {
            let info = block.info.as_str();
            let is_known = match info {
                "console" | "setup" => true,
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

#[test]
fn every_command_for_elsewhere_is_shell() {
    let home = Home::new();
    let mut found = Vec::new();
    for page in page::all().into_iter().chain(page::readmes()) {
        for block in page.blocks.iter().filter(|block| block.info.starts_with("sh")) {
            home.write("script", format!("{}\n", block.lines.join("\n")));
            let output = home.command("sh").args(["-n", "script"]).output().unwrap();
            if !output.status.success() {
                let said = String::from_utf8(output.stderr).unwrap();
                found.push(format!("{}: {said}", page.place(block.start)));
            }
        }
    }
    crate::docs::assert_none(&found);
}
