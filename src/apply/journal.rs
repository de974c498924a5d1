//! The record of an update of a work tree, from which it is completed or undone if it failed or was killed. It suffices
//! without the staging folder: all contents are in Git's object database.

use std::path::{Path, PathBuf};

use crate::git::{Blob, CommitId, Delta, Head, Pick};

const HEADER: &str = "treenail journal 2";

/// The planned changes of an update, with paths relative to the root of the work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(crate) staging: String,
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
}

impl Journal {
    pub(super) fn new(root: &Path, staging: &Path, ending: Ending, deltas: &[Delta]) -> Self {
        let staging = staging.strip_prefix(root).unwrap_or(staging).to_string_lossy().into_owned();
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
            format!("staging {}", self.staging),
            format!("ending {}", self.ending.to_words()),
        ];
        lines.extend(self.folders.iter().map(|folder| format!("folder {folder}")));
        lines.extend(self.deltas.iter().map(|delta| format!("change {}", delta.to_line())));
        lines.join("\n") + "\n"
    }

    /// Parses the output of [`Journal::to_text`]; `None` for any other text.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let staging = lines.next()?.strip_prefix("staging ")?.to_owned();
        let ending = Ending::from_words(lines.next()?.strip_prefix("ending ")?)?;
        let mut journal = Self { staging, ending, folders: Vec::new(), deltas: Vec::new() };
        for line in lines {
            match line.split_once(' ')? {
                ("folder", folder) => journal.folders.push(folder.to_owned()),
                ("change", delta) => journal.deltas.push(Delta::from_line(delta)?),
                _ => return None,
            }
        }
        Some(journal)
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
        Journal::new(nowhere, &nowhere.join(".shop.treenail-new"), ending, &deltas)
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
        ] {
            let journal = journal(ending);
            assert_eq!(Journal::from_text(&journal.to_text()), Some(journal));
        }
        assert_eq!(
            journal(Ending::Files).to_text(),
            "treenail journal 2\nstaging .shop.treenail-new\nending files\nfolder a b\nfolder a b/deploy\n\
             change - 100755:c1b0730e0133447badcfd47fd144e254807b06e1 a b/deploy/run.sh\n\
             change 100644:c1b0730e0133447badcfd47fd144e254807b06e1 - old/file\n"
        );
    }

    #[test]
    fn other_texts_are_no_journal() {
        let text = journal(Ending::Files).to_text();
        for other in [
            "",
            "treenail journal 1\nstaging x\n",
            "treenail journal 2\n",
            "treenail journal 2\nstaging x\n",
            &text.replace("100755", "160000"),
            &text.replace("c1b0", "none"),
            &text.replace("ending files", "ending soon"),
            &text.replace("ending files", "ending commit"),
            &text[..text.len() - 1],
        ] {
            assert_eq!(Journal::from_text(other), None, "{other}");
        }
    }
}
