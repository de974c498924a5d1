//! Two branches that were both upgraded come together, by a merge, a rebase, a cherry-pick, a revert or a squash: no answer is
//! lost, and the next upgrade gives what one upgrade with the answers of both would have given.

use crate::upgrade::project::{Outcome, Project, Snapshot, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

const ANSWERS: &str = ".treenail/answers.yaml";
const BASE: &str = ".treenail/base";

/// A project of the built-in scaffold, on `trunk`, with a branch `other` beside it.
fn service() -> Project {
    let project = Project::empty();
    project.treenail("new shop --defaults --source-repo https://github.com/acme/shop.git").ends_with(0);
    project.git("branch other");
    project
}

#[track_caller]
fn up(project: &Project, arguments: &str) -> Outcome {
    project.treenail(&format!("upgrade shop --yes {arguments}")).ends_with(0)
}

/// Upgrades `trunk` and `other`, each with its own answers, and returns to `trunk`.
fn diverged(ours: &str, theirs: &str) -> Project {
    let project = service();
    up(&project, ours);
    project.git("checkout -q other");
    up(&project, theirs);
    project.git("checkout -q trunk");
    project
}

/// The files that the answers give.
fn fresh(arguments: &str) -> Snapshot {
    let project = service();
    if !arguments.is_empty() {
        up(&project, arguments);
    }
    project.generated()
}

/// The work tree is clean, `upgrade` comes to an end, and the files are those of `arguments`.
#[track_caller]
fn assert_same_as(project: &Project, arguments: &str) {
    project.assert_clean();
    up(project, "");
    // A copy of the base is what the first environment had on the branch that made it, until a promotion.
    let without_copies = |mut files: Snapshot| {
        files.retain(|path, _| !path.contains("deploy/base-"));
        files
    };
    assert_unchanged(&without_copies(fresh(arguments)), &without_copies(project.generated()));
    assert!(up(project, "").stderr.contains("nothing to do"));
    let status = project.treenail("status shop").ends_with(0).stdout;
    assert!(!status.contains("edited"), "{status}");
    project.assert_clean();
}

const PORT: &str = "--set port=9090";
const QA: &str = "--set environments=staging,qa,production";
const BOTH: &str = "--set port=9090 --set environments=staging,qa,production";
const CPU: &str = "--set cpu=200m";

#[test]
#[ignore = "takes long"]
fn git_merges_the_base_wherever_it_merges_the_files() {
    let project = diverged(QA, CPU);
    project.git("merge -q other -m merge");
    assert_same_as(&project, &format!("{QA} {CPU}"));
}

/// The Deployment that one branch changes is a Rollout on the other: Git follows it, and the base has to.
#[test]
#[ignore = "takes long"]
fn a_renamed_file_is_followed_by_the_base() {
    const STRATEGY: &str = "--set strategy=canary";
    for (operation, ours, theirs) in [
        ("merge -q other -m merge", STRATEGY, CPU),
        ("rebase -q other", CPU, STRATEGY),
        ("cherry-pick other", STRATEGY, CPU),
        ("merge -q --squash other", CPU, STRATEGY),
    ] {
        let project = diverged(ours, theirs);
        project.git(operation);
        if operation.contains("squash") {
            project.git("commit -q -m squash");
        }
        up(&project, "").says("nothing to do");
        assert_unchanged(&fresh(&format!("{STRATEGY} {CPU}")), &project.generated());
    }
    let project = service();
    up(&project, STRATEGY);
    up(&project, CPU);
    project.git("revert --no-edit HEAD~1");
    up(&project, "").says("nothing to do");
    assert_unchanged(&fresh(CPU), &project.generated());
}

/// A file that a version of the scaffold moves, on one branch only.
#[test]
#[ignore = "takes long"]
fn a_moved_file_is_followed_by_the_base() {
    let text = "1\n2\n3\nport: [= port =]\n5\n6\n7\n";
    let old = web("1.0.0", "a\n").question("port", "integer", "  default: \"1\"\n").file("p.txt", text);
    let new = web("2.0.0", "a\n")
        .question("port", "integer", "  default: \"1\"\n")
        .file("q/r.txt", text.replace('7', "seven"))
        .moves("p.txt", "q/r.txt");
    for begin in ["merge -q other -m merge", "rebase -q other", "cherry-pick other"] {
        let project = Project::of(&old);
        project.git("branch other");
        project.upgrade("--set port=9 --yes").ends_with(0);
        project.git("checkout -q other");
        project.upgrade_to(&new);
        project.git("checkout -q trunk");
        project.git(begin);
        project.upgrade("").ends_with(0).says("nothing to do");
        assert_eq!(project.read("q/r.txt"), text.replace("[= port =]", "9").replace('7', "seven"));
        let fresh = Project::of(&new);
        fresh.upgrade("--set port=9 --yes").ends_with(0);
        assert_unchanged(&fresh.generated(), &project.generated());
    }
}

/// Files whose paths are neighbours, which each branch adds for itself.
#[test]
#[ignore = "takes long"]
fn new_files_beside_each_other_are_no_conflict_in_the_base() {
    let scaffold = web("1.0.0", "a\n")
        .question("one", "text", "  default: \"no\"\n")
        .question("port", "integer", "  default: \"1\"\n")
        .question("two", "text", "  default: \"no\"\n")
        .source("ONE", "one\n")
        .rule("c1.txt", "  from: ONE\n  when: one == \"yes\"\n")
        .source("TWO", "two\n")
        .rule("c2.txt", "  from: TWO\n  when: two == \"yes\"\n");
    let project = Project::of(&scaffold);
    project.git("branch other");
    project.upgrade("--set one=yes --yes").ends_with(0);
    project.git("checkout -q other");
    project.upgrade("--set two=yes --yes").ends_with(0);
    project.git("merge -q trunk -m merge");
    project.upgrade("").ends_with(0).says("nothing to do");
    // Both take them away again.
    project.git("branch -f trunk");
    project.upgrade("--set two=no --yes").ends_with(0);
    project.git("checkout -q trunk");
    project.upgrade("--set one=no --yes").ends_with(0);
    project.git("merge -q other -m merge");
    project.upgrade("").ends_with(0).says("nothing to do");
    assert!(!project.is_there("c1.txt") && !project.is_there("c2.txt"));
    project.assert_clean();
}

/// The answers are neighbours in the file.
#[test]
#[ignore = "takes long"]
fn a_merge_keeps_the_answers_of_both_sides() {
    let project = diverged(PORT, QA);
    assert_eq!(project.try_git("merge other").0, 1);
    assert_eq!(project.git("diff --name-only --diff-filter=U"), ANSWERS);
    for command in ["status shop", "diff shop"] {
        project.treenail(command).ends_with(6).says("keep the answers of both: treenail upgrade shop\n");
    }
    project
        .treenail("restore shop/README.md")
        .ends_with(6)
        .says("keep the answers of both: treenail upgrade ");
    let before = project.everything();
    for arguments in ["--dry-run", "--json --yes", "--branch"] {
        let code = if arguments == "--dry-run" { 0 } else { 5 };
        project.treenail(&format!("upgrade shop {arguments}")).ends_with(code);
        assert_unchanged(&before, &project.everything());
    }
    up(&project, "")
        .says("port: `9090` (ours)")
        .says("environments: `staging,qa,production` (theirs)")
        .says("finish with `git commit`, then run `treenail upgrade` again");
    assert_eq!(project.git("diff --name-only --diff-filter=U"), "");
    assert_eq!(project.commits(), 2, "it commits nothing itself");
    project.git("commit -q --no-edit");
    assert_eq!(project.git("log -1 --format=%p").split(' ').count(), 2);
    assert_same_as(&project, BOTH);
}

#[test]
#[ignore = "takes long"]
fn a_rebase_a_cherry_pick_and_a_squash_keep_them_too() {
    for (begin, end) in [
        ("rebase trunk other", "rebase --continue"),
        ("cherry-pick other", "cherry-pick --continue"),
        ("merge --squash other", "commit -q -m squash"),
    ] {
        let project = diverged(PORT, QA);
        assert_eq!(project.try_git(begin).0, 1, "{begin}");
        let said = up(&project, "").stderr;
        assert!(said.contains(&format!("finish with `git {}", end.split(" -").next().unwrap())), "{said}");
        let (code, said) = project.try_git(end);
        assert_eq!(code, 0, "{said}");
        assert_same_as(&project, BOTH);
    }
}

/// As `git revert` of any upgrade but the last.
#[test]
#[ignore = "takes long"]
fn a_revert_takes_back_what_it_is_asked_to() {
    for (first, second, left) in [(PORT, QA, QA), (QA, PORT, PORT), (CPU, QA, QA)] {
        let project = service();
        up(&project, first);
        up(&project, second);
        if project.try_git("revert --no-edit HEAD~1").0 != 0 {
            up(&project, "").says("`git revert --continue`");
            let (code, said) = project.try_git("revert --continue");
            assert_eq!(code, 0, "{said}");
        }
        assert_same_as(&project, left);
    }
}

#[test]
#[ignore = "takes long"]
fn an_answer_that_both_changed_is_named_and_nothing_is_written() {
    let project = diverged("--set port=9090 --set replicas=3", "--set port=9091");
    project.try_git("merge other");
    let before = project.everything();
    project
        .treenail("upgrade shop --yes")
        .ends_with(4)
        .says("`port` is `9090` in ours and `9091` in theirs")
        .says("pass --set port=9090 or --set port=9091");
    assert_unchanged(&before, &project.everything());
    up(&project, "--set port=9091").says("port: `9091` (--set)");
    project.git("add -A");
    project.git("commit -q --no-edit");
    assert!(project.read(ANSWERS).contains("  port: 9091\n"));
    assert!(project.read(ANSWERS).contains("  replicas: 3\n"));
}

#[test]
#[ignore = "takes long"]
fn environments_are_joined_where_their_order_is_clear() {
    // Something else is in conflict too: Git does not take a list for a conflict.
    let dr = "--set image=ghcr.io/acme/other --set environments=staging,production,dr";
    let project = diverged(BOTH, dr);
    project.try_git("merge other");
    up(&project, "").says("environments: `staging,qa,production,dr` (both)");
    let project = diverged(QA, "--set environments=staging,uat,production");
    project.try_git("merge other");
    project.treenail("upgrade shop --yes").ends_with(4).says("--set environments=staging,qa,production");
}

/// Somebody has committed what Git left.
#[test]
#[ignore = "takes long"]
fn markers_that_were_committed_are_resolved() {
    for (begin, end) in [("merge other", "commit -q -m merge"), ("cherry-pick other", "commit -q -m pick")] {
        let project = diverged(PORT, QA);
        project.try_git(begin);
        project.git("add -A");
        project.git(end);
        project.write("note.txt", "later\n");
        project.commit();
        project.treenail("status shop").ends_with(6).says("treenail upgrade shop");
        up(&project, "").prints("the two sides of an earlier merge");
        project.git("rm -q note.txt");
        project.git("commit -q -m note");
        assert_same_as(&project, BOTH);
    }
}

/// As by `git checkout --ours` or a button of a server.
#[test]
#[ignore = "takes long"]
fn answers_that_a_merge_left_out_come_back_where_the_files_have_them() {
    for (side, expected) in [("ours", "environments"), ("theirs", "port")] {
        let project = diverged(PORT, QA);
        project.try_git("merge other");
        if side == "ours" {
            let hint = "git checkout --ours -- .treenail/answers.yaml && git add -- .treenail/answers.yaml";
            project.treenail("status shop").ends_with(6).says(hint);
        }
        project.git(&format!("checkout --{side} -- {ANSWERS}"));
        project.git(&format!("add -- {ANSWERS}"));
        project.git("commit -q --no-edit");
        let said = project.treenail("upgrade shop --dry-run").ends_with(0).stderr;
        assert!(said.contains(&format!("added what only the other side answered: {expected}\n")), "{said}");
        assert_same_as(&project, BOTH);
    }
    // Where the files are of one side too, somebody wants it so.
    let project = diverged(PORT, QA);
    project.git("merge -q -s ours other -m merge");
    up(&project, "").says("left out an answer; apply it with --set environments=staging,qa,production");
    assert_same_as(&project, PORT);
}

fn web(version: &'static str, a: &str) -> Scaffold {
    Scaffold::new(version).file("a.txt", a).file("b.txt", "1\n2\n3\n")
}

/// Both were upgraded, to other versions.
#[test]
#[ignore = "takes long"]
fn the_newer_version_wins() {
    for begin in ["merge other", "rebase other"] {
        let project = Project::of(&web("1.0.0", "1\n2\n3\n4\n5\n"));
        project.git("branch other");
        project.upgrade_to(&web("2.0.0", "1\n2\n3\n4\nfive\n"));
        project.git("checkout -q other");
        project.upgrade_to(&web("3.0.0", "one\n2\n3\n4\nfive\n").file("c.txt", "c\n"));
        project.git("checkout -q trunk");
        assert_eq!(project.try_git(begin).0, 1);
        project.upgrade("--yes").ends_with(0);
        project.try_git(if begin.starts_with("merge") { "commit -q --no-edit" } else { "rebase --continue" });
        project.assert_clean();
        assert!(project.read(ANSWERS).contains("version: 3.0.0"));
        project.upgrade("--yes").ends_with(0);
        let fresh = Project::of(&web("1.0.0", "1\n2\n3\n4\n5\n"));
        fresh.upgrade_to(&web("3.0.0", "one\n2\n3\n4\nfive\n").file("c.txt", "c\n"));
        assert_unchanged(&fresh.generated(), &project.generated());
    }
}

/// One side goes further, to a version in which two files change places; Git finds a conflict in the base.
#[test]
#[ignore = "takes long"]
fn the_base_follows_files_that_change_places() {
    const GUIDE: &str = "guide\nhow to begin\nhow to go on\nhow to end\n";
    const FAQ: &str = "faq\nasked\nanswered\nnot answered\n";
    let v1 = web("1.0.0", "1\n").file("d/guide.txt", GUIDE);
    let further = GUIDE.replace("go on", "go further");
    let v2 = web("1.0.0", "2\n").version("2.0.0").file("d/faq.txt", FAQ).file("d/guide.txt", &further);
    let swapped =
        "  moves:\n  - {from: d/guide.txt, to: d/faq.txt}\n  - {from: d/faq.txt, to: d/guide.txt}\n";
    let v3 = web("1.0.0", "3\n")
        .version("2.0.0")
        .version("3.0.0")
        .file("d/guide.txt", FAQ)
        .file("d/faq.txt", further.replace("to end", "to come to an end"))
        .history(swapped);
    let project = Project::of(&v1);
    project.git("branch other");
    project.upgrade_to(&v2);
    project.git("mv d own");
    project.git("commit -q -m own");
    project.git("checkout -q other");
    project.upgrade_to(&v3);
    let [guide, faq] = ["d/faq.txt", "d/guide.txt"].map(|path| project.read(path));
    project.git("checkout -q trunk");
    assert_eq!(project.try_git("merge other").0, 1);
    assert!(project.git("diff --name-only --diff-filter=U").contains(BASE));
    project.upgrade("--yes").ends_with(0);
    // However Git has left the files, somebody puts the right ones there.
    for path in ["d/faq.txt", "d/guide.txt"].into_iter().filter(|path| project.is_there(path)) {
        project.git(&format!("rm -q -f {path}"));
    }
    project.write("own/faq.txt", &guide);
    project.write("own/guide.txt", &faq);
    project.write("a.txt", "3\n");
    project.git("add -A");
    project.git("commit -q --no-edit");
    project.upgrade("--yes").ends_with(0);
    project.assert_clean();
    assert_eq!((project.read("own/faq.txt"), project.read("own/guide.txt")), (guide, faq));
    let answers = project.read(ANSWERS);
    assert!(!answers.contains("removed:") && answers.contains("d/faq.txt: own/faq.txt"), "{answers}");
    project.upgrade("--yes").ends_with(0).says("nothing to do");
}

/// Our answer has another name in the version of the other side.
#[test]
#[ignore = "takes long"]
fn an_answer_follows_its_renamed_question() {
    let old = |version, default: &str| {
        let properties = format!("  default: \"{default}\"\n");
        web(version, "a\n").question("port", "integer", &properties).file("values.yaml", "port: [= port =]\n")
    };
    let new = web("2.0.0", "a\n")
        .question("http-port", "integer", "  default: \"1\"\n")
        .file("values.yaml", "port: [= http_port =]\n")
        .history("  migrations:\n  - rename: {from: port, to: http-port}\n");
    let project = Project::of(&old("1.0.0", "1"));
    project.git("branch other");
    project.upgrade("--set port=9 --yes").ends_with(0);
    project.git("checkout -q other");
    project.upgrade_to(&new);
    for branch in ["trunk", "other"] {
        project.git(&format!("checkout -q -B both {branch}"));
        let other = if branch == "trunk" { "other" } else { "trunk" };
        project.try_git(&format!("merge {other}"));
        project.upgrade("--yes").ends_with(0).says("http-port: `9`");
        project.git("add -A");
        project.git("commit -q --no-edit");
        project.upgrade("--yes").ends_with(0);
        assert_eq!(project.read("values.yaml"), "port: 9\n");
        project.assert_clean();
    }
}

/// A base as earlier versions of treenail wrote it.
fn format_1(files: &[(&str, &str)]) -> String {
    use sha2::{Digest, Sha256};
    let entry = |(path, content): &(&str, &str)| {
        format!("file managed 644 text {} {path}\n{content}\n", content.len())
    };
    let body = format!("treenail base 1\n{}", files.iter().map(entry).collect::<String>());
    let digest: Vec<_> = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = digest.concat();
    format!("{body}end sha256:{digest}\n")
}

#[test]
fn the_earlier_format_is_read_and_written_anew() {
    let project = Project::of(&web("1.0.0", "a\n"));
    let new = project.read(BASE);
    project.edit(BASE, format_1(&[("a.txt", "a\n"), ("b.txt", "1\n2\n3\n")]));
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("2 files unchanged");
    project.treenail("diff shop").ends_with(0);
    project.git("branch other");
    project.upgrade("--yes").ends_with(0);
    assert_eq!(project.read(BASE), new);
    // The other branch still has the earlier one, which Git cannot merge with it.
    project.upgrade_to(&web("2.0.0", "A\n"));
    project.git("checkout -q other");
    project.edit(BASE, format_1(&[("a.txt", "a\n"), ("b.txt", "0\n1\n2\n3\n")]));
    assert_eq!(project.try_git("merge trunk").0, 1);
    project.upgrade("--yes").ends_with(0);
    project.git("commit -q --no-edit");
    project.assert_clean();
    assert!(
        project.read(BASE).contains("|A\n") && project.read(BASE).contains("|0\n"),
        "{}",
        project.read(BASE)
    );
}

/// The user has resolved the answers, and not yet added them.
#[test]
#[ignore = "takes long"]
fn a_resolution_by_hand_is_kept() {
    let project = diverged(PORT, QA);
    project.try_git("merge other");
    project.git(&format!("checkout --theirs -- {ANSWERS}"));
    project.replace(ANSWERS, "  port: 8080\n", "  port: 7070\n");
    up(&project, "");
    assert_eq!(project.git("diff --name-only --diff-filter=U"), "");
    assert!(project.read(ANSWERS).contains("  port: 7070\n"));
}

#[test]
#[ignore = "takes long"]
fn a_side_that_deleted_the_state_is_the_users_to_decide() {
    let project = diverged(PORT, QA);
    project.git("checkout -q other");
    project.git(&format!("rm -q {ANSWERS}"));
    project.git("commit -q -m gone");
    project.git("checkout -q trunk");
    project.try_git("merge other");
    let before = project.everything();
    project
        .treenail("upgrade shop --yes")
        .ends_with(6)
        .says("one side of the merge deleted `.treenail/answers.yaml`");
    assert_unchanged(&before, &project.everything());
}

#[test]
fn a_folder_of_a_repository_is_merged_in_its_place() {
    let port = |default| {
        let properties = format!("  default: \"{default}\"\n");
        let scaffold = web("1.0.0", "a\n").question("port", "integer", &properties);
        scaffold
            .question("host", "text", "  default: h\n")
            .file("p.txt", "[= port =]\n")
            .file("h.txt", "[= host =]\n")
    };
    let project = Project::at("shop/services/web", &port("1"));
    project.git("branch other");
    project.upgrade("--set port=2 --yes").ends_with(0);
    project.git("checkout -q other");
    project.upgrade("--set host=x --yes").ends_with(0);
    project.git("checkout -q trunk");
    assert_eq!(project.try_git("merge other").0, 1);
    project.upgrade("--yes").ends_with(0);
    project.git("commit -q --no-edit");
    project.upgrade("--yes").ends_with(0).says("nothing to do");
    assert_eq!((project.read("p.txt"), project.read("h.txt")), ("2\n".to_owned(), "x\n".to_owned()));
    project.assert_clean();
}
