//! What stands in the way of an upgrade: it ends with code 5, and whatever was there is still there.

use std::fs;

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\ntwo\nthree\n").file("b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "one\ntwo\nTHREE\n").file("new.txt", "new\n")
}

fn outdated() -> Place {
    let place = Place::of(&v1());
    place.offer(&v2());
    place
}

#[test]
fn an_untracked_file_is_never_overwritten() {
    let place = outdated();
    place.write("new.txt", "mine\n");
    place.refused("", 5).says("new.txt");
    place.refused("--conflicts=theirs", 5).says("new.txt");
    place.refused("--conflicts=markers", 5).says("new.txt");
}

#[test]
fn an_ignored_file_is_never_overwritten() {
    let place = outdated();
    place.edit(".gitignore", "new.txt\n");
    place.write("new.txt", "mine\n");
    place.refused("", 5).says("new.txt");
    place.remove("new.txt");
    place.upgrade("").ends_with(0);
    assert!(place.git("ls-files new.txt").contains("new.txt"));
}

#[test]
fn edits_that_are_not_committed_stop_it_where_it_would_write() {
    let place = outdated();
    place.write("a.txt", "mine\n");
    place.refused("", 5).says("`a.txt` has changes that are not committed");
    place.git("add a.txt");
    place.refused("", 5).says("a.txt");
    place.git("restore --staged a.txt");
    place.git("restore a.txt");
    place.remove("a.txt");
    place.refused("", 5).says("`a.txt` is deleted, which is not committed");
}

/// Two edits of the same size within one tick of the clock are the same to Git's cache.
#[test]
fn an_edit_that_git_s_cache_misses_is_noticed() {
    let place = outdated();
    let before = fs::metadata(place.path("a.txt")).unwrap().modified().unwrap();
    place.write("a.txt", "two\none\nthree\n");
    let file = fs::File::options().write(true).open(place.path("a.txt")).unwrap();
    file.set_modified(before).unwrap();
    place.refused("", 5).says("`a.txt` has changes that are not committed");
}

#[test]
fn edits_elsewhere_do_not_matter_and_stay_as_they_are() {
    let place = outdated();
    place.write("b.txt", "dirty\n");
    place.write("staged.txt", "staged\n");
    place.git("add staged.txt");
    place.write("untracked.txt", "untracked\n");
    place.upgrade("").ends_with(0);
    assert_eq!(place.status(), "M b.txt\nA  staged.txt\n?? untracked.txt".replacen("M b", " M b", 1));
    assert_eq!(
        place.git("show --format= --name-only HEAD"),
        ".treenail/answers.yaml\n.treenail/base\na.txt\nnew.txt"
    );
    assert_eq!(place.read("b.txt"), "dirty\n");
    place.assert_calm();
}

#[test]
fn a_merge_in_progress_stops_it() {
    let place = outdated();
    place.git("checkout -q -b side");
    place.edit("side.txt", "side\n");
    place.git("checkout -q trunk");
    place.edit("trunk.txt", "trunk\n");
    place.git("merge -q --no-commit --no-ff side");
    place.refused("", 5).says("merge");
}

#[test]
fn a_rejecting_hook_takes_everything_back() {
    let place = outdated();
    place.write(".git/hooks/pre-commit", "#!/bin/sh\necho no such thing >&2\nexit 1\n");
    place.set_mode(".git/hooks/pre-commit", 0o755);
    let (before, head, status) = (place.files(), place.head(), place.git("ls-files --stage"));
    place.upgrade("").ends_with(1).says("no such thing");
    assert_unchanged(&before, &place.files());
    assert_eq!((place.head(), place.git("ls-files --stage")), (head, status));
    place.assert_clean();
}

#[test]
fn nobody_to_commit_as_is_told_before_anything_is_written() {
    let place = outdated();
    place.home.set_git_config("[user]\n\tuseConfigOnly = true\n");
    place.refused("", 5).says("user.name");
    place.upgrade("--no-commit").ends_with(0);
}

/// Files that HEAD does not have must not be taken for deleted ones.
#[test]
fn what_was_generated_must_be_committed_first() {
    let place = Place::empty();
    place.offer(&v1());
    place.treenail("new shop --scaffold scaffold --defaults --set app=shop --no-commit").ends_with(0);
    place.offer(&v2());
    for arguments in ["", "--branch later", "--no-commit"] {
        place.refused(arguments, 5).says("`.treenail/answers.yaml` is not committed");
    }
    place.git("commit -q --allow-empty -m empty");
    for arguments in ["", "--branch later", "--no-commit"] {
        place.refused(arguments, 5).says("`.treenail/answers.yaml` is not committed");
    }
    place.commit();
    place.upgrade("").ends_with(0);
    place.assert_clean();
}
