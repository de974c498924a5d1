//! Ctrl-C, SIGTERM and SIGHUP. They end the program at once, unless it is writing: then the write ends at its next safe
//! point, as the old state or the new one. A second signal ends that, too; journals are made for it. A child such as
//! `git` gets the terminal's Ctrl-C itself.

#![expect(clippy::disallowed_methods, reason = "the time between two signals")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::exit;
use crate::error::{Error, ErrorKind, Result};

/// Within this time a second signal counts as the first one: `timeout` sends its signal to the process and to its group,
/// and npm, for one, passes on a Ctrl-C that the terminal has sent already.
const REPEATED: Duration = Duration::from_millis(100);

pub(crate) const STOPPED: &str = "stopped while writing; the next run finishes or undoes it";

pub(crate) const STAYS: &str = "cancelled; what was already written stays";

struct Signals {
    /// When the first one came.
    first: Option<Instant>,
    writing: usize,
    has_written: bool,
    /// What is said instead of the usual words, where nothing is being written.
    last_words: Option<String>,
}

static SIGNALS: Mutex<Signals> =
    Mutex::new(Signals { first: None, writing: 0, has_written: false, last_words: None });

fn signals() -> MutexGuard<'static, Signals> {
    SIGNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes over the signals.
pub(crate) fn install() -> Result<()> {
    ctrlc::set_handler(arrived).map_err(|error| Error::failure("cannot watch for Ctrl-C").because(error))
}

fn arrived() {
    // Held until the end of the program, so that no write begins meanwhile.
    let mut signals = signals();
    let is_first = signals.first.is_none();
    let first = *signals.first.get_or_insert_with(Instant::now);
    // Nothing is written while a question is open.
    let is_writing = signals.writing > 0 && !exit::is_asking();
    if is_writing && first.elapsed() < REPEATED {
        if is_first {
            exit::announce("cancelling at the next safe point; another signal stops at once");
        }
        return;
    }
    let cancelled = Error::cancelled();
    let message = match (is_writing, &signals.last_words, signals.has_written) {
        (true, ..) => STOPPED,
        (false, Some(words), _) => words,
        (false, None, true) => STAYS,
        (false, None, false) => &cancelled.message,
    };
    exit::end(message, ErrorKind::Cancelled as u8)
}

/// Whether a signal came while something was written; any other has ended the program.
pub(crate) fn cancelled() -> bool {
    signals().first.is_some()
}

/// Whether something is being written now, for a thread that may not wait.
pub(super) fn is_writing() -> bool {
    SIGNALS.try_lock().is_ok_and(|signals| signals.writing > 0)
}

/// Runs `write`, which asks at every safe point whether to stop: a signal does not end the program until it returns.
///
/// # Errors
/// What `write` gives.
pub(crate) fn writing<T>(write: impl FnOnce(&dyn Fn() -> bool) -> Result<T>) -> Result<T> {
    let written = recovering(|| write(&cancelled)).map_err(cancelled_or)?;
    note_written();
    Ok(written)
}

/// Git and its hooks get the signal, too; what they say of it is beside the point.
fn cancelled_or(error: Error) -> Error {
    let is_meant = error.kind == ErrorKind::Failure && error.problems.is_empty();
    // They may have ended before the signal is seen here.
    let deadline = Instant::now() + REPEATED;
    while is_meant && !cancelled() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    if is_meant && cancelled() { Error::cancelled() } else { error }
}

/// A later signal must not say that nothing was written.
pub(super) fn note_written() {
    signals().has_written = true;
}

/// Sets what a signal says from now on, while nothing is written: that something goes on elsewhere, and how to follow it.
pub(crate) fn set_last_words(words: String) {
    signals().last_words = Some(words);
}

/// Like [`writing`], for what mostly finds nothing to write and has no safe point: the recovery of an earlier run.
///
/// # Errors
/// What `recover` gives.
pub(crate) fn recovering<T>(recover: impl FnOnce() -> Result<T>) -> Result<T> {
    let _guard = WriteGuard::new();
    recover()
}

/// Like [`recovering`], for several writes, each of which is [`writing`]: a signal ends them between two.
pub(crate) fn several_writes<T>(write: impl FnOnce() -> T) -> T {
    let _guard = WriteGuard::new();
    write()
}

struct WriteGuard;

impl WriteGuard {
    fn new() -> Self {
        signals().writing += 1;
        Self
    }
}

impl Drop for WriteGuard {
    fn drop(&mut self) {
        signals().writing -= 1;
    }
}

/// Runs `ask` with a question open.
///
/// # Errors
/// Cancelled, where that was wanted before the question was asked; else what `ask` gives.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> Result<T>) -> Result<T> {
    exit::set_asking(true);
    let answer = if cancelled() { Err(Error::cancelled()) } else { ask() };
    exit::set_asking(false);
    answer
}
