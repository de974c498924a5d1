//! Compares a whole `treenail new` with Git alone for the same files: `git init`, `git add -A` and `git commit`. The runs
//! alternate, so that both meet the same machine. Prints ratios without judging them.
//!
//! Run it with `cargo bench --bench new`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it measures whole processes")]

#[expect(dead_code, reason = "neither memory nor what is printed matters here")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::{git, home, millis, program, row, run, time};

const ROUNDS: usize = 40;

fn main() {
    let home = home();
    let root = home.path();
    let files = root.join("files");
    run(root, treenail(&files).arg("--no-commit"));
    println!("{} files, {ROUNDS} rounds, milliseconds\n", count(&files));

    let mut rounds: Vec<(Duration, Duration)> = Vec::new();
    for round in 0..=ROUNDS {
        let ours = root.join(format!("ours-{round}"));
        let theirs = root.join(format!("theirs-{round}"));
        let new = time(|| run(root, &mut treenail(&ours)));
        copy(&files, &theirs);
        let plain =
            time(|| git(root, &theirs, &[&["init", "-q"], &["add", "-A"], &["commit", "-q", "-m", "first"]]));
        rounds.push((new, plain));
    }
    // The first round finds nothing cached.
    report(&rounds[1..]);
}

fn report(rounds: &[(Duration, Duration)]) {
    row("treenail new", rounds.iter().map(|(new, _)| millis(new)));
    row("git init, add, commit", rounds.iter().map(|(_, git)| millis(git)));
    row("ratio", rounds.iter().map(|(new, git)| millis(new) / millis(git)));
}

fn treenail(dir: &Path) -> Command {
    let mut command = Command::new(program());
    command.args(["new", "--quiet", "--defaults", "--app", "shop"]);
    command.args(["--source-repo", "https://github.com/acme/shop.git"]).arg(dir);
    command
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
