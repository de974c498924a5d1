//! What fails although the manifests are applied as they are: builds, collisions, missing kinds, quotas, Pod Security.

use serde_json::json;

use super::{APPLICATION, Change, DEPLOYMENT, KUSTOMIZATION, PROJECT, Planned, SERVICE, same, texts};

#[track_caller]
fn failures(plan: &Planned, application: &str) -> Vec<String> {
    let application = plan.application(application);
    assert_eq!(application["fails"], true, "{application:#}");
    texts(&application["failures"]).map(str::to_owned).collect()
}

#[test]
fn a_kustomization_that_does_not_build_syncs_nothing() {
    let change = Change::new();
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "- service.yaml\n- nothing.yaml\n").edit(
        "deploy/deployment.yaml",
        "shop:1.0.0",
        "shop:1.1.0",
    );
    let plan = change.plan();
    assert_eq!(
        failures(&plan, "shop"),
        [
            "ComparisonError: `deploy/kustomization.yaml:6`: `nothing.yaml` in `resources` is neither a file nor a folder with a \
             kustomization [TN021]"
        ]
    );
    let shop = plan.application("shop");
    assert_eq!((&shop["sync"], &shop["objects"]), (&json!("error"), &json!([])));
    assert_eq!(plan.summary(), "merging this fails in shop");
    assert_eq!(plan.0["unaffected"], 0);
    let outcome = change.home.treenail("plan main --fail-on refused").inside("repo").run().ends_with(9);
    assert!(
        outcome.stdout.contains("shop cannot be compared, and nothing of it is synced\n"),
        "{}",
        outcome.stdout
    );
    // It is said once.
    assert_eq!(outcome.stdout.matches("nothing.yaml").count(), 1, "{}", outcome.stdout);
    let markdown =
        change.home.treenail("plan main --format markdown").inside("repo").run().ends_with(0).stdout;
    assert!(
        markdown.contains("<details open>") && markdown.contains("- fails: ComparisonError"),
        "{markdown}"
    );
}

#[test]
fn a_file_that_is_made_before_a_build_is_not_there_for_argo_cd() {
    let application =
        APPLICATION.replace("name: shop", "name: site").replace("path: deploy", "path: scripts/site");
    let change = Change::with(&[
        ("argocd/site.yaml", &application),
        ("scripts/site/kustomization.yaml", "resources: [service.yaml]\n"),
        ("scripts/site/service.yaml", SERVICE),
    ]);
    change.edit("scripts/site/kustomization.yaml", "[service.yaml]", "[service.yaml, made.yaml]");
    let plan = change.plan();
    assert!(failures(&plan, "site")[0].starts_with("ComparisonError: `scripts/site/kustomization.yaml:1`"));
}

#[test]
fn an_object_without_a_version_is_refused() {
    let change = Change::new();
    // kustomize takes it, and so does Argo CD; the cluster does not.
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "- service.yaml\n- map.yaml\n");
    change.write("deploy/map.yaml", "kind: ConfigMap\nmetadata: {name: plain}\n");
    let plan = change.plan();
    let objects = plan.application("shop")["objects"].clone();
    let object = &objects[0];
    assert_eq!(object["action"], "create", "{object:#}");
    assert_eq!(
        texts(&object["failures"]).collect::<Vec<_>>(),
        ["ConfigMap `plain` lacks `apiVersion`, which is required [TN012]"]
    );
    // So there is nothing to prune.
    let with = KUSTOMIZATION.replace("- service.yaml\n", "- service.yaml\n- map.yaml\n");
    let change = Change::with(&[
        ("deploy/kustomization.yaml", &with),
        ("deploy/map.yaml", "kind: ConfigMap\nmetadata: {name: plain}\n"),
    ]);
    change.edit("deploy/kustomization.yaml", "- map.yaml\n", "");
    assert_eq!(change.plan().summary(), "merging this changes nothing in the cluster");
}

#[test]
fn invalid_yaml_and_a_missing_folder_stop_it_too() {
    let change = Change::new();
    change.write("deploy/service.yaml", "kind: [\n");
    let plan = change.plan();
    assert!(failures(&plan, "shop")[0].starts_with("ComparisonError: `deploy/service.yaml:"), "{:#}", plan.0);
    let change =
        Change::with(&[("argocd/edge.yaml", &edge("PruneLast=true")), ("edge/service.yaml", SERVICE)]);
    change.edit("argocd/shop.yaml", "path: deploy", "path: nowhere");
    let plan = change.plan();
    assert!(failures(&plan, "shop")[0].starts_with("ComparisonError: `argocd/shop.yaml:"), "{:#}", plan.0);
    // What was broken before and is not touched stays out of the plan.
    let change =
        Change::with(&[("deploy/kustomization.yaml", &format!("{KUSTOMIZATION}components: [nothing]\n"))]);
    change.write("README.md", "changes\n");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    // What is touched is still told, since only a cluster knows whether it is synced.
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    let remark = plan.application("shop")["remarks"][0].as_str().unwrap();
    assert!(
        remark.starts_with("it was broken before, and nothing may be synced: ComparisonError: "),
        "{remark}"
    );
    assert_eq!(plan.summary(), "merging this syncs shop");
}

#[test]
fn an_unknown_field_is_dropped_and_never_in_sync() {
    let never = "`colour` is not a field of it: the object never is in sync";
    for patch in [false, true] {
        let change = Change::new();
        if patch {
            let colour = "patches:\n- target: {kind: Service}\n  patch: |-\n    - {op: add, path: /spec/colour, value: red}\n";
            change.write("deploy/kustomization.yaml", format!("{KUSTOMIZATION}{colour}"));
        } else {
            change.edit("deploy/service.yaml", "spec:\n", "spec:\n  colour: red\n");
        }
        let plan = change.plan();
        let shop = plan.application("shop");
        assert_eq!(shop["fails"], false, "{shop:#}");
        let object = &shop["objects"][0];
        assert_eq!(texts(&object["remarks"]).collect::<Vec<_>>(), [never]);
        assert_eq!(object["fields"][0]["words"], "`spec.colour`: added, red; the API server drops it");
        assert_eq!(plan.errors(), ["TN010"]);
    }
    // Server-side apply refuses it.
    let strict = format!("{APPLICATION}    syncOptions: [ServerSideApply=true]\n");
    let change = Change::with(&[("argocd/shop.yaml", &strict)]);
    change.edit("deploy/service.yaml", "spec:\n", "spec:\n  colour: red\n");
    assert_eq!(change.plan().application("shop")["fails"], true);
}

#[test]
fn only_the_cluster_knows_a_kind_that_is_new_here() {
    let route = |name: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}}}\nspec: {{}}\n"
        )
    };
    let change = Change::new();
    change.write("deploy/route.yaml", route("shop"));
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "- service.yaml\n- route.yaml\n");
    let unknown = |plan: &Planned| plan.application("shop")["unknown"].clone();
    assert_eq!(
        unknown(&change.plan())[0]["what"],
        "whether the cluster has the kind HTTPRoute (gateway.networking.k8s.io): without it, the sync fails"
    );
    // Where one is there already, the cluster has the kind.
    let with_route = KUSTOMIZATION.replace("- service.yaml\n", "- service.yaml\n- route.yaml\n");
    let change =
        Change::with(&[("deploy/route.yaml", &route("shop")), ("deploy/kustomization.yaml", &with_route)]);
    change.write("deploy/route.yaml", format!("{}---\n{}", route("shop"), route("other")));
    assert_eq!(unknown(&change.plan()), json!([]));
}

#[test]
fn what_the_api_server_refuses_fails() {
    let change = Change::new();
    change.edit(
        "deploy/deployment.yaml",
        "memory: 1Gi\n",
        "memory: 1Gi\n          limits:\n            memory: 512Mi\n",
    );
    let plan = change.plan();
    let object = &plan.application("shop")["objects"][0];
    let failure = object["failures"][0].as_str().unwrap();
    assert!(failure.contains("1Gi") && failure.ends_with(" [TN100]"), "{object:#}");
    assert_eq!(plan.application("shop")["fails"], true);
    assert_eq!(plan.errors(), ["TN100"]);
    let people = change.home.treenail("plan main").inside("repo").run().ends_with(0).stdout;
    assert!(people.contains("fails: ") && !people.contains("new errors of"), "{people}");
}

#[test]
fn what_tekton_refuses_fails() {
    let pipeline = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata:\n  name: release\nspec:\n  tasks:\n  - name: one\n    taskRef:\n      \
                    name: one\n  - name: two\n    taskRef:\n      name: one\n    runAfter:\n    - one\n";
    let task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: one\nspec:\n  steps:\n  - name: say\n    image: \
                registry.example.com/acme/tool:1.0.0\n    script: echo\n";
    let change = Change::with(&[("deploy/service.yaml", &format!("{pipeline}---\n{task}"))]);
    change.edit("deploy/service.yaml", "    runAfter:\n    - one\n", "    runAfter:\n    - none\n");
    let plan = change.plan();
    let object = &plan.application("shop")["objects"][0];
    assert!(object["failures"][0].as_str().unwrap().ends_with(" [TN032]"), "{object:#}");
    let change = Change::with(&[("deploy/service.yaml", &format!("{pipeline}---\n{task}"))]);
    change.edit("deploy/service.yaml", "script: echo\n", "script: echo $(params.what)\n");
    let plan = change.plan();
    let object = &plan.application("shop")["objects"][0];
    assert!(object["failures"][0].as_str().unwrap().ends_with(" [TN031]"), "{object:#}");
}

#[test]
fn an_error_is_that_of_the_object_that_has_it() {
    let change = Change::new();
    let broken = SERVICE.replace("name: shop", "name: extra").replace("port: 80", "port: 99999");
    change
        .write("deploy/extra.yaml", broken)
        .edit("deploy/kustomization.yaml", "- service.yaml\n", "- service.yaml\n- extra.yaml\n")
        .edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    let objects = plan.application("shop")["objects"].as_array().unwrap();
    let failing: Vec<_> =
        objects.iter().filter(|it| it["failures"] != json!([])).map(|it| &it["name"]).collect();
    assert_eq!(failing, ["extra"]);
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    \
                         pod-security.kubernetes.io/enforce: baseline\n";

#[test]
fn pod_security_refuses_pods_and_not_the_sync() {
    let change = Change::with(&[("argocd/namespace.yaml", NAMESPACE)]);
    change.edit("deploy/deployment.yaml", "      containers:", "      hostNetwork: true\n      containers:");
    let plan = change.plan();
    let objects = plan.objects();
    let words = &objects["change Deployment shop"][0];
    assert!(words.starts_with("its new Pods are refused: the Pod uses the network of its node"), "{words}");
    let shop = plan.application("shop");
    assert_eq!((&shop["fails"], &shop["objects"][0]["pods"]["refused"]), (&json!(false), &json!(true)));
    assert_eq!(plan.summary(), "merging this gets Pods refused in shop");
    change.home.treenail("plan main --fail-on refused").inside("repo").run().ends_with(9);
    // Nothing is said of Pods that the change does not make.
    let change = Change::with(&[("argocd/namespace.yaml", NAMESPACE)]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    assert_eq!(change.plan().summary(), "merging this syncs shop");
}

fn quota(hard: &str) -> String {
    format!("apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: bounds\nspec:\n  hard:\n    {hard}\n")
}

/// A change in a namespace with such a quota.
fn bounded(quota: &str) -> Change {
    let kustomization = KUSTOMIZATION.replace("- service.yaml\n", "- service.yaml\n- quota.yaml\n");
    Change::with(&[("deploy/kustomization.yaml", &kustomization), ("deploy/quota.yaml", quota)])
}

#[test]
fn a_quota_refuses_pods() {
    let change = bounded(&quota("pods: \"2\""));
    change.edit("deploy/deployment.yaml", "value: plain", "value: loud");
    let plan = change.plan();
    let expected =
        "its new Pods are refused: ResourceQuota `bounds` permits `pods: 2`, and a rolling update needs 3";
    assert_eq!(plan.objects()["change Deployment shop"][0], expected);
    assert_eq!(plan.summary(), "merging this gets Pods refused in shop");
    // One may be away first.
    let change = bounded(&quota("pods: \"2\""));
    change
        .edit(
            "deploy/deployment.yaml",
            "  replicas: 2",
            "  replicas: 2\n  strategy:\n    rollingUpdate:\n      maxUnavailable: 1",
        )
        .edit("deploy/deployment.yaml", "value: plain", "value: loud");
    assert_eq!(change.plan().objects()["change Deployment shop"][0], "2 Pods restart, rolling");
    for (hard, from, to, expected) in [
        ("pods: \"3\"", "replicas: 2", "replicas: 4", Some("`pods: 3`, and 4 are needed")),
        ("pods: \"4\"", "replicas: 2", "replicas: 4", None),
        ("pods: \"2\"", "replicas: 2", "replicas: 1", None),
        (
            "requests.cpu: \"1\"",
            "cpu: 500m",
            "cpu: 600m",
            Some("`requests.cpu: 1`, and a rolling update needs more"),
        ),
        ("memory: 3Gi", "cpu: 500m", "cpu: 600m", None),
        ("limits.memory: 1Gi", "cpu: 500m", "cpu: 600m", None),
    ] {
        let change = bounded(&quota(hard));
        change.edit("deploy/deployment.yaml", from, to);
        let words = change.plan().objects()["change Deployment shop"][0].clone();
        let found = words.strip_prefix("its new Pods are refused: ResourceQuota `bounds` permits ");
        assert_eq!(found, expected, "{hard}: {words}");
    }
    // One for some Pods only is not evaluated.
    let change = bounded(&format!("{}  scopes: [BestEffort]\n", quota("pods: \"2\"")));
    change.edit("deploy/deployment.yaml", "value: plain", "value: loud");
    assert_eq!(change.plan().objects()["change Deployment shop"][0], "2 Pods restart, rolling");
}

#[test]
fn a_quota_refuses_objects() {
    let change = bounded(&quota("services: \"1\""));
    let other = SERVICE.replace("name: shop", "name: extra");
    change.write("deploy/extra.yaml", other).edit(
        "deploy/kustomization.yaml",
        "- service.yaml\n",
        "- service.yaml\n- extra.yaml\n",
    );
    let plan = change.plan();
    let objects = plan.application("shop")["objects"].as_array().unwrap();
    assert_eq!(objects[0]["failures"], json!(["ResourceQuota `bounds` permits `services: 1`"]));
    assert_eq!(plan.application("shop")["fails"], true);
    // The old ConfigMap is pruned last.
    let change = bounded(&quota("count/configmaps: \"2\""));
    change.write("deploy/settings.properties", "color=blue\n");
    assert_eq!(change.plan().summary(), "merging this fails in shop");
    let change = bounded(&quota("count/configmaps: \"3\""));
    change.write("deploy/settings.properties", "color=blue\n");
    assert_eq!(change.plan().summary(), "merging this rolls shop (2 Pods)");
}

#[test]
fn a_limit_range_refuses_pods() {
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata:\n  name: bounds\nspec:\n  limits:\n  - type: Container\n    max:\n      cpu: 600m\n";
    let change = bounded(range);
    change.edit("deploy/deployment.yaml", "cpu: 500m", "cpu: \"1\"");
    assert_eq!(
        change.plan().objects()["change Deployment shop"][0],
        "its new Pods are refused: LimitRange `bounds` permits containers at most `cpu: 600m`, and the request of `shop` is more"
    );
    let change = bounded(range);
    change.edit("deploy/deployment.yaml", "cpu: 500m", "cpu: 600m");
    assert_eq!(change.plan().objects()["change Deployment shop"][0], "2 Pods restart, rolling");
}

/// An Application of the folder `edge`, with an option.
fn edge(option: &str) -> String {
    let renamed = APPLICATION.replace("name: shop\n", "name: edge\n").replace("path: deploy", "path: edge");
    format!("{renamed}    syncOptions: [{option}]\n")
}

#[test]
fn an_object_of_another_application_fails_if_asked_for() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: edge}\n";
    let change = Change::with(&[
        ("argocd/edge.yaml", &edge("FailOnSharedResource=true")),
        ("edge/account.yaml", account),
    ]);
    change.write("edge/service.yaml", SERVICE);
    let plan = change.plan();
    assert_eq!(
        failures(&plan, "edge"),
        ["Application `shop` has Service `shop/shop` already, and `FailOnSharedResource=true` is set"]
    );
    assert_eq!(plan.summary(), "merging this fails in edge");
    // Once the other has pruned it, the way is free.
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
    let plan = change.plan();
    assert_eq!(plan.application("edge")["fails"], false);
    let remark = plan.application("edge")["objects"][0]["remarks"][0].as_str().unwrap();
    assert_eq!(remark, "`FailOnSharedResource=true` fails the sync until Application `shop` has pruned it");
    // Without the option, they take it from each other.
    let change =
        Change::with(&[("argocd/edge.yaml", &edge("PruneLast=true")), ("edge/account.yaml", account)]);
    change.write("edge/service.yaml", SERVICE);
    let plan = change.plan();
    assert_eq!(plan.application("edge")["fails"], false);
    let remark = plan.application("edge")["objects"][0]["remarks"][0].as_str().unwrap();
    assert_eq!(remark, "Application `shop` has it too: each sync takes it from the other");
    // Another cluster has its own.
    let there = edge("FailOnSharedResource=true")
        .replace("https://kubernetes.default.svc", "https://prod.example.com");
    let change = Change::with(&[
        ("argocd/edge.yaml", &there),
        ("edge/account.yaml", account),
        ("argocd/project.yaml", &PROJECT.replace("server: https://kubernetes.default.svc", "server: '*'")),
    ]);
    change.write("edge/service.yaml", SERVICE);
    assert_eq!(change.plan().application("edge")["fails"], false);
}

fn definition(wave: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: gadgets.example.com\n  annotations: \
         {{argocd.argoproj.io/sync-wave: '{wave}'}}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {{kind: Gadget, plural: \
         gadgets}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema: {{type: object}}\n"
    )
}

const GADGET: &str = "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: gadget}\n";

/// A project that permits definitions.
fn permitting() -> String {
    format!(
        "{PROJECT}  clusterResourceWhitelist:\n  - group: apiextensions.k8s.io\n    kind: CustomResourceDefinition\n"
    )
}

#[test]
fn a_kind_has_to_be_defined_before() {
    let resources =
        |more: &str| KUSTOMIZATION.replace("- service.yaml\n", &format!("- service.yaml\n{more}"));
    for (wave, expected) in [
        ("0", json!([])),
        (
            "1",
            json!([
                "CustomResourceDefinition `gadgets.example.com`, which defines its kind, is applied later, in wave 1"
            ]),
        ),
    ] {
        let change = Change::with(&[("argocd/project.yaml", &permitting())]);
        change
            .write("deploy/definition.yaml", definition(wave))
            .write("deploy/gadget.yaml", GADGET)
            .write("deploy/kustomization.yaml", resources("- definition.yaml\n- gadget.yaml\n"));
        let plan = change.plan();
        let objects = plan.application("shop")["objects"].as_array().unwrap();
        let gadget = objects.iter().find(|it| it["kind"] == "Gadget").unwrap();
        assert_eq!(gadget["failures"], expected, "{:#}", plan.0);
    }
    // One that goes takes its objects with it, and leaves those of Git without a kind.
    let change = Change::with(&[
        ("argocd/project.yaml", &permitting()),
        ("deploy/definition.yaml", &definition("0")),
        ("deploy/gadget.yaml", GADGET),
        ("deploy/kustomization.yaml", &resources("- definition.yaml\n- gadget.yaml\n")),
    ]);
    change.write("deploy/kustomization.yaml", resources("- gadget.yaml\n"));
    let plan = change.plan();
    assert_eq!(
        failures(&plan, "shop"),
        ["Gadget (example.com) `shop/gadget`: the change removes the CustomResourceDefinition of Gadget"]
    );
    let remarks = &plan.application("shop")["objects"][0]["remarks"];
    assert_eq!(remarks, &json!(["with it, every Gadget in the cluster is deleted"]));
    // A definition that is not here may be in the cluster.
    let change = Change::new();
    change
        .write("deploy/gadget.yaml", GADGET)
        .write("deploy/kustomization.yaml", resources("- gadget.yaml\n"));
    let plan = change.plan();
    same(&plan.objects(), &[("create Gadget gadget", &[])]);
    assert_eq!(plan.application("shop")["fails"], false);
}

#[test]
fn a_failing_sync_runs_no_hook_after_it() {
    let hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: after\n  annotations: {argocd.argoproj.io/hook: PostSync}\nspec:\n  \
                template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - {name: main, image: \
                'registry.example.com/acme/tool:1.0.0'}\n";
    let change = Change::with(&[
        ("deploy/hook.yaml", hook),
        (
            "deploy/kustomization.yaml",
            &KUSTOMIZATION.replace("- service.yaml", "- service.yaml\n- hook.yaml"),
        ),
    ]);
    change.edit("deploy/deployment.yaml", "app: shop", "app: store");
    assert_eq!(change.plan().application("shop")["hooks"], json!([]));
    change.write("deploy/deployment.yaml", DEPLOYMENT.replace("1.0.0", "1.1.0"));
    assert_eq!(change.plan().application("shop")["hooks"][0]["hook"], "Job `after`");
}
