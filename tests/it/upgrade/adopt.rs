//! Files whose `.treenail` is lost, or that never had one, are taken over as they are.

use std::fs;

use crate::upgrade::project::{Outcome, Place, assert_unchanged};
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

fn forget(place: &Place) {
    for path in [BASE, ANSWERS] {
        place.remove(path);
    }
    place.commit();
}

/// An edited place that has lost its state, and the history of it.
fn lost() -> Place {
    let place = Place::of(&v1());
    place.write("a.yaml", "name: shop\nmine: true\n");
    place.write("seed.env", "A=2\n");
    place.remove("c.txt");
    forget(&place);
    place.git("update-ref -d HEAD");
    place.commit();
    place
}

fn adopt(place: &Place, arguments: &str) -> Outcome {
    place.treenail(&format!("adopt shop --scaffold scaffold {arguments}"))
}

/// A run that must end with `code` and change nothing, in Git neither.
#[track_caller]
fn refused(place: &Place, arguments: &str, code: i32) -> Outcome {
    let before = place.everything();
    let outcome = adopt(place, arguments).ends_with(code);
    assert_unchanged(&before, &place.everything());
    outcome
}

#[test]
fn files_stay_and_what_differs_are_edits() {
    let place = lost();
    let mut before = place.files();
    before.remove(".treenail");
    let told = adopt(&place, "").ends_with(0).says("2 of 4 files unchanged");
    told.says("edited   a.yaml").says("absent   c.txt").says("yours    seed.env").says("adopted, commit");
    place.assert_clean();
    let mut after = place.files();
    for path in [BASE, ANSWERS, ".treenail"] {
        after.remove(path).unwrap();
    }
    assert_unchanged(&before, &after);
    assert_eq!(place.git("log -1 --format=%s"), "shop: adopt scaffold web 1.0.0");
    assert_eq!(place.git("diff --name-only HEAD~1 HEAD"), format!("{ANSWERS}\n{BASE}"));
    assert!(place.read(ANSWERS).contains("app: {detected: shop}"), "{}", place.read(ANSWERS));
    assert!(place.read(ANSWERS).ends_with("removed:\n- c.txt\n"), "{}", place.read(ANSWERS));

    let status = place.treenail("status shop --scaffold scaffold").ends_with(0).prints("up to date");
    status.prints("edited   a.yaml").prints("deleted  c.txt");
    place.refused("", 0).says("nothing to do");
    place.home.git("shop", "rm -q b.txt");
    place.treenail("restore shop/b.txt shop/c.txt").ends_with(0);
    assert_eq!((place.read("b.txt"), place.read("c.txt")), ("b\n".to_owned(), "c\n".to_owned()));
    place.git("reset -q --hard");
    place.git("clean -q -f");
    place.upgrade_to(&v2());
    assert_eq!((place.read("b.txt"), place.read("new.txt")), ("B\n".to_owned(), "shop\n".to_owned()));
    assert_eq!(place.read("a.yaml"), "name: shop\nmine: true\n");
    assert!(!place.is_there("c.txt"));
}

/// As if nothing had been lost.
#[test]
fn a_place_without_edits_becomes_what_it_was() {
    let place = Place::of(&v1());
    let (base, answers) = (place.read(BASE), place.read(ANSWERS));
    forget(&place);
    adopt(&place, "--set app=shop").ends_with(0).says("4 of 4 files");
    assert_eq!((place.read(BASE), place.read(ANSWERS)), (base, answers));
}

#[test]
fn the_service_is_adopted_with_its_answers() {
    let place = Place::empty();
    let answers =
        "--app web --source-repo https://github.com/acme/web.git --environments qa,live=web-prod --port 3000";
    place.treenail(&format!("new shop --defaults {answers}")).ends_with(0);
    let before = place.generated();
    forget(&place);
    place.git("rm -q .gitattributes");
    place.git("commit -q -m attributes");
    let outcome = place.treenail("adopt shop --defaults --json").ends_with(0);
    let told: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(told["schema"], "treenail.adopt/1");
    assert_eq!(told["written"], serde_json::json!([".gitattributes", ANSWERS, BASE]));
    assert_eq!(told["commit"], place.head());
    assert_eq!(told["answers"]["environments"]["value"], "qa,live=web-prod");
    assert_unchanged(&before, &place.generated());
    place.assert_clean();
}

#[test]
fn a_folder_of_a_repository_is_adopted() {
    let place = Place::at("shop/services/web", &v1());
    forget(&place);
    place.treenail("adopt shop/services/web --scaffold scaffold").ends_with(0);
    assert!(place.read(ANSWERS).contains("directory: services/web\n"));
    place.assert_clean();
}

#[test]
fn what_is_recorded_is_not_adopted() {
    let place = Place::of(&v1());
    refused(&place, "", 5).says("`shop` still has its `.treenail/` state").says("treenail upgrade shop");
    place.remove(ANSWERS);
    refused(&place, "", 6).says("git checkout HEAD -- .treenail/answers.yaml");
    place.git("checkout HEAD -- .treenail/answers.yaml");
    place.write(BASE, "");
    place.commit();
    refused(&place, "", 6).says("--base").says("--two-way");
    place.replace(ANSWERS, "schema: 1\ntreenail: ", "schema: 2\ntreenail: 9.0.0 # ");
    place.commit();
    refused(&place, "", 6).says("use treenail 9.0.0 or later");
    refused(&place, "--dry-run", 6);
}

#[test]
fn what_knows_more_is_named() {
    let place = Place::of(&v1());
    forget(&place);
    let commit = place.git("rev-parse --short=10 HEAD~1");
    adopt(&place, "--dry-run").ends_with(0).prints(&format!("treenail upgrade --base {commit} shop"));
}

/// Damaged answers tell what they can, and a sound base is kept.
#[test]
fn what_is_left_of_the_state_is_used() {
    let place = Place::of(&v1());
    place.replace(ANSWERS, "schema: 1\n", "");
    place.replace(ANSWERS, "app: shop", "app: store");
    place.replace("a.yaml", "shop", "mine");
    place.git("update-ref -d HEAD");
    place.commit();
    let base = place.read(BASE);
    adopt(&place, "").ends_with(0).says("edited   a.yaml");
    assert_eq!(place.read(BASE), base);
    assert!(place.read(ANSWERS).contains("app: store\n"), "{}", place.read(ANSWERS));
    place.assert_clean();
    // The answer was edited, the file was not made from it yet, and the user has edited that.
    place.refused("", 3).says("a.yaml");
}

#[test]
fn answers_are_needed_and_have_to_be_right() {
    let place = lost();
    place.edit("a.yaml", "mine: true\n");
    refused(&place, "", 4).says("`app`: not answered").says("--set app=");
    refused(&place, "--set app=No", 4).says("`app`");
    refused(&place, "--set nmae=x", 4).says("no question `nmae`");
    adopt(&place, "--set app=shop").ends_with(0);
}

#[test]
fn only_files_of_the_scaffold_in_git_are_adopted() {
    let place = Place::empty();
    place.offer(&v1());
    refused(&place, "--set app=shop", 5).says("none of the files of the scaffold `web`");
    place.write("b.txt", "b\n");
    refused(&place, "--set app=shop", 5).says("`b.txt` is not committed");
    place.commit();
    fs::create_dir(place.path("c.txt")).unwrap();
    refused(&place, "--set app=shop", 5).says("`c.txt` is not committed");
    fs::remove_dir(place.path("c.txt")).unwrap();
    place.write(ANSWERS, "mine");
    refused(&place, "--set app=shop", 5).says(ANSWERS);
    place.treenail("adopt .").ends_with(5).says("not");
}

#[test]
fn a_dry_run_and_a_run_without_a_commit() {
    let place = lost();
    let told = refused(&place, "--dry-run", 0).prints("edited   a.yaml\n").prints("absent   c.txt\n");
    assert_eq!(told.stderr, "");
    refused(&place, "--dry-run --json", 0).prints("\"dryRun\": true").prints("\"state\": \"absent\"");
    let head = place.head();
    adopt(&place, "--no-commit").ends_with(0).says("not committed");
    assert_eq!((place.head(), place.status()), (head, format!("?? {ANSWERS}\n?? {BASE}")));
    place.commit();
    place.refused("", 0).says("nothing to do");
}

#[test]
fn a_rejecting_hook_leaves_everything_as_it_was() {
    let place = lost();
    place.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    place.set_mode(".git/hooks/pre-commit", 0o755);
    let before = place.files();
    adopt(&place, "").ends_with(1);
    assert_unchanged(&before, &place.files());
    place.assert_clean();
}
