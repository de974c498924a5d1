//! What is printed about one folder while others are worked on as well. It is kept until it is its turn.

use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};

use super::Ui;
use crate::error::Result;

/// All that was printed, in its order.
#[derive(Debug, Default)]
pub(super) struct Recorder(Mutex<Vec<Printed>>);

#[derive(Debug)]
enum Printed {
    /// Bytes on stdout.
    Data(Vec<u8>),
    /// A line on stderr, as a terminal is sent it.
    Line(String),
}

impl Recorder {
    pub(super) fn keep_data(&self, bytes: &[u8]) {
        self.keep(Printed::Data(bytes.to_owned()));
    }

    pub(super) fn keep_line(&self, line: String) {
        self.keep(Printed::Line(line));
    }

    fn keep(&self, printed: Printed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(printed);
    }
}

impl Ui {
    /// Returns one that keeps all that it is to print, and asks nothing.
    pub(crate) fn recording(&self) -> Self {
        let recorder = Some(Recorder::default());
        Self { out: io::stdout(), err: self.err.clone(), quiet: self.quiet, recorder }
    }

    /// Prints what `recording` has kept.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn replay(&self, recording: Self) -> Result<()> {
        let Some(Recorder(printed)) = recording.recorder else { return Ok(()) };
        let printed = mem::take(&mut *printed.lock().unwrap_or_else(PoisonError::into_inner));
        for printed in printed {
            match printed {
                Printed::Data(bytes) => self.print_bytes(&bytes)?,
                Printed::Line(line) => drop(self.err.write_line(&line)),
            }
        }
        Ok(())
    }
}
