//! Input that never ends, is far too large, or lies: every command ends soon, and says what is wrong.

mod descriptors;
mod owners;
mod scaffolds;
mod state;

use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::home::Home;

/// Far more than any command takes, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Enough for every command, and far less than a reader without bounds would take.
const MEMORY: &str = "ulimit -v 4000000;";

struct Outcome {
    code: i32,
    text: String,
}

/// `treenail` with `arguments`, after the shell has set `limits`.
#[track_caller]
fn limited(home: &Home, limits: &str, arguments: &str) -> Outcome {
    let log = home.path("../tmp/log");
    let file = File::create(&log).unwrap();
    let mut command = home.command("sh");
    command.args(["-c", &format!("{limits} exec treenail \"$@\""), "sh"]).args(arguments.split_whitespace());
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("`{arguments}` does not end: {}", fs::read_to_string(&log).unwrap());
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = String::from_utf8(fs::read(&log).unwrap()).unwrap();
    let code = status.code().unwrap_or_else(|| panic!("`{arguments}` died of a signal: {text}"));
    Outcome { code, text }
}

impl Outcome {
    /// Asserts that it ended with `code` and said `text`, and nothing that a terminal would obey.
    #[track_caller]
    fn ends_with(self, code: i32, text: &str) -> Self {
        assert!(
            self.code == code && self.text.contains(text),
            "no {code} `{text}`: {} {}",
            self.code,
            self.text
        );
        assert!(!self.text.contains(|letter: char| letter.is_control() && letter != '\n'), "{:?}", self.text);
        self
    }
}
