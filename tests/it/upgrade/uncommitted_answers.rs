//! Answers that were edited by hand and not committed: the edit is what changes them, and it is never lost.

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const BASE: &str = ".treenail/base";

fn v1() -> Scaffold {
    let port = "  default: \"8080\"\n";
    Scaffold::new("1.0.0")
        .question("port", "integer", port)
        .file("values.yaml", "port: [= port =]\n\nlast: line\n")
}

fn edited() -> Project {
    let project = Project::of(&v1());
    project.replace(ANSWERS, "  port: 8080\n", "  port: 9090\n");
    project
}

/// With an edit that conflicts with what the edited answer gives.
fn disputed() -> Project {
    let project = Project::of(&v1());
    project.edit("values.yaml", "port: 3000\n\nlast: line\n");
    project.replace(ANSWERS, "  port: 8080\n", "  port: 9090 # ours\n");
    project
}

#[test]
fn an_edit_is_all_that_it_takes() {
    let project = edited();
    let outcome = project.refused("--dry-run", 0).prints("updated  values.yaml");
    outcome.prints("port: 8080 -> 9090");
    project.upgrade("").ends_with(0);
    project.assert_clean();
    assert!(project.read("values.yaml").contains("port: 9090"));
    assert!(project.read(ANSWERS).contains("  port: file\n"));
    let message = project.git("log -1 --format=%B");
    assert!(message.contains("Answers that changed:\n- port: 8080 -> 9090\n"), "{message}");
    project.refused("", 0).says("nothing to do");
}

#[test]
fn an_edit_may_be_staged() {
    let project = edited();
    project.git("add -A");
    project.upgrade("").ends_with(0);
    project.assert_clean();
    assert!(project.read("values.yaml").contains("port: 9090"));
}

#[test]
fn an_edit_without_a_commit() {
    let project = edited();
    project.upgrade("--no-commit").ends_with(0);
    assert!(project.read("values.yaml").contains("port: 9090"));
    assert!(project.read(ANSWERS).contains("  port: file\n"));
}

#[test]
fn an_edit_that_changes_nothing_stays_as_it_is() {
    let project = Project::of(&v1());
    project.replace(ANSWERS, "  port: 8080\n", "  port: 8080 # as always\n");
    project.refused("", 0).says("nothing to do");
}

#[test]
fn an_edit_goes_onto_a_branch_and_stays_in_the_work_tree() {
    let project = edited();
    let (files, head) = (project.files(), project.head());
    project.upgrade("--branch later").ends_with(0).says("is on the branch and still in the work tree");
    assert_unchanged(&files, &project.files());
    assert_eq!(project.head(), head);
    assert!(project.git("show later:values.yaml").contains("port: 9090"));
    assert!(project.git(&format!("show later:{ANSWERS}")).contains("\n  port: file"));
    project.refused("--branch later", 0).says("later already has this upgrade");
}

#[test]
#[ignore = "takes long"]
fn only_the_answers_may_be_edited() {
    for arguments in ["", "--branch later", "--no-commit"] {
        let project = edited();
        project.write("values.yaml", "mine\n");
        if arguments != "--branch later" {
            project.refused(arguments, 5).says("`values.yaml` has changes that are not committed");
        }
        project.git("restore values.yaml");
        // Another base that is as it should be.
        let other = Project::of(&v1().file("values.yaml", "other\n"));
        project.write(BASE, other.bytes(BASE));
        project.refused(arguments, 5).says("`.treenail/base` has changes that are not committed");
    }
}

#[test]
fn a_refused_upgrade_leaves_the_edit() {
    disputed().refused("", 3);
    let project = edited();
    project.replace(ANSWERS, "port: 9090", "port: many");
    project.refused("", 4).says("`port`");
}

#[test]
fn a_hook_that_refuses_leaves_the_edit() {
    for stage in [false, true] {
        let project = edited();
        if stage {
            project.git("add -A");
        }
        project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
        project.set_mode(".git/hooks/pre-commit", 0o755);
        let (files, index) = (project.files(), project.git("ls-files --stage"));
        project.upgrade("").ends_with(1);
        assert_unchanged(&files, &project.files());
        assert_eq!(project.git("ls-files --stage"), index);
        project.assert_calm();
    }
}

#[test]
fn giving_up_conflicts_leaves_the_edit() {
    let project = disputed();
    let (files, head) = (project.files(), project.head());
    let outcome = project.upgrade("--conflicts=markers").ends_with(3);
    outcome.says("only `treenail upgrade --abort` restores your edit of `.treenail/answers.yaml`");
    assert!(project.read("values.yaml").contains("<<<<<<< yours\n"));
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&files, &project.files());
    assert_eq!(project.head(), head);
    project.assert_calm();

    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("values.yaml", "port: 3000\n\nlast: line\n");
    project.git("add values.yaml");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert!(project.read(ANSWERS).contains("  port: 9090 # ours\n"));
}

#[test]
fn an_edit_mends_answers_that_were_committed_damaged() {
    let project = edited();
    let good = project.read(ANSWERS);
    project.edit(ANSWERS, "<<<<<<< HEAD\n");
    project.refused("", 6);
    project.write(ANSWERS, good);
    project.upgrade("").ends_with(0);
    project.assert_clean();
    assert!(project.read("values.yaml").contains("port: 9090"));
}
