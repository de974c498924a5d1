//! Shared by the benchmarks: processes isolated from the machine's configuration, and rows of times.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program to measure: `TREENAIL`, or that of this build.
pub fn program() -> String {
    env::var("TREENAIL").unwrap_or_else(|_| env!("CARGO_BIN_EXE_treenail").to_owned())
}

/// A temporary home for [`run`].
pub fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("gitconfig"), "[user]\n\tname = Acme\n\temail = acme@example.com\n").unwrap();
    home
}

/// Runs `command`, which must succeed, at `home`.
pub fn run(home: &Path, command: &mut Command) {
    assert!(at(home, command).status().unwrap().success(), "{command:?}");
}

/// Runs `command` at `home`; returns its exit code and all its output.
pub fn output(home: &Path, command: &mut Command) -> (i32, String) {
    let done = at(home, command).output().unwrap();
    let printed = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap(), String::from_utf8(printed).unwrap())
}

fn at<'a>(home: &Path, command: &'a mut Command) -> &'a mut Command {
    command
        .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", home)
        .stdin(Stdio::null())
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

/// Prints the minimum, median and maximum of `figures`.
pub fn row(name: &str, figures: impl Iterator<Item = f64>) {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let (least, median, most) = (figures[0], figures[figures.len() / 2], figures[figures.len() - 1]);
    println!("{name:32} min {least:9.2}   median {median:9.2}   max {most:9.2}");
}

/// `time` in milliseconds.
pub fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The most memory, in KiB, that the process takes which `run` starts by way of the words it is given; nothing where
/// the machine has no GNU time.
pub fn peak_memory(home: &Path, run: impl FnOnce(&[&str])) -> Option<usize> {
    const GNU_TIME: &str = "/usr/bin/time";
    let version = Command::new(GNU_TIME).arg("--version").output().ok()?;
    if !version.status.success() {
        return None;
    }
    let file = home.join("peak");
    run(&[GNU_TIME, "--format=%M", "--output", file.to_str().unwrap()]);
    Some(fs::read_to_string(file).unwrap().trim().parse().unwrap())
}
