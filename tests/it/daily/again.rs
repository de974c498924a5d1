//! The same command once more, somebody else meanwhile, and what came back.

use std::fs;

use crate::daily::shop::{MANIFESTS, Shop, image_file, revision};

/// With a release in both environments, and the next one in staging.
fn shop() -> Shop {
    let shop = Shop::new();
    for tag in 1..=2 {
        let tag = (format!("1.{tag}.0"), revision(tag));
        shop.deploy("staging", &tag.0, &tag.1);
        shop.deploy("production", &tag.0, &tag.1);
    }
    shop.deploy("staging", "1.3.0", &revision(3));
    shop.home.git(MANIFESTS, "push -q");
    shop
}

fn subjects(shop: &Shop, count: usize) -> String {
    shop.home.git(MANIFESTS, &format!("log -{count} --format=%s"))
}

fn pushed(shop: &Shop) -> String {
    shop.home.git(&format!("{MANIFESTS}.git"), "rev-parse main")
}

/// Runs the command while pushes are refused, and then once more.
#[track_caller]
fn refused_and_again(shop: &Shop, arguments: &str) -> String {
    let hook = format!("{MANIFESTS}.git/hooks/pre-receive");
    shop.hook(&format!("{MANIFESTS}.git"), "hooks/pre-receive", "exit 1");
    shop.treenail(arguments).run().ends_with(1);
    fs::remove_file(shop.home.path(&hook)).unwrap();
    let commit = shop.head(MANIFESTS);
    let output = shop.treenail(arguments).run().ends_with(0);
    assert_eq!(shop.head(MANIFESTS), commit, "{}", output.stderr);
    assert_eq!(pushed(shop), commit, "{}", output.stderr);
    output.stderr
}

#[test]
fn a_promotion_whose_push_failed_is_pushed() {
    let shop = shop();
    refused_and_again(&shop, "promote --push");
    assert_eq!(subjects(&shop, 1), "promote: shop 1.3.0 to production");
}

#[test]
fn a_rollback_whose_push_failed_is_pushed_and_not_done_twice() {
    let shop = shop();
    let said = refused_and_again(&shop, "rollback production --push");
    assert!(said.contains("note: `production` is rolled back to `1.1.0` already, by commit "), "{said}");
    assert_eq!(subjects(&shop, 1), "rollback: shop to 1.1.0 in production");
    // Once it is pushed, there is nothing before.
    shop.treenail("rollback production --push").run().ends_with(5);
}

#[test]
fn without_a_push_a_second_rollback_is_refused() {
    let shop = shop();
    shop.treenail("rollback staging").run().ends_with(0);
    let output = shop.treenail("rollback staging").run().ends_with(5);
    assert!(output.stderr.contains("hint: --to TAG goes further back\n"), "{}", output.stderr);
    shop.treenail("rollback staging --to 1.1.0").run().ends_with(0);
}

/// What is promoted must still be there.
#[test]
fn a_release_that_somebody_withdraws_meanwhile_is_not_promoted() {
    let shop = shop();
    let [remote, flag] = [format!("{MANIFESTS}.git"), "once".to_owned()].map(|path| shop.home.path(&path));
    shop.home.git(".", &format!("clone -q {} other", remote.display()));
    let other = shop.home.path("other");
    shop.hook(
        MANIFESTS,
        ".git/hooks/pre-push",
        &format!(
            "[ -e {0} ] && exit 0\ntouch {0}\nunset GIT_DIR\ncd {1}\n\
             git show HEAD~1:{2} > /dev/null\ngit checkout -q HEAD~2 -- {2}\n\
             git -c user.name=a -c user.email=a@example.com commit -qm withdraw\ngit push -q",
            flag.display(),
            other.display(),
            image_file("staging"),
        ),
    );
    let output = shop.treenail("promote --push").run().ends_with(1);
    assert!(output.stderr.contains(", which it was made from, has changed there"), "{}", output.stderr);
    assert!(flag.exists());
}

#[test]
fn after_a_rollback_the_older_release_is_not_due() {
    let shop = shop();
    shop.treenail("promote").run().ends_with(0);
    shop.treenail("rollback staging").run().ends_with(0);
    let output = shop.treenail("promote --yes").run().ends_with(0);
    assert!(output.stderr.contains("nothing to promote"), "{}", output.stderr);
    let output = shop.treenail("promote staging production").run().ends_with(5);
    assert!(output.stderr.contains("`production` has a newer release than `staging`"), "{}", output.stderr);
    let behind = |at: usize| {
        let output = shop.treenail("releases --json").run().ends_with(0);
        let shape: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        shape["environments"][at]["behind"].as_u64()
    };
    assert_eq!((behind(0), behind(1)), (Some(0), Some(0)));
    shop.treenail("promote staging production --back").run().ends_with(0);
}

#[test]
fn a_shallow_clone_does_not_guess() {
    let shop = shop();
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(".", &format!("clone -q --depth 1 file://{} shallow", remote.display()));
    let run = |arguments: &str, code: i32| {
        let output = shop.home.treenail(arguments).inside("shallow").run().ends_with(code);
        assert!(output.stderr.contains("git fetch --unshallow"), "{arguments}: {}", output.stderr);
    };
    run("promote staging production", 5);
    run("rollback staging", 5);
    shop.home.treenail("promote staging production --back").inside("shallow").run().ends_with(0);
}
