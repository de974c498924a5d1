//! What stands in the way of an upgrade: it ends with code 5, and whatever was there is still there.

use std::fs;

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\ntwo\nthree\n").file("b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "one\ntwo\nTHREE\n").file("new.txt", "new\n")
}

fn outdated() -> Project {
    let project = Project::of(&v1());
    project.offer(&v2());
    project
}

#[test]
fn an_untracked_file_is_never_overwritten() {
    let project = outdated();
    project.write("new.txt", "mine\n");
    project.refused("", 5).says("new.txt");
    project.refused("--conflicts=theirs", 5).says("new.txt");
    project.refused("--conflicts=markers", 5).says("new.txt");
}

#[test]
fn an_ignored_file_is_never_overwritten() {
    let project = outdated();
    project.edit(".gitignore", "new.txt\n");
    project.write("new.txt", "mine\n");
    project.refused("", 5).says("new.txt");
    project.remove("new.txt");
    project.upgrade("").ends_with(0);
    assert!(project.git("ls-files new.txt").contains("new.txt"));
}

#[test]
fn edits_that_are_not_committed_stop_it_where_it_would_write() {
    let project = outdated();
    project.write("a.txt", "mine\n");
    project.refused("", 5).says("`a.txt` has changes that are not committed");
    project.git("add a.txt");
    project.refused("", 5).says("a.txt");
    project.git("restore --staged a.txt");
    project.git("restore a.txt");
    project.remove("a.txt");
    project.refused("", 5).says("`a.txt` is deleted, which is not committed");
}

/// Two edits of the same size within one tick of the clock are the same to Git's cache.
#[test]
fn an_edit_that_git_s_cache_misses_is_noticed() {
    let project = outdated();
    let before = fs::metadata(project.path("a.txt")).unwrap().modified().unwrap();
    project.write("a.txt", "two\none\nthree\n");
    let file = fs::File::options().write(true).open(project.path("a.txt")).unwrap();
    file.set_modified(before).unwrap();
    project.refused("", 5).says("`a.txt` has changes that are not committed");
}

#[test]
fn edits_elsewhere_do_not_matter_and_stay_as_they_are() {
    let project = outdated();
    project.write("b.txt", "dirty\n");
    project.write("staged.txt", "staged\n");
    project.git("add staged.txt");
    project.write("untracked.txt", "untracked\n");
    project.upgrade("").ends_with(0);
    assert_eq!(project.status(), "M b.txt\nA  staged.txt\n?? untracked.txt".replacen("M b", " M b", 1));
    assert_eq!(
        project.git("show --format= --name-only HEAD"),
        ".treenail/answers.yaml\n.treenail/base\na.txt\nnew.txt"
    );
    assert_eq!(project.read("b.txt"), "dirty\n");
    project.assert_calm();
}

#[test]
fn a_merge_in_progress_stops_it() {
    let project = outdated();
    project.git("checkout -q -b side");
    project.edit("side.txt", "side\n");
    project.git("checkout -q trunk");
    project.edit("trunk.txt", "trunk\n");
    project.git("merge -q --no-commit --no-ff side");
    project.refused("", 5).says("merge");
}

#[test]
fn a_rejecting_hook_takes_everything_back() {
    let project = outdated();
    project.write(".git/hooks/pre-commit", "#!/bin/sh\necho no such thing >&2\nexit 1\n");
    project.set_mode(".git/hooks/pre-commit", 0o755);
    let (before, head, status) = (project.files(), project.head(), project.git("ls-files --stage"));
    project.upgrade("").ends_with(1).says("no such thing");
    assert_unchanged(&before, &project.files());
    assert_eq!((project.head(), project.git("ls-files --stage")), (head, status));
    project.assert_clean();
}

#[test]
fn nobody_to_commit_as_is_reported_before_anything_is_written() {
    let project = outdated();
    project.home.set_git_config("[user]\n\tuseConfigOnly = true\n");
    project.refused("", 5).says("user.name");
    project.upgrade("--no-commit").ends_with(0);
}

/// Files that HEAD does not have must not be taken for deleted ones.
#[test]
fn what_was_generated_must_be_committed_first() {
    let project = Project::empty();
    project.offer(&v1());
    project.treenail("new shop --scaffold scaffold --defaults --set app=shop --no-commit").ends_with(0);
    project.offer(&v2());
    for arguments in ["", "--branch later", "--no-commit"] {
        project.refused(arguments, 5).says("`.treenail/answers.yaml` is not committed");
    }
    project.git("commit -q --allow-empty -m empty");
    for arguments in ["", "--branch later", "--no-commit"] {
        project.refused(arguments, 5).says("`.treenail/answers.yaml` is not committed");
    }
    project.commit();
    project.upgrade("").ends_with(0);
    project.assert_clean();
}
