//! A name stands for one type in the whole crate, so that a reader never has to ask which one is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

#[test]
fn public_type_names_are_unique() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // A file may define a type once for each platform.
    let mut files = BTreeMap::<String, BTreeSet<String>>::new();
    for entry in WalkDir::new(&src).sort_by_file_name().into_iter().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let path = entry.path().strip_prefix(&src).unwrap().display();
            for name in fs::read_to_string(entry.path()).unwrap().lines().filter_map(public_type) {
                files.entry(name.to_owned()).or_default().insert(path.to_string());
            }
        }
    }
    assert!(files.contains_key("Error"));
    files.retain(|_, paths| paths.len() > 1);
    assert!(files.is_empty(), "several types share a name: {files:#?}");
}

/// The name of the type that a line makes visible to other modules.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
    let (keyword, rest) = rest.trim_start().split_once(' ')?;
    let name = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    ["enum", "struct", "trait", "type", "union"].contains(&keyword).then_some(name)
}
