//! What treenail has recorded in `.treenail`, missing or damaged: code 6 and a way out, and nothing is written.

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const BASE: &str = ".treenail/base";
const ANSWERS: &str = ".treenail/answers.yaml";

fn outdated() -> Project {
    let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", "one\n"));
    project.offer(&Scaffold::new("2.0.0").file("a.txt", "two\n"));
    project
}

/// Neither of the three commands can do anything, and each says why.
fn assert_all_refuse(project: &Project, reason: &str, mend: &str) {
    project.refused("", 6).says(reason).says(mend);
    for command in ["status", "diff"] {
        project.treenail(&format!("{command} shop")).ends_with(6).says(reason);
    }
}

/// The files are damaged in the last commit too.
fn commit(project: &Project) {
    project.git("add -A");
    project.git("commit -q -m damage");
}

const WITHOUT_BASE: &str = "treenail upgrade --two-way shop";

/// The newest commit is not where the state was sound last.
fn before(project: &Project, depth: usize) -> String {
    let commit = project.git(&format!("rev-parse HEAD~{depth}"));
    format!("treenail upgrade --base {} shop", &commit[..10])
}

#[test]
fn what_is_committed_is_brought_back_by_git() {
    for (path, reason) in
        [(BASE, "`.treenail/base` is missing"), (ANSWERS, "`.treenail/answers.yaml` is missing")]
    {
        let project = outdated();
        project.remove(path);
        let way = format!("git checkout HEAD -- {path}");
        assert_all_refuse(&project, reason, &way);
        project.git(way.strip_prefix("git ").unwrap());
        project.upgrade("").ends_with(0);
    }
}

#[test]
fn both_files_are_brought_back_at_once() {
    let project = outdated();
    project.remove(ANSWERS);
    project.write(BASE, "");
    let way = format!("git checkout HEAD -- {ANSWERS} {BASE}");
    assert_all_refuse(&project, "`.treenail/base` is damaged: it is cut short", &way);
    project.git(way.strip_prefix("git ").unwrap());
    project.upgrade("").ends_with(0);
}

#[test]
fn paths_are_printed_from_the_root_of_the_repository() {
    let project = Project::at("shop/services/web", &Scaffold::new("1.0.0").file("a.txt", "one\n"));
    project.remove(BASE);
    project.refused("", 6).says("git checkout HEAD -- :/services/web/.treenail/base");
    // From wherever one is.
    project.home.git("shop/services", "checkout HEAD -- :/services/web/.treenail/base");
    project.upgrade("").ends_with(0);
}

#[test]
fn a_damaged_base_is_not_trusted() {
    let project = outdated();
    project.replace(BASE, "one\n", "won\n");
    assert_all_refuse(
        &project,
        "`.treenail/base` is damaged: line 148: it was edited: its checksum does not match",
        "git checkout HEAD -- .treenail/base",
    );
    commit(&project);
    assert_all_refuse(&project, "its checksum does not match", &before(&project, 1));
    project.refused("", 6).says(WITHOUT_BASE);
}

/// Where no commit has a sound one, none is named.
#[test]
fn a_base_that_was_never_sound_is_lost_for_good() {
    let project = outdated();
    project.git("update-ref -d HEAD");
    project.write(BASE, "");
    commit(&project);
    let said = project.refused("", 6).says(WITHOUT_BASE).stderr;
    assert!(!said.contains("--base") && !said.contains("checkout"), "{said}");
}

/// As [`assert_all_refuse`], for commands that only read.
fn assert_readers_refuse(project: &Project, reason: &str, fix: &str) {
    for command in ["status", "diff"] {
        project.treenail(&format!("{command} shop")).ends_with(6).says(reason).says(fix);
    }
}

#[test]
fn a_half_merged_base_is_not_trusted() {
    let project = outdated();
    let text = project.read(BASE);
    project.write(BASE, format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"));
    commit(&project);
    let reason = "`.treenail/base` is damaged: line 1: it holds merge markers";
    assert_readers_refuse(&project, reason, &before(&project, 1));
    assert_readers_refuse(&project, reason, "treenail upgrade shop\n");
    project.upgrade("").ends_with(0);
    assert_eq!(project.read("a.txt"), "two\n");
    project.assert_clean();
    // Not even the sides are sound.
    let project = outdated();
    project.write(BASE, format!("<<<<<<< HEAD\n{text}=======\nx\n>>>>>>> other\n"));
    commit(&project);
    assert_all_refuse(&project, "it holds merge markers", &before(&project, 1));
}

#[test]
fn half_merged_answers_are_not_trusted() {
    let project = outdated();
    let text = project.read(ANSWERS);
    let marked =
        text.replace("  app: shop\n", "<<<<<<< HEAD\n  app: shop\n=======\n  app: web\n>>>>>>> other\n");
    assert_ne!(text, marked);
    project.write(ANSWERS, marked);
    let restore = "git checkout HEAD -- .treenail/answers.yaml";
    assert_readers_refuse(&project, "it holds merge markers", restore);
    let open = "`app` is `shop` in ours and `web` in theirs\n    pass --set app=shop or --set app=web\n";
    project.refused("", 4).says(open);
    commit(&project);
    assert_readers_refuse(&project, "it holds merge markers", &before(&project, 1));
    assert_readers_refuse(&project, "it holds merge markers", "treenail adopt shop");
    project.refused("", 4).says(open);
    project.upgrade("--set app=web").ends_with(0);
    assert!(project.read(ANSWERS).contains("  app: web\n"));
    project.assert_clean();
}

/// Two branches were upgraded, each on its own, and somebody takes the answers of one side.
#[test]
fn a_merge_that_stopped_at_the_state_is_finished_with_one_side() {
    let project = Project::of(&Scaffold::new("1.0.0").file("a.txt", "one\n").file("b.txt", "b\n"));
    project.git("checkout -q -b other");
    project.upgrade_to(&Scaffold::new("2.0.0").file("a.txt", "two\n").file("b.txt", "b\n"));
    project.git("checkout -q trunk");
    project.upgrade_to(&Scaffold::new("1.5.0").file("a.txt", "one\n").file("b.txt", "B\n"));
    let (code, said) = project.try_git("merge other");
    assert_eq!(code, 1, "{said}");
    let way = "git checkout --ours -- .treenail/answers.yaml && git add -- .treenail/answers.yaml";
    project.treenail("status shop").ends_with(6).says(way);
    for command in way.split(" && ") {
        project.git(command.strip_prefix("git ").unwrap());
    }
    project.git("commit -q -m merge");
    project.upgrade_to(&Scaffold::new("2.5.0").file("a.txt", "two\n").file("b.txt", "B\n"));
    assert_eq!((project.read("a.txt"), project.read("b.txt")), ("two\n".to_owned(), "B\n".to_owned()));
}

#[test]
fn answers_of_a_newer_treenail_are_left_to_it() {
    let project = outdated();
    project.replace(ANSWERS, "schema: 1\n", "schema: 2\n");
    project.replace(ANSWERS, "treenail: ", "treenail: 9.0.0 # was ");
    assert_all_refuse(&project, "was written by a newer treenail, 9.0.0", "use treenail 9.0.0 or later");
}

#[test]
fn answers_that_are_no_yaml_are_damaged() {
    let project = outdated();
    project.write(ANSWERS, "schema: [\n");
    assert_all_refuse(
        &project,
        "`.treenail/answers.yaml` is damaged",
        "git checkout HEAD -- .treenail/answers.yaml",
    );
}

#[test]
fn a_folder_without_state_was_not_written_by_treenail() {
    let project = outdated();
    project.home.repository("other");
    for command in ["upgrade", "status", "diff"] {
        project.treenail(&format!("{command} other")).ends_with(5).says("was not generated by treenail");
        project.treenail(&format!("{command} nowhere")).ends_with(5).says("was not generated by treenail");
    }
}
