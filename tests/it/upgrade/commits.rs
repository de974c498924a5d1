//! Hooks and signatures, as for any other commit of the user's.

use crate::upgrade::project::{Place, assert_unchanged};
use crate::upgrade::scaffold::Scaffold;

fn outdated() -> Place {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n");
    let place = Place::of(&v1);
    place.offer(&v1.version("2.0.0").file("a.txt", "two\n").file("new.txt", "new\n"));
    place
}

fn program(place: &Place, path: &str, script: &str) {
    place.write(path, format!("#!/bin/sh\n{script}"));
    place.set_mode(path, 0o755);
}

/// Commits are signed by a program that does `script`.
fn signing(place: &Place, script: &str) {
    program(place, ".git/signer", script);
    place.git("config commit.gpgSign true");
    place.git(&format!("config gpg.program {}", place.path(".git/signer").display()));
}

const SIGN: &str = "echo '[GNUPG:] SIG_CREATED ' >&2\ncat >/dev/null\necho signature\n";

#[test]
fn an_upgrade_is_signed_where_commits_are() {
    for (arguments, revision) in [("", "HEAD"), ("--branch later", "later")] {
        let place = outdated();
        signing(&place, SIGN);
        place.upgrade(arguments).ends_with(0);
        assert!(
            place.git(&format!("cat-file commit {revision}")).contains("gpgsig signature"),
            "{arguments}"
        );
        place.assert_clean();
    }
    let place = outdated();
    place.edit("a.txt", "mine\n");
    signing(&place, SIGN);
    place.upgrade("--conflicts=markers").ends_with(3);
    place.edit("a.txt", "resolved\n");
    assert!(place.git("cat-file commit HEAD").contains("gpgsig signature"));
}

#[test]
fn a_signature_that_fails_leaves_everything_as_it_was() {
    for arguments in ["", "--branch later"] {
        let place = outdated();
        signing(&place, "echo no key >&2\nexit 1\n");
        let (files, head, index) = (place.files(), place.head(), place.git("ls-files --stage"));
        place.upgrade(arguments).ends_with(1).says("failed to sign");
        assert_unchanged(&files, &place.files());
        assert_eq!((place.head(), place.git("ls-files --stage")), (head, index));
        assert_eq!(place.git("for-each-ref --format=%(refname)"), "refs/heads/trunk");
        place.assert_clean();
    }
}

#[test]
fn hooks_see_the_upgrade_and_have_their_say() {
    let place = outdated();
    program(&place, ".git/hooks/pre-commit", "git status --porcelain >../seen\n");
    program(&place, ".git/hooks/commit-msg", "printf '\\nChecked-by: hook\\n' >>\"$1\"\n");
    program(&place, ".git/hooks/post-commit", "git log -1 --format=%s >../after\n");
    place.write("untracked.txt", "mine\n");
    place.upgrade("").ends_with(0);
    let seen = "M  .treenail/answers.yaml\nM  .treenail/base\nM  a.txt\nA  new.txt\n?? untracked.txt\n";
    assert_eq!(place.home.read("seen"), seen);
    assert!(place.git("log -1 --format=%B").ends_with("Checked-by: hook"));
    assert!(place.home.read("after").contains("scaffold web 1.0.0 -> 2.0.0"));
    assert_eq!(place.status(), "?? untracked.txt");
}

/// A branch aside has no index and no work tree for hooks about commits to look at.
#[test]
fn hooks_about_commits_are_not_run_for_a_branch() {
    let place = outdated();
    program(&place, ".git/hooks/pre-commit", "exit 1\n");
    place.upgrade("--branch later").ends_with(0);
    assert_eq!(place.git("show later:a.txt"), "two");
    place.assert_clean();
}

#[test]
fn what_a_hook_formats_is_the_user_s_edit_next_time() {
    let place = outdated();
    program(&place, ".git/hooks/pre-commit", "echo formatted >>a.txt && git add a.txt\n");
    place.upgrade("").ends_with(0);
    assert_eq!((place.read("a.txt"), place.status()), ("two\nformatted\n".to_owned(), String::new()));
    place.remove(".git/hooks/pre-commit");
    place.treenail("status shop --scaffold scaffold").ends_with(0).prints("edited   a.txt");
    place.refused("", 0).says("nothing to do");
}
