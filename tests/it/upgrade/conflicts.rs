//! Conflicts that are left to the user, and both ways out of them: treenail's and Git's own.

use std::fs;

use crate::upgrade::project::{Project, Snapshot, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const MARKED: &str = "\
one
<<<<<<< yours
mine
||||||| scaffold web 1.0.0
two
=======
TWO
>>>>>>> scaffold web 2.0.0
";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", "one\ntwo\n").file("b.txt", "b\n")
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", "one\nTWO\n").file("b.txt", "B\n").file("new.txt", "new\n")
}

/// A project with an edit that version 2 is in conflict with.
fn edited() -> Project {
    let project = Project::of(&v1());
    project.edit("a.txt", "one\nmine\n");
    project.offer(&v2());
    project
}

/// The same, with the conflict left in the work tree; and the files as they were before.
fn marked() -> (Project, Snapshot) {
    let project = edited();
    let before = project.files();
    project.upgrade("--conflicts=markers").ends_with(3).says("treenail upgrade --continue");
    (project, before)
}

/// What a resolved upgrade leaves: one commit with one parent, everything in it.
fn assert_resolved(project: &Project, before: &str) {
    project.assert_clean();
    assert_eq!(project.git("log -1 --format=%P"), before);
    assert_eq!(project.read("a.txt"), "one\nresolved\n");
    assert_eq!(project.read("new.txt"), "new\n");
    assert!(project.read(".treenail/answers.yaml").contains("version: 2.0.0"));
    project.refused("", 0).says("nothing to do");
}

#[test]
fn markers_are_a_cherry_pick_to_git() {
    let (project, _) = marked();
    assert_eq!(project.read("a.txt"), MARKED);
    let status = project.status();
    for line in ["UU a.txt", "M  b.txt", "A  new.txt", "M  .treenail/answers.yaml", "M  .treenail/base"] {
        assert!(status.contains(line), "{line} in\n{status}");
    }
    assert!(project.git("status").contains("cherry-pick"));
    let stage = |stage| project.git(&format!("show :{stage}:a.txt"));
    assert_eq!([stage(1), stage(2), stage(3)], ["one\ntwo", "one\nmine", "one\nTWO"]);
}

#[test]
fn treenail_continues_what_is_resolved() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(0);
    assert_resolved(&project, &head);
}

#[test]
fn git_continues_what_is_resolved() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    let (code, said) = project.try_git("cherry-pick --continue");
    assert_eq!(code, 0, "{said}");
    assert_resolved(&project, &head);
    assert!(project.git("log -1 --format=%s").contains("scaffold web 1.0.0 -> 2.0.0"));
}

#[test]
fn what_still_has_markers_is_not_continued() {
    let (project, _) = marked();
    let head = project.head();
    project.upgrade("--continue").ends_with(5).says("a.txt");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(5).says("a.txt");
    assert_eq!((project.head(), project.read("a.txt")), (head, MARKED.to_owned()));
}

#[test]
fn treenail_gives_up_and_everything_is_as_before() {
    let (project, before) = marked();
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// To Git, a file that was only touched is no longer up to date.
#[test]
fn treenail_gives_up_though_files_were_touched() {
    let (project, before) = marked();
    for path in ["b.txt", "new.txt"] {
        project.write(path, project.bytes(path));
        let file = fs::File::options().write(true).open(project.path(path)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

#[test]
fn git_gives_up_and_everything_is_as_before() {
    let (project, before) = marked();
    project.git("cherry-pick --abort");
    assert_unchanged(&before, &project.files());
    project.assert_clean();
    project.upgrade("--conflicts=markers").ends_with(3);
}

#[test]
fn a_second_upgrade_waits_for_the_first() {
    let (project, _) = marked();
    for arguments in ["--conflicts=theirs", "--branch later", "--no-commit", "--dry-run"] {
        project.refused(arguments, 5).says("has unresolved conflicts").says("--abort");
    }
}

#[test]
fn there_is_nothing_to_continue_or_to_abort_without_conflicts() {
    let project = edited();
    project.refused("--continue", 5).says("no upgrade waits");
    project.refused("--abort", 5).says("no upgrade waits");
}

#[test]
fn a_cherry_pick_of_the_user_is_neither_continued_nor_aborted() {
    let project = edited();
    project.git("checkout -q -b other HEAD~1");
    project.edit("a.txt", "one\nother\n");
    let (code, _) = project.try_git("cherry-pick trunk");
    assert_ne!(code, 0);
    project.refused("--continue", 5);
    project.refused("--abort", 5);
    project.refused("--conflicts=theirs", 5).says("cherry-pick");
}

#[test]
fn one_side_can_be_preferred() {
    let project = edited();
    project.upgrade("--conflicts=ours").ends_with(0).prints("yours was kept, as you chose");
    assert_eq!((project.read("a.txt"), project.read("b.txt")), ("one\nmine\n".to_owned(), "B\n".to_owned()));
    project.assert_clean();

    let project = edited();
    project.upgrade("--conflicts=theirs").ends_with(0).prints("the scaffold's was taken, as you chose");
    assert_eq!(project.read("a.txt"), "one\nTWO\n");
    project.assert_clean();
}

#[test]
fn what_the_scaffold_deleted_and_the_user_edited_is_git_s_modify_delete() {
    let project = edited();
    project.offer(&v2().without("a.txt"));
    project.upgrade("--conflicts=markers").ends_with(3);
    assert!(project.status().contains("UD a.txt"), "{}", project.status());
    assert_eq!(project.read("a.txt"), "one\nmine\n");
    project.git("rm -q a.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert!(!project.is_there("a.txt"));
}

#[test]
fn conflicts_are_reported_to_programs() {
    let outcome = edited().refused("--json", 3);
    for part in ["\"schema\": \"treenail.upgrade/1\"", "\"path\": \"a.txt\"", "||||||| scaffold web 1.0.0"] {
        assert!(outcome.stdout.contains(part), "{}", outcome.stdout);
    }
}

#[test]
fn a_dry_run_with_markers_leaves_none() {
    let project = edited();
    let before = project.everything();
    project.upgrade("--conflicts=markers --dry-run");
    assert_unchanged(&before, &project.everything());
    assert!(fs::metadata(project.path(".git/CHERRY_PICK_HEAD")).is_err());
}

/// Markers go nowhere but into the work tree.
#[test]
fn markers_do_not_go_with_a_branch_or_without_a_commit() {
    let project = edited();
    project.write("b.txt", "dirty\n");
    project.refused("--conflicts=markers --branch later", 2).says("cannot be used with --branch");
    project.refused("--conflicts=markers --no-commit", 2).says("cannot be used with --no-commit");
    project.refused("--branch later", 3);
}

#[test]
fn a_rejecting_hook_leaves_the_resolution_to_be_continued() {
    let (project, _) = marked();
    let head = project.head();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    project.set_mode(".git/hooks/pre-commit", 0o755);
    project.upgrade("--continue").ends_with(1);
    assert_eq!((project.head(), project.read("a.txt")), (head.clone(), "one\nresolved\n".to_owned()));
    project.remove(".git/hooks/pre-commit");
    project.upgrade("--continue").ends_with(0);
    assert_resolved(&project, &head);
}

/// Giving up must not hang on what the user has made of the recorded state.
#[test]
fn giving_up_works_with_damaged_state() {
    let (project, before) = marked();
    project.write(".treenail/answers.yaml", "schema: [\n");
    let fix = "git checkout HEAD -- .treenail/answers.yaml";
    project
        .refused("--abort", 5)
        .says("`.treenail/answers.yaml` has changes on top of the upgrade")
        .says(fix);
    project.git("add .treenail/answers.yaml");
    project.refused("--abort", 5).says(fix);
    project.git("checkout HEAD -- .treenail/answers.yaml");
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// The user has edited what the scaffold moved and edited: the markers are where it was moved to.
#[test]
#[ignore = "takes long"]
fn a_moved_file_is_in_conflict_where_it_is_now() {
    let moved = || {
        let project = Project::of(&v1());
        project.edit("a.txt", "one\nmine\n");
        project.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3).prints("c.txt");
        assert_eq!(project.read("c.txt"), MARKED);
        let status = project.status();
        assert!(status.contains("UU c.txt") && status.contains("D  a.txt"), "{status}");
        (project, before)
    };
    let (project, before) = moved();
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();

    let (project, before) = moved();
    project.git("cherry-pick --abort");
    assert_unchanged(&before, &project.files());
    project.assert_clean();

    let (project, _) = moved();
    project.write("c.txt", "one\nresolved\n");
    project.git("add c.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    assert!(!project.is_there("a.txt"));
    project.refused("", 0).says("nothing to do");
}

#[test]
fn a_file_that_cannot_move_stays_and_is_resolved_by_hand() {
    let project = Project::of(&v1());
    project.edit("c.txt", "mine\n");
    project.offer(&v2().without("a.txt").file("c.txt", "one\nTWO\n").moves("a.txt", "c.txt"));
    let before = project.files();
    project.upgrade("--conflicts=markers").ends_with(3).prints("`c.txt` is in the way");
    assert_eq!(
        (project.read("a.txt"), project.read("c.txt")),
        ("one\ntwo\n".to_owned(), "mine\n".to_owned())
    );
    assert!(project.status().contains("AA c.txt"), "{}", project.status());
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());

    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("c.txt", "one\nTWO\n");
    project.git("rm -q a.txt");
    project.git("add c.txt");
    project.upgrade("--continue").ends_with(0);
    project.assert_clean();
    project.refused("", 0).says("nothing to do");
}

/// Everything that is not the upgrade's own, in the work tree and in the index.
#[test]
fn giving_up_keeps_what_was_staged_and_changed_meanwhile() {
    let project = Project::of(&v1().file("bin/tool", "tool\n"));
    for (path, content) in [("other.txt", "o\n"), ("half.txt", "h\n"), ("gone.txt", "g\n"), ("run.sh", "r\n")]
    {
        project.write(path, content);
    }
    project.commit();
    project.edit("a.txt", "one\nmine\n");
    project.offer(&v2().file("bin/tool", "tool\n").file("made/by/upgrade.txt", "u\n"));
    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("other.txt", "o\nstaged\n");
    project.write("added.txt", "added\n");
    project.write("made/by/user.txt", "user\n");
    project.set_mode("run.sh", 0o755);
    project.git("add other.txt added.txt made/by/user.txt run.sh");
    project.git("rm -q gone.txt");
    project.write("half.txt", "h\nstaged\n");
    project.git("add half.txt");
    project.write("half.txt", "h\nstaged\nnot staged\n");
    project.write("seen.txt", "not added\n");
    project.write("later.txt", "later\n");
    project.git("add --intent-to-add later.txt");

    project.upgrade("--abort").ends_with(0).says("its files are as before, all others are untouched");
    let expected = "M  other.txt\nA  added.txt\nA  made/by/user.txt\nM  run.sh\nD  gone.txt\nMM half.txt\n?? seen.txt\n A later.txt";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&project.status()), sorted(expected));
    assert_eq!(project.read("half.txt"), "h\nstaged\nnot staged\n");
    assert_eq!(project.git("show :half.txt"), "h\nstaged");
    assert_eq!(project.read("a.txt"), "one\nmine\n");
    assert!(!project.is_there("made/by/upgrade.txt") && !project.is_there("new.txt"));
    assert!(!project.is_there(".git/CHERRY_PICK_HEAD") && !project.is_there(".git/MERGE_MSG"));
    assert!(!project.is_there(".git/treenail"));
}

/// A submodule, too, is an entry of the index that is not the upgrade's.
#[test]
fn giving_up_keeps_a_submodule_that_was_added_meanwhile() {
    let (project, _) = marked();
    project.git("init -q lib");
    project.git("-C lib commit -q --allow-empty -m lib");
    project.git("-c advice.addEmbeddedRepo=false add lib");
    project.upgrade("--abort").ends_with(0);
    assert_eq!(project.status(), "A  lib");
}

#[test]
#[ignore = "takes long"]
fn a_resolution_is_given_up_in_every_shape() {
    for resolve in [
        &["add a.txt"][..],
        &["rm -q -f a.txt"],
        &["rm -q --cached a.txt"],
        &["add a.txt", "update-index --chmod=+x a.txt"],
    ] {
        let (project, before) = marked();
        project.write("a.txt", "resolved\n");
        for command in resolve {
            project.git(command);
        }
        if project.is_there("a.txt") {
            project.write("a.txt", "resolved once more\n");
            let resolution = project.git("hash-object a.txt");
            project.upgrade("--abort").ends_with(0);
            // As after `treenail restore --force`, Git has it for a while.
            assert_eq!(project.git(&format!("cat-file -p {resolution}")), "resolved once more");
        } else {
            project.upgrade("--abort").ends_with(0);
        }
        assert_unchanged(&before, &project.files());
        project.assert_clean();
    }
}

/// Each case is a change of a file that the upgrade wrote without a conflict, and the way out that is named.
#[test]
#[ignore = "takes long"]
fn giving_up_is_refused_where_it_would_discard_an_edit() {
    type Meddling<'f> = &'f dyn Fn(&Project);
    let scaffold = || v1().file("old.txt", "old\n");
    let cases: [(&str, Meddling<'_>, &str, &str); 7] = [
        (
            "edited",
            &|project| project.write("b.txt", "B\nmine\n"),
            "`b.txt` has changes",
            "checkout HEAD -- b.txt",
        ),
        (
            "staged",
            &|project| {
                project.write("b.txt", "B\nmine\n");
                project.git("add b.txt");
            },
            "`b.txt` has changes",
            "checkout HEAD -- b.txt",
        ),
        (
            "in the index only",
            &|project| {
                project.write("b.txt", "B\nmine\n");
                project.git("add b.txt");
                project.write("b.txt", "B\n");
            },
            "`b.txt` has changes",
            "checkout HEAD -- b.txt",
        ),
        (
            "mode",
            &|project| project.set_mode("b.txt", 0o755),
            "`b.txt` has changes",
            "checkout HEAD -- b.txt",
        ),
        (
            "added by the upgrade",
            &|project| project.write("new.txt", "new\nmine\n"),
            "`new.txt`, which the upgrade added, has changes",
            "rm -f new.txt",
        ),
        (
            "staged where a file was added",
            &|project| {
                project.write("new.txt", "mine\n");
                project.git("add new.txt");
            },
            "`new.txt`, which the upgrade added, has changes",
            "rm -f new.txt",
        ),
        (
            "a link",
            &|project| {
                project.remove("b.txt");
                std::os::unix::fs::symlink("a.txt", project.path("b.txt")).unwrap();
            },
            "`b.txt` has changes",
            "checkout HEAD -- b.txt",
        ),
    ];
    for (case, change, message, fix) in cases {
        let project = Project::of(&scaffold());
        project.edit("a.txt", "one\nmine\n");
        project.offer(&v2());
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3);
        change(&project);
        let refused = project.refused("--abort", 5).says(message).says(fix);
        assert!(refused.stderr.contains("cannot give up the upgrade"), "{case}");
        project.git(fix);
        project.upgrade("--abort").ends_with(0);
        assert_unchanged(&before, &project.files());
        project.assert_clean();
    }
}

/// What is where a file comes back that the upgrade has deleted, or turned into a folder.
#[test]
#[ignore = "takes long"]
fn giving_up_is_refused_where_something_is_in_the_way() {
    let waiting = || {
        let project = Project::of(&v1().file("old.txt", "old\n").file("d", "file\n"));
        project.edit("a.txt", "one\nmine\n");
        project.offer(&v2().file("d/inner.txt", "inner\n"));
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3);
        assert!(!project.is_there("old.txt"));
        (project, before)
    };
    let (project, before) = waiting();
    project.write("old.txt", "mine\n");
    project.refused("--abort", 5).says("`old.txt` is where a file that the upgrade deleted comes back");
    project.remove("old.txt");
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());

    let (project, before) = waiting();
    project.write("old.txt/inner", "mine\n");
    project.refused("--abort", 5).says("`old.txt` already exists");
    fs::remove_dir_all(project.path("old.txt")).unwrap();
    project.write("d/user.txt", "mine\n");
    project.refused("--abort", 5).says("`d` already exists");
    project.git("add d/user.txt");
    project.remove("d/user.txt");
    project.refused("--abort", 5).says("`d/user.txt` is staged where an old file comes back");
    project.git("rm -q -f d/user.txt");
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();

    let (project, _) = waiting();
    fs::rename(project.path("d"), project.home.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(project.home.path("elsewhere"), project.path("d")).unwrap();
    project.refused("--abort", 5).says("`d` is a symbolic link now");
    assert!(project.home.path("elsewhere/inner.txt").exists());
}

/// A deletion loses nothing that Git does not have.
#[test]
fn giving_up_brings_back_what_was_deleted_meanwhile() {
    let (project, before) = marked();
    project.remove("b.txt");
    project.git("rm -q -f new.txt .treenail/base");
    project.upgrade("--abort").ends_with(0);
    assert_unchanged(&before, &project.files());
    project.assert_clean();
}

/// As `git cherry-pick --continue` does it; but nobody has to find out from the history.
#[test]
fn continuing_names_what_else_it_commits() {
    let (project, _) = marked();
    for number in 1..=6 {
        project.write(&format!("note-{number}.txt"), "note\n");
    }
    project.write("unstaged.txt", "unstaged\n");
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt note-1.txt");
    let head = project.head();
    project
        .upgrade("--continue")
        .ends_with(0)
        .says("note: the commit also contains what else was staged: `note-1.txt`\n");
    assert_eq!(project.git("log -1 --format=%P"), head);
    assert!(project.git("show --stat HEAD").contains("note-1.txt"));
    assert_eq!(project.status().lines().filter(|line| line.starts_with("??")).count(), 6);

    let (project, _) = marked();
    for number in 1..=6 {
        project.write(&format!("note-{number}.txt"), "note\n");
    }
    project.git("add .");
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(0).says("`note-5.txt`, 1 more\n");
}

/// Whatever stops it midway, the next run goes on.
#[test]
fn giving_up_that_was_interrupted_is_completed() {
    let (project, before) = marked();
    project.write("other.txt", "staged\n");
    project.git("add other.txt");
    project.write(".git/index.lock", "");
    project.refused("--abort", 5).says("another Git is at work");
    project.remove(".git/index.lock");
    // Git's own record cannot be removed at the very end.
    project.remove(".git/MERGE_MSG");
    project.write(".git/MERGE_MSG/in-the-way", "");
    project.upgrade("--abort").ends_with(1).says("cannot end the cherry-pick");
    assert!(project.is_there(".git/treenail/journal"));
    project.refused("--dry-run", 5).says("an earlier run was interrupted here");
    fs::remove_dir_all(project.path(".git/MERGE_MSG")).unwrap();
    project.write(".git/index.lock", "");
    project.refused("--abort", 5).says("another Git is at work");
    // As a killed run leaves it.
    project.write(".git/index.lock", "treenail\n");
    project.upgrade("--abort").ends_with(0);
    assert!(!project.is_there(".git/index.lock"));
    assert!(!project.is_there(".git/CHERRY_PICK_HEAD") && !project.is_there(".git/treenail"));
    assert_eq!(project.status(), "A  other.txt");
    project.git("rm -q -f other.txt");
    assert_unchanged(&before, &project.files());
}

/// After Git itself has ended it, or the user has committed.
#[test]
fn what_git_has_ended_is_no_longer_given_up_or_continued() {
    let (project, before) = marked();
    project.git("cherry-pick --abort");
    for arguments in ["--abort", "--continue"] {
        project.refused(arguments, 5).says("no upgrade waits in");
    }
    assert_unchanged(&before, &project.files());

    // What Git does not know of comes back, and that is no error.
    let project = edited();
    project.replace(".treenail/answers.yaml", "answers:", "# mine\nanswers:");
    let before = project.files();
    project.upgrade("--conflicts=markers").ends_with(3);
    project.git("cherry-pick --abort");
    project.upgrade("--abort").ends_with(0).says("gave up the upgrade");
    assert_unchanged(&before, &project.files());
    project.refused("--abort", 5).says("no upgrade waits in");

    let (project, _) = marked();
    project.write("a.txt", "one\nresolved\n");
    project.git("add a.txt");
    project.git("commit -q --no-edit");
    project.refused("--abort", 5).says("no upgrade waits in").says("git revert");
    project.assert_clean();
}

/// Something else of the scaffold's goes to the path that the file in conflict leaves: a new file, one that moves there,
/// or a folder.
#[test]
#[ignore = "takes long"]
fn the_old_path_of_a_file_in_conflict_is_free() {
    let base = || Scaffold::new("1.0.0").file("a.txt", "one\ntwo\n").file("k.txt", "other\n");
    let next = || base().version("2.0.0").without("a.txt").file("b.txt", "one\nTWO\n");
    let one = next().moves("a.txt", "b.txt");
    let both = next()
        .without("k.txt")
        .history("  moves:\n  - {from: a.txt, to: b.txt}\n  - {from: k.txt, to: a.txt}\n");
    for (next, path, content) in [
        (one.clone().file("a.txt", "new\n"), "a.txt", "new\n"),
        (one.file("a.txt/x", "new\n"), "a.txt/x", "new\n"),
        (both.file("a.txt", "other\n"), "a.txt", "other\n"),
    ] {
        let project = Project::of(&base());
        project.edit("a.txt", "one\nmine\n");
        project.conflict_with(&next).says("1 conflict;").says("b.txt: ");
        let before = project.files();
        project.upgrade("--conflicts=markers").ends_with(3);
        assert_eq!((project.read("b.txt"), project.read(path)), (MARKED.to_owned(), content.to_owned()));
        project.upgrade("--abort").ends_with(0);
        assert_unchanged(&before, &project.files());
        project.assert_clean();

        project.upgrade("--conflicts=markers").ends_with(3);
        project.write("b.txt", "one\nresolved\n");
        project.git("add b.txt");
        project.upgrade("--continue").ends_with(0);
        project.assert_clean();
        assert_eq!(
            (project.read("b.txt").as_str(), project.read(path).as_str()),
            ("one\nresolved\n", content)
        );
        project.refused("", 0).says("nothing to do");
    }
}
