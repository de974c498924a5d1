//! `--conflicts=ours` and `--conflicts=theirs` decide about every conflict, except where a path is taken.

use std::os::unix::fs::symlink;

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const OURS: &str = "--conflicts=ours";
const THEIRS: &str = "--conflicts=theirs";

/// Two projects in conflict: `a.txt` was `base`, the user did `edit`, and the scaffold made `theirs` of it, if anything.
fn decided(base: Option<&[u8]>, theirs: Option<&[u8]>, edit: impl Fn(&Project)) -> [Project; 2] {
    [OURS, THEIRS].map(|side| {
        let scaffold = Scaffold::new("1.0.0").file("b.txt", "b\n");
        let v1 = base.map_or(scaffold.clone(), |base| scaffold.clone().file("a.txt", base));
        let project = Project::of(&v1);
        edit(&project);
        project.commit();
        let v2 = scaffold.version("2.0.0");
        project.conflict_with(&theirs.map_or(v2.clone(), |theirs| v2.file("a.txt", theirs)));
        let said =
            if side == OURS { "yours was kept, as you chose" } else { "scaffold's was taken, as you chose" };
        project.upgrade(side).ends_with(0).prints(said);
        project.assert_clean();
        project.refused("", 0).says("nothing to do");
        project
    })
}

#[test]
#[ignore = "takes long"]
fn texts_binaries_and_files_that_both_added() {
    for (base, ours, theirs) in [
        (Some(&b"one\n"[..]), &b"mine\n"[..], &b"two\n"[..]),
        (Some(b"\0one"), b"\0mine", b"\0two"),
        (None, b"mine\n", b"two\n"),
        (None, b"\0mine", b"two\n"),
    ] {
        let [kept, taken] = decided(base, Some(theirs), |project| project.write("a.txt", ours));
        assert_eq!((&*kept.bytes("a.txt"), &*taken.bytes("a.txt")), (ours, theirs));
    }
}

#[test]
#[ignore = "takes long"]
fn the_executable_bit_is_merged_apart_from_a_binary() {
    let edit = |project: &Project| {
        project.write("a.txt", b"\0mine");
        project.set_mode("a.txt", 0o755);
    };
    let [kept, taken] = decided(Some(b"\0one"), Some(b"\0two"), edit);
    assert!(kept.is_executable("a.txt") && taken.is_executable("a.txt"));
    for side in [OURS, THEIRS] {
        let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", b"\0one"));
        project.edit("a.txt", b"\0mine");
        project.offer(&Scaffold::new("2.0.0").program("a.txt", b"\0two"));
        project.upgrade(side).ends_with(0);
        assert!(project.is_executable("a.txt"), "{side}");
        project.assert_clean();
    }
}

#[test]
fn links_for_files() {
    let [kept, taken] = decided(Some(b"one\n"), Some(b"two\n"), |project| {
        project.remove("a.txt");
        symlink("b.txt", project.path("a.txt")).unwrap();
    });
    assert!(kept.path("a.txt").symlink_metadata().unwrap().is_symlink());
    assert!(taken.path("a.txt").symlink_metadata().unwrap().is_file());
    assert_eq!((kept.read("a.txt"), taken.read("a.txt")), ("b\n".to_owned(), "two\n".to_owned()));
}

#[test]
fn what_the_scaffold_deleted() {
    let [kept, taken] = decided(Some(b"one\n"), None, |project| project.write("a.txt", "mine\n"));
    assert_eq!(kept.read("a.txt"), "mine\n");
    assert!(!taken.is_there("a.txt"));
}

/// Each line could be merged, but not all of them together.
#[test]
#[ignore = "takes long"]
fn what_does_not_fit_together_is_decided_as_a_whole() {
    let map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
    let two = format!("{}---\n{}---\n{}", map("one"), map("middle"), map("two"));
    let (ours, theirs) = (format!("{}---\n{two}", map("new")), format!("{two}---\n{}", map("new")));
    // The same with lines that conflict as well.
    let edited = |text: &str, line: &str| text.replace("name: middle", line);
    for (ours, theirs) in
        [(ours.clone(), theirs.clone()), (edited(&ours, "name: mine"), edited(&theirs, "name: theirs"))]
    {
        for (side, expected) in [(OURS, &ours), (THEIRS, &theirs)] {
            let project = Project::of(&Scaffold::new("1.0.0").file("app.yaml", &two));
            project.edit("app.yaml", &ours);
            project.conflict_with(&Scaffold::new("2.0.0").file("app.yaml", &theirs));
            let outcome = project.upgrade(side).ends_with(0);
            outcome
                .prints("app.yaml: the merged lines do not fit together: ")
                .prints("declared twice; the whole of ");
            assert_eq!(project.read("app.yaml"), *expected);
            project.assert_clean();
        }
    }
}

#[test]
#[ignore = "takes long"]
fn a_path_that_is_taken_is_not_decided_and_the_error_says_so() {
    let v1 = || Scaffold::new("1.0.0").file("a.txt", "one\n");
    let v2 = || v1().version("2.0.0");
    for (mine, offered, obstacle) in [
        ("lib", v2().file("lib/a.txt", "new\n"), "lib"),
        ("lib/x.txt", v2().file("lib", "new\n"), "lib/x.txt"),
        ("README.md", v2().file("readme.md", "new\n"), "README.md"),
        ("b.txt", v2().without("a.txt").file("b.txt", "one\n").moves("a.txt", "b.txt"), "b.txt"),
    ] {
        let project = Project::of(&v1());
        project.edit(mine, "mine\n");
        project.conflict_with(&offered);
        for arguments in [OURS, THEIRS, "--conflicts=theirs --branch later", "--conflicts=ours --dry-run"] {
            let refused =
                project.refused(arguments, 3).says(&format!("move `{obstacle}` away, and commit that"));
            let refused = refused.says("do not decide about paths that are taken");
            assert!(!refused.stderr.contains("keeps your lines there"), "{}", refused.stderr);
        }
        project.git(&format!("mv {} elsewhere", mine.split('/').next().unwrap()));
        project.commit();
        project.upgrade(THEIRS).ends_with(0);
        project.assert_clean();
    }
}
