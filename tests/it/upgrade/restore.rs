//! `treenail restore`: what comes back, what is refused, and that it is all or nothing.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::upgrade::project::{Outcome, Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", LINES)
        .file("sub/b.txt", "b\n")
        .file("sub/deep/c.txt", "c\n")
        .program("run.sh", "#!/bin/sh\n")
        .seeded("sub/release.env", "RELEASE=none\n")
}

fn restore(place: &Place, arguments: &str) -> Outcome {
    place.treenail(&format!("restore {arguments}"))
}

/// A run that must end with `code` and change nothing, in Git neither.
#[track_caller]
fn refused(place: &Place, arguments: &str, code: i32) -> Outcome {
    let before = place.everything();
    let outcome = restore(place, arguments).ends_with(code);
    assert_unchanged(&before, &place.everything());
    outcome
}

#[test]
fn whatever_became_of_a_file_is_taken_back() {
    type Edit = fn(&Place);
    let table: [(&str, Edit); 5] = [
        ("edited", |place| place.write("a.txt", "mine\n")),
        ("deleted", |place| place.remove("a.txt")),
        ("mode", |place| place.set_mode("a.txt", 0o755)),
        ("link", |place| {
            place.remove("a.txt");
            symlink("sub/b.txt", place.path("a.txt")).unwrap();
        }),
        ("nothing", |_| {}),
    ];
    for (name, edit) in table {
        let place = Place::of(&v1());
        let pristine = place.files();
        edit(&place);
        place.git("add -A");
        place.git("commit -q --allow-empty -m edit");
        let (head, index) = (place.head(), place.git("ls-files --stage"));
        let outcome = restore(&place, "shop/a.txt").ends_with(0);
        if name == "nothing" {
            outcome.says("nothing to restore");
        } else {
            outcome.says(&format!("{name:8} a.txt")).says("not committed");
        }
        assert_unchanged(&pristine, &place.files());
        assert_eq!((place.head(), place.git("ls-files --stage")), (head, index), "{name}");
        place.assert_calm();
    }
}

#[test]
fn a_folder_means_all_below_it_but_what_is_the_user_s() {
    let place = Place::of(&v1());
    let pristine = place.files();
    for path in ["a.txt", "sub/b.txt", "sub/deep/c.txt", "sub/release.env"] {
        place.write(path, "mine\n");
    }
    place.set_mode("run.sh", 0o644);
    place.commit();
    restore(&place, "shop/sub/").ends_with(0).says("restored 2 files of web 1.0.0");
    assert_eq!((place.read("sub/b.txt"), place.read("sub/deep/c.txt")), ("b\n".to_owned(), "c\n".to_owned()));
    assert_eq!(
        (place.read("a.txt"), place.read("sub/release.env")),
        ("mine\n".to_owned(), "mine\n".to_owned())
    );
    restore(&place, "shop").ends_with(0);
    assert_eq!(place.read("sub/release.env"), "mine\n");
    restore(&place, "shop/sub/release.env").ends_with(0);
    assert_unchanged(&pristine, &place.files());
}

#[test]
fn paths_are_those_of_the_current_directory() {
    let place = Place::at("shop/deploy/web", &v1());
    for path in ["a.txt", "sub/b.txt"] {
        place.edit(path, "mine\n");
    }
    let run = |dir: &str, arguments: &[&str]| {
        let mut command = place.home.command("treenail");
        let output = command.arg("restore").args(arguments).current_dir(place.path(dir)).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("sub", &["bb.txt", "../a.tx", "../../../nothing"]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("was not written by treenail"), "{said}");
    let (code, said) = run("sub", &["bb.txt", "../a.tx"]);
    assert_eq!(code, 5, "{said}");
    for near in ["did you mean `b.txt`", "did you mean `../a.txt`"] {
        assert!(said.contains(near), "{said}");
    }
    assert_eq!(run("sub", &["b.txt", "../a.txt"]).0, 0);
    assert_eq!((place.read("a.txt"), place.read("sub/b.txt")), (LINES.to_owned(), "b\n".to_owned()));
}

#[test]
fn several_folders_are_several_calls() {
    let place = Place::at("shop/one", &v1());
    place.treenail("new shop/two --scaffold scaffold --defaults --set app=two").ends_with(0);
    refused(&place, "shop/one/a.txt shop/two/a.txt", 2).says("one folder at a time");
}

#[test]
fn what_git_does_not_have_is_not_overwritten() {
    let place = Place::of(&v1());
    place.write("a.txt", "mine\n");
    place.edit("sub/b.txt", "mine\n");
    place.write("a.txt", "precious\n");
    let outcome = refused(&place, "shop/a.txt shop/sub/b.txt", 5);
    outcome.says("`a.txt` has edits that are neither committed nor staged").says("--force");
    refused(&place, "shop/a.txt --dry-run", 5);
    refused(&place, "shop/a.txt --dry-run --force", 0).prints("edited   a.txt\n");
    place.git("add a.txt");
    restore(&place, "shop/a.txt").ends_with(0);
    assert_eq!(place.read("a.txt"), LINES);

    place.write("a.txt", "dearest\n");
    let said = restore(&place, "shop/a.txt --force").ends_with(0).stderr;
    assert_eq!(place.read("a.txt"), LINES);
    let command =
        said.lines().find(|line| line.contains("git cat-file -p ")).unwrap().split('`').nth(1).unwrap();
    assert_eq!(place.git(command.strip_prefix("git ").unwrap()), "dearest");
}

#[test]
fn a_deleted_file_comes_back_and_stays_back() {
    let place = Place::of(&v1());
    for path in ["a.txt", "sub/b.txt"] {
        place.remove(path);
    }
    place.commit();
    let v2 = v1().version("2.0.0").file("a.txt", "ONE\n").file("sub/b.txt", "B\n");
    place.upgrade_to(&v2);
    let own = place.read(".treenail/answers.yaml").replace("removed:\n", "removed:\n# mine\n");
    assert!(own.contains("- a.txt\n- sub/b.txt\n"), "{own}");
    // A comment of the user's ends the list for those who read it by lines, but not for YAML.
    place.edit(".treenail/answers.yaml", &own);
    refused(&place, "shop/a.txt", 6).says("take it out by hand");
    place.edit(".treenail/answers.yaml", own.replace("# mine\n", "") + "ignore:\n- TN012\n");

    refused(&place, "shop/a.txt --dry-run", 0).prints("deleted  a.txt\n");
    restore(&place, "shop/a.txt").ends_with(0);
    assert_eq!(place.read("a.txt"), "ONE\n");
    let left = place.read(".treenail/answers.yaml");
    assert!(left.contains("removed:\n- sub/b.txt\n") && left.ends_with("ignore:\n- TN012\n"), "{left}");
    restore(&place, "shop/sub").ends_with(0);
    assert!(!place.read(".treenail/answers.yaml").contains("removed"));
    place.commit();
    place.upgrade_to(&v2.version("3.0.0").file("a.txt", "three\n"));
    assert_eq!((place.read("a.txt"), place.read("sub/b.txt")), ("three\n".to_owned(), "B\n".to_owned()));
    let answers = place.read(".treenail/answers.yaml");
    assert!(answers.contains("# Rules that a check leaves out.\nignore:\n- TN012\n"), "{answers}");
}

#[test]
fn a_file_that_the_user_moved_comes_back_where_it_is() {
    let place = Place::of(&v1());
    fs::rename(place.path("a.txt"), place.path("mine.txt")).unwrap();
    place
        .edit(".treenail/answers.yaml", place.read(".treenail/answers.yaml") + "moved:\n  a.txt: mine.txt\n");
    place.edit("mine.txt", "mine\n");
    for path in ["shop/mine.txt", "shop/a.txt"] {
        place.write("mine.txt", "mine\n");
        restore(&place, path).ends_with(0);
        assert_eq!(place.read("mine.txt"), LINES);
        assert!(!place.is_there("a.txt"));
    }
}

#[test]
fn what_is_in_the_way_stops_all_of_it() {
    type Edit = fn(&Place);
    let table: [(Edit, &str); 4] = [
        (
            |place| {
                place.remove("a.txt");
                place.write("a.txt/mine", "mine\n");
            },
            "`a.txt` is a folder",
        ),
        (
            |place| {
                place.home.write("outside/b.txt", "outside\n");
                fs::rename(place.path("sub"), place.path("other")).unwrap();
                symlink("../outside", place.path("sub")).unwrap();
            },
            "`sub` is a symbolic link where a folder must go",
        ),
        (|place| place.write(".git/treenail/journal", "whatever it is\n"), "an interrupted run is left"),
        (|place| place.write("a.txt", "precious\n"), "neither committed nor staged"),
    ];
    for (edit, reason) in table {
        let place = Place::of(&v1());
        place.remove("run.sh");
        place.commit();
        edit(&place);
        refused(&place, "shop/run.sh shop/a.txt shop/sub/b.txt", 5).says(reason);
        refused(&place, "shop/run.sh shop/a.txt shop/sub/b.txt --dry-run", 5).says(reason);
        assert!(!place.is_there("run.sh"));
    }
}

#[test]
fn line_ends_are_those_of_the_checkout() {
    let place = Place::of(&v1());
    place.git("config core.autocrlf true");
    place.remove("a.txt");
    restore(&place, "shop/a.txt").ends_with(0);
    assert_eq!(place.read("a.txt"), LINES.replace('\n', "\r\n"));
    place.write("a.txt", "mine\r\n");
    refused(&place, "shop/a.txt", 5);
    place.commit();
    restore(&place, "shop/a.txt").ends_with(0);
    place.write("a.txt", "dearest\r\n");
    restore(&place, "shop/a.txt --force").ends_with(0);
    assert_eq!(place.read("a.txt"), LINES.replace('\n', "\r\n"));
}

#[test]
fn the_shape_for_programs() {
    let place = Place::of(&v1());
    place.remove("a.txt");
    let of = |arguments: &str| -> Value {
        serde_json::from_str(&restore(&place, arguments).ends_with(0).stdout).unwrap()
    };
    let expected = |dry_run: bool| {
        json!({
            "schema": "treenail.restore/1",
            "dryRun": dry_run,
            "files": [{ "path": "a.txt", "was": "deleted" }],
            "answers": false,
        })
    };
    assert_eq!(of("shop/a.txt --json --dry-run"), expected(true));
    assert!(!place.is_there("a.txt"));
    assert_eq!(of("shop/a.txt --json"), expected(false));
    assert_eq!(of("shop/a.txt --json")["files"], json!([]));
}
