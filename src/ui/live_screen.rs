//! Lines that are drawn anew again and again, on a terminal only: how far something is that goes on elsewhere.

use console::{Term, truncate_str};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::visible::{Breaks, painted};
use super::{Ui, exit};

/// The lines; gone when dropped.
pub(crate) struct LiveScreen {
    bar: ProgressBar,
}

impl Ui {
    /// Returns a screen; `None` where nobody looks.
    pub(crate) fn live_screen(&self) -> Option<LiveScreen> {
        if self.quiet || self.recorder.is_some() || !self.err.is_term() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        exit::set_spinner(Some(bar.clone()));
        Some(LiveScreen { bar })
    }
}

impl LiveScreen {
    /// Draws the lines in place of those before. Of more than fit, the last ones are drawn.
    pub(crate) fn draw(&self, lines: &[String]) {
        let (rows, columns) = Term::stderr().size();
        let skipped = lines.len().saturating_sub(usize::from(rows).saturating_sub(1));
        let has_colors = console::colors_enabled_stderr();
        let shown = lines.iter().skip(skipped).map(|line| {
            // A line that breaks would not be found again.
            let line = painted(&line.replace('\t', " "), Breaks::Hidden, has_colors);
            truncate_str(&line, usize::from(columns).saturating_sub(1), "…").into_owned()
        });
        self.bar.set_message(shown.collect::<Vec<_>>().join("\n"));
    }

    /// Does `print` while the lines are away.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for LiveScreen {
    fn drop(&mut self) {
        exit::set_spinner(None);
        self.bar.finish_and_clear();
    }
}
