//! What happens to Applications: new, removed, changed, made by `ApplicationSets`, elsewhere, by hand, unknown.

use super::{APPLICATION, Change, same, texts};

#[test]
fn a_manual_one_waits_for_a_person() {
    let manual = APPLICATION.replace("  syncPolicy:\n    automated:\n      prune: true\n", "");
    let change = Change::with(&[("argocd/shop.yaml", &manual)]);
    change.edit("deploy/kustomization.yaml", "- service.yaml\n", "");
    let plan = change.plan();
    assert_eq!(plan.application("shop")["sync"], "manual");
    assert_eq!(plan.summary(), "merging this leaves waiting for a person shop, prunes 1 object");
    assert_eq!(plan.by_hand(), ["sync `shop`: `argocd app sync shop --prune`"]);
}

#[test]
fn what_no_application_renders_is_applied_by_hand() {
    let change = Change::new();
    change.edit(
        "argocd/project.yaml",
        "namespace: shop\n",
        "namespace: shop\n  - server: https://kubernetes.default.svc\n    namespace: cart\n",
    );
    let plan = change.plan();
    assert_eq!(
        plan.by_hand(),
        [
            "apply `argocd` again, which no Application here renders: `kubectl apply -f argocd` (AppProject (argoproj.io) `argocd/shop` changes)"
        ]
    );
    assert_eq!(plan.summary(), "merging this changes nothing by itself; somebody has to apply the change");
}

#[test]
fn an_application_comes_and_goes() {
    let change = Change::new();
    let other = APPLICATION.replace("name: shop\n", "name: cart\n").replace("path: deploy", "path: cart");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: cart}\n";
    change.write("argocd/cart.yaml", &other).write("cart/account.yaml", account);
    let plan = change.plan();
    assert_eq!(plan.application("cart")["presence"], "added");
    same(&plan.objects_of("cart"), &[("create ServiceAccount cart", &[])]);
    assert!(
        plan.by_hand()[0].contains("Application (argoproj.io) `argocd/cart` is new"),
        "{:?}",
        plan.by_hand()
    );
    change.home.git("repo", "add .");
    change.home.git("repo", "commit -qm cart");
    change.home.git("repo", "branch -f main HEAD");
    change.remove("argocd/cart.yaml");
    let plan = change.plan();
    assert_eq!(plan.application("cart")["presence"], "removed");
    same(&plan.objects_of("cart"), &[("keep ServiceAccount cart", &[])]);
    assert!(
        plan.by_hand()[0].contains("kubectl delete application.argoproj.io cart -n argocd"),
        "{:?}",
        plan.by_hand()
    );
}

/// The Application that renders the others.
fn root(more: &str) -> String {
    APPLICATION.replace("name: shop\n", "name: root\n").replace("path: deploy", "path: argocd") + more
}

#[test]
fn an_application_of_applications_deletes_what_goes() {
    for (finalizers, action) in [
        ("", "keep Service shop"),
        ("\n  finalizers: [resources-finalizer.argocd.argoproj.io]", "prune Service shop"),
    ] {
        let shop = APPLICATION
            .replace("  namespace: argocd\nspec", &format!("  namespace: argocd{finalizers}\nspec"));
        let change = Change::with(&[("root.yaml", &root("")), ("argocd/shop.yaml", &shop)]);
        change.remove("argocd/shop.yaml");
        let plan = change.plan();
        same(&plan.objects_of("root"), &[("prune Application shop", &[])]);
        assert!(plan.objects().contains_key(action), "{:?}", plan.objects());
        assert_eq!(plan.by_hand(), [] as [&str; 0]);
    }
}

#[test]
fn the_application_itself_changes() {
    let change = Change::new();
    change
        .edit("argocd/shop.yaml", "path: deploy", "path: other")
        .write("other/service.yaml", super::SERVICE);
    let plan = change.plan();
    let remarks: Vec<_> = texts(&plan.application("shop")["remarks"]).collect();
    assert_eq!(remarks, ["the Application itself changes: `source.path`: deploy -> other"]);
    let objects = plan.objects();
    assert!(
        objects.contains_key("prune Deployment shop") && !objects.contains_key("prune Service shop"),
        "{objects:?}"
    );
}

#[test]
fn sets_make_applications() {
    let set = "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: services, namespace: argocd}
spec:
  goTemplate: true
  generators:
  - git:
      repoURL: https://git.example.com/acme/shop-gitops.git
      revision: HEAD
      directories:
      - path: services/*
      - path: services/old
        exclude: true
  template:
    metadata:
      name: '{{ .path.basename }}'
    spec:
      project: default
      source:
        repoURL: https://git.example.com/acme/shop-gitops.git
        targetRevision: HEAD
        path: '{{ .path.path }}'
      destination:
        server: https://kubernetes.default.svc
        namespace: '{{ .path.basename }}'
      syncPolicy: {automated: {prune: true}}
";
    let change = Change::with(&[("argocd/set.yaml", set), ("services/cart/service.yaml", super::SERVICE)]);
    change
        .write("services/users/service.yaml", super::SERVICE)
        .write("services/old/service.yaml", super::SERVICE)
        .edit("services/cart/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    assert_eq!(plan.names(), ["cart", "users"]);
    assert_eq!(plan.application("cart")["madeBy"], "services");
    assert_eq!(plan.application("users")["presence"], "added");
    same(&plan.objects_of("users"), &[("create Service shop", &[])]);
    // What is not evaluated is named.
    let clusters = set.replace("  - git:\n", "  - clusters: {}\n  - git:\n");
    let change = Change::with(&[("argocd/set.yaml", &clusters)]);
    let unknown = change.plan().0["unknown"][0]["what"].as_str().unwrap().to_owned();
    assert_eq!(
        unknown,
        "ApplicationSet `services` in `argocd/set.yaml`: the generator `clusters` is not evaluated"
    );
}

#[test]
fn a_list_makes_applications() {
    let set = "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: stages, namespace: argocd}
spec:
  generators:
  - list:
      elements:
      - {stage: dev, namespace: shop-dev}
      - {stage: prod, namespace: shop-prod}
  template:
    metadata: {name: 'shop-{{stage}}'}
    spec:
      project: default
      source:
        repoURL: https://git.example.com/acme/shop-gitops.git
        targetRevision: HEAD
        path: 'stages/{{stage}}'
      destination: {server: 'https://kubernetes.default.svc', namespace: '{{namespace}}'}
";
    let service = super::SERVICE;
    let change = Change::with(&[
        ("argocd/set.yaml", set),
        ("stages/dev/service.yaml", service),
        ("stages/prod/service.yaml", service),
    ]);
    change.edit("stages/prod/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    assert_eq!(plan.names(), ["shop-prod"]);
    assert_eq!(plan.application("shop-prod")["production"], true);
    assert_eq!(plan.application("shop-prod")["sync"], "manual");
}

#[test]
fn a_chart_is_unknown_and_named() {
    let change = Change::with(&[
        (
            "deploy/kustomization.yaml",
            &format!(
                "{}helmCharts:\n- name: redis\n  repo: https://charts.example.com\n  valuesFile: values.yaml\n",
                super::KUSTOMIZATION
            ),
        ),
        ("deploy/values.yaml", "a: 1\n"),
    ]);
    // A manifest gives its own objects only.
    change.edit("deploy/service.yaml", "spec:", "# a comment\nspec:");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.edit("deploy/values.yaml", "a: 1", "a: 2");
    let plan = change.plan();
    let shop = plan.application("shop");
    assert_eq!(shop["sync"], "unknown");
    assert_eq!(shop["unknown"][0]["what"], "`helmCharts`: Helm charts are not evaluated");
    assert!(texts(&shop["unknown"][0]["files"]).any(|it| it == "deploy/values.yaml"));
    assert_eq!(plan.summary(), "merging this may change shop");
}

/// Argo CD runs `kustomize edit` with these.
#[test]
fn an_application_changes_its_kustomization() {
    let own = "path: deploy\n    kustomize:\n      namePrefix: a-\n      images: ['registry.example.com/acme/shop:2']\n      replicas: [{name: shop, count: 5}]\n      \
               commonAnnotations: {team: shop}\n      patches:\n      - target: {kind: Service}\n        patch: '[{op: replace, path: /spec/ports/0/port, value: 99}]'";
    let change = Change::with(&[("argocd/shop.yaml", &APPLICATION.replace("path: deploy", own))]);
    // Another image and another port have no effect; the environment has.
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    change.edit("deploy/deployment.yaml", "acme/shop:1.0.0", "acme/shop:3");
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.edit(
        "argocd/shop.yaml",
        "registry.example.com/acme/shop:2",
        "registry.example.com/acme/shop=quay.io/acme/shop:4",
    );
    change.edit("argocd/shop.yaml", "value: 99", "value: 98");
    let plan = change.plan();
    assert!(plan.summary().contains("(5 Pods)"), "{}", plan.summary());
    let image = "image of `shop`: registry.example.com/acme/shop:2 -> quay.io/acme/shop:4";
    let ports = ["`spec.ports[98]`: added, {port: 98}", "`spec.ports[99]`: removed, was {port: 99}"];
    same(
        &plan.objects_of("shop"),
        &[
            ("change Deployment a-shop", &["5 Pods restart, rolling", image]),
            ("change Service a-shop", &ports),
        ],
    );
    assert_eq!(plan.application("shop")["unknown"], serde_json::json!([]));
}

#[test]
fn what_an_application_changes_in_other_ways_is_unknown() {
    for (settings, expected) in [
        ("images: ['registry.example.com/acme/shop:$ARGOCD_APP_REVISION']", "kustomize.images"),
        ("images: ['registry.example.com/acme/shop=*:2']", "kustomize.images"),
        ("images: [shop]", "kustomize.images"),
        ("commonLabels: {team: '${ARGOCD_APP_NAME}'}", "kustomize.commonLabels"),
        ("commonLabels: {team: a}\n      labelIncludeTemplates: true", "kustomize.labelIncludeTemplates"),
        ("components: [../more]", "kustomize.components"),
        ("patches: [{path: patch.yaml}]", "kustomize.patches"),
    ] {
        let own = format!("path: deploy\n    kustomize:\n      {settings}");
        let change = Change::with(&[("argocd/shop.yaml", &APPLICATION.replace("path: deploy", &own))]);
        change.edit("deploy/service.yaml", "port: 80", "port: 81");
        let unknown = change.plan().application("shop")["unknown"][0]["what"].clone();
        assert_eq!(unknown, format!("the changes by `{expected}` of this source are not evaluated"));
    }
    let own = "path: deploy\n    kustomize:\n      commonAnnotations: {team: a}";
    let change = Change::with(&[
        ("argocd/shop.yaml", &APPLICATION.replace("path: deploy", own)),
        ("deploy/kustomization.yaml", &format!("{}commonAnnotations: {{team: b}}\n", super::KUSTOMIZATION)),
    ]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let unknown = change.plan().application("shop")["unknown"][0]["what"].clone();
    assert_eq!(
        unknown,
        "`commonAnnotations` of this source has a key of the kustomization, and is not evaluated"
    );
}

#[test]
fn an_edit_that_kustomize_refuses_breaks_the_application() {
    for settings in [
        "replicas: [{name: cart, count: 2}]",
        "patches: [{target: {kind: Service}, patch: '[{op: remove, path: /spec/nope}]'}]",
    ] {
        let change = Change::new();
        let own = format!("path: deploy\n    kustomize:\n      {settings}");
        change.write("argocd/shop.yaml", APPLICATION.replace("path: deploy", &own));
        let plan = change.plan();
        assert_eq!(plan.application("shop")["sync"], "error", "{settings}");
    }
}

#[test]
fn the_last_image_of_a_name_counts_and_a_count_may_be_a_text() {
    let own = "path: deploy\n    kustomize:\n      images: [registry.example.com/acme/shop=a:1, registry.example.com/acme/shop=b:2]\n      \
               replicas: [{name: shop, count: '5'}]";
    let change = Change::new();
    change.write("argocd/shop.yaml", APPLICATION.replace("path: deploy", own));
    let objects = change.plan().objects_of("shop");
    let words = &objects["change Deployment shop"];
    assert!(
        words.contains(&"image of `shop`: registry.example.com/acme/shop:1.0.0 -> b:2".to_owned()),
        "{words:?}"
    );
    assert!(words.iter().any(|it| it.contains("5 Pods")), "{words:?}");
}

#[test]
fn a_file_of_a_folder_that_changes_sources_is_understood_or_unknown() {
    for (text, what) in [
        ("kustomize: {namePrefix: [", ".argocd-source.yaml"),
        ("- a\n", ".argocd-source.yaml"),
        ("kustomize: yes\n", ".argocd-source.yaml"),
        ("kustomize: {patches: [{target: {kind: Service}, patch: '[]'}]}\n", "kustomize.patches"),
    ] {
        let change = Change::new();
        change.write("deploy/.argocd-source.yaml", text);
        let plan = change.plan();
        assert_eq!(plan.summary(), "merging this may change shop", "{text}");
        let unknown = &plan.application("shop")["unknown"][0]["what"];
        assert_eq!(*unknown, format!("the changes by `{what}` of this source are not evaluated"));
    }
}

#[test]
fn what_another_build_changes_of_an_application_is_unknown() {
    let patch = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec: {source: {kustomize: {nameSuffix: -s}}}\n";
    let kustomization = "resources: [../argocd/shop.yaml]\npatches: [{path: patch.yaml}]\n";
    let root = APPLICATION.replace("name: shop\n", "name: root\n").replace("path: deploy", "path: apps");
    let change = Change::with(&[
        ("root/root.yaml", &root),
        ("apps/kustomization.yaml", kustomization),
        ("apps/patch.yaml", patch),
    ]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    let unknown = &plan.application("shop")["unknown"][0]["what"];
    assert_eq!(*unknown, "what another build changes of its source");
}

/// As Argo CD Image Updater writes it.
#[test]
fn a_folder_changes_the_source_of_its_application() {
    let change = Change::new();
    change.write(
        "deploy/.argocd-source-other.yaml",
        "kustomize: {images: ['registry.example.com/acme/shop:9']}\n",
    );
    assert_eq!(change.plan().names(), [] as [&str; 0]);
    change.write(
        "deploy/.argocd-source-shop.yaml",
        "kustomize: {images: ['registry.example.com/acme/shop:2']}\n",
    );
    let plan = change.plan();
    let image = "image of `shop`: registry.example.com/acme/shop:1.0.0 -> registry.example.com/acme/shop:2";
    same(&plan.objects_of("shop"), &[("change Deployment shop", &["2 Pods restart, rolling", image])]);
}

#[test]
fn a_file_that_a_generator_downloads_is_unknown() {
    let url = "https://example.com/acme/shop.json";
    let change = Change::with(&[(
        "deploy/kustomization.yaml",
        &super::KUSTOMIZATION.replace("- settings.properties", &format!("- settings.properties\n  - {url}")),
    )]);
    change.edit("deploy/settings.properties", "=", "=2");
    let plan = change.plan();
    let shop = plan.application("shop");
    assert_eq!(shop["unknown"][0]["what"], format!("`{url}` is not in this repository"));
    // Without the file, the hash is not known.
    let names: Vec<_> = shop["objects"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["settings"], "{shop:#}");
}

#[test]
fn a_template_in_a_folder_is_unknown() {
    let application = APPLICATION.replace("path: deploy", "path: plain");
    let template = super::SERVICE.replace("port: 80", "port: {{ .port }}");
    let change = Change::with(&[("argocd/shop.yaml", &application), ("plain/service.yaml", super::SERVICE)]);
    change.write("plain/more.yaml", template);
    let plan = change.plan();
    assert_eq!(plan.application("shop")["unknown"][0]["what"], "`plain/more.yaml` is not read (a template)");
}

#[test]
fn filters_of_a_folder_are_unknown() {
    let filtered = |filter: &str| {
        let application =
            APPLICATION.replace("path: deploy", &format!("path: plain\n    directory: {{{filter}}}"));
        let change =
            Change::with(&[("argocd/shop.yaml", &application), ("plain/service.yaml", super::SERVICE)]);
        change.edit("plain/service.yaml", "port: 80", "port: 81");
        let shop = change.plan().application("shop").clone();
        shop["unknown"].clone()
    };
    assert_eq!(filtered("jsonnet: {}, recurse: true, exclude: ''"), serde_json::json!([]));
    assert_eq!(filtered("exclude: 'test*'")[0]["what"], "`exclude` of this source is not evaluated");
}

#[test]
fn what_was_not_evaluated_before_is_unknown_too() {
    let replacing = format!(
        "{}replacements:\n- source: {{kind: Service, name: shop, fieldPath: metadata.name}}\n  targets:\n  - select: {{kind: \
         Deployment, name: shop}}\n    fieldPaths: [spec.template.metadata.labels.app]\n",
        super::KUSTOMIZATION
    );
    let change = Change::with(&[("deploy/kustomization.yaml", &replacing)]);
    change.write("deploy/kustomization.yaml", super::KUSTOMIZATION);
    let plan = change.plan();
    let shop = plan.application("shop");
    assert_eq!(shop["sync"], "unknown", "{shop:#}");
    let what = shop["unknown"][0]["what"].as_str().unwrap();
    assert!(what.ends_with(" (before the change)"), "{what}");
    assert_eq!(shop["unknown"][0]["files"], serde_json::json!(["deploy/kustomization.yaml"]));
}

#[test]
fn another_revision_does_not_move() {
    let pinned = APPLICATION.replace("targetRevision: HEAD", "targetRevision: v1.2.0");
    let change = Change::with(&[("argocd/shop.yaml", &pinned)]);
    change.edit("deploy/deployment.yaml", "shop:1.0.0", "shop:1.1.0");
    let plan = change.plan();
    let shop = plan.application("shop");
    assert_eq!(shop["sync"], "in-sync");
    assert_eq!(shop["remarks"][0], "it follows `v1.2.0`, which this change does not move");
    assert_eq!(plan.summary(), "merging this changes nothing in the cluster");
}

#[test]
fn an_object_moves_from_one_application_to_another() {
    let other = APPLICATION.replace("name: shop\n", "name: edge\n").replace("path: deploy", "path: edge");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: edge}\n";
    let change = Change::with(&[("argocd/edge.yaml", &other), ("edge/account.yaml", account)]);
    change
        .edit("deploy/kustomization.yaml", "- service.yaml\n", "")
        .write("edge/service.yaml", super::SERVICE);
    let plan = change.plan();
    let objects = plan.application("shop")["objects"].as_array().unwrap();
    let remark = objects[0]["remarks"][0].as_str().unwrap();
    assert!(remark.starts_with("Application `edge` takes it over"), "{remark}");
}

#[test]
fn another_address_of_the_repository_is_said_to_be_unknown() {
    let fork = |name: &str| APPLICATION.replace("name: shop\n", &format!("name: {name}\n"));
    let other = fork("other").replace("git.example.com/acme", "git.example.com/fork");
    let change = Change::with(&[("argocd/second.yaml", &fork("second")), ("argocd/other.yaml", &other)]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    assert_eq!(plan.names(), ["other", "second", "shop"]);
    let unknown = plan.application("other")["unknown"][0]["what"].as_str().unwrap();
    assert_eq!(
        unknown,
        "its source `https://git.example.com/fork/shop-gitops.git` is not taken for this repository"
    );
    assert_eq!(plan.application("other")["sync"], "unknown");
    // Unless Git knows it.
    change.home.git("repo", "remote add origin https://git.example.com/fork/shop-gitops.git");
    assert_eq!(change.plan().application("other")["sync"], "automatic");
}

/// A hook that may create runs, and what lets it.
fn trigger(pod: &str, account: &str) -> String {
    format!(
        "apiVersion: v1
kind: ServiceAccount
metadata: {{name: starter}}
{account}---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: starter}}
rules:
- apiGroups: [tekton.dev]
  resources: [pipelineruns]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: starter}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: starter}}
subjects: [{{kind: ServiceAccount, name: starter, namespace: shop}}]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: starter
  annotations: {{argocd.argoproj.io/hook: PostSync}}
spec:
  template:
    spec:
      restartPolicy: Never
      serviceAccountName: starter
{pod}      containers:
      - name: main
        image: registry.example.com/acme/tool:1.0.0
        command: [sh, -c, kubectl create -f run.yaml]
"
    )
}

#[test]
fn a_hook_without_a_token_starts_nothing() {
    const OFF: &str = "automountServiceAccountToken: false\n";
    let (off, on) = (format!("      {OFF}"), "      automountServiceAccountToken: true\n".to_owned());
    let secret = format!("{off}      volumes: [{{name: login, secret: {{secretName: login}}}}]\n");
    for (pod, account, starts) in [
        ("", "", true),
        (&*off, "", false),
        ("", OFF, false),
        (&*on, OFF, true),
        // It may log in with what is in the Secret.
        (&*secret, "", true),
    ] {
        let kustomization = super::KUSTOMIZATION.replace("- service.yaml", "- service.yaml\n- hook.yaml");
        let change = Change::with(&[
            ("deploy/kustomization.yaml", &kustomization),
            ("deploy/hook.yaml", &trigger(pod, account)),
        ]);
        change.edit("deploy/service.yaml", "port: 80", "port: 81");
        let plan = change.plan();
        let expected = if starts { "merging this may start a pipeline" } else { "merging this syncs shop" };
        assert_eq!(plan.summary(), expected, "{pod} {account}: {:#}", plan.0["chain"]);
    }
}

#[test]
fn a_hook_finds_a_run_with_a_name_of_its_own() {
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: shop-1.4.0}\nspec:\n  pipelineRef: {name: release}\n";
    let pod = "      volumes: [{name: run, configMap: {name: run}}]\n";
    let kustomization = super::KUSTOMIZATION.replace("- service.yaml", "- service.yaml\n- hook.yaml")
        + "- name: run\n  files:\n  - run.yaml\n";
    let change = Change::with(&[
        ("deploy/kustomization.yaml", &kustomization),
        ("deploy/hook.yaml", &trigger(pod, "")),
        ("deploy/run.yaml", run),
    ]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    let plan = change.plan();
    assert_eq!(plan.summary(), "merging this syncs shop");
    assert_eq!(
        plan.0["chain"][0]["words"],
        "Job `starter` of `shop` finds the run `shop-1.4.0` there already, unless somebody deleted it"
    );
    change.edit("deploy/run.yaml", "shop-1.4.0", "shop-1.5.0");
    assert!(
        change.plan().summary().contains("may start the Pipeline `release`"),
        "{}",
        change.plan().summary()
    );
}

#[test]
fn what_stays_when_an_application_goes() {
    let parent = APPLICATION.replace("name: shop\n", "name: parent\n").replace("path: deploy", "path: apps");
    let child =
        APPLICATION.replace("name: shop\n", "name: cart\n").replace("path: deploy", "path: cart").replace(
            "  namespace: argocd\n",
            "  namespace: argocd\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n",
        );
    let map = |name: &str, annotations: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n"
        )
    };
    let maps = [
        map("deleted", "argocd.argoproj.io/sync-options: 'Delete=true,Delete=false'"),
        map("kept", "argocd.argoproj.io/sync-options: Delete=false"),
        map("policy", "helm.sh/resource-policy: keep"),
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n"
            .to_owned(),
    ];
    let change = Change::with(&[
        ("argocd/parent.yaml", &parent),
        ("apps/cart.yaml", &child),
        ("apps/other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"),
        ("cart/maps.yaml", &maps.concat()),
    ]);
    change.remove("apps/cart.yaml");
    let expected: [(&str, &[&str]); 4] = [
        ("keep ConfigMap kept", &[]),
        ("keep ConfigMap policy", &[]),
        ("keep CustomResourceDefinition things.example.com", &[]),
        ("prune ConfigMap deleted", &[]),
    ];
    same(&change.plan().objects_of("cart"), &expected);
}
