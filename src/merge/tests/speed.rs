//! A repository of 1,500 files of which both sides edited 200.

use std::fmt::Write;

use super::*;

fn manifest(number: usize) -> String {
    let mut text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{number}\ndata:\n");
    for line in 0..40 {
        let _ = writeln!(text, "  key-{line}: value of {number} # {line}");
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn a_large_tree_takes_little_time() {
    let base: Tree = (0..1500)
        .map(|number| {
            let content = manifest(number).into_bytes();
            (format!("env-{}/app-{number}/config.yaml", number % 10), File { mode: Mode::Regular, content })
        })
        .collect();
    let edited = |from: &str, to: &str| {
        let mut tree = base.clone();
        for entry in tree.values_mut().step_by(7).take(200) {
            entry.content = String::from_utf8(entry.content.clone()).unwrap().replace(from, to).into_bytes();
        }
        tree
    };
    let (ours, theirs) = (edited("# 3\n", "# mine\n"), edited("# 30\n", "# new\n"));
    let start = std::time::Instant::now();
    let plan = plan(&request(&base, &ours, &theirs)).unwrap();
    let changes = resource_changes(&ours, &plan.result);
    let taken = start.elapsed();
    assert_eq!((plan.changes.len(), plan.conflicts.len(), changes.len()), (200, 0, 0));
    // Far above what it takes, so that a slow machine does not fail, but a square does.
    assert!(taken.as_secs() < 10, "{taken:?}");
}
