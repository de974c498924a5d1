//! Runs the `git` command.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};

/// The variables that would turn `git -C DIR` away from the repository at DIR.
const STRAY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
];

fn git<S: AsRef<OsStr>>(root: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("git");
    for name in STRAY {
        command.env_remove(name);
    }
    command.arg("-C").arg(root).args(arguments);
    command
}

/// Whether the `git` command knows both author and committer for commits in `root`.
pub(super) fn knows_identity(root: &Path) -> Result<bool> {
    for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        // Without this setting Git may make an address up from the host's name.
        let output = git(root, ["-c", "user.useConfigOnly=true", "var", who]).output().map_err(cannot_run)?;
        if !output.status.success() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Commits exactly `paths` (relative to `root`, and known to the index) as they are in the work tree, with hooks,
/// signing and filters; what else is staged stays staged.
pub(super) fn commit<'a>(root: &Path, message: &str, paths: impl Iterator<Item = &'a str>) -> Result<()> {
    let arguments = [
        "--literal-pathspecs",
        "commit",
        "--quiet",
        "--only",
        "--message",
        message,
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
    ];
    // Paths go in through a pipe: a scaffold may have more of them than a command line holds.
    let list: Vec<u8> = paths.flat_map(|path| path.bytes().chain([0])).collect();
    let output = run_with_input(git(root, arguments), &list).map_err(cannot_run)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::failure("`git commit` failed").because(said.trim().to_owned()).hint(
        "signing and hooks are run as for any commit; mend what Git reports, or use `--no-commit` and commit \
         yourself",
    ))
}

fn run_with_input(mut command: Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input) {
            // Git ended before it read everything: its own message says more.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    child.wait_with_output()
}

/// Pushes `branch` of the repository at `dir` to `origin` and makes it the upstream. Git's conversation, a
/// prompt for credentials included, goes through the terminal; nothing is written to standard output.
///
/// # Errors
/// The push fails, or `git` is missing.
pub fn push(dir: &Path, branch: &str) -> Result<()> {
    let status = git(dir, ["push", "--set-upstream", "origin", branch])
        .stdout(io::stderr())
        .status()
        .map_err(cannot_run)?;
    if status.success() {
        return Ok(());
    }
    Err(Error::failure(format!("`{branch}` was committed, but could not be pushed to `origin`")).hint(
        format!(
            "mend what Git reports, then run `git -C {} push --set-upstream origin {branch}`",
            dir.display()
        ),
    ))
}

fn cannot_run(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::precondition("the `git` command is needed here, but is not installed")
            .hint("install Git; it runs hooks, signs commits and talks to remotes");
    }
    Error::failure("cannot run `git`").because(error)
}
