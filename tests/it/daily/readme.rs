//! The generated README has each task as a verb, and `docs/operations.md` as plain commands. Both do the same.

use crate::daily::shop::{MANIFESTS, Shop, revision};

/// The verb of the task with that title, and the last of its plain commands.
fn task(shop: &Shop, title: &str) -> (String, String) {
    let verb = blocks(shop, "README.md", &format!("\n**{title}**"), "\n**").remove(0);
    let plain = blocks(shop, "docs/operations.md", &format!("\n## {title}\n"), "\n##").pop().unwrap();
    (verb.trim().strip_prefix("treenail ").unwrap().to_owned(), plain)
}

/// The blocks of a page from `start` up to `end`.
fn blocks(shop: &Shop, page: &str, start: &str, end: &str) -> Vec<String> {
    let text = shop.home.read(&format!("{MANIFESTS}/{page}"));
    let (_, section) = text.split_once(start).unwrap_or_else(|| panic!("{start}\n{text}"));
    let blocks = section.split(end).next().unwrap().split("```sh\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "takes long"]
fn each_task_is_the_same_both_ways() {
    let shop = Shop::new();
    let (verb, plain) = task(&shop, "Release");
    assert_eq!(verb, "release 1.0.0 --push");
    shop.assert_same(&verb, &plain);
    let before = shop.deploy("staging", "0.9.0", &revision(9));
    shop.deploy("staging", "1.0.0", &revision(1));
    shop.home.git(MANIFESTS, "push -q");
    let (verb, plain) = task(&shop, "Promote");
    assert_eq!(verb, "promote staging --push");
    shop.assert_same(&verb, &plain);
    let (verb, plain) = task(&shop, "Roll back");
    assert_eq!(verb, "rollback staging --push");
    shop.assert_same(&verb, &plain.replace("COMMIT", &before).replace("TAG in", "0.9.0 in"));
    let before = shop.deploy("production", "1.1.0", &revision(2));
    shop.deploy("production", "1.2.0", &revision(3));
    shop.home.git(MANIFESTS, "push -q");
    let title = "\n### Roll back another environment\n";
    let plain = blocks(&shop, "docs/operations.md", title, "\n##").pop().unwrap();
    shop.assert_same(
        "rollback production --push",
        &plain.replace("COMMIT", &before).replace("TAG in", "1.1.0 in"),
    );
}
