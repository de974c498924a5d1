//! Rules and their model read manifests as `RenderedValue`; nodes are for what is about the text of a file.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

const ABOUT_TEXT: [&str; 2] = ["rules/syntax", "rules/yaml11"];

#[test]
fn rules_read_rendered_values() {
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    let mut wrong = Vec::new();
    for entry in ["rules", "model"].iter().flat_map(|folder| WalkDir::new(check.join(folder))) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&check).unwrap().display().to_string();
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let reads_nodes =
                ["yaml::node", ".root()", ".roots()", ".documents"].iter().any(|it| text.contains(it));
            if reads_nodes != ABOUT_TEXT.iter().any(|folder| path.starts_with(folder)) {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "these should read `RenderedValue` only: {wrong:#?}");
}
