//! Runs `gh`, the command of GitHub, where the user has it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::command;
use crate::error::{Error, Result};

/// Runs `gh` with `arguments` in `dir`. Returns what it prints, the address of a pull request; `None` if it is not installed.
///
/// # Errors
/// It fails, as without a login; its own message has gone to standard error, unless it is to be `quiet`.
pub(crate) fn gh(dir: &Path, arguments: &[String], quiet: bool) -> Result<Option<String>> {
    let mut gh = Command::new("gh");
    gh.args(arguments).current_dir(dir).env("GH_PROMPT_DISABLED", "1");
    match gh.stdin(Stdio::null()).stderr(if quiet { Stdio::null() } else { Stdio::inherit() }).output() {
        Ok(output) if output.status.success() => Ok(Some(command::trimmed(&output.stdout))),
        Ok(_) => Err(Error::failure("`gh pr create` failed")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::failure("cannot run `gh`").because(error)),
    }
}
