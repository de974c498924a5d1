//! `treenail check` against files that nobody would write: it must neither panic nor hang nor take all memory, whatever
//! the bytes, and what it mends must stay what it was everywhere else.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

#[path = "../cli/home.rs"]
#[expect(dead_code, reason = "not every test looks at everything there is")]
mod home;

mod arbitrary;
mod corpus;
mod fixing;
mod formats;
mod large;
#[path = "../matrix/mod.rs"]
#[expect(dead_code, reason = "only one repository is looked at here")]
mod matrix;
mod mistakes;
mod sound;
