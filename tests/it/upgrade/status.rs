//! `treenail status`: what it says about each kind of file, about what is left half done, and that it writes nothing.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::upgrade::project::{Project, assert_unchanged};
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
fn statuses(project: &Project) -> Vec<String> {
    let before = project.everything();
    let outcome = project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert_unchanged(&before, &project.everything());
    let mut lines = outcome.stdout.lines().skip_while(|line| !line.ends_with("unchanged"));
    let count = lines.next().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let statuses: Vec<_> = lines.filter(|line| !line.starts_with("yours ")).map(str::to_owned).collect();
    assert_eq!(count + statuses.len(), 4, "{statuses:?}");
    statuses
}

/// Each is recognised in the work tree, staged and committed, and with an index that knows nothing of the files' times.
#[test]
#[ignore = "takes long"]
fn every_kind_of_edit() {
    type Edit = fn(&Project);
    let table: [(&str, Edit, &[&str]); 9] = [
        ("nothing", |_| {}, &[]),
        ("a touch", |project| project.write("a.txt", LINES), &[]),
        ("an edit", |project| project.write("a.txt", "mine\n"), &["edited   a.txt"]),
        ("a mode", |project| project.set_mode("run.sh", 0o644), &["mode     run.sh"]),
        (
            "a mode and an edit",
            |project| {
                project.set_mode("a.txt", 0o755);
                project.write("a.txt", "mine\n");
            },
            &["edited   a.txt"],
        ),
        ("a deletion", |project| project.remove("sub/b.txt"), &["deleted  sub/b.txt"]),
        (
            "a link",
            |project| {
                project.remove("a.txt");
                symlink("sub/b.txt", project.path("a.txt")).unwrap();
            },
            &["link     a.txt"],
        ),
        (
            "a folder",
            |project| {
                project.remove("a.txt");
                project.write("a.txt/inside", LINES);
            },
            &["folder   a.txt"],
        ),
        (
            "a folder that leads elsewhere, to the very same content",
            |project| {
                fs::rename(project.path("sub"), project.path("other")).unwrap();
                symlink("other", project.path("sub")).unwrap();
            },
            &["deleted  sub/b.txt"],
        ),
    ];
    for (name, edit, expected) in table {
        let project = Project::of(&v1());
        edit(&project);
        assert_eq!(statuses(&project), expected, "{name}");
        project.git("add -A");
        assert_eq!(statuses(&project), expected, "{name}, staged");
        project.git("commit -q --allow-empty -m edit");
        assert_eq!(statuses(&project), expected, "{name}, committed");
        project.git("update-index --really-refresh");
        assert_eq!(statuses(&project), expected, "{name}, refreshed");
        project.remove(".git/index");
        assert_eq!(statuses(&project), expected, "{name}, without an index");
    }
}

#[test]
fn an_edit_within_one_tick_of_the_clock() {
    let project = Project::of(&v1());
    let before = fs::metadata(project.path("a.txt")).unwrap().modified().unwrap();
    project.write("a.txt", "two\none\nthree\n");
    fs::File::options().write(true).open(project.path("a.txt")).unwrap().set_modified(before).unwrap();
    assert_eq!(statuses(&project), ["edited   a.txt"]);
}

/// Modes are the index's where the file system has none.
#[test]
fn modes_that_only_git_knows() {
    let project = Project::of(&v1());
    project.git("config core.fileMode false");
    project.set_mode("a.txt", 0o755);
    assert_eq!(statuses(&project), Vec::<String>::new());
    project.git("update-index --chmod=+x a.txt");
    assert_eq!(statuses(&project), ["mode     a.txt"]);
}

#[test]
fn line_ends_that_git_translates_are_no_edits() {
    let project = Project::of(&v1().file("\"quoted\".txt", LINES));
    let windows = LINES.replace('\n', "\r\n");
    let written = |project: &Project| {
        project.treenail("status shop --scaffold scaffold").ends_with(0).stdout.contains("5 files unchanged")
    };
    // They are edits where nobody translates them.
    project.write("a.txt", &windows);
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    project.git("config core.autocrlf true");
    assert!(written(&project));
    project.git("config --unset core.autocrlf");
    project.write(".gitattributes", "*.txt text\n");
    project.write("\"quoted\".txt", &windows);
    assert!(written(&project));
    let diff = project.treenail("diff shop --exit-code").ends_with(0);
    assert_eq!(diff.stdout, "");
    project.write("a.txt", windows.replace("two", "mine"));
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    let diff = project.treenail("diff shop --exit-code").ends_with(7);
    assert!(diff.stdout.ends_with(" one\n-two\n+mine\n three\n"), "{}", diff.stdout);
}

#[test]
fn what_filters_change_is_no_edit() {
    let project = Project::of(&v1());
    project.write(
        ".gitattributes",
        "a.txt filter=upper\nsub/b.txt ident\nrun.sh working-tree-encoding=UTF-16BE\n",
    );
    project.git("config filter.upper.clean tr${IFS}A-Z${IFS}a-z");
    project.write("a.txt", LINES.to_uppercase());
    project.write("run.sh", "#!/bin/sh\n".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    assert_eq!(statuses(&project), Vec::<String>::new());
    project.write("a.txt", "MINE\n");
    project.write("sub/b.txt", "$Id: 1234 $\n");
    assert_eq!(statuses(&project), ["edited   a.txt", "edited   sub/b.txt"]);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    let project = Project::of(&v1());
    project.git("update-index --skip-worktree sub/b.txt");
    project.remove("sub/b.txt");
    assert_eq!(statuses(&project), Vec::<String>::new());
}

#[test]
fn an_index_that_cannot_be_read_is_not_needed() {
    let project = Project::of(&v1());
    project.git("update-index --split-index");
    project.write("a.txt", "mine\n");
    assert_eq!(statuses(&project), ["edited   a.txt"]);
}

#[test]
fn conflicts_and_what_is_to_be_done_about_them() {
    let project = Project::of(&v1());
    project.edit("a.txt", "one\nmine\nthree\n");
    project.offer(&v1().version("2.0.0").file("a.txt", "one\nTWO\nthree\n"));
    project.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(statuses(&project), ["conflict a.txt"]);
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("an upgrade has unresolved conflicts").prints("treenail upgrade --abort");
    assert_eq!(json(&project)["unfinished"], "conflicts");
    project.write("a.txt", "one\nboth\nthree\n");
    project.git("add a.txt");
    assert_eq!(statuses(&project), ["edited   a.txt"]);
    project.treenail("upgrade shop --continue").ends_with(0);
    assert_eq!(json(&project)["unfinished"], Value::Null);
}

#[test]
fn an_interrupted_run_and_a_running_one() {
    let project = Project::of(&v1());
    project.write(".git/treenail/journal", "whatever it is\n");
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("an earlier run was interrupted").prints("treenail upgrade --continue");
    assert_eq!(json(&project)["unfinished"], "interrupted");
    let lock = fs::File::create(project.path(".git/treenail/lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(json(&project)["unfinished"], "running");
}

/// The state alone says what was edited.
#[test]
fn the_folder_of_the_scaffold_is_not_needed() {
    let project = Project::of(&v1());
    project.write("a.txt", "mine\n");
    fs::remove_dir_all(project.home.path("scaffold")).unwrap();
    let status = project.treenail("status shop").ends_with(0);
    status
        .prints("scaffold web 1.0.0, not built in: name its folder with --scaffold")
        .prints("edited   a.txt");
    let outcome = project.treenail("status shop --json").ends_with(0);
    let status: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        status["scaffold"],
        json!({ "name": "web", "version": "1.0.0", "newest": null, "upToDate": null })
    );
    project.treenail("diff shop").ends_with(0).prints("+mine\n");
    project.treenail("restore shop/a.txt --force").ends_with(0);
    assert_eq!(project.read("a.txt"), LINES);
    // A scaffold that was named has to be there.
    project.treenail("status shop --scaffold scaffold").ends_with(2).says("`scaffold` not found");
}

#[test]
fn answers_that_wait_to_be_applied() {
    let project = Project::of(&v1().question("port", "integer", "  default: '80'\n"));
    assert_eq!(json(&project)["editedAnswers"], Value::Array(Vec::new()));
    project.replace(".treenail/answers.yaml", "  port: 80\n", "  port: 81\n");
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    status.prints("edited answers: port; apply them with `treenail upgrade`");
    assert_eq!(json(&project)["editedAnswers"][0], "port");
}

/// Of an answer that somebody chose, only the last commit knows what it was.
#[test]
fn chosen_answers_that_wait_to_be_applied() {
    let project =
        Project::of(&v1().question("port", "integer", "  default: '80'\n").file("p", "[= port =]\n"));
    project.upgrade("--set port=81").ends_with(0);
    assert_eq!(json(&project)["editedAnswers"], json!([]));
    project.replace(".treenail/answers.yaml", "  port: 81\n", "  port: 82\n");
    assert_eq!(json(&project)["editedAnswers"], json!(["port"]));
    project.upgrade("").ends_with(0);
    assert_eq!((json(&project)["editedAnswers"].clone(), project.read("p")), (json!([]), "82\n".to_owned()));
    // Applied, though not committed.
    project.upgrade("--set port=83 --no-commit").ends_with(0);
    assert_eq!(json(&project)["editedAnswers"], json!([]));
}

#[test]
fn moves_and_rules_that_are_left_out_are_kept() {
    let project = Project::of(&v1());
    fs::rename(project.path("a.txt"), project.path("mine.txt")).unwrap();
    project.write("sub/b.txt", "edited\n");
    let decisions = "moved:\n  a.txt: mine.txt\n  sub/b.txt: sub/b.txt\nignore:\n- TN012 deploy/**\n";
    let answers = project.read(".treenail/answers.yaml") + decisions;
    project.edit(".treenail/answers.yaml", answers);
    let status = json(&project);
    let files: Vec<_> =
        status["files"].as_array().unwrap().iter().map(|file| (&file["path"], &file["from"])).collect();
    assert!(files.contains(&(&"mine.txt".into(), &"a.txt".into())), "{files:?}");
    assert_eq!(status["files"][0]["state"], "pristine");
    assert_eq!(statuses(&project), ["edited   sub/b.txt"]);
    project.write("mine.txt", "mine\n");
    assert_eq!(statuses(&project), ["edited   mine.txt (moved from a.txt)", "edited   sub/b.txt"]);
    project.treenail("diff shop").ends_with(0).prints("--- a/mine.txt\n+++ b/mine.txt\n");
}

fn json(project: &Project) -> Value {
    let outcome = project.treenail("status shop --scaffold scaffold --json").ends_with(0);
    let status: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(status["schema"], "treenail.status/1");
    status
}

/// As with Git, standing in a folder of what was written is enough; a folder that is named is meant as it is.
#[test]
fn is_found_from_a_folder_below() {
    let project = Project::of(&v1());
    project.write("sub/deep/c.txt", "c\n");
    let mut command = project.home.command("treenail");
    command
        .current_dir(project.path("sub/deep"))
        .args(["status", "--scaffold"])
        .arg(project.home.path("scaffold"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("files unchanged"));
    project.treenail("status shop/sub --scaffold scaffold").ends_with(0);
    fs::create_dir(project.home.path("other")).unwrap();
    project.treenail("status other --scaffold scaffold").ends_with(5).says("was not generated by treenail");
}
