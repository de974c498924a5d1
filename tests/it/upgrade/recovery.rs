//! Upgrades of what has lost its base: against that of an earlier commit, or against none.

use crate::upgrade::project::{Project, assert_unchanged};
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

/// An edited project that version 2 is offered to; its base is damaged in the last commit.
fn damaged() -> Project {
    let project = Project::of(&v1());
    project.edit("a.txt", "ONE\ntwo\nthree\nfour\n");
    project.replace(BASE, "two", "zwei");
    project.commit();
    project.offer(&v2());
    project.refused("", 6);
    project
}

/// The base is whole again.
#[track_caller]
fn assert_mended(project: &Project) {
    project.assert_clean();
    project.refused("", 0).says("nothing to do");
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("up to date");
}

#[test]
#[ignore = "takes long"]
fn the_base_of_an_earlier_commit_gives_what_the_lost_one_would_have() {
    let (project, sound) = (damaged(), Project::of(&v1()));
    let commit = project.git("rev-parse --short=10 HEAD~1");
    project.upgrade("--base HEAD~1").ends_with(0).prints(&format!("recorded in commit {commit}"));
    sound.edit("a.txt", "ONE\ntwo\nthree\nfour\n");
    sound.upgrade_to(&v2());
    assert_unchanged(&sound.files(), &project.files());
    assert_eq!(project.read("a.txt"), "ONE\ntwo\nthree\nFOUR\n");
    assert!(project.git("log -1 --format=%b").contains(&commit));
    assert_mended(&project);
    project.upgrade_to(&v2().version("3.0.0").file("b.txt", "BB\n"));
    assert_eq!(project.read("b.txt"), "BB\n");
}

#[test]
fn a_lost_state_comes_back_with_its_answers() {
    let project = Project::of(&v1());
    project.remove(BASE);
    project.remove(ANSWERS);
    project.commit();
    project.offer(&v2());
    project.refused("", 6).says("is missing").says("--base");
    project.upgrade("--base HEAD~1").ends_with(0).prints("and so are the answers");
    assert_mended(&project);
}

/// What the user wishes is in the work tree, whatever the base is of.
#[test]
fn answers_that_are_sound_are_not_taken_from_the_commit() {
    let project = Project::of(
        &v1().question("port", "integer", "  default: \"80\"\n").file("p.txt", "port [= port =]\n"),
    );
    project.replace(BASE, "two", "zwei");
    project.replace(ANSWERS, "port: 80", "port: 90");
    project.commit();
    let outcome = project.upgrade("--base HEAD~1").ends_with(0);
    assert!(!outcome.stderr.contains("so are the answers"), "{}", outcome.stderr);
    assert_eq!(project.read("p.txt"), "port 90\n");
}

/// The moves and the markers are those since the version that the base is of.
#[test]
fn the_base_of_an_older_version_is_merged_as_one() {
    let project = Project::of(&v1());
    project.edit("b.txt", "mine\n");
    let moved = v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt");
    project.upgrade_to(&moved);
    // An upgrade by hand: the files are as they were, but version 2 is recorded.
    project.git("mv d.txt b.txt");
    project.remove(BASE);
    project.commit();
    project.upgrade("--base HEAD~2").ends_with(0);
    assert_eq!(project.read("d.txt"), "mine\n");
    assert!(!project.is_there("b.txt"));
}

#[test]
fn commits_that_are_of_no_help_are_refused() {
    let project = damaged();
    project.refused("--base nothing", 2).says("`nothing` is not a commit");
    project
        .refused("--base HEAD", 6)
        .says("`HEAD` has no usable `.treenail/` state: `.treenail/base` is damaged")
        .says("--two-way");
    project.git("checkout -q --orphan fresh");
    project.git("rm -q -r --cached .");
    project.git("commit -q --allow-empty -m empty");
    project.git("checkout -q -f trunk");
    project.refused("--base fresh", 6).says("`.treenail/base` is missing there").says("--base");
    project.refused("--base HEAD --two-way", 2);
}

#[test]
fn nothing_is_merged_over_a_base_that_is_not_committed() {
    let project = Project::of(&v1());
    project.offer(&v2());
    project.write(BASE, "mine");
    project.refused("--base HEAD", 5).says(".treenail/base");
}

#[test]
fn without_a_base_each_difference_is_a_conflict() {
    let project = damaged();
    project.edit("mine.txt", "mine\n");
    project.edit("seed.env", "A=2\n");
    project.git("rm -q c.txt");
    project.git("commit -q -m deleted");
    let outcome = project.refused("--two-way", 3);
    let outcome = outcome
        .says("a.txt: it is not what the scaffold writes")
        .says("b.txt: it is not")
        .says("2 conflicts");
    outcome
        .prints("added    c.txt  (missing here)")
        .prints("added    new.txt")
        .prints("every difference is a conflict");

    project.upgrade("--two-way --conflicts=ours").ends_with(0);
    assert_eq!(
        (project.read("a.txt"), project.read("b.txt")),
        ("ONE\ntwo\nthree\nfour\n".to_owned(), "b\n".to_owned())
    );
    assert_eq!((project.read("c.txt"), project.read("new.txt")), ("c\n".to_owned(), "new\n".to_owned()));
    assert_eq!(
        (project.read("mine.txt"), project.read("seed.env")),
        ("mine\n".to_owned(), "A=2\n".to_owned())
    );
    assert_mended(&project);
}

#[test]
fn without_a_base_the_scaffold_s_may_be_taken() {
    let project = damaged();
    project.upgrade("--two-way --conflicts=theirs").ends_with(0);
    assert_eq!(project.read("a.txt"), "one\ntwo\nthree\nFOUR\n");
    assert_mended(&project);
}

#[test]
fn without_a_base_only_what_differs_is_marked() {
    let same = "2\n3\n4\n5\n";
    let project = Project::of(&v1().file("a.txt", format!("one\n{same}six\n")));
    project.write("a.txt", format!("ONE\n{same}six\n"));
    project.write(BASE, "");
    project.commit();
    let before = project.files();
    project.offer(&v2().file("a.txt", format!("one\n{same}SIX\n")));
    project.upgrade("--two-way --conflicts=markers").ends_with(3);
    assert_eq!(
        project.read("a.txt"),
        format!(
            "<<<<<<< yours\nONE\n=======\none\n>>>>>>> scaffold web 2.0.0\n{same}\
             <<<<<<< yours\nsix\n=======\nSIX\n>>>>>>> scaffold web 2.0.0\n"
        )
    );
    assert!(project.status().contains("AA a.txt"), "{}", project.status());
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());

    project.upgrade("--two-way --conflicts=markers").ends_with(3);
    project.write("a.txt", format!("ONE\n{same}SIX\n"));
    project.write("b.txt", "B\n");
    project.git("add a.txt b.txt");
    project.upgrade("--continue").ends_with(0);
    assert_mended(&project);
}

#[test]
fn without_a_base_what_was_deleted_on_purpose_stays_deleted() {
    let project = Project::of(&v1());
    project.git("rm -q b.txt");
    project.git("commit -q -m deleted");
    project.upgrade_to(&v1().version("1.5.0").file("b.txt", "bb\n"));
    project.remove(BASE);
    project.commit();
    project.offer(&v2().file("a.txt", "one\ntwo\nthree\nfour\n"));
    project.upgrade("--two-way").ends_with(0);
    assert!(!project.is_there("b.txt"));
    assert_eq!(project.read("new.txt"), "new\n");
}

#[test]
fn without_a_base_the_scaffold_s_moves_are_made() {
    let project = Project::of(&v1());
    project.remove(BASE);
    project.commit();
    project.offer(&v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt"));
    project.upgrade("--two-way").ends_with(0).prints("b.txt -> d.txt");
    assert!(!project.is_there("b.txt"));
    project.assert_clean();
}

#[test]
fn without_a_base_what_moved_is_in_conflict_where_it_is_now() {
    let project = Project::of(&v1());
    project.write("b.txt", "mine\n");
    project.write(BASE, "");
    project.commit();
    let before = project.files();
    project.offer(&v1().version("2.0.0").without("b.txt").file("d.txt", "b\n").moves("b.txt", "d.txt"));
    project.upgrade("--two-way --conflicts=markers").ends_with(3);
    assert_eq!(project.read("d.txt"), "<<<<<<< yours\nmine\n=======\nb\n>>>>>>> scaffold web 2.0.0\n");
    assert!(!project.is_there("b.txt"));
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
}

/// Nothing but the base is written where everything is as the scaffold has it.
#[test]
fn without_a_base_equal_files_are_fine() {
    let project = Project::of(&v1());
    project.remove(BASE);
    project.commit();
    let before = project.head();
    project.upgrade("--two-way").ends_with(0);
    assert_eq!(project.git(&format!("diff --name-only {before} HEAD")), BASE);
    project.assert_clean();
}

#[test]
fn a_branch_can_be_mended_as_well() {
    let project = damaged();
    project.upgrade("--base HEAD~1 --branch later").ends_with(0);
    project.assert_clean();
    project.git("checkout -q later");
    assert_mended(&project);
}

#[test]
fn programs_learn_where_the_base_is_from() {
    let project = damaged();
    let base = |arguments: &str, code| {
        let outcome = project.upgrade(&format!("--json --dry-run {arguments}")).ends_with(code);
        serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap()["base"].clone()
    };
    let commit = project.git("rev-parse HEAD~1");
    assert_eq!(
        base("--base HEAD~1", 0),
        serde_json::json!({ "from": "commit", "commit": commit, "answersToo": false })
    );
    assert_eq!(base("--two-way", 3), serde_json::json!({ "from": "none" }));
}
