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
