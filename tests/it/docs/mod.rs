//! What the documentation says, held against the program: every console block is run, every command is understood,
//! every link leads somewhere, the reference and the pictures are made of the code.
//!
//! `TREENAIL_BLESS=1 cargo test --test it docs::` writes anew what is made, and what commands print.
#![cfg(unix)]

mod cluster;
mod commands;
mod console;
mod generated;
mod kubectl;
mod links;
mod matching;
pub(crate) mod page;
mod picture;
mod reference;
mod rules;
mod scaffolds;
mod script;
mod secrets;
pub(crate) mod shapes;
mod shell;
pub(crate) mod validation;

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
        "{path} is not what it should be; if that is right, run: TREENAIL_BLESS=1 cargo test --test it docs::\n{shown}"
    );
    fs::write(file, text).unwrap();
}

/// Fails with everything that was found, if anything was.
#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{}\n", found.join("\n"));
}
