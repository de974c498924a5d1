//! What a remote allows, asked without changing anything, and without waiting long. Nobody is asked for a password.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use super::command;
use crate::excerpt;
use crate::subprocess;

/// How long a server may take.
const LIMIT: Duration = Duration::from_secs(15);

/// A branch that exists nowhere: a rehearsed push names it to Git, and nothing is sent.
const NO_BRANCH: &str = "refs/heads/treenail-doctor";

/// Returns the commit of a branch of a remote; `None` if it has no such branch.
///
/// # Errors
/// What Git says, without credentials.
pub(crate) fn tip(dir: &Path, remote: &str, branch: &str) -> Result<Option<String>, String> {
    let name = format!("refs/heads/{branch}");
    let printed = asked(dir, &["ls-remote", "--", remote, &name])?;
    let mut refs = printed.lines().filter_map(|line| line.split_once('\t'));
    Ok(refs.find(|(_, found)| *found == name).map(|(id, _)| id.to_owned()))
}

/// Asks a remote whether the user may push `commit`. Nothing is sent but the question; hooks do not run.
///
/// # Errors
/// What Git says, without credentials.
pub(crate) fn may_push(dir: &Path, remote: &str, commit: &str) -> Result<(), String> {
    let refspec = format!("{commit}:{NO_BRANCH}");
    asked(dir, &["push", "--dry-run", "--no-verify", "--quiet", "--", remote, &refspec]).map(drop)
}

/// Asks GitHub, through the user's `gh`, whether a branch is protected; `None` if it does not say so.
pub(crate) fn is_protected(dir: &Path, repository: &str, branch: &str) -> Option<bool> {
    let path = format!("repos/{repository}/branches/{branch}");
    let mut gh = Command::new("gh");
    gh.args(["api", &path, "--jq", ".protected"]).current_dir(dir).env("GH_PROMPT_DISABLED", "1");
    let output = subprocess::run_within(&mut gh, b"", LIMIT).ok()??;
    match command::trimmed(&output.stdout).as_str() {
        "true" if output.status.success() => Some(true),
        "false" if output.status.success() => Some(false),
        _ => None,
    }
}

fn asked(dir: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut git = command::git(dir, arguments);
    git.env("GIT_TERMINAL_PROMPT", "0");
    if !has_own_ssh(dir) {
        // Else ssh would ask on the terminal.
        git.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=10");
    }
    match subprocess::run_within(&mut git, b"", LIMIT) {
        Ok(Some(output)) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(Some(output)) => Err(complaint(&output)),
        Ok(None) => Err(format!("no answer within {} seconds", LIMIT.as_secs())),
        Err(error) => Err(command::cannot_run(error).message),
    }
}

/// Whether the user has chosen the program for ssh.
fn has_own_ssh(dir: &Path) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let configured = || command::git(dir, ["config", "--get", "core.sshCommand"]).output();
    is_set("GIT_SSH_COMMAND") || is_set("GIT_SSH") || configured().is_ok_and(|output| output.status.success())
}

/// Returns the first lines of what Git says, as one.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    if lines.is_empty() {
        return output.status.to_string();
    }
    excerpt::cut(&without_credentials(&lines.join("; ")))
}

/// Returns `text` without what stands before the `@` of an address.
fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host = part.find(|found: char| found == '/' || found.is_whitespace()).unwrap_or(part.len());
        let from = part[..host].rfind('@').map_or(0, |at| at + 1);
        clean.push_str("://");
        clean.push_str(&part[from..]);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_repeated() {
        for (said, expected) in [
            (
                "cannot access 'https://me:s@cret@example.com/a.git/'",
                "cannot access 'https://example.com/a.git/'",
            ),
            ("https://example.com/a@b", "https://example.com/a@b"),
            ("git@example.com: no", "git@example.com: no"),
            ("ssh://git@example.com", "ssh://example.com"),
        ] {
            assert_eq!(without_credentials(said), expected);
        }
    }
}
