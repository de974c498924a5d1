//! Writing files and commits, judged by the real `git`, each test in a process, a home and an environment of its own.
#![cfg(unix)]

#[macro_use]
pub mod sandbox;
mod crashes;
mod new_directory;
mod refusals;
mod rollback;
mod update;
mod work_tree;
