//! Trees on disk: read, written, compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use walkdir::WalkDir;

use crate::common::programs;
use crate::support::{Entry, Tree};
use treenail::project::base;

/// The names of the folders in `folder`, sorted.
pub fn folders(folder: &Path) -> Vec<String> {
    let entries = WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name().into_iter();
    let folders = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_dir());
    folders.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect()
}

/// Every file below `root` but Git's own; none where there is no such folder yet.
pub fn read(root: &Path) -> Tree {
    let mut found = BTreeMap::new();
    if !root.exists() {
        return Tree::new(found);
    }
    let entries = WalkDir::new(root).into_iter().filter_entry(|entry| entry.file_name() != ".git");
    for entry in entries.map(Result::unwrap).filter(|entry| !entry.file_type().is_dir()) {
        assert!(entry.file_type().is_file(), "{} is no plain file", entry.path().display());
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
        found.insert(path, Entry { content: fs::read(entry.path()).unwrap(), executable });
    }
    Tree::new(found)
}

/// Makes `root` hold `tree` and nothing else.
pub fn replace(root: &Path, tree: &Tree) {
    if root.exists() {
        fs::remove_dir_all(root).unwrap();
    }
    fs::create_dir_all(root).unwrap();
    for (path, entry) in &tree.files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &entry.content).unwrap();
        let mode = if entry.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// How two trees differ, for people: without the archive of all files, unless nothing else differs.
pub fn difference(golden: &Tree, generated: &Tree) -> String {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    let others =
        |tree: &Tree| tree.files.keys().filter(|path| *path != base::PATH).cloned().collect::<Vec<_>>();
    let archive_alone = others(golden) == others(generated)
        && others(golden).iter().all(|path| golden.files[path] == generated.files[path]);
    for (name, tree) in [("golden", golden), ("generated", generated)] {
        replace(&root.join(name), tree);
        if !archive_alone {
            let _ = fs::remove_file(root.join(name).join(base::PATH));
        }
    }
    let mut git = programs::command("git", root);
    let output =
        git.current_dir(root).args(["diff", "--no-index", "--no-renames", "--no-color", "--no-prefix"]);
    let output = output.args(["golden", "generated"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
