//! What the verbs that change what runs say about it: in a dry run, and in the body of a pull request.

use serde_json::Value;

use crate::daily::shop::{MANIFESTS, SOURCE, Shop};

/// A service with a release in each environment.
fn released() -> (Shop, String) {
    let shop = Shop::new();
    let source = shop.head(SOURCE);
    shop.request("1.3.0", &source);
    shop.deploy("staging", "1.3.0", &source);
    shop.deploy("production", "1.2.0", &source);
    shop.deploy("staging", "1.4.0", &crate::daily::shop::revision(4));
    shop.home.git(MANIFESTS, "push -q");
    (shop, source)
}

#[track_caller]
fn dry(shop: &Shop, arguments: &str) -> String {
    shop.treenail(&format!("{arguments} --dry-run")).run().ends_with(0).stdout
}

#[test]
fn a_dry_run_says_what_merging_does() {
    let (shop, source) = released();
    let found = dry(&shop, &format!("release 1.5.0 --revision {source}"));
    assert!(
        found.contains(
            "merging this builds shop 1.5.0 once, then rolls shop-staging (2 Pods), leaves production alone\n"
        ),
        "{found}"
    );
    assert!(
        found.contains("  then: Job `release-trigger` of `shop-delivery` starts the Pipeline `release` once"),
        "{found}"
    );
    assert!(
        dry(&shop, "promote staging production").contains("merging this rolls shop-production (2 Pods)\n")
    );
    assert!(dry(&shop, "rollback staging").contains("merging this rolls shop-staging (2 Pods)"));
    let json = dry(&shop, "promote staging production --json");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["effect"]["summary"], "merging this rolls shop-production (2 Pods)");
    // It is that of the commit on top of HEAD: what is edited elsewhere is no part of it.
    shop.home.write(&format!("{MANIFESTS}/deploy/base/service.yaml"), "broken: [\n");
    assert!(
        dry(&shop, "promote staging production").contains("merging this rolls shop-production (2 Pods)\n")
    );
}

#[test]
fn what_fails_and_is_left_to_do_is_said() {
    let (shop, _) = released();
    // Production may not use what it has no room for.
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: bounds\n  namespace: shop-production\nspec:\n  hard:\n    pods: \"2\"\n";
    shop.commit(MANIFESTS, "argocd/bounds.yaml", quota, "bounds");
    let found = dry(&shop, "promote staging production");
    assert!(found.contains("merging this gets Pods refused in shop-production\n"), "{found}");
    assert!(
        found.contains(
            "  fails: `shop-production`: Deployment (apps) `shop-production/shop`: its new Pods are refused"
        ),
        "{found}"
    );
}

#[test]
fn no_verb_fails_for_its_plan() {
    let (shop, _) = released();
    // Manifests that cannot be read at all.
    shop.commit(MANIFESTS, "argocd/broken.yaml", "a: [\n", "broken");
    let found = dry(&shop, "promote staging production");
    assert!(found.contains("merging this rolls shop-production (2 Pods)\n"), "{found}");
}

#[test]
fn a_pull_request_has_the_plan_in_its_body() {
    let (shop, _) = released();
    let kept = shop.home.path("gh-arguments");
    shop.hook(
        "bin",
        "gh",
        &format!(
            "printf '%s\\n' \"$@\" > {}\necho https://github.com/acme/shop-gitops/pull/1",
            kept.display()
        ),
    );
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_treenail")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", shop.home.path("bin").display(), binary.display());
    shop.treenail("promote staging production --pr").with("PATH", &path).run().ends_with(0);
    let arguments = shop.home.read("gh-arguments");
    assert!(arguments.contains("\n**merging this rolls shop-production (2 Pods)**\n"), "{arguments}");
    assert!(arguments.contains("<details>") && arguments.contains("</details>"), "{arguments}");
    assert!(!arguments.contains("<!-- treenail plan -->"), "{arguments}");
}
