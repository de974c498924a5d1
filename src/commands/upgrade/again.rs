//! The command line that repeats an upgrade which did not come about, with the answers that were given meanwhile.

use std::path::Path;

use super::UpgradeArgs;
use crate::shell;

/// Returns the command for `dir`; `answers` are arguments as they are typed.
pub(crate) fn command(arguments: &UpgradeArgs, dir: &Path, answers: &[String]) -> String {
    let path = |path: &Path| shell::path(&path.display().to_string());
    let mut words = vec!["treenail upgrade".to_owned()];
    if dir != Path::new(".") {
        words.push(path(dir));
    }
    if let Some(scaffold) = &arguments.scaffold {
        words.push(format!("--scaffold {}", shell::path(scaffold)));
    }
    if let Some(file) = arguments.answers.file() {
        words.push(format!("--answers {}", path(file)));
    }
    if let Some(base) = &arguments.base {
        words.push(format!("--base {}", shell::word(base)));
    }
    match &arguments.branch {
        Some(Some(name)) => words.push(format!("--branch={}", shell::word(name))),
        Some(None) => words.push("--branch".to_owned()),
        None => {}
    }
    for (is_set, flag) in [
        (arguments.adopt_defaults, "--adopt-defaults"),
        (arguments.allow_downgrade, "--allow-downgrade"),
        (arguments.downtime.allow_downtime, "--allow-downtime"),
        (arguments.no_commit, "--no-commit"),
        (arguments.two_way, "--two-way"),
    ] {
        if is_set {
            words.push(flag.to_owned());
        }
    }
    words.extend_from_slice(answers);
    words.join(" ")
}
