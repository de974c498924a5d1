//! A file at a path and a change to it: the words in which the scaffold renders, `merge` compares, `git` reads and
//! `apply` writes.

use std::collections::{BTreeMap, BTreeSet};

/// The kinds of file that Git tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain file.
    Regular,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link; its content is the target.
    Link,
}

impl Mode {
    pub(crate) fn of_file(executable: bool) -> Self {
        if executable { Self::Executable } else { Self::Regular }
    }

    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Regular => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Link => 0o120_000,
        }
    }

    /// Converts from Git's mode; `None` for a folder or a submodule.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        // Old repositories have files of mode 664.
        match (bits & 0o170_000, bits & 0o100 != 0) {
            (0o100_000, executable) => Some(Self::of_file(executable)),
            (0o120_000, _) => Some(Self::Link),
            _ => None,
        }
    }
}

/// The mode and the bytes of a file or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its kind.
    pub mode: Mode,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl File {
    /// A file that is not a link.
    pub fn new(content: impl Into<Vec<u8>>, executable: bool) -> Self {
        Self { mode: Mode::of_file(executable), content: content.into() }
    }

    /// Whether it has the executable bit.
    pub fn is_executable(&self) -> bool {
        self.mode == Mode::Executable
    }

    pub(crate) fn is_link(&self) -> bool {
        self.mode == Mode::Link
    }
}

/// Files by path; paths are relative, with `/` between their parts.
pub type Tree = BTreeMap<String, File>;

/// Whether `path` leads out of the work tree, into a Git directory, or is not a relative path with `/` between its parts.
/// Such a path is never written to, whoever names it.
pub(crate) fn leaves_work_tree(path: &str) -> bool {
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    has_drive
        || path.contains('\\')
        || path.chars().any(char::is_control)
        || path.split('/').any(|part| matches!(part, "" | "." | "..") || is_git_directory(part))
}

/// Whether the file at `path` is one of those in which treenail records a project. They are stored and written byte for byte.
pub(crate) fn is_in_state_folder(path: &str) -> bool {
    path.rsplit('/').nth(1) == Some(".treenail")
}

/// Whether some file system takes the name for `.git`. NTFS has short names and streams, and drops dots and spaces at the
/// end; HFS+ ignores some characters; the rules are those of Git's `core.protectNTFS` and `core.protectHFS`.
pub(crate) fn is_git_directory(name: &str) -> bool {
    let is_ignored = |character| {
        matches!(character,
            '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
    };
    let name: String = name.chars().filter(|character| !is_ignored(*character)).collect();
    let name = name.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']).to_ascii_lowercase();
    let is_short = |id: &str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    name == ".git" || name.strip_prefix("git~").is_some_and(is_short)
}

/// A path with the file before and after; `None` for no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Relative, with `/` between its parts.
    pub path: &'a str,
    /// The file before.
    pub before: Option<&'a File>,
    /// The file after.
    pub after: Option<&'a File>,
}

/// The paths whose files differ, in order.
pub fn changes<'a>(before: &'a Tree, after: &'a Tree) -> Vec<Change<'a>> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes =
        paths.into_iter().map(|path| Change { path, before: before.get(path), after: after.get(path) });
    changes.filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_work_tree() {
        for path in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            ".",
            "..",
            "a/..",
            "../a",
            "a\\..\\b",
            "a\0",
            "a\nb",
            ".git",
            ".GIT/x",
            "a/.git/x",
            ".git./x",
            ".git  /x",
            "git~1",
            "GIT~2/x",
            ".git::$INDEX_ALLOCATION/x",
            ".g\u{200c}it/x",
            "C:/x",
            "c:x",
            "\u{feff}.git/x",
        ] {
            assert!(leaves_work_tree(path), "{path:?}");
        }
        for path in [
            "a",
            "a b/c",
            "..a/b",
            ".gitattributes",
            ".github/x",
            "git",
            "git~",
            "a.git/x",
            ".treenail/base",
            "é",
        ] {
            assert!(!leaves_work_tree(path), "{path:?}");
        }
    }
}
