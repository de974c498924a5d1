//! Ctrl-C: while a question is open the program ends at once; while files are written the writer notices it and
//! restores everything first.

#![expect(clippy::disallowed_methods, reason = "a cancelled program ends from its signal handler")]

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use console::Term;

use crate::error::{Error, ErrorKind, Result};

static ASKING: AtomicBool = AtomicBool::new(false);
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Takes over SIGINT, SIGTERM and SIGHUP.
pub(crate) fn install() -> Result<()> {
    let terminal = TerminalState::save();
    ctrlc::set_handler(move || {
        CANCELLED.store(true, Ordering::SeqCst);
        if ASKING.load(Ordering::SeqCst) {
            // A prompt that is just opening must have changed the terminal before that can be undone.
            thread::sleep(Duration::from_millis(100));
            terminal.restore();
            let term = Term::stderr();
            // Menus hide the cursor.
            let _ = term.show_cursor();
            let _ = term.write_line(&format!("\n{}", Error::cancelled()));
            process::exit(ErrorKind::Cancelled as i32);
        }
    })
    .map_err(|error| Error::failure("cannot watch for Ctrl-C").because(error))
}

pub(crate) fn cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// Runs `ask` with Ctrl-C ending the program: nothing is written while a question is open.
///
/// # Errors
/// Cancelled, where that was wanted before the question was asked; else what `ask` gives.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> Result<T>) -> Result<T> {
    ASKING.store(true, Ordering::SeqCst);
    let answer = if cancelled() { Err(Error::cancelled()) } else { ask() };
    ASKING.store(false, Ordering::SeqCst);
    answer
}

/// The settings of the terminal before the first prompt took its keys one by one; elsewhere than on Unix a prompt leaves
/// them alone.
struct TerminalState(#[cfg(unix)] Option<rustix::termios::Termios>);

impl TerminalState {
    fn save() -> Self {
        Self(
            #[cfg(unix)]
            rustix::termios::tcgetattr(std::io::stdin()).ok(),
        )
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(state) = &self.0 {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, state);
        }
    }
}
