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
fn hooks_about_commits_are_not_run_for_a_branch() {
    let project = outdated();
    program(&project, ".git/hooks/pre-commit", "exit 1\n");
    project.upgrade("--branch later").ends_with(0);
    assert_eq!(project.git("show later:a.txt"), "two");
    project.assert_clean();
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
