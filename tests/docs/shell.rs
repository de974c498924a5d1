//! What cannot be run here is read by a shell at least, and every kind of block is known, so that none is forgotten.

use std::process::Stdio;

use crate::home::Home;
use crate::page::{self, Block, Page, project};
use crate::programs;

/// Blocks that are no commands.
const TEXT: &[&str] = &["text", "markdown", "mermaid"];

/// Commands for a cluster, for the source of treenail, and for a machine that has nothing yet.
const NOT_RUN: &[&str] = &["sh cluster", "sh source", "sh install"];

#[test]
fn every_block_is_of_a_known_kind() {
    let mut found = Vec::new();
    for page in page::written() {
        for block in &page.blocks {
            let info = block.info.as_str();
            let is_known = match info {
                "console" | "setup" => true,
                "yaml" | "json" => treenail::manifest::documents(&block.lines.join("\n")).is_ok(),
                info => TEXT.contains(&info) || NOT_RUN.contains(&info),
            };
            if !is_known {
                found.push(format!("{}: `{info}` is not known, or does not parse", page.place(block.start)));
            }
        }
    }
    crate::assert_none(&found);
}

#[test]
fn every_command_for_elsewhere_is_shell() {
    let home = Home::new();
    let mut found = Vec::new();
    let generated = Page::read(&project().join("tests/golden/minimal/repository/README.md"));
    for page in page::written().into_iter().chain([generated]) {
        for block in page.blocks.iter().filter(|block| block.info.starts_with("sh")) {
            home.write("script", format!("{}\n", block.lines.join("\n")));
            let output = home.command("sh").args(["-n", "script"]).output().unwrap();
            if !output.status.success() {
                let said = String::from_utf8(output.stderr).unwrap();
                found.push(format!("{}: {said}", page.place(block.start)));
            }
        }
    }
    crate::assert_none(&found);
}

/// `kubectl create` can tell without a cluster whether it understands what it is asked for.
#[test]
fn kubectl_understands_what_it_is_to_create() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "`kubectl create` in the documentation") else {
        return;
    };
    let home = Home::new();
    let mut found = Vec::new();
    let mut tried = 0;
    for page in page::written() {
        for block in page.blocks.iter().filter(|block| block.info == "sh cluster") {
            for command in creations(block) {
                tried += 1;
                let script = format!("{command} --dry-run=client -o name");
                let mut shell = home.command("sh");
                shell.args(["-c", &script]).env("KUBECONFIG", "/dev/null").stdin(Stdio::null());
                for variable in ["GIT_USER", "GIT_TOKEN", "REGISTRY_USER", "REGISTRY_TOKEN"] {
                    shell.env(variable, "x");
                }
                let output = shell.output().unwrap();
                if !output.status.success() {
                    let said = String::from_utf8(output.stderr).unwrap();
                    found.push(format!("{}: {script}\n{said}", page.place(block.start)));
                }
            }
        }
    }
    crate::assert_none(&found);
    assert!(tried > 0, "{} has nothing to try", kubectl.display());
}

/// The commands of a block that create something, each on one line.
fn creations(block: &Block) -> Vec<String> {
    let script = block.lines.join("\n").replace("\\\n", " ");
    let creates = |line: &&str| line.starts_with("kubectl ") && line.contains(" create ");
    script.lines().filter(creates).map(str::to_owned).collect()
}
