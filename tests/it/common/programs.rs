//! The programs of the machine: which there are, the shells among them, and how they are run without the
//! machine's settings.

use std::ffi::OsStr;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// Where a program is; none where the machine does not have it.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
}

/// Where a program is, or else a notice that `what` is not tested.
pub fn find_or_notice(name: &str, what: &str) -> Option<PathBuf> {
    let program = find(name);
    if program.is_none() {
        // Not `eprintln!`, whose output a passing test hides.
        let _ = writeln!(stderr(), "notice: this machine has no `{name}`, so {what} is not tested");
    }
    program
}

/// The environment of every program that tests run: nothing of the developer's, except where programs are.
pub fn command(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// A shell to run scripts in.
#[derive(Debug)]
pub struct Shell {
    /// Its command line up to where the script comes.
    pub command: Vec<PathBuf>,
    /// Whether it takes commands of its own for programs that are found elsewhere.
    pub has_own_programs: bool,
}

/// The shells that scripts have to work in: `sh`, and those of Debian and Alpine where the machine has them.
pub fn shells() -> &'static [Shell] {
    static SHELLS: OnceLock<Vec<Shell>> = OnceLock::new();
    SHELLS.get_or_init(|| {
        let shell = |command| Shell { command, has_own_programs: false };
        let sh = find("sh").expect("scripts cannot be tested without `sh`");
        let same = |other: &Path| fs::canonicalize(other).ok() == fs::canonicalize(&sh).ok();
        let dash =
            find_or_notice("dash", "that shell").filter(|dash| !same(dash)).map(|dash| shell(vec![dash]));
        let busybox = find_or_notice("busybox", "its shell")
            .map(|busybox| Shell { command: vec![busybox, "sh".into()], has_own_programs: true });
        [shell(vec![sh.clone()])].into_iter().chain(dash).chain(busybox).collect()
    })
}
