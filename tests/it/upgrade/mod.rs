//! `treenail upgrade`, `status`, `diff` and `restore` through the binary, on small scaffolds in several versions, with the real
//! `git` as the judge of what is left behind.
#![cfg(unix)]

mod adopt;
mod answers;
mod around;
mod at_once;
mod branches;
mod bytes;
mod cases;
mod commits;
mod conflicts;
mod diff;
mod dry;
mod edits;
mod faults;
mod files;
mod flags;
mod manifests;
mod names;
mod obstacles;
mod options;
mod place;
mod recorded;
mod recovery;
mod restore;
mod scaffold;
mod several;
mod status;
mod versions;
