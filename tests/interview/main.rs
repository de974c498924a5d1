//! The interview as a person meets it, in terminals of two sizes. What comes back is read as it arrives: a test waits
//! for text, never for time.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

mod adopting;
mod conversation;
#[path = "../cli/home.rs"]
mod home;
mod leaving;
mod review;
mod skipping;
mod terminal;
mod upgrading;
