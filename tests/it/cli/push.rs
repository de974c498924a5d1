//! `--push`, to a remote that is a folder.

use std::fs;

use crate::cli::new::SHOP;
use crate::common::home::Home;

/// An empty repository whose origin is the bare repository `remote.git`.
fn repository_with_remote(home: &Home) {
    fs::create_dir(home.path("remote.git")).unwrap();
    home.git("remote.git", "init -q --bare");
    home.repository("shop");
    home.git("shop", &format!("remote add origin {}", home.path("remote.git").display()));
}

#[test]
fn pushes_the_commit() {
    let home = Home::new();
    repository_with_remote(&home);
    let manifest = "--manifest-repo https://github.com/acme/shop-gitops.git";
    let output = home.treenail(&format!("{SHOP} {manifest} --push")).run().ends_with(0);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("\u{2713} pushed trunk\n"), "{}", output.stderr);
    assert!(!output.stderr.contains(". push:"), "{}", output.stderr);
    assert_eq!(home.git("remote.git", "rev-parse trunk"), home.git("shop", "rev-parse HEAD"));
    assert_eq!(home.git("shop", "rev-parse --abbrev-ref trunk@{upstream}"), "origin/trunk");
}

#[test]
fn json_stays_alone_on_standard_output() {
    let home = Home::new();
    repository_with_remote(&home);
    let output = home.treenail(&format!("{SHOP} --push --json")).run().ends_with(0);
    serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap();
}

#[test]
fn a_push_that_fails_keeps_the_commit() {
    let home = Home::new();
    repository_with_remote(&home);
    fs::remove_dir_all(home.path("remote.git")).unwrap();
    let output = home.treenail(&format!("{SHOP} --push")).run().ends_with(1);
    let (_, output) = output.stderr.split_once("error: ").unwrap();
    assert_eq!(
        home.normalised(output),
        "`trunk` was committed, but could not be pushed to `origin`\nhint: fix what Git reports, then run `git -C \
         [DIR]/shop push --set-upstream origin trunk`\n"
    );
    assert_eq!(home.git("shop", "log --format=%s"), "treenail: create shop from scaffold service 2.0.0");
    assert_eq!(home.git("shop", "status --porcelain"), "");
}
