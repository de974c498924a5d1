//! `treenail upgrade`, `status`, `diff` and `restore` through the binary, on small scaffolds in several versions, with the real
//! `git` as the judge of what is left behind.
#![cfg(unix)]

mod adopt;
mod answers;
mod branches;
mod cases;
mod commits;
mod concurrency;
mod conflicts;
mod content;
mod damaged_state;
mod diff;
mod directories;
mod dry_runs;
mod faults;
mod files;
mod filters;
mod flags;
mod follow_up;
mod joined_branches;
mod manifests;
mod many_folders;
mod messages;
mod model;
mod moves;
mod obstacles;
mod operations;
mod options;
mod paths;
mod permissions;
mod preferences;
pub mod project;
mod random_merges;

mod read_only;
mod recovery;
mod repositories;
mod restore;
pub mod scaffold;
mod seeded;
mod service;
mod status;
mod streams;
mod uncommitted_answers;
mod unwritable;
mod versions;
