//! How far a command with many steps is: a bar on standard error, for people only.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{PATIENCE, TICK, Ui, exit, interrupt, visible};

/// With fewer columns than this, the bar would leave no room for a name.
const ROOMY: u16 = 60;

/// The bar; hidden where nobody looks, and gone when dropped.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    patience: Option<Patience>,
}

impl Ui {
    /// Shows how many of `count` steps are done, if they take long.
    pub(crate) fn progress(&self, count: usize) -> Progress {
        if self.quiet || self.recorder.is_some() || !self.err.is_term() {
            return Progress { bar: None, patience: None };
        }
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::hidden());
        let template = if self.err.size().1 < ROOMY {
            "{pos}/{len} {wide_msg}"
        } else {
            "[{bar:24}] {pos}/{len} {wide_msg}"
        };
        bar.set_style(
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        exit::set_spinner(Some(bar.clone()));
        let waiting = bar.clone();
        let patience = Patience::begin(move || {
            waiting.set_draw_target(ProgressDrawTarget::stderr());
            waiting.enable_steady_tick(TICK);
        });
        Progress { bar: Some(bar), patience: Some(patience) }
    }
}

impl Progress {
    /// Names what is worked on now, unless the bar says that all is being cancelled.
    pub(crate) fn name(&self, what: &str) {
        if let Some(bar) = self.bar.as_ref().filter(|_| !interrupt::cancelled()) {
            bar.set_message(visible::line(what));
        }
    }

    /// Counts a step.
    pub(crate) fn advance(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Does `print` while the bar is away.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(patience) = self.patience.take() {
            patience.end();
        }
        if let Some(bar) = &self.bar {
            exit::set_spinner(None);
            bar.finish_and_clear();
        }
    }
}

/// The time after which what has not ended yet is shown.
pub(super) struct Patience {
    stop: Sender<()>,
    waiter: JoinHandle<()>,
}

impl Patience {
    /// Calls `show` when [`PATIENCE`] is over.
    pub(super) fn begin(show: impl FnOnce() + Send + 'static) -> Self {
        let (stop, stopped) = channel::<()>();
        let waiter = thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                show();
            }
        });
        Self { stop, waiter }
    }

    /// Ends it; nothing is shown from now on that is not shown yet.
    pub(super) fn end(self) {
        drop(self.stop);
        let _ = self.waiter.join();
    }
}
