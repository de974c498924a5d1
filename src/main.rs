//! The `treenail` command: parse, run, exit.
fn main() {}
