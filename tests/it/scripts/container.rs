//! A container as far as a script can tell: a folder stands for its file system, `PATH` has what the image must
//! have, and the environment is the manifest's.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_yaml::Value;
use tempfile::TempDir;

use crate::common::programs::{self, Shell};

/// A container whose file system is a folder of the test.
pub struct Container {
    root: TempDir,
    shell: &'static Shell,
    /// Its environment.
    pub env: BTreeMap<String, String>,
}

/// What came of running something.
#[derive(Debug)]
pub struct Outcome {
    /// What it ended with; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Outcome {
    /// Asserts that it succeeded and said this on stdout.
    #[track_caller]
    pub fn said(&self, text: &str) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        assert!(self.stdout.contains(text), "no `{text}` in {self:#?}");
    }

    /// Asserts that it failed and said this on stderr.
    #[track_caller]
    pub fn failed(&self, text: &str) {
        self.ended(1, text);
    }

    /// Asserts that it refused what no other attempt could do either, and said this on stderr.
    #[track_caller]
    pub fn refused(&self, text: &str) {
        self.ended(64, text);
    }

    #[track_caller]
    fn ended(&self, code: i32, text: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.stderr.contains(text), "no `{text}` in {self:#?}");
    }
}

impl Container {
    /// An empty file system with only these programs.
    pub fn new(shell: &'static Shell, tools: &[&str]) -> Self {
        let root = TempDir::new().expect("there is a temporary folder");
        let path = root.path().join("bin");
        fs::create_dir(&path).expect("the folder is ours");
        for tool in tools {
            let program = programs::find(tool).unwrap_or_else(|| panic!("the tests need `{tool}`"));
            symlink(program, path.join(tool)).expect("the folder is ours");
        }
        let env = [
            ("PATH".to_owned(), path.display().to_string()),
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
        ];
        Self { root, shell, env: env.into() }
    }

    /// Where an absolute path of the container really is.
    pub fn path(&self, absolute: &str) -> PathBuf {
        assert!(absolute.starts_with('/'), "{absolute}");
        self.root.path().join(&absolute[1..])
    }

    /// As [`Container::path`], to put into a text.
    pub fn place(&self, absolute: &str) -> String {
        self.path(absolute).display().to_string()
    }

    /// Writes a file.
    pub fn write(&self, absolute: &str, content: &str) {
        let path = self.path(absolute);
        fs::create_dir_all(path.parent().expect("it is absolute")).expect("the folder is ours");
        fs::write(path, content).expect("the folder is ours");
    }

    /// Reads a file; none where there is none.
    pub fn read(&self, absolute: &str) -> Option<String> {
        fs::read_to_string(self.path(absolute)).ok()
    }

    /// Makes a folder.
    pub fn mkdir(&self, absolute: &str) {
        fs::create_dir_all(self.path(absolute)).expect("the folder is ours");
    }

    /// Puts a program on `PATH`.
    pub fn stub(&self, name: &str, script: &str) {
        let path = format!("/bin/{name}");
        self.write(&path, script);
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Puts a `sleep` on `PATH` that returns at once and leaves a line in `/naps`.
    pub fn without_waiting(&self) {
        self.stub("sleep", include_str!("stubs/sleep"));
    }

    /// Makes Git take `settings` as if they were in a file of the image.
    pub fn git_settings(&mut self, settings: &[(&str, &str)]) {
        self.env.insert("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string());
        for (at, (key, value)) in settings.iter().enumerate() {
            self.env.insert(format!("GIT_CONFIG_KEY_{at}"), (*key).to_owned());
            self.env.insert(format!("GIT_CONFIG_VALUE_{at}"), (*value).to_owned());
        }
    }

    /// Takes the environment from a container's manifest. What is no plain text is asked of `lookup`, and a
    /// plain path is one of this file system.
    pub fn declare(&mut self, manifest: &Value, lookup: impl Fn(&Value) -> Option<String>) {
        for variable in manifest["env"].as_sequence().expect("it has an environment") {
            let name = variable["name"].as_str().expect("a variable has a name");
            let value = match variable["value"].as_str() {
                Some(path) if path.starts_with('/') => Some(self.place(path)),
                Some(text) if !text.contains("$(") => Some(text.to_owned()),
                _ => lookup(variable),
            };
            self.env.extend(value.map(|value| (name.to_owned(), value)));
        }
        let home = self.env.get("HOME").expect("it says where HOME is");
        fs::create_dir_all(home).expect("the folder is ours");
    }

    /// Runs a script in the container's shell.
    pub fn run(&self, script: &str) -> Outcome {
        let mut text = script.to_owned();
        if self.shell.has_own_programs && self.path("/bin/sleep").exists() {
            let sleep = format!("\nsleep() {{ {} \"$@\"; }}\n", self.place("/bin/sleep"));
            text = text.replacen('\n', &sleep, 1);
        }
        self.write("/tekton/scripts/script", &text);
        self.run_with(&[self.place("/tekton/scripts/script")])
    }

    /// Runs the container's shell with these arguments.
    pub fn run_with(&self, arguments: &[String]) -> Outcome {
        let mut command = Command::new(&self.shell.command[0]);
        command.args(&self.shell.command[1..]).args(arguments);
        command.env_clear().envs(&self.env).current_dir(self.root.path()).stdin(Stdio::null());
        let output = command.output().expect("the shell can be run");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The shell's command line, as one would write it in a script.
    pub fn shell(&self) -> String {
        self.shell.command.iter().map(|part| part.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Asserts that no value was executed: those that try make a file `pwned`.
    #[track_caller]
    pub fn assert_nothing_executed(&self) {
        assert!(!holds(self.root.path(), "pwned"), "a value was executed");
    }
}

/// Whether there is a file of that name anywhere below a folder.
fn holds(dir: &Path, name: &str) -> bool {
    fs::read_dir(dir).expect("the folder is ours").flatten().any(|entry| {
        entry.file_name() == *name
            || entry.file_type().is_ok_and(|kind| kind.is_dir()) && holds(&entry.path(), name)
    })
}
