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
fn people_are_shown_a_thousand() {
    let home = home(1_200);
    let run = home.treenail("check").run().ends_with(8);
    assert_eq!(run.stdout.lines().filter(|line| line.contains("[TN003]")).count(), 1_000);
    assert!(run.stdout.ends_with("\n… and 201 more; `--format json` lists all\n"), "{}", run.stdout);
    assert!(run.stderr.contains("1 error, 1200 warnings"), "{}", run.stderr);
    let all: Value = serde_json::from_str(&home.treenail("check --json").run().stdout).unwrap();
    assert_eq!(all["findings"].as_array().unwrap().len(), 1_201);
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
    for format in ["human", "json", "sarif", "github", "junit"] {
        let run = home.treenail(&format!("check --format {format}")).run().ends_with(8);
        assert!(run.stdout.len() < 100_000, "{format}: {} bytes", run.stdout.len());
    }
}
