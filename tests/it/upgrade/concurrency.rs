//! Runs at the same time, and folders that share a repository.

use std::process::Stdio;

use crate::upgrade::project::{Place, assert_unchanged};
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
fn at_once(place: &Place, lines: &[String]) -> Vec<(i32, String)> {
    let start = |line: &String| {
        let mut run = place.home.command("treenail");
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
fn of_several_upgrades_at_once_one_lands() {
    for arguments in ["", " --branch later", " --no-commit"] {
        for _ in 0..3 {
            let place = Place::of(&v1());
            place.offer(&v2());
            let line = format!("upgrade shop --scaffold scaffold{arguments}");
            assert_one_did_it(&at_once(&place, &vec![line; 4]));
            place.assert_calm();
            let commits = place.git("log --all --format=%s").lines().count();
            assert_eq!(commits, if arguments.contains("commit") { 1 } else { 2 });
            if !arguments.contains("branch") {
                assert_eq!((place.read("a.txt"), place.read("8")), ("two\n".into(), "new\n".into()));
            }
        }
    }
}

#[test]
fn folders_upgraded_at_once_do_not_disturb_each_other() {
    let place = Place::at("shop/one", &v1());
    place.treenail("new shop/two --scaffold scaffold --defaults --set app=two").ends_with(0);
    place.offer(&v2());
    let lines = ["one", "two"].map(|name| format!("upgrade shop/{name} --scaffold scaffold"));
    let ends = at_once(&place, &lines);
    assert!(ends.iter().any(|(code, _)| *code == 0), "{ends:?}");
    place.assert_clean();
    // Whoever was refused may run again.
    for line in &lines {
        place.treenail(line).ends_with(0);
    }
    place.assert_clean();
    assert_eq!(place.commits(), 4);
    for name in ["one", "two"] {
        assert_eq!(place.home.read(&format!("shop/{name}/a.txt")), "two\n");
    }
}

/// One in the folder of the other: to either, the other's files are its user's.
#[test]
fn an_instance_inside_another() {
    let place = Place::of(&v1());
    place.treenail("new shop/inner --scaffold scaffold --defaults --set app=inner").ends_with(0);
    place.home.write("shop/inner/1", "mine\n");
    place.commit();
    place.offer(&v2());
    let inner = |place: &Place| {
        let mut files = place.files();
        files.retain(|path, _| path.starts_with("inner/"));
        files
    };
    let before = inner(&place);
    place.upgrade("").ends_with(0);
    place.assert_clean();
    assert_unchanged(&before, &inner(&place));
    let outer = place.read("1");
    place.treenail("upgrade shop/inner --scaffold scaffold").ends_with(3).says("1: you and the scaffold");
    place.treenail("upgrade shop/inner --scaffold scaffold --conflicts=ours").ends_with(0);
    place.assert_clean();
    let touched = place.git("show --format= --name-only HEAD");
    assert!(touched.lines().all(|path| path.starts_with("inner/")), "{touched}");
    assert_eq!(
        (place.read("1"), place.read("inner/1"), place.read("inner/2")),
        (outer, "mine\n".into(), "new\n".into())
    );
    place.treenail("status shop/inner --scaffold scaffold").ends_with(0).prints("edited   1\n");
}
