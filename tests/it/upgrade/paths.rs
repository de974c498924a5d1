//! Paths that trouble shells, Git's command line and file systems that do not tell cases apart.

use crate::common::home::Home;
use crate::upgrade::project::{Outcome, Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\n";
const NAMES: [&str; 6] =
    ["with space.txt", "it's $HOME.txt", "\"quoted\".txt", "größe.txt", "-dash.txt", "-d ir/-f ile.txt"];

fn all(version: &'static str, text: &str) -> Scaffold {
    NAMES.into_iter().fold(Scaffold::new(version), |scaffold, name| scaffold.file(name, text))
}

/// Every file edited in its first line, the edit committed, and a version that changes the last one.
fn edited() -> Project {
    let project = Project::of(&all("1.0.0", LINES));
    for name in NAMES {
        project.write(name, LINES.replace("one", "mine"));
    }
    project.commit();
    project.offer(&all("2.0.0", &LINES.replace("three", "THREE")));
    project
}

/// Runs the commands that a message suggests, as pasted into a shell.
fn run_suggested(home: &Home, outcome: &Outcome, start: &str) -> usize {
    let quoted = outcome.stderr.lines().filter_map(|line| line.split_once('`').map(|(_, rest)| rest));
    let commands: Vec<_> = quoted
        .filter_map(|rest| rest.find(start).and_then(|at| rest[at..].split('`').next()))
        .map(str::to_owned)
        .collect();
    for command in &commands {
        let output =
            home.command("sh").args(["-c", command]).current_dir(home.path("shop")).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    commands.len()
}

#[test]
fn names_that_need_quoting_are_merged() {
    let project = edited();
    project.upgrade("").ends_with(0);
    project.assert_clean();
    for name in NAMES {
        assert_eq!(project.read(name), "mine\ntwo\nTHREE\n", "{name}");
    }
    project.refused("", 0).says("nothing to do");
}

#[test]
fn suggested_commands_for_them_can_be_run() {
    let project = edited();
    let before = project.files();
    for name in NAMES {
        project.write(name, "dirty\n");
    }
    let outcome = project.refused("", 5);
    assert_eq!(run_suggested(&project.home, &outcome, "git stash push"), NAMES.len());
    assert_unchanged(&before, &project.files());
    for name in NAMES {
        project.remove(name);
    }
    let outcome = project.refused("", 5);
    assert_eq!(run_suggested(&project.home, &outcome, "git restore"), NAMES.len());
    assert_unchanged(&before, &project.files());
    project.upgrade("").ends_with(0);
}

#[test]
fn conflicts_in_them_are_resolved_as_suggested() {
    let project = edited();
    project.offer(&all("2.0.0", &LINES.replace("one", "ONE")));
    project.upgrade("--conflicts=markers").ends_with(3);
    for name in NAMES {
        project.write(name, "resolved\n");
    }
    let outcome = project.upgrade("--continue").ends_with(5);
    assert_eq!(run_suggested(&project.home, &outcome, "git add"), NAMES.len());
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
}

#[test]
fn they_are_restored() {
    let project = edited();
    for name in NAMES {
        let mut restore = project.home.command("treenail");
        let output = restore.arg("restore").arg(format!("shop/{name}")).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(project.read(name), LINES);
    }
    project.assert_calm();
}

/// On Windows and macOS the two names are one file.
#[test]
#[ignore = "takes long"]
fn a_name_that_changes_only_its_case_goes_and_comes() {
    let (v1, v2) = (Scaffold::new("1.0.0").file("Notes.md", LINES), Scaffold::new("2.0.0"));
    let v2 = v2.file("NOTES.md", LINES.replace("three", "THREE"));
    let project = Project::of(&v1);
    project.upgrade_to(&v2);
    assert_eq!(project.git("ls-files *.md"), "NOTES.md");
    assert!(!project.is_there("Notes.md"));

    let project = Project::of(&v1);
    project.edit("Notes.md", LINES.replace("one", "mine"));
    project.upgrade_to(&v2.clone().moves("Notes.md", "NOTES.md")).prints("Notes.md -> NOTES.md");
    assert_eq!(
        (project.git("ls-files *.md"), project.read("NOTES.md")),
        ("NOTES.md".into(), "mine\ntwo\nTHREE\n".into())
    );

    // Edited, and nobody says that it moves: neither is lost.
    let project = Project::of(&v1);
    project.edit("Notes.md", LINES.replace("one", "mine"));
    project.conflict_with(&v2);
}

#[test]
#[ignore = "takes long"]
fn a_name_of_the_user_that_differs_only_in_case_is_in_the_way() {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "a\n");
    for (mine, new) in [("notes.md", "Notes.md"), ("Docs/mine.md", "docs/new.md")] {
        let project = Project::of(&v1);
        project.edit(mine, "mine\n");
        project.offer(&v1.version("2.0.0").file(new, "new\n"));
        for arguments in ["", "--no-commit", "--branch later", "--conflicts=theirs"] {
            project.refused(arguments, 3).says("only in upper and lower case");
        }
        project.refused("--conflicts=markers", 5).says("differs only in case").says("move it away");
    }
}
