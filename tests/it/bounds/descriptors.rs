//! A process that may hold only few files open.

use crate::bounds::limited;
use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\n").file("deploy/b.txt", "b\n")
}

#[test]
#[ignore = "takes long"]
fn few_file_descriptors_leave_the_old_state_or_the_new() {
    for files in 4..16 {
        let limits = format!("ulimit -n {files};");
        let project = Project::of(&v1());
        let (old, new) = ("one\n", "two\n");
        project.offer(&v1().version("2.0.0").file("a.txt", new));
        for command in ["status shop --scaffold scaffold", "diff shop", "check shop"] {
            explains(&project, &limits, command);
        }
        completes(&project, &limits, "upgrade shop --scaffold scaffold");
        assert_eq!(project.read("a.txt"), new);
        project.assert_clean();
        project.write("a.txt", old);
        completes(&project, &limits, "restore shop/a.txt --force");
        assert_eq!(project.read("a.txt"), new, "{files}");
        completes(&project, &limits, "new fresh --scaffold scaffold --defaults --set app=shop");
        let left = |path: &str| project.home.path(path).exists();
        assert!(!left("shop/.treenail-new") && !left(".fresh.treenail-new"), "{files}");
        assert_eq!(project.home.git("fresh", "status --porcelain"), "");
    }
}

/// Runs a command with `limits`, and once more without them if it failed.
fn completes(project: &Project, limits: &str, command: &str) {
    if explains(project, limits, command) {
        return;
    }
    let again = project.treenail(command);
    if again.code != 0 {
        again.says("an earlier run was interrupted here").says("treenail upgrade --abort");
        project.treenail("upgrade shop --abort");
        project.treenail(command).ends_with(0);
    }
}

/// Runs a command; one that fails must say why, and what to do.
fn explains(project: &Project, limits: &str, command: &str) -> bool {
    let outcome = limited(&project.home, limits, command);
    let said = outcome.text.to_lowercase();
    let is_explained = said.contains("too many open files") && said.contains("ulimit -n");
    assert!(outcome.code == 0 || is_explained, "{limits} {command}: {} {}", outcome.code, outcome.text);
    outcome.code == 0
}
