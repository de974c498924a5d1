//! Runs the `git` command.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::shell;

/// How long to listen after the end of Git.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// The most that is kept of what Git and its hooks print: the end, where they say what failed.
const MOST_BYTES: usize = 64 * 1024;
const MOST_LINES: usize = 100;

/// Environment variables that make `git -C DIR` use a repository other than that of DIR.
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

pub(super) fn git<S: AsRef<OsStr>>(root: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("git");
    for name in STRAY {
        command.env_remove(name);
    }
    command.arg("-C").arg(root).args(arguments);
    command
}

/// Returns the Git directory, and the root of the work tree unless it is bare, of a repository around `dir` that Git
/// trusts, though it may belong to another user: `safe.directory` can be set in many places and forms.
pub(super) fn trusted_repository(dir: &Path) -> Option<(PathBuf, Option<PathBuf>)> {
    // Git looks at the owner before it reads anything of the repository.
    let arguments = ["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--show-toplevel"];
    let output = git(dir, arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    match text.lines().collect::<Vec<_>>().as_slice() {
        ["false", git_dir, root] if output.status.success() => Some((git_dir.into(), Some(root.into()))),
        // A bare repository has no root, which is an error.
        ["true", git_dir] => Some((git_dir.into(), None)),
        _ => None,
    }
}

/// Whether the `git` command knows both author and committer for commits in `root`.
///
/// # Errors
/// A precondition: it knows both, but cannot read the date that the environment sets.
pub(super) fn knows_identity(root: &Path) -> Result<bool> {
    for (who, date) in
        [("GIT_AUTHOR_IDENT", "GIT_AUTHOR_DATE"), ("GIT_COMMITTER_IDENT", "GIT_COMMITTER_DATE")]
    {
        // Without this setting Git may make an address up from the host's name.
        let asked = || git(root, ["-c", "user.useConfigOnly=true", "var", who]);
        let is_known = |mut git: Command| Ok(git.output().map_err(cannot_run)?.status.success());
        if is_known(asked())? {
            continue;
        }
        let mut without_date = asked();
        without_date.env_remove(date);
        return match env::var_os(date) {
            Some(value) if is_known(without_date)? => {
                Err(Error::precondition(format!("`{date}` is not a date: `{}`", value.display()))
                    .hint("unset it, or write it like `2026-01-31T12:00:00+00:00`"))
            }
            _ => Ok(false),
        };
    }
    Ok(true)
}

/// Commits exactly `paths` (relative to `root`, known to the index) from the work tree, with hooks, signing
/// and filters. Other staged changes stay staged. Uses the file `index`, if given, in the place of the index. Returns what
/// Git and the hooks print, as do the other commands that run hooks.
pub(super) fn commit<'a>(
    root: &Path,
    index: Option<&Path>,
    message: &str,
    paths: impl Iterator<Item = &'a str>,
) -> Result<String> {
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
    let mut command = git(root, arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    messages_of(command, &list).map_err(not_committed)
}

/// Writes `tree` to the index file `scratch`.
pub(super) fn read_tree(root: &Path, scratch: &Path, tree: &str) -> Result<()> {
    let mut command = git(root, ["read-tree", tree]);
    command.env("GIT_INDEX_FILE", scratch);
    output_of(command, b"").map(drop)
}

/// Commits the index file `scratch`, with hooks and signing; the user's index is unchanged.
pub(super) fn commit_index(root: &Path, scratch: &Path, message: &str) -> Result<String> {
    let mut command = git(root, ["commit", "--quiet", "--message", message]);
    command.env("GIT_INDEX_FILE", scratch);
    messages_of(command, b"").map_err(not_committed)
}

/// Commits the index with the message and author of the cherry-pick in progress.
pub(super) fn commit_pick(root: &Path) -> Result<String> {
    let arguments = ["commit", "--quiet", "--no-edit", "--allow-empty", "--cleanup=whitespace"];
    messages_of(git(root, arguments), b"")
}

fn not_committed(error: Error) -> Error {
    error.hint(
        "signing and hooks are run as for any commit; fix what Git reports, or use `--no-commit` and commit \
         yourself",
    )
}

pub(super) fn commit_tree(
    root: &Path,
    tree: &str,
    parent: &str,
    sign: bool,
    message: &str,
) -> Result<String> {
    let mut arguments = vec!["commit-tree", tree, "-p", parent, "-F", "-"];
    if sign {
        arguments.push("--gpg-sign");
    }
    output_of(git(root, arguments), message.as_bytes()).map(|output| trimmed(&output))
}

/// Moves the reference `name` from `old` to `new`; an `old` of zeros means that it is new.
pub(super) fn update_ref(root: &Path, name: &str, new: &str, old: &str, log: &str) -> Result<String> {
    messages_of(git(root, ["update-ref", "--create-reflog", "-m", log, name, new, old]), b"")
}

/// Points `branch`, which is checked out, to `commit`, and the work tree with it; fails where an uncommitted file is in the way.
pub(super) fn switch(root: &Path, branch: &str, commit: &str) -> Result<String> {
    messages_of(git(root, ["checkout", "--quiet", "--no-track", "-B", branch, commit, "--"]), b"")
}

pub(super) fn trimmed(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

/// Returns the standard output of `command`; if it fails, an error with its output.
pub(super) fn output_of(command: Command, input: &[u8]) -> Result<Vec<u8>> {
    run(command, input).map(|(stdout, _)| stdout)
}

/// Returns what `command` prints for people, its hooks included; if it fails, an error with that.
fn messages_of(command: Command, input: &[u8]) -> Result<String> {
    run(command, input).map(|(_, messages)| messages)
}

fn run(command: Command, input: &[u8]) -> Result<(Vec<u8>, String)> {
    // Options of Git itself come first, and their values.
    let is_option = |argument: &&OsStr| {
        let bytes = argument.as_encoded_bytes();
        bytes.starts_with(b"-") || bytes.contains(&b'=')
    };
    let name = command.get_args().skip(2).find(|argument| !is_option(argument));
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    let Finished { status, stdout, messages } = run_with_input(command, input).map_err(cannot_run)?;
    if status.success() {
        return Ok((stdout, messages));
    }
    // A hook may fail without a word.
    let cause = if messages.is_empty() { status.to_string() } else { messages };
    Err(Error::failure(format!("`git {name}` failed")).because(cause))
}

struct Finished {
    status: ExitStatus,
    stdout: Vec<u8>,
    messages: String,
}

fn run_with_input(mut command: Command, input: &[u8]) -> io::Result<Finished> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let stderr = child.stderr.take().map(Listener::start);
    let stdout = thread::scope(|scope| {
        // Beside reading the output: a filter may answer before it has read everything.
        let writing = scope.spawn(move || match stdin.map(|mut stdin| stdin.write_all(input)) {
            // Git ended before it read everything; its own message says more.
            Some(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        });
        let mut output = Vec::new();
        stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut output))?;
        writing.join().unwrap_or(Ok(()))?;
        io::Result::Ok(output)
    })?;
    let status = child.wait()?;
    Ok(Finished { status, stdout, messages: stderr.as_ref().map(Listener::heard).unwrap_or_default() })
}

/// Reads what a program prints for people, as long as it prints, and keeps the end of it.
struct Listener {
    tail: Arc<Mutex<Tail>>,
    /// Disconnected when nobody can print any more.
    end: Receiver<()>,
}

impl Listener {
    fn start(mut pipe: ChildStderr) -> Self {
        let tail = Arc::new(Mutex::new(Tail::default()));
        let (sender, end) = channel();
        let filled = Arc::clone(&tail);
        thread::spawn(move || {
            let _until_the_end = sender;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                filled.lock().unwrap_or_else(PoisonError::into_inner).extend(&buffer[..count]);
            }
        });
        Self { tail, end }
    }

    /// Returns what was printed. A hook may leave a process behind that still could print, as after Ctrl-C.
    fn heard(&self) -> String {
        let _ = self.end.recv_timeout(AFTERWARDS);
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

/// The last bytes of an output of any length.
#[derive(Default)]
struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let surplus = self.bytes.len().saturating_sub(MOST_BYTES);
        self.is_cut |= surplus > 0;
        self.bytes.drain(..surplus);
    }

    /// Returns the last lines; the first one says so if there were more.
    fn text(&mut self) -> String {
        let text = String::from_utf8_lossy(self.bytes.make_contiguous());
        let mut lines: Vec<&str> = text.trim().lines().collect();
        if self.is_cut && lines.len() > 1 {
            // Only the end of it is left.
            lines.remove(0);
        }
        let surplus = lines.len().saturating_sub(MOST_LINES);
        let kept = lines[surplus..].join("\n");
        if self.is_cut || surplus > 0 { format!("… (only the end is shown)\n{kept}") } else { kept }
    }
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
            "fix what Git reports, then run `git -C {} push --set-upstream origin {branch}`",
            shell::path(&dir.display().to_string())
        ),
    ))
}

pub(super) fn cannot_run(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::precondition("the `git` command is needed here, but is not installed")
            .hint("install Git; it runs hooks, signs commits and talks to remotes");
    }
    Error::failure("cannot run `git`").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(parts: &[&str]) -> String {
        let mut tail = Tail::default();
        for part in parts {
            tail.extend(part.as_bytes());
        }
        tail.text()
    }

    #[test]
    fn the_end_of_an_endless_output_is_kept() {
        assert_eq!(tail(&[]), "");
        assert_eq!(tail(&["one\ntw", "o\n"]), "one\ntwo");
        let line = format!("{}\n", "x".repeat(1000));
        let long = tail(&[&line.repeat(200), "the end\n"]);
        assert!(long.starts_with("… (only the end is shown)\nxxx") && long.ends_with("x\nthe end"));
        assert!(long.len() < MOST_BYTES + 100, "{}", long.len());
        let many: Vec<_> = (0..1000).map(|number| format!("{number}\n")).collect();
        let many = tail(&[&many.concat()]);
        assert_eq!((many.lines().count(), many.lines().nth(1)), (1 + MOST_LINES, Some("900")));
        let single = tail(&[&"y".repeat(3 * MOST_BYTES)]);
        assert!(single.len() < MOST_BYTES + 100 && single.ends_with("yyy"));
    }
}
