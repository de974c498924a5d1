//! Changes that the conformance suite does not judge.

use super::*;

/// The messages about a Rollout whose `spec` was `before`.
fn changed(before: &str, after: &str) -> Vec<String> {
    let files = |spec: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: shop}}\nspec:\n  {spec}\n  strategy: {{canary: {{}}}}\n  \
             template: {{metadata: {{labels: {{app: shop, tier: web}}}}, spec: {{containers: [{{name: shop, image: 'acme/shop:1'}}]}}}}\n"
        );
        let mut files = Files::below([""]);
        files.insert("shop.yaml", FileContent::of(text.into_bytes()));
        files
    };
    let mut now = files(after);
    now.set_earlier(files(before));
    let found = run(&now).findings.into_iter().filter(|finding| finding.rule.code == "TN104");
    found.map(|finding| finding.hint).collect()
}

/// The rule is in the CRD, and compares only what both have.
#[test]
fn the_selector_of_a_rollout_stays() {
    let [app, tier] =
        ["app: shop", "tier: web"].map(|label| format!("selector: {{matchLabels: {{{label}}}}}"));
    let by_reference = "workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}";
    let hints = changed(&app, &tier);
    assert!(hints.len() == 1 && hints[0].contains(".spec.selector is immutable"), "{hints:#?}");
    assert_eq!(changed(&app, &app), [""; 0]);
    assert_eq!(changed(by_reference, &app), [""; 0]);
}
