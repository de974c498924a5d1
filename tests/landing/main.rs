//! Landing judged by the real `git`, each test in a process, a home and an environment of its own.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests use files and processes")]

#[macro_use]
mod sandbox;
mod crashes;
mod fresh;
mod refusals;
mod rollback;
mod update;
mod worktree;
