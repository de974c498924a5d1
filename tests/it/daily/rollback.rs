//! `treenail rollback`.

use crate::daily::shop::{MANIFESTS, Shop, image, image_file, revision};

const RELEASE_FILE: &str = "delivery/release/release.env";

fn image_of(shop: &Shop, environment: &str) -> String {
    shop.home.read(&format!("{MANIFESTS}/{}", image_file(environment)))
}

/// Three releases in both environments, and requested.
fn shop() -> Shop {
    let shop = Shop::new();
    for number in 1..4 {
        let tag = format!("1.{number}.0");
        shop.request(&tag, &revision(number));
        shop.deploy("staging", &tag, &revision(number));
        shop.deploy("production", &tag, &revision(number));
    }
    shop.home.git(MANIFESTS, "push -q");
    shop
}

#[test]
fn to_what_was_there_before() {
    let shop = shop();
    let output = shop.treenail("rollback production").run().ends_with(0);
    assert!(
        output
            .stdout
            .starts_with("roll shop back in production from 1.3.0 to 1.2.0, by Acme on 2026-01-02, commit ")
    );
    assert_eq!(image_of(&shop, "production"), image("1.2.0", &revision(2)));
    let shown = shop.home.git(MANIFESTS, "show --format=%s --name-only HEAD");
    assert_eq!(shown, format!("rollback: shop to 1.2.0 in production\n\n{}", image_file("production")));
    // Once that is pushed, once more goes further back, not forth.
    shop.home.git(MANIFESTS, "push -q");
    shop.treenail("rollback production").run().ends_with(0);
    assert_eq!(image_of(&shop, "production"), image("1.1.0", &revision(1)));
    shop.home.git(MANIFESTS, "push -q");
    let output = shop.treenail("rollback production").run().ends_with(5);
    assert!(
        output.stderr.starts_with("error: `production` had nothing else before\n  1.2.0, by "),
        "{}",
        output.stderr
    );
    shop.treenail("rollback production --to 1.3.0").run().ends_with(0);
    assert_eq!(image_of(&shop, "production"), image("1.3.0", &revision(3)));
}

#[test]
#[ignore = "takes long"]
fn the_plain_commands_do_the_same() {
    let shop = shop();
    shop.assert_same_as_plain("rollback production --push");
    shop.assert_same_as_plain("rollback production --to 1.3.0 --push");
    shop.assert_same_as_plain("rollback staging --push");
}

/// Or else a run that is late, or that starts anew, would deploy the newer release again.
#[test]
fn the_first_environment_takes_its_request_back() {
    let shop = shop();
    let output = shop.treenail("rollback staging").run().ends_with(0);
    assert!(
        output.stderr.contains(&format!("note: this empties `{RELEASE_FILE}` as well, so that")),
        "{}",
        output.stderr
    );
    assert_eq!(shop.home.read(&format!("{MANIFESTS}/{RELEASE_FILE}")), "IMAGE_TAG=\nSOURCE_REVISION=\n");
    assert_eq!(image_of(&shop, "staging"), image("1.2.0", &revision(2)));
    let names = shop.home.git(MANIFESTS, "show --format= --name-only HEAD");
    assert_eq!(names, format!("{RELEASE_FILE}\n{}", image_file("staging")));
    // The last release is still known.
    shop.treenail("release").run().ends_with(0);
    assert!(shop.home.read(&format!("{MANIFESTS}/{RELEASE_FILE}")).starts_with("IMAGE_TAG=1.3.1\n"));
    // What is requested already stays requested.
    shop.deploy("staging", "9.0.0", &revision(9));
    shop.request("1.2.0", &revision(2));
    let output = shop.treenail("rollback staging").run().ends_with(0);
    assert!(!output.stderr.contains("this empties"), "{}", output.stderr);
    assert!(shop.home.read(&format!("{MANIFESTS}/{RELEASE_FILE}")).starts_with("IMAGE_TAG=1.2.0\n"));
}

#[test]
fn it_says_what_else_was_different_then() {
    let shop = shop();
    let base = "deploy/overlays/production/settings/kustomization.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{base}"));
    shop.commit(MANIFESTS, base, &format!("{text}# more\n"), "more");
    let output = shop.treenail("rollback production").run().ends_with(0);
    let expected = format!("  not rolled back, and changed since then:\n    {base}\n    git diff ");
    assert!(output.stdout.contains(&expected), "{}", output.stdout);
    let command = output.stdout.lines().last().unwrap().trim().strip_prefix("git ").unwrap();
    assert!(shop.home.git(MANIFESTS, command).contains("+# more"), "{command}");
}

#[test]
fn what_it_cannot_go_back_to() {
    let shop = shop();
    for (arguments, code, expected) in [
        (
            "rollback production --to 0.1.0",
            5,
            "error: `production` had no release `0.1.0` before\n  1.2.0, by Acme on",
        ),
        ("rollback production --to 1.3.0", 5, "error: `production` has `1.3.0` now\n"),
        ("rollback nowhere", 2, "error: `nowhere` is not an environment"),
    ] {
        let output = shop.treenail(arguments).run().ends_with(code);
        assert!(output.stderr.starts_with(expected), "{}", output.stderr);
    }
    let shop = Shop::new();
    let output = shop.treenail("rollback production").run().ends_with(5);
    assert_eq!(output.stderr, "error: `production` has no release yet\n");
    shop.deploy("production", "1.0.0", &revision(1));
    let output = shop.treenail("rollback production").run().ends_with(5);
    assert!(
        output.stderr.starts_with("error: `production` had nothing else before\nhint: `treenail releases`")
    );
}

/// Not `git revert`, which conflicts here.
#[test]
fn over_changes_that_came_after() {
    let shop = shop();
    let bad = shop.head(MANIFESTS);
    let later = image("1.3.0", &revision(3)).replace("  digest:", "  # a word\n  digest:");
    shop.commit(MANIFESTS, &image_file("production"), &later, "a word");
    let revert = shop
        .home
        .command("git")
        .arg("-C")
        .arg(shop.home.path(MANIFESTS))
        .args(["revert", "--no-edit", &bad])
        .output();
    assert!(!revert.unwrap().status.success());
    shop.home.git(MANIFESTS, "revert --abort");
    shop.treenail("rollback production --to 1.2.0").run().ends_with(0);
    assert_eq!(image_of(&shop, "production"), image("1.2.0", &revision(2)));
}
