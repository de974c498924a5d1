//! Ctrl-C: while a question is open the program ends at once; while files are written the writer is told and
//! puts everything back first.

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
///
/// # Errors
/// When the handler cannot be installed.
pub(crate) fn install() -> Result<()> {
    let terminal = terminal::State::save();
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

/// Whether the user wants the program to stop.
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

/// How the terminal was before the first prompt took its keys one by one.
#[cfg(unix)]
mod terminal {
    use std::io::stdin;

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    pub(crate) struct State(Option<Termios>);

    impl State {
        /// Nothing where the standard input is no terminal.
        pub(crate) fn save() -> Self {
            Self(tcgetattr(stdin()).ok())
        }

        pub(crate) fn restore(&self) {
            if let Some(state) = &self.0 {
                let _ = tcsetattr(stdin(), OptionalActions::Now, state);
            }
        }
    }
}

/// Elsewhere a prompt leaves the terminal as it was.
#[cfg(not(unix))]
mod terminal {
    pub(crate) struct State;

    impl State {
        pub(crate) fn save() -> Self {
            Self
        }

        pub(crate) fn restore(&self) {}
    }
}
