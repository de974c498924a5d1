//! The integration tests: one binary, so that the library and its dependencies are linked once.
//!
//! `cargo test --test it cli::` runs one module. After a wanted change of output,
//! `TREENAIL_BLESS=1 INSTA_UPDATE=always cargo test --test it -- golden:: cli:: docs::` records the golden repositories,
//! the snapshots of `cli` (by insta) and the generated documentation anew.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

mod apply;
mod bounds;
mod check;
mod cli;
mod common;
mod daily;
mod docs;
mod doctor;
mod fuzz;
mod golden;
mod interview;
mod matrix;
mod one_view;
mod plan;
mod properties;
mod scripts;
mod security;
mod setup;
mod simulation;
mod support;
mod type_names;
mod upgrade;
mod versions;
mod watch;
