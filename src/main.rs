//! The `treenail` command: parse, run, exit.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the command line")]
fn main() -> ExitCode {
    treenail::cli::run(std::env::args_os())
}
