//! `treenail check --fix`: what it writes, what it leaves, and what it says.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";

struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn check(home: &Home, arguments: &str) -> Outcome {
    let output = home.command("treenail").arg("check").args(arguments.split_whitespace()).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Outcome { code: output.status.code(), stdout, stderr }
}

#[test]
fn everything_else_stays_byte_for_byte() {
    let home = Home::new();
    let text = format!(
        "\u{feff}{THING}labels: # why\n  größe:   on   # because\n\n  b: 'on'\t\n  \"c\": [off,012 ]"
    )
    .replace('\n', "\r\n");
    home.write("a.yaml", &text);
    fs::set_permissions(home.path("a.yaml"), fs::Permissions::from_mode(0o754)).unwrap();
    let outcome = check(&home, "--fix");
    assert_eq!(outcome.stderr, "fixed 1 in 1 file; 2 remain\n2 warnings in 1 file\n");
    let expected = text.replace("on   #", "\"on\"   #");
    assert_eq!(home.read("a.yaml"), expected);
    assert_eq!(fs::metadata(home.path("a.yaml")).unwrap().mode() & 0o777, 0o754);
    assert_eq!(fs::read_dir(home.path(".")).unwrap().count(), 1, "nothing is left behind");
    assert_eq!(check(&home, "--fix").stderr, "fixed 0 in 0 files; 2 remain\n2 warnings in 1 file\n");
}

#[test]
fn a_dry_run_prints_what_git_applies() {
    let home = Home::new();
    home.repository(".");
    home.write("shop/deploy/a b.yaml", format!("{THING}labels:\n  a: on\n  b: off\n"));
    home.write("shop/b.yaml", format!("{THING}a: 1\na: 2\nlabels: {{on: x}}"));
    let before = home.tree("shop");
    let dry = check(&home, "--fix --dry-run shop");
    assert_eq!(dry.code, Some(8), "an error would remain");
    assert_eq!(dry.stderr, "would fix 3 in 2 files; 1 would remain\n");
    assert_eq!(home.tree("shop"), before);
    home.write("patch", &dry.stdout);
    home.git(".", "apply patch");
    let patched = home.tree("shop");
    assert_ne!(patched, before);
    home.git(".", "apply -R patch");
    check(&home, "--fix shop");
    assert_eq!(home.tree("shop"), patched);
}

#[test]
fn only_what_is_reported_is_fixed() {
    let home = Home::new();
    let text = format!("{THING}labels:\n  a: on # treenail: allow TN003 a reason\n");
    home.write("deploy/a.yaml", &text);
    home.write("other/a.yaml", format!("{THING}labels: {{a: on}}\n"));
    home.write("other/.treenail/answers.yaml", "ignore: [TN003]\n");
    home.repository(".");
    let before = home.tree(".");
    for arguments in ["--fix", "--fix --ignore TN003", "--fix --only TN001", "--fix --severity error other"] {
        let outcome = check(&home, arguments);
        assert_eq!((outcome.code, &*outcome.stdout), (Some(0), ""), "{arguments}");
        assert_eq!(home.tree("."), before, "{arguments}");
    }
}

#[test]
fn what_would_reach_further_is_left_and_reported() {
    let home = Home::new();
    let text = format!("{THING}labels: {{a: &x on, b: off}}\nspec: {{c: *x}}\n");
    home.write("a.yaml", &text);
    let outcome = check(&home, "--fix --strict");
    assert_eq!(outcome.code, Some(8));
    assert!(outcome.stderr.starts_with("fixed 1 in 1 file; refused 1, "), "{}", outcome.stderr);
    assert_eq!(home.read("a.yaml"), text.replace("off", "\"off\""));
}

#[test]
fn nothing_is_written_through_links() {
    let home = Home::new();
    let text = format!("{THING}labels: {{a: on}}\n");
    home.write("elsewhere/a.yaml", &text);
    fs::create_dir(home.path("shop")).unwrap();
    symlink("../elsewhere/a.yaml", home.path("shop/a.yaml")).unwrap();
    symlink("../elsewhere", home.path("shop/folder")).unwrap();
    assert_eq!(
        check(&home, "--fix shop").stderr,
        "fixed 0 in 0 files; 0 remain\nno findings in 0 files (1 less severe, shown by `--severity note`)\n"
    );
    for link in ["shop/a.yaml", "shop/folder"] {
        let outcome = check(&home, &format!("--fix {link}"));
        assert_eq!(outcome.code, Some(2), "{link}: {}", outcome.stderr);
    }
    assert_eq!(home.read("elsewhere/a.yaml"), text);
}

/// What a kustomization names is reported wherever it is, and changed only where that was asked for.
#[test]
fn nothing_is_changed_elsewhere() {
    let home = Home::new();
    home.repository(".");
    let text = format!("{THING}labels: {{a: on}}\n");
    home.write("base/a.yaml", &text);
    home.write("base/kustomization.yaml", "resources: [a.yaml]\n");
    home.write("k.txt", "resources: [../base]\nnamespace: on\n");
    fs::create_dir(home.path("deploy")).unwrap();
    symlink("../k.txt", home.path("deploy/kustomization.yaml")).unwrap();
    let outcome = check(&home, "--fix --strict deploy");
    assert_eq!(outcome.stderr.lines().next(), Some("fixed 0 in 0 files; 2 remain"), "{}", outcome.stderr);
    assert_eq!(home.read("base/a.yaml"), text);
    assert!(home.path("deploy/kustomization.yaml").is_symlink());
    assert_eq!(check(&home, "--fix base").stderr.lines().next(), Some("fixed 1 in 1 file; 0 remain"));
}

#[test]
fn what_cannot_be_read_is_left() {
    let home = Home::new();
    let bytes = [THING.as_bytes(), b"labels: {a: on, b: \xe9}\n"].concat();
    home.write("a.yaml", &bytes);
    let outcome = check(&home, "--fix");
    assert_eq!(
        (outcome.code, &*outcome.stderr),
        (Some(8), "fixed 0 in 0 files; 1 remains\n1 error in 1 file\n")
    );
    assert_eq!(fs::read(home.path("a.yaml")).unwrap(), bytes);
}

#[test]
fn json_tells_what_was_fixed() {
    let home = Home::new();
    home.write("a.yaml", format!("{THING}labels: {{a: on, b: off}}\nc: 012\n"));
    let shape: serde_json::Value = serde_json::from_str(&check(&home, "--fix --json").stdout).unwrap();
    assert_eq!((&shape["fixed"], &shape["counts"]["warning"]), (&2.into(), &1.into()));
}

/// Only once a field has its name, it shows what is wrong in it.
#[test]
fn what_a_fix_brings_to_light_is_fixed_too() {
    let home = Home::new();
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  selector: {matchLabels: {app: a}}\n  templat:\n    \
                metadata: {label: {app: a, on: off}}\n    spec:\n      container:\n      - name: a\n        imagee: registry.example.com/a:1\n";
    home.write("a.yaml", text);
    let outcome = check(&home, "--fix");
    let mended = text
        .replace("templat:", "template:")
        .replace("label:", "labels:")
        .replace("on: off", "\"on\": \"off\"");
    let mended = mended.replace("container:", "containers:").replace("imagee:", "image:");
    assert_eq!(home.read("a.yaml"), mended, "{}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().next(), Some("fixed 6 in 1 file; 0 remain"));
    assert_eq!(check(&home, "--fix").stderr.lines().next(), Some("fixed 0 in 0 files; 0 remain"));
}
