//! Runs at the same time, and folders that share a repository.

use std::process::Stdio;

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    let scaffold = Scaffold::new("1.0.0").file("a.txt", "one\n");
    ["1", "2", "3", "4", "5", "6", "7", "8"]
        .into_iter()
        .fold(scaffold, |scaffold, name| scaffold.file(name, "old\n"))
}

fn v2() -> Scaffold {
    let scaffold = v1().version("2.0.0").file("a.txt", "two\n");
    ["1", "2", "3", "4", "5", "6", "7", "8"]
        .into_iter()
        .fold(scaffold, |scaffold, name| scaffold.file(name, "new\n"))
}

/// Runs all of `lines` at once; gives how they end, in order.
fn at_once(project: &Project, lines: &[String]) -> Vec<(i32, String)> {
    let start = |line: &String| {
        let mut run = project.home.command("treenail");
        run.args(line.split(' '))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let runs: Vec<_> = lines.iter().map(start).collect();
    let wait = |run: std::process::Child| {
        let output = run.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    runs.into_iter().map(wait).collect()
}

/// Whoever comes second waits for the user, or finds it done.
fn assert_one_did_it(ends: &[(i32, String)]) {
    let done = ends.iter().filter(|(code, said)| *code == 0 && !said.contains("nothing to do")).count();
    assert_eq!(done, 1, "{ends:?}");
    for (code, said) in ends.iter().filter(|(code, _)| *code != 0) {
        let words = [
            "another treenail is writing",
            "another Git is at work",
            "a moment ago",
            "not committed",
            "not in the index",
            "was changed meanwhile",
            "has moved meanwhile",
            "has commits that the current one does not have",
        ];
        assert!([1, 5].contains(code) && words.iter().any(|word| said.contains(word)), "{code}: {said}");
    }
}

#[test]
#[ignore = "takes long"]
fn of_several_upgrades_at_once_one_lands() {
    for arguments in ["", " --branch later", " --no-commit"] {
        for _ in 0..3 {
            let project = Project::of(&v1());
            project.offer(&v2());
            let line = format!("upgrade shop --scaffold scaffold{arguments}");
            assert_one_did_it(&at_once(&project, &vec![line; 4]));
            project.assert_calm();
            let commits = project.git("log --all --format=%s").lines().count();
            assert_eq!(commits, if arguments.contains("commit") { 1 } else { 2 });
            if !arguments.contains("branch") {
                assert_eq!((project.read("a.txt"), project.read("8")), ("two\n".into(), "new\n".into()));
            }
        }
    }
}

#[test]
fn folders_upgraded_at_once_do_not_disturb_each_other() {
    let project = Project::at("shop/one", &v1());
    project.treenail("new shop/two --scaffold scaffold --defaults --set app=two").ends_with(0);
    project.offer(&v2());
    let lines = ["one", "two"].map(|name| format!("upgrade shop/{name} --scaffold scaffold"));
    let ends = at_once(&project, &lines);
    assert!(ends.iter().any(|(code, _)| *code == 0), "{ends:?}");
    project.assert_clean();
    // Whoever was refused may run again.
    for line in &lines {
        project.treenail(line).ends_with(0);
    }
    project.assert_clean();
    assert_eq!(project.commits(), 4);
    for name in ["one", "two"] {
        assert_eq!(project.home.read(&format!("shop/{name}/a.txt")), "two\n");
    }
}

/// One in the folder of the other: to either, the other's files are its user's.
#[test]
fn an_instance_inside_another() {
    let project = Project::of(&v1());
    project.treenail("new shop/inner --scaffold scaffold --defaults --set app=inner").ends_with(0);
    project.home.write("shop/inner/1", "mine\n");
    project.commit();
    project.offer(&v2());
    let inner = |project: &Project| {
        let mut files = project.files();
        files.retain(|path, _| path.starts_with("inner/"));
        files
    };
    let before = inner(&project);
    project.upgrade("").ends_with(0);
    project.assert_clean();
    assert_unchanged(&before, &inner(&project));
    let outer = project.read("1");
    project.treenail("upgrade shop/inner --scaffold scaffold").ends_with(3).says("1: you and the scaffold");
    project.treenail("upgrade shop/inner --scaffold scaffold --conflicts=ours").ends_with(0);
    project.assert_clean();
    let touched = project.git("show --format= --name-only HEAD");
    assert!(touched.lines().all(|path| path.starts_with("inner/")), "{touched}");
    assert_eq!(
        (project.read("1"), project.read("inner/1"), project.read("inner/2")),
        (outer, "mine\n".into(), "new\n".into())
    );
    project.treenail("status shop/inner --scaffold scaffold").ends_with(0).prints("edited   1\n");
}
