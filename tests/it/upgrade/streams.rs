//! The report goes to standard output, whatever the run does then; everything else goes to standard error.

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\n")
}

fn outdated(edit: bool) -> Project {
    let project = Project::at("shop/one", &v1());
    project.treenail("new shop/two --scaffold scaffold --defaults --set app=two").ends_with(0);
    if edit {
        project.edit("a.txt", "mine\n");
    }
    project.offer(&v1().version("2.0.0").file("a.txt", "two\n"));
    project
}

const REPORT: &str =
    "scaffold web 1.0.0 -> 2.0.0\nfiles\n  updated  a.txt  (changed by the scaffold, not by you)\n";

#[test]
#[ignore = "takes long"]
fn the_report_goes_to_standard_output_in_every_mode() {
    for arguments in ["", "--branch later", "--dry-run", "--no-commit", "--dry-run --branch later"] {
        let project = outdated(false);
        let outcome = project.upgrade(arguments).ends_with(0);
        assert_eq!(outcome.stdout, REPORT, "{arguments}");
        assert!(!outcome.stderr.contains("updated"), "{}", outcome.stderr);
    }
}

#[test]
#[ignore = "takes long"]
fn the_report_of_a_conflict_goes_to_standard_output_and_the_error_does_not() {
    let report =
        "scaffold web 1.0.0 -> 2.0.0\nconflicts\n  a.txt: you and the scaffold changed the same lines\n";
    for arguments in
        ["", "--branch later", "--dry-run", "--conflicts=markers", "--conflicts=markers --dry-run"]
    {
        let outcome = outdated(true).upgrade(arguments).ends_with(3).says("error: ");
        assert_eq!(outcome.stdout, report, "{arguments}");
        assert!(!outcome.stderr.contains("scaffold web 1.0.0 -> 2.0.0"), "{}", outcome.stderr);
    }
}

#[test]
fn the_report_of_a_refusal_goes_to_standard_output() {
    let project = outdated(false);
    project.write("a.txt", "dirty\n");
    for arguments in ["", "--dry-run"] {
        let outcome = project.refused(arguments, 5).says("error: ");
        assert_eq!(outcome.stdout, REPORT, "{arguments}");
    }
}

#[test]
#[ignore = "takes long"]
fn the_reports_of_several_folders_go_to_standard_output() {
    for arguments in ["", "--branch", "--dry-run"] {
        let project = outdated(true);
        let all = format!("upgrade shop/one shop/two nowhere --scaffold scaffold {arguments}");
        let outcome = project.treenail(&all).ends_with(5);
        let heads: Vec<_> = outcome.stdout.lines().filter(|line| line.starts_with("==> ")).collect();
        assert_eq!(heads, ["==> shop/one <==", "==> shop/two <==", "==> nowhere <==", "==> summary <=="]);
        assert!(outcome.stdout.contains(REPORT) && !outcome.stderr.contains("==>"), "{}", outcome.stderr);
        outcome.says("error: 1 conflict; nothing was written").says("error: `nowhere`");
    }
}

#[test]
#[ignore = "takes long"]
fn json_is_alone_on_standard_output() {
    for arguments in ["", "--branch later", "--dry-run", "--no-commit"] {
        for edit in [false, true] {
            let outcome = outdated(edit).upgrade(&format!("--json {arguments}"));
            serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap();
            assert!(!outcome.stderr.contains("scaffold web 1.0.0 -> 2.0.0"), "{}", outcome.stderr);
        }
    }
    let several = outdated(true).treenail("upgrade shop/one shop/two nowhere --scaffold scaffold --json");
    serde_json::from_str::<serde_json::Value>(&several.ends_with(5).stdout).unwrap();
}

#[test]
#[ignore = "takes long"]
fn a_quiet_run_prints_errors_only() {
    let outcome = outdated(false).upgrade("-q").ends_with(0);
    assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
    let outcome = outdated(true).upgrade("-q").ends_with(3).says("error: 1 conflict");
    assert_eq!(outcome.stdout, "");
    assert_eq!(outdated(false).upgrade("-q --dry-run").ends_with(0).stdout, REPORT);
}

#[test]
fn adopt_and_restore_report_on_the_same_stream() {
    let project = outdated(true);
    project.write("a.txt", "more\n");
    project.git("add -A");
    let outcome = project.treenail("restore shop/one/a.txt").ends_with(0).prints("edited   a.txt\n");
    assert!(!outcome.stderr.contains("edited "), "{}", outcome.stderr);
    project.git("reset -q --hard");
    project.git("rm -q -r one/.treenail");
    project.git("commit -q -m lost");
    project.offer(&v1());
    let adopt = "adopt shop/one --scaffold scaffold --defaults --set app=shop";
    let outcome = project.treenail(adopt).ends_with(0).prints("files unchanged\n");
    assert!(!outcome.stderr.contains("unchanged"), "{}", outcome.stderr);
}
