//! What is fuzzed: each target takes any bytes and must neither panic nor hang, and asserts what holds besides.
//! `tests/it/fuzz.rs` replays the kept inputs, so that this is a part of two programs.

mod checks;
mod inputs;
pub mod records;
pub mod report;
mod scaffolds;

pub type Target = fn(&[u8]);

/// Every target has a folder of inputs in `tests/fuzz/corpus`.
pub const TARGETS: [(&str, Target); 9] = [
    ("answers", records::answers),
    ("base", records::base),
    ("check", report::examine),
    ("edits", records::edits),
    ("journal", records::journal),
    ("json", checks::json),
    ("manifests", checks::manifests),
    ("patches", checks::patches),
    ("scaffold", scaffolds::scaffold),
];
