//! Every test of treenail that goes through its library's doors or its command line, in one binary: it is linked once.
//!
//! `cargo test --test it cli::` runs one module. `TREENAIL_BLESS=1 INSTA_UPDATE=always cargo test --test it` records
//! anew what tests compare: golden repositories and documentation, and, by insta, the snapshots of `cli`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

mod apply;
mod check;
mod cli;
mod common;
mod docs;
mod golden;
mod interview;
mod matrix;
mod properties;
mod scripts;
mod simulation;
mod support;
mod type_names;
mod upgrade;
mod versions;
