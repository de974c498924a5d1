//! What only the user can decide.

use std::fmt;

use crate::tree::File;

/// One path that could not be merged. Where all three entries are there, Git can show it as a conflict of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The path; for a move, the new one.
    pub path: String,
    /// Where the user's entry is, if the scaffold moved the file to `path`.
    pub from: Option<String>,
    /// Why it is one.
    pub kind: ConflictKind,
    /// The lines in conflict, in diff3 style; empty for anything but text.
    pub hunks: String,
    /// What the scaffold wrote last.
    pub base: Option<File>,
    /// What the user has; at `from`, if that is set.
    pub ours: Option<File>,
    /// What the user has at `path` itself.
    pub current: Option<File>,
    /// What the scaffold has now.
    pub theirs: Option<File>,
    /// The whole text to be mended by the user: with markers around the lines in conflict; for
    /// [`ConflictKind::Structure`] as it was merged, without any.
    pub marked: Option<Vec<u8>>,
}

/// Why there is a conflict. Its text completes a report's line that starts with the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both changed the same lines.
    BothChanged,
    /// Both added the file, differently.
    BothAdded,
    /// The user has another one than the scaffold, and what both come from is not known.
    Different,
    /// The user edited what the scaffold deleted.
    DeletedByScaffold,
    /// One made a link of a file or the other way round, and the other changed it.
    TypeChanged,
    /// Both changed a file that is no text.
    Binary,
    /// Both changed where a link leads.
    Link,
    /// The scaffold's file would stand where the user has a folder.
    FolderInTheWay {
        /// Something in that folder.
        other: String,
    },
    /// The scaffold's file would need a folder where the user has a file or a link, or its place is taken.
    FileInTheWay {
        /// That file.
        other: String,
    },
    /// The scaffold's file would differ from something else only in upper and lower case.
    CaseTwin {
        /// The path that has the other spelling.
        other: String,
    },
    /// The scaffold moved the file onto something else.
    MoveTargetTaken {
        /// What is in the way.
        other: String,
    },
    /// The lines merged, but what they say does not fit together.
    Structure {
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BothChanged => formatter.write_str("you and the scaffold changed the same lines"),
            Self::BothAdded => formatter.write_str("you and the scaffold added it, with different contents"),
            Self::Different => formatter.write_str("it is not what the scaffold writes"),
            Self::DeletedByScaffold => formatter.write_str("you edited it, the scaffold deleted it"),
            Self::TypeChanged => formatter
                .write_str("one side made a link of a file, or a file of a link, and the other changed it"),
            Self::Binary => formatter.write_str("you and the scaffold changed it, and it is no text"),
            Self::Link => formatter.write_str("you and the scaffold changed where the link leads"),
            Self::FolderInTheWay { other } => {
                write!(formatter, "the scaffold has a file where you have a folder (with `{other}`)")
            }
            Self::FileInTheWay { other } => {
                write!(formatter, "your `{other}` stands where the scaffold's file must go")
            }
            Self::CaseTwin { other } => {
                write!(formatter, "it differs from `{other}` only in upper and lower case")
            }
            Self::MoveTargetTaken { other } => {
                write!(formatter, "the scaffold moved your file here, but your `{other}` is in the way")
            }
            Self::Structure { reason } => write!(formatter, "the merged lines do not fit together: {reason}"),
        }
    }
}

/// The lines of `marked` from each opening marker to its closing one.
pub(super) fn hunks(marked: &str) -> String {
    let mut inside = false;
    let mut hunks = String::new();
    for line in marked.split_inclusive('\n') {
        inside |= line.starts_with("<<<<<<< ");
        if inside {
            hunks.push_str(line);
        }
        inside &= !line.starts_with(">>>>>>> ");
    }
    hunks
}
