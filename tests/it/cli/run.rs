//! One run of `treenail` and what came of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::PipeWriter;
use std::process::{Command, Stdio};

use crate::cli::snapshot;
use crate::common::home::Home;

/// A run that is about to happen.
pub struct Run<'a> {
    home: &'a Home,
    command: Command,
    shown: String,
}

/// What came of a run.
pub struct Outcome<'a> {
    home: &'a Home,
    shown: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// `treenail` with `arguments`, which are separated by white space.
    pub fn treenail(&self, arguments: &str) -> Run<'_> {
        let run = Run { home: self, command: self.command("treenail"), shown: "treenail".to_owned() };
        arguments.split_whitespace().fold(run, Run::arg)
    }

    /// Asserts that `dir` holds what `expected` does. Where each answer came from is left out: what was found around
    /// one directory may have been said for another.
    #[track_caller]
    pub fn assert_tree(&self, dir: &str, expected: &BTreeMap<String, String>) {
        let found = self.tree(dir);
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (path, text) in expected {
            let same = found[path].split("\nfrom:\n").next() == text.split("\nfrom:\n").next();
            assert!(same, "{path}\n{}\n----- expected -----\n{text}", found[path]);
        }
    }

    /// `text` without what differs from run to run.
    pub fn normalised(&self, text: &str) -> String {
        text.replace(self.path("").to_str().unwrap(), "[DIR]/")
            .replace(self.path("").to_str().unwrap().trim_end_matches('/'), "[DIR]")
    }
}

impl<'a> Run<'a> {
    /// Adds an argument that may hold anything.
    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self.shown = format!("{} {argument}", self.shown);
        self
    }

    /// Runs in another folder than the usual one.
    pub fn inside(mut self, dir: &str) -> Self {
        self.command.current_dir(self.home.path(dir));
        self.shown = format!("cd {dir} && {}", self.shown);
        self
    }

    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self.shown = format!("{variable}={value} {}", self.shown);
        self
    }

    pub fn run(mut self) -> Outcome<'a> {
        let output = self.command.stdin(Stdio::null()).output().unwrap();
        self.outcome(output.status.code(), &output.stdout, &output.stderr)
    }

    /// Runs with `input` on standard input, from a pipe.
    pub fn run_with_input(mut self, input: &[u8]) -> Outcome<'a> {
        let (reader, mut writer) = std::io::pipe().unwrap();
        self.command.stdin(reader).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.command.spawn().unwrap();
        // The command holds the other end.
        self.command.stdin(Stdio::null());
        // Not all of it may be read.
        let _ = std::io::Write::write_all(&mut writer, input);
        drop(writer);
        let output = child.wait_with_output().unwrap();
        self.outcome(output.status.code(), &output.stdout, &output.stderr)
    }

    /// Runs with standard output going to a pipe that nobody reads.
    pub fn run_into_pipe(mut self, pipe: PipeWriter) -> Outcome<'a> {
        let output = self.command.stdin(Stdio::null()).stdout(pipe).output().unwrap();
        self.outcome(output.status.code(), &[], &output.stderr)
    }

    /// Runs with standard output going to `file`.
    pub fn run_into(mut self, file: File) -> Outcome<'a> {
        let output = self.command.stdin(Stdio::null()).stdout(file).output().unwrap();
        self.outcome(output.status.code(), &[], &output.stderr)
    }

    fn outcome(self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Outcome<'a> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = code.expect("it must not die of a signal");
        Outcome { home: self.home, shown: self.shown, code, stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Outcome<'_> {
    /// Asserts that the run ended with `code`.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}{}", self.shown, self.stdout, self.stderr);
        self
    }

    /// Compares the whole run with the snapshot `name`.
    #[track_caller]
    pub fn snapshot(self, name: &str) -> Self {
        let text = format!(
            "$ {}\nexit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.shown, self.code, self.stdout, self.stderr
        );
        snapshot::compare(name, &self.home.normalised(&text));
        self
    }
}
