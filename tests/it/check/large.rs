//! Files that are large, deep or explode, in a process whose memory is bounded.

use std::fmt::Write;

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const HEAD: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";

/// What a run may take in all, in KiB; the files have up to 50 MiB.
const MEMORY: usize = 700 * 1024;

/// The codes that are found in `text`.
#[track_caller]
fn found(text: &str) -> Vec<String> {
    let shape = report(text, "");
    let findings = shape["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn report(text: &str, arguments: &str) -> serde_json::Value {
    let home = Home::new();
    home.write("a.yaml", text);
    let script = format!("ulimit -v {MEMORY} 2> /dev/null; exec treenail check --json {arguments}");
    let output = home.command("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 8)), "{:?} {said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn deep_nesting() {
    let steps: String = (0..3_000).fold(String::new(), |mut text, depth| {
        let _ = writeln!(text, "{}a:", " ".repeat(depth));
        text
    });
    for deep in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        format!("\n{}", "- ".repeat(100_000)),
        format!("\n{steps}"),
    ] {
        assert_eq!(found(&format!("{HEAD}data: {deep}\n")), ["TN004"]);
    }
}

#[test]
fn an_alias_bomb() {
    let mut text = format!("{HEAD}a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let again = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{again}]");
    }
    assert_eq!(found(&text), ["TN004"]);
}

#[test]
#[ignore = "takes long"]
fn many_values() {
    assert_eq!(found(&format!("{HEAD}data: [{}]\n", "a,".repeat(5_000_000))), ["TN004"]);
}

#[test]
fn many_documents() {
    assert_eq!(found(&"--- a\n".repeat(200_000)), Vec::<String>::new());
    assert_eq!(found(&format!("{HEAD}{}", "--- [\n".repeat(200_000))).len(), 20);
}

#[test]
#[ignore = "takes long"]
fn a_huge_scalar() {
    let text = format!("{HEAD}data:\n  a: |\n{}", "    some text without end\n".repeat(2_000_000));
    assert_eq!(found(&text), Vec::<String>::new());
    // One byte more than is read.
    let text = format!("{HEAD}#{}", "x".repeat(50 * 1024 * 1024 - HEAD.len()));
    assert_eq!(found(&text), ["TN006"]);
}

#[test]
fn many_comments() {
    let comments = "# treenail: allow TN003 a reason\n".repeat(2_000);
    let found = found(&format!("{HEAD}{comments}data: {{on: a}}\n"));
    assert_eq!(found, Vec::<String>::new());
}

/// Whether all can be fixed, or none because of an alias.
#[test]
#[ignore = "takes long"]
fn many_fixes() {
    let many = "on, ".repeat(3_000);
    assert_eq!(report(&format!("{HEAD}labels: [{many}]\n"), "--fix")["fixed"], 3_000);
    assert_eq!(report(&format!("{HEAD}labels: &x [{many}]\nmore: *x\n"), "--fix")["fixed"], 0);
}
