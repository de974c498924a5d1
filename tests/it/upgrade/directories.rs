//! Several directories in one run.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\n")
}

/// A repository with the folders `one`, which is edited like the next version, `two`, which conflicts with it, and
/// `three`, which is as it was.
fn folders() -> Place {
    let place = Place::at("shop/one", &v1());
    for name in ["two", "three"] {
        let new = format!("new shop/{name} --scaffold scaffold --defaults --set app={name}");
        place.treenail(&new).ends_with(0);
    }
    place.home.write("shop/two/a.txt", "mine\n");
    place.commit();
    place.offer(&v1().version("2.0.0").file("a.txt", "two\n"));
    place
}

const ALL: &str = "upgrade shop/one shop/two shop/three nowhere --scaffold scaffold";

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let place = folders();
    let outcome = place.treenail(ALL).ends_with(5);
    let heads: Vec<_> = outcome.stderr.lines().filter(|line| line.starts_with("==> ")).collect();
    let expected =
        ["==> shop/one <==", "==> shop/two <==", "==> shop/three <==", "==> nowhere <==", "==> summary <=="];
    assert_eq!(heads, expected);
    let (_, summary) = outcome.stderr.split_once("==> summary <==\n").unwrap();
    let summary: Vec<_> = summary.lines().collect();
    assert!(summary[0].starts_with("shop/one    upgraded, commit "), "{summary:?}");
    assert_eq!(summary[1], "shop/two    conflicts: 1 conflict; nothing was written");
    assert!(summary[2].starts_with("shop/three  upgraded, commit "), "{summary:?}");
    assert_eq!(summary[3], "nowhere     failed: `nowhere` was not written by treenail");
    assert_eq!(summary.len(), 4);
    assert_eq!(place.home.read("shop/two/a.txt"), "mine\n");
    assert_eq!(place.home.read("shop/three/a.txt"), "two\n");
    place.assert_clean();

    let again = place.treenail("upgrade shop/one shop/two --scaffold scaffold").ends_with(3);
    again.says("shop/one  nothing to do\nshop/two  conflicts: ");
    place.treenail("upgrade shop/one shop/three --scaffold scaffold").ends_with(0);
}

#[test]
fn a_dry_run_of_several_touches_nothing() {
    let place = folders();
    let before = place.everything();
    let outcome = place.treenail(&format!("{ALL} --dry-run")).ends_with(5);
    outcome
        .prints("==> shop/one <==\nscaffold web 1.0.0 -> 2.0.0\n")
        .says("shop/one    there is something to do");
    assert_unchanged(&before, &place.everything());
}

#[test]
fn several_are_one_document_for_programs() {
    let place = folders();
    let outcome = place.treenail(&format!("{ALL} --json")).ends_with(5);
    let told: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(told["schema"], "treenail.upgrades/1");
    let directories = told["directories"].as_array().unwrap();
    let codes: Vec<_> = directories.iter().map(|one| one["exitCode"].as_u64().unwrap()).collect();
    assert_eq!(codes, [0, 3, 0, 5]);
    let reports: Vec<_> = directories.iter().map(|one| &one["report"]["schema"]).collect();
    assert_eq!(reports[..3], ["treenail.upgrade/1"; 3]);
    assert!(directories[3]["report"].is_null() && directories[3]["commit"].is_null());
    assert_eq!(directories[2]["commit"], place.head());
    assert_eq!(directories[2]["branch"], "trunk");
    assert_eq!(directories[1]["error"], "1 conflict; nothing was written");
}

#[test]
fn conflicts_of_several_repositories_are_given_up_together() {
    let (place, names) = (Place::of(&v1()), "shop other");
    place.edit("a.txt", "mine\n");
    place.home.git(".", "clone -q shop other");
    place.offer(&v1().version("2.0.0").file("a.txt", "two\n"));
    place.treenail(&format!("upgrade {names} --scaffold scaffold --conflicts=markers")).ends_with(3);
    place.treenail(&format!("upgrade {names} --continue")).ends_with(5).says("conflicts are left");
    let outcome = place.treenail(&format!("upgrade {names} --abort")).ends_with(0);
    outcome.says("shop   gave up the upgrade").says("other  gave up the upgrade");
    place.assert_clean();
}

#[test]
fn what_is_wrong_with_the_command_line_is_said_once() {
    let place = folders();
    let before = place.everything();
    let refused = place.treenail(&format!("{ALL} --set app")).ends_with(2);
    assert!(!refused.stderr.contains("==>"), "{}", refused.stderr);
    assert_unchanged(&before, &place.everything());
}
