//! Files whose `.treenail` is lost, or that never had one, are taken over as they are.

use std::fs;

use crate::upgrade::project::{Outcome, Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const BASE: &str = ".treenail/base";
const ANSWERS: &str = ".treenail/answers.yaml";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.yaml", "name: [= app =]\n")
        .file("b.txt", "b\n")
        .file("c.txt", "c\n")
        .program("bin/run", "run\n")
        .seeded("seed.env", "A=1\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("b.txt", "B\n").file("c.txt", "C\n").file("new.txt", "[= app =]\n")
}

fn forget(project: &Project) {
    for path in [BASE, ANSWERS] {
        project.remove(path);
    }
    project.commit();
}

/// An edited project that has lost its state, and the history of it.
fn lost() -> Project {
    let project = Project::of(&v1());
    project.write("a.yaml", "name: shop\nmine: true\n");
    project.write("seed.env", "A=2\n");
    project.remove("c.txt");
    forget(&project);
    project.git("update-ref -d HEAD");
    project.commit();
    project
}

fn adopt(project: &Project, arguments: &str) -> Outcome {
    project.treenail(&format!("adopt shop --scaffold scaffold {arguments}"))
}

/// A run that must end with `code` and change nothing, in Git neither.
#[track_caller]
fn refused(project: &Project, arguments: &str, code: i32) -> Outcome {
    let before = project.everything();
    let outcome = adopt(project, arguments).ends_with(code);
    assert_unchanged(&before, &project.everything());
    outcome
}

#[test]
fn files_stay_and_what_differs_are_edits() {
    let project = lost();
    let mut before = project.files();
    before.remove(".treenail");
    let outcome = adopt(&project, "").ends_with(0).prints("2 of 4 files unchanged");
    outcome
        .prints("edited   a.yaml")
        .prints("absent   c.txt")
        .prints("yours    seed.env")
        .says("adopted, commit");
    project.assert_clean();
    let mut after = project.files();
    for path in [BASE, ANSWERS, ".treenail"] {
        after.remove(path).unwrap();
    }
    assert_unchanged(&before, &after);
    assert_eq!(project.git("log -1 --format=%s"), "treenail: adopt shop from scaffold web 1.0.0");
    assert_eq!(project.git("diff --name-only HEAD~1 HEAD"), format!("{ANSWERS}\n{BASE}"));
    assert!(project.read(ANSWERS).contains("app: {detected: shop}"), "{}", project.read(ANSWERS));
    assert!(project.read(ANSWERS).ends_with("removed:\n- c.txt\n"), "{}", project.read(ANSWERS));

    let status = project.treenail("status shop --scaffold scaffold").ends_with(0).prints("up to date");
    status.prints("edited   a.yaml").prints("deleted  c.txt");
    project.refused("", 0).says("nothing to do");
    project.home.git("shop", "rm -q b.txt");
    project.treenail("restore shop/b.txt shop/c.txt").ends_with(0);
    assert_eq!((project.read("b.txt"), project.read("c.txt")), ("b\n".to_owned(), "c\n".to_owned()));
    project.git("reset -q --hard");
    project.git("clean -q -f");
    project.upgrade_to(&v2());
    assert_eq!((project.read("b.txt"), project.read("new.txt")), ("B\n".to_owned(), "shop\n".to_owned()));
    assert_eq!(project.read("a.yaml"), "name: shop\nmine: true\n");
    assert!(!project.is_there("c.txt"));
}

/// As if nothing had been lost.
#[test]
fn a_place_without_edits_becomes_what_it_was() {
    let project = Project::of(&v1());
    let (base, answers) = (project.read(BASE), project.read(ANSWERS));
    forget(&project);
    adopt(&project, "--set app=shop").ends_with(0).prints("5 of 5 files");
    assert_eq!((project.read(BASE), project.read(ANSWERS)), (base, answers));
}

#[test]
fn the_service_is_adopted_with_its_answers() {
    let project = Project::empty();
    let answers =
        "--app web --source-repo https://github.com/acme/web.git --environments qa,live=web-prod --port 3000";
    project.treenail(&format!("new shop --defaults {answers}")).ends_with(0);
    let before = project.generated();
    forget(&project);
    project.git("rm -q .gitattributes");
    project.git("commit -q -m attributes");
    let outcome = project.treenail("adopt shop --defaults --json").ends_with(0);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["schema"], "treenail.adopt/1");
    assert_eq!(json["written"], serde_json::json!([".gitattributes", ANSWERS, BASE]));
    assert_eq!(json["commit"], project.head());
    assert_eq!(json["answers"]["environments"]["value"], "qa,live=web-prod");
    assert_unchanged(&before, &project.generated());
    project.assert_clean();
}

#[test]
fn a_folder_of_a_repository_is_adopted() {
    let project = Project::at("shop/services/web", &v1());
    forget(&project);
    project.treenail("adopt shop/services/web --scaffold scaffold").ends_with(0);
    assert!(project.read(ANSWERS).contains("directory: services/web\n"));
    project.assert_clean();
}

#[test]
fn what_is_recorded_is_not_adopted() {
    let project = Project::of(&v1());
    refused(&project, "", 5).says("`shop` still has its `.treenail/` state").says("treenail upgrade shop");
    project.remove(ANSWERS);
    refused(&project, "", 6).says("git checkout HEAD -- .treenail/answers.yaml");
    project.git("checkout HEAD -- .treenail/answers.yaml");
    project.write(BASE, "");
    project.commit();
    refused(&project, "", 6).says("--base").says("--two-way");
    project.replace(ANSWERS, "schema: 1\ntreenail: ", "schema: 2\ntreenail: 9.0.0 # ");
    project.commit();
    refused(&project, "", 6).says("use treenail 9.0.0 or later");
    refused(&project, "--dry-run", 6);
}

#[test]
fn what_knows_more_is_named() {
    let project = Project::of(&v1());
    forget(&project);
    let commit = project.git("rev-parse --short=10 HEAD~1");
    adopt(&project, "--dry-run").ends_with(0).prints(&format!("treenail upgrade --base {commit} shop"));
}

/// Damaged answers tell what they can, and a sound base is kept.
#[test]
fn what_is_left_of_the_state_is_used() {
    let project = Project::of(&v1());
    project.replace(ANSWERS, "schema: 1\n", "");
    project.replace(ANSWERS, "app: shop", "app: store");
    project.replace("a.yaml", "shop", "mine");
    project.git("update-ref -d HEAD");
    project.commit();
    let base = project.read(BASE);
    adopt(&project, "").ends_with(0).prints("edited   a.yaml");
    assert_eq!(project.read(BASE), base);
    assert!(project.read(ANSWERS).contains("app: store\n"), "{}", project.read(ANSWERS));
    project.assert_clean();
    // The answer was edited, the file was not made from it yet, and the user has edited that.
    project.refused("", 3).says("a.yaml");
}

#[test]
fn answers_are_needed_and_have_to_be_right() {
    let project = lost();
    project.edit("a.yaml", "mine: true\n");
    refused(&project, "", 4).says("`app`: not answered").says("--set app=");
    refused(&project, "--set app=No", 4).says("`app`");
    refused(&project, "--set nmae=x", 4).says("no question `nmae`");
    adopt(&project, "--set app=shop").ends_with(0);
}

#[test]
fn only_files_of_the_scaffold_in_git_are_adopted() {
    let project = Project::empty();
    project.offer(&v1());
    refused(&project, "--set app=shop", 5).says("none of the files of the scaffold `web`");
    project.write("b.txt", "b\n");
    refused(&project, "--set app=shop", 5).says("`b.txt` is not committed");
    project.commit();
    fs::create_dir(project.path("c.txt")).unwrap();
    refused(&project, "--set app=shop", 5).says("`c.txt` is not committed");
    fs::remove_dir(project.path("c.txt")).unwrap();
    project.write(ANSWERS, "mine");
    refused(&project, "--set app=shop", 5).says(ANSWERS);
    project.treenail("adopt .").ends_with(5).says("not");
}

#[test]
fn a_dry_run_and_a_run_without_a_commit() {
    let project = lost();
    let outcome = refused(&project, "--dry-run", 0).prints("edited   a.yaml\n").prints("absent   c.txt\n");
    assert_eq!(outcome.stderr, "");
    refused(&project, "--dry-run --json", 0).prints("\"dryRun\": true").prints("\"state\": \"absent\"");
    let head = project.head();
    adopt(&project, "--no-commit").ends_with(0).says("not committed");
    assert_eq!((project.head(), project.status()), (head, format!("?? {ANSWERS}\n?? {BASE}")));
    project.commit();
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_rejecting_hook_leaves_everything_as_it_was() {
    let project = lost();
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    project.set_mode(".git/hooks/pre-commit", 0o755);
    let before = project.files();
    adopt(&project, "").ends_with(1);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// The answers are damaged, and still say what was moved.
#[test]
fn files_that_were_moved_are_followed() {
    let project = Project::of(&v1());
    project.git("mv b.txt mine.txt");
    project.edit("b.txt", "of the user's own\n");
    let answers = project.read(ANSWERS).replace("schema: 1", "schema: one")
        + "moved:\n  b.txt: mine.txt\n  x: y\n  c.txt: none.txt\n";
    project.write(ANSWERS, answers);
    project.remove(BASE);
    project.commit();
    let outcome = adopt(&project, "--set app=shop").ends_with(0);
    assert!(!outcome.stdout.contains("absent") && !outcome.stdout.contains("edited"), "{}", outcome.stdout);
    let answers = project.read(ANSWERS);
    assert!(answers.ends_with("moved:\n  b.txt: mine.txt\n"), "{answers}");
    project.upgrade_to(&v2());
    assert_eq!(
        (project.read("mine.txt"), project.read("b.txt")),
        ("B\n".to_owned(), "of the user's own\n".to_owned())
    );
}
