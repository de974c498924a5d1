//! The ways to run it: aside, without a commit, without writing; and what `status` and `diff` say before and after.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", "one\ntwo\nthree\n")
        .file("old.txt", "old\n")
        .file("same.txt", "same\n")
        .seeded("release.env", "RELEASE=none\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0")
        .file("a.txt", "one\ntwo\nTHREE\n")
        .without("old.txt")
        .program("bin/new", "#!/bin/sh\n")
}

/// A place with an edit that version 2 can be merged with.
fn outdated() -> Place {
    let place = Place::of(&v1());
    place.edit("a.txt", "mine\ntwo\nthree\n");
    place.offer(&v2());
    place
}

#[test]
fn a_branch_leaves_the_work_tree_alone() {
    let place = outdated();
    place.write("a.txt", "dirty\n");
    let (files, head, index) = (place.files(), place.head(), place.git("ls-files --stage"));
    place.upgrade("--branch update/web").ends_with(0).says("update/web");
    assert_unchanged(&files, &place.files());
    assert_eq!((place.head(), place.git("ls-files --stage")), (head.clone(), index));
    assert_eq!(place.git("rev-parse update/web~1"), head);
    assert_eq!(place.git("symbolic-ref HEAD"), "refs/heads/trunk");
    place.git("restore a.txt");
    place.git("merge -q --ff-only update/web");
    assert_eq!(place.read("a.txt"), "mine\ntwo\nTHREE\n");
    assert!(place.is_executable("bin/new"));
    place.assert_clean();
    place.refused("", 0).says("nothing to do");
}

#[test]
fn a_branch_moves_on_unless_it_has_commits_of_its_own() {
    let place = outdated();
    place.git("branch update HEAD~1");
    place.upgrade("--branch update").ends_with(0);
    place.refused("--branch update", 0).says("nothing to do: update already has this upgrade, commit ");
    place.git("branch other update");
    place.edit("b.txt", "mine\n");
    place.refused("--branch other", 5).says("has commits that the current one does not have");
    place.refused("--branch trunk", 5).says("is checked out");
    place.refused("--branch a..b", 5).says("cannot be a branch");
}

#[test]
fn without_a_commit_edits_are_not_overwritten_either() {
    let place = outdated();
    place.write("a.txt", "dirty\n");
    place.refused("--no-commit", 5).says("`a.txt` has changes that are not committed");
}

#[test]
fn without_a_commit_the_rest_is_the_same() {
    let (without, with) = (outdated(), outdated());
    let (head, index) = (without.head(), without.git("ls-files --stage"));
    without.upgrade("--no-commit").ends_with(0).says("not committed");
    with.upgrade("").ends_with(0);
    assert_unchanged(&with.files(), &without.files());
    assert_eq!((without.head(), without.git("ls-files --stage")), (head, index));
    without.assert_calm();
}

#[test]
fn a_dry_run_does_not_bring_a_killed_run_to_its_end() {
    let place = outdated();
    let journal = "treenail journal 2\nstaging .shop.treenail-new\nending files\n";
    place.write(".git/treenail/journal", journal);
    for arguments in ["--dry-run", "--dry-run --json", "--dry-run --diff"] {
        let outcome = place.refused(arguments, 5).says("an earlier run was interrupted here");
        assert_eq!(outcome.says("--continue").says("--abort").stdout, "");
    }
    place.upgrade("--abort").ends_with(0);
    place.refused("--dry-run", 0);
    place.assert_clean();
}

#[test]
fn a_dry_run_touches_nothing() {
    let place = outdated();
    let outcome = place.refused("--dry-run", 0);
    outcome.prints("merged   a.txt").prints("added    bin/new").prints("deleted  old.txt");
    place.refused("--dry-run --json", 0).prints("\"to\": \"2.0.0\"");
    place.refused("--dry-run --branch later", 0);
}

#[test]
fn the_report_for_programs_is_all_that_goes_to_standard_output() {
    let place = outdated();
    let outcome = place.upgrade("--json").ends_with(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["scaffold"]["from"], "1.0.0");
    let files: Vec<_> = report["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(files, ["a.txt", "bin/new", "old.txt"]);
}

#[test]
fn the_diff_is_one_that_git_applies() {
    let (patched, upgraded) = (outdated(), outdated());
    let patch = patched.treenail("diff shop --upgrade --scaffold scaffold").ends_with(0).stdout;
    patched.home.write("change.patch", &patch);
    patched.git("apply --index ../change.patch");
    upgraded.upgrade("").ends_with(0);
    assert_unchanged(&upgraded.files(), &patched.files());

    let outcome = outdated().upgrade("--diff").ends_with(0);
    assert_eq!(outcome.stdout, patch);
}

#[test]
fn status_and_diff_tell_what_the_user_did() {
    let place = outdated();
    let before = place.everything();
    let status = || place.treenail("status shop --scaffold scaffold").ends_with(0);
    assert_eq!(
        status().stdout,
        "scaffold web 1.0.0, 2.0.0 is available\n2 files unchanged\nedited   a.txt\nyours    release.env\n"
    );
    let diff = place.treenail("diff shop --exit-code").ends_with(7).prints("-one\n+mine\n");
    assert!(!diff.stdout.contains("old.txt"), "{}", diff.stdout);
    place.treenail("diff shop --stat").ends_with(0).prints("a.txt +1 -1\n");
    assert_unchanged(&before, &place.everything());

    place.remove("same.txt");
    place.write("release.env", "RELEASE=abc\n");
    status().prints("deleted  same.txt");
    let diff = place.treenail("diff shop").ends_with(0).prints("-same\n");
    assert!(!diff.stdout.contains("RELEASE"), "{}", diff.stdout);
}

#[test]
fn status_and_diff_after_an_upgrade() {
    let place = Place::of(&v1());
    let diff = |arguments: &str| place.treenail(&format!("diff shop {arguments} --exit-code"));
    assert_eq!(diff("").ends_with(0).stdout, "");
    place.upgrade_to(&v2());
    assert_eq!(diff("").ends_with(0).stdout, "");
    assert_eq!(diff("--upgrade --scaffold scaffold").ends_with(0).stdout, "");
    let json = place.treenail("status shop --scaffold scaffold --json").ends_with(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status["scaffold"]["upToDate"], true);
}

#[test]
fn status_and_diff_with_conflicts_left() {
    let place = outdated();
    place.edit("a.txt", "one\ntwo\nmine\n");
    place.treenail("diff shop --upgrade --scaffold scaffold").ends_with(0).says("conflict: a.txt");
    place.upgrade("--conflicts=markers").ends_with(3);
    place.treenail("status shop --scaffold scaffold").ends_with(0).prints("conflict a.txt");
    place.treenail("diff shop").ends_with(0).prints("+<<<<<<< yours\n");
}
