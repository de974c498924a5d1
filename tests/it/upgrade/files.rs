//! What becomes of one path, by what either side did to it.

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\nfour\nfive\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", LINES).file("b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0")
}

fn changed() -> Scaffold {
    v2().file("a.txt", LINES.replace("five", "FIVE"))
}

#[test]
fn edits_elsewhere_are_merged() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.upgrade_to(&changed()).prints("merged   a.txt");
    assert_eq!(project.read("a.txt"), "mine\ntwo\nthree\nfour\nFIVE\n");
}

#[test]
fn two_edits_of_one_line_are_a_conflict_and_nothing_is_written() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("five", "mine"));
    let outcome = project.conflict_with(&changed().file("b.txt", "B\n"));
    let outcome = outcome.says("a.txt: you and the scaffold changed the same lines");
    outcome.shows(
        "<<<<<<< yours\nmine\n||||||| scaffold web 1.0.0\nfive\n=======\nFIVE\n>>>>>>> scaffold web 2.0.0",
    );
    project.assert_clean();
}

#[test]
fn edits_of_neighbouring_lines_are_a_conflict_as_they_are_in_git() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("four", "mine"));
    project.conflict_with(&changed()).shows("mine\nfive\n|||||||");
}

#[test]
fn the_same_edit_on_both_sides_is_no_conflict() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("five", "FIVE"));
    project.upgrade_to(&changed());
    assert_eq!(project.read("a.txt"), LINES.replace("five", "FIVE"));
}

#[test]
fn what_the_user_deleted_stays_deleted() {
    let project = Project::of(&v1());
    project.remove("a.txt");
    project.commit();
    project.upgrade_to(&v2().file("b.txt", "B\n"));
    assert!(!project.is_there("a.txt"));
    let notice = "a.txt: the scaffold changed it; you deleted it, so it stays deleted";
    project.upgrade_to(&changed().version("3.0.0")).prints(notice);
    assert!(!project.is_there("a.txt"));
    assert!(project.read(".treenail/answers.yaml").contains("removed:\n- a.txt\n"));
    let again = project.upgrade_to(&v2().version("4.0.0").file("a.txt", "again\n"));
    assert!(!again.stderr.contains("stays deleted"), "{}", again.stderr);
    assert!(!project.is_there("a.txt"));
}

#[test]
fn what_the_scaffold_deleted_goes_unless_it_was_edited() {
    let project = Project::of(&v1());
    project.upgrade_to(&v2().without("a.txt")).prints("deleted  a.txt");
    assert!(!project.is_there("a.txt"));

    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.conflict_with(&v2().without("a.txt")).says("a.txt: you edited it, the scaffold deleted it");
}

#[test]
fn a_folder_that_becomes_empty_goes_too() {
    let project = Project::of(&v1().file("docs/deep/old.md", "old\n"));
    project.upgrade_to(&v2());
    assert!(!project.is_there("docs"));
}

fn moved() -> Scaffold {
    v2().without("a.txt").file("lib/a.txt", LINES.replace("five", "FIVE")).moves("a.txt", "lib/a.txt")
}

#[test]
fn a_move_takes_the_edits_along() {
    let project = Project::of(&v1());
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.upgrade_to(&moved()).prints("a.txt -> lib/a.txt");
    assert!(!project.is_there("a.txt"));
    assert_eq!(project.read("lib/a.txt"), "mine\ntwo\nthree\nfour\nFIVE\n");
}

#[test]
fn a_move_onto_something_of_the_user_is_a_conflict() {
    let project = Project::of(&v1());
    project.write("a.txt", LINES.replace("one", "mine"));
    project.edit("lib/a.txt", "mine alone\n");
    project.conflict_with(&moved()).says("your `lib/a.txt` is in the way");
}

#[test]
fn a_move_of_what_the_user_deleted_brings_nothing_back() {
    let project = Project::of(&v1());
    project.remove("a.txt");
    project.commit();
    project.upgrade_to(&moved()).prints("lib/a.txt: the scaffold moved it here; you deleted it");
    assert!(!project.is_there("a.txt") && !project.is_there("lib/a.txt"));
}

#[test]
fn a_move_that_the_user_had_made_already_is_no_conflict() {
    let project = Project::of(&v1());
    project.write("lib/a.txt", LINES.replace("five", "FIVE"));
    project.remove("a.txt");
    project.commit();
    project.upgrade_to(&moved());
    assert_eq!(project.read("lib/a.txt"), LINES.replace("five", "FIVE"));
}

/// Guessing renames would take the change of one overlay into another.
#[test]
fn look_alike_overlays_are_kept_apart() {
    let overlay = "namespace: shop\nresources: []\n";
    let v1 = Scaffold::new("1.0.0")
        .file("dev/kustomization.yaml", overlay)
        .file("stage/kustomization.yaml", overlay);
    let project = Project::of(&v1);
    project.remove("dev/kustomization.yaml");
    project.write("mine/kustomization.yaml", overlay);
    project.commit();
    let changed = overlay.replace("shop", "shop-dev");
    project.upgrade_to(&v1.version("2.0.0").file("dev/kustomization.yaml", changed));
    assert!(!project.is_there("dev/kustomization.yaml"));
    assert_eq!(project.read("stage/kustomization.yaml"), overlay);
    assert_eq!(project.read("mine/kustomization.yaml"), overlay);
}

#[test]
fn a_file_that_both_added_is_a_conflict_unless_it_is_the_same() {
    let new = v2().file("new.txt", "new\n");
    let project = Project::of(&v1());
    project.edit("new.txt", "new\n");
    project.upgrade_to(&new);

    let project = Project::of(&v1());
    project.edit("new.txt", "mine\n");
    project.conflict_with(&new).says("new.txt: you and the scaffold added it, with different contents");
}

#[test]
fn a_file_becomes_a_folder_and_back() {
    let folder = v2().without("b.txt").file("b.txt/inner.txt", "inner\n");
    let project = Project::of(&v1());
    let before = project.generated();
    project.upgrade_to(&folder);
    assert_eq!(project.read("b.txt/inner.txt"), "inner\n");
    project.upgrade_to(&v1().version("3.0.0"));
    assert_eq!(project.read("b.txt"), "b\n");
    let mut after = project.generated();
    after.insert(".treenail/answers.yaml".to_owned(), before[".treenail/answers.yaml"].clone());
    assert_unchanged(&before, &after);
}

#[test]
fn a_folder_of_the_user_where_a_file_must_go_is_a_conflict() {
    let project = Project::of(&v1());
    project.edit("new/mine.txt", "mine\n");
    project.conflict_with(&v2().file("new", "new\n")).says("where you have a folder (with `new/mine.txt`)");
}
