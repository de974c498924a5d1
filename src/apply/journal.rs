//! The record of an update of a work tree, from which it is completed or undone if it failed or was killed. It suffices
//! without the staging folder: all contents are in Git's object database.
//!
//! [`super::record`] proves who wrote a journal. All the same, none names a path outside of the work tree or in a Git
//! directory.

use std::path::{Path, PathBuf};

use crate::fs::STAGING_PREFIX;
use crate::git::{Blob, CommitId, Delta, Head, Pick};
use crate::tree::leaves_work_tree;

const HEADER: &str = "treenail journal 3";
const IN_GIT_DIRECTORY: &str = "-";

/// The planned changes of an update, with paths relative to the root of the work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    /// The staging folder in the work tree; `None` if it is in the Git directory.
    pub(crate) staging: Option<String>,
    pub(crate) ending: Ending,
    /// The new folders, outermost first.
    pub(crate) folders: Vec<String>,
    pub(crate) deltas: Vec<Delta>,
}

/// The last step of an update, which determines what a later run does if it was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Not known yet. A later run undoes the update, since Git does not have all the contents.
    Unknown,
    Files,
    /// Moving the branch from `head` to `commit`.
    Commit {
        head: Head,
        commit: CommitId,
    },
    /// Running `git commit` with a message stored as a blob.
    Command {
        head: Head,
        message: Blob,
    },
    /// Starting a pick to resolve conflicts. A later run undoes the update: this step is void without the
    /// others.
    Pick(Pick),
    /// Giving up a pick that waits. A later run goes on with it.
    Abort(Pick),
}

impl Journal {
    pub(super) fn new(root: &Path, staging: Option<String>, ending: Ending, deltas: &[Delta]) -> Self {
        let mut folders: Vec<String> = Vec::new();
        for delta in deltas.iter().filter(|delta| delta.after.is_some()) {
            for (end, _) in delta.path.match_indices('/') {
                let folder = &delta.path[..end];
                if !root.join(folder).is_dir() && !folders.iter().any(|known| known == folder) {
                    folders.push(folder.to_owned());
                }
            }
        }
        Self { staging, ending, folders, deltas: deltas.to_vec() }
    }

    pub(super) fn folders(&self, root: &Path) -> Vec<PathBuf> {
        self.folders.iter().map(|folder| root.join(folder)).collect()
    }

    pub(super) fn to_text(&self) -> String {
        let mut lines = vec![
            HEADER.to_owned(),
            format!("staging {}", self.staging.as_deref().unwrap_or(IN_GIT_DIRECTORY)),
            format!("ending {}", self.ending.to_words()),
        ];
        lines.extend(self.folders.iter().map(|folder| format!("folder {folder}")));
        lines.extend(self.deltas.iter().map(|delta| format!("change {}", delta.to_line())));
        lines.join("\n") + "\n"
    }

    /// Returns every path that the journal names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let changed = self.deltas.iter().map(|delta| &delta.path);
        changed.chain(&self.folders).chain(&self.staging).map(String::as_str)
    }

    fn is_sound(&self) -> bool {
        let is_staging = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            name.strip_prefix(STAGING_PREFIX)
                .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        };
        self.staging.iter().all(is_staging) && !self.paths().any(leaves_work_tree)
    }

    /// Parses the output of [`Journal::to_text`]; `None` for any other text, or one that names a path outside of the work
    /// tree.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let staging = lines.next()?.strip_prefix("staging ")?;
        let staging = (staging != IN_GIT_DIRECTORY).then(|| staging.to_owned());
        let ending = Ending::from_words(lines.next()?.strip_prefix("ending ")?)?;
        let mut journal = Self { staging, ending, folders: Vec::new(), deltas: Vec::new() };
        for line in lines {
            match line.split_once(' ')? {
                ("folder", folder) => journal.folders.push(folder.to_owned()),
                ("change", delta) => journal.deltas.push(Delta::from_line(delta)?),
                _ => return None,
            }
        }
        journal.is_sound().then_some(journal)
    }
}

impl Ending {
    fn to_words(&self) -> String {
        match self {
            Self::Unknown => "unknown".to_owned(),
            Self::Files => "files".to_owned(),
            Self::Commit { head, commit } => format!("commit {commit} {}", head.to_words()),
            Self::Command { head, message } => format!("command {message} {}", head.to_words()),
            Self::Pick(pick) => format!("pick {pick}"),
            Self::Abort(pick) => format!("abort {pick}"),
        }
    }

    fn from_words(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let kind = words.next()?;
        let id = words.next();
        let mut head = || Head::from_words(words.next()?);
        Some(match kind {
            "unknown" => Self::Unknown,
            "files" => Self::Files,
            "commit" => Self::Commit { commit: CommitId::parse(id?)?, head: head()? },
            "command" => Self::Command { message: Blob::from_word(id?)?, head: head()? },
            "pick" => Self::Pick(Pick::parse(id?)?),
            "abort" => Self::Abort(Pick::parse(id?)?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Mode;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn journal(ending: Ending) -> Journal {
        let blob = |content: &[u8], mode| Some(Blob::of(content, mode).unwrap());
        let nowhere = Path::new("/nowhere");
        let deltas = [
            Delta {
                path: "a b/deploy/run.sh".into(),
                before: None,
                after: blob(b"x", Mode::Executable),
                edited: None,
            },
            Delta { path: "old/file".into(), before: blob(b"x", Mode::Regular), after: None, edited: None },
        ];
        Journal::new(nowhere, None, ending, &deltas)
    }

    #[test]
    fn a_journal_reads_back() {
        let head = Head::from_words(&format!("refs/heads/main {COMMIT}")).unwrap();
        let message = Blob::of(b"message", Mode::Regular).unwrap();
        for ending in [
            Ending::Unknown,
            Ending::Files,
            Ending::Commit { head: head.clone(), commit: CommitId::parse(COMMIT).unwrap() },
            Ending::Command { head: Head::from_words("refs/heads/main -").unwrap(), message },
            Ending::Pick(Pick::parse(COMMIT).unwrap()),
            Ending::Abort(Pick::parse(COMMIT).unwrap()),
        ] {
            let journal = journal(ending);
            assert_eq!(Journal::from_text(&journal.to_text()), Some(journal));
        }
        assert_eq!(
            journal(Ending::Files).to_text(),
            "treenail journal 3\nstaging -\nending files\nfolder a b\nfolder a b/deploy\n\
             change - 100755:c1b0730e0133447badcfd47fd144e254807b06e1 a b/deploy/run.sh\n\
             change 100644:c1b0730e0133447badcfd47fd144e254807b06e1 - old/file\n"
        );
    }

    #[test]
    fn other_texts_are_no_journal() {
        let text = journal(Ending::Files).to_text();
        for other in [
            "",
            "treenail journal 2\nstaging -\nending files\n",
            "treenail journal 3\n",
            "treenail journal 3\nstaging -\n",
            &text.replace("100755", "160000"),
            &text.replace("c1b0", "none"),
            &text.replace("ending files", "ending soon"),
            &text.replace("ending files", "ending commit"),
            &text[..text.len() - 1],
        ] {
            assert_eq!(Journal::from_text(other), None, "{other}");
        }
    }

    #[test]
    fn a_journal_that_leaves_the_work_tree_is_none() {
        let text = journal(Ending::Files).to_text();
        let elsewhere = [
            "../x",
            "/etc/x",
            "a/../../x",
            "./x",
            "a//b",
            "",
            ".git/hooks/post-checkout",
            "sub/.GIT/config",
            ".git./config",
            ".git /config",
            "git~1/config",
            ".g\u{200c}it/config",
            ".git::$INDEX_ALLOCATION/config",
            "a\\..\\x",
            "a\0b",
            "a\rb",
        ];
        for path in elsewhere {
            for kept in ["deploy/run.sh", "old/file"] {
                let planted = text.replace(&format!(" a b/{kept}\n"), &format!(" {path}\n"));
                let planted = planted.replace(&format!(" {kept}\n"), &format!(" {path}\n"));
                assert_ne!(planted, text);
                assert_eq!(Journal::from_text(&planted), None, "{path:?}");
            }
            assert_eq!(Journal::from_text(&text.replace("folder a b\n", &format!("folder {path}\n"))), None);
            assert_eq!(Journal::from_text(&text.replace("staging -", &format!("staging {path}"))), None);
        }
        for staging in ["x", ".treenail-", ".treenail-a.b", "../.treenail-ab", "a/.treenail-ab/b"] {
            assert_eq!(Journal::from_text(&text.replace("staging -", &format!("staging {staging}"))), None);
        }
        for staging in [".treenail-0a", "a b/.treenail-0a"] {
            let text = text.replace("staging -", &format!("staging {staging}"));
            assert_eq!(Journal::from_text(&text).unwrap().to_text(), text);
        }
    }
}
