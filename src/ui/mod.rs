//! The only owner of the terminal. Data goes to stdout, messages and questions to stderr; colours, `--quiet`, broken
//! pipes and characters that a terminal would obey are handled here and nowhere else.

pub(crate) mod crash;
mod exit;
pub(crate) mod file_tree;
pub(crate) mod interrupt;
pub(crate) mod interview;
pub(crate) mod live_screen;
pub(crate) mod progress;
pub(crate) mod prompt;
mod recorder;
pub(crate) mod recovery;
pub(crate) mod review;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod visible;

use std::io::{self, IsTerminal, Stdout, Write};
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::{Context, Error, ErrorKind, Result};
use progress::Patience;
use recorder::Recorder;
use style::{cyan, dim, green, red};
use table::Table;
use visible::{Breaks, painted};

/// Work that takes longer than this shows a spinner; for faster work it would only flash.
const PATIENCE: Duration = Duration::from_millis(150);

const TICK: Duration = Duration::from_millis(80);

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
    /// Keeps what is printed instead.
    recorder: Option<Recorder>,
}

impl Default for Ui {
    fn default() -> Self {
        Self { out: io::stdout(), err: Term::stderr(), quiet: false, recorder: None }
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

    /// Whether questions can be asked: both stdin and stderr are terminals, and nothing else uses them now.
    pub(crate) fn interactive(&self) -> bool {
        self.recorder.is_none() && io::stdin().is_terminal() && self.err.is_term()
    }

    /// Prints text for people on stdout.
    pub(crate) fn show(&self, text: &str) -> Result<()> {
        self.print(&painted(text, Breaks::Kept, console::colors_enabled()))
    }

    /// Whether stdout is a terminal, and so a person looks at it.
    pub(crate) fn shows_to_person(&self) -> bool {
        self.recorder.is_none() && self.out.is_terminal()
    }

    /// Prints a report on stdout, unless `--quiet`.
    pub(crate) fn report(&self, text: &str) -> Result<()> {
        let text = text.trim_end();
        if self.quiet || text.is_empty() { Ok(()) } else { self.show(&format!("{text}\n")) }
    }

    /// Prints a table on stdout; on a terminal no line is wider than that.
    pub(crate) fn table(&self, table: &Table) -> Result<()> {
        let columns = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        self.show(&table.text(columns.filter(|_| self.out.is_terminal())))
    }

    /// Says that the scaffold comes from a `folder` that no option names.
    pub(crate) fn note_scaffold(&self, folder: Option<&Path>) {
        if let Some(folder) = folder {
            let shown = visible::line(&folder.display().to_string());
            self.message(&format!("note: the scaffold is the one in {shown}, as `git config` says"));
        }
    }

    /// As [`Ui::table`]; on a narrow terminal without its optional columns, which is said.
    pub(crate) fn table_that_fits(&self, table: Table) -> Result<()> {
        let columns = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let Some(columns) = columns.filter(|_| self.out.is_terminal()) else { return self.table(&table) };
        let (table, left_out) = table.fitted(columns);
        self.table(&table)?;
        if !left_out.is_empty() {
            let s = if left_out.len() == 1 { "" } else { "s" };
            self.message(&format!(
                "note: the terminal is too narrow for the column{s} {}",
                left_out.join(", ")
            ));
        }
        Ok(())
    }

    /// As [`Ui::table`], for a report: nothing with `--quiet`.
    pub(crate) fn table_of_report(&self, table: &Table) -> Result<()> {
        if self.quiet { Ok(()) } else { self.table(table) }
    }

    /// Prints a table on stderr, unless `--quiet`.
    pub(crate) fn table_of_messages(&self, table: &Table) {
        let columns = self.err.size_checked().map(|(_, columns)| usize::from(columns));
        self.messages(table.text(columns).trim_end());
    }

    /// Prints on stderr what Git and its hooks have printed, unless `--quiet`. None of its lines looks like one of ours.
    pub(crate) fn printed_by_git(&self, text: &str) {
        for line in visible::message(text).lines() {
            self.message(&format!("  {} {line}", dim("git:")));
        }
    }

    /// Prints a patch on stdout: exactly, unless a person looks at it.
    pub(crate) fn print_patch(&self, patch: &[u8]) -> Result<()> {
        if !self.out.is_terminal() {
            return self.print_bytes(patch);
        }
        self.show(&visible::lines(&String::from_utf8_lossy(patch)))
    }

    /// Prints data for programs on stdout, exactly. A closed pipe is not an error.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.print_bytes(text.as_bytes())
    }

    /// As [`Ui::print`], for data that need not be text.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) -> Result<()> {
        if let Some(recorder) = &self.recorder {
            recorder.keep_data(bytes);
            return Ok(());
        }
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

    /// Prints `line` on stderr if the standard input is a terminal, where somebody has to type.
    pub(crate) fn expect_input(&self, line: &str) {
        if io::stdin().is_terminal() {
            self.message(line);
        }
    }

    /// Prints lines on stderr, unless `--quiet`.
    pub(crate) fn messages(&self, lines: &str) {
        for line in lines.split('\n') {
            self.message(line);
        }
    }

    /// Prints that something was done, unless `--quiet`.
    pub(crate) fn done(&self, line: &str) {
        self.message(&format!("{} {line}", green("✓")));
    }

    pub(crate) fn error(&self, error: &Error) {
        if error.kind == ErrorKind::Cancelled {
            return self.line(&visible::line(&error.message));
        }
        self.part(&red("error:"), &error.message);
        for (index, problem) in error.problems.iter().enumerate() {
            self.part(" ", &problem.message);
            // A fix that several problems share is printed once, after the last of them.
            let next = error.problems.get(index + 1).map(|next| &next.fix);
            if !problem.fix.is_empty() && next != Some(&problem.fix) {
                self.line(&format!("    {}", dim(&visible::message(&problem.fix))));
            }
        }
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            self.part(&dim("caused by:"), &error.to_string());
            cause = error.source();
        }
        for hint in &error.hints {
            self.part(&cyan("hint:"), hint);
        }
    }

    /// Prints a part of an error. Its further lines are indented, so that none of them looks like another part.
    fn part(&self, head: &str, text: &str) {
        let text = visible::message(text.trim_end());
        for (index, line) in text.split('\n').enumerate() {
            let head = if index == 0 { head } else { " " };
            self.line(&format!("{head} {line}"));
        }
    }

    /// Prints clap's help or version on stdout, and what it says of a wrong command line on stderr.
    pub(crate) fn usage(&self, error: &clap::Error) -> Result<()> {
        let text = error.render();
        let has_colors =
            if error.use_stderr() { console::colors_enabled_stderr() } else { console::colors_enabled() };
        let text = if has_colors { text.ansi().to_string() } else { text.to_string() };
        let text = visible::of_clap(&text);
        if !error.use_stderr() {
            return self.print(&text);
        }
        let _ = self.err.write_str(&text);
        Ok(())
    }

    /// Shows a spinner saying `what` while `work` runs, if it takes long.
    pub(crate) fn during<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        if self.quiet || self.recorder.is_some() || !self.err.is_term() {
            return work();
        }
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        bar.set_style(ProgressStyle::default_spinner());
        exit::set_spinner(Some(bar.clone()));
        let waiting = bar.clone();
        let patience = Patience::begin(move || waiting.enable_steady_tick(TICK));
        let result = work();
        patience.end();
        exit::set_spinner(None);
        bar.finish_and_clear();
        result
    }

    /// Runs `write` as [`interrupt::writing`] does, with a spinner if it takes long.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&dyn Fn() -> bool) -> Result<T>) -> Result<T> {
        self.during("writing", || interrupt::writing(write))
    }

    /// Prints a line on stderr. A failure could not be reported anywhere.
    fn line(&self, line: &str) {
        let line = Self::in_terminal(line);
        match &self.recorder {
            Some(recorder) => recorder.keep_line(line),
            None => drop(self.err.write_line(&line)),
        }
    }

    /// Returns what the terminal is sent for `line`, for a prompt as well.
    fn in_terminal(line: &str) -> String {
        painted(line, Breaks::Hidden, console::colors_enabled_stderr())
    }
}

fn set_colors(on: bool) {
    console::set_colors_enabled(on);
    console::set_colors_enabled_stderr(on);
}
