//! `treenail check -`: manifests from the standard input.

use serde_json::Value;

use crate::common::home::Home;

const ON: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\non: on\n";

#[test]
fn manifests_in_a_pipe() {
    let home = Home::new();
    let run = home.treenail("check -").run_with_input(ON.as_bytes()).ends_with(0);
    assert!(run.stdout.starts_with("-:5:1 warning[TN003]"), "{}", run.stdout);
    assert!(run.stderr.ends_with("2 warnings in 1 file\n"), "{}", run.stderr);
    // What is named must be manifests.
    home.treenail("check -").run_with_input(b"a: [\n").ends_with(8);
    home.treenail("check -").run_with_input(b"").ends_with(0);
    let run = home.treenail("check --json -").run_with_input(ON.as_bytes()).ends_with(0);
    let shape: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(shape["findings"][0]["path"], "-");
    for format in ["summary", "sarif", "github", "junit"] {
        let run =
            home.treenail(&format!("check --format {format} -")).run_with_input(ON.as_bytes()).ends_with(0);
        assert!(run.stdout.contains("TN003"), "{}", run.stdout);
    }
    home.write("-", ON);
    assert!(home.treenail("check ./-").run().ends_with(0).stdout.starts_with("-:5:1 "));
}

#[test]
fn a_name_for_the_standard_input() {
    let home = Home::new();
    home.repository("shop");
    home.write("shop/.treenail/check.yaml", "overrides: [{files: [deploy/], rules: {TN003: error}}]\n");
    home.write("shop/deploy/a.yaml", "not: read\n");
    let run = home
        .treenail("check - --stdin-name a.yaml")
        .inside("shop/deploy")
        .run_with_input(ON.as_bytes())
        .ends_with(8);
    assert!(run.stdout.starts_with("deploy/a.yaml:5:1 error[TN003]"), "{}", run.stdout);
    // As a kustomization, it names others.
    let run = home
        .treenail("check - --stdin-name deploy/kustomization.yaml")
        .inside("shop")
        .run_with_input(b"resources: [gone.yaml, b.yaml]\n");
    assert!(run.stdout.contains("`gone.yaml` in `resources`"), "{}", run.stdout);
    // Settings can leave it out.
    home.write("shop/.treenail/check.yaml", "exclude: [deploy/]\n");
    let run =
        home.treenail("check - --stdin-name deploy/a.yaml").inside("shop").run_with_input(ON.as_bytes());
    assert_eq!(run.ends_with(0).stderr, "no findings in 0 files (1 path excluded)\n");
    for name in ["../../x", "/", "", "."] {
        home.treenail("check -")
            .arg("--stdin-name")
            .arg(name)
            .inside("shop")
            .run_with_input(ON.as_bytes())
            .ends_with(2);
    }
}

#[test]
fn fixes_are_printed() {
    let home = Home::new();
    let fixed = ON.replace("on: on", "\"on\": on");
    let run = home.treenail("check --fix -").run_with_input(ON.as_bytes()).ends_with(0);
    assert_eq!(run.stdout, fixed);
    assert!(run.stderr.contains("fixed 1 in 1 file; 1 remains\n"), "{}", run.stderr);
    assert!(run.stderr.contains("-:5:7 warning[TN003]"), "{}", run.stderr);
    let diff = home.treenail("check --fix --dry-run -").run_with_input(ON.as_bytes()).ends_with(0).stdout;
    assert!(diff.contains("\n-on: on\n+\"on\": on\n"), "{diff}");
    // Also what cannot be read.
    assert_eq!(home.treenail("check --fix -").run_with_input(b"a: [\n").ends_with(8).stdout, "a: [\n");
    home.treenail("check --fix --json -")
        .run_with_input(ON.as_bytes())
        .ends_with(2)
        .snapshot("check-fix-input");
}

#[test]
fn flags_that_do_not_go_with_it() {
    let home = Home::new();
    home.write("a.yaml", ON);
    home.treenail("check - a.yaml")
        .run_with_input(ON.as_bytes())
        .ends_with(2)
        .snapshot("check-input-and-path");
    home.treenail("check a.yaml --stdin-name b.yaml").run().ends_with(2);
    home.treenail("check --stdin-name b.yaml").run().ends_with(2);
}

#[test]
fn the_standard_input_has_an_end() {
    let home = Home::new();
    let script = "yes 'a: b' | treenail check -";
    let output = home.command("sh").args(["-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("larger than 50 MiB"), "{said}");
}
