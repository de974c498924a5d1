//! The ways to run it: aside, without a commit, without writing; and what `status` and `diff` say before and after.

use crate::upgrade::project::{Project, assert_unchanged};
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

/// A project with an edit that version 2 can be merged with.
fn outdated() -> Project {
    let project = Project::of(&v1());
    project.edit("a.txt", "mine\ntwo\nthree\n");
    project.offer(&v2());
    project
}

#[test]
fn a_branch_leaves_the_work_tree_alone() {
    let project = outdated();
    project.write("a.txt", "dirty\n");
    let (files, head, index) = (project.files(), project.head(), project.git("ls-files --stage"));
    project.upgrade("--branch update/web").ends_with(0).says("update/web");
    assert_unchanged(&files, &project.files());
    assert_eq!((project.head(), project.git("ls-files --stage")), (head.clone(), index));
    assert_eq!(project.git("rev-parse update/web~1"), head);
    assert_eq!(project.git("symbolic-ref HEAD"), "refs/heads/trunk");
    project.git("restore a.txt");
    project.git("merge -q --ff-only update/web");
    assert_eq!(project.read("a.txt"), "mine\ntwo\nTHREE\n");
    assert!(project.is_executable("bin/new"));
    project.assert_clean();
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_branch_moves_on_unless_it_has_commits_of_its_own() {
    let project = outdated();
    project.git("branch update HEAD~1");
    project.upgrade("--branch update").ends_with(0);
    project.refused("--branch update", 0).says("nothing to do: update already has this upgrade, commit ");
    project.git("branch other update");
    project.edit("b.txt", "mine\n");
    project.refused("--branch other", 5).says("has commits that the current one does not have");
    project.refused("--branch trunk", 5).says("is checked out");
    project.refused("--branch a..b", 5).says("cannot be a branch");
}

#[test]
fn without_a_commit_edits_are_not_overwritten_either() {
    let project = outdated();
    project.write("a.txt", "dirty\n");
    project.refused("--no-commit", 5).says("`a.txt` has changes that are not committed");
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
    let project = outdated();
    project.home.kill_at_commit("shop", "upgrade shop --scaffold scaffold -y");
    for arguments in ["--dry-run", "--dry-run --json", "--dry-run --diff"] {
        let outcome = project.refused(arguments, 5).says("an earlier run was interrupted here");
        assert_eq!(outcome.says("--continue").says("--abort").stdout, "");
    }
    project.upgrade("--abort").ends_with(0);
    project.refused("--dry-run", 0);
    project.assert_clean();
}

#[test]
fn a_dry_run_touches_nothing() {
    let project = outdated();
    let outcome = project.refused("--dry-run", 0);
    outcome.prints("merged   a.txt").prints("added    bin/new").prints("deleted  old.txt");
    project.refused("--dry-run --json", 0).prints("\"to\": \"2.0.0\"");
    project.refused("--dry-run --branch later", 0);
}

#[test]
fn the_report_for_programs_is_all_that_goes_to_standard_output() {
    let project = outdated();
    let outcome = project.upgrade("--json").ends_with(0);
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
    let (report, diff) = outcome.stdout.split_at(outcome.stdout.find("diff --git ").unwrap());
    assert_eq!(diff, patch);
    assert!(report.starts_with("scaffold web 1.0.0 -> 2.0.0\n"), "{report}");
}

#[test]
fn status_and_diff_tell_what_the_user_did() {
    let project = outdated();
    let before = project.everything();
    let status = || project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert_eq!(
        status().stdout,
        "scaffold web 1.0.0, 2.0.0 is available\n3 files unchanged\nedited   a.txt\n"
    );
    let diff = project.treenail("diff shop --exit-code").ends_with(7).prints("-one\n+mine\n");
    assert!(!diff.stdout.contains("old.txt"), "{}", diff.stdout);
    project.treenail("diff shop --stat").ends_with(0).prints("a.txt +1 -1\n");
    assert_unchanged(&before, &project.everything());

    project.remove("same.txt");
    project.write("release.env", "RELEASE=abc\n");
    status().prints("deleted  same.txt");
    let diff = project.treenail("diff shop").ends_with(0).prints("-same\n");
    assert!(!diff.stdout.contains("RELEASE"), "{}", diff.stdout);
}

#[test]
fn status_and_diff_after_an_upgrade() {
    let project = Project::of(&v1());
    let diff = |arguments: &str| project.treenail(&format!("diff shop {arguments} --exit-code"));
    assert_eq!(diff("").ends_with(0).stdout, "");
    project.upgrade_to(&v2());
    assert_eq!(diff("").ends_with(0).stdout, "");
    assert_eq!(diff("--upgrade --scaffold scaffold").ends_with(0).stdout, "");
    let json = project.treenail("status shop --scaffold scaffold --json").ends_with(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status["scaffold"]["upToDate"], true);
}

#[test]
fn status_and_diff_with_conflicts_left() {
    let project = outdated();
    project.edit("a.txt", "one\ntwo\nmine\n");
    project.treenail("diff shop --upgrade --scaffold scaffold").ends_with(0).says("conflict: a.txt");
    project.upgrade("--conflicts=markers").ends_with(3);
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("conflict a.txt");
    project.treenail("diff shop").ends_with(0).prints("+<<<<<<< yours\n");
}
