//! treenail scaffolds and upgrades GitOps repositories for Argo CD and Tekton.
//!
//! Every step gives a plain value that can be printed and tested:
//!
//! ```text
//! flags + file + recorded + detected + prompts -> Answers -> Rendered -> Findings
//!                 answers, ui                     scaffold      check
//! base + HEAD + Rendered -> Plan -> Update -> commit
//!                          merge    project   apply, git
//! files before + files after -> ClusterPlan
//!                               plan
//! what a cluster says -> Facts -> Verdict
//!               cluster         doctor
//! ```
//!
//! `answers`, `check`, `doctor`, `lint`, `merge`, `plan`, `scaffold`, `tree`, `values` and `yaml` are pure: they touch no file, environment,
//! clock or terminal (`.clippy.toml` denies it), so tests need values alone. Each outside thing has one owner: `ui`
//! the terminal, `fs` the file system, `git` Git. `commands` has one file or folder for each verb. To get to know
//! the code, read `scaffolds/service/scaffold.yaml`, then `commands/new/mod.rs`.

pub mod answers;
#[expect(clippy::disallowed_methods, reason = "it looks at the files that it puts in place")]
pub mod apply;
pub mod check;
pub mod cli;
pub(crate) mod cluster;
pub(crate) mod commands;
pub(crate) mod delivery;
pub(crate) mod doctor;
pub mod error;
pub(crate) mod excerpt;
#[expect(clippy::disallowed_methods, reason = "it owns the files")]
pub mod fs;
#[expect(clippy::disallowed_methods, reason = "it owns Git, its command and its variables")]
pub mod git;
pub mod hex;
pub(crate) mod invisible;
pub mod lint;
pub mod merge;
pub(crate) mod plan;
pub mod project;
pub mod scaffold;
pub(crate) mod shell;
pub(crate) mod subprocess;
pub(crate) mod suggest;
pub mod tree;
pub(crate) mod ui;
pub mod values;
pub mod yaml;
