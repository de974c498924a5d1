use super::*;

fn named(api_version: &str, kind: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n")
}

#[test]
fn a_removed_version_is_mended_where_no_field_has_moved() {
    let role = |version: &str| named(&format!("rbac.authorization.k8s.io/{version}"), "Role");
    assert_eq!(
        of(&role("v1beta1")),
        [
            "1:13 TN015 `Role` of `rbac.authorization.k8s.io/v1beta1` was removed in Kubernetes 1.22; use `rbac.authorization.k8s.io/v1` instead"
        ]
    );
    assert_eq!(fixed(&role("v1beta1")), role("v1"));
    let ingress = format!(
        "{}spec:\n  rules:\n  - http: {{paths: [{{backend: {{serviceName: a, servicePort: 80}}}}]}}\n",
        named("extensions/v1beta1", "Ingress")
    );
    let found = of(&ingress);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("use `networking.k8s.io/v1` instead, but there `serviceName` is not a field of"),
        "{found:#?}"
    );
    assert_eq!(fixed(&ingress), ingress);
}

#[test]
fn a_deprecated_version_is_checked_with_its_own_fields() {
    let run = format!(
        "{}spec:\n  serviceAccountName: ci\n  nonsense: 1\n",
        named("tekton.dev/v1beta1", "PipelineRun")
    );
    let found = of(&run);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("1:13 TN014 "), "{found:#?}");
    assert!(found[0].contains("did you mean it under `spec.taskRunTemplate`?"), "{found:#?}");
    assert!(found[1].starts_with("6:3 TN010 `nonsense`"), "{found:#?}");
}

#[test]
fn a_version_that_never_was_differs_from_one_that_is_gone() {
    assert_eq!(
        of(&named("networking.k8s.io/v2", "IngressClass")),
        [
            "1:13 TN015 `IngressClass` does not exist in `networking.k8s.io/v2`; use `networking.k8s.io/v1` instead"
        ]
    );
    assert_eq!(
        of(&named("v1", "Deployment")),
        [
            "1:13 TN015 `v1` has no kind `Deployment`; use `apps/v1` instead",
            "2:7 TN012 the manifest lacks `spec`, which is required"
        ]
    );
    assert_eq!(
        of(&named("tekton.dev/v1", "ClusterTask")),
        [
            "2:7 TN016 `ClusterTask` does not exist in `tekton.dev/v1`: it was removed in Tekton Pipelines 1.0; use `Task` of `tekton.dev/v1` instead"
        ]
    );
    assert_eq!(
        of(&named("policy/v1beta1", "PodSecurityPolicy")),
        [
            "1:13 TN015 `PodSecurityPolicy` of `policy/v1beta1` was removed in Kubernetes 1.25; it has no successor"
        ]
    );
}

#[test]
fn a_release_of_kubernetes_that_is_still_to_come_removes_nothing() {
    assert_eq!(of(&named("lifecycle.k8s.io/v1alpha1", "Eviction")), NOTHING);
}

#[test]
fn a_misspelt_kind_is_known_by_its_group() {
    assert_eq!(
        of(&named("tekton.dev/v1", "Pipline")),
        ["2:7 TN016 `tekton.dev/v1` has no kind `Pipline`; did you mean `Pipeline`?"]
    );
    assert_eq!(fixed(&named("v1", "Configmap")), named("v1", "ConfigMap"));
    assert_eq!(of(&named("tekton.dev/v1", "Sandwich")), ["2:7 TN016 `tekton.dev/v1` has no kind `Sandwich`"]);
    assert_eq!(
        of(&named("argoproj.io/v1alpha1", "AplicationSet")),
        [
            "2:7 TN012 the manifest lacks `spec`, which is required",
            "2:7 TN016 `argoproj.io/v1alpha1` has no kind `AplicationSet`; did you mean `ApplicationSet`?"
        ]
    );
}

#[test]
fn what_others_define_is_left_alone() {
    for (api_version, kind) in [
        ("argoproj.io/v1alpha1", "WorkflowTemplate"),
        ("example.com/v1", "Sandwich"),
        ("v1", "Config"),
        ("v1", "ConfigMapList"),
        ("0.1.0", "App"),
    ] {
        assert_eq!(of(&named(api_version, kind)), NOTHING, "{api_version} {kind}");
    }
}

/// kustomize compares the versions that others name.
#[test]
fn versions_that_others_name_are_not_fixed() {
    let shop = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: shop}\nspec:\n  schedule: '0 0 * * *'\n  \
                jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'example.com/a:1'}]}}}}\n";
    let patch = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: shop}\nspec: {suspend: true}\n";
    let fixes = |kustomization: &str, patch: &str| {
        let mut files = Files::below([""]);
        for (path, text) in
            [("kustomization.yaml", kustomization), ("shop.yaml", shop), ("patch.yaml", patch)]
        {
            files.insert(path, FileContent::of(text.as_bytes().to_vec()));
        }
        let findings = crate::check::run(&files).findings.into_iter().filter(|it| it.rule.code == "TN015");
        findings.map(|it| it.fix.is_some()).collect::<Vec<_>>()
    };
    let of = |fields: &str| fixes(&format!("resources: [shop.yaml]\n{fields}"), "a: b\n");
    assert_eq!(of(""), [true]);
    for fields in [
        "patches: [{target: {kind: CronJob, version: v1beta1}, patch: '[]'}]\n",
        "patches: [{target: {kind: Cron.*, version: v1.*}, patch: '[]'}]\n",
        "patches:\n- patch: |-\n    apiVersion: batch/v1beta1\n    kind: CronJob\n    metadata: {name: shop}\n",
        "vars: [{name: A, objref: {kind: CronJob, name: shop, apiversion: batch/v1beta1}}]\n",
        "replacements: [{source: {version: v1beta1, name: shop}, targets: []}]\n",
    ] {
        assert_eq!(of(fields), [false], "{fields}");
    }
    assert_eq!(of("patches: [{target: {kind: Deployment, version: v1beta1}, patch: '[]'}]\n"), [true]);
    // A patch gets the version of what it changes.
    let both = "resources: [shop.yaml]\npatches: [{path: patch.yaml}]\n";
    assert_eq!(fixes(both, patch), [true, true]);
    assert_eq!(fixes(both, &patch.replace("suspend", "suspended")), [false, false]);
}
