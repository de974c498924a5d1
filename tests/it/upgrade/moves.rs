//! Generated files that the user has moved: upgrades follow them, if they were recorded or show beyond doubt.

use std::fs;

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", LINES).file("dev/k.txt", "dev\n").file("dev/x.txt", "x of dev\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", LINES.replace("one", "ONE")).file("dev/x.txt", "newer x of dev\n")
}

/// Moves a file in the work tree.
fn rename(project: &Project, old: &str, new: &str) {
    let new = project.path(new);
    fs::create_dir_all(new.parent().unwrap()).unwrap();
    fs::rename(project.path(old), new).unwrap();
}

fn moved(project: &Project) -> Vec<String> {
    let text = project.read(ANSWERS);
    let (_, moved) = text.split_once("moved:\n").unwrap_or_default();
    moved.lines().take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn an_entry_written_by_hand_is_followed() {
    let project = Project::of(&v1());
    rename(&project, "a.txt", "mine/b.txt");
    let mine = LINES.replace("eight", &"mine\n".repeat(20));
    project.write("mine/b.txt", &mine);
    project.edit(ANSWERS, project.read(ANSWERS) + "moved:\n  a.txt: mine/b.txt # ours\n");
    project.upgrade_to(&v2()).prints("merged   mine/b.txt");
    assert_eq!(project.read("mine/b.txt"), mine.replace("one", "ONE"));
    assert!(!project.is_there("a.txt"));
    assert!(project.read(ANSWERS).ends_with("moved:\n  a.txt: mine/b.txt # ours\n"));
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_move_is_detected_and_recorded() {
    let project = Project::of(&v1());
    rename(&project, "a.txt", "b.txt");
    project.edit("b.txt", LINES.replace("eight", "mine"));
    let outcome = project.upgrade_to(&v2()).prints("merged   b.txt");
    outcome.prints("b.txt: you moved it from `a.txt`; from now on upgrades change it here");
    assert_eq!(project.read("b.txt"), LINES.replace("one", "ONE").replace("eight", "mine"));
    assert_eq!(moved(&project), ["a.txt: b.txt"]);
    assert!(!project.is_there("a.txt") && !project.read(ANSWERS).contains("removed:"));
    project.refused("", 0).says("nothing to do");
    project
        .treenail("status shop --scaffold scaffold")
        .ends_with(0)
        .prints("edited   b.txt (moved from a.txt)");
    // Recorded, it is followed whatever it has become.
    project.edit("b.txt", LINES.replace("one", "ONE").to_uppercase());
    let v3 = v2().version("3.0.0").without("a.txt").file("c.txt", LINES.replace("one", "ONE"));
    project.upgrade_to(&v3.moves("a.txt", "c.txt"));
    assert_eq!(moved(&project), ["c.txt: b.txt"]);
    assert!(!project.is_there("c.txt"));
}

#[test]
fn a_folder_is_followed() {
    let project = Project::of(&v1());
    rename(&project, "dev", "team/qa");
    project.commit();
    project.upgrade_to(&v2());
    assert_eq!(project.read("team/qa/x.txt"), "newer x of dev\n");
    assert_eq!(moved(&project), ["dev/k.txt: team/qa/k.txt", "dev/x.txt: team/qa/x.txt"]);
    assert!(!project.is_there("dev"));
}

/// One of them has another name and other lines: what it may be shows once the others are found.
#[test]
fn a_folder_is_followed_by_one_upgrade() {
    let [prod, stage] = ["production", "stage"].map(|name| format!("one\ntwo\nthree\n{name}\n"));
    let scaffold = v1().file("env/prod.txt", &prod).file("env/stage.txt", &stage);
    let project = Project::of(&scaffold);
    rename(&project, "env/prod.txt", "env/mine.txt");
    project.commit();
    project.upgrade("").ends_with(0);
    assert_eq!(moved(&project), ["env/prod.txt: env/mine.txt"]);
    project.edit("env/mine.txt", prod.replace("two", "2").replace("three", "3"));
    rename(&project, "env", "own");
    project.commit();
    project.upgrade("").ends_with(0);
    assert_eq!(moved(&project), ["env/prod.txt: own/mine.txt", "env/stage.txt: own/stage.txt"]);
    project.refused("", 0).says("nothing to do");
}

#[test]
#[ignore = "takes long"]
fn what_is_moved_on_is_followed_on() {
    let project = Project::of(&v1());
    for (old, new) in [("a.txt", "b.txt"), ("dev", "qa")] {
        rename(&project, old, new);
    }
    project.commit();
    project.upgrade_to(&v2());
    let all = ["a.txt: b.txt", "dev/k.txt: qa/k.txt", "dev/x.txt: qa/x.txt"];
    assert_eq!(moved(&project), all);
    for (old, new) in [("b.txt", "c/d.txt"), ("qa", "team/qa")] {
        rename(&project, old, new);
    }
    project.commit();
    let v3 = v2().version("3.0.0").file("a.txt", LINES.replace("one", "1")).file("dev/k.txt", "k\n");
    project.upgrade_to(&v3).prints("c/d.txt: you moved it from `a.txt`; from now on upgrades change it here");
    let all = ["a.txt: c/d.txt", "dev/k.txt: team/qa/k.txt", "dev/x.txt: team/qa/x.txt"];
    assert_eq!(moved(&project), all);
    assert_eq!(
        (project.read("c/d.txt"), project.read("team/qa/k.txt")),
        (LINES.replace("one", "1"), "k\n".to_owned())
    );
    project.refused("", 0).says("nothing to do");

    // And back to where the scaffold has it.
    rename(&project, "c/d.txt", "a.txt");
    project.commit();
    project.upgrade_to(&v3.version("4.0.0").file("a.txt", LINES));
    assert_eq!(project.read("a.txt"), LINES);
    assert_eq!(moved(&project).len(), 2);
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_conflict_is_where_the_file_is_now() {
    let project = Project::of(&v1());
    rename(&project, "a.txt", "b.txt");
    project.edit("b.txt", LINES.replace("one", "mine"));
    project.conflict_with(&v2()).says("b.txt: ");
    project.upgrade("--conflicts=markers").ends_with(3);
    assert!(project.read("b.txt").contains("<<<<<<< yours\nmine\n") && !project.is_there("a.txt"));
    project.write("b.txt", LINES.replace("one", "both"));
    project.git("add b.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert_eq!(moved(&project), ["a.txt: b.txt"]);
    assert_eq!(project.read("b.txt"), LINES.replace("one", "both"));
}

#[test]
#[ignore = "takes long"]
fn what_is_in_doubt_or_does_not_hold_is_not_followed() {
    // A copy of another file that is still there.
    let alike = || v1().file("prod.txt", LINES);
    let project = Project::of(&alike());
    project.remove("a.txt");
    project.edit("mine.txt", LINES);
    project.offer(&v2().file("prod.txt", LINES));
    project.upgrade("").ends_with(0).prints("a.txt: the scaffold changed it; you deleted it");
    assert_eq!((project.read("mine.txt"), moved(&project)), (LINES.to_owned(), Vec::new()));

    let project = Project::of(&v1());
    project.edit(ANSWERS, project.read(ANSWERS) + "moved:\n  a.txt: no.txt\n");
    project.upgrade_to(&v2()).prints("`moved` says that it is `no.txt`, which does not hold");
    assert_eq!((project.read("a.txt"), moved(&project)), (LINES.replace("one", "ONE"), Vec::new()));

    // The scaffold has a file of its own there.
    let project = Project::of(&v1());
    rename(&project, "a.txt", "b.txt");
    project.commit();
    project.conflict_with(&v2().file("b.txt", "new\n")).says("b.txt");
}

/// The upgrade decides at once what the next one would decide: what it took for deleted is not taken for moved later.
#[test]
#[ignore = "takes long"]
fn what_counted_as_deleted_is_not_taken_for_moved_by_the_next_upgrade() {
    const NOTICE: &str = "a.txt: you deleted it, so it stays deleted; if you moved it to ";
    let alike = LINES.replace("one", "uno");
    let v1 = || v1().file("b.txt", &alike);
    let v2 = || v1().version("2.0.0").without("b.txt");
    let removed = |project: &Project| project.read(ANSWERS).contains("\nremoved:\n- a.txt\n");
    let settled = |project: &Project| {
        assert!(removed(project), "{}", project.read(ANSWERS));
        project.refused("", 0).says("nothing to do");
        assert_eq!((project.is_there("a.txt"), moved(project)), (false, Vec::new()));
    };

    // The file that it may have become was the scaffold's, and is kept, one way or the other.
    for end in ["", "edit", "delete"] {
        let project = Project::of(&v1());
        project.remove("a.txt");
        project.edit("b.txt", alike.replace("eight", "acht"));
        project.conflict_with(&v2()).says("b.txt: you edited it, the scaffold deleted it");
        if end.is_empty() {
            project.upgrade("--conflicts=ours").ends_with(0).prints(NOTICE);
        } else {
            project.upgrade("--conflicts=markers").ends_with(3);
            match end {
                "edit" => project.write("b.txt", LINES),
                _ => project.remove("b.txt"),
            }
            project.git("add -A");
            project.upgrade("--continue").ends_with(0);
        }
        settled(&project);
    }

    // The file that it may have been a copy of is gone, or has become another.
    for v2 in [v2(), v1().version("2.0.0").file("b.txt", "another\n")] {
        let project = Project::of(&v1());
        rename(&project, "a.txt", "mine.txt");
        project.commit();
        project.edit("mine.txt", LINES.replace("eight", "acht"));
        project.upgrade_to(&v2).prints(NOTICE);
        settled(&project);
        assert_eq!(project.read("mine.txt"), LINES.replace("eight", "acht"));
        project.edit(ANSWERS, project.read(ANSWERS) + "moved:\n  a.txt: mine.txt\n");
        project.upgrade_to(&v2.version("3.0.0").file("a.txt", LINES.replace("one", "ONE")));
        assert_eq!(project.read("mine.txt"), LINES.replace("one", "ONE").replace("eight", "acht"));
        assert!(!removed(&project) && moved(&project) == ["a.txt: mine.txt"]);
    }

    // Where nothing has changed, the user may still resolve the doubt.
    let project = Project::of(&v1());
    rename(&project, "a.txt", "mine.txt");
    project.edit("mine.txt", LINES.replace("eight", "acht"));
    project.refused("", 0).says("nothing to do");
    project.edit(ANSWERS, project.read(ANSWERS) + "moved:\n  a.txt: mine.txt\n");
    project.upgrade_to(&v2());
    assert_eq!((removed(&project), moved(&project)), (false, vec!["a.txt: mine.txt".to_owned()]));
}

/// As after `treenail new` beside a README: the path in the scaffold says nothing about the user's file.
#[test]
#[ignore = "takes long"]
fn another_file_at_the_old_path_is_the_user_s() {
    let project = Project::of(&v1());
    rename(&project, "a.txt", "mine.txt");
    project.edit("mine.txt", LINES.replace("eight", "mine"));
    project.upgrade_to(&v2());
    assert_eq!(moved(&project), ["a.txt: mine.txt"]);
    project.edit("a.txt", "something else\n");
    let v3 = || v2().version("3.0.0").file("a.txt", LINES.replace("one", "1"));
    project.upgrade_to(&v3());
    assert_eq!(project.read("a.txt"), "something else\n");
    assert_eq!(project.read("mine.txt"), LINES.replace("one", "1").replace("eight", "mine"));
    assert_eq!(moved(&project), ["a.txt: mine.txt"]);

    // A conflict is where the generated file is.
    project.edit("mine.txt", LINES.replace("one", "eins"));
    let v4 = || v3().version("4.0.0").file("a.txt", LINES.replace("one", "uno"));
    project.conflict_with(&v4()).says("mine.txt: ");
    project.upgrade("--conflicts=theirs").ends_with(0);
    assert_eq!(project.read("a.txt"), "something else\n");
    assert_eq!(moved(&project), ["a.txt: mine.txt"]);

    // Moved back, it is the generated file again.
    project.remove("mine.txt");
    project.edit("a.txt", LINES.replace("one", "uno"));
    project
        .upgrade_to(&v4().version("5.0.0").file("a.txt", LINES.replace("one", "un")))
        .prints("does not hold");
    assert_eq!((project.read("a.txt"), moved(&project)), (LINES.replace("one", "un"), Vec::new()));
}

#[test]
fn the_scaffold_and_the_user_each_move_a_file() {
    let project = Project::of(&v1());
    rename(&project, "a.txt", "mine.txt");
    project.edit("mine.txt", LINES.replace("eight", "mine"));
    let swapped = v1()
        .version("2.0.0")
        .file("dev/k.txt", LINES)
        .file("a.txt", "dev\n")
        .history("  moves:\n  - {from: a.txt, to: dev/k.txt}\n  - {from: dev/k.txt, to: a.txt}\n");
    project.upgrade_to(&swapped);
    assert_eq!(moved(&project), ["dev/k.txt: mine.txt"]);
    assert_eq!(project.read("mine.txt"), LINES.replace("eight", "mine"));
    assert_eq!(project.read("a.txt"), "dev\n");
    assert!(!project.is_there("dev/k.txt"));
    project.refused("", 0).says("nothing to do");
}

/// The scaffold moves two files to each other's paths; the user has one of them elsewhere, and edited the line that
/// the scaffold changes too.
#[test]
fn a_conflict_in_a_file_that_both_moved_keeps_nothing_else_away() {
    let swapped = |version| {
        let next =
            v1().version(version).file("dev/k.txt", LINES.replace("one", "ONE")).file("a.txt", "dev\n");
        next.history("  moves:\n  - {from: a.txt, to: dev/k.txt}\n  - {from: dev/k.txt, to: a.txt}\n")
    };
    let project = Project::of(&v1());
    rename(&project, "a.txt", "mine.txt");
    project.edit("mine.txt", LINES.replace("one", "mine"));
    project.conflict_with(&swapped("2.0.0")).says("1 conflict;").says("mine.txt: ");
    project.upgrade("--conflicts=markers").ends_with(3);
    assert!(project.read("mine.txt").contains("<<<<<<< yours\nmine\n"));
    assert_eq!((project.read("a.txt"), project.is_there("dev/k.txt")), ("dev\n".to_owned(), false));
    project.write("mine.txt", LINES.replace("one", "both"));
    project.git("add mine.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert_eq!(moved(&project), ["dev/k.txt: mine.txt"]);
    project.refused("", 0).says("nothing to do");
}

/// The same, but the file in conflict is the one that the user has left where it was: nothing is at its new path.
#[test]
#[ignore = "takes long"]
fn a_conflict_is_where_the_user_s_file_is_no_more() {
    let swapped = |version| {
        let next =
            v1().version(version).file("dev/k.txt", LINES.replace("one", "ONE")).file("a.txt", "dev\n");
        next.history("  moves:\n  - {from: a.txt, to: dev/k.txt}\n  - {from: dev/k.txt, to: a.txt}\n")
    };
    for way in ["markers", "ours", "theirs"] {
        let project = Project::of(&v1());
        rename(&project, "dev/k.txt", "mine.txt");
        project.edit("a.txt", LINES.replace("one", "mine"));
        project.conflict_with(&swapped("2.0.0")).says("1 conflict;").says("dev/k.txt: ");
        let outcome = project.upgrade(&format!("--conflicts={way}"));
        let expected = match way {
            "markers" => {
                outcome.ends_with(3);
                assert!(project.read("dev/k.txt").contains("<<<<<<< yours\nmine\n"));
                project.write("dev/k.txt", LINES.replace("one", "both"));
                project.git("add dev/k.txt");
                project.upgrade("--continue").ends_with(0);
                "both"
            }
            "ours" => {
                outcome.ends_with(0);
                "mine"
            }
            _ => {
                outcome.ends_with(0);
                "ONE"
            }
        };
        project.assert_clean();
        assert_eq!(
            (project.read("dev/k.txt"), project.is_there("a.txt")),
            (LINES.replace("one", expected), false)
        );
        assert_eq!(
            (project.read("mine.txt"), moved(&project)),
            ("dev\n".to_owned(), vec!["a.txt: mine.txt".to_owned()])
        );
        project.refused("", 0).says("nothing to do");
    }
}

/// The contents alone cannot tell; the report names each file once.
#[test]
fn the_user_may_say_that_two_files_have_changed_places() {
    let project = Project::of(&v1());
    let (a, k) = (project.read("a.txt"), project.read("dev/k.txt"));
    project.write("a.txt", &k);
    project.write("dev/k.txt", &a);
    let answers = project.read(".treenail/answers.yaml");
    project.edit(".treenail/answers.yaml", answers + "moved:\n  a.txt: dev/k.txt\n  dev/k.txt: a.txt\n");
    let next = v1().version("2.0.0").file("a.txt", format!("{a}A\n")).file("dev/k.txt", format!("{k}K\n"));
    project.upgrade_to(&next).prints("updated  a.txt").prints("updated  dev/k.txt");
    assert_eq!((project.read("a.txt"), project.read("dev/k.txt")), (format!("{k}K\n"), format!("{a}A\n")));
    assert_eq!(moved(&project), ["a.txt: dev/k.txt", "dev/k.txt: a.txt"]);
}
