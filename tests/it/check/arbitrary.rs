//! Any bytes, any characters, and manifests with any damage.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use walkdir::WalkDir;

use crate::fuzz::targets::report;

/// What the readers of YAML trip over.
const PIECES: [&str; 32] = [
    "apiVersion: v1\nkind: A\n",
    "metadata: {name: a}\n",
    "on: ",
    "yes",
    "012",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a",
    "<<: *a\n",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "#",
    "--- ",
    "...\n",
    "%YAML 1.2\n",
    "!!str ",
    "# treenail: allow TN003",
    "\u{feff}é",
];

/// A change of a file.
#[derive(Clone, Debug)]
enum Damage {
    Put(Index, Vec<u8>),
    Cut(Index, usize),
    Move(Index, usize, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let piece = select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec());
    prop_oneof![
        (any::<Index>(), prop_oneof![piece, prop::collection::vec(any::<u8>(), 1..4)])
            .prop_map(|(at, bytes)| Damage::Put(at, bytes)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<Index>(), 1..200_usize, any::<Index>())
            .prop_map(|(at, length, to)| Damage::Move(at, length, to)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: Vec<Damage>) -> Vec<u8> {
    for damage in damages {
        let place = |at: Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match damage {
            Damage::Put(at, new) => {
                let at = place(at, &bytes);
                bytes.splice(at..at, new);
            }
            Damage::Cut(at, length) => {
                let at = place(at, &bytes);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Damage::Move(at, length, to) => {
                let at = place(at, &bytes);
                let part: Vec<u8> = bytes.drain(at..(at + length).min(bytes.len())).collect();
                let to = place(to, &bytes);
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

/// Manifests as they are written.
fn golden() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/everything");
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|name| name == "yaml"));
    let files: Vec<_> = files.map(|entry| fs::read(entry.path()).unwrap()).collect();
    assert!(files.len() > 20);
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        report::examine(&bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(select(&PIECES[..]), 0..40)) {
        report::examine(pieces.concat().as_bytes());
    }

    #[test]
    #[ignore = "takes long"]
    fn any_damage(
        file in select(golden()),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        report::examine(&damaged(file, damages));
    }
}
