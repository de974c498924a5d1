//! A repository made of a scaffold, what its user does to it, and what came of a run there.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use walkdir::WalkDir;

use crate::common::home::Home;
use crate::upgrade::scaffold::Scaffold;

/// A home with the repository `shop`, generated from the folder `scaffold` into `shop` or a folder below it.
pub struct Project {
    pub home: Home,
    /// Where treenail has written to.
    dir: String,
}

/// What came of a run of `treenail`.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// All that is in a folder: what kind of thing, and its bytes.
pub type Snapshot = BTreeMap<String, (String, Vec<u8>)>;

impl Project {
    /// A clean repository that treenail has made of `scaffold`.
    pub fn of(scaffold: &Scaffold) -> Self {
        Self::at("shop", scaffold)
    }

    /// As [`Project::of`], below the root of a repository where `dir` says so.
    pub fn at(dir: &str, scaffold: &Scaffold) -> Self {
        let project = Self { home: Home::new(), dir: dir.to_owned() };
        project.home.repository("shop");
        project.offer(scaffold);
        project.treenail(&format!("new {dir} --scaffold scaffold --defaults --set app=shop")).ends_with(0);
        project.assert_clean();
        project
    }

    /// A repository in which nothing is yet.
    pub fn empty() -> Self {
        let project = Self { home: Home::new(), dir: "shop".to_owned() };
        project.home.repository("shop");
        project
    }

    /// Makes `scaffold` the one that runs find.
    pub fn offer(&self, scaffold: &Scaffold) {
        scaffold.write(&self.home.path("scaffold"));
    }

    /// `treenail` with `arguments`, which are separated by white space.
    pub fn treenail(&self, arguments: &str) -> Outcome {
        let mut command = self.home.command("treenail");
        let output = command.args(arguments.split_whitespace()).stdin(Stdio::null()).output().unwrap();
        Outcome {
            code: output.status.code().expect("it must not die of a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What `treenail` prints, which need not be text; it must succeed.
    pub fn treenail_bytes(&self, arguments: &str) -> Vec<u8> {
        let mut command = self.home.command("treenail");
        let output = command.args(arguments.split_whitespace()).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// `treenail upgrade` to the scaffold that is offered.
    pub fn upgrade(&self, arguments: &str) -> Outcome {
        self.treenail(&format!("upgrade {} --scaffold scaffold {arguments}", self.dir))
    }

    /// Offers `scaffold` and upgrades to it, which must go well.
    #[track_caller]
    pub fn upgrade_to(&self, scaffold: &Scaffold) -> Outcome {
        self.offer(scaffold);
        let outcome = self.upgrade("").ends_with(0);
        self.assert_clean();
        outcome
    }

    /// As [`Project::upgrade_to`] with conflicts, which must leave everything as it is.
    #[track_caller]
    pub fn conflict_with(&self, scaffold: &Scaffold) -> Outcome {
        self.offer(scaffold);
        self.refused("", 3)
    }

    /// An upgrade that must end with `code` and change nothing, in Git neither.
    #[track_caller]
    pub fn refused(&self, arguments: &str, code: i32) -> Outcome {
        let before = self.everything();
        let outcome = self.upgrade(arguments).ends_with(code);
        assert_unchanged(&before, &self.everything());
        outcome
    }

    pub fn git(&self, arguments: &str) -> String {
        self.home.git("shop", arguments)
    }

    /// How `git` ends, and what it says; it may fail.
    pub fn try_git(&self, arguments: &str) -> (i32, String) {
        let mut git = self.home.command("git");
        let git = git.arg("-C").arg(self.home.path("shop")).args(arguments.split_whitespace());
        let output = git.env("GIT_EDITOR", "true").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path(&self.dir).join(path)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap()
    }

    pub fn read(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap()
    }

    pub fn is_there(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    pub fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), Permissions::from_mode(mode)).unwrap();
    }

    pub fn is_executable(&self, path: &str) -> bool {
        fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o111 != 0
    }

    /// Commits whatever is in the work tree.
    pub fn commit(&self) {
        self.git("add -A");
        self.git("commit -q -m edit");
    }

    /// Writes a file and commits that.
    pub fn edit(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.commit();
    }

    /// Replaces a part of a file that is there.
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{text}");
        self.write(path, text.replace(old, new));
    }

    pub fn head(&self) -> String {
        self.git("rev-parse HEAD")
    }

    pub fn commits(&self) -> usize {
        self.git("log --format=%h").lines().count()
    }

    pub fn status(&self) -> String {
        self.git("status --porcelain --untracked-files=all")
    }

    /// Nothing is left to commit, nothing is going on, and no object is missing or damaged.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert_eq!(self.status(), "");
        self.assert_calm();
    }

    /// No Git operation is going on, no object is missing or damaged, and treenail has left nothing behind.
    #[track_caller]
    pub fn assert_calm(&self) {
        let status = self.git("status");
        assert!(!status.contains("progress") && !status.contains("cherry-pick"), "{status}");
        self.git("fsck --strict --no-dangling");
        let git_dir = self.git("rev-parse --absolute-git-dir");
        let left = WalkDir::new(git_dir).into_iter().map(|entry| entry.unwrap().into_path());
        let left: Vec<_> =
            left.filter(|path| path.file_name().unwrap().to_string_lossy().contains("treenail")).collect();
        assert_eq!(left, Vec::<PathBuf>::new());
    }

    /// The repository, and what Git keeps in it but for its logs.
    pub fn everything(&self) -> Snapshot {
        let mut all = snapshot(&self.home.path("shop"));
        all.retain(|path, _| !path.starts_with(".git/logs"));
        all
    }

    /// The work tree.
    pub fn files(&self) -> Snapshot {
        let mut files = snapshot(&self.home.path("shop"));
        files.retain(|path, _| !path.starts_with(".git/") && path != ".git");
        files
    }

    /// As [`Project::files`], without where the answers came from, which depends on the way to the same files.
    pub fn generated(&self) -> Snapshot {
        let mut files = self.files();
        let (_, answers) = files.get_mut(".treenail/answers.yaml").unwrap();
        let text = String::from_utf8(answers.clone()).unwrap();
        *answers = text.split("\nfrom:\n").next().unwrap().as_bytes().to_vec();
        files
    }
}

impl Outcome {
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that the person at the terminal reads `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in:\n{}", self.stderr);
        self
    }

    /// Asserts that the lines of a file appear, indented.
    #[track_caller]
    pub fn shows(self, lines: &str) -> Self {
        self.says(&lines.replace('\n', "\n  "))
    }

    /// Asserts that a program downstream reads `text`.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in:\n{}", self.stdout);
        self
    }
}

/// Asserts that two snapshots are the same, and names what is not.
#[track_caller]
pub fn assert_unchanged(before: &Snapshot, after: &Snapshot) {
    let paths = before.keys().chain(after.keys());
    let mut changed: Vec<_> = paths.filter(|path| before.get(*path) != after.get(*path)).collect();
    changed.sort();
    changed.dedup();
    let show = |side: &Snapshot, path: &String| {
        side.get(path).map(|(kind, content)| format!("{kind} {}", String::from_utf8_lossy(content)))
    };
    let shown: Vec<_> =
        changed.into_iter().map(|path| (path, show(before, path), show(after, path))).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

fn snapshot(top: &Path) -> Snapshot {
    let entries = WalkDir::new(top).min_depth(1).into_iter().map(Result::unwrap);
    let described = entries.map(|entry| {
        let (kind, path) = (entry.file_type(), entry.path());
        let mode = entry.metadata().unwrap().permissions().mode();
        let content = if kind.is_file() {
            fs::read(path).unwrap()
        } else if kind.is_symlink() {
            fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
        } else {
            Vec::new()
        };
        (path.strip_prefix(top).unwrap().to_str().unwrap().to_owned(), (format!("{mode:o}"), content))
    });
    described.collect()
}
