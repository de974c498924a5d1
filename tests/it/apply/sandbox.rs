//! Runs a test again in a process whose environment holds nothing of the developer's: environment variables,
//! the current directory and the umask belong to a process, and Git reads all of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use treenail::apply::{Applied, Creation, apply, preflight_creation};
use treenail::error::{Error, Result};
use treenail::tree::{File, Tree};

use crate::common::programs;

pub const NO_REMOTE: Option<&str> = None;

/// Path, content, whether it is executable.
pub const FILES: [(&str, &str, bool); 5] = [
    (".gitattributes", "* text=auto eol=lf\n.treenail/base -text\n", false),
    (".treenail/base", "base\n", false),
    ("README.md", "# shop\n", false),
    ("deploy/base/app.yaml", "kind: Deployment\n", false),
    ("deploy/run.sh", "#!/bin/sh\nexit 0\n", true),
];

static NOTHING: Tree = Tree::new();

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let file =
        |(path, content, executable): (&str, &str, bool)| (path.to_owned(), File::new(content, executable));
    FILES.map(file).into_iter().collect()
});

/// Declares tests; the text after `with` is shell run before, for variables, umask and current directory.
macro_rules! sandboxed {
    ($($(#[$meta:meta])* fn $name:ident($sandbox:ident) $(with $prelude:literal)? $body:block)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            #[allow(unused_mut, unused_assignments)]
            let mut prelude = ":";
            $(prelude = $prelude;)?
            crate::apply::sandbox::enter(concat!(module_path!(), "::", stringify!($name)), prelude, |$sandbox| $body);
        }
    )*};
}

pub struct Sandbox(PathBuf);

pub fn enter(test: &str, prelude: &str, body: fn(&Sandbox)) {
    if let Some(root) = env::var_os("TREENAIL_SANDBOX") {
        return body(&Sandbox(root.into()));
    }
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().canonicalize().unwrap();
    fs::create_dir(root.join("home")).unwrap();
    fs::write(root.join("home/.gitconfig"), "[user]\n\tname = Acme\n\temail = acme@example.com\n").unwrap();
    let output = again(test, prelude, &root).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    print_skip(&said);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "`{test}` did not run");
}

/// Passes on that a test was skipped; written past the test harness, which hides what `eprintln` prints.
fn print_skip(said: &str) {
    for line in said.lines().filter(|line| line.starts_with("skipped: ")) {
        io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

pub fn skip(why: &str) {
    io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
}

/// A small file system of its own, for as long as this value lives.
pub struct Mount(PathBuf);

impl Mount {
    /// Mounts one at `folder`, or says that the test is skipped.
    pub fn try_new(folder: PathBuf, options: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder).output();
        if done.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        skip("a file system of its own cannot be mounted here");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn again(test: &str, prelude: &str, root: &Path) -> Command {
    let name = test.split_once("::").unwrap().1;
    let mut command = programs::command("sh", &root.join("home"));
    command
        .env("TREENAIL_SANDBOX", root)
        .current_dir(root)
        .args(["-c", &format!("{prelude}\nexec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args([name, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"]);
    command
}

pub fn creation(dir: &Path) -> Creation<'_> {
    Creation {
        dir,
        files: &TREE,
        before: &NOTHING,
        message: "shop: scaffold",
        branch: "main",
        remote: Some("https://git.example.com/acme/shop.git"),
        commit: true,
        separate: false,
    }
}

pub fn run(creation: &Creation) -> Result<Applied> {
    apply(preflight_creation(creation)?, &|| false)
}

/// Runs `creation` and calls `meddle` when it asks for the `question`th time whether it is cancelled.
pub fn run_meddling(creation: &Creation, question: usize, meddle: &dyn Fn()) -> Result<Applied> {
    let meddling = Meddling::new(question, meddle);
    let result = apply(preflight_creation(creation)?, &|| meddling.ask());
    meddling.assert_done();
    result
}

/// Does something in the middle of a run, which asks before every step whether it is cancelled.
pub struct Meddling<'a> {
    question: usize,
    asked: Cell<usize>,
    meddle: &'a dyn Fn(),
}

impl<'a> Meddling<'a> {
    pub fn new(question: usize, meddle: &'a dyn Fn()) -> Self {
        Self { question, asked: Cell::new(0), meddle }
    }

    pub fn ask(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() == self.question {
            (self.meddle)();
        }
        false
    }

    pub fn assert_done(&self) {
        assert!(self.asked.get() >= self.question, "asked only {} times", self.asked.get());
    }
}

pub fn refusal(creation: &Creation) -> Error {
    preflight_creation(creation).err().expect("this must be refused")
}

/// The problems and hints of an error, one a line.
pub fn message_of(error: &Error) -> String {
    let problems = error.problems.iter().map(|problem| format!("{} ({})", problem.message, problem.fix));
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let hints = error.hints.iter().map(|hint| format!("hint: {hint}"));
    std::iter::once(error.message.clone())
        .chain(problems)
        .chain(cause)
        .chain(hints)
        .collect::<Vec<_>>()
        .join("\n")
}

impl Sandbox {
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    pub fn write(&self, path: &str, content: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Removes the folders whose names start with `prefix`.
    pub fn remove_all(&self, prefix: &str) {
        for entry in fs::read_dir(self.path(".")).unwrap().map(|entry| entry.unwrap()) {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
    }

    pub fn write_script(&self, path: &str, content: &str) {
        self.write(path, content);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn git(&self, dir: &str, arguments: &[&str]) -> String {
        let output = self.try_git(dir, arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub fn try_git(&self, dir: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("git");
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.arg("-C").arg(self.path(dir)).args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Does what Git asks for where a killed run has left the index locked: its own commands refuse until then.
    pub fn unlock_index(&self, dir: &str) {
        let refused = self.try_git(dir, &["commit", "-q", "--allow-empty", "-m", "refused"]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("index.lock"), "{said}");
        fs::remove_file(self.path(dir).join(".git/index.lock")).unwrap();
    }

    /// Puts a commit on top of HEAD as somebody does who does not care about locks of the index.
    pub fn commit_past_the_lock(&self, dir: &str) {
        let tree = self.git(dir, &["rev-parse", "HEAD^{tree}"]);
        let other = self.git(dir, &["commit-tree", "-p", "HEAD", "-m", "other", &tree]);
        self.git(dir, &["update-ref", "HEAD", &other]);
    }

    /// A repository with one commit of `app.py`.
    pub fn repository(&self, dir: &str) {
        fs::create_dir_all(self.path(dir)).unwrap();
        self.git(dir, &["init", "-q", "-b", "trunk"]);
        self.write(&format!("{dir}/app.py"), "print()\n");
        self.git(dir, &["add", "."]);
        self.git(dir, &["commit", "-q", "-m", "app"]);
    }

    /// Everything that makes up the state of the repository at `dir`, Git's object database apart.
    pub fn state(&self, dir: &str) -> BTreeMap<String, String> {
        let mut state = self.tree(dir);
        state.insert("HEAD".into(), self.said(dir, &["rev-parse", "HEAD"]));
        state.insert("branch".into(), self.said(dir, &["symbolic-ref", "HEAD"]));
        state.insert("status".into(), self.said(dir, &["status", "--porcelain", "--ignored"]));
        state.insert("index".into(), self.said(dir, &["ls-files", "--stage"]));
        let private = self.said(dir, &["rev-parse", "--git-path", "treenail"]);
        state.insert("private".into(), self.path(dir).join(private.trim()).exists().to_string());
        state
    }

    fn said(&self, dir: &str, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.try_git(dir, arguments).stdout).into_owned()
    }

    /// The work tree: permissions and content by path.
    pub fn tree(&self, dir: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let top = self.path(dir);
        let entries = walkdir::WalkDir::new(&top).min_depth(1).into_iter();
        for entry in entries.filter_entry(|entry| entry.file_name() != ".git").map(|entry| entry.unwrap()) {
            let kind = entry.file_type();
            let content = match (kind.is_dir(), kind.is_symlink()) {
                (true, _) => "folder".to_owned(),
                (_, true) => fs::read_link(entry.path()).unwrap().display().to_string(),
                _ => String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned(),
            };
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let path = entry.path().strip_prefix(&top).unwrap().display().to_string();
            found.insert(path, format!("{mode:o} {content}"));
        }
        found
    }

    /// Asserts that `dir` holds exactly the files below `prefix`, that they are what the last commit added, and that
    /// Git finds nothing wrong.
    pub fn assert_applied(&self, dir: &str, prefix: &str, expected_status: &str) {
        self.assert_written(dir, prefix);
        let mut added: Vec<_> = FILES.iter().map(|(path, ..)| format!("{prefix}{path}")).collect();
        added.sort();
        let shown = self.git(dir, &["show", "--name-only", "--format=", "HEAD"]);
        assert_eq!(shown.lines().collect::<Vec<_>>(), added);
        for (path, content, _) in FILES {
            let spec = format!("HEAD:{prefix}{path}");
            let stored = self.try_git(dir, &["cat-file", "blob", &spec]).stdout;
            assert_eq!(stored, content.as_bytes(), "{path}");
        }
        let listed = self.git(dir, &["ls-tree", "HEAD", &format!("{prefix}deploy/run.sh")]);
        assert!(listed.starts_with("100755"), "{listed}");
        assert_eq!(self.git(dir, &["status", "--porcelain"]), expected_status);
        self.git(dir, &["fsck", "--strict"]);
        let logged = self.git(dir, &["log", "-1", "--format=%an|%ce|%B"]);
        assert!(logged.starts_with("Acme|acme@example.com|shop: scaffold"), "{logged}");
    }

    pub fn assert_written(&self, dir: &str, prefix: &str) {
        for (path, content, executable) in FILES {
            let file = self.path(dir).join(format!("{prefix}{path}"));
            assert_eq!(fs::read(&file).unwrap(), content.as_bytes(), "{path}");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o100 != 0, executable);
        }
        let left: Vec<_> = self.tree(dir).into_keys().filter(|path| path.contains("treenail-")).collect();
        assert_eq!(left, [] as [String; 0]);
    }
}
