//! What treenail has recorded in `.treenail`, missing or damaged: code 6 and a way out, and nothing is written.

use crate::upgrade::project::Place;
use crate::upgrade::scaffold::Scaffold;

const BASE: &str = ".treenail/base";
const ANSWERS: &str = ".treenail/answers.yaml";

fn outdated() -> Place {
    let place = Place::of(&Scaffold::new("1.0.0").file("a.txt", "one\n"));
    place.offer(&Scaffold::new("2.0.0").file("a.txt", "two\n"));
    place
}

/// Neither of the three commands can do anything, and each says why.
fn assert_all_refuse(place: &Place, reason: &str, mend: &str) {
    place.refused("", 6).says(reason).says(mend);
    for command in ["status", "diff"] {
        place.treenail(&format!("{command} shop")).ends_with(6).says(reason);
    }
}

/// The files are damaged in the last commit too.
fn commit(place: &Place) {
    place.git("add -A");
    place.git("commit -q -m damage");
}

const WITHOUT_BASE: &str = "treenail upgrade --two-way shop";

/// The newest commit is not where the state was sound last.
fn before(place: &Place, depth: usize) -> String {
    let commit = place.git(&format!("rev-parse HEAD~{depth}"));
    format!("treenail upgrade --base {} shop", &commit[..10])
}

#[test]
fn what_is_committed_is_brought_back_by_git() {
    for (path, reason) in
        [(BASE, "`.treenail/base` is missing"), (ANSWERS, "`.treenail/answers.yaml` is missing")]
    {
        let place = outdated();
        place.remove(path);
        let way = format!("git checkout HEAD -- {path}");
        assert_all_refuse(&place, reason, &way);
        place.git(way.strip_prefix("git ").unwrap());
        place.upgrade("").ends_with(0);
    }
}

#[test]
fn both_files_are_brought_back_at_once() {
    let place = outdated();
    place.remove(ANSWERS);
    place.write(BASE, "");
    let way = format!("git checkout HEAD -- {ANSWERS} {BASE}");
    assert_all_refuse(&place, "`.treenail/base` is damaged: it is cut short", &way);
    place.git(way.strip_prefix("git ").unwrap());
    place.upgrade("").ends_with(0);
}

#[test]
fn paths_are_told_from_the_root_of_the_repository() {
    let place = Place::at("shop/services/web", &Scaffold::new("1.0.0").file("a.txt", "one\n"));
    place.remove(BASE);
    place.refused("", 6).says("git checkout HEAD -- :/services/web/.treenail/base");
    // From wherever one is.
    place.home.git("shop/services", "checkout HEAD -- :/services/web/.treenail/base");
    place.upgrade("").ends_with(0);
}

#[test]
fn a_damaged_base_is_not_trusted() {
    let place = outdated();
    place.replace(BASE, "one\n", "won\n");
    assert_all_refuse(
        &place,
        "`.treenail/base` is damaged: its digest does not match",
        "git checkout HEAD -- .treenail/base",
    );
    commit(&place);
    assert_all_refuse(&place, "its digest does not match", &before(&place, 1));
    place.refused("", 6).says(WITHOUT_BASE);
}

/// Where no commit has a sound one, none is named.
#[test]
fn a_base_that_was_never_sound_is_lost_for_good() {
    let place = outdated();
    place.git("update-ref -d HEAD");
    place.write(BASE, "");
    commit(&place);
    let said = place.refused("", 6).says(WITHOUT_BASE).stderr;
    assert!(!said.contains("--base") && !said.contains("checkout"), "{said}");
}

#[test]
fn a_half_merged_base_is_not_trusted() {
    let place = outdated();
    let text = place.read(BASE);
    place.write(BASE, format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"));
    commit(&place);
    assert_all_refuse(
        &place,
        "`.treenail/base` is damaged: line 1: it holds merge markers",
        &before(&place, 1),
    );
}

#[test]
fn half_merged_answers_are_not_trusted() {
    let place = outdated();
    let text = place.read(ANSWERS);
    let marked =
        text.replace("  app: shop\n", "<<<<<<< HEAD\n  app: shop\n=======\n  app: web\n>>>>>>> other\n");
    assert_ne!(text, marked);
    place.write(ANSWERS, marked);
    assert_all_refuse(&place, "it holds merge markers", "git checkout HEAD -- .treenail/answers.yaml");
    commit(&place);
    assert_all_refuse(&place, "it holds merge markers", &before(&place, 1));
    place.refused("", 6).says("treenail adopt shop");
}

/// Two branches were upgraded, each on its own.
#[test]
fn a_merge_that_stopped_at_the_state_is_finished_with_one_side() {
    let place = Place::of(&Scaffold::new("1.0.0").file("a.txt", "one\n").file("b.txt", "b\n"));
    place.git("checkout -q -b other");
    place.upgrade_to(&Scaffold::new("2.0.0").file("a.txt", "two\n").file("b.txt", "b\n"));
    place.git("checkout -q trunk");
    place.upgrade_to(&Scaffold::new("1.5.0").file("a.txt", "one\n").file("b.txt", "B\n"));
    let (code, said) = place.try_git("merge other");
    assert_eq!(code, 1, "{said}");
    let way = "git checkout --ours -- .treenail/answers.yaml .treenail/base && git add -- .treenail/answers.yaml .treenail/base";
    place.refused("", 6).says(way).says("finish the merge");
    for command in way.split(" && ") {
        place.git(command.strip_prefix("git ").unwrap());
    }
    place.git("commit -q -m merge");
    place.upgrade_to(&Scaffold::new("2.5.0").file("a.txt", "two\n").file("b.txt", "B\n"));
    assert_eq!((place.read("a.txt"), place.read("b.txt")), ("two\n".to_owned(), "B\n".to_owned()));
}

#[test]
fn answers_of_a_newer_treenail_are_left_to_it() {
    let place = outdated();
    place.replace(ANSWERS, "schema: 1\n", "schema: 2\n");
    place.replace(ANSWERS, "treenail: ", "treenail: 9.0.0 # was ");
    assert_all_refuse(&place, "was written by a newer treenail, 9.0.0", "use treenail 9.0.0 or later");
}

#[test]
fn answers_that_are_no_yaml_are_damaged() {
    let place = outdated();
    place.write(ANSWERS, "schema: [\n");
    assert_all_refuse(
        &place,
        "`.treenail/answers.yaml` is damaged",
        "git checkout HEAD -- .treenail/answers.yaml",
    );
}

#[test]
fn a_folder_without_state_was_not_written_by_treenail() {
    let place = outdated();
    place.home.repository("other");
    for command in ["upgrade", "status", "diff"] {
        place.treenail(&format!("{command} other")).ends_with(5).says("was not generated by treenail");
        place.treenail(&format!("{command} nowhere")).ends_with(5).says("was not generated by treenail");
    }
}
