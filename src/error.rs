//! The one error of the program: its kind, and so its exit code, the message, every problem found on the way, and
//! how to fix each. `ui` prints it.

use std::fmt;
use std::process::ExitCode;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Exit code of `--exit-code` if something is left to do; not a failure.
pub(crate) const SOMETHING_TO_DO: u8 = 7;

/// Exit code of `check` and `doctor` if they found errors; not a failure.
pub(crate) const FOUND_ERRORS: u8 = 8;

/// Exit code of `plan` if it found what `--fail-on` names; not a failure.
pub(crate) const FORBIDDEN: u8 = 9;

/// Exit code of a panic, which is a bug; Rust's own.
pub(crate) const CRASHED: u8 = 101;

/// The kinds of failure, numbered as the documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Failure of input or output, Git or a hook.
    Failure = 1,
    /// The command line is invalid.
    Usage = 2,
    /// The user and the scaffold changed the same lines.
    Conflict = 3,
    /// Answers are missing or invalid.
    Answers = 4,
    /// Files in the way, a missing identity, an operation in progress.
    Precondition = 5,
    /// The recorded state is damaged.
    State = 6,
    /// The user cancelled.
    Cancelled = 130,
}

/// What the C library says when a process, or the system, has no file descriptor left.
const TOO_MANY_FILES: &str = "too many open files";

const MORE_FILES: &str = "raise the limit, for instance with `ulimit -n 1024`, then run the command again";

/// Every exit code with its meaning, as the help, the manual and the documentation list it.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done, or nothing to do"),
    (
        ErrorKind::Failure as u8,
        "something failed: input, output, Git, a hook, an invalid scaffold, the release that `watch` follows",
    ),
    (ErrorKind::Usage as u8, "the command line is invalid"),
    (ErrorKind::Conflict as u8, "an upgrade has conflicts"),
    (ErrorKind::Answers as u8, "answers are missing or invalid"),
    (
        ErrorKind::Precondition as u8,
        "a precondition is not met: files in the way, uncommitted changes, another operation, no identity, a downgrade, a workload that would stop",
    ),
    (ErrorKind::State as u8, "the state in `.treenail/` is missing, damaged, or written by a newer treenail"),
    (SOMETHING_TO_DO, "`diff --exit-code` found a difference"),
    (FOUND_ERRORS, "`check` or `doctor` found errors"),
    (FORBIDDEN, "`plan` found what `--fail-on` names"),
    (CRASHED, "a bug in treenail; the message says where to report it"),
    (ErrorKind::Cancelled as u8, "cancelled, by the user or a signal"),
];

/// One of several things that are wrong, with the flag or command that fixes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong; lower case start, values in backticks, no full stop.
    pub message: String,
    /// How to fix it; empty if the message says it all.
    pub fix: String,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }
}

/// What went wrong.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What failed; lower case start, values in backticks, no full stop.
    pub message: String,
    /// Every problem found, each printed on its own line.
    pub problems: Vec<Problem>,
    /// Each is printed after `hint:`.
    pub hints: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), problems: Vec::new(), hints: Vec::new(), source: None }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failure, message)
    }

    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Precondition, message)
    }

    #[must_use]
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled, nothing was written")
    }

    /// Adds the underlying error, printed as `caused by`.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        self.explain(&source.to_string());
        self.source = Some(source);
        self
    }

    /// Adds how to fix a cause that can come up wherever files are opened. Errors of libgit2, and those that name a path,
    /// have it in their text only.
    fn explain(&mut self, text: &str) {
        if text.to_lowercase().contains(TOO_MANY_FILES) && !self.hints.iter().any(|hint| hint == MORE_FILES) {
            self.hints.push(MORE_FILES.to_owned());
        }
    }

    #[must_use]
    pub(crate) fn problem(self, message: impl Into<String>, fix: impl Into<String>) -> Self {
        self.problems([Problem::new(message, fix)])
    }

    #[must_use]
    pub(crate) fn problems(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        for problem in problems {
            self.explain(&problem.message);
            self.problems.push(problem);
        }
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

/// Adds what was being attempted to an error of another type.
pub(crate) trait Context<T> {
    /// Turns the error into a [`ErrorKind::Failure`] saying `message`, with the original as its cause.
    ///
    /// # Errors
    /// The original error, wrapped.
    fn context(self, message: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> Context<T> for std::result::Result<T, E> {
    fn context(self, message: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error::failure(message()).because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_file_descriptors_comes_with_its_fix() {
        let source = std::io::Error::from_raw_os_error(24);
        let named = std::io::Error::new(source.kind(), format!("`x`: {source}"));
        let git = git2::Error::from_str("failed to open directory '/x': Too many open files");
        for error in [
            Error::failure("cannot read")
                .problem("`y`: Too many open files", "")
                .problem(source.to_string(), ""),
            Error::failure("cannot read").because(source),
            Err::<(), _>(named).context(|| "cannot write".to_owned()).unwrap_err(),
            Err::<(), _>(git).context(|| "cannot open".to_owned()).unwrap_err(),
        ] {
            assert_eq!(error.hints, [MORE_FILES]);
        }
        assert!(Error::failure("x").because(std::io::Error::from_raw_os_error(2)).hints.is_empty());
    }
}
