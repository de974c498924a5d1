//! Versions without anybody's edits in between.

use std::fs;
use std::path::Path;

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const FIRST: &str = "new shop --scaffold scaffold --defaults --set app=shop";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("README.md", "# [= app =]\n")
        .file("deploy/app.yaml", "kind: Deployment\nmetadata: {name: [= app | yaml =]}\n")
        .file("docs/old.md", "old\n")
        .program("run.sh", "#!/bin/sh\n")
        .seeded("release.env", "RELEASE=none\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0")
        .file("README.md", "# [= app =]\n\nIt runs.\n")
        .file("deploy/service.yaml", "kind: Service\nmetadata: {name: [= app | yaml =]}\n")
        .without("docs/old.md")
        .file("run.sh", "#!/bin/sh\nexit 0\n")
}

fn v3() -> Scaffold {
    let v2 = v2();
    let v3 = v2.version("3.0.0").without("deploy/app.yaml").file("deploy/workload.yaml", "kind: Pod\n");
    v3.moves("deploy/app.yaml", "deploy/workload.yaml")
}

#[test]
fn untouched_files_become_those_of_a_fresh_scaffold() {
    let (old, new) = (Project::of(&v1()), Project::of(&v2()));
    let outcome = old.upgrade_to(&v2());
    assert_unchanged(&new.generated(), &old.generated());
    assert_eq!(old.commits(), 2);
    outcome
        .prints("scaffold web 1.0.0 -> 2.0.0")
        .prints("added    deploy/service.yaml")
        .prints("deleted  docs/old.md")
        .prints("updated  README.md")
        .prints("updated  run.sh");
    assert!(old.git("log -1 --format=%s").contains("scaffold web 1.0.0 -> 2.0.0"));
}

#[test]
fn a_second_run_does_nothing() {
    let project = Project::of(&v1());
    project.refused("", 0).says("nothing to do");
    project.upgrade_to(&v2());
    project.refused("", 0).says("nothing to do");
}

#[test]
#[ignore = "takes long"]
fn steps_lead_to_where_one_leap_does() {
    let (steps, leap) = (Project::of(&v1()), Project::of(&v1()));
    for project in [&steps, &leap] {
        project.edit("deploy/mine.yaml", "kind: Mine\n");
        project.write("README.md", "Before.\n\n# shop\n");
        project.commit();
    }
    steps.upgrade_to(&v2());
    steps.upgrade_to(&v3());
    leap.upgrade_to(&v3());
    assert_unchanged(&leap.files(), &steps.files());
    assert_eq!((steps.commits(), leap.commits()), (5, 4));
}

/// The scaffold that moves files, renames questions and drops answers, on its way through four versions.
#[test]
#[ignore = "takes long"]
fn four_versions_lead_to_the_fourth() {
    let offer = |project: &Project, version: usize| {
        let from =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/four-versions/v{version}"));
        let to = project.home.path("scaffold");
        fs::remove_dir_all(&to).unwrap();
        for entry in walkdir::WalkDir::new(&from) {
            let entry = entry.unwrap();
            let target = to.join(entry.path().strip_prefix(&from).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir(target).unwrap();
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    };
    let url = "https://github.com/acme/shop.git";
    let made = |version: usize, answers: &str| {
        let project = Project::empty();
        project.offer(&v1());
        offer(&project, version);
        project.treenail(&format!("{FIRST} {answers}")).ends_with(0);
        project
    };
    let old = made(1, &format!("--set repo={url} --set strategy=bluegreen"));
    old.edit("release.env", "RELEASE=abc\n");
    old.replace("deploy/base/app.yaml", "metadata:\n", "metadata:\n  # ours\n");
    old.commit();
    for (version, arguments) in [(2, ""), (3, "--set team=payments"), (4, "--adopt-defaults")] {
        offer(&old, version);
        old.upgrade(arguments).ends_with(0);
        old.assert_clean();
    }
    let fresh = "--set strategy=blue-green --set team=payments";
    let new = made(4, &format!("--set source={url} {fresh}"));
    new.write("release/release.env", "RELEASE=abc\n");
    new.replace("deploy/base/workload/deployment.yaml", "metadata:\n", "metadata:\n  # ours\n");
    assert_unchanged(&new.generated(), &old.generated());
}

#[test]
fn seeded_files_are_left_alone() {
    let project = Project::of(&v1());
    project.edit("release.env", "RELEASE=abc\n");
    project.upgrade_to(&v2().seeded("release.env", "RELEASE=unknown\nMORE=1\n"));
    assert_eq!(project.read("release.env"), "RELEASE=abc\n");
    project.remove("release.env");
    project.commit();
    project.upgrade_to(&v3().seeded("release.env", "RELEASE=other\n"));
    assert!(!project.is_there("release.env"));
}

#[test]
fn the_same_version_with_other_content_is_an_upgrade() {
    let project = Project::of(&v1());
    project.offer(&v1().file("README.md", "# Fixed\n"));
    project.treenail("status shop --scaffold scaffold").prints("changed since, with the same version");
    project.upgrade("").ends_with(0);
    assert_eq!(project.read("README.md"), "# Fixed\n");
    project.assert_clean();
    project.treenail("status shop --scaffold scaffold").prints("up to date");
}

#[test]
fn an_older_version_is_taken_only_on_request() {
    let project = Project::of(&v2());
    project.offer(&v1());
    project.refused("", 5).says("--allow-downgrade");
    project.upgrade("--allow-downgrade").ends_with(0);
    project.assert_clean();
    assert_unchanged(&Project::of(&v1()).files(), &project.files());
}
