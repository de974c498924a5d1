//! Git repositories that the scripts fetch from and push to.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::common::programs;

/// A bare repository, made without the machine's settings.
pub struct Upstream {
    dir: PathBuf,
}

/// A change of one path.
pub enum Change {
    /// A file with this content.
    File(String, Vec<u8>),
    /// A symbolic link to there.
    Link(String, String),
    /// A commit of another repository.
    Submodule(String, String),
    /// No longer there.
    Removed(String),
}

/// A file with this text.
pub fn file(path: &str, text: &str) -> Change {
    Change::File(path.to_owned(), text.as_bytes().to_vec())
}

impl Change {
    fn write(&self, stream: &mut Vec<u8>) {
        let (header, content) = match self {
            Self::File(path, content) => (format!("M 100644 inline {path}"), Some(content.clone())),
            Self::Link(path, target) => {
                (format!("M 120000 inline {path}"), Some(target.clone().into_bytes()))
            }
            Self::Submodule(path, commit) => (format!("M 160000 {commit} {path}"), None),
            Self::Removed(path) => (format!("D {path}"), None),
        };
        stream.extend(format!("{header}\n").into_bytes());
        if let Some(content) = content {
            stream.extend(format!("data {}\n", content.len()).into_bytes());
            stream.extend(content);
            stream.push(b'\n');
        }
    }
}

impl Upstream {
    /// An empty repository there.
    pub fn create(dir: PathBuf) -> Self {
        Self::with_format(dir, "sha1")
    }

    /// An empty repository there, with ids of that kind.
    pub fn with_format(dir: PathBuf, format: &str) -> Self {
        // What `git init --bare` writes; the simulation makes thousands of these.
        for folder in ["objects", "refs/heads", "refs/tags"] {
            fs::create_dir_all(dir.join(folder)).expect("the folder is ours");
        }
        fs::write(dir.join("HEAD"), "ref: refs/heads/trunk\n").expect("the folder is ours");
        let version = u8::from(format != "sha1");
        let extension =
            if version == 0 { String::new() } else { format!("[extensions]\nobjectFormat = {format}\n") };
        let config = format!(
            "[core]\nrepositoryFormatVersion = {version}\nbare = true\nfsync = none\n{extension}\
             [gc]\nauto = 0\n[receive]\nautoGC = false\n"
        );
        fs::write(dir.join("config"), config).expect("the folder is ours");
        Self { dir }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("file://{}", self.dir.display())
    }

    /// Adds a commit on top of `parent` and lets `reference` point to it; gives its id.
    pub fn commit(&self, reference: &str, parent: Option<&str>, changes: &[Change]) -> String {
        let mut stream =
            format!("commit {reference}\ncommitter Dev <dev@example.com> 1700000000 +0000\n").into_bytes();
        stream.extend(b"data 6\nchange\n");
        if let Some(parent) = parent {
            stream.extend(format!("from {parent}\n").into_bytes());
        }
        for change in changes {
            change.write(&mut stream);
        }
        let mut command = self.command(&["fast-import", "--quiet", "--force"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("git can be run");
        child.stdin.take().expect("it is a pipe").write_all(&stream).expect("git reads it");
        assert!(child.wait().expect("git ends").success());
        self.git(&["rev-parse", reference])
    }

    /// Adds a commit to the branch `main`; gives its id.
    pub fn push(&self, changes: &[Change]) -> String {
        let head = self.try_git(&["rev-parse", "--verify", "-q", "refs/heads/main"]);
        let head = head.status.success().then(|| text(&head.stdout));
        self.commit("refs/heads/main", head.as_deref(), changes)
    }

    /// Makes a hook of it.
    pub fn hook(&self, name: &str, script: &str) {
        let path = self.dir.join("hooks").join(name);
        fs::create_dir_all(self.dir.join("hooks")).expect("the folder is ours");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder is ours");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Runs Git there and gives what it printed, without the last newline.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn try_git(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("git can be run")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = programs::command("git", &self.dir);
        command.args(arguments).current_dir(&self.dir);
        command
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}
