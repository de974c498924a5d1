//! The outputs and `--fail-on`.

use super::{APPLICATION, Change, PROJECT};

#[test]
fn people_see_the_sentence_first_and_details_when_asked() {
    let change = Change::new();
    for number in 0..20 {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{number}}}\ndata: {{a: b}}\n");
        change.write(&format!("deploy/map-{number}.yaml"), text);
        change.edit(
            "deploy/kustomization.yaml",
            "- service.yaml\n",
            &format!("- service.yaml\n- map-{number}.yaml\n"),
        );
    }
    let short = change.home.treenail("plan main").inside("repo").run().ends_with(0).stdout;
    assert!(
        short.starts_with("merging this syncs shop\n\nshop syncs by itself\n  + ConfigMap `shop/map-0`\n"),
        "{short}"
    );
    assert!(short.contains("and 8 objects more (`-v` shows them)"), "{short}");
    let long = change.home.treenail("plan main -v").inside("repo").run().ends_with(0).stdout;
    assert!(long.contains("map-9`") && !long.contains("`-v`"), "{long}");
}

#[test]
fn a_comment_for_a_pull_request_is_short_enough_and_no_markup_of_others() {
    let change = Change::new();
    for number in 0..600 {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{number}}}\ndata: {{a: \"{}\"}}\n",
            "x".repeat(100)
        );
        change.write(&format!("deploy/map-{number}.yaml"), text);
    }
    let names = (0..600).map(|number| format!("- map-{number}.yaml\n")).collect::<Vec<_>>().concat();
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", &format!("- service.yaml\n{names}"));
    change.edit("deploy/deployment.yaml", "value: plain", "value: '<b>@acme</b>'");
    let outcome = change.home.treenail("plan main --format markdown").inside("repo").run().ends_with(0);
    assert!(outcome.stdout.len() < 60_000, "{}", outcome.stdout.len());
    assert!(outcome.stdout.starts_with("<!-- treenail plan -->\n**merging this rolls shop (2 Pods)**\n"));
    assert!(!outcome.stdout.contains("@acme") && !outcome.stdout.contains("<b>@"), "{}", outcome.stdout);
    let opened = outcome.stdout.matches("<details").count();
    assert_eq!(opened, outcome.stdout.matches("</details>").count());
}

#[test]
fn ci_can_ask_for_an_approval() {
    let production = APPLICATION.replace("namespace: shop\n", "namespace: shop-production\n");
    let project = PROJECT.replace("namespace: shop\n", "namespace: shop-production\n");
    let change = Change::with(&[("argocd/shop.yaml", &production), ("argocd/project.yaml", &project)]);
    let fails = |what: &str, code: i32| {
        let arguments = format!("plan main --fail-on {what}");
        change.home.treenail(&arguments).inside("repo").run().ends_with(code);
    };
    for what in ["production", "prune", "refused", "restart", "unknown"] {
        fails(what, 0);
    }
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    fails("prune,refused", 0);
    fails("restart", 9);
    fails("prune,production", 9);
    fails("anything", 2);
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
    fails("prune", 9);
    let outcome = change.home.treenail("plan main --fail-on prune").inside("repo").run();
    assert_eq!(outcome.stderr, "--fail-on prune: `shop`\n");
}
