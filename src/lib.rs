//! treenail scaffolds and upgrades GitOps repositories for Argo CD and Tekton.
//!
//! Every arrow is a plain value that can be printed and tested:
//!
//! ```text
//! flags + file + detected + prompts -> Answers -> Rendered -> checked files -> staged write -> commit
//!         answers, ui                  scaffold       check           landing, disk, repo
//! ```
//!
//! The modules `answers`, `check`, `manifest`, `merge`, `scaffold` and `state` are pure: they touch no file,
//! environment, clock or terminal (`.clippy.toml` forbids it), so everything they do can be tested with values alone. One module
//! owns each outside thing: `ui` the terminal, `disk` the files, `repo` Git. `commands` ties them together, one
//! file a verb. To know the house, read `scaffolds/service/scaffold.yaml`, then `commands/new.rs`.

pub mod answers;
#[expect(clippy::disallowed_methods, reason = "it looks at the files that it puts in place")]
pub mod apply;
pub mod check;
pub mod cli;
pub(crate) mod commands;
pub mod error;
#[expect(clippy::disallowed_methods, reason = "it owns the files")]
pub mod fs;
#[expect(clippy::disallowed_methods, reason = "it owns Git, its command and its variables")]
pub mod git;
pub mod hex;
pub mod lint;
pub mod merge;
pub mod project;
pub mod scaffold;
pub(crate) mod shell;
pub(crate) mod suggest;
pub mod tree;
pub(crate) mod ui;
pub mod values;
pub mod yaml;
