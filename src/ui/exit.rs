//! Ends the program from wherever it is, for a signal or a panic, and leaves the terminal as it was found.

#![expect(clippy::disallowed_methods, reason = "a cancelled or broken program ends where it is")]

use std::process;
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use console::Term;
use indicatif::ProgressBar;

use super::visible;

/// How long the last words may take: standard error may be a pipe that nobody reads.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A prompt that is just opening must have changed the terminal before that can be undone.
const OPENING: Duration = Duration::from_millis(100);

/// What is to be undone in the terminal.
struct Changes {
    question: Option<TerminalSettings>,
    spinner: Option<ProgressBar>,
}

static CHANGES: Mutex<Changes> = Mutex::new(Changes { question: None, spinner: None });

fn changes() -> MutexGuard<'static, Changes> {
    CHANGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes that a question is open, or no longer.
pub(super) fn set_asking(is_asking: bool) {
    let settings = is_asking.then(TerminalSettings::save);
    changes().question = settings;
}

pub(super) fn is_asking() -> bool {
    changes().question.is_some()
}

pub(super) fn set_spinner(spinner: Option<ProgressBar>) {
    changes().spinner = spinner;
}

/// Prints `what` while the program goes on, beside the spinner if there is one. Does not wait: nobody may read it.
pub(super) fn announce(what: &'static str) {
    let spinner = changes().spinner.clone();
    let announce = move || match spinner {
        Some(spinner) => spinner.set_message(what),
        None => drop(Term::stderr().write_line(what)),
    };
    let _ = thread::Builder::new().spawn(announce);
}

/// Prints `message`, which may come from elsewhere, and ends the program with `code`.
pub(super) fn end(message: &str, code: u8) -> ! {
    // A thread that panics may hold it.
    let (question, spinner) = match CHANGES.try_lock() {
        Ok(mut changes) => (changes.question.take(), changes.spinner.take()),
        Err(_) => (None, None),
    };
    if let Some(settings) = &question {
        thread::sleep(OPENING);
        settings.restore();
    }
    let is_changed = question.is_some() || spinner.is_some();
    let message = visible::lines(message);
    let (printed, wait) = channel::<()>();
    let print = move || {
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
        let term = Term::stderr();
        if is_changed {
            // Menus hide the cursor.
            let _ = term.show_cursor();
        }
        // The cursor is behind a question, or behind what the terminal shows for Ctrl-C.
        let start = if term.is_term() { "\n" } else { "" };
        let _ = term.write_line(&format!("{start}{message}"));
        drop(printed);
    };
    if thread::Builder::new().spawn(print).is_ok() {
        let _ = wait.recv_timeout(LAST_WORDS);
    }
    process::exit(i32::from(code))
}

/// The settings of the terminal before a prompt takes its keys one by one; elsewhere than on Unix a prompt leaves them
/// alone.
struct TerminalSettings(#[cfg(unix)] Option<rustix::termios::Termios>);

impl TerminalSettings {
    fn save() -> Self {
        Self(
            #[cfg(unix)]
            rustix::termios::tcgetattr(std::io::stdin()).ok(),
        )
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(settings) = &self.0 {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, settings);
        }
    }
}
