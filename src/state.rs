//! What treenail remembers inside the repositories it writes, in `.treenail/`: the answers, and a pristine copy of
//! every file, the base of later merges. Both are committed, so they survive squash merges, shallow clones and
//! the loss of this program's own scaffold.

pub mod amend;
pub mod answers_file;
pub mod base;
pub mod recorded;

/// The folder that holds the state; scaffolds may not write to it.
pub const FOLDER: &str = ".treenail";
