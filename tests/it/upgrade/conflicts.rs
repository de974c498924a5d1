//! Conflicts that are left to the user, and both ways out of them: treenail's and Git's own.

use std::fs;

use crate::upgrade::project::{Place, Snapshot, assert_unchanged};
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

/// A place with an edit that version 2 is in conflict with.
fn edited() -> Place {
    let place = Place::of(&v1());
    place.edit("a.txt", "one\nmine\n");
    place.offer(&v2());
    place
}

/// The same, with the conflict left in the work tree; and the files as they were before.
fn marked() -> (Place, Snapshot) {
    let place = edited();
    let before = place.files();
    place.upgrade("--conflicts=markers").ends_with(3).says("treenail upgrade --continue");
    (place, before)
}

/// What a resolved upgrade leaves: one commit with one parent, everything in it.
fn assert_resolved(place: &Place, before: &str) {
    place.assert_clean();
    assert_eq!(place.git("log -1 --format=%P"), before);
    assert_eq!(place.read("a.txt"), "one\nresolved\n");
    assert_eq!(place.read("new.txt"), "new\n");
    assert!(place.read(".treenail/answers.yaml").contains("version: 2.0.0"));
    place.refused("", 0).says("nothing to do");
}

#[test]
fn markers_are_a_cherry_pick_to_git() {
    let (place, _) = marked();
    assert_eq!(place.read("a.txt"), MARKED);
    let status = place.status();
    for line in ["UU a.txt", "M  b.txt", "A  new.txt", "M  .treenail/answers.yaml", "M  .treenail/base"] {
        assert!(status.contains(line), "{line} in\n{status}");
    }
    assert!(place.git("status").contains("cherry-pick"));
    let stage = |stage| place.git(&format!("show :{stage}:a.txt"));
    assert_eq!([stage(1), stage(2), stage(3)], ["one\ntwo", "one\nmine", "one\nTWO"]);
}

#[test]
fn treenail_continues_what_is_resolved() {
    let (place, _) = marked();
    let head = place.head();
    place.write("a.txt", "one\nresolved\n");
    place.git("add a.txt");
    place.upgrade("--continue").ends_with(0);
    assert_resolved(&place, &head);
}

#[test]
fn git_continues_what_is_resolved() {
    let (place, _) = marked();
    let head = place.head();
    place.write("a.txt", "one\nresolved\n");
    place.git("add a.txt");
    let (code, said) = place.try_git("cherry-pick --continue");
    assert_eq!(code, 0, "{said}");
    assert_resolved(&place, &head);
    assert!(place.git("log -1 --format=%s").contains("scaffold web 1.0.0 -> 2.0.0"));
}

#[test]
fn what_still_has_markers_is_not_continued() {
    let (place, _) = marked();
    let head = place.head();
    place.upgrade("--continue").ends_with(5).says("a.txt");
    place.git("add a.txt");
    place.upgrade("--continue").ends_with(5).says("a.txt");
    assert_eq!((place.head(), place.read("a.txt")), (head, MARKED.to_owned()));
}

#[test]
fn treenail_gives_up_and_everything_is_as_before() {
    let (place, before) = marked();
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());
    place.assert_clean();
}

/// To Git, a file that was only touched is no longer up to date.
#[test]
fn treenail_gives_up_though_files_were_touched() {
    let (place, before) = marked();
    for path in ["b.txt", "new.txt"] {
        place.write(path, place.bytes(path));
        let file = fs::File::options().write(true).open(place.path(path)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());
    place.assert_clean();
}

#[test]
fn git_gives_up_and_everything_is_as_before() {
    let (place, before) = marked();
    place.git("cherry-pick --abort");
    assert_unchanged(&before, &place.files());
    place.assert_clean();
    place.upgrade("--conflicts=markers").ends_with(3);
}

#[test]
fn a_second_upgrade_waits_for_the_first() {
    let (place, _) = marked();
    for arguments in ["--conflicts=theirs", "--branch later", "--no-commit", "--dry-run"] {
        place.refused(arguments, 5).says("has unresolved conflicts").says("--abort");
    }
}

#[test]
fn there_is_nothing_to_continue_or_to_abort_without_conflicts() {
    let place = edited();
    place.refused("--continue", 5).says("no upgrade waits");
    place.refused("--abort", 5).says("no upgrade waits");
}

#[test]
fn a_cherry_pick_of_the_user_is_neither_continued_nor_aborted() {
    let place = edited();
    place.git("checkout -q -b other HEAD~1");
    place.edit("a.txt", "one\nother\n");
    let (code, _) = place.try_git("cherry-pick trunk");
    assert_ne!(code, 0);
    place.refused("--continue", 5);
    place.refused("--abort", 5);
    place.refused("--conflicts=theirs", 5).says("cherry-pick");
}

#[test]
fn one_side_can_be_preferred() {
    let place = edited();
    place.upgrade("--conflicts=ours").ends_with(0).says("yours was kept, as you chose");
    assert_eq!((place.read("a.txt"), place.read("b.txt")), ("one\nmine\n".to_owned(), "B\n".to_owned()));
    place.assert_clean();

    let place = edited();
    place.upgrade("--conflicts=theirs").ends_with(0).says("the scaffold's was taken, as you chose");
    assert_eq!(place.read("a.txt"), "one\nTWO\n");
    place.assert_clean();
}

#[test]
fn what_the_scaffold_deleted_and_the_user_edited_is_git_s_modify_delete() {
    let place = edited();
    place.offer(&v2().without("a.txt"));
    place.upgrade("--conflicts=markers").ends_with(3);
    assert!(place.status().contains("UD a.txt"), "{}", place.status());
    assert_eq!(place.read("a.txt"), "one\nmine\n");
    place.git("rm -q a.txt");
    place.upgrade("--continue").ends_with(0);
    place.assert_clean();
    assert!(!place.is_there("a.txt"));
}

#[test]
fn conflicts_are_told_to_programs() {
    let outcome = edited().refused("--json", 3);
    for part in ["\"schema\": \"treenail.upgrade/1\"", "\"path\": \"a.txt\"", "||||||| scaffold web 1.0.0"] {
        assert!(outcome.stdout.contains(part), "{}", outcome.stdout);
    }
}

#[test]
fn a_dry_run_with_markers_leaves_none() {
    let place = edited();
    let before = place.everything();
    place.upgrade("--conflicts=markers --dry-run");
    assert_unchanged(&before, &place.everything());
    assert!(fs::metadata(place.path(".git/CHERRY_PICK_HEAD")).is_err());
}

/// Markers go nowhere but into the work tree.
#[test]
fn markers_do_not_go_with_a_branch_or_without_a_commit() {
    let place = edited();
    place.write("b.txt", "dirty\n");
    place.refused("--conflicts=markers --branch later", 2).says("cannot be used with --branch");
    place.refused("--conflicts=markers --no-commit", 2).says("cannot be used with --no-commit");
    place.refused("--branch later", 3);
}

#[test]
fn a_rejecting_hook_leaves_the_resolution_to_be_continued() {
    let (place, _) = marked();
    let head = place.head();
    place.write("a.txt", "one\nresolved\n");
    place.git("add a.txt");
    place.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    place.set_mode(".git/hooks/pre-commit", 0o755);
    place.upgrade("--continue").ends_with(1);
    assert_eq!((place.head(), place.read("a.txt")), (head.clone(), "one\nresolved\n".to_owned()));
    place.remove(".git/hooks/pre-commit");
    place.upgrade("--continue").ends_with(0);
    assert_resolved(&place, &head);
}

/// Giving up must not hang on what the user has made of the recorded state.
#[test]
fn giving_up_works_with_damaged_state() {
    let (place, before) = marked();
    place.write(".treenail/answers.yaml", "schema: [\n");
    // As `git cherry-pick --abort` does, for this edit is in Git nowhere.
    place.refused("--abort", 1).says("put aside what Git names");
    place.git("add .treenail/answers.yaml");
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());
    place.assert_clean();
}

/// The user has edited what the scaffold moved and edited: the markers are where it was moved to.
#[test]
fn a_moved_file_is_in_conflict_where_it_is_now() {
    let moved = || {
        let place = Place::of(&v1());
        place.edit("a.txt", "one\nmine\n");
        place.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
        let before = place.files();
        place.upgrade("--conflicts=markers").ends_with(3).says("c.txt");
        assert_eq!(place.read("c.txt"), MARKED);
        let status = place.status();
        assert!(status.contains("UU c.txt") && status.contains("D  a.txt"), "{status}");
        (place, before)
    };
    let (place, before) = moved();
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());
    place.assert_clean();

    let (place, before) = moved();
    place.git("cherry-pick --abort");
    assert_unchanged(&before, &place.files());
    place.assert_clean();

    let (place, _) = moved();
    place.write("c.txt", "one\nresolved\n");
    place.git("add c.txt");
    place.upgrade("--continue").ends_with(0);
    place.assert_clean();
    assert!(!place.is_there("a.txt"));
    place.refused("", 0).says("nothing to do");
}

#[test]
fn a_file_that_cannot_move_stays_and_is_resolved_by_hand() {
    let place = Place::of(&v1());
    place.edit("c.txt", "mine\n");
    place.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
    let before = place.files();
    place.upgrade("--conflicts=markers").ends_with(3).says("`c.txt` is in the way");
    assert_eq!((place.read("a.txt"), place.read("c.txt")), ("one\ntwo\n".to_owned(), "mine\n".to_owned()));
    assert!(place.status().contains("AA c.txt"), "{}", place.status());
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());

    place.upgrade("--conflicts=markers").ends_with(3);
    place.write("c.txt", "one\nTWO\n");
    place.git("rm -q a.txt");
    place.git("add c.txt");
    place.upgrade("--continue").ends_with(0);
    place.assert_clean();
    place.refused("", 0).says("nothing to do");
}
