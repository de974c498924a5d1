//! The only owner of the terminal. Data goes to stdout, messages and questions to stderr; colours, `--quiet` and
//! broken pipes are handled here and nowhere else.

pub(crate) mod file_tree;
pub(crate) mod interrupt;
pub(crate) mod interview;
pub(crate) mod prompt;
pub(crate) mod review;
pub(crate) mod style;

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use console::{Style, Term};
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::{Context, Error, ErrorKind, Result};

/// Work that takes longer than this shows a spinner; for faster work it would only flash.
const PATIENCE: Duration = Duration::from_millis(150);

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// All output to people and programs goes through this type.
#[derive(Debug)]
pub(crate) struct Ui {
    out: Stdout,
    err: Term,
    quiet: bool,
}

impl Default for Ui {
    fn default() -> Self {
        Self { out: io::stdout(), err: Term::stderr(), quiet: false }
    }
}

impl Ui {
    pub(crate) fn configure(&mut self, color: ColorChoice, quiet: bool) {
        match color {
            ColorChoice::Auto => {}
            ColorChoice::Always => set_colors(true),
            ColorChoice::Never => set_colors(false),
        }
        self.quiet = quiet;
    }

    /// Whether questions can be asked: both stdin and stderr are terminals.
    pub(crate) fn interactive(&self) -> bool {
        io::stdin().is_terminal() && self.err.is_term()
    }

    /// Prints data on stdout. A closed pipe is not an error.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.print_bytes(text.as_bytes())
    }

    /// As [`Ui::print`], for data that need not be text.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut out = self.out.lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context(|| "cannot write to the standard output".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Prints a line on stderr, unless `--quiet`.
    pub(crate) fn message(&self, line: &str) {
        if !self.quiet {
            self.line(line);
        }
    }

    /// Prints that something was done, unless `--quiet`.
    pub(crate) fn done(&self, line: &str) {
        self.message(&format!("{} {line}", green("✓")));
    }

    pub(crate) fn error(&self, error: &Error) {
        if error.kind == ErrorKind::Cancelled {
            return self.line(&error.to_string());
        }
        self.line(&format!("{} {error}", red("error:")));
        for (index, problem) in error.problems.iter().enumerate() {
            self.line(&indented(&problem.message));
            // A fix that several problems share is printed once, after the last of them.
            let next = error.problems.get(index + 1).map(|next| &next.fix);
            if !problem.fix.is_empty() && next != Some(&problem.fix) {
                self.line(&format!("    {}", dim(&problem.fix)));
            }
        }
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            self.line(&format!("{} {error}", dim("caused by:")));
            cause = error.source();
        }
        for hint in &error.hints {
            self.line(&format!("{} {hint}", cyan("hint:")));
        }
    }

    /// Shows a spinner saying `what` while `work` runs, if it takes long.
    pub(crate) fn during<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        if self.quiet || !self.err.is_term() {
            return work();
        }
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        bar.set_style(ProgressStyle::default_spinner());
        let (stop, stopped) = channel::<()>();
        let waiting = bar.clone();
        let waiter = thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                waiting.enable_steady_tick(Duration::from_millis(80));
            }
        });
        let result = work();
        drop(stop);
        let _ = waiter.join();
        bar.finish_and_clear();
        result
    }

    /// Prints a line on stderr. A failure could not be reported anywhere.
    fn line(&self, line: &str) {
        let _ = self.err.write_line(line);
    }
}

/// Indents a message below an error's first line; a template's report has several lines.
fn indented(message: &str) -> String {
    format!("  {}", message.trim_end().replace('\n', "\n  "))
}

fn set_colors(on: bool) {
    console::set_colors_enabled(on);
    console::set_colors_enabled_stderr(on);
}

pub(crate) fn dim(text: &str) -> String {
    paint(&Style::new().dim(), text)
}

pub(crate) fn bold(text: &str) -> String {
    paint(&Style::new().bold(), text)
}

fn green(text: &str) -> String {
    paint(&Style::new().green(), text)
}

fn red(text: &str) -> String {
    paint(&Style::new().red().bold(), text)
}

fn cyan(text: &str) -> String {
    paint(&Style::new().cyan(), text)
}

fn paint(style: &Style, text: &str) -> String {
    style.clone().for_stderr().apply_to(text).to_string()
}
