//! The baseline: known findings are not reported, and new ones are.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";
const FILE: &str = "shop/.treenail/check-baseline.yaml";

fn repository(lines: &str) -> Home {
    let home = Home::new();
    home.repository("shop");
    write(&home, "deploy/a.yaml", lines);
    home
}

fn write(home: &Home, path: &str, lines: &str) {
    home.write(&format!("shop/{path}"), format!("{THING}{lines}"));
}

fn read(home: &Home) -> String {
    std::fs::read_to_string(home.path(FILE)).unwrap()
}

#[track_caller]
fn report(home: &Home, arguments: &str) -> Value {
    let run = home.treenail(&format!("check --json {arguments}")).inside("shop").run();
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}

/// The lines with findings in `deploy/a.yaml`.
#[track_caller]
fn lines(home: &Home, arguments: &str) -> Vec<u64> {
    let shape = report(home, arguments);
    shape["findings"].as_array().unwrap().iter().map(|finding| finding["line"].as_u64().unwrap()).collect()
}

#[test]
fn only_new_findings_fail() {
    let home = repository("a: on\nz: 1\nz: 2\n");
    home.treenail("check").inside("shop").run().ends_with(8);
    let run = home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    assert_eq!(run.stderr, "✓ wrote 2 findings to `.treenail/check-baseline.yaml`\n");
    let text = read(&home);
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(text.contains("\n- {rule: TN002, path: \"deploy/a.yaml\", count: 1, line: \""), "{text}");
    let run = home.treenail("check").inside("shop").run().ends_with(0);
    assert_eq!(run.stderr, "no findings in 1 file (2 in the baseline)\n");
    // Wherever they are now.
    write(&home, "deploy/a.yaml", "x: 1\nw: off\na: on\nz: 1\nz: 2\n");
    assert_eq!(lines(&home, ""), [6]);
    assert_eq!(lines(&home, "deploy"), [6]);
    assert_eq!(lines(&home, "--no-ignore"), [6, 7, 9]);
    // Writing it again gives the same bytes.
    write(&home, "deploy/a.yaml", "a: on\nz: 1\nz: 2\n");
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    assert_eq!(read(&home), text);
}

#[test]
fn what_no_longer_occurs_is_said() {
    let home = repository("a: on\nb: off\n");
    write(&home, "b.yaml", "a: on\n");
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    write(&home, "deploy/a.yaml", "b: off\n");
    let run = home.treenail("check").inside("shop").run().ends_with(0);
    let said = "1 finding in the baseline no longer occurs: deploy/a.yaml (TN003); `--write-baseline` removes them\n\
                no findings in 2 files (2 in the baseline)\n";
    assert_eq!(run.stderr, said);
    let shape = report(&home, "");
    assert_eq!((&shape["known"], &shape["gone"][0]["path"]), (&2.into(), &"deploy/a.yaml".into()));
    // Nothing is known of what is not checked, and filters change nothing.
    std::fs::remove_file(home.path("shop/b.yaml")).unwrap();
    assert_eq!(report(&home, "deploy")["gone"].as_array().unwrap().len(), 1);
    assert_eq!(report(&home, "--only TN001 --severity error")["gone"].as_array().unwrap().len(), 2);
    // Nor does writing a part lose the rest.
    home.treenail("check --write-baseline deploy").inside("shop").run().ends_with(0);
    assert!(read(&home).contains("\"b.yaml\""), "{}", read(&home));
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    assert_eq!(read(&home).matches("rule:").count(), 1, "{}", read(&home));
}

#[test]
fn another_file() {
    let home = repository("a: on\n");
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    home.treenail("check --baseline gone.yaml")
        .inside("shop")
        .run()
        .ends_with(2)
        .snapshot("check-no-baseline");
    home.treenail("check --baseline ../known.yaml --write-baseline").inside("shop").run().ends_with(0);
    assert!(!home.path(FILE).exists());
    assert_eq!(lines(&home, ""), [5]);
    assert_eq!(lines(&home, "--baseline ../known.yaml"), [] as [u64; 0]);
    assert_eq!(lines(&home, "--baseline ../known.yaml --ignore-from HEAD"), [] as [u64; 0]);
    home.treenail("check --baseline ../known.yaml --no-ignore").inside("shop").run().ends_with(2);
    for flag in ["--fix", "--only TN003", "--json", "--no-ignore", "--ignore-from HEAD"] {
        home.treenail(&format!("check --write-baseline {flag}")).inside("shop").run().ends_with(2);
    }
}

#[test]
fn a_pull_request_cannot_make_its_findings_known() {
    let home = repository("a: on\n");
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    write(&home, "deploy/a.yaml", "a: on\nb: off\n");
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    assert_eq!(lines(&home, ""), [] as [u64; 0]);
    assert_eq!(lines(&home, "--ignore-from HEAD"), [6]);
    assert_eq!(lines(&home, "--ignore-from HEAD --baseline .treenail/check-baseline.yaml"), [6]);
}

#[test]
fn fixes_leave_what_is_known() {
    let home = repository("on: 1\n");
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    write(&home, "deploy/a.yaml", "on: 1\noff: 1\n");
    home.treenail("check --fix").inside("shop").run().ends_with(0);
    let text = std::fs::read_to_string(home.path("shop/deploy/a.yaml")).unwrap();
    assert!(text.ends_with("on: 1\n\"off\": 1\n"), "{text}");
}

#[test]
fn one_that_cannot_be_used() {
    let home = repository("a: on\n");
    home.write(FILE, "schema: treenail.check-baseline/1\nfindings:\n- {rule: \"\\e[31m\", pth: a}\n");
    home.treenail("check").inside("shop").run().ends_with(6).snapshot("check-baseline");
    home.write(FILE, "schema: treenail.check-baseline/2\n");
    let said = home.treenail("check").inside("shop").run().ends_with(6).stderr;
    assert!(said.contains("was written by a newer treenail"), "{said}");
    home.write(FILE, b"\xff");
    home.treenail("check").inside("shop").run().ends_with(6);
    // It does not matter where it is not used, and can be written anew.
    home.treenail("check --no-ignore").inside("shop").run().ends_with(0);
    home.treenail("check --write-baseline").inside("shop").run().ends_with(0);
    home.treenail("check").inside("shop").run().ends_with(0);
}

#[test]
fn links_are_neither_read_nor_written() {
    let home = repository("a: on\n");
    home.write("elsewhere.yaml", "mine\n");
    home.write("shop/.treenail/x", "");
    symlink(home.path("elsewhere.yaml"), home.path(FILE)).unwrap();
    home.treenail("check").inside("shop").run().ends_with(1);
    home.treenail("check --write-baseline").inside("shop").run().ends_with(5);
    assert_eq!(std::fs::read_to_string(home.path("elsewhere.yaml")).unwrap(), "mine\n");
    home.write("folder/x", "");
    std::fs::remove_dir_all(home.path("shop/.treenail")).unwrap();
    symlink(home.path("folder"), home.path("shop/.treenail")).unwrap();
    home.treenail("check --write-baseline").inside("shop").run().ends_with(5);
    assert_eq!(std::fs::read_dir(home.path("folder")).unwrap().count(), 1);
}
