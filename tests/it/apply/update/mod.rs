//! Updates of files that are there, judged by the real `git`.

mod branch;
mod conflicts;
mod crashes;
mod edits;
mod in_place;
mod others;
mod refusals;
mod rollback;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use treenail::apply::{Applied, Destination, Update, apply, preflight};
use treenail::error::{Error, Result};
use treenail::git::Blob;
use treenail::tree::{Change, File, Mode};

use crate::apply::sandbox::{Meddling, Sandbox};

/// Path, content, kind.
pub type Known = (&'static str, &'static [u8], Mode);

/// What the scaffold had made.
pub const OLD: [Known; 10] = [
    (".treenail/answers.yaml", b"version: 1\n", Mode::Regular),
    (".treenail/base", b"base 1\n", Mode::Regular),
    ("README.md", b"# shop\n", Mode::Regular),
    ("deploy/app.yaml", b"kind: Deployment\nreplicas: 1\n", Mode::Regular),
    ("deploy/link", b"app.yaml", Mode::Link),
    ("deploy/run.sh", b"#!/bin/sh\nexit 0\n", Mode::Executable),
    ("old/deep/gone.yaml", b"kind: Gone\n", Mode::Regular),
    ("same.yaml", b"kind: Same\n", Mode::Regular),
    ("to-file/inner.yaml", b"inner\n", Mode::Regular),
    ("to-folder", b"a file\n", Mode::Regular),
];

/// What it makes now.
pub const NEW: [Known; 11] = [
    (".treenail/answers.yaml", b"version: 2\n", Mode::Regular),
    (".treenail/base", b"base 2\n", Mode::Regular),
    ("README.md", b"# shop 2\n", Mode::Regular),
    ("deploy/app.yaml", b"kind: Deployment\nreplicas: 2\n", Mode::Regular),
    ("deploy/link", b"run.sh", Mode::Link),
    ("deploy/new/check.sh", b"#!/bin/sh\nexit 1\n", Mode::Executable),
    ("deploy/run.sh", b"#!/bin/sh\nexit 0\n", Mode::Regular),
    ("same.yaml", b"kind: Same\n", Mode::Regular),
    ("to-file", b"a file\n", Mode::Regular),
    ("to-folder/inner.yaml", b"inner\n", Mode::Regular),
    ("zone.yaml", b"", Mode::Regular),
];

/// A file for the rest of the test, as changes borrow it.
pub fn file(content: &[u8], mode: Mode) -> &'static File {
    Box::leak(Box::new(File { mode, content: content.to_vec() }))
}

/// The changes from `old` to `new`; what is the same in both is among them.
pub fn changes(old: &[Known], new: &[Known]) -> Vec<Change<'static>> {
    let mut paths = BTreeMap::new();
    for &(path, content, mode) in old {
        paths.insert(path, Change { path, before: Some(file(content, mode)), after: None });
    }
    for &(path, content, mode) in new {
        let change = paths.entry(path).or_insert(Change { path, before: None, after: None });
        change.after = Some(file(content, mode));
    }
    paths.into_values().collect()
}

/// A target to update.
pub struct Target {
    root: PathBuf,
    prefix: String,
}

impl Target {
    pub fn update<'a>(&'a self, destination: Destination<'a>) -> Update<'a> {
        Update {
            root: self.root.clone(),
            prefix: self.prefix.clone(),
            changes: changes(&OLD, &NEW),
            stored: BTreeMap::new(),
            edit: None,
            message: "shop: upgrade to 2",
            destination,
            is_initial: false,
        }
    }

    pub fn in_place(&self) -> Update<'_> {
        self.update(Destination::CurrentBranch)
    }
}

pub fn target(sandbox: &Sandbox, top: &str, prefix: &str) -> Target {
    Target { root: sandbox.path(top), prefix: prefix.to_owned() }
}

/// A repository with `files` below `prefix`, and with the user's own work, some of it staged, some not.
pub fn repository(sandbox: &Sandbox, top: &str, prefix: &str) -> Target {
    sandbox.repository(top);
    write(&sandbox.path(top).join(prefix), &OLD);
    sandbox.write(&format!("{top}/own/dirty"), "1\n");
    sandbox.git(top, &["add", "."]);
    sandbox.git(top, &["commit", "-q", "-m", "shop: scaffold"]);
    sandbox.write(&format!("{top}/own/dirty"), "changed\n");
    sandbox.write(&format!("{top}/app.py"), "staged\n");
    sandbox.git(top, &["add", "app.py"]);
    sandbox.write(&format!("{top}/untracked"), "mine\n");
    target(sandbox, top, prefix)
}

/// What `git status` says about the user's own work.
pub const OWN_WORK: &str = "M  app.py\n M own/dirty\n?? untracked";

pub fn write(dir: &Path, files: &[Known]) {
    for (path, content, mode) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if *mode == Mode::Link {
            let target = std::str::from_utf8(content).unwrap();
            std::os::unix::fs::symlink(target, path).unwrap();
        } else {
            treenail::fs::write_new(&path, content, *mode == Mode::Executable).unwrap();
        }
    }
}

pub fn run(update: &Update) -> Result<Applied> {
    apply(preflight(update.clone())?, &|| false)
}

/// The question before the first change is made: after those before the objects and before each of ten files. Thirteen
/// paths change.
pub const MOVING: usize = 12;
pub const STAGING: usize = MOVING + 13;
pub const COMMITTING: usize = STAGING + 1;

/// Runs `update` and calls `meddle` when it asks for the `question`th time whether it is cancelled.
pub fn run_meddling(update: &Update, question: usize, meddle: &dyn Fn()) -> Result<Applied> {
    let meddling = Meddling::new(question, meddle);
    let result = apply(preflight(update.clone())?, &|| meddling.ask());
    meddling.assert_done();
    result
}

pub fn refusal(update: &Update) -> Error {
    preflight(update.clone()).err().expect("this update must be refused")
}

/// Asserts that the work tree has exactly `files` below `prefix`, the user's own work apart.
pub fn assert_files(sandbox: &Sandbox, top: &str, prefix: &str, files: &[Known]) {
    let model = tempfile::tempdir().unwrap();
    write(model.path(), files);
    let tree = |path: &Path| {
        let mut tree = sandbox.tree(&path.display().to_string());
        tree.retain(|path, _| !["app.py", "own", "own/dirty", "untracked"].contains(&path.as_str()));
        tree
    };
    assert_eq!(tree(&sandbox.path(top).join(prefix)), tree(model.path()));
}

/// Asserts that `commit` has exactly `files` below `prefix`, and nothing else that its parent does not have.
pub fn assert_committed(sandbox: &Sandbox, top: &str, prefix: &str, commit: &str, files: &[Known]) {
    let listed = sandbox.git(top, &["ls-tree", "-r", &format!("{commit}:{prefix}")]);
    let listed: BTreeMap<_, _> = listed
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .filter(|(_, path)| !["app.py", "own/dirty"].contains(path))
        .map(|(entry, path)| (path.to_owned(), entry.replace(" blob", "")))
        .collect();
    let expected: BTreeMap<_, _> = files
        .iter()
        .map(|(path, content, mode)| {
            let blob = Blob::of(content, *mode).unwrap().to_string();
            ((*path).to_owned(), blob.replace(':', " "))
        })
        .collect();
    assert_eq!(listed, expected);
    let touched = sandbox.git(top, &["diff", "--name-only", &format!("{commit}~1"), commit]);
    assert!(touched.lines().all(|path| path.starts_with(prefix) && path != "app.py"), "{touched}");
    assert_eq!(sandbox.git(top, &["rev-list", "--count", "--parents", "-1", commit]), "1");
    assert_eq!(
        sandbox.git(top, &["log", "-1", "--format=%an|%ce|%s", commit]),
        "Acme|acme@example.com|shop: upgrade to 2"
    );
    sandbox.git(top, &["fsck", "--strict"]);
    // Folders that have become empty are gone from the tree too.
    assert!(
        !sandbox
            .git(top, &["ls-tree", "-r", "-t", commit])
            .contains("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    );
}

/// Asserts that all of the update is there, and nothing else has changed.
pub fn assert_updated(sandbox: &Sandbox, top: &str, prefix: &str) {
    assert_files(sandbox, top, prefix, &NEW);
    assert_committed(sandbox, top, prefix, "HEAD", &NEW);
    assert_eq!(sandbox.git(top, &["status", "--porcelain"]), OWN_WORK);
    assert_eq!(sandbox.git(top, &["show", ":app.py"]), "staged");
    let private = sandbox.git(top, &["rev-parse", "--git-path", "treenail"]);
    assert!(!sandbox.path(top).join(private).exists());
}
