//! A dry run ends as the run itself would, and says the same.

use std::fs;

use treenail::fs::Lock;

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\n").file("b.txt", "b\n")
}

fn outdated() -> Project {
    let project = Project::of(&v1());
    project.offer(&v1().version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    project
}

/// How the dry run and the run with `arguments` end, after `arrange`; both must print the same.
#[track_caller]
fn both(arguments: &str, code: i32, arrange: impl Fn(&Project)) {
    let project = outdated();
    arrange(&project);
    let dry = project.refused(&format!("--dry-run {arguments}"), code);
    let real = project.upgrade(arguments).ends_with(code);
    assert_eq!(dry.stdout, real.stdout, "{arguments}");
    if code >= 5 {
        assert_eq!(dry.stderr, real.stderr, "{arguments}");
    }
}

#[test]
#[ignore = "takes long"]
fn what_is_in_the_way_of_a_run_is_in_the_way_of_a_dry_run() {
    both("", 0, |_| {});
    both("", 5, |project| project.write("a.txt", "dirty\n"));
    both("", 5, |project| project.remove("a.txt"));
    both("", 5, |project| {
        project.write("a.txt", "staged\n");
        project.git("add a.txt");
    });
    both("", 5, |project| project.write("new.txt", "untracked\n"));
    both("--no-commit", 5, |project| project.write("new.txt", "untracked\n"));
    both("", 6, |project| project.write(".treenail/base", "dirty\n"));
    both("", 5, |project| project.home.set_git_config("[user]\n\tuseConfigOnly = true\n"));
    both("--branch later", 5, |project| project.home.set_git_config("[user]\n\tuseConfigOnly = true\n"));
    both("--no-commit", 0, |project| project.home.set_git_config("[user]\n\tuseConfigOnly = true\n"));
}

#[test]
fn an_operation_in_progress_is_in_the_way_of_both() {
    both("", 5, |project| {
        project.git("checkout -q -b side");
        project.edit("side.txt", "side\n");
        project.git("checkout -q trunk");
        project.edit("trunk.txt", "trunk\n");
        project.git("merge -q --no-commit --no-ff side");
    });
    both("--branch later", 0, |project| drop(project.git("bisect start")));
}

#[test]
#[ignore = "takes long"]
fn locks_are_in_the_way_of_both() {
    for lock in ["index.lock", "HEAD.lock", "refs/heads/trunk.lock"] {
        both("", 5, |project| {
            project.git("checkout -q --detach");
            if lock != "HEAD.lock" {
                project.git("checkout -q trunk");
            }
            project.write(&format!(".git/{lock}"), "");
        });
    }
    both("--branch up/later", 5, |project| project.write(".git/refs/heads/up/later.lock", ""));
    both("--branch later", 0, |project| project.write(".git/index.lock", ""));
    let project = outdated();
    fs::create_dir_all(project.path(".git/treenail")).unwrap();
    let lock = Lock::take(&project.path(".git/treenail/lock")).unwrap().unwrap();
    for arguments in ["", "--branch later", "--no-commit", "--conflicts=markers"] {
        project.refused(&format!("--dry-run {arguments}"), 5).says("another treenail is writing");
        project.refused(arguments, 5).says("another treenail is writing");
    }
    drop(lock);
    project.upgrade("").ends_with(0);
}

#[test]
#[ignore = "takes long"]
fn branches_are_refused_by_both() {
    both("--branch other", 5, |project| {
        project.git("checkout -q -b other");
        project.edit("b.txt", "mine\n");
        project.git("checkout -q trunk");
    });
    both("--branch trunk", 5, |_| {});
    both("--branch a..b", 5, |_| {});
    both("--branch later", 0, |_| {});
    let project = outdated();
    project.upgrade("--branch later").ends_with(0);
    project.refused("--dry-run --branch later", 0).says("nothing to do: later already has this upgrade");
}

#[test]
#[ignore = "takes long"]
fn conflicts_end_both_with_the_same_code() {
    let edit = |project: &Project| project.edit("a.txt", "mine\n");
    for arguments in ["", "--branch later", "--conflicts=markers"] {
        both(arguments, 3, edit);
    }
    for arguments in ["--conflicts=ours", "--conflicts=theirs", "--conflicts=ours --no-commit"] {
        both(arguments, 0, edit);
    }
    both("--conflicts=markers", 5, |project| {
        project.edit("a.txt", "mine\n");
        project.write("other.txt", "staged\n");
        project.git("add other.txt");
    });
    both("--conflicts=markers", 5, |project| {
        project.edit("a.txt", "mine\n");
        project.write("a.txt", "dirty\n");
    });
}

#[test]
fn nothing_to_do_is_so_for_both() {
    let project = Project::of(&v1());
    project.write("a.txt", "dirty\n");
    project.refused("--dry-run", 0).says("nothing to do");
    project.refused("", 0).says("nothing to do");
}

/// Only a run that writes may put it back, and what it makes of it cannot be known before.
#[test]
fn an_edit_that_waits_to_be_put_back_is_named() {
    let project = outdated();
    project.edit("a.txt", "mine\n");
    project.replace(".treenail/answers.yaml", "app: shop", "app: other");
    project.upgrade("--conflicts=markers").ends_with(3);
    project.git("cherry-pick --abort");
    project.refused("--dry-run", 5).says("your edit of `.treenail/answers.yaml` is to be put back first");
    project.upgrade("").ends_with(3);
    assert!(project.read(".treenail/answers.yaml").contains("app: other"));
    project.refused("--dry-run", 3);
}

#[test]
fn adopt_ends_as_its_dry_run_says() {
    let project = Project::of(&v1());
    project.git("rm -q -r .treenail");
    project.git("commit -q -m lost");
    project.write(".git/index.lock", "");
    let adopt = "adopt shop --scaffold scaffold --defaults --set app=shop";
    let dry = project.treenail(&format!("{adopt} --dry-run")).ends_with(5).says("another Git is at work");
    let real = project.treenail(adopt).ends_with(5);
    assert_eq!((dry.stdout, dry.stderr), (real.stdout, real.stderr));
    project.remove(".git/index.lock");
    let dry = project.treenail(&format!("{adopt} --dry-run")).ends_with(0).stdout;
    assert_eq!(project.treenail(adopt).ends_with(0).stdout, dry);
}
