//! The generated README has each task as a verb, and as plain commands. Both do the same.

use crate::daily::shop::{MANIFESTS, Shop, revision};

/// The verb of the task that starts with `title`, and the last of its plain commands.
fn task(shop: &Shop, title: &str) -> (String, String) {
    let readme = shop.home.read(&format!("{MANIFESTS}/README.md"));
    let start = format!("\n**{title}**");
    let (_, section) = readme.split_once(&start).unwrap_or_else(|| panic!("{title}\n{readme}"));
    let section = section.split("\n**").next().unwrap();
    let mut blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (verb, plain) = (blocks.next().unwrap(), blocks.last().unwrap());
    (verb.trim().strip_prefix("treenail ").unwrap().to_owned(), plain.to_owned())
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
}
