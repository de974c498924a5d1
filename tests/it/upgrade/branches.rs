//! Upgrades onto branches: what these are called, that the same comes out of running it twice, and bare repositories.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "two\n")
}

#[test]
fn a_branch_without_a_name_is_called_after_the_version() {
    let place = Place::of(&v1());
    place.offer(&v2());
    place.upgrade("--branch").ends_with(0).says("on treenail/upgrade-web-2.0.0");
    assert_eq!(place.git("show treenail/upgrade-web-2.0.0:a.txt"), "two");
    place.refused("--branch", 0).says("nothing to do: treenail/upgrade-web-2.0.0 has this upgrade already");
    place.refused("--branch --set app=other", 5).says("has commits that the current one does not have");
    place.refused("--branch=", 5).says("cannot be a branch");
}

#[test]
fn every_folder_has_a_branch_of_its_own() {
    let place = Place::at("shop/one", &v1());
    place.treenail("new shop/two/inner --scaffold scaffold --defaults --set app=two").ends_with(0);
    place.offer(&v2());
    place.treenail("upgrade shop/one shop/two/inner --scaffold scaffold --branch").ends_with(0);
    let branches = place.git("for-each-ref --format=%(refname:short) refs/heads/treenail");
    assert_eq!(branches, "treenail/one/upgrade-web-2.0.0\ntreenail/two/inner/upgrade-web-2.0.0");
    let again = place.treenail("upgrade shop/one shop/two/inner --scaffold scaffold --branch").ends_with(0);
    again.says("shop/one        nothing to do: treenail/one/upgrade-web-2.0.0 has this upgrade already");
}

#[test]
fn a_folder_is_not_taken_for_a_name() {
    let place = Place::of(&v1());
    place.offer(&v2());
    let before = place.everything();
    let refused = place.treenail("upgrade --scaffold scaffold --branch shop").ends_with(2);
    refused.says("`--branch shop` names a branch").says("`treenail upgrade shop --branch`");
    assert_unchanged(&before, &place.everything());
    place.treenail("upgrade shop --scaffold scaffold --branch=shop").ends_with(0).says("on shop");
    place.git("rev-parse shop");
}

#[test]
fn a_branch_that_holds_nearly_the_same_is_something_else() {
    let place = Place::of(&v1());
    place.offer(&v2());
    place.upgrade("--branch up").ends_with(0);
    place.git("checkout -q up");
    place.write("more.txt", "more\n");
    place.git("add -A");
    place.git("commit -q --amend --no-edit");
    place.git("checkout -q trunk");
    place.refused("--branch up", 5).says("git branch -D up");
}

#[test]
fn a_bare_repository_is_upgraded_on_a_branch() {
    let place = Place::of(&v1());
    place.offer(&v2());
    place.home.git(".", "clone -q --bare shop hub.git");
    place.treenail("upgrade hub.git --scaffold scaffold --dry-run").ends_with(0).prints("updated  a.txt");
    for arguments in ["", "--no-commit", "--conflicts=markers"] {
        let arguments = format!("upgrade hub.git --scaffold scaffold {arguments}");
        place.treenail(&arguments).ends_with(5).says("has no work tree").says("--branch");
    }
    place.treenail("upgrade hub.git --scaffold scaffold --branch").ends_with(0);
    assert_eq!(place.home.git("hub.git", "show treenail/upgrade-web-2.0.0:a.txt"), "two");
    place.home.git("hub.git", "fsck --strict --no-dangling");
    assert!(!place.home.path("hub.git/treenail").exists());
    for command in ["status", "diff"] {
        place.treenail(&format!("{command} hub.git")).ends_with(5).says("`hub.git` has no work tree");
    }
    place.home.git(".", "init -q --bare empty.git");
    place.treenail("upgrade empty.git --branch").ends_with(5).says("was not written by treenail");
}
