//! Files that other programs complete, put elsewhere or only look at.

use super::cases::reported;
use super::*;

/// Hive patches an object that such a file names; others look one up.
#[test]
fn references_to_objects() {
    let patch = "apiVersion: v1\nkind: Namespace\nname: shop\napplyMode: AlwaysApply\npatch: '{}'\npatchType: merge\n";
    assert_eq!(reported(&[("a.yaml", patch)]), [""; 0]);
    let reference = "apiVersion: apps/v1\nkind: Deployment\nname: shop\nnamespace: shop\n";
    assert_eq!(reported(&[("a.yaml", reference)]), [""; 0]);
    // An object whose `metadata` was forgotten has more.
    let object = "apiVersion: v1\nkind: ConfigMap\nname: shop\ndata: {}\n";
    assert_eq!(reported(&[("a.yaml", object)]), ["a.yaml:2 TN012", "a.yaml:3 TN010"]);
}

/// The package manager of Crossplane sets the Service of a webhook.
#[test]
fn packages_of_crossplane() {
    let meta = "apiVersion: meta.pkg.crossplane.io/v1\nkind: Provider\nmetadata: {name: shop}\n";
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: carts.example.com}\nspec:\n  \
                      conversion:\n    strategy: Webhook\n    webhook:\n      conversionReviewVersions: [v1]\n      \
                      clientConfig: {service: {path: /convert}}\n  group: example.com\n  scope: Cluster\n  \
                      names: {kind: Cart, plural: carts}\n  \
                      versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n";
    let files = |folder: &str, definition: &str| {
        let path = format!("{folder}/crds/carts.yaml");
        reported(&[("package/crossplane.yaml", meta), (&path, definition)])
    };
    assert_eq!(files("package", definition), [""; 0]);
    assert_eq!(files("package", &definition.replace("plural:", "plurals:")).len(), 1);
    assert_eq!(files("config", definition).len(), 2);
}

/// What is beside a policy and its test is there to try the policy with.
#[test]
fn objects_to_try_policies_with() {
    let wrong = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containerz: []}\n";
    let policy = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec: {}\n";
    let test = "name: a\npolicies: [policy.yaml]\nresources: [resource.yaml]\n";
    let with = |path: &str, content: &str| {
        reported(&[
            ("a/kyverno-test.yaml", test),
            ("a/pod.yaml", wrong),
            ("b/pod.yaml", wrong),
            (path, content),
        ])
    };
    assert_eq!(with("a/policy.yaml", policy), ["b/pod.yaml:4 TN010"]);
    assert_eq!(with("b/policy.yaml", policy), ["a/pod.yaml:4 TN010", "b/pod.yaml:4 TN010"]);
    assert_eq!(with("a/kustomization.yaml", "resources: [pod.yaml]\n").len(), 2);
}

/// The program of a catalog replaces the version in a reference by a bundle.
#[test]
fn versions_in_a_catalog_of_tasks() {
    let task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: build}\nspec:\n  params: [{name: a}]\n  \
                steps: [{name: a, image: 'example.com/a:1', script: 'echo $A', env: [{name: A, value: $(params.a)}]}]\n";
    let pipeline = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: release}\nspec:\n  \
                    tasks: [{name: build, taskRef: {name: build, version: '0.1'}}]\n";
    let of = |path: &str| reported(&[(path, task), ("pipelines/release.yaml", pipeline)]);
    assert_eq!(of("tasks/build/0.2/build.yaml"), [""; 0]);
    assert_eq!(of("tasks/build.yaml"), ["pipelines/release.yaml:5 TN010"]);
    assert_eq!(of("tasks/0.2/build.yaml"), ["pipelines/release.yaml:5 TN010"]);
}

/// Pipelines-as-Code puts a Task of the folder `.tekton` into the run, where it has what the run has.
#[test]
fn tasks_of_pipelines_as_code() {
    let task = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: test}\nspec:\n  \
                steps: [{name: a, image: 'example.com/a:1', workingDir: $(workspaces.source.path), args: ['$(params.a)']}]\n";
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: test}\nspec:\n  pipelineSpec:\n    \
               params: [{name: a}]\n    workspaces: [{name: source}]\n    \
               tasks: [{name: test, taskRef: {name: test}, workspaces: [{name: source}], params: [{name: a, value: $(params.a)}]}]\n  \
               params: [{name: a, value: b}]\n  workspaces: [{name: source, emptyDir: {}}]\n";
    let of = |folder: &str| {
        let [task_path, run_path] = ["task.yaml", "run.yaml"].map(|name| format!("{folder}/{name}"));
        reported(&[(&task_path, task), (&run_path, run)])
    };
    assert_eq!(of(".tekton"), [""; 0]);
    assert_eq!(of("shop/.tekton"), [""; 0]);
    let outside = of("tekton");
    assert_eq!(outside.iter().filter(|line| line.contains("task.yaml")).count(), 2, "{outside:?}");
}

/// Tasks of the first version declared params in `inputs`.
#[test]
fn params_in_inputs() {
    let task = "apiVersion: tekton.dev/v1alpha1\nkind: Task\nmetadata: {name: build}\nspec:\n  inputs: {params: [{name: a}]}\n  \
                steps: [{name: a, image: 'example.com/a:1', args: ['$(inputs.params.a)', '$(params.a)', '$(params.b)']}]\n";
    let found = found(&[("a.yaml", task)]);
    assert_eq!(found.iter().filter(|line| line.contains("has no param")).count(), 1, "{found:?}");
}

/// `OpenShift` Pipelines creates it.
#[test]
fn the_account_of_openshift_pipelines() {
    let run = |account: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a}}\nspec:\n  pipelineRef: {{resolver: git}}\n  \
             taskRunTemplate: {{serviceAccountName: {account}}}\n"
        )
    };
    let accounts = |account: &str| {
        let found = found(&[("a.yaml", &run(account))]);
        found.iter().filter(|line| line.contains("TN028")).count()
    };
    assert_eq!((accounts("pipeline"), accounts("pipelines")), (0, 1));
}

const CART: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: carts.example.com}\nspec:\n  \
                    group: example.com\n  scope: Namespaced\n  names: {kind: Cart, plural: carts}\n  versions:\n  - name: v1\n    \
                    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          \
                    spec: {type: object, required: [size], properties: {size: {type: integer}}}\n";

const INCOMPLETE_CART: &str = "apiVersion: example.com/v1\nkind: Cart\nmetadata: {name: a}\nspec: {}\n";

/// A test states only what it needs.
#[test]
fn custom_resources_of_tests_in_go() {
    let of = |path: &str, test: &str| {
        reported(&[("config/crd/carts.yaml", CART), (path, INCOMPLETE_CART), (test, "package shop\n")])
    };
    assert_eq!(of("shop/manifests/a.yaml", "shop/shop_test.go"), [""; 0]);
    assert_eq!(of("shop/manifests/small/a.yaml", "shop/shop_test.go"), [""; 0]);
    assert_eq!(of("test/e2e/manifests/shop/a.yaml", "test/e2e/suite/shop_test.go"), [""; 0]);
    assert_eq!(of("examples/a.yaml", "test/e2e/shop_test.go"), ["examples/a.yaml:4 TN012"]);
    assert_eq!(of("shop/manifests/a.yaml", "shop/shop.go"), ["shop/manifests/a.yaml:4 TN012"]);
    assert_eq!(of("config/samples/a.yaml", "main_test.go"), ["config/samples/a.yaml:4 TN012"]);
    // Other kinds are real: a program may embed them.
    let wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndatas: {}\n";
    let files =
        [("config/crd/carts.yaml", CART), ("shop/a.yaml", wrong), ("shop/shop_test.go", "package shop\n")];
    assert_eq!(reported(&files), ["shop/a.yaml:4 TN010"]);
}

/// The definitions in the repository are those of one release, and for objects.
#[test]
fn what_definitions_are_not_for() {
    let of = |path: &str, cart: &str| reported(&[("crd/carts.yaml", CART), (path, cart)]);
    for path in ["docs/versions/v0.6.0/a.yaml", "docs/versioned_docs/version-1.2/a.yaml"] {
        assert_eq!(of(path, INCOMPLETE_CART), [""; 0], "{path}");
    }
    assert_eq!(of("docs/versions/a.yaml", INCOMPLETE_CART), ["docs/versions/a.yaml:4 TN012"]);
    let settings = "apiVersion: example.com/v1\nkind: Cart\nmetrics: {}\nspec: {}\n";
    assert_eq!(of("a.yaml", settings), [""; 0]);
}

/// `kubectl patch` reads such a file.
#[test]
fn patches_without_a_kustomization() {
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  template:\n    \
                metadata: {labels: {a: b}}\n    spec: {containers: [{name: shop, args: [--verbose]}]}\n";
    assert_eq!(reported(&[("patch-shop.yaml", part)]), [""; 0]);
    assert!(!reported(&[("shop.yaml", part)]).is_empty());
    let kustomization = "resources: [patch-shop.yaml]\n";
    assert!(!reported(&[("patch-shop.yaml", part), ("kustomization.yaml", kustomization)]).is_empty());
}

/// Another patch, which Git does not have, may add what is missing.
#[test]
fn patches_that_others_complete() {
    let shop = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {ports: [{port: 80}]}\n";
    let patch = "- {op: add, path: /spec/ports/0, value: {name: web}}\n";
    let of = |other: &str| {
        let kustomization = format!(
            "resources: [shop.yaml]\npatches:\n- {{path: a.yaml, target: {{kind: Service}}}}\n\
             - {{path: {other}, target: {{kind: Service}}}}\n"
        );
        let files = [
            ("kustomization.yaml", &*kustomization),
            ("shop.yaml", shop),
            ("a.yaml", patch),
            ("b.yaml", "- {op: add, path: /metadata/labels, value: {a: b}}\n"),
        ];
        reported(&files).into_iter().filter(|line| line.ends_with("TN012")).count()
    };
    assert_eq!((of("b.yaml"), of("env/c.yaml")), (1, 0));
}

/// kustomize ignores the namespace of a kind that has none.
#[test]
fn patches_of_cluster_scoped_kinds() {
    let class =
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: example.com\n";
    let patch = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a, namespace: b, labels: {c: d}}\n";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";
    let patch_of_account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b, labels: {c: d}}\n";
    let of = |object: &str, patch: &str| {
        let kustomization = "resources: [a.yaml]\npatches: [{path: b.yaml}]\n";
        reported(&[("kustomization.yaml", kustomization), ("a.yaml", object), ("b.yaml", patch)])
    };
    assert_eq!(of(class, patch), [""; 0]);
    assert_eq!(of(account, patch_of_account), ["b.yaml:1 TN024"]);
}

/// A replacement may set what a project permits.
#[test]
fn projects_that_a_replacement_changes() {
    let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                   sourceRepos: ['https://example.com/other.git']\n  destinations: [{server: '*', namespace: '*'}]\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                       project: shop\n  source: {repoURL: 'https://example.com/shop.git', path: deploy}\n  \
                       destination: {server: 'https://kubernetes.default.svc', namespace: shop}\n";
    let of = |replacements: &str| {
        let kustomization = format!("resources: [project.yaml]\n{replacements}");
        let files = [
            ("k/kustomization.yaml", &*kustomization),
            ("k/project.yaml", project),
            ("app.yaml", application),
        ];
        reported(&files).into_iter().filter(|line| line.ends_with("TN038")).count()
    };
    let replacement = "replacements:\n- source: {kind: AppProject, name: shop, fieldPath: metadata.name}\n  \
                       targets: [{select: {kind: AppProject}, fieldPaths: [spec.sourceRepos.0]}]\n";
    assert_eq!((of(""), of(replacement)), (1, 0));
}

/// A word is filled in; it is no mistake in a number.
#[test]
fn words_instead_of_quantities() {
    let of = |size: &str| {
        let claim = format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: a}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
             resources: {{requests: {{storage: {size}}}}}\n"
        );
        let mut tree = Files::below([""]);
        tree.insert("a.yaml", FileContent::of(claim.into_bytes()));
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN017");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("volsize"), [Severity::Warning]);
    assert_eq!(of("10GB"), [Severity::Error]);
}

/// Another scanner for secrets has been told so.
#[test]
fn values_that_a_comment_calls_no_secret() {
    let of = |comment: &str| {
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  password: hunter2{comment}\n"
        );
        let mut tree = Files::below([""]);
        tree.insert("a.yaml", FileContent::of(secret.into_bytes()));
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN075");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    for comment in [" # gitleaks:allow", " # notsecret", " # pragma: allowlist secret"] {
        assert_eq!(of(comment), [Severity::Note], "{comment}");
    }
    assert_eq!(of(" # of the shop"), [Severity::Error]);
    assert_eq!(of("gitleaks:allow"), [Severity::Error]);
}

/// Params of the first version of a `TaskRun` were in `inputs`.
#[test]
fn params_in_inputs_of_a_run() {
    let task = "apiVersion: tekton.dev/v1beta1\nkind: Task\nmetadata: {name: build}\nspec:\n  params: [{name: a}]\n  \
                steps: [{name: a, image: 'example.com/a:1', args: ['$(params.a)']}]\n";
    let run = "apiVersion: tekton.dev/v1alpha1\nkind: TaskRun\nmetadata: {name: build}\nspec:\n  taskRef: {name: build}\n  \
               inputs: {params: [{name: a, value: b}]}\n";
    let found = found(&[("a.yaml", task), ("b.yaml", run)]);
    assert_eq!(found.iter().filter(|line| line.contains("TN033")).count(), 0, "{found:?}");
}

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                           project: default\n  source: {path: deploy}\n  destination: {name: in-cluster, namespace: shop}\n";

/// What a kustomization adds to the files that it lists, it will add to another that it lists one day.
#[test]
fn files_that_a_kustomization_does_not_list_yet() {
    let patch = "patches:\n- target: {kind: Application}\n  patch: '[{op: add, path: /spec/source/repoURL, value: https://example.com/shop.git}]'\n";
    let of = |kustomization: &str| {
        let files = [
            ("services/kustomization.yaml", kustomization),
            ("services/apps/listed.yaml", APPLICATION),
            ("services/apps/other.yaml", &APPLICATION.replace("name: shop,", "name: other,")),
        ];
        reported(&files).into_iter().filter(|line| line.contains("other.yaml")).collect::<Vec<_>>()
    };
    assert_eq!(of(&format!("resources: [apps/listed.yaml]\n{patch}")), [""; 0]);
    assert_eq!(of(&format!("resources:\n#- apps/listed.yaml\n- x.yaml\n{patch}")), [""; 0]);
    // The kustomization itself is one, which is read in any case.
    let any_case = "resources: [apps/listed.yaml]\n#- other.yaml\nvars: [{name: A, objref: {kind: Application, name: shop, apiversion: argoproj.io/v1alpha1}}]\n";
    assert_eq!(
        reported(&[
            ("services/kustomization.yaml", &format!("{any_case}{patch}")),
            ("services/apps/listed.yaml", APPLICATION)
        ])
        .iter()
        .filter(|line| line.contains("TN010"))
        .count(),
        0
    );
    // One finding for one mistake.
    assert_eq!(of("resources: [apps/listed.yaml]\n"), ["services/apps/other.yaml:6 TN012"]);
}

/// Whoever follows the documentation copies the Application, and the folder that it names.
#[test]
fn applications_in_documentation() {
    let of = |path: &str| {
        let application =
            APPLICATION.replace("{path: deploy}", "{path: deploy, repoURL: 'https://example.com/a.git'}");
        let other = application.replace("path: deploy", "path: k").replace("name: shop,", "name: k,");
        let mut tree = Files::below([""]);
        for (path, text) in [(path, &*application), ("k/a.yaml", &*other)] {
            tree.insert(path, FileContent::of(text.as_bytes().to_vec()));
        }
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN036");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("argocd/a.yaml"), [Severity::Error]);
    assert_eq!(of("docs/shop/a.yaml"), [Severity::Warning]);
}

/// A script copies what is in its folder, or makes the files first; Flux makes one folder.
#[test]
fn entries_that_a_program_makes() {
    let of = |folder: &str, entry: &str| {
        let (path, text) = (format!("{folder}/kustomization.yaml"), format!("resources: [{entry}]\n"));
        let mut tree = Files::below([""]);
        tree.insert(path, FileContent::of(text.into_bytes()));
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN021");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("scripts/shop", "a.yaml"), [Severity::Warning]);
    assert_eq!(of("hack/image", "a.yaml"), [Severity::Warning]);
    assert_eq!(of("clusters/prod", "./flux-system"), [Severity::Warning]);
    assert_eq!(of("packages/shop", "generated/crd"), [Severity::Warning]);
    assert_eq!(of("clusters/prod", "shop"), [Severity::Error]);
}

/// Something in the repository builds with the option.
#[test]
fn files_outside_of_a_kustomization() {
    let of = |is_unrestricted: bool| {
        let mut tree = Files::below([""]);
        tree.insert("k/kustomization.yaml", FileContent::of(b"resources: [../a.yaml]\n".as_slice()));
        let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n";
        tree.insert("a.yaml", FileContent::of(account.as_bytes().to_vec()));
        if is_unrestricted {
            tree.lift_restriction();
        }
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN021");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of(false), [Severity::Error]);
    assert_eq!(of(true), [Severity::Warning]);
}

/// istioctl reads the profiles, which have no name.
#[test]
fn profiles_of_istioctl() {
    let definition = CART
        .replace("carts.example.com", "istiooperators.install.istio.io")
        .replace("group: example.com", "group: install.istio.io")
        .replace("plural: carts", "plural: istiooperators")
        .replace("kind: Cart", "kind: IstioOperator");
    let profile =
        "apiVersion: install.istio.io/v1\nkind: IstioOperator\nmetadata: {namespace: a}\nspec: {}\n";
    assert_eq!(reported(&[("crd.yaml", &definition), ("profiles/a.yaml", profile)]), [""; 0]);
    let named = profile.replace("namespace: a", "name: a");
    assert_eq!(reported(&[("crd.yaml", &definition), ("a.yaml", &named)]), ["a.yaml:4 TN012"]);
}

/// Flux builds with components that the kustomization does not name.
#[test]
fn patches_of_what_a_component_of_flux_adds() {
    let of = |name: &str| {
        let patch = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: '{name}'}}\ntype: Opaque\n");
        let mut tree = Files::below([""]);
        let files = [
            ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: b.yaml}]\n"),
            ("a.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n"),
            ("b.yaml", &*patch),
        ];
        for (path, text) in files {
            tree.insert(path, FileContent::of(text.as_bytes().to_vec()));
        }
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN024");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("${APP}-oidc"), [Severity::Warning]);
    assert_eq!(of("shop-oidc"), [Severity::Error]);
}

/// A Task from elsewhere may do without the workspace, and Tekton accepts it in a run.
#[test]
fn optional_workspaces_of_tasks_from_elsewhere() {
    let of = |task: &str| {
        let run = format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: a}}\nspec:\n  pipelineSpec:\n    \
             tasks: [{{name: a, {task}, workspaces: [{{name: netrc, workspace: netrc}}]}}]\n"
        );
        let mut tree = Files::below([""]);
        tree.insert("a.yaml", FileContent::of(run.into_bytes()));
        let found = run_of(&tree).into_iter().filter(|finding| finding.rule.code == "TN031");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("taskRef: {resolver: bundles, params: [{name: bundle, value: b}]}"), [Severity::Warning]);
    assert_eq!(of("taskRef: {name: build}"), [Severity::Error]);
}

fn run_of(files: &Files) -> Vec<Finding> {
    run(files).findings
}

/// A chart or an operator creates Services, which are called after its object.
#[test]
fn services_of_charts_and_operators() {
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec:\n  \
                 rules: [{backendRefs: [{name: shop-web, port: 80}]}]\n";
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: {clusterIP: None, ports: [{port: 80}]}\n";
    let of = |other: &str| {
        let files = [
            ("k/kustomization.yaml", "resources: [a.yaml, b.yaml, c.yaml]\n"),
            ("k/a.yaml", route),
            ("k/b.yaml", service),
            ("k/c.yaml", other),
        ];
        reported(&files).into_iter().filter(|line| line.ends_with("TN027")).count()
    };
    let object = |kind: &str, name: &str| {
        format!("apiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n")
    };
    assert_eq!(of(&object("HelmRelease", "any")), 0);
    assert_eq!(of(&object("Store", "shop")), 0);
    assert_eq!(of(&object("Store", "other")), 1);
    assert_eq!(of("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n"), 1);
}

/// kustomize finds what to delete by the name, where there is no path.
#[test]
fn mounts_that_a_patch_deletes_by_name() {
    let shop = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {a: b}}\n  \
                template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n      - name: shop\n        \
                image: example.com/shop:1\n        volumeMounts: [{name: key, mountPath: /key}, {name: data, mountPath: /data}]\n      \
                volumes: [{name: key, secret: {secretName: key}}, {name: data, emptyDir: {}}]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  template:\n    spec:\n      containers:\n      \
                 - name: shop\n        volumeMounts: [{$patch: delete, name: key}]\n      volumes: [{$patch: delete, name: key}]\n";
    let files = [
        ("k/kustomization.yaml", "resources: [a.yaml]\npatches: [{path: b.yaml}]\n"),
        ("k/a.yaml", shop),
        ("k/b.yaml", patch),
    ];
    assert_eq!(reported(&files), [""; 0]);
}

/// A program or the cluster itself has made the Service.
#[test]
fn changes_of_a_service() {
    let service = |spec: &str| {
        let text =
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: kubernetes}}\nspec: {{{spec}}}\n");
        reported(&[("a.yaml", &text)])
    };
    assert_eq!(service("ipFamilyPolicy: PreferDualStack"), [""; 0]);
    assert_eq!(service("selector: {app: shop}"), ["a.yaml:4 TN100"]);
    assert_eq!(service("ports: []"), ["a.yaml:4 TN100"]);
}

/// Argo CD and Flux merge some objects into what the cluster has.
#[test]
fn objects_that_are_merged() {
    let of = |annotations: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop, annotations: {{{annotations}}}}}\n\
             spec: {{replicas: 3, strategy: {{type: Recreate, rollingUpdate: {{}}}}}}\n"
        );
        reported(&[("a.yaml", &text)]).iter().filter(|line| !line.ends_with("TN052")).count()
    };
    let options = "argocd.argoproj.io/sync-options";
    assert_eq!(of("kustomize.toolkit.fluxcd.io/ssa: Merge"), 0);
    assert_eq!(of(&format!("{options}: 'ServerSideApply=true, Validate=false'")), 0);
    assert_eq!(of("kustomize.toolkit.fluxcd.io/ssa: Override"), 3);
    assert_eq!(of(&format!("{options}: ServerSideApply=true")), 3);
}

/// A step that asks whether a workspace is bound does not use its path otherwise.
#[test]
fn workspaces_that_a_step_asks_for() {
    let of = |arguments: &str| {
        let task = format!(
            "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {{name: a}}\nspec:\n  \
             steps: [{{name: a, image: 'example.com/a:1', args: [{arguments}]}}]\n"
        );
        let mut tree = Files::below([""]);
        tree.insert("a.yaml", FileContent::of(task.into_bytes()));
        let found = run(&tree).findings.into_iter().filter(|finding| finding.rule.code == "TN031");
        found.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("$(workspaces.cache.path)"), [Severity::Error]);
    assert_eq!(of("$(workspaces.cache.bound), $(workspaces.cache.path)"), [Severity::Warning; 2]);
    assert_eq!(
        of("$(workspaces.other.bound), $(workspaces.cache.path)"),
        [Severity::Warning, Severity::Error]
    );
}

/// `tkn` names the claim.
#[test]
fn claims_for_tkn() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  accessModes: [ReadWriteOnce]\n  \
                 resources: {requests: {storage: 1Gi}}\n";
    assert_eq!(reported(&[("claim.yaml", claim)]), [""; 0]);
    let named = ("kustomization.yaml", "resources: [claim.yaml]\n");
    assert!(reported(&[("claim.yaml", claim), named]).contains(&"claim.yaml:2 TN012".to_owned()));
}

/// IBM Cloud Continuous Delivery reads triggers in the group of Tekton Pipelines.
#[test]
fn triggers_of_ibm() {
    let trigger = |kind: &str, spec: &str| {
        format!("apiVersion: tekton.dev/v1\nkind: {kind}\nmetadata: {{name: shop}}\nspec: {{{spec}}}\n")
    };
    let of = |binding: &str| {
        let listener =
            trigger("EventListener", &format!("triggers: [{{{binding}, template: {{name: shop}}}}]"));
        let files = [
            ("a.yaml", &*listener),
            ("b.yaml", &*trigger("TriggerBinding", "params: [{name: a, value: b}]")),
            ("c.yaml", &*trigger("TriggerTemplate", "params: [{name: a}], resourcetemplates: []")),
        ];
        reported(&files).into_iter().filter(|line| line.ends_with("TN015")).count()
    };
    assert_eq!(of("binding: {name: shop}"), 0);
    assert_eq!(of("bindings: [{ref: shop}]"), 3);
}
