//! Differences as Git shows them.

use std::collections::BTreeMap;

use git2::build::TreeUpdateBuilder;
use git2::{Diff, DiffDelta, DiffFormat, DiffOptions, FileMode, Odb, Repository};

use crate::error::{Context, Result};
use crate::tree::{Change, File, Mode};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileDiff {
    /// A unified diff for `git apply`, in the encoding of the file.
    pub(crate) text: Vec<u8>,
    /// The number of added lines.
    pub(crate) added: usize,
    /// The number of removed lines.
    pub(crate) removed: usize,
    pub(crate) is_binary: bool,
}

/// Returns the diffs of `changes` by path; changes with equal sides are left out.
pub(crate) fn diff(changes: &[Change]) -> Result<BTreeMap<String, FileDiff>> {
    compared(changes).context(|| "cannot compare files".to_owned())
}

/// Compares trees, not buffers, for which libgit2 knows neither modes nor whether the file exists.
fn compared(changes: &[Change]) -> Result<BTreeMap<String, FileDiff>, git2::Error> {
    let repo = Repository::from_odb(Odb::new()?)?;
    let objects = repo.odb()?;
    // Holds the objects in memory.
    let _memory = objects.add_new_mempack_backend(1)?;
    let (mut old, mut new) = (TreeUpdateBuilder::new(), TreeUpdateBuilder::new());
    for &Change { path, before, after } in changes {
        add(&repo, &mut old, path, before)?;
        add(&repo, &mut new, path, after)?;
    }
    let empty = repo.find_tree(repo.treebuilder(None)?.write()?)?;
    let [old, new] = [old.create_updated(&repo, &empty)?, new.create_updated(&repo, &empty)?];
    let [old, new] = [repo.find_tree(old)?, repo.find_tree(new)?];
    let mut options = DiffOptions::new();
    // Set explicitly, so that the user's settings do not matter.
    options.context_lines(3).show_binary(true).old_prefix("a/").new_prefix("b/");
    by_path(&repo.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options))?)
}

fn add(
    repo: &Repository,
    tree: &mut TreeUpdateBuilder,
    path: &str,
    entry: Option<&File>,
) -> Result<(), git2::Error> {
    let Some(entry) = entry else { return Ok(()) };
    let mode = match entry.mode {
        Mode::Regular => FileMode::Blob,
        Mode::Executable => FileMode::BlobExecutable,
        Mode::Link => FileMode::Link,
    };
    tree.upsert(path, repo.blob(&entry.content)?, mode);
    Ok(())
}

/// Collects the diffs by path: a file that became a link, or vice versa, is two deltas of one path.
fn by_path(diff: &Diff) -> Result<BTreeMap<String, FileDiff>, git2::Error> {
    let mut diffs: BTreeMap<String, FileDiff> = BTreeMap::new();
    diff.print(DiffFormat::Patch, |delta, _, line| {
        let file = diffs.entry(path_of(&delta)).or_default();
        match line.origin() {
            '+' => file.added += 1,
            '-' => file.removed += 1,
            'B' => file.is_binary = true,
            _ => {}
        }
        if matches!(line.origin(), '+' | '-' | ' ') {
            file.text.push(line.origin() as u8);
        }
        file.text.extend_from_slice(line.content());
        true
    })?;
    Ok(diffs)
}

fn path_of(delta: &DiffDelta) -> String {
    let path = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes());
    String::from_utf8_lossy(path.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn entry(mode: Mode, content: &[u8]) -> File {
        File { mode, content: content.to_vec() }
    }

    fn one(path: &str, old: Option<&File>, new: Option<&File>) -> FileDiff {
        diff(&[Change { path, before: old, after: new }]).unwrap().remove(path).unwrap()
    }

    fn apply(folder: &Path, patch: &[u8]) {
        fs::write(folder.join("patch"), patch).unwrap();
        let mut git = Command::new("git");
        git.current_dir(folder).env("GIT_CEILING_DIRECTORIES", folder).args(["apply", "patch"]);
        let output = git.output().unwrap();
        let shown = [patch, &output.stderr].map(String::from_utf8_lossy).join("\n");
        assert!(output.status.success(), "{shown}");
    }

    /// Git applies the diffs of a file that is added, changed in every way and deleted.
    #[test]
    fn git_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let states = [
            None,
            Some(entry(Mode::Executable, b"one\n")),
            Some(entry(Mode::Regular, b"one\n")),
            Some(entry(Mode::Executable, b"two\nthree")),
            Some(entry(Mode::Regular, b"\0\xff\0")),
            Some(entry(Mode::Regular, b"caf\xe9\n")),
            Some(entry(Mode::Regular, b"")),
            None,
            Some(entry(Mode::Regular, b"")),
        ];
        for path in ["a b.txt", "sub/gr\u{f6}\u{df}e \"x\".txt"] {
            for pair in states.windows(2) {
                apply(folder.path(), &one(path, pair[0].as_ref(), pair[1].as_ref()).text);
                let found = fs::read(folder.path().join(path)).ok();
                assert_eq!(
                    found.as_deref(),
                    pair[1].as_ref().map(|entry| entry.content.as_slice()),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn modes_are_shown() {
        let [plain, program] = [Mode::Regular, Mode::Executable].map(|mode| entry(mode, b"one\n"));
        let text = one("a", Some(&plain), Some(&program)).text;
        assert_eq!(text, b"diff --git a/a b/a\nold mode 100644\nnew mode 100755\n");
        let text = String::from_utf8(one("a", None, Some(&program)).text).unwrap();
        assert!(text.contains("\nnew file mode 100755\n"), "{text}");
    }

    #[test]
    fn lines_are_counted() {
        let [old, new] =
            ["one\ntwo\n", "one\nthree\nfour\n"].map(|text| entry(Mode::Regular, text.as_bytes()));
        let diff = one("a", Some(&old), Some(&new));
        assert_eq!((diff.added, diff.removed, diff.is_binary), (2, 1, false));
        let binary = one("a", Some(&old), Some(&entry(Mode::Regular, b"\0")));
        assert_eq!((binary.added, binary.removed, binary.is_binary), (0, 0, true));
    }

    /// All changes at once: files that become folders, links or nothing.
    #[test]
    fn many_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |content: &str| Some(entry(Mode::Regular, content.as_bytes()));
        let table = [
            ("a", file("one\n"), None),
            ("a/x", None, file("two\n")),
            ("gone", file("gone\n"), None),
            ("link", file("one\n"), Some(entry(Mode::Link, b"same"))),
            ("same", file("same\n"), file("same\n")),
        ];
        let apply_all = |changes: Vec<Change>| {
            let diffs = diff(&changes).unwrap();
            apply(folder.path(), &diffs.values().flat_map(|file| file.text.clone()).collect::<Vec<u8>>());
            diffs.into_keys().collect::<Vec<_>>()
        };
        let come =
            table.iter().map(|(path, before, _)| Change { path, before: None, after: before.as_ref() });
        assert_eq!(apply_all(come.collect()), ["a", "gone", "link", "same"]);
        let change = table.iter().map(|(path, before, after)| Change {
            path,
            before: before.as_ref(),
            after: after.as_ref(),
        });
        assert_eq!(apply_all(change.collect()), ["a", "a/x", "gone", "link"]);
        assert_eq!(fs::read(folder.path().join("a/x")).unwrap(), b"two\n");
        assert_eq!(fs::read_link(folder.path().join("link")).unwrap(), Path::new("same"));
        assert!(!folder.path().join("gone").exists());
    }
}
