//! Ctrl-C: while a question is open the program ends at once; while files are written the writer is told and
//! puts everything back first.

#![expect(clippy::disallowed_methods, reason = "a cancelled program ends from its signal handler")]

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;

use crate::error::{Error, Kind, Result};

static ASKING: AtomicBool = AtomicBool::new(false);
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Takes over SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
/// When the handler cannot be installed.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        CANCELLED.store(true, Ordering::SeqCst);
        if ASKING.load(Ordering::SeqCst) {
            let term = Term::stderr();
            // Menus hide the cursor.
            let _ = term.show_cursor();
            let _ = term.write_line(&format!("\n{}", Error::cancelled()));
            process::exit(Kind::Cancelled as i32);
        }
    })
    .map_err(|error| Error::failure("cannot watch for Ctrl-C").because(error))
}

/// Whether the user wants the program to stop.
pub fn cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// Runs `ask` with Ctrl-C ending the program: nothing is written while a question is open.
pub fn while_asking<T>(ask: impl FnOnce() -> T) -> T {
    ASKING.store(true, Ordering::SeqCst);
    let answer = ask();
    ASKING.store(false, Ordering::SeqCst);
    answer
}
