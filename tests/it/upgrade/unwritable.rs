//! Parts of Git's folder that nobody can write to, or that are full: nothing is written anywhere, and the message names them.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::upgrade::project::{Outcome, Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn outdated() -> Project {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n");
    let project = Project::of(&v1);
    project.offer(&v1.version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    project
}

/// Something mounted, for as long as this value lives: permissions do not bind root.
struct Mount(PathBuf);

impl Mount {
    fn try_new(project: &Project, path: PathBuf, arguments: &[&str]) -> Option<Self> {
        let mut mount = project.home.command("mount");
        let done = mount.args(arguments).arg(&path).output();
        if done.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        // Past the test harness, which hides what `eprintln` prints.
        let _ = writeln!(std::io::stderr(), "skipped: nothing can be mounted here");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// An upgrade that must end with `code` and change nothing; objects that nothing refers to may be left over.
#[track_caller]
fn refused(project: &Project, arguments: &str, code: i32) -> Outcome {
    let state = || {
        let mut all = project.everything();
        all.retain(|path, _| !path.starts_with(".git/objects/"));
        all
    };
    let before = state();
    let outcome = project.upgrade(arguments).ends_with(code);
    assert_unchanged(&before, &state());
    outcome
}

#[test]
#[ignore = "takes long"]
fn a_read_only_folder_is_named() {
    let denied = |path: &str| format!("/.git/{path}` cannot be written to\n    fix its permissions\n");
    let log = "/.git/logs/refs/heads/trunk' for writing: Read-only file system";
    for (folder, arguments, code, message) in [
        ("objects", "", 5, denied("objects")),
        ("objects", "--branch later", 5, denied("objects")),
        ("objects", "--no-commit", 1, "error: cannot store a file in Git\ncaused by: ".to_owned()),
        ("refs", "", 5, denied("refs/heads")),
        ("refs", "--branch later", 5, denied("refs/heads")),
        ("logs", "", 1, log.to_owned()),
        ("logs", "--branch later", 1, "error: cannot create `refs/heads/later`\n".to_owned()),
    ] {
        let project = outdated();
        let path = project.home.path("shop/.git").join(folder);
        let shown = path.display().to_string();
        let Some(mount) = Mount::try_new(&project, path, &["--bind", "-o", "ro", &shown]) else { return };
        refused(&project, arguments, code).says(&message);
        drop(mount);
        project.assert_clean();
        project.upgrade(arguments).ends_with(0);
    }
}

#[test]
#[ignore = "takes long"]
fn a_full_folder_of_objects_leaves_nothing_behind() {
    for arguments in ["", "--branch later", "--no-commit", "--conflicts=markers"] {
        let project = outdated();
        if arguments.ends_with("markers") {
            project.edit("a.txt", "mine\n");
        }
        let objects = project.home.path("shop/.git/objects");
        fs::rename(&objects, project.home.path("objects")).unwrap();
        fs::create_dir(&objects).unwrap();
        let Some(_mount) =
            Mount::try_new(&project, objects.clone(), &["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        else {
            return;
        };
        let mut copy = project.home.command("cp");
        assert!(copy.args(["-a", "objects/.", "shop/.git/objects"]).status().unwrap().success());
        let fill = |number: &usize| fs::write(objects.join(format!("ballast{number}")), [0; 4096]).is_ok();
        let count = (0..1000).take_while(fill).count();
        let message =
            "error: cannot store a file in Git\ncaused by: failed to write out file: No space left on device";
        refused(&project, arguments, 1).says(message);
        for number in 0..=count {
            fs::remove_file(objects.join(format!("ballast{number}"))).unwrap();
        }
        project.assert_clean();
        let code = if arguments.ends_with("markers") { 3 } else { 0 };
        project.upgrade(arguments).ends_with(code);
        project.git("fsck --strict --no-dangling");
    }
}

/// What a command only reads, it reads all the same.
#[test]
fn a_look_needs_no_folder_to_write_to() {
    let project = outdated();
    let path = project.home.path("shop/.git");
    let shown = path.display().to_string();
    let Some(_mount) = Mount::try_new(&project, path, &["--bind", "-o", "ro", &shown]) else { return };
    let before = project.everything();
    for command in ["status shop --scaffold scaffold", "diff shop", "diff shop --upgrade --scaffold scaffold"]
    {
        project.treenail(command).ends_with(0);
    }
    project.upgrade("--dry-run").ends_with(5).says("/.git/` cannot be written to");
    assert_unchanged(&before, &project.everything());
}
