//! Runs the program where nothing but the answers can tell it anything.

use std::path::Path;

use crate::common::home::Home;
use crate::golden::files;
use crate::support::Tree;

/// What `treenail new` writes for a file of answers, into the folder `prefix` of a repository.
pub fn from(answers: &Path, prefix: &str) -> Tree {
    let home = Home::new();
    if !prefix.is_empty() {
        home.git(".", "init -q -b main repository");
    }
    let target = Path::new("repository").join(prefix);
    let mut new = home.command("treenail");
    new.arg("new").arg(&target).arg("--answers").arg(answers).args(["--defaults", "--no-commit"]);
    let output = new.output().unwrap();
    assert!(output.status.success(), "{new:?}\n{}", String::from_utf8_lossy(&output.stderr));
    files::read(&home.path(".").join(target))
}
