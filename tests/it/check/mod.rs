//! `treenail check` against hostile files: whatever the bytes, it must not panic, hang or exhaust memory, and a fix must
//! leave every other byte as it was.
#![cfg(unix)]

mod arbitrary;
mod baseline;
mod caps;
mod changes;
mod corpus;
mod fix;
mod formats;
mod gate;
mod large;
mod mistakes;
mod settings;
mod standard_input;
mod suppressions;
