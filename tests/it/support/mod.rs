//! What every generated repository is measured with, whichever answers it was made from: the golden ones and those
//! of random answers.

mod answers;
mod facts;
mod invariants;
mod tree;
pub mod yaml;

use treenail::check::{self, FileContent, Files, Severity};

pub use facts::Facts;
pub use tree::{Entry, Tree};
pub use yaml::documents;

/// Asserts all that holds for every generated repository: each answer is where it belongs, the design's invariants
/// are kept, and no template is left unfinished. That both YAML readers agree was found out when `tree` was made.
pub fn assert_sound(tree: &Tree, facts: &Facts) {
    answers::assert_all(tree, facts);
    invariants::assert_all(tree, facts);
    assert_finished(tree);
}

/// Asserts that `treenail check` has nothing against it; notes are for the user to weigh.
pub fn assert_checked(tree: &Tree) {
    let mut files = Files::below([""]);
    for (path, entry) in &tree.files {
        files.insert(path.as_str(), FileContent::of(entry.content.clone()));
    }
    let found = check::run(&files).findings;
    let grave: Vec<_> = found.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(grave.is_empty(), "{grave:#?}");
}

/// Asserts that no tag of a template is left. A test command may well look like one, so the files that hold it
/// are left out.
fn assert_finished(tree: &Tree) {
    let free = ["delivery/pipeline/run-tests.yaml", ".treenail/answers.yaml", ".treenail/base"];
    for (path, text) in tree.texts().filter(|(path, _)| !free.contains(path)) {
        for tag in ["[=", "=]", "[%", "%]", "[#", "#]"] {
            assert!(!text.contains(tag), "{path} has an unrendered `{tag}`");
        }
    }
}
