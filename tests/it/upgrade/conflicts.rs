//! Conflicts that are left to the user, and both ways out of them: treenail's and Git's own.

use std::fs;

use crate::upgrade::project::{Project, Snapshot, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const MARKED: &str = "\
one
<<<<<<< yours
mine
||||||| scaffold web 1.0.0
two
=======
TWO
>>>>>>> scaffold web 2.0.0
";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\ntwo\n").file("b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "one\nTWO\n").file("b.txt", "B\n").file("new.txt", "new\n")
}

/// A project with an edit that version 2 is in conflict with.
fn edited() -> Project {
    let project = Project::of(&v1());
    project.edit("a.txt", "one\nmine\n");
    project.offer(&v2());
    project
}

/// The same, with the conflict left in the work tree; and the files as they were before.
fn marked() -> (Project, Snapshot) {
    let project = edited();
    let before = project.files();
    project.upgrade("--conflicts=markers").ends_with(3).says("treenail upgrade --continue");
    (project, before)
}

/// What a resolved upgrade leaves: one commit with one parent, everything in it.
fn assert_resolved(project: &Project, before: &str) {
    project.assert_clean();
    assert_eq!(project.git("log -1 --format=%P"), before);
    assert_eq!(project.read("a.txt"), "one\nresolved\n");
    assert_eq!(project.read("new.txt"), "new\n");
    assert!(project.read(".treenail/answers.yaml").contains("version: 2.0.0"));
    project.refused("", 0).says("nothing to do");
}

#[test]
fn markers_are_a_cherry_pick_to_git() {
    let (project, _) = marked();
    assert_eq!(project.read("a.txt"), MARKED);
    let status = project.status();
    for line in ["UU a.txt", "M  b.txt", "A  new.txt", "M  .treenail/answers.yaml", "M  .treenail/base"] {
        assert!(status.contains(line), "{line} in\n{status}");
    }
    assert!(project.git("status").contains("cherry-pick"));
    let stage = |stage| project.git(&format!("show :{stage}:a.txt"));
    assert_eq!([stage(1), stage(2), stage(3)], ["one\ntwo", "one\nmine", "one\nTWO"]);
}

#[test]
fn treenail_continues_what_is_resolved() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(0);
    assert_resolved(&project, &head);
}

#[test]
fn git_continues_what_is_resolved() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    let (code, said) = project.try_git("cherry-pick --continue");
    assert_eq!(code, 0, "{said}");
    assert_resolved(&project, &head);
    assert!(project.git("log -1 --format=%s").contains("scaffold web 1.0.0 -> 2.0.0"));
}

#[test]
fn what_still_has_markers_is_not_continued() {
    let (project, _) = marked();
    let head = project.head();
    project.upgrade("--continue").ends_with(5).says("a.txt");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(5).says("a.txt");
    assert_eq!((project.head(), project.read("a.txt")), (head, MARKED.to_owned()));
}

#[test]
fn treenail_gives_up_and_everything_is_as_before() {
    let (project, before) = marked();
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// To Git, a file that was only touched is no longer up to date.
#[test]
fn treenail_gives_up_though_files_were_touched() {
    let (project, before) = marked();
    for path in ["b.txt", "new.txt"] {
        project.write(path, project.bytes(path));
        let file = fs::File::options().write(true).open(project.path(path)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

#[test]
fn git_gives_up_and_everything_is_as_before() {
    let (project, before) = marked();
    project.git("cherry-pick --abort");
    assert_unchanged(&before, &project.files());
    project.assert_clean();
    project.upgrade("--conflicts=markers").ends_with(3);
}

#[test]
fn a_second_upgrade_waits_for_the_first() {
    let (project, _) = marked();
    for arguments in ["--conflicts=theirs", "--branch later", "--no-commit", "--dry-run"] {
        project.refused(arguments, 5).says("has unresolved conflicts").says("--abort");
    }
}

#[test]
fn there_is_nothing_to_continue_or_to_abort_without_conflicts() {
    let project = edited();
    project.refused("--continue", 5).says("no upgrade waits");
    project.refused("--abort", 5).says("no upgrade waits");
}

#[test]
fn a_cherry_pick_of_the_user_is_neither_continued_nor_aborted() {
    let project = edited();
    project.git("checkout -q -b other HEAD~1");
    project.edit("a.txt", "one\nother\n");
    let (code, _) = project.try_git("cherry-pick trunk");
    assert_ne!(code, 0);
    project.refused("--continue", 5);
    project.refused("--abort", 5);
    project.refused("--conflicts=theirs", 5).says("cherry-pick");
}

#[test]
fn one_side_can_be_preferred() {
    let project = edited();
    project.upgrade("--conflicts=ours").ends_with(0).says("yours was kept, as you chose");
    assert_eq!((project.read("a.txt"), project.read("b.txt")), ("one\nmine\n".to_owned(), "B\n".to_owned()));
    project.assert_clean();

    let project = edited();
    project.upgrade("--conflicts=theirs").ends_with(0).says("the scaffold's was taken, as you chose");
    assert_eq!(project.read("a.txt"), "one\nTWO\n");
    project.assert_clean();
}

#[test]
fn what_the_scaffold_deleted_and_the_user_edited_is_git_s_modify_delete() {
    let project = edited();
    project.offer(&v2().without("a.txt"));
    project.upgrade("--conflicts=markers").ends_with(3);
    assert!(project.status().contains("UD a.txt"), "{}", project.status());
    assert_eq!(project.read("a.txt"), "one\nmine\n");
    project.git("rm -q a.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert!(!project.is_there("a.txt"));
}

#[test]
fn conflicts_are_reported_to_programs() {
    let outcome = edited().refused("--json", 3);
    for part in ["\"schema\": \"treenail.upgrade/1\"", "\"path\": \"a.txt\"", "||||||| scaffold web 1.0.0"] {
        assert!(outcome.stdout.contains(part), "{}", outcome.stdout);
    }
}

#[test]
fn a_dry_run_with_markers_leaves_none() {
    let project = edited();
    let before = project.everything();
    project.upgrade("--conflicts=markers --dry-run");
    assert_unchanged(&before, &project.everything());
    assert!(fs::metadata(project.path(".git/CHERRY_PICK_HEAD")).is_err());
}

/// Markers go nowhere but into the work tree.
#[test]
fn markers_do_not_go_with_a_branch_or_without_a_commit() {
    let project = edited();
    project.write("b.txt", "dirty\n");
    project.refused("--conflicts=markers --branch later", 2).says("cannot be used with --branch");
    project.refused("--conflicts=markers --no-commit", 2).says("cannot be used with --no-commit");
    project.refused("--branch later", 3);
}

#[test]
fn a_rejecting_hook_leaves_the_resolution_to_be_continued() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    project.set_mode(".git/hooks/pre-commit", 0o755);
    project.upgrade("--continue").ends_with(1);
    assert_eq!((project.head(), project.read("a.txt")), (head.clone(), "one\nresolved\n".to_owned()));
    project.remove(".git/hooks/pre-commit");
    project.upgrade("--continue").ends_with(0);
    assert_resolved(&project, &head);
}

/// Giving up must not hang on what the user has made of the recorded state.
#[test]
fn giving_up_works_with_damaged_state() {
    let (project, before) = marked();
    project.write(".treenail/answers.yaml", "schema: [\n");
    // As `git cherry-pick --abort` does, for this edit is in Git nowhere.
    project.refused("--abort", 1).says("put aside what Git names");
    project.git("add .treenail/answers.yaml");
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// The user has edited what the scaffold moved and edited: the markers are where it was moved to.
#[test]
fn a_moved_file_is_in_conflict_where_it_is_now() {
    let moved = || {
        let project = Project::of(&v1());
        project.edit("a.txt", "one\nmine\n");
        project.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3).says("c.txt");
        assert_eq!(project.read("c.txt"), MARKED);
        let status = project.status();
        assert!(status.contains("UU c.txt") && status.contains("D  a.txt"), "{status}");
        (project, before)
    };
    let (project, before) = moved();
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();

    let (project, before) = moved();
    project.git("cherry-pick --abort");
    assert_unchanged(&before, &project.files());
    project.assert_clean();

    let (project, _) = moved();
    project.write("c.txt", "one\nresolved\n");
    project.git("add c.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert!(!project.is_there("a.txt"));
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_file_that_cannot_move_stays_and_is_resolved_by_hand() {
    let project = Project::of(&v1());
    project.edit("c.txt", "mine\n");
    project.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
    let before = project.files();
    project.upgrade("--conflicts=markers").ends_with(3).says("`c.txt` is in the way");
    assert_eq!(
        (project.read("a.txt"), project.read("c.txt")),
        ("one\ntwo\n".to_owned(), "mine\n".to_owned())
    );
    assert!(project.status().contains("AA c.txt"), "{}", project.status());
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());

    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("c.txt", "one\nTWO\n");
    project.git("rm -q a.txt");
    project.git("add c.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    project.refused("", 0).says("nothing to do");
}
