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
