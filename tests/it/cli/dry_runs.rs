//! Looking without writing: `--dry-run`, `--json`, `--print-answers`.

use serde_json::Value;

use crate::cli::new::SHOP;
use crate::cli::snapshot;
use crate::common::home::Home;

fn json(text: &str) -> Value {
    assert!(text.ends_with("}\n"));
    serde_json::from_str(text).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn dry_run_shows_what_a_real_run_writes() {
    let home = Home::new();
    let before = home.everything();
    let output = home.treenail(&format!("{SHOP} --dry-run")).run().ends_with(0);
    assert_eq!(output.stderr, "");
    assert_eq!(home.everything(), before);
    let (tree, contents) = output.stdout.split_once("\n==> ").unwrap();
    snapshot::compare("dry-run-tree", tree);

    home.treenail(SHOP).run().ends_with(0);
    let files: Vec<_> = contents.split("\n==> ").map(|file| file.split_once(" <==\n").unwrap()).collect();
    for (path, text) in &files {
        assert_eq!(*text, home.read(&format!("shop/{path}")), "{path}");
    }
    let paths: Vec<_> = files.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths.join("\n"), home.git("shop", "ls-files"));
}

#[test]
fn dry_run_needs_neither_a_free_place_nor_an_identity() {
    let home = Home::new();
    home.treenail(SHOP).run().ends_with(0);
    home.set_git_config("");
    let before = home.everything();
    home.treenail(&format!("{SHOP} --dry-run")).run().ends_with(0);
    assert_eq!(home.everything(), before);
}

#[test]
fn dry_run_as_json_holds_what_a_real_run_writes() {
    let home = Home::new();
    let before = home.everything();
    let output = home.treenail(&format!("{SHOP} --dry-run --json")).run().ends_with(0);
    assert_eq!(output.stderr, "");
    assert_eq!(home.everything(), before);
    let shape = json(&output.stdout);
    let expected =
        ["answers", "branch", "commit", "directory", "dryRun", "files", "prefix", "scaffold", "schema"];
    assert_eq!(keys(&shape), expected);
    assert_eq!(shape["schema"], "treenail.new/1");
    assert_eq!(shape["dryRun"], true);
    assert_eq!(shape["commit"], Value::Null);
    assert_eq!(shape["directory"], "shop");
    assert_eq!(shape["prefix"], "");
    assert_eq!(keys(&shape["scaffold"]), ["digest", "name", "version"]);
    assert_eq!(shape["answers"]["app"], serde_json::json!({ "value": "shop", "from": "detected" }));
    assert_eq!(shape["answers"]["port"], serde_json::json!({ "value": "8080", "from": "default" }));

    home.treenail(SHOP).run().ends_with(0);
    let tree = home.tree("shop");
    for file in shape["files"].as_array().unwrap() {
        assert_eq!(keys(file), ["content", "mode", "ownership", "path"]);
        let (path, mode) = (file["path"].as_str().unwrap(), file["mode"].as_str().unwrap());
        let written = &tree[path];
        let executable = if written.starts_with('7') { "755" } else { "644" };
        assert_eq!(mode, executable, "{path}");
        assert_eq!(file["content"].as_str().unwrap(), &written[4..], "{path}");
    }
}

#[test]
fn json_of_a_real_run() {
    let home = Home::new();
    let output = home.treenail(&format!("{SHOP} --json --quiet")).run().ends_with(0);
    assert_eq!(output.stderr, "");
    let shape = json(&output.stdout);
    assert_eq!(shape["dryRun"], false);
    assert_eq!(shape["commit"].as_str().unwrap(), home.git("shop", "rev-parse HEAD"));
    assert_eq!(shape["branch"], "main");
    let files = shape["files"].as_array().unwrap();
    let paths: Vec<_> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.join("\n"), home.git("shop", "ls-files"));
    assert!(files.iter().all(|file| keys(file) == ["mode", "ownership", "path"]));
}

#[test]
fn json_of_a_run_without_a_commit() {
    let home = Home::new();
    let output = home.treenail(&format!("{SHOP} --json --no-commit")).run().ends_with(0);
    let shape = json(&output.stdout);
    assert_eq!(
        (&shape["dryRun"], &shape["commit"], &shape["branch"]),
        (&false.into(), &Value::Null, &Value::Null)
    );
}

#[test]
fn printed_answers_can_be_taken_again() {
    let home = Home::new();
    let arguments =
        format!("{SHOP} --environments dev,live=shop-live --test-image docker.io/library/golang:1.25");
    let before = home.everything();
    let printed = home
        .treenail(&arguments)
        .arg("--print-answers")
        .arg("--test-command")
        .arg("yes: # \"no\"")
        .run()
        .ends_with(0)
        .snapshot("print-answers");
    assert_eq!(home.everything(), before);
    home.write("answers.yaml", &printed.stdout);
    let again = home.treenail("new shop --answers answers.yaml --print-answers").run().ends_with(0);
    assert_eq!(again.stdout, printed.stdout);
    assert_eq!(again.stderr, "");
}

#[test]
fn answers_can_be_printed_without_a_directory() {
    let home = Home::new();
    let output = home
        .treenail("new --defaults --print-answers --app shop --source-repo https://github.com/acme/shop.git");
    assert!(output.run().ends_with(0).stdout.starts_with("app: shop\n"));
}
