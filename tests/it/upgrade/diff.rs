//! `treenail diff`: patches that Git takes, and their shape for programs.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", "one\ntwo\nthree\n")
        .file("latin.txt", b"caf\xe9\n")
        .file("gone.txt", "gone\n")
        .file("kind.txt", "kind\n")
        .file("nest.txt", "nest\n")
        .file("same.txt", "same\n")
        .file("tool", [0, 1, 2])
        .program("run.sh", "#!/bin/sh\n")
        .seeded("release.env", "RELEASE=none\n")
}

/// Everything that can happen to a file.
fn edited() -> Project {
    let project = Project::of(&v1());
    project.write("a.txt", "one\nmine\nthree\n");
    project.write("latin.txt", b"caf\xe8\n");
    project.remove("gone.txt");
    project.remove("kind.txt");
    symlink("a.txt", project.path("kind.txt")).unwrap();
    project.remove("nest.txt");
    project.write("nest.txt/inside", "mine\n");
    project.write("tool", [0, 9]);
    project.set_mode("run.sh", 0o644);
    project.write("release.env", "RELEASE=mine\n");
    project
}

#[test]
fn git_takes_the_edits_back_and_makes_them_again() {
    let project = edited();
    let before = project.everything();
    let patch = project.treenail_bytes("diff shop");
    assert_unchanged(&before, &project.everything());
    project.home.write("edits.patch", &patch);

    let fresh = Project::of(&v1());
    fresh.home.write("edits.patch", &patch);
    fresh.git("apply ../edits.patch");
    assert_eq!(fresh.bytes("latin.txt"), b"caf\xe8\n");
    assert_eq!(fresh.bytes("tool"), [0, 9]);
    assert!(fresh.path("kind.txt").is_symlink() && !fresh.is_executable("run.sh"));
    assert!(!fresh.is_there("gone.txt") && !fresh.is_there("nest.txt"));
    fresh.git("apply --reverse ../edits.patch");
    fresh.assert_clean();
}

#[test]
fn every_file_has_its_line() {
    let outcome = edited().treenail("diff shop --stat").ends_with(0);
    assert_eq!(
        outcome.stdout,
        "a.txt +1 -1\ngone.txt +0 -1 (deleted)\nkind.txt +1 -1 (type)\nlatin.txt +1 -1\nnest.txt +0 -1 (deleted)\n\
         run.sh +0 -0 (mode)\ntool +0 -0 (binary)\n"
    );
}

#[test]
fn the_shape_for_programs() {
    let project = edited();
    let of = |arguments: &str| -> Value {
        let outcome = project.treenail(&format!("diff shop --json {arguments}"));
        serde_json::from_str(&outcome.stdout).unwrap()
    };
    let all = of("");
    assert_eq!((&all["schema"], &all["upgrade"]), (&json!("treenail.diff/1"), &json!(false)));
    let patch = all["files"][0]["patch"].as_str().unwrap();
    assert!(
        patch.starts_with("diff --git a/a.txt b/a.txt\n") && patch.ends_with("-two\n+mine\n three\n"),
        "{patch}"
    );
    let short = of("--stat --exit-code");
    let file = json!({ "path": "a.txt", "what": "changed", "binary": false, "added": 1, "removed": 1 });
    assert_eq!((short["files"].as_array().unwrap().len(), &short["files"][0]), (7, &file));
    assert_eq!(short["files"][6]["binary"], true);
}

#[test]
fn the_shape_of_an_upgrade_for_programs() {
    let project = Project::of(&v1());
    project.edit("a.txt", "one\nmine\nthree\n");
    project.offer(&v1().version("2.0.0").file("a.txt", "one\ntheirs\nthree\n").file("new.txt", "new\n"));
    let outcome = project.treenail("diff shop --upgrade --scaffold scaffold --json").ends_with(0);
    let diff: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&diff["upgrade"], &diff["conflicts"][0]["path"]), (&json!(true), &json!("a.txt")));
    let files = diff["files"].as_array().unwrap();
    let new = files.iter().find(|file| file["path"] == "new.txt").unwrap();
    assert_eq!((&new["what"], &new["added"]), (&json!("added"), &json!(1)));
}
