//! Answers that were edited by hand and not committed: the edit is what changes them, and it is never lost.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const BASE: &str = ".treenail/base";

fn v1() -> Scaffold {
    let port = "  default: \"8080\"\n";
    Scaffold::new("1.0.0")
        .question("port", "integer", port)
        .file("told.yaml", "port: [= port =]\n\nlast: line\n")
}

fn edited() -> Place {
    let place = Place::of(&v1());
    place.replace(ANSWERS, "  port: 8080\n", "  port: 9090\n");
    place
}

/// With an edit that conflicts with what the edited answer gives.
fn disputed() -> Place {
    let place = Place::of(&v1());
    place.edit("told.yaml", "port: 3000\n\nlast: line\n");
    place.replace(ANSWERS, "  port: 8080\n", "  port: 9090 # ours\n");
    place
}

#[test]
fn an_edit_is_all_that_it_takes() {
    let place = edited();
    let outcome = place.refused("--dry-run", 0).prints("updated  told.yaml");
    outcome.prints("port: 8080 -> 9090");
    place.upgrade("").ends_with(0);
    place.assert_clean();
    assert!(place.read("told.yaml").contains("port: 9090"));
    assert!(place.read(ANSWERS).contains("  port: file\n"));
    let message = place.git("log -1 --format=%B");
    assert!(message.contains("Answers that changed:\n- port: 8080 -> 9090\n"), "{message}");
    place.refused("", 0).says("nothing to do");
}

#[test]
fn an_edit_may_be_staged() {
    let place = edited();
    place.git("add -A");
    place.upgrade("").ends_with(0);
    place.assert_clean();
    assert!(place.read("told.yaml").contains("port: 9090"));
}

#[test]
fn an_edit_without_a_commit() {
    let place = edited();
    place.upgrade("--no-commit").ends_with(0);
    assert!(place.read("told.yaml").contains("port: 9090"));
    assert!(place.read(ANSWERS).contains("  port: file\n"));
}

#[test]
fn an_edit_that_changes_nothing_stays_as_it_is() {
    let place = Place::of(&v1());
    place.replace(ANSWERS, "  port: 8080\n", "  port: 8080 # as always\n");
    place.refused("", 0).says("nothing to do");
}

#[test]
fn an_edit_goes_onto_a_branch_and_stays_in_the_work_tree() {
    let place = edited();
    let (files, head) = (place.files(), place.head());
    place.upgrade("--branch later").ends_with(0).says("is on the branch and still in the work tree");
    assert_unchanged(&files, &place.files());
    assert_eq!(place.head(), head);
    assert!(place.git("show later:told.yaml").contains("port: 9090"));
    assert!(place.git(&format!("show later:{ANSWERS}")).contains("\n  port: file"));
    place.refused("--branch later", 0).says("later already has this upgrade");
}

#[test]
fn only_the_answers_may_be_edited() {
    for arguments in ["", "--branch later", "--no-commit"] {
        let place = edited();
        place.write("told.yaml", "mine\n");
        if arguments != "--branch later" {
            place.refused(arguments, 5).says("`told.yaml` has changes that are not committed");
        }
        place.git("restore told.yaml");
        // Another base that is as it should be.
        let other = Place::of(&v1().file("told.yaml", "other\n"));
        place.write(BASE, other.bytes(BASE));
        place.refused(arguments, 5).says("`.treenail/base` has changes that are not committed");
    }
}

#[test]
fn a_refused_upgrade_leaves_the_edit() {
    disputed().refused("", 3);
    let place = edited();
    place.replace(ANSWERS, "port: 9090", "port: many");
    place.refused("", 4).says("`port`");
}

#[test]
fn a_hook_that_refuses_leaves_the_edit() {
    for stage in [false, true] {
        let place = edited();
        if stage {
            place.git("add -A");
        }
        place.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
        place.set_mode(".git/hooks/pre-commit", 0o755);
        let (files, index) = (place.files(), place.git("ls-files --stage"));
        place.upgrade("").ends_with(1);
        assert_unchanged(&files, &place.files());
        assert_eq!(place.git("ls-files --stage"), index);
        place.assert_calm();
    }
}

#[test]
fn giving_up_conflicts_leaves_the_edit() {
    let place = disputed();
    let (files, head) = (place.files(), place.head());
    let outcome = place.upgrade("--conflicts=markers").ends_with(3);
    outcome.says("only `treenail upgrade --abort` restores your edit of `.treenail/answers.yaml`");
    assert!(place.read("told.yaml").contains("<<<<<<< yours\n"));
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&files, &place.files());
    assert_eq!(place.head(), head);
    place.assert_calm();

    place.upgrade("--conflicts=markers").ends_with(3);
    place.write("told.yaml", "port: 3000\n\nlast: line\n");
    place.git("add told.yaml");
    place.upgrade("--continue").ends_with(0);
    place.assert_clean();
    assert!(place.read(ANSWERS).contains("  port: 9090\n"));
}

#[test]
fn an_edit_mends_answers_that_were_committed_damaged() {
    let place = edited();
    let good = place.read(ANSWERS);
    place.edit(ANSWERS, "<<<<<<< HEAD\n");
    place.refused("", 6);
    place.write(ANSWERS, good);
    place.upgrade("").ends_with(0);
    place.assert_clean();
    assert!(place.read("told.yaml").contains("port: 9090"));
}
