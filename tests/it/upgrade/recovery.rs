//! Upgrades of what has lost its base: against that of an earlier commit, or against none.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const BASE: &str = ".treenail/base";
const ANSWERS: &str = ".treenail/answers.yaml";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0")
        .file("a.txt", "one\ntwo\nthree\nfour\n")
        .file("b.txt", "b\n")
        .file("c.txt", "c\n")
        .seeded("seed.env", "A=1\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0")
        .file("a.txt", "one\ntwo\nthree\nFOUR\n")
        .file("b.txt", "B\n")
        .file("new.txt", "new\n")
}

/// An edited place that version 2 is offered to; its base is damaged in the last commit.
fn damaged() -> Place {
    let place = Place::of(&v1());
    place.edit("a.txt", "ONE\ntwo\nthree\nfour\n");
    place.replace(BASE, "two", "zwei");
    place.commit();
    place.offer(&v2());
    place.refused("", 6);
    place
}

/// The base is whole again.
#[track_caller]
fn assert_mended(place: &Place) {
    place.assert_clean();
    place.refused("", 0).says("nothing to do");
    place.treenail("status shop --scaffold scaffold").ends_with(0).prints("up to date");
}

#[test]
fn the_base_of_an_earlier_commit_gives_what_the_lost_one_would_have() {
    let (place, sound) = (damaged(), Place::of(&v1()));
    let commit = place.git("rev-parse --short=10 HEAD~1");
    place.upgrade("--base HEAD~1").ends_with(0).says(&format!("recorded in commit {commit}"));
    sound.edit("a.txt", "ONE\ntwo\nthree\nfour\n");
    sound.upgrade_to(&v2());
    assert_unchanged(&sound.files(), &place.files());
    assert_eq!(place.read("a.txt"), "ONE\ntwo\nthree\nFOUR\n");
    assert!(place.git("log -1 --format=%b").contains(&commit));
    assert_mended(&place);
    place.upgrade_to(&v2().version("3.0.0").file("b.txt", "BB\n"));
    assert_eq!(place.read("b.txt"), "BB\n");
}

#[test]
fn a_lost_state_comes_back_with_its_answers() {
    let place = Place::of(&v1());
    place.remove(BASE);
    place.remove(ANSWERS);
    place.commit();
    place.offer(&v2());
    place.refused("", 6).says("is missing").says("--base");
    place.upgrade("--base HEAD~1").ends_with(0).says("and so are the answers");
    assert_mended(&place);
}

/// What the user wishes is in the work tree, whatever the base is of.
#[test]
fn answers_that_are_sound_are_not_taken_from_the_commit() {
    let place = Place::of(
        &v1().question("port", "integer", "  default: \"80\"\n").file("p.txt", "port [= port =]\n"),
    );
    place.replace(BASE, "two", "zwei");
    place.replace(ANSWERS, "port: 80", "port: 90");
    place.commit();
    let outcome = place.upgrade("--base HEAD~1").ends_with(0);
    assert!(!outcome.stderr.contains("so are the answers"), "{}", outcome.stderr);
    assert_eq!(place.read("p.txt"), "port 90\n");
}

/// The moves and the markers are those since the version that the base is of.
#[test]
fn the_base_of_an_older_version_is_merged_as_one() {
    let place = Place::of(&v1());
    place.edit("b.txt", "mine\n");
    let moved = v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt");
    place.upgrade_to(&moved);
    // An upgrade by hand: the files are as they were, but version 2 is recorded.
    place.git("mv d.txt b.txt");
    place.remove(BASE);
    place.commit();
    place.upgrade("--base HEAD~2").ends_with(0);
    assert_eq!(place.read("d.txt"), "mine\n");
    assert!(!place.is_there("b.txt"));
}

#[test]
fn commits_that_are_of_no_help_are_refused() {
    let place = damaged();
    place.refused("--base nothing", 2).says("`nothing` is not a commit");
    place
        .refused("--base HEAD", 6)
        .says("`HEAD` has no usable `.treenail/` state: `.treenail/base` is damaged")
        .says("--two-way");
    place.git("checkout -q --orphan fresh");
    place.git("rm -q -r --cached .");
    place.git("commit -q --allow-empty -m empty");
    place.git("checkout -q -f trunk");
    place.refused("--base fresh", 6).says("`.treenail/base` is missing there").says("--base");
    place.refused("--base HEAD --two-way", 2);
}

#[test]
fn nothing_is_merged_over_a_base_that_is_not_committed() {
    let place = Place::of(&v1());
    place.offer(&v2());
    place.write(BASE, "mine");
    place.refused("--base HEAD", 5).says(".treenail/base");
}

#[test]
fn without_a_base_each_difference_is_a_conflict() {
    let place = damaged();
    place.edit("mine.txt", "mine\n");
    place.edit("seed.env", "A=2\n");
    place.git("rm -q c.txt");
    place.git("commit -q -m deleted");
    let told = place.refused("--two-way", 3);
    let told =
        told.says("a.txt: it is not what the scaffold writes").says("b.txt: it is not").says("2 conflicts");
    told.says("added    c.txt  (missing here)")
        .says("added    new.txt")
        .says("every difference is a conflict");

    place.upgrade("--two-way --conflicts=ours").ends_with(0);
    assert_eq!(
        (place.read("a.txt"), place.read("b.txt")),
        ("ONE\ntwo\nthree\nfour\n".to_owned(), "b\n".to_owned())
    );
    assert_eq!((place.read("c.txt"), place.read("new.txt")), ("c\n".to_owned(), "new\n".to_owned()));
    assert_eq!((place.read("mine.txt"), place.read("seed.env")), ("mine\n".to_owned(), "A=2\n".to_owned()));
    assert_mended(&place);
}

#[test]
fn without_a_base_the_scaffold_s_may_be_taken() {
    let place = damaged();
    place.upgrade("--two-way --conflicts=theirs").ends_with(0);
    assert_eq!(place.read("a.txt"), "one\ntwo\nthree\nFOUR\n");
    assert_mended(&place);
}

#[test]
fn without_a_base_only_what_differs_is_marked() {
    let same = "2\n3\n4\n5\n";
    let place = Place::of(&v1().file("a.txt", format!("one\n{same}six\n")));
    place.write("a.txt", format!("ONE\n{same}six\n"));
    place.write(BASE, "");
    place.commit();
    let before = place.files();
    place.offer(&v2().file("a.txt", format!("one\n{same}SIX\n")));
    place.upgrade("--two-way --conflicts=markers").ends_with(3);
    assert_eq!(
        place.read("a.txt"),
        format!(
            "<<<<<<< yours\nONE\n=======\none\n>>>>>>> scaffold web 2.0.0\n{same}\
             <<<<<<< yours\nsix\n=======\nSIX\n>>>>>>> scaffold web 2.0.0\n"
        )
    );
    assert!(place.status().contains("AA a.txt"), "{}", place.status());
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());

    place.upgrade("--two-way --conflicts=markers").ends_with(3);
    place.write("a.txt", format!("ONE\n{same}SIX\n"));
    place.write("b.txt", "B\n");
    place.git("add a.txt b.txt");
    place.upgrade("--continue").ends_with(0);
    assert_mended(&place);
}

#[test]
fn without_a_base_what_was_deleted_on_purpose_stays_deleted() {
    let place = Place::of(&v1());
    place.git("rm -q b.txt");
    place.git("commit -q -m deleted");
    place.upgrade_to(&v1().version("1.5.0").file("b.txt", "bb\n"));
    place.remove(BASE);
    place.commit();
    place.offer(&v2().file("a.txt", "one\ntwo\nthree\nfour\n"));
    place.upgrade("--two-way").ends_with(0);
    assert!(!place.is_there("b.txt"));
    assert_eq!(place.read("new.txt"), "new\n");
}

#[test]
fn without_a_base_the_scaffold_s_moves_are_made() {
    let place = Place::of(&v1());
    place.remove(BASE);
    place.commit();
    place.offer(&v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt"));
    place.upgrade("--two-way").ends_with(0).says("b.txt -> d.txt");
    assert!(!place.is_there("b.txt"));
    place.assert_clean();
}

#[test]
fn without_a_base_what_moved_is_in_conflict_where_it_is_now() {
    let place = Place::of(&v1());
    place.write("b.txt", "mine\n");
    place.write(BASE, "");
    place.commit();
    let before = place.files();
    place.offer(&v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt"));
    place.upgrade("--two-way --conflicts=markers").ends_with(3);
    assert_eq!(place.read("d.txt"), "<<<<<<< yours\nmine\n=======\nb\n>>>>>>> scaffold web 2.0.0\n");
    assert!(!place.is_there("b.txt"));
    place.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &place.files());
}

/// Nothing but the base is written where everything is as the scaffold has it.
#[test]
fn without_a_base_equal_files_are_fine() {
    let place = Place::of(&v1());
    place.remove(BASE);
    place.commit();
    let before = place.head();
    place.upgrade("--two-way").ends_with(0);
    assert_eq!(place.git(&format!("diff --name-only {before} HEAD")), BASE);
    place.assert_clean();
}

#[test]
fn a_branch_can_be_mended_as_well() {
    let place = damaged();
    place.upgrade("--base HEAD~1 --branch later").ends_with(0);
    place.assert_clean();
    place.git("checkout -q later");
    assert_mended(&place);
}

#[test]
fn programs_are_told_where_the_base_is_from() {
    let place = damaged();
    let base = |arguments: &str, code| {
        let outcome = place.upgrade(&format!("--json --dry-run {arguments}")).ends_with(code);
        serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap()["base"].clone()
    };
    let commit = place.git("rev-parse HEAD~1");
    assert_eq!(
        base("--base HEAD~1", 0),
        serde_json::json!({ "from": "commit", "commit": commit, "answersToo": false })
    );
    assert_eq!(base("--two-way", 3), serde_json::json!({ "from": "none" }));
}
