//! `treenail check` against files that nobody would write: it must neither panic nor hang nor take all memory, whatever
//! the bytes, and what it mends must stay what it was everywhere else.
#![cfg(unix)]

mod arbitrary;
mod corpus;
mod fixing;
mod formats;
mod large;
mod mistakes;
mod sound;
