//! What the benchmarks share: processes that nothing of the machine's configuration reaches, and rows of figures.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A home for [`run`]: a folder that goes away with the value.
pub fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("gitconfig"), "[user]\n\tname = Acme\n\temail = acme@example.com\n").unwrap();
    home
}

/// Runs `command`, which must succeed, at `home`.
pub fn run(home: &Path, command: &mut Command) {
    command
        .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", home);
    assert!(command.stdin(Stdio::null()).status().unwrap().success(), "{command:?}");
}

/// Runs Git in `dir` with each of `commands` in turn.
pub fn git(home: &Path, dir: &Path, commands: &[&[&str]]) {
    for arguments in commands {
        run(home, Command::new("git").current_dir(dir).args(*arguments));
    }
}

/// How long `work` takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Prints the least, the median and the greatest of `figures`.
pub fn row(name: &str, figures: impl Iterator<Item = f64>) {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let (least, median, most) = (figures[0], figures[figures.len() / 2], figures[figures.len() - 1]);
    println!("{name:24} min {least:9.2}   median {median:9.2}   max {most:9.2}");
}

/// `time` in milliseconds.
pub fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
