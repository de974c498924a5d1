//! A pull request cannot suppress what is found in it: `--no-ignore` and `--ignore-from`.

use serde_json::Value;

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";
const LIST: &str = "shop/.treenail/answers.yaml";

/// A repository whose first commit has `a.yaml` with the given lines, and the list `ignore`.
fn repository(lines: &str, ignore: &str) -> Home {
    let home = Home::new();
    home.repository("shop");
    home.write("shop/a.yaml", format!("{THING}{lines}"));
    home.write(LIST, ignore);
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    home
}

/// Returns the lines that are reported in `a.yaml`.
#[track_caller]
fn lines(home: &Home, arguments: &str) -> Vec<u64> {
    let mut command = home.command("treenail");
    command.args(["check", "--json", "--only", "TN003"]).args(arguments.split_whitespace());
    let output = command.current_dir(home.path("shop")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let shape: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    shape["findings"].as_array().unwrap().iter().map(|finding| finding["line"].as_u64().unwrap()).collect()
}

const WHY: &str = "# treenail: allow TN003 a reason";

#[test]
fn nothing_is_suppressed_if_so_asked() {
    let home = repository(&format!("a: on {WHY}\nb: on\n"), "ignore:\n- TN003\n");
    assert_eq!(lines(&home, ""), [] as [u64; 0]);
    assert_eq!(lines(&home, "--no-ignore"), [5, 6]);
    // Nor are comments and lists reported, which then mean nothing.
    home.write("shop/a.yaml", format!("{THING}a: b # treenail: allow TN900\n"));
    home.write(LIST, "ignore:\n- TN900\n");
    home.treenail("check --strict --severity note").inside("shop").run().ends_with(8);
    home.treenail("check --strict --severity note --no-ignore").inside("shop").run().ends_with(0);
}

#[test]
fn a_list_counts_as_it_was() {
    let home = repository("a: on\n", "ignore:\n- TN003 b.yaml\n");
    home.write(LIST, "ignore:\n- TN003\n");
    assert_eq!(lines(&home, ""), [] as [u64; 0]);
    assert_eq!(lines(&home, "--ignore-from HEAD"), [5]);
    home.git("shop", "commit -qam more");
    assert_eq!(lines(&home, "--ignore-from HEAD"), [] as [u64; 0]);
    assert_eq!(lines(&home, "--ignore-from HEAD~1"), [5]);
    // A list that is gone now counts, too, and one that is new does not.
    std::fs::remove_file(home.path(LIST)).unwrap();
    assert_eq!(lines(&home, "--ignore-from HEAD"), [] as [u64; 0]);
    home.write("shop/.treenail/answers.yaml", "");
    home.write("shop/deploy/.treenail/answers.yaml", "ignore:\n- TN003\n");
    home.write("shop/deploy/a.yaml", format!("{THING}\nb: on\n"));
    assert_eq!(lines(&home, "deploy --ignore-from HEAD~1"), [6]);
}

#[test]
fn a_comment_counts_if_it_and_its_line_were_there() {
    let home = repository(&format!("a: on {WHY}\n{WHY}\nb: on\nc: on\n"), "");
    let now = |text: &str| {
        home.write("shop/a.yaml", format!("{THING}{text}"));
        lines(&home, "--ignore-from HEAD")
    };
    assert_eq!(now(&format!("a: on {WHY}\n{WHY}\nb: on\nc: on\n")), [8]);
    // Wherever they are now.
    assert_eq!(now(&format!("c: on\n\n{WHY}\nb: on\na: on {WHY}\n")), [5]);
    assert_eq!(now(&format!("a: off {WHY}\n{WHY}\nb: on\nc: on {WHY}\n")), [5, 8]);
    // It covers another line now.
    assert_eq!(now(&format!("a: on {WHY}\n{WHY}\nd: on\n")), [7]);
    // The first of equal ones is the old one.
    assert_eq!(now(&format!("x: {{a: {{}}}}\n{WHY}\nb: on\nv:\n  {WHY}\n  b: on\n")), [10]);
}

#[test]
fn a_comment_for_a_document_covers_what_was_there() {
    let home = Home::new();
    home.repository("shop");
    let write = |lines: &str| home.write("shop/a.yaml", format!("{WHY}\n{THING}{lines}"));
    write("a: on\n");
    home.git("shop", "add .");
    home.git("shop", "commit -qm base");
    write("a: on\nb: on\nc: {d: 1}\n");
    assert_eq!(lines(&home, ""), [] as [u64; 0]);
    assert_eq!(lines(&home, "--ignore-from HEAD"), [7]);
    home.git("shop", "mv a.yaml b.yaml");
    assert_eq!(lines(&home, "--ignore-from HEAD"), [6, 7]);
}
