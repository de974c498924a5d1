//! Recorded runs, as plain text files. `TREENAIL_BLESS=1 cargo test --test it cli::` records them anew.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines shown around a difference.
const CONTEXT: usize = 3;

/// Compares `text` with the snapshot `name`, byte for byte.
#[track_caller]
pub fn compare(name: &str, text: &str) {
    let path = folder().join(format!("{name}.txt"));
    let text = text_of(text);
    if env::var_os("TREENAIL_BLESS").is_some() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, &text).unwrap();
        return;
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        recorded == text,
        "this is not what `{}` says; if it is right, run: TREENAIL_BLESS=1 cargo test --test it cli::\n{}",
        path.display(),
        difference(&recorded, &text)
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/snapshots")
}

/// `text` without what changes with every change of the scaffold, and without what cannot be seen.
fn text_of(text: &str) -> String {
    let mut shown = String::new();
    for word in text.split_inclusive(|character: char| !character.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
        let is_count =
            shown.ends_with("wrote ") && !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
        let replaced = if is_commit(bare) {
            "[COMMIT]"
        } else if is_count {
            "[COUNT]"
        } else {
            bare
        };
        shown.push_str(replaced);
        shown.push_str(&word[bare.len()..].replace('\x1b', "<ESC>"));
    }
    shown
}

/// A commit's id, whole or as treenail shortens it.
fn is_commit(word: &str) -> bool {
    [10, 40].contains(&word.len())
        && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && word.bytes().any(|byte| byte.is_ascii_digit())
}

/// What lies between the first and the last line that differ.
fn difference(recorded: &str, text: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (recorded.lines().collect(), text.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let room = old.len().min(new.len()) - same;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(one, other)| one == other).count();
    let mut shown = String::new();
    let mut list = |sign: &str, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(shown, "{sign}{line}");
        }
    };
    list(" ", &old[same.saturating_sub(CONTEXT)..same]);
    list("-", &old[same..old.len() - tail]);
    list("+", &new[same..new.len() - tail]);
    list(" ", &old[old.len() - tail..][..tail.min(CONTEXT)]);
    shown
}

#[test]
fn a_difference_is_shown_with_its_surroundings() {
    assert_eq!(difference("a\nb\nc\nd\ne\n", "a\nb\nc\nx\ne\n"), " a\n b\n c\n-d\n+x\n e\n");
    assert_eq!(difference("a\na\n", "a\n"), " a\n-a\n");
    assert_eq!(difference("", "a\n"), "+a\n");
}

#[test]
fn what_changes_is_replaced() {
    assert_eq!(
        text_of("wrote 38 files to 2 places, commit cd099481b1\x1b[0m on main"),
        "wrote [COUNT] files to 2 places, commit [COMMIT]<ESC>[0m on main"
    );
}

/// A snapshot that no test compares anything with would never be noticed.
#[test]
fn every_snapshot_is_used() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli");
    let code: String = fs::read_dir(&sources)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(code.contains(&format!("\"{name}\"")), "`{}` belongs to no test", path.display());
    }
}
