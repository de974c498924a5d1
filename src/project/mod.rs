//! What treenail remembers inside the repositories it writes, in `.treenail/`: the answers, and a pristine copy of
//! every file, the base of later merges. Both are committed, so they survive squash merges, shallow clones and
//! the loss of this program's own scaffold.

pub(crate) mod adopt;
pub(crate) mod amend;
pub mod answers_file;
pub mod base;
pub(crate) mod file_status;
pub mod recorded;
pub(crate) mod recovery;
pub(crate) mod target;
pub(crate) mod upgrade;

/// The folder that holds the state; scaffolds may not write to it.
pub(crate) const FOLDER: &str = ".treenail";

/// The number of the first line in which a merge has left a marker.
pub(crate) fn merge_marker(text: &[u8]) -> Option<usize> {
    let is_marker = |line: &[u8]| line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>");
    text.split(|byte| *byte == b'\n').position(is_marker).map(|index| index + 1)
}
