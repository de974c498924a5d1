//! Recorded runs, one file each in `snapshots/`. `INSTA_UPDATE=always cargo test --test it cli::` records them anew.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// Compares `text` with the snapshot `name`.
#[track_caller]
pub fn compare(name: &str, text: &str) {
    let text = text_of(text);
    assert_eq!(text.len(), text.trim_end().len() + 1, "insta ignores space at the end, here:\n{text:?}");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let paths = |folder: &Path, extension: &str| {
        let paths = WalkDir::new(folder).into_iter().map(|entry| entry.unwrap().into_path());
        let paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|it| it == extension)).collect();
        assert!(!paths.is_empty());
        paths
    };
    let code: String = paths(&folder, "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for path in paths(&folder.join("cli/snapshots"), "snap") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(code.contains(&format!("\"{name}\"")), "`{}` belongs to no test", path.display());
    }
}
