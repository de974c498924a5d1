//! The chain of a generated repository: release, run, commit, sync.

use super::{Planned, texts};
use crate::daily::shop::{MANIFESTS, Shop};

#[track_caller]
fn plan(shop: &Shop, range: &str) -> Planned {
    let outcome = shop.home.treenail(&format!("plan {range} --json")).inside(MANIFESTS).run().ends_with(0);
    Planned(serde_json::from_str(&outcome.stdout).unwrap())
}

#[test]
fn a_release_is_followed_to_its_end() {
    let shop = Shop::new();
    let source = shop.head(crate::daily::shop::SOURCE);
    shop.request("1.4.0", &source);
    let found = plan(&shop, "HEAD~1..HEAD");
    assert_eq!(
        found.summary(),
        "merging this builds shop 1.4.0 once, then syncs shop-staging, leaves production alone"
    );
    let chain: Vec<_> =
        found.0["chain"].as_array().unwrap().iter().map(|it| it["words"].as_str().unwrap()).collect();
    let start = format!(
        "Job `release-trigger` of `shop-delivery` starts the Pipeline `release` once with IMAGE_TAG=1.4.0, SOURCE_REVISION={}",
        &source[..10]
    );
    let end = "the Pipeline commits `deploy/overlays/staging/image/kustomization.yaml`: Application `shop-staging` syncs by itself";
    assert_eq!(chain, [start.as_str(), end]);
    // The pipeline commits, and the environment follows.
    shop.deploy("staging", "1.4.0", &source);
    let found = plan(&shop, "HEAD~1..HEAD");
    assert_eq!(found.summary(), "merging this syncs shop-staging, leaves production alone");
    assert_eq!(found.0["chain"], serde_json::json!([]));
    // Another release finds Pods to roll.
    shop.request("1.5.0", &source);
    let found = plan(&shop, "HEAD~1..HEAD");
    assert!(
        found.summary().contains("builds shop 1.5.0 once, then rolls shop-staging ("),
        "{}",
        found.summary()
    );
}

#[test]
fn what_starts_nothing_says_so() {
    let shop = Shop::new();
    let path = "delivery/pipeline/pipeline.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{path}"));
    shop.commit(
        MANIFESTS,
        path,
        &text.replacen("spec:\n", "spec:\n  description: ours\n", 1).replacen(
            "  description: ours\n  description:",
            "  description: ours,",
            1,
        ),
        "pipeline",
    );
    let found = plan(&shop, "HEAD~1..HEAD");
    let words = found.0["chain"][0]["words"].as_str().unwrap_or_else(|| panic!("{:#}", found.0));
    assert_eq!(words, "Job `release-trigger` of `shop-delivery` starts nothing: no release is requested yet");
    assert_eq!(found.summary(), "merging this syncs shop-delivery, leaves production alone");
}

#[test]
fn a_run_of_the_same_name_is_not_built_again() {
    let shop = Shop::new();
    let source = shop.head(crate::daily::shop::SOURCE);
    shop.request("1.4.0", &source);
    let path = "delivery/release/trigger.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{path}"));
    let more = "        - name: CHANNEL\n          valueFrom:\n            configMapKeyRef:\n              name: release-request\n              \
                key: CHANNEL\n              optional: true\n        - name: TEMPLATE\n";
    shop.commit(MANIFESTS, path, &text.replace("        - name: TEMPLATE\n", more), "trigger: a channel");
    let request = "delivery/release/release.env";
    let known = shop.home.read(&format!("{MANIFESTS}/{request}"));
    // Another value, and the same tag and commit: the trigger finds its run.
    shop.commit(MANIFESTS, request, &format!("{known}CHANNEL=beta\n"), "a channel");
    let found = plan(&shop, "HEAD~1..HEAD");
    assert_eq!(found.summary(), "merging this syncs shop-delivery, leaves production alone");
    let step = &found.0["chain"][0];
    let words = step["words"].as_str().unwrap_or_else(|| panic!("{:#}", found.0));
    assert!(words.contains(" starts nothing: the run for this release exists already with "), "{words}");
    assert_eq!(step["startsRun"], false);
    // Another tag is another run.
    shop.request("1.5.0", &source);
    let found = plan(&shop, "HEAD~1..HEAD");
    assert!(found.summary().starts_with("merging this builds shop 1.5.0 once"), "{}", found.summary());
    // The run of a release that was requested before is there, unless somebody deleted it; comments do not matter.
    let values = format!("IMAGE_TAG=1.4.0\nSOURCE_REVISION={source}\nCHANNEL=beta\n");
    shop.commit(MANIFESTS, request, &values, "1.4.0 again");
    let found = plan(&shop, "HEAD~1..HEAD");
    assert!(!found.summary().contains("builds"), "{}", found.summary());
    let step = &found.0["chain"][0];
    assert_eq!(step["startsRun"], false);
    let words = step["words"].as_str().unwrap();
    assert!(
        words.contains(" finds the run of an earlier commit there already, unless somebody deleted it"),
        "{words}"
    );
}

#[test]
fn what_waits_or_fails_builds_nothing_by_itself() {
    let shop = Shop::new();
    let source = shop.head(crate::daily::shop::SOURCE);
    let path = "argocd/delivery.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{path}"));
    shop.commit(MANIFESTS, path, &text.replace("enabled: true", "enabled: false"), "by hand");
    shop.request("1.4.0", &source);
    let found = plan(&shop, "HEAD~1..HEAD");
    assert_eq!(
        found.summary(),
        "merging this leaves waiting for a person shop-delivery, leaves production alone"
    );
    let words = found.0["chain"][0]["words"].as_str().unwrap_or_else(|| panic!("{:#}", found.0));
    assert!(
        words.starts_with("once somebody syncs, Job `release-trigger` of `shop-delivery` starts"),
        "{words}"
    );
    // A sync that fails runs no trigger.
    let pipeline = "delivery/pipeline/pipeline.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{pipeline}"));
    shop.commit(
        MANIFESTS,
        pipeline,
        &text.replacen("    - clone-repo\n", "    - clone-nothing\n", 1),
        "pipeline",
    );
    shop.request("1.5.0", &source);
    let found = plan(&shop, "HEAD~2..HEAD");
    assert_eq!(found.summary(), "merging this fails in shop-delivery, leaves production alone");
    assert_eq!(found.0["chain"], serde_json::json!([]));
}

#[test]
fn what_an_administrator_applied_is_applied_again() {
    let shop = Shop::new();
    let path = "argocd/projects.yaml";
    let text = shop.home.read(&format!("{MANIFESTS}/{path}"));
    shop.commit(MANIFESTS, path, &text.replacen("description:", "description: our", 1), "project");
    let found = plan(&shop, "HEAD~1..HEAD");
    let steps: Vec<_> = texts(&found.0["byHand"]).collect();
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(
        steps[0].starts_with(
            "apply `argocd` again, which no Application here renders: `kubectl apply -k argocd` (AppProject"
        ),
        "{steps:?}"
    );
}

#[test]
fn what_moves_to_the_administrator_is_applied_before_the_merge() {
    let shop = Shop::new();
    let read = |path: &str| shop.home.read(&format!("{MANIFESTS}/{path}"));
    let namespace = "argocd/namespaces/staging.yaml";
    let budget = read("deploy/base/disruption-budget.yaml").replacen(
        "metadata:\n",
        "metadata:\n  namespace: shop-staging\n",
        1,
    );
    shop.commit(MANIFESTS, namespace, &format!("{}---\n{budget}", read(namespace)), "budget");
    let base = "deploy/base/kustomization.yaml";
    shop.commit(MANIFESTS, base, &read(base).replacen("- disruption-budget.yaml\n", "", 1), "budget");
    let found = plan(&shop, "HEAD~2..HEAD");
    let steps: Vec<_> = texts(&found.0["byHand"]).collect();
    assert_eq!(
        steps,
        [
            "apply `argocd` before the merge, which otherwise prunes what moves there: `kubectl apply -k argocd` \
             (PodDisruptionBudget (policy) `shop-staging/shop` moves there)"
        ]
    );
}

#[test]
fn namespaces_that_are_applied_to_another_cluster_are_applied_again() {
    let shop = Shop::new();
    let read = |path: &str| shop.home.read(&format!("{MANIFESTS}/{path}"));
    let all = "argocd/kustomization.yaml";
    shop.commit(MANIFESTS, all, &read(all).replacen("- namespaces\n", "", 1), "two clusters");
    let quota = "argocd/namespaces/delivery/quota.yaml";
    shop.commit(MANIFESTS, quota, &read(quota).replacen("pods: \"30\"", "pods: \"40\"", 1), "room");
    let found = plan(&shop, "HEAD~1..HEAD");
    let steps: Vec<_> = texts(&found.0["byHand"]).collect();
    assert_eq!(
        steps,
        [
            "apply `argocd/namespaces` again, which no Application here renders: `kubectl apply -k argocd/namespaces` \
             (ResourceQuota `shop-delivery/delivery` changes)"
        ]
    );
    // A namespace that goes takes along what is in it.
    let namespaces = "argocd/namespaces/kustomization.yaml";
    shop.commit(MANIFESTS, namespaces, &read(namespaces).replacen("- staging.yaml\n", "", 1), "no staging");
    let found = plan(&shop, "HEAD~1..HEAD");
    let steps: Vec<_> = texts(&found.0["byHand"]).collect();
    assert_eq!(
        steps,
        ["`argocd/namespaces` is rendered by no Application here: Namespace `shop-staging` goes: \
             `kubectl delete namespace shop-staging`, if you no longer want it"]
    );
}
