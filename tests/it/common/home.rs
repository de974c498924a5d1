//! A home and an environment that hold nothing of the developer's, in a temporary folder.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::common::programs;

/// In the form that libgit2 and Git read alike.
const DATE: &str = "2026-01-02T03:04:05+00:00";

pub struct Home {
    root: PathBuf,
    _temporary: TempDir,
}

impl Home {
    /// A home with an identity for Git and an empty current directory.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let home = Self { root: temporary.path().canonicalize().unwrap(), _temporary: temporary };
        for folder in ["home", "tmp", "work"] {
            fs::create_dir(home.root.join(folder)).unwrap();
        }
        home.set_git_config("[user]\n\tname = Acme\n\temail = acme@example.com\n");
        home
    }

    /// Replaces the user's Git configuration, the identity included.
    pub fn set_git_config(&self, text: &str) {
        fs::write(self.root.join("home/.gitconfig"), text).unwrap();
    }

    /// A path below the current directory of the runs.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join("work").join(path)
    }

    /// `program` as it would start in this home, and in nothing else.
    pub fn command(&self, program: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_treenail")).parent().unwrap();
        let inherited = env::var("PATH").unwrap();
        let mut command = programs::command(program, &self.root.join("home"));
        command
            .env("PATH", format!("{}:{inherited}", binary.display()))
            .env("TMPDIR", self.root.join("tmp"))
            .env("GIT_CONFIG_GLOBAL", self.root.join("home/.gitconfig"))
            .env("GIT_CEILING_DIRECTORIES", &self.root)
            .env("GIT_AUTHOR_DATE", DATE)
            .env("GIT_COMMITTER_DATE", DATE)
            .env("LC_ALL", "C")
            .env("COLUMNS", "100")
            .current_dir(self.path("."));
        command
    }

    /// What `git` prints; it must succeed.
    pub fn git(&self, dir: &str, arguments: &str) -> String {
        let mut git = self.command("git");
        let output = git.arg("-C").arg(self.path(dir)).args(arguments.split_whitespace()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments}: {said}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A repository on branch `trunk`, without a commit.
    pub fn repository(&self, dir: &str) {
        fs::create_dir_all(self.path(dir)).unwrap();
        self.git(dir, "init -q -b trunk");
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Every file and folder below `dir` but Git's own: permissions and content by path.
    pub fn tree(&self, dir: &str) -> BTreeMap<String, String> {
        let top = self.path(dir);
        let entries = WalkDir::new(&top).min_depth(1).into_iter();
        entries
            .filter_entry(|entry| entry.file_name() != ".git")
            .map(|entry| {
                let entry = entry.unwrap();
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                let content = if entry.file_type().is_dir() {
                    "folder".to_owned()
                } else {
                    String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned()
                };
                let path = entry.path().strip_prefix(&top).unwrap().to_str().unwrap();
                (path.to_owned(), format!("{mode:o} {content}"))
            })
            .collect()
    }

    /// Runs `treenail` with `arguments`, and kills it when it runs the pre-commit hook of the repository `dir`.
    pub fn kill_at_commit(&self, dir: &str, arguments: &str) {
        let hook = self.path(dir).join(".git/hooks/pre-commit");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        // The parent of the hook is Git, whose parent is treenail.
        fs::write(&hook, "#!/bin/sh\nkill -9 $(cut -d' ' -f4 /proc/$PPID/stat)\nexit 1\n").unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        let output =
            self.command("treenail").args(arguments.split(' ')).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.signal(), Some(9), "{}", String::from_utf8_lossy(&output.stderr));
        fs::remove_file(hook).unwrap();
    }

    /// Everything there is, the home and what Git keeps included.
    pub fn everything(&self) -> Vec<String> {
        let entries = WalkDir::new(&self.root).sort_by_file_name().into_iter();
        entries.map(|entry| entry.unwrap().path().display().to_string()).collect()
    }
}
