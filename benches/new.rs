//! How a whole `treenail new` compares with what Git alone needs for the same files: `git init`, `git add -A` and
//! `git commit`, run in turn so that both meet the same machine. Prints ratios and judges nothing.
//!
//! Run it with `cargo bench --bench new`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 40;

fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    fs::write(root.join("gitconfig"), "[user]\n\tname = Acme\n\temail = acme@example.com\n").unwrap();
    let files = root.join("files");
    run(root, treenail(&files).arg("--no-commit"));
    println!("{} files, {ROUNDS} rounds, milliseconds\n", count(&files));

    let mut rounds: Vec<(Duration, Duration)> = Vec::new();
    for round in 0..=ROUNDS {
        let ours = root.join(format!("ours-{round}"));
        let theirs = root.join(format!("theirs-{round}"));
        let new = time(|| run(root, &mut treenail(&ours)));
        copy(&files, &theirs);
        let git = time(|| {
            for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "first"]] {
                run(root, Command::new("git").current_dir(&theirs).args(arguments));
            }
        });
        rounds.push((new, git));
    }
    // The first round finds nothing cached.
    report(&rounds[1..]);
}

fn report(rounds: &[(Duration, Duration)]) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    row("treenail new", rounds.iter().map(|(new, _)| millis(*new)).collect());
    row("git init, add, commit", rounds.iter().map(|(_, git)| millis(*git)).collect());
    row("ratio", rounds.iter().map(|(new, git)| millis(*new) / millis(*git)).collect());
}

fn row(name: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let (least, median, most) = (figures[0], figures[figures.len() / 2], figures[figures.len() - 1]);
    println!("{name:24} min {least:6.2}   median {median:6.2}   max {most:6.2}");
}

fn treenail(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_treenail"));
    command.args(["new", "--quiet", "--defaults", "--app", "shop"]);
    command.args(["--source-repo", "https://github.com/acme/shop.git"]).arg(dir);
    command
}

fn run(root: &Path, command: &mut Command) {
    command
        .env("GIT_CONFIG_GLOBAL", root.join("gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", root);
    assert!(command.stdin(Stdio::null()).status().unwrap().success(), "{command:?}");
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn count(dir: &Path) -> usize {
    walkdir::WalkDir::new(dir)
        .into_iter()
        .filter(|entry| entry.as_ref().unwrap().file_type().is_file())
        .count()
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
