//! Repositories, folders and neighbours that mean harm. Whatever they hold, no command runs their programs, touches a file
//! outside of the work tree, or takes what they wrote for the user's own.
#![cfg(unix)]

mod bare_repositories;
mod git_configuration;
mod planted_records;
mod staging;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::common::home::Home;

const NEW: &str = "--defaults --source-repo https://github.com/acme/shop.git";

/// What ends a run: its code, and all that it printed.
struct Ended {
    code: i32,
    said: String,
}

/// Runs `treenail` with `arguments` in the folder `dir`.
fn treenail(home: &Home, dir: &str, arguments: &str) -> Ended {
    let mut command = home.command("timeout");
    command.args(["-s", "KILL", "60", "treenail"]).args(arguments.split_whitespace());
    let output = command.current_dir(home.path(dir)).stdin(std::process::Stdio::null()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().unwrap_or_else(|| panic!("`{arguments}` was killed: {said}"));
    Ended { code, said }
}

/// A home with the generated repository `shop`.
fn generated() -> Home {
    let home = Home::new();
    let ended = treenail(&home, ".", &format!("new shop {NEW}"));
    assert_eq!(ended.code, 0, "{}", ended.said);
    home
}

/// A folder of the user's that nobody may touch.
struct Victim<'a> {
    home: &'a Home,
    before: std::collections::BTreeMap<String, String>,
}

impl<'a> Victim<'a> {
    fn new(home: &'a Home) -> Self {
        for file in ["tree/key", "old/notes", "known", "README.md"] {
            home.write(&format!("victim/{file}"), "known\n");
        }
        Self { home, before: home.tree("victim") }
    }

    #[track_caller]
    fn is_untouched(&self, after: &str) {
        assert_eq!(self.home.tree("victim"), self.before, "{after}");
    }
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn link(target: impl AsRef<Path>, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}
