//! `treenail watch` with a `kubectl` whose answers are prepared.
#![cfg(unix)]

mod cluster;
mod failures;
mod progress;
mod pushed;
mod requests;
mod scaffold;
mod terminal;
