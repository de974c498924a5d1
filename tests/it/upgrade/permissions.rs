//! Who may read a file is its owner's choice, which an upgrade leaves alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", "one\n")
        .program("run.sh", "one\n")
        .file("grows.sh", "x\n")
        .program("shrinks.sh", "x\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0")
        .file("a.txt", "two\n")
        .program("run.sh", "two\n")
        .program("grows.sh", "x\n")
        .file("shrinks.sh", "x\n")
        .file("new.txt", "new\n")
}

fn mode(project: &Project, path: &str) -> u32 {
    fs::metadata(project.path(path)).unwrap().permissions().mode() & 0o777
}

fn private() -> Project {
    let project = Project::of(&v1());
    for (path, mode) in [("a.txt", 0o600), ("run.sh", 0o700), ("grows.sh", 0o640), ("shrinks.sh", 0o750)] {
        project.set_mode(path, mode);
    }
    project.set_mode(".treenail/answers.yaml", 0o600);
    project.assert_clean();
    project.offer(&v2());
    project
}

#[test]
fn an_upgrade_keeps_them_and_sets_the_executable_bit_as_git_does() {
    for arguments in ["", "--no-commit"] {
        let project = private();
        project.upgrade(arguments).ends_with(0);
        let expected = [
            ("a.txt", 0o600),
            ("run.sh", 0o700),
            ("grows.sh", 0o750),
            ("shrinks.sh", 0o640),
            (".treenail/answers.yaml", 0o600),
        ];
        for (path, expected) in expected {
            assert_eq!(mode(&project, path), expected, "{path}");
        }
        if arguments.is_empty() {
            project.assert_clean();
        }
    }
}

#[test]
fn conflicts_and_their_end_keep_them() {
    let project = private();
    project.edit("a.txt", "mine\n");
    project.upgrade("--conflicts=markers").ends_with(3);
    assert_eq!(mode(&project, "a.txt"), 0o600);
    project.write("a.txt", "resolved\n");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(0);
    assert_eq!((mode(&project, "a.txt"), mode(&project, ".treenail/answers.yaml")), (0o600, 0o600));
}

/// As in Git: a conflict in the lines is none about the executable bit.
#[test]
#[ignore = "takes long"]
fn a_conflict_in_the_lines_leaves_the_executable_bit_merged() {
    let scaffold = |version, executable, line: &str| {
        let scaffold = Scaffold::new(version);
        if executable { scaffold.program("run.sh", line) } else { scaffold.file("run.sh", line) }
    };
    for (base, ours, theirs, expected) in [
        (false, false, true, true),
        (true, true, false, false),
        (false, true, false, true),
        (true, false, true, false),
        (false, true, true, true),
        (true, true, true, true),
    ] {
        let project = Project::of(&scaffold("1.0.0", base, "one\n"));
        project.set_mode("run.sh", if ours { 0o755 } else { 0o644 });
        project.edit("run.sh", "mine\n");
        project.conflict_with(&scaffold("2.0.0", theirs, "ONE\n"));
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3);
        assert_eq!(project.is_executable("run.sh"), expected, "{base} {ours} {theirs}");
        project.upgrade("--abort").ends_with(0);
        crate::upgrade::project::assert_unchanged(&before, &project.files());
        project.assert_clean();

        project.upgrade("--conflicts=markers").ends_with(3);
        project.write("run.sh", "both\n");
        project.git("add run.sh");
        project.upgrade("--continue").ends_with(0);
        project.assert_clean();
        assert_eq!(project.is_executable("run.sh"), expected, "{base} {ours} {theirs}");
        project.refused("", 0).says("nothing to do");
    }
}

#[test]
fn a_run_that_fails_or_is_killed_keeps_them() {
    let project = private();
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    project.set_mode(".git/hooks/pre-commit", 0o755);
    let before = project.files();
    project.upgrade("").ends_with(1);
    crate::upgrade::project::assert_unchanged(&before, &project.files());
    project.home.kill_at_commit("shop", "upgrade shop --scaffold scaffold -y");
    fs::remove_dir_all(project.path(".git/treenail/staging")).unwrap_or_default();
    project.upgrade("--abort").ends_with(0);
    crate::upgrade::project::assert_unchanged(&before, &project.files());
}

#[test]
fn restore_keeps_them() {
    let project = private();
    project.edit("a.txt", "mine\n");
    assert_eq!(mode(&project, "a.txt"), 0o600);
    project.treenail("restore shop/a.txt").ends_with(0);
    assert_eq!((mode(&project, "a.txt"), project.read("a.txt")), (0o600, "one\n".to_owned()));
}

#[test]
fn check_keeps_them() {
    let project = Project::of(&v1());
    project.edit(
        "job.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: x\n  annotations:\n    a: yes\n",
    );
    project.set_mode("job.yaml", 0o600);
    project.treenail("check shop --fix");
    assert!(project.read("job.yaml").contains("\"yes\""), "{}", project.read("job.yaml"));
    assert_eq!(mode(&project, "job.yaml"), 0o600);
}

#[test]
fn new_files_get_what_the_umask_leaves() {
    let project = private();
    let command = "umask 077; exec treenail upgrade shop --scaffold scaffold";
    let status = project.home.command("sh").args(["-c", command]).stdin(Stdio::null()).status().unwrap();
    assert!(status.success());
    assert_eq!((mode(&project, "new.txt"), mode(&project, "a.txt")), (0o600, 0o600));
    project.assert_clean();
}
