//! Hooks and signatures, as for any other commit of the user's.

use crate::upgrade::project::{Project, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn outdated() -> Project {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n");
    let project = Project::of(&v1);
    project.offer(&v1.version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    project
}

fn program(project: &Project, path: &str, script: &str) {
    project.write(path, format!("#!/bin/sh\n{script}"));
    project.set_mode(path, 0o755);
}

/// Commits are signed by a program that does `script`.
fn signing(project: &Project, script: &str) {
    program(project, ".git/signer", script);
    project.git("config commit.gpgSign true");
    project.git(&format!("config gpg.program {}", project.path(".git/signer").display()));
}

const SIGN: &str = "echo '[GNUPG:] SIG_CREATED ' >&2\ncat >/dev/null\necho signature\n";

#[test]
fn an_upgrade_is_signed_where_commits_are() {
    for (arguments, revision) in [("", "HEAD"), ("--branch later", "later")] {
        let project = outdated();
        signing(&project, SIGN);
        project.upgrade(arguments).ends_with(0);
        assert!(
            project.git(&format!("cat-file commit {revision}")).contains("gpgsig signature"),
            "{arguments}"
        );
        project.assert_clean();
    }
    let project = outdated();
    project.edit("a.txt", "mine\n");
    signing(&project, SIGN);
    project.upgrade("--conflicts=markers").ends_with(3);
    project.edit("a.txt", "resolved\n");
    assert!(project.git("cat-file commit HEAD").contains("gpgsig signature"));
}

#[test]
fn a_signature_that_fails_leaves_everything_as_it_was() {
    for arguments in ["", "--branch later"] {
        let project = outdated();
        signing(&project, "echo no key >&2\nexit 1\n");
        let (files, head, index) = (project.files(), project.head(), project.git("ls-files --stage"));
        project.upgrade(arguments).ends_with(1).says("failed to sign");
        assert_unchanged(&files, &project.files());
        assert_eq!((project.head(), project.git("ls-files --stage")), (head, index));
        assert_eq!(project.git("for-each-ref --format=%(refname)"), "refs/heads/trunk");
        project.assert_clean();
    }
}

#[test]
fn hooks_see_the_upgrade_and_have_their_say() {
    let project = outdated();
    program(&project, ".git/hooks/pre-commit", "git status --porcelain >../seen\n");
    program(&project, ".git/hooks/commit-msg", "printf '\\nChecked-by: hook\\n' >>\"$1\"\n");
    program(&project, ".git/hooks/post-commit", "git log -1 --format=%s >../after\n");
    project.write("untracked.txt", "mine\n");
    project.upgrade("").ends_with(0);
    let seen = "M  .treenail/answers.yaml\nM  .treenail/base\nM  a.txt\nA  new.txt\n?? untracked.txt\n";
    assert_eq!(project.home.read("seen"), seen);
    assert!(project.git("log -1 --format=%B").ends_with("Checked-by: hook"));
    assert!(project.home.read("after").contains("scaffold web 1.0.0 -> 2.0.0"));
    assert_eq!(project.status(), "?? untracked.txt");
}

/// A branch aside has no index and no work tree for hooks about commits to look at.
#[test]
fn hooks_about_commits_are_not_run_for_a_branch_and_the_report_says_so() {
    let project = outdated();
    let report = |arguments: &str| project.refused(&format!("--dry-run {arguments}"), 0).stdout;
    program(&project, ".git/hooks/post-merge", "exit 1\n");
    project.write(".git/hooks/commit-msg", "#!/bin/sh\nexit 1\n");
    project.set_mode(".git/hooks/commit-msg", 0o644);
    assert!(!report("--branch later").contains("hooks"));
    program(&project, ".git/hooks/pre-commit", "exit 1\n");
    program(&project, ".git/hooks/commit-msg", "exit 1\n");
    assert!(!report("").contains("hooks"));
    let line = "hooks that are not run\n  pre-commit, commit-msg  (the branch is not checked out; ";
    assert!(report("--branch later").contains(line), "{}", report("--branch later"));
    let json: serde_json::Value = serde_json::from_str(&report("--branch later --json")).unwrap();
    assert_eq!(json["hooksNotRun"], serde_json::json!(["pre-commit", "commit-msg"]));
    project.git("config core.hooksPath elsewhere");
    assert!(!report("--branch later").contains("hooks"));
    project.git("config --unset core.hooksPath");
    project.upgrade("--branch later").ends_with(0).prints(line);
    assert_eq!(project.git("show later:a.txt"), "two");
    project.assert_clean();
}

/// The one hook that Git runs for every reference, checked out or not.
#[test]
fn the_hook_about_references_is_run_for_a_branch_and_its_output_shown() {
    let project = outdated();
    program(&project, ".git/hooks/reference-transaction", "echo \"$1\" references\n");
    project.upgrade("--branch later").ends_with(0).says("  git: committed references\n");
    program(&project, ".git/hooks/reference-transaction", "echo not this one\nexit 1\n");
    project.upgrade("--branch other").ends_with(1).says("not this one");
    assert_eq!(project.git("for-each-ref --format=%(refname:short)"), "later\ntrunk");
}

#[test]
fn what_hooks_print_is_shown() {
    let project = outdated();
    program(&project, ".git/hooks/pre-commit", "echo to the output\necho to the errors >&2\n");
    program(&project, ".git/hooks/commit-msg", "echo about the message\n");
    program(&project, ".git/hooks/post-commit", "echo afterwards\nexit 1\n");
    let lines = "  git: to the output\n  git: to the errors\n  git: about the message\n  git: afterwards\n";
    let outcome = project.upgrade("--json").ends_with(0).says(lines);
    serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap();
    // A run that commits otherwise, and one that prints errors only.
    project.offer(&Scaffold::new("3.0.0").file("a.txt", "three\n").file("new.txt", "new\n"));
    assert_eq!(project.upgrade("-q").ends_with(0).stderr, "");
    project
        .treenail("new shop/other --scaffold scaffold --defaults --set app=other")
        .ends_with(0)
        .says(lines);
    project.edit("a.txt", "mine\n");
    project.offer(&Scaffold::new("4.0.0").file("a.txt", "four\n").file("new.txt", "new\n"));
    project.upgrade("--conflicts=markers").ends_with(3);
    project.write("a.txt", "resolved\n");
    project.git("add a.txt");
    project.upgrade("--continue").ends_with(0).says(lines);
}

#[test]
fn a_hook_that_fails_is_quoted_and_one_without_a_word_too() {
    let project = outdated();
    program(&project, ".git/hooks/pre-commit", "echo checking\necho wrong >&2\nexit 3\n");
    project.upgrade("").ends_with(1).says("`git commit` failed\ncaused by: checking\n  wrong\n");
    program(&project, ".git/hooks/pre-commit", "exit 3\n");
    project.upgrade("").ends_with(1).says("`git commit` failed\ncaused by: exit status: 1\n");
}

#[test]
fn what_hooks_print_cannot_control_the_terminal_or_fill_it() {
    for code in [0, 1] {
        let project = outdated();
        let script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done\n\
                      printf '\\033]0;title\\007\\033[31merror: made up\\n'\n";
        program(&project, ".git/hooks/pre-commit", &format!("{script}exit {code}\n"));
        let outcome = project.upgrade("").ends_with(code).says("·]0;title··[31merror: made up\n");
        let outcome = outcome.says("(only the end is shown)\n").says("line 2999\n");
        assert!(!outcome.stderr.contains("line 2900\n"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains('\u{1b}'));
        assert!(!outcome.stderr.lines().any(|line| line.starts_with("error: made up")));
    }
}

#[test]
fn what_a_hook_formats_is_the_user_s_edit_next_time() {
    let project = outdated();
    program(&project, ".git/hooks/pre-commit", "echo formatted >>a.txt && git add a.txt\n");
    project.upgrade("").ends_with(0);
    assert_eq!((project.read("a.txt"), project.status()), ("two\nformatted\n".to_owned(), String::new()));
    project.remove(".git/hooks/pre-commit");
    project.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    project.refused("", 0).says("nothing to do");
}
