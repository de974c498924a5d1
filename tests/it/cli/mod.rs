//! The command line as a script sees it: exit code, standard output and standard error of whole runs, each in its own home
//! and environment.
#![cfg(unix)]

mod answers;
mod check;
mod detection;
mod dry_runs;
mod edited_files;
mod existing_directories;
mod explain;
mod help;
mod hosted;
mod hostile;
mod new;
mod output;
mod precedence;
mod push;
pub mod run;
mod scaffold;
mod signals;
mod snapshot;
mod which_repository;
