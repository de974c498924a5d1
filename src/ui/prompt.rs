//! One line of the interview: a question with a suggested answer, help on `?`, and a way back on `<`.

use std::time::Duration;

use console::{Term, measure_text_width, truncate_str};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Password, Select};

use super::Ui;
use super::interrupt::while_asking;
use super::style::{cyan, dim};
use super::visible;
use crate::error::{Error, Result};

/// Columns that a theme adds around a prompt.
const MARKS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Typed(String),
    /// Just Enter: accept the suggestion.
    Accepted,
    /// `<`: go back to the previous question.
    Back,
}

impl Ui {
    /// Asks for a line of text. Enter accepts `suggestion`; `help` is shown for `?`.
    pub(crate) fn ask(&self, prompt: &str, suggestion: Option<&str>, help: &str) -> Result<Reply> {
        let theme = theme();
        let columns = usize::from(self.err.size().1).max(1);
        let shown = Self::in_terminal(&suggested(prompt, suggestion, columns));
        loop {
            let input =
                Input::<String>::with_theme(&*theme).with_prompt(&shown).allow_empty(true).report(false);
            let typed = while_asking(|| answered(input.interact_text_on(&self.err)))?;
            // The prompt clears one row when it is answered; a long answer has filled more.
            let width = measure_text_width(&shown) + MARKS + measure_text_width(&typed);
            let _ = self.err.clear_last_lines(width.saturating_sub(1) / columns);
            match typed.trim() {
                "?" => self.explain(help),
                "<" => return Ok(Reply::Back),
                text if text.is_empty() || Some(text) == suggestion => return Ok(Reply::Accepted),
                text => return Ok(Reply::Typed(text.to_owned())),
            }
        }
    }

    /// Asks for a line of text, which may not be empty.
    pub(crate) fn ask_text(&self, prompt: &str) -> Result<String> {
        let theme = theme();
        let input = Input::<String>::with_theme(&*theme).with_prompt(Self::in_terminal(prompt));
        let typed = while_asking(|| answered(input.interact_text_on(&self.err)))?;
        Ok(typed.trim().to_owned())
    }

    /// Asks for a secret, which is not shown and may not be empty.
    pub(crate) fn ask_hidden(&self, prompt: &str) -> Result<String> {
        let theme = theme();
        let password = Password::with_theme(&*theme).with_prompt(Self::in_terminal(prompt)).report(false);
        let typed = while_asking(|| answered(password.interact_on(&self.err)))?;
        Ok(typed.trim().to_owned())
    }

    /// Leaves an answered question on the screen. The prompt itself vanishes, as it may have held a request
    /// for help or a rejected answer.
    pub(crate) fn settled(&self, prompt: &str, answer: &str) {
        let answer = if answer.is_empty() { dim("none") } else { cyan(answer) };
        self.done(&format!("{prompt} {} {answer}", dim("·")));
    }

    /// Lets the user choose one of `items`, starting at the first. `None` on Escape.
    pub(crate) fn choose(&self, prompt: &str, items: &[String]) -> Result<Option<usize>> {
        let theme = theme();
        let (rows, columns) = self.err.size();
        // A line that wraps would be counted as one and left behind when the menu is cleared.
        let room = usize::from(columns).saturating_sub(4);
        let items: Vec<_> = items.iter().map(|item| Self::in_terminal(item)).collect();
        let items: Vec<_> = items.iter().map(|item| truncate_str(item, room, "…")).collect();
        let select = Select::with_theme(&*theme)
            .with_prompt(Self::in_terminal(prompt))
            .items(&items)
            .default(0)
            .max_length(usize::from(rows).saturating_sub(3).max(3))
            .report(false);
        while_asking(|| answered(select.interact_on_opt(&self.err)))
    }

    /// Asks whether to write, unless nobody can be asked.
    ///
    /// # Errors
    /// Cancelled, where the answer is no.
    pub(crate) fn confirm_writing(&self) -> Result<()> {
        if !self.interactive() {
            return Ok(());
        }
        let items = ["Write it".to_owned(), "Leave everything as it is".to_owned()];
        match self.choose("What now?", &items)? {
            Some(0) => Ok(()),
            _ => Err(Error::cancelled()),
        }
    }

    /// As [`Ui::confirm_writing`], for one of several folders. Returns whether the others are not to be asked about.
    ///
    /// # Errors
    /// Cancelled, where the answer is no.
    pub(crate) fn confirm_writing_of_several(&self) -> Result<bool> {
        let items = ["Write it", "Write it, and the other folders without asking", "Stop here"];
        match self.choose("What now?", &items.map(str::to_owned))? {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(Error::cancelled()),
        }
    }

    /// Asks whether to write what stops running workloads.
    ///
    /// # Errors
    /// Cancelled, where the answer is no.
    pub(crate) fn confirm_downtime(&self) -> Result<()> {
        let items = ["Leave everything as it is".to_owned(), "Write it, and stop these workloads".to_owned()];
        match self.choose("What now?", &items)? {
            Some(1) => Ok(()),
            _ => Err(Error::cancelled()),
        }
    }

    /// Prints indented and dimmed text on stderr.
    pub(crate) fn explain(&self, text: &str) {
        for line in text.trim_end().lines() {
            self.message(&dim(&format!("  {line}")));
        }
    }
}

/// The prompt with the suggestion, on one row: a row that wraps would be left behind.
fn suggested(prompt: &str, suggestion: Option<&str>, columns: usize) -> String {
    let room = columns.saturating_sub(measure_text_width(prompt) + MARKS + 4);
    // Measured as it is shown.
    let suggestion = suggestion.map(visible::line);
    match suggestion.as_deref() {
        None | Some("") => prompt.to_owned(),
        Some(suggestion) => {
            format!("{prompt} {}", dim(&format!("({})", truncate_str(suggestion, room, "…"))))
        }
    }
}

fn theme() -> Box<dyn Theme> {
    if console::colors_enabled_stderr() { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
}

/// Turns Ctrl-C, which dialoguer reports as an interrupted read, into the error for a cancelled run.
fn answered<T>(result: dialoguer::Result<T>) -> Result<T> {
    result.map_err(|error| {
        let dialoguer::Error::IO(error) = error;
        match error.kind() {
            std::io::ErrorKind::Interrupted => {
                // The signal handler is about to end the program; ending it here as well would print that a second time.
                std::thread::sleep(Duration::from_secs(1));
                let _ = Term::stderr().show_cursor();
                Error::cancelled()
            }
            _ => Error::failure("the terminal does not answer").because(error).hint(
                "without a terminal, answer with flags: `treenail new DIR --defaults --source-repo URL`",
            ),
        }
    })
}
