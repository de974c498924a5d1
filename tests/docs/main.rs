//! What the documentation says, held against the program: every console block is run, every command is understood,
//! every link leads somewhere, the reference and the pictures are made of the code.
//!
//! `TREENAIL_BLESS=1 cargo test --test docs` writes anew what is made, and what commands print.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

mod cluster;
mod commands;
mod console;
#[path = "../cli/home.rs"]
#[expect(dead_code, reason = "documentation needs less of a home")]
mod home;
mod kubectl;
mod links;
mod matching;
mod page;
mod picture;
#[path = "../common/programs.rs"]
#[expect(dead_code, reason = "no script is run in several shells here")]
mod programs;
mod reference;
mod rules;
mod scaffolds;
mod screen;
mod script;
mod shapes;
mod shell;
#[path = "../interview/terminal.rs"]
#[expect(dead_code, reason = "one conversation needs less of a terminal")]
mod terminal;
#[path = "../support/yaml.rs"]
#[expect(dead_code, reason = "only names are looked for here")]
mod yaml;

use std::{env, fs};

/// Whether what is made is to be written instead of compared.
fn blesses() -> bool {
    env::var_os("TREENAIL_BLESS").is_some()
}

/// Compares the file at `path` with the text that it should have; `shown` tells a person what that is.
#[track_caller]
fn made(path: &str, text: &str, shown: &str) {
    let file = page::project().join(path);
    if fs::read_to_string(&file).is_ok_and(|there| there == text) {
        return;
    }
    assert!(
        blesses(),
        "{path} is not what it should be; if that is right, run: TREENAIL_BLESS=1 cargo test --test docs\n{shown}"
    );
    fs::write(file, text).unwrap();
}

/// Fails with everything that was found, if anything was.
#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{}\n", found.join("\n"));
}
