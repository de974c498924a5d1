use super::*;

#[test]
fn a_manifest_has_a_name() {
    let lacks = ["2:7 TN012 the manifest lacks `metadata.name`, which is required"];
    assert_eq!(of("apiVersion: v1\nkind: ConfigMap\n"), lacks);
    assert_eq!(of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: }\n"), lacks);
    assert_eq!(of("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n"), NOTHING);
    assert_eq!(of("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"), NOTHING);
}

#[test]
fn a_name_keeps_the_rules_of_its_kind() {
    let named = |api_version: &str, kind: &str, name: &str| {
        of(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}}}\n")).len()
    };
    assert_eq!(named("v1", "ConfigMap", "a.b"), 0);
    assert_eq!(named("v1", "ConfigMap", "A"), 1);
    assert_eq!(named("v1", "ConfigMap", "'{{ name }}'"), 0);
    assert_eq!(named("v1", "Namespace", "a.b"), 1);
    assert_eq!(named("rbac.authorization.k8s.io/v1", "ClusterRole", "'system:node'"), 0);
    assert_eq!(named("rbac.authorization.k8s.io/v1", "ClusterRole", "a/b"), 1);
}

#[test]
fn labels_and_annotations_keep_their_rules_too() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: a.b\n  labels:\n    a b: c\n    d: -e\n  \
                annotations:\n    Example.com/a: anything goes\n    a/b/c: d\n";
    let found = of(text);
    let starts = [
        "5:14 TN018 `a.b` is not a name",
        "7:5 TN018 `a b` cannot be the key of a label",
        "8:8 TN018 `metadata.labels.d` is `-e`",
        "11:5 TN018 `a/b/c` is not a name",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (line, start) in found.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn labels_of_templates_and_selectors_are_read_too() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {a: true}}\n  \
                template: {metadata: {labels: {a: b c}}, spec: {containers: [{name: a}]}}\n";
    let found = of(text);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("5:31 TN011 ") && found[1].starts_with("6:37 TN018 "), "{found:#?}");
}
