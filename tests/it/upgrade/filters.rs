//! Files that Git stores in another form than it writes: filter programs, encodings, `$Id$` and line ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::common::home::Home;
use crate::upgrade::project::{Outcome, Project};
use crate::upgrade::scaffold::Scaffold;

const LINES: &str = "one\ntwo\nthree\nfour\nfive\n";

/// `LINES` as the filter `rot` stores it.
const STORED: &str = "pof\nuxp\nuisff\ngpvs\ngjwf";

fn v1() -> Scaffold {
    Scaffold::new("1.0.0").file("a.txt", LINES).file("b.txt", LINES)
}

fn v2() -> Scaffold {
    v1().version("2.0.0").file("a.txt", LINES.replace("five", "eight"))
}

const MERGED: &str = "mine\ntwo\nthree\nfour\neight\n";

/// Each letter becomes the next one where Git stores a file, and the previous one where it writes it.
fn configure(home: &Home, dir: &str) {
    home.git(dir, "config filter.rot.clean tr${IFS}a-z${IFS}b-za");
    home.git(dir, "config filter.rot.smudge tr${IFS}b-za${IFS}a-z");
    home.git(dir, "config filter.rot.required true");
}

/// A project whose files Git stores by these attributes.
fn filtered(attributes: &str) -> Project {
    filtered_of(&v1(), attributes)
}

fn filtered_of(scaffold: &Scaffold, attributes: &str) -> Project {
    let project = Project::of(scaffold);
    configure(&project.home, "shop");
    project.write(".gitattributes", attributes);
    project.git("add .gitattributes");
    project.git("add --renormalize .");
    project.git("commit -q -m filtered");
    project
}

fn stored(project: &Project, revision: &str, path: &str) -> String {
    project.git(&format!("cat-file blob {revision}:{path}"))
}

/// A script in the home.
fn script(project: &Project, name: &str, text: &str) -> String {
    project.home.write(name, format!("#!/bin/sh\n{text}\n"));
    let path = project.home.path(name);
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

/// A failed upgrade that leaves files, index and branches as they are, and nothing of its own.
fn fails(project: &Project, arguments: &str) -> Outcome {
    let now = || (project.files(), project.git("ls-files -s"), project.git("for-each-ref"), project.head());
    let before = now();
    let outcome = project.upgrade(arguments);
    assert!(now() == before, "{}", outcome.stderr);
    assert!(!project.path(".git/treenail").exists());
    outcome
}

#[test]
fn a_file_that_only_the_scaffold_changes_is_stored_through_its_filter() {
    let project = filtered("a.txt filter=rot\n");
    assert_eq!(stored(&project, "HEAD", "a.txt"), STORED);
    project.upgrade_to(&v2());
    assert_eq!(stored(&project, "HEAD", "a.txt"), STORED.replace("gjwf", "fjhiu"));
    assert_eq!(project.read("a.txt"), LINES.replace("five", "eight"));
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert!(!status.stdout.contains("edited"), "{}", status.stdout);
    assert_eq!(project.treenail("diff shop").ends_with(0).stdout, "");
    assert!(project.read(".treenail/base").contains("eight"));
}

#[test]
#[ignore = "takes long"]
fn edits_of_a_filtered_file_are_merged_as_text() {
    let project = filtered("a.txt filter=rot\n");
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.offer(&v2());
    project.upgrade("--branch up").ends_with(0);
    project.upgrade("--branch up").ends_with(0).says("up already has this upgrade");
    assert_eq!(stored(&project, "up", "a.txt"), "njof\nuxp\nuisff\ngpvs\nfjhiu");
    project.upgrade("").ends_with(0).prints("merged   a.txt");
    project.assert_clean();
    assert_eq!(project.git("rev-parse up^{tree}"), project.git("rev-parse HEAD^{tree}"));
    assert_eq!(project.read("a.txt"), MERGED);
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    let diff = project.treenail("diff shop").ends_with(0).stdout;
    assert!(diff.ends_with("-one\n+mine\n two\n three\n four\n"), "{diff}");
}

#[test]
fn a_conflict_is_text_in_the_work_tree_and_filtered_in_the_index() {
    let project = filtered("a.txt filter=rot\n");
    project.edit("a.txt", LINES.replace("five", "mine"));
    let head = project.head();
    project.offer(&v2());
    project.upgrade("--conflicts=markers").ends_with(3);
    let text = project.read("a.txt");
    assert!(
        text.contains("<<<<<<< yours\nmine\n||||||| scaffold web 1.0.0\nfive\n=======\neight\n"),
        "{text}"
    );
    for (stage, last) in [(1, "gjwf"), (2, "njof"), (3, "fjhiu")] {
        assert!(project.git(&format!("cat-file blob :{stage}:a.txt")).ends_with(last), "{stage}");
    }
    project.treenail("upgrade shop --abort").ends_with(0);
    project.assert_clean();
    assert_eq!((project.head(), project.read("a.txt")), (head, LINES.replace("five", "mine")));
    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("a.txt", LINES.replace("five", "both"));
    project.git("add a.txt");
    project.treenail("upgrade shop --continue").ends_with(0);
    project.assert_clean();
    assert!(stored(&project, "HEAD", "a.txt").ends_with("cpui"));
}

#[test]
#[ignore = "takes long"]
fn a_filter_that_fails_ends_the_run() {
    let project = filtered("a.txt filter=rot\n");
    project.offer(&v2());
    for (setting, required) in [("clean", true), ("clean", false), ("smudge", true), ("smudge", false)] {
        project.git(&format!("config filter.rot.required {required}"));
        let old = project.git(&format!("config filter.rot.{setting}"));
        // It fails for the new file only.
        let failing = script(
            &project,
            "failing",
            &format!(
                "f=$(cat; echo x)\ncase $f in *eight*|*fjhiu*) exit 1;; esac\nprintf %s \"${{f%x}}\" | {old}"
            ),
        );
        project.git(&format!("config filter.rot.{setting} {failing}"));
        let outcome = fails(&project, "").ends_with(1).says("Git cannot convert `a.txt`");
        assert!(
            outcome.stderr.contains("rot failed") || outcome.stderr.contains("'rot' failed"),
            "{}",
            outcome.stderr
        );
        if setting == "clean" {
            fails(&project, "--branch up").ends_with(1).says("Git cannot convert `a.txt`");
        }
        project.home.git("shop", &format!("config filter.rot.{setting} {old}"));
    }
    for setting in ["clean", "smudge"] {
        project.git(&format!("config --unset filter.rot.{setting}"));
    }
    project.git("config filter.rot.required true");
    fails(&project, "").ends_with(1).says("clean filter 'rot' failed");
}

/// As with `git-lfs`: the contents are beside the objects, and may be missing in the work tree.
#[test]
#[ignore = "takes long"]
fn pointers_stand_for_files_that_are_stored_elsewhere() {
    for skips_smudge in [false, true] {
        let project = Project::of(&v1());
        let store = project.home.path("store").display().to_string();
        fs::create_dir(&store).unwrap();
        let clean = format!(
            "f=$(cat; echo x)\nf=${{f%x}}\ncase $f in pointer*) printf %s \"$f\"; exit;; esac\n\
             h=$(printf %s \"$f\" | git hash-object --stdin)\nprintf %s \"$f\" > {store}/$h\necho pointer $h"
        );
        let smudge = format!(
            "read -r word h\n[ {skips_smudge} = false ] || {{ echo pointer $h; exit; }}\ncat {store}/$h"
        );
        project.git(&format!("config filter.big.clean {}", script(&project, "clean", &clean)));
        project.git(&format!("config filter.big.smudge {}", script(&project, "smudge", &smudge)));
        project.git("config filter.big.required true");
        project.write(".gitattributes", "a.txt filter=big -text\n");
        project.git("add .gitattributes");
        project.git("add --renormalize .");
        project.git("commit -q -m big");
        project.remove("a.txt");
        project.git("checkout -q -- a.txt");
        assert_eq!(project.read("a.txt").starts_with("pointer "), skips_smudge);
        let status =
            |project: &Project| project.treenail("status shop --scaffold scaffold").ends_with(0).stdout;
        assert!(!status(&project).contains("edited"), "{}", status(&project));
        project.upgrade_to(&v2());
        let pointer = stored(&project, "HEAD", "a.txt");
        let content = fs::read_to_string(format!("{store}/{}", pointer.split_once(' ').unwrap().1)).unwrap();
        assert_eq!(content, LINES.replace("five", "eight"));
        assert_eq!(project.read("a.txt").trim_end() == pointer, skips_smudge);
        assert!(!status(&project).contains("edited"), "{}", status(&project));
    }
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn another_encoding_in_the_work_tree() {
    let project = Project::of(&v1());
    project.write(".gitattributes", "a.txt working-tree-encoding=UTF-16LE-BOM\n");
    project.write("a.txt", utf16(LINES));
    project.commit();
    project.upgrade_to(&v2());
    assert_eq!(stored(&project, "HEAD", "a.txt"), LINES.replace("five", "eight").trim_end());
    assert_eq!(project.bytes("a.txt"), utf16(&LINES.replace("five", "eight")));
    project.edit("a.txt", utf16(MERGED));
    project.upgrade_to(
        &v1().version("3.0.0").file("a.txt", LINES.replace("four", "4").replace("five", "eight")),
    );
    assert_eq!(project.bytes("a.txt"), utf16(&MERGED.replace("four", "4")));
    let diff = project.treenail("diff shop").ends_with(0).stdout;
    assert!(diff.contains("-one\n+mine\n"), "{diff}");
}

#[test]
fn ids_that_git_expands_are_no_edits() {
    let with_id = |text: &str| format!("# $Id$\n{text}");
    let v1 = v1().file("a.txt", with_id(LINES));
    let project = Project::of(&v1);
    project.write(".gitattributes", "* ident\n");
    project.commit();
    for path in ["a.txt", ".treenail/base"] {
        project.remove(path);
        project.git(&format!("checkout -q -- {path}"));
        assert!(project.read(path).contains("$Id: "), "{path}");
    }
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert!(!status.stdout.contains("edited"), "{}", status.stdout);
    project.upgrade_to(&v1.version("2.0.0").file("a.txt", with_id(MERGED)));
    assert!(project.read("a.txt").starts_with("# $Id: "));
    assert_eq!(stored(&project, "HEAD", "a.txt"), with_id(MERGED).trim_end());
    // The state is kept out of it from now on.
    assert!(project.read(".treenail/base").contains("# $Id$\n"));
    assert!(project.git("check-attr ident .treenail/base").ends_with("unspecified"));
    project.git("clone -q . ../clone");
    project.treenail("status clone --scaffold scaffold").ends_with(0).prints("up to date");
}

#[test]
fn line_ends_of_the_scaffold_are_stored_as_git_wants_them() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    let v1 = v1().file(".gitattributes", "* text=auto\n").file("a.txt", windows(LINES));
    let project = Project::of(&v1);
    assert_eq!(stored(&project, "HEAD", "a.txt"), LINES.trim_end());
    project.upgrade_to(&v1.version("2.0.0").file("a.txt", windows(MERGED)));
    assert_eq!(stored(&project, "HEAD", "a.txt"), MERGED.trim_end());
    let status = project.treenail("status shop --scaffold scaffold").ends_with(0);
    assert!(!status.stdout.contains("edited"), "{}", status.stdout);
}

/// Those of the result count, wherever the commit goes; a file that the upgrade does not touch stays as it is stored.
#[test]
fn attributes_that_come_with_the_upgrade() {
    let v1 = v1().file(".gitattributes", "*.x text\n");
    let v2 = v2().file(".gitattributes", "[attr]secret filter=rot\n*.txt secret\n");
    let project = Project::of(&v1);
    configure(&project.home, "shop");
    project.git("clone -q --bare . ../bare.git");
    configure(&project.home, "bare.git");
    script(&project, "shop/run", "[ -f a.txt ] || exit 1\ntr a-z b-za");
    project.git("add run");
    project.git("commit -q -m run");
    // A filter may be named by its place in the work tree.
    project.git("config filter.rot.clean ./run");
    project.offer(&v2);
    project.upgrade("--branch up").ends_with(0);
    project.upgrade("").ends_with(0);
    project.treenail("upgrade bare.git --branch up --scaffold scaffold").ends_with(0);
    let new = STORED.replace("gjwf", "fjhiu");
    assert_eq!(
        [stored(&project, "up", "a.txt"), stored(&project, "HEAD", "a.txt")],
        [new.clone(), new.clone()]
    );
    assert_eq!(project.home.git("bare.git", "cat-file blob up:a.txt"), new);
    assert_eq!(stored(&project, "HEAD", "b.txt"), LINES.trim_end());
    assert_eq!(
        (project.read("a.txt"), project.read("b.txt")),
        (LINES.replace("five", "eight"), LINES.to_owned())
    );
    // And they go again.
    project.offer(&v1.version("3.0.0").file("a.txt", MERGED));
    project.upgrade("").ends_with(0);
    assert_eq!(stored(&project, "HEAD", "a.txt"), MERGED.trim_end());
    assert_eq!(project.read("a.txt"), MERGED);
    project.assert_clean();
}

#[test]
#[ignore = "takes long"]
fn attributes_from_outside_of_the_work_tree() {
    for by_setting in [false, true] {
        let project = Project::of(&v1());
        configure(&project.home, "shop");
        if by_setting {
            project.home.write("attributes", "*.txt filter=rot\n");
            project.git(&format!("config core.attributesFile {}", project.home.path("attributes").display()));
        } else {
            project.write(".git/info/attributes", "*.txt filter=rot\n");
        }
        project.git("add --renormalize .");
        project.git("commit -q -m filtered");
        project.upgrade_to(&v2());
        assert_eq!(stored(&project, "HEAD", "a.txt"), STORED.replace("gjwf", "fjhiu"));
    }
}

#[test]
fn what_is_recorded_is_not_filtered() {
    let project = filtered("* filter=rot\n.gitattributes !filter\n");
    assert!(stored(&project, "HEAD", ".treenail/base").starts_with("usffobjm"));
    project.edit("b.txt", MERGED);
    project.upgrade_to(&v2());
    assert_eq!(stored(&project, "HEAD", "b.txt"), "njof\nuxp\nuisff\ngpvs\nfjhiu");
    assert!(stored(&project, "HEAD", ".treenail/base").starts_with("treenail base"));
    assert!(stored(&project, "HEAD", ".treenail/answers.yaml").contains("app: shop"));
    project.upgrade_to(&v1().version("3.0.0"));
    // A clone that does not know the filter can be upgraded all the same.
    project.git("clone -q . ../clone");
    let status = project.treenail("status clone --scaffold scaffold").ends_with(0);
    status.prints("up to date");
}

#[test]
fn state_that_git_garbled_at_checkout_is_read_as_it_is_committed() {
    let project = Project::of(&v1());
    project.write(".gitattributes", "* filter=rot\n.gitattributes !filter\n");
    project.git("add .gitattributes");
    project.git("commit -q -m attributes");
    configure(&project.home, "shop");
    for path in [".treenail/base", ".treenail/answers.yaml"] {
        project.remove(path);
        project.git(&format!("checkout -q -- {path}"));
    }
    assert!(project.read(".treenail/base").starts_with("sqddmzhk"), "{}", project.read(".treenail/base"));
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("up to date");
}

#[test]
fn attributes_that_cannot_be_overridden_are_refused() {
    let project = Project::of(&v1());
    configure(&project.home, "shop");
    project.write(".git/info/attributes", "* filter=rot\n");
    project.offer(&v2());
    let line = "/.treenail/** !filter !ident !working-tree-encoding";
    fails(&project, "").ends_with(5).says("Git's attributes convert `.treenail/base`").says(line);
    project.write(".git/info/attributes", format!("* filter=rot\n{line}\n"));
    project.upgrade("").ends_with(0);
    assert_eq!(stored(&project, "HEAD", "a.txt"), STORED.replace("gjwf", "fjhiu"));
}

#[test]
fn a_bare_repository_has_filters_too() {
    let project = filtered("a.txt filter=rot\n");
    project.git("clone -q --bare . ../plain.git");
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.git("clone -q --bare . ../edited.git");
    project.offer(&v2());
    for (dir, code, last) in [("plain.git", 0, "pof\n"), ("edited.git", 5, "njof\n")] {
        configure(&project.home, dir);
        // Only a smudge filter could tell what the edit is, and a dry run starts none.
        let dry = project.treenail(&format!("upgrade {dir} --branch up --scaffold scaffold --dry-run"));
        dry.ends_with(code);
        project.treenail(&format!("upgrade {dir} --branch up --scaffold scaffold")).ends_with(0);
        let stored = project.home.git(dir, "cat-file blob up:a.txt");
        assert!(stored.starts_with(last) && stored.ends_with("fjhiu"), "{stored}");
    }
}

#[test]
fn a_preview_of_an_edited_file_runs_no_smudge_filter() {
    let project = filtered("a.txt filter=rot\n");
    project.edit("a.txt", LINES.replace("one", "mine"));
    project.offer(&v2());
    let marker = project.home.path("smudged");
    let smudge = script(&project, "smudge", &format!(": > {}\ntr b-za a-z", marker.display()));
    project.git(&format!("config filter.rot.smudge {smudge}"));
    let diff = project.treenail("diff shop --upgrade --scaffold scaffold").ends_with(0);
    assert!(diff.stdout.contains("-five\n+eight\n") && diff.stdout.contains(" four\n"), "{}", diff.stdout);
    project.upgrade("--dry-run").ends_with(0).prints("merged   a.txt");
    // Not even where nothing else could tell.
    project.write("a.txt", "another edit\n");
    project.upgrade("--dry-run").ends_with(5).says("git restore a.txt");
    assert!(!marker.exists());
}

#[test]
fn a_move_changes_the_attributes() {
    let project = filtered("/a.txt filter=rot\nnew/b.txt filter=rot\n");
    project.write("a.txt", LINES.replace("one", "mine"));
    project.edit("b.txt", LINES.replace("one", "mine"));
    let both =
        Scaffold::new("2.0.0").file("new/a.txt", LINES.replace("five", "eight")).file("new/b.txt", LINES);
    let moves = "  moves:\n  - {from: a.txt, to: new/a.txt}\n  - {from: b.txt, to: new/b.txt}\n";
    project.upgrade_to(&both.history(moves));
    assert_eq!(
        (project.read("new/a.txt"), project.read("new/b.txt")),
        (MERGED.to_owned(), LINES.replace("one", "mine"))
    );
    assert_eq!(stored(&project, "HEAD", "new/a.txt"), MERGED.trim_end());
    assert_eq!(stored(&project, "HEAD", "new/b.txt"), STORED.replace("pof", "njof"));
}

#[test]
fn a_filtered_file_that_the_user_moved_is_found_again() {
    let one = Scaffold::new("1.0.0").file("a.txt", LINES);
    let project = filtered_of(&one, "*.txt filter=rot\n");
    fs::create_dir(project.path("mine")).unwrap();
    project.git("mv a.txt mine/a.txt");
    project.git("commit -q -m move");
    project.offer(&one.version("2.0.0").file("a.txt", LINES.replace("five", "eight")));
    project.upgrade("").ends_with(0).prints("you moved it from `a.txt`");
    assert_eq!(stored(&project, "HEAD", "mine/a.txt"), STORED.replace("gjwf", "fjhiu"));
    project.upgrade_to(&one.version("3.0.0").file("a.txt", MERGED));
    assert_eq!(project.read("mine/a.txt"), MERGED);
    project.assert_clean();
}

#[test]
fn a_restored_file_is_stored_through_its_filter() {
    let project = filtered("a.txt filter=rot\n");
    project.write("a.txt", "mine\n");
    let outcome = project.treenail("restore shop/a.txt --force").ends_with(0);
    let command = outcome.stderr.split('`').find(|part| part.starts_with("git cat-file")).unwrap();
    // What Git keeps can be checked out again.
    assert_eq!(project.git(command.strip_prefix("git ").unwrap()), "njof");
    assert_eq!(project.read("a.txt"), LINES);
    project.assert_clean();
}

#[test]
fn filtered_files_are_adopted() {
    let project = filtered("a.txt filter=rot\n");
    project.git("rm -r -q .treenail");
    project.git("commit -q -m lost");
    let adopted =
        project.treenail("adopt shop --scaffold scaffold --set app=shop --defaults --yes").ends_with(0);
    adopted.prints("2 of 2 files unchanged");
    project.assert_clean();
    project.upgrade_to(&v2());
    assert_eq!(stored(&project, "HEAD", "a.txt"), STORED.replace("gjwf", "fjhiu"));
}

#[test]
fn new_files_are_stored_through_filters_and_the_state_is_not() {
    let project = Project::empty();
    let home = &project.home;
    home.write("attributes", "* filter=rot\n");
    home.git(".", &format!("config --global core.attributesFile {}", home.path("attributes").display()));
    home.git(".", "config --global filter.rot.clean tr${IFS}a-z${IFS}b-za");
    project.offer(&v1());
    let places = [("fresh", "fresh", ""), ("shop", "shop", ""), ("shop/sub", "shop", "sub/")];
    for (dir, repository, prefix) in places {
        project.treenail(&format!("new {dir} --scaffold scaffold --defaults --set app=shop")).ends_with(0);
        let stored = |path: &str| home.git(repository, &format!("cat-file blob HEAD:{prefix}{path}"));
        assert_eq!(stored("a.txt"), STORED, "{dir}");
        assert!(stored(".treenail/base").starts_with("treenail base"), "{dir}");
        assert_eq!(home.git(repository, "status --porcelain"), "", "{dir}");
    }
}
