//! What treenail has recorded in `.treenail`, missing or damaged: code 6 and a way out, and nothing is written.

use crate::place::Place;
use crate::scaffold::Scaffold;

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

#[test]
fn a_missing_base_is_brought_back_by_git() {
    let place = outdated();
    place.remove(BASE);
    assert_all_refuse(&place, "`.treenail/base` is missing", "git checkout HEAD -- .treenail/base");
    place.git("checkout HEAD -- .treenail/base");
    place.upgrade("").ends_with(0);
}

#[test]
fn a_damaged_base_is_not_trusted() {
    let place = outdated();
    place.replace(BASE, "one\n", "won\n");
    assert_all_refuse(&place, "`.treenail/base` is damaged: its digest does not match", "");
}

#[test]
fn a_half_merged_base_is_not_trusted() {
    let place = outdated();
    let text = place.read(BASE);
    place.write(BASE, format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"));
    assert_all_refuse(&place, "`.treenail/base` is damaged", "");
}

#[test]
fn half_merged_answers_are_not_trusted() {
    let place = outdated();
    let text = place.read(ANSWERS);
    let marked =
        text.replace("  app: shop\n", "<<<<<<< HEAD\n  app: shop\n=======\n  app: web\n>>>>>>> other\n");
    assert_ne!(text, marked);
    place.write(ANSWERS, marked);
    assert_all_refuse(&place, "it holds merge markers", "git checkout --ours .treenail/answers.yaml");
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
    assert_all_refuse(&place, "`.treenail/answers.yaml` is damaged", "git checkout HEAD");
}

#[test]
fn a_folder_without_state_was_not_written_by_treenail() {
    let place = outdated();
    place.home.repository("other");
    for command in ["upgrade", "status", "diff"] {
        place.treenail(&format!("{command} other")).ends_with(5).says("was not written by treenail");
        place.treenail(&format!("{command} nowhere")).ends_with(5).says("was not written by treenail");
    }
}
