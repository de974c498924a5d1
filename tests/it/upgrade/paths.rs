//! Paths that trouble shells, Git's command line and file systems that do not tell cases apart.

use crate::common::home::Home;
use crate::upgrade::project::{Outcome, Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\n";
const NAMES: [&str; 6] =
    ["with space.txt", "it's $HOME.txt", "\"quoted\".txt", "größe.txt", "-dash.txt", "-d ir/-f ile.txt"];

fn all(version: &'static str, text: &str) -> Scaffold {
    NAMES.into_iter().fold(Scaffold::new(version), |scaffold, name| scaffold.file(name, text))
}

/// Every file edited in its first line, the edit committed, and a version that changes the last one.
fn edited() -> Place {
    let place = Place::of(&all("1.0.0", LINES));
    for name in NAMES {
        place.write(name, LINES.replace("one", "mine"));
    }
    place.commit();
    place.offer(&all("2.0.0", &LINES.replace("three", "THREE")));
    place
}

/// What a message tells to run, as it would be pasted into a shell.
fn run_what_is_told(home: &Home, outcome: &Outcome, start: &str) -> usize {
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
    let place = edited();
    place.upgrade("").ends_with(0);
    place.assert_clean();
    for name in NAMES {
        assert_eq!(place.read(name), "mine\ntwo\nTHREE\n", "{name}");
    }
    place.refused("", 0).says("nothing to do");
}

#[test]
fn what_is_told_about_them_can_be_run() {
    let place = edited();
    let before = place.files();
    for name in NAMES {
        place.write(name, "dirty\n");
    }
    let told = place.refused("", 5);
    assert_eq!(run_what_is_told(&place.home, &told, "git stash push"), NAMES.len());
    assert_unchanged(&before, &place.files());
    for name in NAMES {
        place.remove(name);
    }
    let told = place.refused("", 5);
    assert_eq!(run_what_is_told(&place.home, &told, "git restore"), NAMES.len());
    assert_unchanged(&before, &place.files());
    place.upgrade("").ends_with(0);
}

#[test]
fn conflicts_in_them_are_resolved_as_told() {
    let place = edited();
    place.offer(&all("2.0.0", &LINES.replace("one", "ONE")));
    place.upgrade("--conflicts=markers").ends_with(3);
    for name in NAMES {
        place.write(name, "resolved\n");
    }
    let told = place.upgrade("--continue").ends_with(5);
    assert_eq!(run_what_is_told(&place.home, &told, "git add"), NAMES.len());
    place.upgrade("--continue").ends_with(0);
    place.assert_clean();
}

#[test]
fn they_are_restored() {
    let place = edited();
    for name in NAMES {
        let mut restore = place.home.command("treenail");
        let output = restore.arg("restore").arg(format!("shop/{name}")).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(place.read(name), LINES);
    }
    place.assert_calm();
}

/// On Windows and macOS the two names are one file.
#[test]
fn a_name_that_changes_only_its_case_goes_and_comes() {
    let (v1, v2) = (Scaffold::new("1.0.0").file("Notes.md", LINES), Scaffold::new("2.0.0"));
    let v2 = v2.file("NOTES.md", LINES.replace("three", "THREE"));
    let place = Place::of(&v1);
    place.upgrade_to(&v2);
    assert_eq!(place.git("ls-files *.md"), "NOTES.md");
    assert!(!place.is_there("Notes.md"));

    let place = Place::of(&v1);
    place.edit("Notes.md", LINES.replace("one", "mine"));
    place.upgrade_to(&v2.clone().moves("Notes.md", "NOTES.md")).says("Notes.md -> NOTES.md");
    assert_eq!(
        (place.git("ls-files *.md"), place.read("NOTES.md")),
        ("NOTES.md".into(), "mine\ntwo\nTHREE\n".into())
    );

    // Edited, and nobody says that it moves: neither is lost.
    let place = Place::of(&v1);
    place.edit("Notes.md", LINES.replace("one", "mine"));
    place.conflict_with(&v2);
}

#[test]
fn a_name_of_the_user_that_differs_only_in_case_is_in_the_way() {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "a\n");
    for (mine, new) in [("notes.md", "Notes.md"), ("Docs/mine.md", "docs/new.md")] {
        let place = Place::of(&v1);
        place.edit(mine, "mine\n");
        place.offer(&v1.version("2.0.0").file(new, "new\n"));
        for arguments in ["", "--no-commit", "--branch later", "--conflicts=theirs"] {
            place.refused(arguments, 3).says("only in upper and lower case");
        }
        place.refused("--conflicts=markers", 5).says("differs only in case").says("move it away");
    }
}
