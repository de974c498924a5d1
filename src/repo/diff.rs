//! Differences as Git shows them.

use std::fmt::Write;

use git2::{DiffOptions, Patch};

use crate::error::{Context, Result};

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

/// The difference between two contents of the file `path`; `None` stands for no file.
///
/// # Errors
/// libgit2 gives up.
pub fn diff(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<FileDiff> {
    let failed = || format!("cannot compare `{path}`");
    let mut options = DiffOptions::new();
    options.context_lines(3);
    let (before, after) = (old.unwrap_or_default(), new.unwrap_or_default());
    let mut made =
        Patch::from_buffers(before, Some(path.as_ref()), after, Some(path.as_ref()), Some(&mut options))
            .context(failed)?;
    let (_, added, removed) = made.line_stats().context(failed)?;
    let text = String::from_utf8_lossy(&made.to_buf().context(failed)?).into_owned();
    Ok(FileDiff { text: headed(&text, path, old.is_some(), new.is_some()), added, removed })
}

/// libgit2 takes no content for an empty file; a file that comes or goes is marked as Git marks it.
fn headed(text: &str, path: &str, was: bool, is: bool) -> String {
    if was && is {
        return text.to_owned();
    }
    let mut lines = String::with_capacity(text.len() + 40);
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("index ").and_then(|ids| ids.trim_end().split_once("..")) {
            Some((_, new)) if is => {
                let id = new.split(' ').next().unwrap_or(new);
                let _ = write!(lines, "new file mode 100644\nindex {ZERO}..{id}\n");
            }
            Some((old, _)) => {
                let _ = write!(lines, "deleted file mode 100644\nindex {old}..{ZERO}\n");
            }
            None => lines.push_str(line),
        }
    }
    let (mark, side) = if is { ("--- a/", "--- /dev/null\n") } else { ("+++ b/", "+++ /dev/null\n") };
    lines.replacen(&format!("{mark}{path}\n"), side, 1)
}

/// The abbreviated id of nothing.
const ZERO: &str = "0000000";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// Git applies the diff of a file that comes, changes and goes.
    #[test]
    fn git_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b.txt");
        for (old, new) in
            [(None, Some("one\n")), (Some("one\n"), Some("two\nthree")), (Some("two\nthree"), None)]
        {
            let bytes = |text: Option<&'static str>| text.map(str::as_bytes);
            let diff = diff("a b.txt", bytes(old), bytes(new)).unwrap();
            let patch = folder.path().join("patch");
            fs::write(&patch, &diff.text).unwrap();
            let mut git = Command::new("git");
            git.current_dir(folder.path())
                .env("GIT_CEILING_DIRECTORIES", folder.path())
                .args(["apply", "patch"]);
            let output = git.output().unwrap();
            assert!(output.status.success(), "{}\n{}", diff.text, String::from_utf8_lossy(&output.stderr));
            assert_eq!(fs::read_to_string(&file).ok().as_deref(), new);
        }
    }

    #[test]
    fn lines_are_counted() {
        let diff = diff("a", Some(b"one\ntwo\n"), Some(b"one\nthree\nfour\n")).unwrap();
        assert_eq!((diff.added, diff.removed), (2, 1));
    }
}
