//! Runs the program where nothing but the answers can tell it anything.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::golden::files;
use crate::support::Tree;

/// What `treenail new` writes for a file of answers, into the folder `prefix` of a repository.
pub fn from(answers: &Path, prefix: &str) -> Tree {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().canonicalize().unwrap();
    fs::create_dir(root.join("home")).unwrap();
    if !prefix.is_empty() {
        run(clean("git", &root).args(["init", "-q", "-b", "main", "repository"]));
    }
    let target = Path::new("repository").join(prefix);
    run(clean(env!("CARGO_BIN_EXE_treenail"), &root)
        .arg("new")
        .arg(&target)
        .arg("--answers")
        .arg(answers)
        .args(["--defaults", "--no-commit"]));
    files::read(&root.join(target))
}

/// A command in an environment that holds nothing of the developer's.
pub fn clean(program: &str, root: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap())
        .env("HOME", root.join("home"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", root)
        .current_dir(root);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}
