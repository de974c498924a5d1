//! What only looks leaves no trace: neither a byte nor a time, in Git's own folder neither, and nothing elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

/// When everything in the home was changed last.
fn times(project: &Project) -> BTreeMap<String, SystemTime> {
    let time = |path: String| {
        let changed = fs::symlink_metadata(&path).unwrap().modified().unwrap();
        (path, changed)
    };
    project.home.everything().into_iter().map(time).collect()
}

/// Edited, with a file that Git's index only thinks changed, and with a conflict where `disputed`.
fn project(disputed: bool) -> Project {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n").file("b.txt", "b\n").file("gone.txt", "gone\n");
    let project = Project::of(&v1);
    project.edit("b.txt", "mine\n");
    project.remove("gone.txt");
    project.commit();
    if disputed {
        project.edit("a.txt", "mine\n");
    }
    project.write("untracked.txt", "mine\n");
    project.write("a.txt", project.bytes("a.txt"));
    project.offer(&v1.version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    project
}

#[test]
#[ignore = "takes long"]
fn nothing_is_touched_by_a_look() {
    let looks = [
        ("upgrade shop --scaffold scaffold --dry-run", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --diff", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --json", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --branch later", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --no-commit", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --conflicts=markers", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --conflicts=theirs --set app=other", [0, 0]),
        ("upgrade shop --scaffold scaffold --dry-run --base HEAD --adopt-defaults", [0, 3]),
        ("upgrade shop --scaffold scaffold --dry-run --two-way", [3, 3]),
        ("status shop --scaffold scaffold", [0, 0]),
        ("diff shop", [0, 0]),
        ("diff shop --upgrade --scaffold scaffold", [0, 0]),
        ("restore shop --dry-run", [0, 0]),
        ("adopt shop --scaffold scaffold --dry-run", [5, 5]),
        ("check shop", [0, 0]),
    ];
    for disputed in [false, true] {
        let project = project(disputed);
        let (before, then) = (project.everything(), times(&project));
        for (look, codes) in looks {
            project.treenail(look).ends_with(codes[usize::from(disputed)]);
            assert_unchanged(&before, &project.everything());
            assert_eq!(then, times(&project), "{look}");
        }
    }
}
