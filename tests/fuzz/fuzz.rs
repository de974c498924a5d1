//! The fuzzer of all targets. One program, because building it takes longer than anything else; the environment says which
//! target runs, and `tests/fuzz/run` sets it.

#![no_main]

use std::env;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

mod targets;

use targets::{TARGETS, Target};

fuzz_target!(|bytes: &[u8]| {
    static TARGET: OnceLock<Target> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let wanted = env::var("TREENAIL_FUZZ_TARGET").unwrap_or_default();
        let found = TARGETS.iter().find(|(name, _)| *name == wanted);
        found.map_or_else(|| panic!("unknown target `{wanted}`"), |(_, target)| *target)
    });
    target(bytes);
});
