//! What happens to objects: created, changed in each kind of field, replaced, pruned, kept, refused.

use super::{APPLICATION, Change, DEPLOYMENT, same};

#[test]
fn nothing_changes() {
    let change = Change::new();
    let plan = change.plan();
    assert_eq!(plan.summary(), "merging this changes nothing in the cluster");
    assert_eq!(plan.names(), [] as [&str; 0]);
    assert_eq!(plan.0["unaffected"], 1);
    assert_eq!(plan.errors(), [] as [&str; 0]);
}

#[test]
fn what_argo_cd_does_not_count_as_a_difference() {
    let change = Change::new();
    change
        .edit("deploy/deployment.yaml", "cpu: 500m", "cpu: \"0.5\"")
        .edit("deploy/deployment.yaml", "memory: 1Gi", "memory: 1024Mi")
        .edit(
            "deploy/deployment.yaml",
            "  replicas: 2",
            "  replicas: 2\n  revisionHistoryLimit: 10\n  paused: null",
        )
        .edit(
            "deploy/deployment.yaml",
            "      containers:",
            "      dnsPolicy: ClusterFirst\n      containers:",
        )
        .edit("deploy/deployment.yaml", "  name: shop\nspec", "  name: shop\n  annotations: {}\nspec")
        .edit("deploy/service.yaml", "- port: 80", "- protocol: TCP\n    port: 80")
        .edit("deploy/service.yaml", "spec:", "# a comment\nspec:\n  type: ClusterIP");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
}

#[test]
fn what_the_api_server_does_not_tell_from_none() {
    let change = Change::new();
    change
        .edit(
            "deploy/deployment.yaml",
            "        image: ",
            "        stdin: false\n        workingDir: \"\"\n        imagePullPolicy: IfNotPresent\n        image: ",
        )
        .edit("deploy/deployment.yaml", "      containers:", "      hostPID: false\n      containers:")
        .edit("deploy/service.yaml", "- port: 80", "- targetPort: 80\n    nodePort: 0\n    name: null\n    port: 80");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    // In Go, these are pointers, and powers of two are written out as such.
    for (old, new) in [
        ("        image: ", "        securityContext: {}\n        image: "),
        ("      containers:", "      shareProcessNamespace: false\n      containers:"),
        ("memory: 1Gi", "memory: 1073741824"),
    ] {
        let change = Change::new();
        change.edit("deploy/deployment.yaml", old, new);
        assert!(change.plan().objects().contains_key("change Deployment shop"), "{new}");
    }
}

#[test]
fn a_kind_without_a_type_is_compared_as_it_is_written() {
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: shop}\nspec:\n  secretName: shop\n";
    for (more, is_changed) in [("uris: []", true), ("isCA: false", true), ("usages: null", false)] {
        let change = Change::with(&[("deploy/service.yaml", certificate)]);
        change.write("deploy/service.yaml", format!("{certificate}  {more}\n"));
        assert_eq!(change.plan().names(), if is_changed { vec!["shop"] } else { Vec::new() }, "{more}");
    }
}

#[test]
fn the_texts_of_a_secret_are_its_data() {
    let secret = |field: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: shop}}\n{field}\n");
    let change = Change::with(&[("deploy/service.yaml", &secret("stringData: {user: shop}"))]);
    change.write("deploy/service.yaml", secret("data: {user: c2hvcA==}"));
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.write("deploy/service.yaml", secret("data: {user: amFuZQ==}"));
    same(&change.plan().objects(), &[("change Secret shop", &["`user`: changed (the value is not shown)"])]);
}

#[test]
fn fields_are_told_in_words_of_kubernetes() {
    let change = Change::new();
    change
        .edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0")
        .edit("deploy/deployment.yaml", "value: plain", "value: loud")
        .edit("deploy/deployment.yaml", "cpu: 500m", "cpu: \"1\"")
        .edit(
            "deploy/deployment.yaml",
            "        env:\n",
            "        readinessProbe:\n          httpGet:\n            path: /ready\n            port: 8080\n        env:\n        - name: NEW\n          value: a\n",
        );
    same(
        &change.plan().objects(),
        &[(
            "change Deployment shop",
            &[
                "2 Pods restart, rolling",
                "image of `shop`: registry.example.com/acme/shop:1.0.0 -> registry.example.com/acme/shop:1.1.0",
                "env `NEW` of `shop`: added, {name: NEW, value: a}",
                "env `MODE` of `shop`: plain -> loud",
                "CPU request of `shop`: 500m -> 1",
                "readiness probe of `shop`: added, {httpGet: {path: /ready, port: 8080}}",
            ],
        )],
    );
    assert_eq!(change.plan().summary(), "merging this rolls shop (2 Pods)");
}

#[test]
fn replicas_scale_and_restart_nothing() {
    let change = Change::new();
    change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 4");
    let plan = change.plan();
    same(&plan.objects(), &[("change Deployment shop", &["scales from 2 to 4 Pods", "replicas: 2 -> 4"])]);
    assert_eq!(plan.summary(), "merging this syncs shop");
}

#[test]
fn a_generated_config_map_gets_another_name_and_restarts_pods() {
    let change = Change::new();
    change.write("deploy/settings.properties", "color=blue\n");
    let plan = change.plan();
    let objects = plan.objects();
    assert_eq!(
        objects.keys().collect::<Vec<_>>(),
        ["change Deployment shop", "create ConfigMap settings-HASH", "prune ConfigMap settings-HASH"]
    );
    assert_eq!(objects["change Deployment shop"][0], "2 Pods restart, rolling");
    assert_eq!(objects["create ConfigMap settings-HASH"], ["`settings.properties`: color=red -> color=blue"]);
    // One takes the place of the other, so nothing is lost.
    assert_eq!(plan.summary(), "merging this rolls shop (2 Pods)");
}

#[test]
fn strategies_decide_how_pods_restart() {
    for (field, expected) in [
        ("  strategy:\n    type: Recreate\n", "2 Pods restart, all at once: none runs meanwhile (Recreate)"),
        ("  paused: true\n", "paused: no Pods restart until it is resumed"),
    ] {
        let text = DEPLOYMENT.replace("spec:\n  replicas", &format!("spec:\n{field}  replicas"));
        let change = Change::with(&[("deploy/deployment.yaml", &text)]);
        change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
        assert_eq!(change.plan().objects()["change Deployment shop"][0], expected);
    }
    let rollout = DEPLOYMENT
        .replace("apps/v1", "argoproj.io/v1alpha1")
        .replace("kind: Deployment", "kind: Rollout")
        .replace(
            "spec:\n  replicas",
            "spec:\n  strategy:\n    canary:\n      steps: [{setWeight: 20}, {pause: {}}, {setWeight: 60}]\n  replicas",
        );
    let change = Change::with(&[("deploy/deployment.yaml", &rollout)]);
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    let expected = "2 Pods restart, canary in 3 steps, waits for a promotion by hand";
    assert_eq!(change.plan().objects()["change Rollout shop"][0], expected);
}

#[test]
fn objects_are_created_and_pruned() {
    let change = Change::new();
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n";
    change.write("deploy/account.yaml", account).edit(
        "deploy/kustomization.yaml",
        "service.yaml",
        "account.yaml",
    );
    let plan = change.plan();
    same(&plan.objects(), &[("create ServiceAccount shop", &[]), ("prune Service shop", &[])]);
    assert_eq!(plan.summary(), "merging this syncs shop, prunes 1 object");
    assert_eq!(plan.by_hand(), [] as [&str; 0]);
}

#[test]
fn what_is_not_pruned_stays() {
    // Automated syncs without `prune`, and an annotation.
    let without = APPLICATION.replace("    automated:\n      prune: true", "    automated: {}");
    let annotated = super::SERVICE.replace(
        "  name: shop\n",
        "  name: shop\n  annotations:\n    argocd.argoproj.io/sync-options: Prune=false\n",
    );
    for (path, text) in [("argocd/shop.yaml", &without), ("deploy/service.yaml", &annotated)] {
        let change = Change::with(&[(path, text)]);
        change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
        let plan = change.plan();
        same(&plan.objects(), &[("keep Service shop", &[])]);
        assert_eq!(
            plan.by_hand(),
            ["`shop` does not prune; delete what is no longer wanted: `kubectl delete service shop -n shop`"]
        );
    }
}

#[test]
fn the_first_option_decides_whether_an_object_is_pruned() {
    for (options, expected) in [
        ("Prune=true,Prune=false", "prune Service shop"),
        ("Prune=false,Prune=true", "keep Service shop"),
        ("Prune=false Delete=false", "prune Service shop"),
    ] {
        let annotation =
            format!("  name: shop\n  annotations: {{argocd.argoproj.io/sync-options: '{options}'}}\n");
        let text = super::SERVICE.replace("  name: shop\n", &annotation);
        let change = Change::with(&[("deploy/service.yaml", &text)]);
        change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
        same(&change.plan().objects(), &[(expected, &[])]);
    }
}

#[test]
fn not_every_object_that_goes_starts_a_sync() {
    let without = APPLICATION.replace("    automated:\n      prune: true", "    automated: {}");
    let extraneous = super::SERVICE.replace(
        "  name: shop\n",
        "  name: shop\n  annotations: {argocd.argoproj.io/compare-options: IgnoreExtraneous}\n",
    );
    for (path, text, sync) in
        [("argocd/shop.yaml", &without, "manual"), ("deploy/service.yaml", &extraneous, "in-sync")]
    {
        let change = Change::with(&[(path, text)]);
        change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
        let plan = change.plan();
        assert_eq!(plan.application("shop")["sync"], sync);
        same(&plan.objects(), &[("keep Service shop", &[])]);
        change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 3");
        assert_eq!(change.plan().application("shop")["sync"], "automatic");
    }
}

#[test]
fn argo_cd_does_not_delete_all_objects_by_itself() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n";
    for (option, sync) in [("", "manual"), ("      allowEmpty: true\n", "automatic")] {
        let application = format!("{APPLICATION}{option}").replace("path: deploy", "path: maps");
        let change = Change::with(&[("argocd/shop.yaml", &application), ("maps/map.yaml", map)]);
        change.write("maps/map.yaml", "# nothing\n");
        assert_eq!(change.plan().application("shop")["sync"], sync);
    }
}

#[test]
fn what_is_to_be_skipped_is_no_hook() {
    let map = |name: &str, more: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{more}}}\n")
    };
    let skipped = map("skipped", ", annotations: {argocd.argoproj.io/hook: Skip}");
    for policy in ["      prune: true\n", "      selfHeal: true\n"] {
        let application =
            APPLICATION.replace("      prune: true\n", policy).replace("path: deploy", "path: maps");
        let change = Change::with(&[
            ("argocd/shop.yaml", &application),
            ("maps/map.yaml", &map("shop", "")),
            ("maps/skipped.yaml", &skipped),
        ]);
        change.write("maps/map.yaml", "# nothing\n");
        assert_eq!(change.plan().application("shop")["sync"], "automatic", "{policy}");
    }
}

#[test]
fn objects_are_pruned_in_the_opposite_waves() {
    let map = |name: &str, annotation: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  annotations: {{argocd.argoproj.io/{annotation}}}\n"
        )
    };
    let maps = [
        map("first", "sync-wave: '-1'"),
        map("second", "sync-wave: '2'"),
        map("third", "sync-options: PruneLast=true"),
    ];
    let change = Change::with(&[("deploy/maps.yaml", &maps.concat())]);
    change.edit("deploy/kustomization.yaml", "- service.yaml", "- service.yaml\n- maps.yaml");
    change.home.git("repo", "commit -qam maps");
    change.home.git("repo", "branch -f main HEAD");
    change.edit("deploy/kustomization.yaml", "- maps.yaml\n", "");
    let plan = change.plan();
    let objects = plan.application("shop")["objects"].as_array().unwrap();
    let waves: Vec<_> = objects
        .iter()
        .map(|object| format!("{} {}", object["name"].as_str().unwrap(), object["wave"]))
        .collect();
    assert_eq!(waves, ["second -1", "first 2", "third 3"]);
}

#[test]
fn fields_that_cannot_change_fail_or_replace() {
    let change = Change::new();
    change.edit("deploy/deployment.yaml", "app: shop", "app: store");
    let plan = change.plan();
    let words = &plan.objects()["change Deployment shop"];
    assert_eq!(words[0], "fails: `spec.selector` of Deployment `shop` cannot change");
    assert_eq!(plan.application("shop")["fails"], true);
    assert_eq!(plan.summary(), "merging this fails in shop");
}

/// A Deployment with sync options of its own.
fn with_options(options: &str) -> String {
    let annotated =
        format!("  name: shop\n  annotations:\n    argocd.argoproj.io/sync-options: {options}\nspec");
    DEPLOYMENT.replace("  name: shop\nspec", &annotated)
}

const ALL_END: &str = "its 2 Pods end with it, none may run until new ones are ready";

#[test]
fn a_replaced_workload_loses_its_pods() {
    // `Force=true` replaces where the API server refuses the change.
    let change = Change::with(&[("deploy/deployment.yaml", &with_options("Force=true"))]);
    change.edit("deploy/deployment.yaml", "app: shop", "app: store");
    let plan = change.plan();
    assert_eq!(plan.objects()["replace Deployment shop"][0], ALL_END);
    assert_eq!(plan.application("shop")["fails"], false);
    assert_eq!(plan.summary(), "merging this rolls shop (2 Pods, none runs meanwhile)");
    let change = Change::with(&[("deploy/deployment.yaml", &with_options("Force=true"))]);
    change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 3");
    assert!(change.plan().objects().contains_key("change Deployment shop"));
}

#[test]
fn force_and_replace_replace_with_every_sync() {
    let forced = with_options("'Force=true,Replace=true'");
    let change = Change::with(&[("deploy/deployment.yaml", &forced)]);
    change.edit("deploy/deployment.yaml", "  name: shop\n", "  name: shop\n  labels: {a: b}\n");
    assert_eq!(change.plan().objects()["replace Deployment shop"][0], ALL_END);
    // Also where another object changes.
    let change = Change::with(&[("deploy/deployment.yaml", &forced)]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    assert_eq!(plan.objects()["replace Deployment shop"], [ALL_END]);
    assert_eq!(plan.summary(), "merging this rolls shop (2 Pods, none runs meanwhile)");
    // And with the sync that takes the options away, which the object in the cluster still has.
    let change = Change::with(&[("deploy/deployment.yaml", &forced)]);
    change.write("deploy/deployment.yaml", DEPLOYMENT.replace("replicas: 2", "replicas: 3"));
    assert!(change.plan().objects().contains_key("replace Deployment shop"));
    // `Replace=true` may be that of the Application.
    let replacing = format!("{APPLICATION}    syncOptions: [Replace=true]\n");
    let change = Change::with(&[
        ("argocd/shop.yaml", &replacing),
        ("deploy/deployment.yaml", &with_options("Force=true")),
    ]);
    change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 3");
    assert!(change.plan().objects().contains_key("replace Deployment shop"));
}

#[test]
fn a_field_that_goes_from_a_replaced_object_is_not_seen() {
    for options in ["Replace=true", "'Force=true,Replace=true'"] {
        let change = Change::with(&[("deploy/deployment.yaml", &with_options(options))]);
        change.write("deploy/deployment.yaml", DEPLOYMENT);
        let plan = change.plan();
        same(&plan.objects(), &[]);
        let shop = plan.application("shop");
        assert_eq!(shop["sync"], "in-sync");
        assert_eq!(
            shop["remarks"][0],
            "`metadata.annotations[argocd.argoproj.io/sync-options]` of Deployment (apps) `shop/shop` stays in the cluster until \
             somebody takes it away: after `Replace=true`, Argo CD does not see that a field is gone"
        );
    }
    let change = Change::with(&[("deploy/deployment.yaml", &with_options("Force=true"))]);
    change.write("deploy/deployment.yaml", DEPLOYMENT);
    assert!(change.plan().objects().contains_key("change Deployment shop"));
}

#[test]
fn what_the_project_refuses() {
    let change = Change::new();
    let role =
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: []\n";
    change.write("deploy/service.yaml", role);
    let plan = change.plan();
    let refused = plan.application("shop")["refused"][0].as_str().unwrap().to_owned();
    assert!(refused.starts_with("AppProject `shop` does not permit ClusterRole"), "{refused}");
    assert_eq!(plan.errors(), ["TN038"]);
    assert!(plan.summary().starts_with("merging this fails in shop"), "{}", plan.summary());
}

#[test]
fn values_of_secrets_are_never_shown() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\nstringData:\n  password: first-value\n";
    let change = Change::with(&[("deploy/service.yaml", secret)]);
    change.edit("deploy/service.yaml", "first-value", "second-value");
    let plan = change.plan();
    same(&plan.objects(), &[("change Secret shop", &["`password`: changed (the value is not shown)"])]);
    for format in ["human", "json", "markdown"] {
        let outcome = change.home.treenail(&format!("plan main -v --format {format}")).inside("repo").run();
        assert!(!outcome.stdout.contains("-value"), "{}", outcome.stdout);
    }
}

#[test]
fn differences_that_are_ignored_do_not_count() {
    let ignoring = format!(
        "{APPLICATION}  ignoreDifferences:\n  - group: apps\n    kind: Deployment\n    jsonPointers: [/spec/replicas]\n    \
         jqPathExpressions: ['.spec.template.spec.containers[].image']\n"
    );
    let change = Change::with(&[("argocd/shop.yaml", &ignoring)]);
    change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 4").edit(
        "deploy/deployment.yaml",
        "shop:1.0.0",
        "shop:1.1.0",
    );
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.edit("deploy/deployment.yaml", "value: plain", "value: loud");
    same(
        &change.plan().objects(),
        &[("change Deployment shop", &["4 Pods restart, rolling", "env `MODE` of `shop`: plain -> loud"])],
    );
    let plan = change.plan();
    let remarks = &plan.application("shop")["objects"][0]["remarks"];
    assert_eq!(
        remarks[0],
        "more fields differ, which `ignoreDifferences` names: they are applied with this sync"
    );
}

#[test]
fn a_default_that_is_no_longer_written_is_no_difference() {
    let deployment =
        DEPLOYMENT.replace("      containers:", "      dnsPolicy: ClusterFirst\n      containers:").replace(
            "  replicas: 2",
            "  replicas: 2\n  strategy:\n    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 25%",
        );
    let service = super::SERVICE.replace("spec:", "spec:\n  type: ClusterIP");
    let change = Change::with(&[("deploy/deployment.yaml", &deployment), ("deploy/service.yaml", &service)]);
    change.write("deploy/deployment.yaml", DEPLOYMENT).write("deploy/service.yaml", super::SERVICE);
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    // What is not the default is.
    let recreate = DEPLOYMENT.replace("  replicas: 2", "  replicas: 2\n  strategy:\n    type: Recreate");
    let change = Change::with(&[("deploy/deployment.yaml", &recreate)]);
    change.write("deploy/deployment.yaml", DEPLOYMENT);
    same(
        &change.plan().objects(),
        &[("change Deployment shop", &["`spec.strategy`: removed, was {type: Recreate}"])],
    );
}

#[test]
fn hooks_run_in_their_order() {
    let hook = |name: &str, phase: &str, wave: i32| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    argocd.argoproj.io/hook: {phase}\n    \
             argocd.argoproj.io/sync-wave: \"{wave}\"\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
             containers:\n      - {{name: main, image: 'registry.example.com/acme/tool:1.0.0'}}\n"
        )
    };
    let hooks = [hook("after", "PostSync", 0), hook("second", "PreSync", 1), hook("first", "PreSync", -1)];
    let change = Change::with(&[("deploy/hooks.yaml", &hooks.join("---\n"))]);
    change.edit("deploy/kustomization.yaml", "- service.yaml", "- service.yaml\n- hooks.yaml");
    change.home.git("repo", "commit -qam hooks");
    change.home.git("repo", "branch -f main HEAD");
    // A change of a hook alone starts no sync.
    change.edit("deploy/hooks.yaml", "tool:1.0.0", "tool:2.0.0");
    let plan = change.plan();
    assert_eq!(plan.application("shop")["sync"], "in-sync");
    assert_eq!(plan.summary(), "merging this changes nothing in the cluster");
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    let plan = change.plan();
    let hooks = plan.application("shop")["hooks"].as_array().unwrap();
    let titles: Vec<_> = hooks
        .iter()
        .map(|hook| {
            format!("{} {} {}", hook["phase"].as_str().unwrap(), hook["wave"], hook["hook"].as_str().unwrap())
        })
        .collect();
    assert_eq!(titles, ["PreSync -1 Job `first`", "PreSync 1 Job `second`", "PostSync 0 Job `after`"]);
}

#[test]
fn a_hook_runs_in_each_of_its_phases() {
    for (annotations, expected) in [
        ("{argocd.argoproj.io/hook: 'PostSync, PreSync'}", &["PreSync 0", "PostSync 0"][..]),
        ("{argocd.argoproj.io/hook: Later, helm.sh/hook: pre-install}", &["PreSync 0"]),
        ("{argocd.argoproj.io/hook: Later}", &[]),
        ("{argocd.argoproj.io/hook: Sync, argocd.argoproj.io/sync-wave: ' 1'}", &["Sync 0"]),
    ] {
        let hook = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: {annotations}\n"
        );
        let change = Change::with(&[("deploy/hook.yaml", &hook)]);
        change.edit("deploy/kustomization.yaml", "- service.yaml", "- service.yaml\n- hook.yaml");
        change.edit("deploy/deployment.yaml", "replicas: 2", "replicas: 3");
        let plan = change.plan();
        let hooks = plan.application("shop")["hooks"].as_array().unwrap();
        let found: Vec<_> = hooks
            .iter()
            .map(|hook| format!("{} {}", hook["phase"].as_str().unwrap(), hook["wave"]))
            .collect();
        assert_eq!(found, expected, "{annotations}");
    }
}

#[test]
fn a_stateful_set_restarts_one_by_one_and_an_autoscaler_decides_how_many() {
    let stateful = DEPLOYMENT
        .replace("Deployment", "StatefulSet")
        .replace("spec:\n  replicas: 2", "spec:\n  serviceName: shop\n  replicas: 3");
    let change = Change::with(&[("deploy/deployment.yaml", &stateful)]);
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    assert_eq!(change.plan().objects()["change StatefulSet shop"][0], "3 Pods restart, one after the other");
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: shop}\nspec:\n  \
                  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}\n  minReplicas: 1\n  maxReplicas: 9\n";
    let change = Change::with(&[("deploy/service.yaml", scaler)]);
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    assert_eq!(
        change.plan().objects()["change Deployment shop"][0],
        "its Pods restart (as many as HorizontalPodAutoscaler `shop` wants), rolling"
    );
}

#[test]
fn a_duplicate_key_is_no_difference_of_itself() {
    let twice = super::SERVICE
        .replace("  name: shop\n", "  name: shop\n  annotations: {a: b}\n  annotations: {c: d}\n");
    let change = Change::with(&[("deploy/service.yaml", &twice)]);
    change.write("README.md", "changes\n");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
}

#[test]
fn a_number_is_not_its_text() {
    let numeric = DEPLOYMENT.replace("value: plain", "value: 4096").replace("cpu: 500m", "cpu: 1");
    let change = Change::with(&[("deploy/deployment.yaml", &numeric)]);
    change.edit("deploy/deployment.yaml", "cpu: 1", "cpu: \"1\"");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.edit("deploy/deployment.yaml", "value: 4096", "value: \"4096\"");
    let words = "env `MODE` of `shop`: 4096 -> \"4096\"";
    same(&change.plan().objects(), &[("change Deployment shop", &["2 Pods restart, rolling", words])]);
}
