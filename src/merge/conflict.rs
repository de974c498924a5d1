//! What only the user can decide.

use std::fmt;

use crate::tree::File;

/// A path that could not be merged. If all three files exist, Git can show it as a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// For a move, the new path.
    pub path: String,
    /// The path of the user's file, if the scaffold moved it to `path`.
    pub from: Option<String>,
    /// Why.
    pub kind: ConflictKind,
    /// The lines in conflict, in diff3 style; empty for anything but text.
    pub hunks: String,
    /// The file that the scaffold wrote last.
    pub base: Option<File>,
    /// The user's file; at `from`, if that is set.
    pub ours: Option<File>,
    /// The user's file at `path` itself.
    pub current: Option<File>,
    /// The file that the scaffold writes now.
    pub theirs: Option<File>,
    /// The text for the user to resolve: with markers around the lines in conflict; for [`ConflictKind::Structure`] as it was
    /// merged, without any.
    pub marked: Option<Vec<u8>>,
}

/// Why there is a conflict. Its text completes a report's line that starts with the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both changed the same lines.
    BothChanged,
    /// Both added the file, differently.
    BothAdded,
    /// The user's file differs from the scaffold's, and the base is lost.
    Different,
    /// The user edited what the scaffold deleted.
    DeletedByScaffold,
    /// One side turned a file into a link or vice versa, and the other changed it.
    TypeChanged,
    /// Both changed a binary file.
    Binary,
    /// Both sides changed the target of a link.
    Link,
    /// The user has a folder at the path of the scaffold's file.
    FolderInTheWay {
        /// A path in that folder.
        other: String,
    },
    /// The user has a file or link at the path of the scaffold's file or of one of its parent folders.
    FileInTheWay {
        /// Something in that folder.
        other: String,
    },
    /// The path of the scaffold's file differs from another path only in case.
    CaseTwin {
        /// Something in that folder.
        other: String,
    },
    /// The scaffold moved the file to a path that is taken.
    MoveTargetTaken {
        /// Something in that folder.
        other: String,
    },
    /// The lines merged, but the result is invalid.
    Structure {
        /// What is wrong.
        reason: String,
    },
}

impl ConflictKind {
    /// Whether it is about a path that is taken, by what the scaffold does not know: then neither side can be preferred,
    /// because that could delete any number of the user's files.
    pub(crate) fn is_in_the_way(&self) -> bool {
        self.obstacle().is_some()
    }

    /// Returns the user's path that is in the way.
    pub(crate) fn obstacle(&self) -> Option<&str> {
        match self {
            Self::FolderInTheWay { other }
            | Self::FileInTheWay { other }
            | Self::CaseTwin { other }
            | Self::MoveTargetTaken { other } => Some(other),
            _ => None,
        }
    }
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

/// Returns the lines of `marked` from each opening marker to its closing one.
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
