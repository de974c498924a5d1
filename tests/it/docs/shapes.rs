//! The shapes of the JSON that programs read: the keys that are documented are those that are printed.

use std::collections::BTreeSet;
use std::process::Stdio;

use crate::common::home::Home;
use crate::docs::page::{Page, project};

/// For each heading of `docs/files.md`, a command that prints that shape; it is run in a generated repository.
const RUNS: &[(&str, &str)] = &[
    (
        "treenail new --json",
        "new ../other --defaults --source-repo https://github.com/acme/shop.git --dry-run --json",
    ),
    ("treenail upgrade --json", "upgrade --set port=9090 --dry-run --json"),
    (
        "treenail adopt --json",
        "adopt ../lost --defaults --source-repo https://github.com/acme/shop.git --dry-run --json",
    ),
    ("treenail status --json", "status --json"),
    ("treenail releases --json", "releases --json"),
    (
        "treenail release --json",
        "release 1.0.0 --revision 0123456789012345678901234567890123456789 --dry-run --json",
    ),
    ("treenail check --json", "check --json"),
    ("treenail plan --json", "plan HEAD --json"),
    ("treenail diff --json", "diff --json"),
    ("treenail restore --json", "restore README.md --force --dry-run --json"),
];

/// Shapes that need a cluster; the tests of these commands compare them.
const OF_A_CLUSTER: [&str; 2] = ["treenail doctor --json", "treenail watch --json"];

/// The keys of the JSON of `command`, as they are documented.
pub(crate) fn documented_keys(command: &str) -> BTreeSet<String> {
    let page = Page::read(&project().join("docs/files.md"));
    shapes(&page).into_iter().find(|(known, _)| known == command).unwrap().1
}

#[test]
fn every_key_is_documented() {
    let home = Home::new();
    let new = "new shop-gitops --defaults --source-repo https://github.com/acme/shop.git --quiet";
    assert!(home.command("treenail").args(new.split(' ')).stdin(Stdio::null()).status().unwrap().success());
    home.write("shop-gitops/README.md", "edited\n");
    home.repository("lost");
    home.write("lost/README.md", "edited\n");
    home.git("lost", "add .");
    home.git("lost", "commit -q -m edited");

    let page = Page::read(&project().join("docs/files.md"));
    let mut count = 0;
    for (command, documented) in shapes(&page) {
        if OF_A_CLUSTER.contains(&command.as_str()) {
            continue;
        }
        count += 1;
        let known = RUNS.iter().find(|(heading, _)| *heading == command);
        let (_, run) = known.unwrap_or_else(|| panic!("it is not known how to run `{command}`"));
        let mut treenail = home.command("treenail");
        treenail.args(run.split(' ')).current_dir(home.path("shop-gitops")).stdin(Stdio::null());
        let output = treenail.output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|why| panic!("{run}: {why}: {}", String::from_utf8_lossy(&output.stderr)));
        let printed: BTreeSet<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(documented, printed, "docs/files.md and `{command}` differ");
    }
    assert_eq!(count, RUNS.len());
}

/// The command in each heading about JSON, and the keys of the table below it.
fn shapes(page: &Page) -> Vec<(String, BTreeSet<String>)> {
    let mut shapes: Vec<(String, BTreeSet<String>)> = Vec::new();
    let mut tables = 0;
    for (_, line) in &page.prose {
        if let Some(heading) = line.strip_prefix("## ") {
            if let Some(command) = heading.strip_prefix("JSON of `") {
                shapes.push((command.trim_end_matches('`').to_owned(), BTreeSet::new()));
                tables = 0;
            } else {
                tables = usize::MAX;
            }
        }
        // A table starts below its line of dashes, and ends with an empty line.
        if line.starts_with("|---") || (tables == 1 && line.is_empty()) {
            tables = tables.saturating_add(1);
        }
        if let Some(row) = line.strip_prefix("| `").filter(|_| tables == 1) {
            shapes.last_mut().unwrap().1.insert(row.split('`').next().unwrap().to_owned());
        }
    }
    shapes
}
