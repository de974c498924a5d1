//! Outputs have an end, whatever is found, and count all of it.

use std::fmt::Write;

use serde_json::Value;

use crate::common::home::Home;

const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";

/// A file with `warnings` findings, and one error at its end.
fn home(warnings: usize) -> Home {
    let home = Home::new();
    let mut text = format!("{THING}list:\n");
    for _ in 0..warnings {
        text.push_str("- on\n");
    }
    let _ = write!(text, "z: 1\nz: 2\n");
    home.write("a.yaml", text);
    home
}

#[test]
fn people_are_shown_each_cause_once() {
    let home = home(1_200);
    let run = home.treenail("check").run().ends_with(8);
    assert_eq!(run.stdout.lines().filter(|line| line.contains("[TN003]")).count(), 1);
    assert!(run.stdout.contains("    also a.yaml:7:3\n"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().filter(|line| line.contains("also a.yaml:")).count(), 5);
    assert!(run.stdout.contains("    and 1194 more\n"), "{}", run.stdout);
    assert!(run.stderr.contains("1 error, 1200 warnings"), "{}", run.stderr);
    let all = home.treenail("check --all").run().ends_with(8).stdout;
    assert_eq!(all.lines().filter(|line| line.contains("[TN003]")).count(), 1_200);
    let all: Value = serde_json::from_str(&home.treenail("check --json").run().stdout).unwrap();
    assert_eq!(all["findings"].as_array().unwrap().len(), 1_201);
}

/// A repository with `count` different warnings of one rule, and one error of another.
fn various(count: usize) -> Home {
    let home = Home::new();
    let mut text = format!("{THING}list:\n");
    for number in 0..count {
        let _ = writeln!(text, "- 0{number:o}");
    }
    home.write("a.yaml", text);
    home.write("b.yaml", format!("{THING}z: 1\nz: 2\n"));
    home
}

#[test]
fn many_causes_are_summed_up() {
    let home = various(4_000);
    let run = home.treenail("check").run().ends_with(8);
    // The gravest come first, then some of each rule, and in the end all rules.
    assert!(run.stdout.starts_with("b.yaml:6:1 error[TN002]"), "{}", run.stdout);
    assert!(run.stdout.lines().count() < 100, "{}", run.stdout);
    let more = "… and 3985 more of TN003; `--only TN003` shows more of them\n";
    assert!(run.stdout.contains(more), "{}", run.stdout);
    let table = home.treenail("check --format summary").run().ends_with(8).snapshot("check-summary").stdout;
    assert!(run.stdout.contains(&table), "{}", run.stdout);
    let only = home.treenail("check --only TN003").run().ends_with(0).stdout;
    assert_eq!(only.lines().filter(|line| line.contains("[TN003]")).count(), 30);
    // Few causes are printed in the order of the files.
    assert!(various(40).treenail("check").run().stdout.starts_with("a.yaml:"));
    home.write("b.yaml", "");
    home.write("a.yaml", "");
    assert_eq!(home.treenail("check --format summary").run().ends_with(0).stdout, "");
}

#[test]
fn code_scanning_is_given_the_gravest() {
    let home = home(25_010);
    let run = home.treenail("check --format sarif").run().ends_with(8);
    let shape: Value = serde_json::from_str(&run.stdout).unwrap();
    let results = shape["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 1);
    let invocation = &shape["runs"][0]["invocations"][0];
    assert_eq!(invocation["properties"]["omittedResults"], 11);
    let notification = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(notification.starts_with("11 findings are left out"), "{notification}");
    assert!(run.stderr.contains("left out the 11 mildest findings"), "{}", run.stderr);
    assert!(run.stderr.contains("1 error, 25010 warnings"), "{}", run.stderr);
}

/// A value of a megabyte must not be repeated in every format.
#[test]
#[ignore = "takes long"]
fn long_values_are_cut() {
    let long = "x".repeat(1 << 20);
    let home = Home::new();
    home.write("a.yaml", format!("{THING}{long}: 1\n{long}: 2\n"));
    home.write(
        "b.yaml",
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\n{long}: {{}}\nspec: {{type: {long}}}\n"
        ),
    );
    home.write(
        "kustomization.yaml",
        format!("resources: [{long}]\nimages: [{{name: {long}, newTag: '1'}}]\n"),
    );
    home.write("c.yaml", format!("apiVersion: apps/v1\nkind: {long}\nmetadata: {{name: {long}}}\n"));
    for format in ["human", "summary", "json", "sarif", "github", "junit"] {
        let run = home.treenail(&format!("check --format {format}")).run().ends_with(8);
        assert!(run.stdout.len() < 100_000, "{format}: {} bytes", run.stdout.len());
    }
}
