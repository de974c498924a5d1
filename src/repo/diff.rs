//! Differences as Git shows them.

use git2::build::TreeUpdateBuilder;
use git2::{Diff, DiffFormat, DiffOptions, FileMode, Odb, Oid, Repository};

use crate::error::{Context, Result};
use crate::merge::{Entry, Mode};

/// How a file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// A unified diff that `git apply` takes.
    pub text: String,
    /// How many lines it adds.
    pub added: usize,
    /// How many lines it removes.
    pub removed: usize,
}

/// The difference between two states of the file `path`; `None` stands for no file.
///
/// # Errors
/// libgit2 gives up.
pub fn diff(path: &str, old: Option<&Entry>, new: Option<&Entry>) -> Result<FileDiff> {
    compared(path, old, new).context(|| format!("cannot compare `{path}`"))
}

/// Compares trees, not buffers: of these, libgit2 knows neither the modes nor whether there is a file at all.
fn compared(path: &str, old: Option<&Entry>, new: Option<&Entry>) -> Result<FileDiff, git2::Error> {
    let repo = Repository::from_odb(Odb::new()?)?;
    let objects = repo.odb()?;
    // The objects live in memory, and as long as this.
    let _memory = objects.add_new_mempack_backend(1)?;
    let trees = [tree(&repo, path, old)?, tree(&repo, path, new)?];
    let [old, new] = [repo.find_tree(trees[0])?, repo.find_tree(trees[1])?];
    let mut options = DiffOptions::new();
    // Said here, so that nobody's settings say otherwise.
    options.context_lines(3).show_binary(true).old_prefix("a/").new_prefix("b/");
    let diff = repo.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options))?;
    let stats = diff.stats()?;
    Ok(FileDiff { text: text(&diff)?, added: stats.insertions(), removed: stats.deletions() })
}

/// A tree that holds nothing but `entry`.
fn tree(repo: &Repository, path: &str, entry: Option<&Entry>) -> Result<Oid, git2::Error> {
    let empty = repo.treebuilder(None)?.write()?;
    let Some(entry) = entry else { return Ok(empty) };
    let mode = match entry.mode {
        Mode::File => FileMode::Blob,
        Mode::Executable => FileMode::BlobExecutable,
        Mode::Link => FileMode::Link,
    };
    let blob = repo.blob(&entry.content)?;
    TreeUpdateBuilder::new().upsert(path, blob, mode).create_updated(repo, &repo.find_tree(empty)?)
}

fn text(diff: &Diff) -> Result<String, git2::Error> {
    let mut text = Vec::new();
    diff.print(DiffFormat::Patch, |_, _, line| {
        if matches!(line.origin(), '+' | '-' | ' ') {
            text.push(line.origin() as u8);
        }
        text.extend_from_slice(line.content());
        true
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn entry(mode: Mode, content: &[u8]) -> Entry {
        Entry { mode, content: content.to_vec() }
    }

    fn apply(folder: &Path, patch: &str) {
        fs::write(folder.join("patch"), patch).unwrap();
        let mut git = Command::new("git");
        git.current_dir(folder).env("GIT_CEILING_DIRECTORIES", folder).args(["apply", "patch"]);
        let output = git.output().unwrap();
        assert!(output.status.success(), "{patch}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Git applies the diff of a file that comes, changes in all ways and goes.
    #[test]
    fn git_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let states = [
            None,
            Some(entry(Mode::Executable, b"one\n")),
            Some(entry(Mode::File, b"one\n")),
            Some(entry(Mode::Executable, b"two\nthree")),
            Some(entry(Mode::File, b"\0\xff\0")),
            Some(entry(Mode::File, b"")),
            None,
            Some(entry(Mode::File, b"")),
        ];
        for path in ["a b.txt", "sub/gr\u{f6}\u{df}e \"x\".txt"] {
            for pair in states.windows(2) {
                apply(folder.path(), &diff(path, pair[0].as_ref(), pair[1].as_ref()).unwrap().text);
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
    fn modes_are_told() {
        let [plain, program] = [Mode::File, Mode::Executable].map(|mode| entry(mode, b"one\n"));
        let text = diff("a", Some(&plain), Some(&program)).unwrap().text;
        assert_eq!(text, "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n");
        assert!(diff("a", None, Some(&program)).unwrap().text.contains("\nnew file mode 100755\n"));
    }

    #[test]
    fn lines_are_counted() {
        let [old, new] = ["one\ntwo\n", "one\nthree\nfour\n"].map(|text| entry(Mode::File, text.as_bytes()));
        let diff = diff("a", Some(&old), Some(&new)).unwrap();
        assert_eq!((diff.added, diff.removed), (2, 1));
    }
}
