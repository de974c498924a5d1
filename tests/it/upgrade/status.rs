//! `treenail status`: what it says about each kind of file, about what is left half done, and that it writes nothing.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\n";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", LINES)
        .file("sub/b.txt", "b\n")
        .program("run.sh", "#!/bin/sh\n")
        .seeded("release.env", "RELEASE=none\n")
}

/// The lines after the count of pristine files; nothing must be written.
#[track_caller]
fn told(place: &Place) -> Vec<String> {
    let before = place.everything();
    let outcome = place.treenail("status shop --scaffold scaffold").ends_with(0);
    assert_unchanged(&before, &place.everything());
    let mut lines = outcome.stdout.lines().skip_while(|line| !line.ends_with("unchanged"));
    let count = lines.next().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let told: Vec<_> = lines.filter(|line| !line.starts_with("yours ")).map(str::to_owned).collect();
    assert_eq!(count + told.len(), 3, "{told:?}");
    told
}

/// Each is told in the work tree, staged and committed, and with an index that knows nothing of the files' times.
#[test]
fn every_kind_of_edit() {
    type Edit = fn(&Place);
    let table: [(&str, Edit, &[&str]); 9] = [
        ("nothing", |_| {}, &[]),
        ("a touch", |place| place.write("a.txt", LINES), &[]),
        ("an edit", |place| place.write("a.txt", "mine\n"), &["edited   a.txt"]),
        ("a mode", |place| place.set_mode("run.sh", 0o644), &["mode     run.sh"]),
        (
            "a mode and an edit",
            |place| {
                place.set_mode("a.txt", 0o755);
                place.write("a.txt", "mine\n");
            },
            &["edited   a.txt"],
        ),
        ("a deletion", |place| place.remove("sub/b.txt"), &["deleted  sub/b.txt"]),
        (
            "a link",
            |place| {
                place.remove("a.txt");
                symlink("sub/b.txt", place.path("a.txt")).unwrap();
            },
            &["link     a.txt"],
        ),
        (
            "a folder",
            |place| {
                place.remove("a.txt");
                place.write("a.txt/inside", LINES);
            },
            &["folder   a.txt"],
        ),
        (
            "a folder that leads elsewhere, to the very same content",
            |place| {
                fs::rename(place.path("sub"), place.path("other")).unwrap();
                symlink("other", place.path("sub")).unwrap();
            },
            &["deleted  sub/b.txt"],
        ),
    ];
    for (name, edit, expected) in table {
        let place = Place::of(&v1());
        edit(&place);
        assert_eq!(told(&place), expected, "{name}");
        place.git("add -A");
        assert_eq!(told(&place), expected, "{name}, staged");
        place.git("commit -q --allow-empty -m edit");
        assert_eq!(told(&place), expected, "{name}, committed");
        place.git("update-index --really-refresh");
        assert_eq!(told(&place), expected, "{name}, refreshed");
        place.remove(".git/index");
        assert_eq!(told(&place), expected, "{name}, without an index");
    }
}

#[test]
fn an_edit_within_one_tick_of_the_clock() {
    let place = Place::of(&v1());
    let before = fs::metadata(place.path("a.txt")).unwrap().modified().unwrap();
    place.write("a.txt", "two\none\nthree\n");
    fs::File::options().write(true).open(place.path("a.txt")).unwrap().set_modified(before).unwrap();
    assert_eq!(told(&place), ["edited   a.txt"]);
}

/// Modes are the index's where the file system has none.
#[test]
fn modes_that_only_git_knows() {
    let place = Place::of(&v1());
    place.git("config core.fileMode false");
    place.set_mode("a.txt", 0o755);
    assert_eq!(told(&place), Vec::<String>::new());
    place.git("update-index --chmod=+x a.txt");
    assert_eq!(told(&place), ["mode     a.txt"]);
}

#[test]
fn line_ends_that_git_translates_are_no_edits() {
    let place = Place::of(&v1().file("\"quoted\".txt", LINES));
    let windows = LINES.replace('\n', "\r\n");
    let written = |place: &Place| {
        place.treenail("status shop --scaffold scaffold").ends_with(0).stdout.contains("4 files unchanged")
    };
    // They are edits where nobody translates them.
    place.write("a.txt", &windows);
    place.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    place.git("config core.autocrlf true");
    assert!(written(&place));
    place.git("config --unset core.autocrlf");
    place.write(".gitattributes", "*.txt text\n");
    place.write("\"quoted\".txt", &windows);
    assert!(written(&place));
    let diff = place.treenail("diff shop --exit-code").ends_with(0);
    assert_eq!(diff.stdout, "");
    place.write("a.txt", windows.replace("two", "mine"));
    place.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    let diff = place.treenail("diff shop --exit-code").ends_with(7);
    assert!(diff.stdout.ends_with(" one\n-two\n+mine\n three\n"), "{}", diff.stdout);
}

#[test]
fn what_filters_change_is_no_edit() {
    let place = Place::of(&v1());
    place.write(
        ".gitattributes",
        "a.txt filter=upper\nsub/b.txt ident\nrun.sh working-tree-encoding=UTF-16BE\n",
    );
    place.git("config filter.upper.clean tr${IFS}A-Z${IFS}a-z");
    place.write("a.txt", LINES.to_uppercase());
    place.write("run.sh", "#!/bin/sh\n".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    assert_eq!(told(&place), Vec::<String>::new());
    place.write("a.txt", "MINE\n");
    place.write("sub/b.txt", "$Id: 1234 $\n");
    assert_eq!(told(&place), ["edited   a.txt", "edited   sub/b.txt"]);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    let place = Place::of(&v1());
    place.git("update-index --skip-worktree sub/b.txt");
    place.remove("sub/b.txt");
    assert_eq!(told(&place), Vec::<String>::new());
}

#[test]
fn an_index_that_cannot_be_read_is_not_needed() {
    let place = Place::of(&v1());
    place.git("update-index --split-index");
    place.write("a.txt", "mine\n");
    assert_eq!(told(&place), ["edited   a.txt"]);
}

#[test]
fn conflicts_and_what_is_to_be_done_about_them() {
    let place = Place::of(&v1());
    place.edit("a.txt", "one\nmine\nthree\n");
    place.offer(&v1().version("2.0.0").file("a.txt", "one\nTWO\nthree\n"));
    place.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(told(&place), ["conflict a.txt"]);
    let status = place.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("an upgrade has unresolved conflicts").prints("treenail upgrade --abort");
    assert_eq!(json(&place)["unfinished"], "conflicts");
    place.write("a.txt", "one\nboth\nthree\n");
    place.git("add a.txt");
    assert_eq!(told(&place), ["edited   a.txt"]);
    place.treenail("upgrade shop --continue").ends_with(0);
    assert_eq!(json(&place)["unfinished"], Value::Null);
}

#[test]
fn an_interrupted_run_and_a_running_one() {
    let place = Place::of(&v1());
    place.write(".git/treenail/journal", "whatever it is\n");
    place.treenail("status shop").ends_with(5).says("web");
    let status = place.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("an earlier run was interrupted").prints("treenail upgrade --continue");
    assert_eq!(json(&place)["unfinished"], "interrupted");
    let lock = fs::File::create(place.path(".git/treenail/lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(json(&place)["unfinished"], "running");
}

#[test]
fn answers_that_wait_to_be_applied() {
    let place = Place::of(&v1().question("port", "integer", "  default: '80'\n"));
    assert_eq!(json(&place)["editedAnswers"], Value::Array(Vec::new()));
    place.replace(".treenail/answers.yaml", "  port: 80\n", "  port: 81\n");
    let status = place.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("edited answers: port; apply them with `treenail upgrade`");
    assert_eq!(json(&place)["editedAnswers"][0], "port");
}

/// Of an answer that somebody chose, only the last commit knows what it was.
#[test]
fn chosen_answers_that_wait_to_be_applied() {
    let place = Place::of(&v1().question("port", "integer", "  default: '80'\n").file("p", "[= port =]\n"));
    place.upgrade("--set port=81").ends_with(0);
    assert_eq!(json(&place)["editedAnswers"], json!([]));
    place.replace(".treenail/answers.yaml", "  port: 81\n", "  port: 82\n");
    assert_eq!(json(&place)["editedAnswers"], json!(["port"]));
    place.upgrade("").ends_with(0);
    assert_eq!((json(&place)["editedAnswers"].clone(), place.read("p")), (json!([]), "82\n".to_owned()));
    // Applied, though not committed.
    place.upgrade("--set port=83 --no-commit").ends_with(0);
    assert_eq!(json(&place)["editedAnswers"], json!([]));
}

#[test]
fn moves_and_rules_that_are_left_out_are_kept() {
    let place = Place::of(&v1());
    fs::rename(place.path("a.txt"), place.path("mine.txt")).unwrap();
    place.write("sub/b.txt", "edited\n");
    let decisions = "moved:\n  a.txt: mine.txt\n  sub/b.txt: sub/b.txt\nignore:\n- TN012 deploy/**\n";
    let answers = place.read(".treenail/answers.yaml") + decisions;
    place.edit(".treenail/answers.yaml", answers);
    let status = json(&place);
    let files: Vec<_> =
        status["files"].as_array().unwrap().iter().map(|file| (&file["path"], &file["from"])).collect();
    assert!(files.contains(&(&"mine.txt".into(), &"a.txt".into())), "{files:?}");
    assert_eq!(status["files"][0]["state"], "pristine");
    assert_eq!(told(&place), ["edited   sub/b.txt"]);
    place.write("mine.txt", "mine\n");
    assert_eq!(told(&place), ["edited   mine.txt (moved from a.txt)", "edited   sub/b.txt"]);
    place.treenail("diff shop").ends_with(0).prints("--- a/mine.txt\n+++ b/mine.txt\n");
}

fn json(place: &Place) -> Value {
    let outcome = place.treenail("status shop --scaffold scaffold --json").ends_with(0);
    let status: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(status["schema"], "treenail.status/1");
    status
}

/// As with Git, standing in a folder of what was written is enough; a folder that is named is meant as it is.
#[test]
fn is_found_from_a_folder_below() {
    let place = Place::of(&v1());
    place.write("sub/deep/c.txt", "c\n");
    let mut command = place.home.command("treenail");
    command
        .current_dir(place.path("sub/deep"))
        .args(["status", "--scaffold"])
        .arg(place.home.path("scaffold"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("files unchanged"));
    place.treenail("status shop/sub --scaffold scaffold").ends_with(5).says("was not generated by treenail");
}
