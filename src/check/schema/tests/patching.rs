use super::*;

const PATCH: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replica: 2\n  template:\n    \
                     spec:\n      $patch: replace\n      containers:\n      - image: a\n";

#[test]
fn a_patch_need_not_have_what_is_required() {
    let only = ["p.yaml:5:3 TN010 `replica` is not a field of `spec`; did you mean `replicas`?"];
    for kustomization in [
        "patches:\n- path: p.yaml\n",
        "patches:\n- {path: ./p.yaml, target: {kind: Deployment}}\n",
        "patchesStrategicMerge: [p.yaml]\n",
    ] {
        assert_eq!(found(&[("kustomization.yaml", kustomization), ("p.yaml", PATCH)]), only);
    }
    let nameless = PATCH.replace("metadata: {name: a}\n", "");
    let files = [("k/kustomization.yaml", "patches: [{path: ../p.yaml}]\n"), ("p.yaml", &*nameless)];
    assert_eq!(found(&files).len(), 1);
}

#[test]
fn a_file_that_is_no_patch_has_to_have_it() {
    assert!(found(&[("p.yaml", PATCH)]).len() > 1);
    let deleted = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n$patch: delete\n";
    assert_eq!(of(deleted), NOTHING);
}

/// A Deployment, and a kustomization that patches it.
fn patched(kustomization: &str) -> Vec<String> {
    let base = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  \
                template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - {name: a, image: acme/a:1}\n";
    found(&[
        ("base.yaml", base),
        ("kustomization.yaml", &format!("resources: [base.yaml]\npatches:\n{kustomization}")),
    ])
}

#[test]
fn what_a_json_patch_puts_in() {
    let patch =
        |operations: &str| patched(&format!("- target: {{kind: Deployment}}\n  patch: |-\n{operations}"));
    assert_eq!(patch("    - {op: add, path: /spec/replicas, value: 2}\n"), NOTHING);
    assert_eq!(patch("    - op: add\n      path: /metadata/annotations\n      value: {a: b}\n"), NOTHING);
    assert_eq!(
        patch("    - op: add\n      path: /spec/replica\n      value: 2\n"),
        ["kustomization.yaml:6:13 TN010 `replica` is not a field of `spec`; did you mean `replicas`?"]
    );
    assert_eq!(
        patch("    - op: add\n      path: /spec/replicas\n      value: many\n"),
        ["kustomization.yaml:7:14 TN011 `spec.replicas` is a string; expected a whole number"]
    );
    assert_eq!(
        patch(
            "    - op: add\n      path: /spec/template/spec/containers/-\n      value: {name: b, imag: acme/b:1}\n"
        ),
        [
            "kustomization.yaml:7:24 TN010 `imag` is not a field of `spec.template.spec.containers.-`; did you mean `image`?"
        ]
    );
    assert_eq!(
        patch(
            "    - op: replace\n      path: /spec/template/spec/containers/0\n      value: {image: acme/b:1}\n"
        ),
        ["kustomization.yaml:6:13 TN012 `spec.template.spec.containers[0]` lacks `name`, which is required"]
    );
}

#[test]
fn how_a_json_patch_is_written() {
    let patch =
        |operations: &str| patched(&format!("- target: {{kind: Deployment}}\n  patch: |-\n{operations}"));
    let found = patch(
        "    - {op: ad, path: /spec/replicas, value: 2}\n    - {op: add, path: spec/paused, value: true}\n    - {op: add}\n",
    );
    let shown: Vec<_> =
        found.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        shown,
        ["kustomization.yaml:5:12 TN013", "kustomization.yaml:6:23 TN017", "kustomization.yaml:7:7 TN012"],
        "{found:#?}"
    );
}

#[test]
fn what_a_patch_in_a_text_says() {
    let text = "- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n    spec:\n      replica: 2\n";
    let finding = "kustomization.yaml:8:7 TN010 `replica` is not a field of `spec`; did you mean `replicas`?";
    assert_eq!(patched(text), [finding]);
    // The kind comes from the target.
    let text = "- target: {kind: Deployment, name: a}\n  patch: |-\n    spec:\n      replica: 2\n";
    assert_eq!(patched(text), [finding.replace(":8:", ":6:")]);
    // In quotes nothing but the whole can be pointed at.
    let text = "- target: {kind: Deployment, name: a}\n  patch: '{spec: {replica: 2}}'\n";
    assert_eq!(patched(text), [finding.replace(":8:7", ":4:10")]);
}

/// kustomize merges `off` as a string, and writes it in quotes.
#[test]
fn words_of_yaml_1_1_in_patches() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: x}\n";
    let of = |value: &str| {
        let patch =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map}}\ndata: {{b: {value}}}\n");
        let inline = patch.replace('\n', "\n    ");
        let kustomization =
            format!("resources: [map.yaml]\npatches:\n- path: patch.yaml\n- patch: |-\n    {inline}");
        let mut files = Files::below([""]);
        for (path, text) in
            [("kustomization.yaml", &*kustomization), ("map.yaml", map), ("patch.yaml", &patch)]
        {
            files.insert(path, FileContent::of(text.as_bytes().to_vec()));
        }
        crate::check::run(&files).findings.iter().filter(|it| it.rule.code == "TN011").count()
    };
    assert_eq!(of("off"), 0);
    assert_eq!(of("true"), 2);
}
