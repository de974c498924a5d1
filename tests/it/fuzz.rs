//! Replays the inputs that fuzzing has kept in `tests/fuzz/corpus`, so that what was fixed once stays fixed. `tests/fuzz/run`
//! finds new ones.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use treenail::project::base;

#[path = "../fuzz/targets/mod.rs"]
pub mod targets;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

#[test]
fn every_kept_input_passes() {
    let mut failed = Vec::new();
    for (name, target) in targets::TARGETS {
        let inputs = entries(&corpus().join(name));
        assert!(!inputs.is_empty(), "no inputs for `{name}`");
        for input in inputs {
            let bytes = fs::read(&input).unwrap();
            if catch_unwind(|| target(&bytes)).is_err() {
                failed.push(input.display().to_string());
            }
        }
    }
    assert!(failed.is_empty(), "these inputs fail:\n{}", failed.join("\n"));
}

/// Otherwise fuzzing would stop at the first checksum.
#[test]
fn kept_bases_are_read_once_their_checksums_are_right() {
    for (name, count) in [("format-2", Some(2)), ("format-3", Some(3)), ("format-2-outside", None)] {
        let bytes = fs::read(corpus().join("base").join(name)).unwrap();
        let read = base::read(&targets::records::checksummed(&bytes));
        assert_eq!(read.as_ref().ok().map(Vec::len), count, "{name}: {read:?}");
        assert!(base::read(&bytes).unwrap_err().message.contains("its checksum does not match"), "{name}");
    }
    let outside = fs::read(corpus().join("base/format-2-outside")).unwrap();
    let error = base::read(&targets::records::checksummed(&outside)).unwrap_err();
    assert!(error.message.contains("`../x` leaves its folder"), "{error}");
}

#[test]
fn every_folder_of_inputs_has_a_target() {
    let folders: BTreeSet<_> =
        entries(&corpus()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    let targets = targets::TARGETS.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(folders, targets);
}
