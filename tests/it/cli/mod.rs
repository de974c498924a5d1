//! The command line as a script meets it: exit code, standard output and standard error of whole runs, each with a
//! home and an environment of its own.
#![cfg(unix)]

mod answers;
mod checking;
mod detection;
mod dry_runs;
mod edits;
mod existing;
mod explaining;
mod help;
mod output;
mod precedence;
mod pushing;
mod run;
mod scaffolds;
mod snapshot;
mod writing;
