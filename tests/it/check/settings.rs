//! `.treenail/check.yaml`: what is left out, and how severe findings are, in any repository.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const ON: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\non: on\n";
const SETTINGS: &str = "shop/.treenail/check.yaml";

fn repository(settings: &str, paths: &[&str]) -> Home {
    let home = Home::new();
    home.repository("shop");
    home.write(SETTINGS, settings);
    for path in paths {
        home.write(&format!("shop/{path}"), ON.replace("name: a", &format!("name: {}", path.len())));
    }
    home
}

#[track_caller]
fn report(home: &Home, arguments: &str) -> Value {
    let mut command = home.command("treenail");
    command.args(["check", "--json"]).args(arguments.split_whitespace());
    let output = command.current_dir(home.path("shop")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"))
}

/// The findings, as `path severity`, each once.
#[track_caller]
fn found(home: &Home, arguments: &str) -> Vec<String> {
    let shape = report(home, arguments);
    let findings = shape["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let mut found: Vec<_> =
        findings.map(|it| format!("{} {}", text(it, "path"), text(it, "severity"))).collect();
    found.dedup();
    found
}

const NONE: [&str; 0] = [];

#[test]
fn files_are_left_out() {
    let settings = "exclude: [vendor/, '/x/*.json', '!x/keep.json']\n";
    let home = repository(settings, &["a.yaml", "vendor/a.yaml", "deploy/vendor/b.yaml", "x/keep.json"]);
    home.write("shop/x/b.json", "{\"apiVersion\": \"v1\", \"kind\": [");
    assert_eq!(found(&home, "--only TN001,TN003"), ["a.yaml warning", "x/keep.json warning"]);
    let shape = report(&home, "");
    assert_eq!(shape["excluded"], serde_json::json!(["deploy/vendor/", "vendor/", "x/b.json"]));
    // Wherever the check begins, and whatever is named.
    assert_eq!(found(&home, "deploy"), NONE);
    assert_eq!(found(&home, "vendor"), NONE);
    assert_eq!(found(&home, "vendor/a.yaml a.yaml"), ["a.yaml warning"]);
    assert_eq!(report(&home, "vendor/a.yaml")["excluded"], serde_json::json!(["vendor/a.yaml"]));
    let said = home.treenail("check --strict deploy x").inside("shop").run().stderr;
    assert!(said.contains("excluded by `.treenail/check.yaml`: `deploy/vendor/`, `x/b.json`\n"), "{said}");
    assert!(said.contains("(2 paths excluded)"), "{said}");
    // Unless so asked.
    assert_eq!(found(&home, "vendor --no-ignore"), ["vendor/a.yaml warning"]);
}

#[test]
fn what_is_left_out_is_still_read_where_a_kustomization_names_it() {
    let home = repository("exclude: [base/]\n", &["base/a.yaml"]);
    home.write("shop/base/kustomization.yaml", "resources: [a.yaml]\n");
    home.write(
        "shop/deploy/kustomization.yaml",
        "resources: [../base, ../base/gone.yaml]\npatches:\n- patch: '[{op: remove, path: /x}]'\n  \
         target: {kind: Thing, name: '11'}\n",
    );
    // That it is not there is known only of what is looked at.
    let shape = report(&home, "--severity note");
    let findings: Vec<_> = shape["findings"].as_array().unwrap().iter().map(|it| &it["path"]).collect();
    assert!(findings.iter().all(|path| *path == "deploy/kustomization.yaml"), "{shape:#}");
    assert!(!shape.to_string().contains("matches nothing"), "{shape:#}");
    let before = std::fs::read(home.path("shop/base/a.yaml")).unwrap();
    home.treenail("check --fix").inside("shop").run();
    assert_eq!(std::fs::read(home.path("shop/base/a.yaml")).unwrap(), before);
}

#[test]
fn levels_of_rules_and_folders() {
    let settings = "rules: {TN003: error}\noverrides:\n- files: [legacy/]\n  rules: {all: off}\n\
                    - files: ['*.note.yaml']\n  rules: {yaml11: note}\n";
    let home = repository(settings, &["a.yaml", "legacy/a.yaml", "b.note.yaml"]);
    assert_eq!(found(&home, "--severity note"), ["a.yaml error", "b.note.yaml note"]);
    home.treenail("check").inside("shop").run().ends_with(8);
    // That of the inner folder counts more, also if only that is checked.
    home.write("shop/legacy/.treenail/check.yaml", "rules: {TN003: warning}\n");
    assert_eq!(found(&home, "legacy"), ["legacy/a.yaml warning"]);
    assert_eq!(found(&home, ""), ["a.yaml error", "legacy/a.yaml warning"]);
    let shape = report(&home, "");
    assert_eq!((&shape["ignored"], &shape["lessSevere"]), (&0.into(), &2.into()));
}

#[test]
fn a_pull_request_cannot_leave_itself_out() {
    let home = repository("exclude: [vendor/]\nrules: {TN003: error}\n", &["a.yaml", "vendor/a.yaml"]);
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    home.write(SETTINGS, "exclude: ['**']\nrules: {all: off}\n");
    home.write("shop/deploy/.treenail/check.yaml", "rules: {all: off}\n");
    home.write("shop/deploy/b.yaml", ON);
    assert_eq!(found(&home, ""), NONE);
    assert_eq!(found(&home, "--ignore-from HEAD"), ["a.yaml error", "deploy/b.yaml error"]);
    assert_eq!(
        found(&home, "--no-ignore"),
        ["a.yaml warning", "deploy/b.yaml warning", "vendor/a.yaml warning"]
    );
    // One that was invalid suppresses nothing.
    home.write(SETTINGS, "exclude: [vendor/]\nrule: {}\n");
    home.git("shop", "commit -qam broken");
    assert_eq!(found(&home, "--ignore-from HEAD vendor"), ["vendor/a.yaml warning"]);
}

#[test]
fn matters_of_taste_are_notes_in_other_peoples_repositories() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a, namespace: a}\n\
                rules:\n- {apiGroups: [''], resources: [pods], verbs: ['*']}\n";
    let home = repository("", &[]);
    home.write("shop/deploy/a.yaml", role);
    assert_eq!(found(&home, "--severity note"), ["deploy/a.yaml note"]);
    assert_eq!(found(&home, ""), NONE);
    home.write(SETTINGS, "rules: {TN070: error}\n");
    assert_eq!(found(&home, "deploy"), ["deploy/a.yaml error"]);
    home.write(SETTINGS, "");
    // A generated repository keeps to them.
    home.write("shop/.treenail/answers.yaml", "schema: 1\n");
    assert_eq!(found(&home, "deploy"), ["deploy/a.yaml warning"]);
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    std::fs::remove_file(home.path("shop/.treenail/answers.yaml")).unwrap();
    assert_eq!(found(&home, "--ignore-from HEAD"), ["deploy/a.yaml warning"]);
}

#[test]
fn invalid_settings() {
    let home = repository("exclude: [a\nrulez: {}\n", &["a.yaml"]);
    home.treenail("check").inside("shop").run().ends_with(6);
    let settings =
        "exlude: []\nrules: {TN3: off, \"\\e[31mred\": off, images: loud}\noverrides: [{files: ['[']}]\n";
    home.write(SETTINGS, settings);
    home.write("shop/deploy/.treenail/check.yaml", "more: {}\n");
    home.treenail("check").inside("shop").run().ends_with(6).snapshot("check-settings");
    // Those of a folder that is not checked do not matter.
    home.write(SETTINGS, "");
    home.write("shop/.treenail/check.yml", "");
    let said = home.treenail("check a.yaml").inside("shop").run().ends_with(6).stderr;
    assert!(said.contains("`.treenail/check.yml` has no effect\n    rename it to"), "{said}");
    std::fs::remove_file(home.path("shop/.treenail/check.yml")).unwrap();
    home.treenail("check a.yaml").inside("shop").run().ends_with(0);
    home.treenail("check --no-ignore").inside("shop").run().ends_with(0);
}

#[test]
fn settings_that_are_no_plain_file() {
    let refused = |home: &Home, why: &str| {
        let said = home.treenail("check").inside("shop").run().ends_with(6).stderr;
        assert!(said.contains(&format!("`.treenail/check.yaml`: {why}")), "{said}");
    };
    let home = repository(&"#".repeat(10 << 20), &["a.yaml"]);
    refused(&home, "it is larger than 64 KiB");
    home.write(SETTINGS, b"exclude: [\xff]\n");
    refused(&home, "it is not UTF-8");
    std::fs::remove_file(home.path(SETTINGS)).unwrap();
    symlink("/dev/zero", home.path(SETTINGS)).unwrap();
    refused(&home, "it is a symbolic link");
    std::fs::remove_file(home.path(SETTINGS)).unwrap();
    assert!(home.command("mkfifo").arg(home.path(SETTINGS)).status().unwrap().success());
    refused(&home, "it is not a regular file");
    let home = Home::new();
    home.repository("shop");
    home.write("shop/a.yaml", ON);
    home.write("elsewhere/check.yaml", "rules: {all: off}\n");
    symlink(home.path("elsewhere"), home.path("shop/.treenail")).unwrap();
    refused(&home, "its folder is a symbolic link");
}
