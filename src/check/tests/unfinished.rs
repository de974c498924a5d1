//! Files that other programs or people work on before a cluster gets something of them.

use super::cases::{PARTIAL, reported};
use super::*;

fn tree(files: &[(&str, &str)]) -> Files {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    tree
}

/// Returns the severities of the findings of one rule.
fn severities(files: &Files, code: &str) -> Vec<Severity> {
    let found = run(files).findings.into_iter().filter(|finding| finding.rule.code == code);
    found.map(|finding| finding.severity).collect()
}

/// Files that other programs turn into manifests: nobody sends them to a cluster as they are.
#[test]
fn templates_of_other_programs() {
    let map = |line: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n{line}\n");
    for broken in [
        "<#if mail.active>\n  labels: {a: b}\n</#if>",
        "<#list a as b>\n  labels: {a: b}\n</#list>",
        "[[- if .mail ]]\n  labels: {a: b}\n[[- end ]]",
        "data:\n  image: {user}/shop",
        "data:\n  image: %IMAGE%",
        "data:\n  image: %%image%%:1.4.0",
        "data: {image: $[image]}",
        "data:\n  image: [REGION]-docker.pkg.dev/shop",
        "data: #@ data.values.settings",
        "#@ if data.values.mail:\ndata: 1\n#@ end",
    ] {
        assert_eq!(reported(&[("a.yaml", &map(broken))]), [""; 0], "{broken}");
    }
    for wrong in [
        "data:\n  image: {user} shop",
        "data:\n  image: [a] b",
        "data: 1 # mail@example.com",
        "data: 1 #@home",
    ] {
        let is_quiet = reported(&[("a.yaml", &map(wrong))]).is_empty();
        assert!(!is_quiet, "{wrong}");
    }
    for name in ["a.ftl.yaml", "a.j2.yaml", "a.hbs.yaml"] {
        assert_eq!(reported(&[(name, &map("data: 1"))]), [""; 0], "{name}");
    }
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: a}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
                  capacity: {storage: 1Gi}\n  nfs: {server: SERVER, path: /a}\n  storageClassName: ";
    for gap in ["{class-name}", "[[ .Values.class ]]", "[CLASS]"] {
        assert_eq!(reported(&[("a.yaml", &format!("{volume}{gap}\n"))]), [""; 0], "{gap}");
    }
    for wrong in ["{class: name}", "{a, b}", "[class]", "[CLASS, A]"] {
        assert_eq!(reported(&[("a.yaml", &format!("{volume}{wrong}\n"))]), ["a.yaml:8 TN011"], "{wrong}");
    }
}

/// `oc process` reads a Template without a group, as such kinds were written once.
#[test]
fn templates_of_openshift() {
    let template = "apiVersion: v1\nkind: Template\nmetadata: {name: a}\nobjects:\n- {apiVersion: v1, kind: DeploymentConfig}\n";
    assert_eq!(reported(&[("a.yaml", template)]), [""; 0]);
    assert_eq!(
        reported(&[("a.yaml", "apiVersion: v1\nkind: Template\nmetadata: {name: a}\n")]),
        ["a.yaml:2 TN016"]
    );
}

/// A program merges it into a workload that is elsewhere, so it has neither selector nor image.
#[test]
fn parts_of_workloads() {
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  template:\n    spec:\n      containers:\n      \
                - name: shop\n        args: [--verbose]\n";
    assert_eq!(reported(&[("a.yaml", part)]), [""; 0]);
    let job = part
        .replace("apps/v1", "batch/v1")
        .replace("Deployment", "Job")
        .replace("metadata:\n  name: shop\n", "");
    assert_eq!(reported(&[("a.yaml", &job)]), [""; 0]);
    let builds = "resources: [a.yaml]\n";
    assert!(
        reported(&[("kustomization.yaml", builds), ("a.yaml", part)]).contains(&"a.yaml:5 TN012".to_owned())
    );
    assert_eq!(reported(&[("a.yaml", PARTIAL)]), ["a.yaml:5 TN012"]);
}

/// A program makes the file before a build, from the template beside it or where Git ignores it.
#[test]
fn files_that_a_program_makes() {
    let of = |entry: &str, other: &str| {
        let kustomization = format!("resources: [{entry}]\n");
        let mut files = tree(&[("k/kustomization.yaml", &kustomization), (other, "a: {{ b }}\n")]);
        files.expect_made("k/made.yaml");
        severities(&files, "TN021")
    };
    for other in ["k/a.yaml.j2", "k/a.tpl", "k/a.example.yaml", "k/a.yaml.template"] {
        assert_eq!(of("a.yaml", other), [Severity::Warning], "{other}");
    }
    assert_eq!(of("made.yaml", "k/b.yaml"), [Severity::Warning]);
    assert_eq!(of("a.yaml", "a.yaml.j2"), [Severity::Error]);
    assert_eq!(of("a.yaml", "k/a.yaml.bak"), [Severity::Error]);
}

/// Ansible copies the files of a role, and people copy templates; the paths in them count from there.
#[test]
fn kustomizations_that_are_copied() {
    let of = |folder: &str, other: &str| {
        let path = format!("{folder}/kustomization.yaml");
        severities(&tree(&[(&path, "resources: [a.yaml]\n"), (other, "a: b\n")]), "TN021")
    };
    assert_eq!(of("roles/shop/files/k", "roles/shop/tasks/main.yml"), [Severity::Warning]);
    assert_eq!(of("files", "tasks/main.yaml"), [Severity::Warning]);
    assert_eq!(of("docs/cluster-template/apps", "b.yaml"), [Severity::Warning]);
    assert_eq!(of("roles/shop/files/k", "roles/tasks/main.yml"), [Severity::Error]);
    assert_eq!(of("profiles/shop", "tasks/main.yml"), [Severity::Error]);
}

/// A base that nothing uses yet need not be complete: an overlay may add what is missing.
#[test]
fn a_base_without_overlays() {
    let of = |folder: &str| {
        let (kustomization, shop) = (format!("{folder}/kustomization.yaml"), format!("{folder}/shop.yaml"));
        severities(&tree(&[(&kustomization, "resources: [shop.yaml]\n"), (&shop, PARTIAL)]), "TN012")
    };
    assert_eq!(of("shop/base"), [Severity::Warning]);
    assert_eq!(of("shop/prod"), [Severity::Error]);
}

/// Some of what a test of policies judges is wrong on purpose.
#[test]
fn inputs_of_tests_of_policies() {
    let wrong = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containerz: []}\n";
    let of = |name: &str, test: &str| {
        let path = format!("policies/{name}");
        reported(&[(&path, test), ("policies/samples/bad.yaml", wrong), ("policies/other.yaml", wrong)])
    };
    let kyverno = "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: a}\n";
    let other = ["policies/other.yaml:4 TN010"];
    assert_eq!(of("kyverno-test.yaml", &format!("{kyverno}resources: [samples/bad.yaml]\n")), other);
    assert_eq!(of("kyverno-test.yaml", "name: a\nresources:\n- samples/bad.yaml\n"), other);
    let suite = "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\nmetadata: {name: a}\ntests:\n- name: a\n  cases:\n  \
                 - {name: b, object: samples/bad.yaml}\n";
    assert_eq!(of("suite.yaml", suite), other);
    let thing =
        "apiVersion: example.com/v1\nkind: Test\nmetadata: {name: a}\nresources: [samples/bad.yaml]\n";
    assert_eq!(of("a.yaml", thing).len(), 2);
}

/// The core group has one version, and an object has a name.
#[test]
fn settings_of_other_programs() {
    let report = "apiVersion: gateway.networking.k8s.io/v1\nkind: ConformanceReport\nprofiles: []\n";
    assert_eq!(reported(&[("a.yaml", report)]), [""; 0]);
    for settings in ["kind: EncryptionConfig\nresources: []\n", "kind: Policy\npredicates: []\n"] {
        assert_eq!(reported(&[("a.yaml", &format!("apiVersion: v1\n{settings}"))]), [""; 0], "{settings}");
    }
    assert_eq!(
        reported(&[("a.yaml", "apiVersion: v1\nkind: Widget\nmetadata: {name: a}\n")]),
        ["a.yaml:2 TN016"]
    );
    assert!(
        reported(&[("a.yaml", "apiVersion: v1\nkind: ConfigMapp\ndata: {}\n")])
            .contains(&"a.yaml:2 TN016".to_owned())
    );
}

/// A policy of Kyverno says how pods have to look, and creates none.
#[test]
fn patterns_of_policies() {
    let policy = |group: &str| {
        format!(
            "apiVersion: {group}/v1\nkind: ClusterPolicy\nmetadata: {{name: a}}\nspec:\n  rules:\n  - name: a\n    mutate:\n      \
             patchStrategicMerge: {{spec: {{containers: [{{(image): '*', image: 'example.com/shop'}}]}}}}\n"
        )
    };
    assert_eq!(reported(&[("a.yaml", &policy("kyverno.io"))]), [""; 0]);
    assert_eq!(reported(&[("a.yaml", &policy("example.com"))]), ["a.yaml:8 TN085"]);
}
