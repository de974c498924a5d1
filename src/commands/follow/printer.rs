//! The stages for people: one screen on a terminal, and else a line whenever something changes.

use std::collections::BTreeMap;

use super::stages::{StageState, WatchStage};
use crate::cluster::moment;
use crate::ui::Ui;
use crate::ui::live_screen::LiveScreen;
use crate::ui::style::{dim, green, red};

const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];

pub(super) struct Printer<'a> {
    ui: &'a Ui,
    screen: Option<LiveScreen>,
    stages: Vec<WatchStage>,
    printed: BTreeMap<String, (StageState, String)>,
    frame: usize,
}

impl<'a> Printer<'a> {
    pub(super) fn new(ui: &'a Ui) -> Self {
        Self { ui, screen: ui.live_screen(), stages: Vec::new(), printed: BTreeMap::new(), frame: 0 }
    }

    /// Shows the stages as they are now.
    pub(super) fn show(&mut self, stages: Vec<WatchStage>) {
        self.stages = stages;
        if self.screen.is_some() {
            self.animate();
        } else {
            self.print_changes();
        }
    }

    /// Shows that it goes on.
    pub(super) fn animate(&mut self) {
        let Some(screen) = &self.screen else { return };
        self.frame = (self.frame + 1) % FRAMES.len();
        let lines: Vec<String> = self.stages.iter().map(|stage| self.line(stage, true)).collect();
        screen.draw(&lines);
    }

    /// Prints a line that stays.
    pub(super) fn note(&self, line: &str) {
        match &self.screen {
            Some(screen) => screen.beside(|| self.ui.message(line)),
            None => self.ui.message(line),
        }
    }

    /// Leaves the stages in the terminal as they were last.
    pub(super) fn end(mut self) {
        if let Some(screen) = self.screen.take() {
            drop(screen);
            self.print_changes();
        }
    }

    fn print_changes(&mut self) {
        for stage in &self.stages {
            if stage.state == StageState::Pending {
                continue;
            }
            let new = (stage.state, stage.text.clone());
            if self.printed.get(&stage.name) != Some(&new) {
                self.ui.message(&self.line(stage, false));
                self.printed.insert(stage.name.clone(), new);
            }
        }
    }

    /// A stage in one line. While a person looks, a line of a log shows what goes on; else it shows what came of it.
    fn line(&self, stage: &WatchStage, is_live: bool) -> String {
        let mark = match stage.state {
            StageState::Pending => " ".to_owned(),
            StageState::Running if is_live => FRAMES[self.frame].to_owned(),
            StageState::Running => "·".to_owned(),
            StageState::Done => green("✓"),
            StageState::Failed => red("✗"),
        };
        let is_running = stage.state == StageState::Running;
        let time = stage.seconds.filter(|_| is_live || !is_running);
        let time = time.map_or_else(String::new, |seconds| format!(" ({})", moment::shown(seconds)));
        let text = if stage.text.is_empty() { String::new() } else { format!(": {}", stage.text) };
        let log = stage.log.as_ref().filter(|_| is_live || !is_running);
        let log = log.map_or_else(String::new, |line| format!(" {}", dim(&format!("| {line}"))));
        format!("{mark} {}{time}{text}{log}", stage.name)
    }
}
