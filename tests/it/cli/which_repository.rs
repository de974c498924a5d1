//! Directories in the work tree of a repository that `new` must not commit to unasked: one that ignores them, and the
//! source's own.

use std::fs;

use crate::common::home::Home;

const SHOP: &str = "--defaults --app shop --source-repo https://github.com/acme/shop.git";

/// A repository with one commit, a remote and a Dockerfile.
fn repository(home: &Home, dir: &str, remote: &str) {
    home.repository(dir);
    home.git(dir, &format!("remote add origin {remote}"));
    home.write(&format!("{dir}/Dockerfile"), "FROM scratch\nEXPOSE 8080\n");
    home.git(dir, "add .");
    home.git(dir, "commit -q -m source");
}

#[track_caller]
fn refused(home: &Home, arguments: &str, text: &str) -> String {
    let before = home.everything();
    let output = home.treenail(arguments).run().ends_with(5);
    assert_eq!(home.everything(), before, "{arguments}");
    assert!(output.stderr.contains(text), "{arguments}\n{}", output.stderr);
    output.stderr
}

#[track_caller]
fn assert_separate(home: &Home, outer: &str, dir: &str) {
    assert_eq!(home.git(dir, "rev-list --count HEAD"), "1", "{dir}");
    assert_eq!(home.git(dir, "status --porcelain"), "", "{dir}");
    assert_eq!(home.git(outer, "rev-list --count HEAD"), "1", "{outer}");
    assert_eq!(home.git(outer, "status --porcelain"), "", "{outer}");
    assert!(home.read(&format!("{dir}/.treenail/answers.yaml")).contains("\ndirectory: \"\"\n"));
}

/// Each way in which Git can be told to ignore a folder, and a folder that it ignores then.
#[test]
fn an_ignored_folder() {
    for (file, rules, dir) in [
        (".gitignore", "/work/\n", "work/shop"),
        (".gitignore", "*\n!.gitignore\n", "shop"),
        (".gitignore", "shop\n", "shop"),
        (".git/info/exclude", "work\n", "work/a/b/shop"),
        ("../excludes", "work/\n", "work/shop"),
        ("work/.gitignore", "*\n", "work/shop"),
        ("work/shop/.gitignore", "*\n", "work/shop"),
    ] {
        let home = Home::new();
        repository(&home, "outer", "https://github.com/acme/outer.git");
        home.write(&format!("outer/{file}"), rules);
        if file == "../excludes" {
            let excludes = home.path("excludes");
            home.git("outer", &format!("config core.excludesFile {}", excludes.display()));
        } else if file == ".gitignore" {
            home.git("outer", "add -f .gitignore");
            home.git("outer", "commit -q --amend -m outer");
        }
        let new = format!("new outer/{dir} {SHOP}");
        let text = format!("outer` ignores `outer/{dir}`");
        let said = refused(&home, &new, &text);
        for hint in ["--repository separate", "--repository enclosing"] {
            assert!(said.contains(hint), "{said}");
        }
        refused(&home, &format!("{new} --dry-run"), &text);
        refused(&home, &format!("{new} --no-commit"), &text);
        if file == "work/shop/.gitignore" {
            refused(&home, &format!("{new} --repository separate"), "is not empty");
            fs::remove_file(home.path("outer/work/shop/.gitignore")).unwrap();
            fs::write(home.path("outer/.git/info/exclude"), "work\n").unwrap();
        }
        let output = home.treenail(&format!("{new} --repository separate")).run().ends_with(0);
        assert!(output.stderr.contains("--repository separate"), "{}", output.stderr);
        assert_separate(&home, "outer", &format!("outer/{dir}"));
        assert_eq!(home.git(&format!("outer/{dir}"), "remote -v").lines().count(), 2);
    }
}

#[test]
fn an_ignored_folder_that_the_enclosing_repository_is_to_have() {
    let home = Home::new();
    repository(&home, "outer", "https://github.com/acme/outer.git");
    home.write("outer/.git/info/exclude", "work\n");
    let new = format!("new outer/work/shop {SHOP}");
    let output = home.treenail(&format!("{new} --repository enclosing")).run().ends_with(0);
    assert!(output.stderr.contains("--repository enclosing"), "{}", output.stderr);
    assert_eq!(home.git("outer", "rev-list --count HEAD"), "2");
    assert!(!home.path("outer/work/shop/.git").exists());
    home.treenail("status").inside("outer/work/shop").run().ends_with(0);
}

/// A rule that is about some files, or not about this folder, does not ignore it.
#[test]
fn a_folder_that_is_not_ignored() {
    for rules in ["*.log\n", "/other/\n", "work/*\n!work/shop/\n", "README.md\n", "*.yaml\n"] {
        let home = Home::new();
        repository(&home, "outer", "https://github.com/acme/outer.git");
        home.write("outer/.git/info/exclude", rules);
        home.treenail(&format!("new outer/work/shop {SHOP}")).run().ends_with(0);
        assert_eq!(home.git("outer", "rev-list --count HEAD"), "2", "{rules}");
        let home = Home::new();
        repository(&home, "outer", "https://github.com/acme/outer.git");
        home.write("outer/.git/info/exclude", rules);
        let separate = format!("new outer/work/shop {SHOP} --repository separate");
        refused(&home, &separate, "does not ignore `work/shop/`");
    }
}

#[test]
fn a_repository_that_ignores_its_own_root() {
    let home = Home::new();
    home.repository("outer");
    home.write("outer/.git/info/exclude", "*\n");
    let said = refused(&home, &format!("new outer {SHOP}"), "ignores new files in `outer`");
    assert!(!said.contains("separate"), "{said}");
    refused(&home, &format!("new outer {SHOP} --repository separate"), "is a Git repository already");
    home.treenail(&format!("new outer {SHOP} --repository enclosing")).run().ends_with(0);
    assert_eq!(home.git("outer", "status --porcelain"), "");
}

#[test]
fn the_choice_must_be_possible() {
    let home = Home::new();
    refused(&home, &format!("new shop {SHOP} --repository enclosing"), "`shop` is not in a Git repository");
    home.treenail(&format!("new shop {SHOP} --repository separate")).run().ends_with(0);
    assert_eq!(home.git("shop", "rev-list --count HEAD"), "1");
}

/// However the remote is spelled, and whatever folder it is.
#[test]
fn a_checkout_of_the_source() {
    for (remote, dir) in [
        ("https://github.com/acme/shop.git", "code/deploy"),
        ("git@github.com:acme/shop.git", "code"),
        ("ssh://git@GitHub.com/acme/shop", "code/a/b"),
        ("https://user@github.com/Acme/Shop", "code/deploy"),
    ] {
        let home = Home::new();
        repository(&home, "code", remote);
        let new = format!("new {dir} {SHOP}");
        let said = refused(&home, &new, "a checkout of the source repository");
        for hint in ["code-gitops`", "--repository enclosing"] {
            assert!(said.contains(hint), "{said}");
        }
        refused(&home, &format!("{new} --dry-run"), "a checkout of the source repository");
        home.treenail(&format!("{new} --repository enclosing")).run().ends_with(0);
        assert_eq!(home.git("code", "rev-list --count HEAD"), "2");
    }
}

/// The checkout of a fork, whose second remote is the source.
#[test]
fn a_checkout_with_another_remote() {
    let home = Home::new();
    repository(&home, "code", "https://github.com/bob/shop.git");
    home.git("code", "remote add upstream git@github.com:acme/shop.git");
    refused(&home, &format!("new code/deploy {SHOP}"), "a checkout of the source repository");
}

#[test]
fn a_remote_that_git_rewrites_to_the_source() {
    let home = Home::new();
    repository(&home, "code", "gh:acme/shop");
    home.git("code", "config url.https://github.com/.insteadOf gh:");
    refused(&home, &format!("new code/deploy {SHOP}"), "a checkout of the source repository");
}

/// Whoever names the source repository as that of the manifests has decided.
#[test]
fn a_shared_repository_that_was_chosen() {
    let home = Home::new();
    repository(&home, "code", "https://github.com/acme/shop.git");
    let other = "--manifest-repo https://github.com/acme/shop-gitops.git";
    refused(&home, &format!("new code/deploy {SHOP} {other}"), "a checkout of the source repository");
    let same = "--manifest-repo git@github.com:acme/shop.git";
    home.treenail(&format!("new code/deploy {SHOP} {same}")).run().ends_with(0);
    assert_eq!(home.git("code", "rev-list --count HEAD"), "2");
}

/// The source is detected, too.
#[test]
fn a_folder_of_the_source_that_the_user_stands_in() {
    let home = Home::new();
    repository(&home, "shop", "https://github.com/acme/shop.git");
    let before = home.everything();
    home.treenail("new deploy --defaults").inside("shop").run().ends_with(5).snapshot("in-the-source");
    assert_eq!(home.everything(), before);
    home.treenail("new ../shop-gitops --defaults").inside("shop").run().ends_with(0);
}

#[test]
fn an_ignored_folder_of_the_source() {
    let home = Home::new();
    repository(&home, "shop", "https://github.com/acme/shop.git");
    home.write("shop/.git/info/exclude", "deploy\n");
    let before = home.everything();
    home.treenail("new deploy --defaults").inside("shop").run().ends_with(5).snapshot("in-an-ignored-folder");
    assert_eq!(home.everything(), before);
    home.treenail("new deploy --defaults --repository separate").inside("shop").run().ends_with(0);
    assert_separate(&home, "shop", "shop/deploy");
    let answers = home.read("shop/deploy/.treenail/answers.yaml");
    assert!(answers.contains("source-repo: https://github.com/acme/shop.git"), "{answers}");
    assert!(answers.contains("manifest-repo: https://github.com/acme/shop-gitops.git"), "{answers}");
}
