//! A scaffold of one's own, with names of its own: only what it declares is known of it.

use std::fs;

use serde_json::{Value, json};

use super::cluster::{Watched, app, list};
use crate::daily::shop::{MANIFESTS, Shop, image, url};

const DEFINITION: &str = r##"schema: 1
name: mine
version: 1.0.0
summary: another layout
questions:
- name: app
  type: label
  prompt: Name
  help: What it is called.
  default: web
- name: stages
  type: environments
  prompt: Stages
  help: Where it runs.
  default: live
files:
- path: cd/kustomization.yaml
  about: what an administrator applies
- path: cd/all.yaml
  about: the Applications
- path: ci/start/next.properties
  ownership: seeded
  about: the release to build
- path: run/[= stage.name =]/image.yaml
  from: run/image.yaml
  each: stages
  as: stage
  ownership: seeded
  about: the image of [= stage.name =]
delivery:
  name: "[= app =]"
  source:
    repository: https://github.com/acme/shop.git
  release:
    file: ci/start/next.properties
    tag: version
    revision: commit
  environments: stages
  as: stage
  image:
    file: run/[= stage.name =]/image.yaml
    line: "# Release {tag}, built from commit {revision}."
  manifests: []
setup:
  apply: cd/
  argocd-namespace: gitops
  secrets: []
next: []
"##;

const APPLICATIONS: &str = r#"apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: builds
spec:
  project: default
  source:
    repoURL: https://github.com/acme/shop-gitops.git
    path: ci
  destination:
    name: in-cluster
    namespace: factory
[%- for stage in stages %]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: [= stage.name | yaml =]-of-web
spec:
  project: default
  sources:
  - repoURL: https://github.com/acme/shop-gitops.git
    path: run/[= stage.name =]
  destination:
    name: in-cluster
    namespace: [= (app ~ "-" ~ stage.name) | yaml =]
[%- endfor %]
"#;

/// A release 1.4.0 of it that is requested.
fn watched() -> Watched {
    let watched = Watched::of(Shop::new());
    let home = &watched.shop.home;
    for (path, content) in [
        ("scaffold.yaml", DEFINITION),
        ("files/cd/kustomization.yaml", "resources: [all.yaml]\n"),
        ("files/cd/all.yaml", APPLICATIONS),
        ("files/ci/start/next.properties", "version=\ncommit=\n"),
        ("files/run/image.yaml", "images: []\n"),
    ] {
        home.write(&format!("mine/{path}"), content);
    }
    fs::remove_dir_all(home.path(MANIFESTS)).unwrap();
    home.treenail(&format!("new {MANIFESTS} --scaffold mine --defaults --quiet")).run().ends_with(0);
    home.git(MANIFESTS, &format!("remote add origin {}", url(MANIFESTS)));
    home.git(MANIFESTS, "config treenail.mine.scaffold ../mine");
    let text = format!("version=1.4.0\ncommit={}\n", watched.revision);
    let requested = watched.shop.commit(MANIFESTS, "ci/start/next.properties", &text, "next");
    home.git(MANIFESTS, "push -q -f -u origin HEAD:main");
    Watched { requested, ..watched }
}

/// A run of it, whose Tasks are `fetch` and `bake`.
fn run(watched: &Watched, status: &str) -> Value {
    json!({
        "kind": "PipelineRun", "metadata": { "name": "web-9", "creationTimestamp": "2026-11-30T10:00:05Z" },
        "spec": { "params": [
            { "name": "version", "value": "1.4.0" }, { "name": "ref", "value": watched.revision }
        ] },
        "status": {
            "conditions": [{ "type": "Succeeded", "status": status, "reason": "Ended", "message": "" }],
            "pipelineSpec": { "tasks": [{ "name": "fetch" }, { "name": "bake" }] }
        }
    })
}

fn task(name: &str, status: &str) -> Value {
    json!({
        "kind": "TaskRun",
        "metadata": { "name": format!("web-9-{name}"), "labels": { "tekton.dev/pipelineTask": name } },
        "status": { "conditions": [{ "type": "Succeeded", "status": status, "reason": "Ended", "message": "" }] }
    })
}

#[test]
fn a_release_is_followed_by_what_the_scaffold_declares() {
    let watched = watched();
    let mut builds = app("builds", &watched.requested, "Synced", "Healthy");
    builds["status"]["operationState"] = json!({
        "phase": "Running", "syncResult": { "revision": watched.requested, "resources": [
            { "kind": "Job", "name": "start", "namespace": "factory", "hookType": "PostSync", "hookPhase": "Running" }
        ] }
    });
    watched.answers("builds", &[builds]);
    watched.answers("runs", &[list(&[]), list(&[run(&watched, "Unknown")])]);
    watched.answers("run", &[run(&watched, "True")]);
    watched.answers(
        "tasks",
        &[list(&[task("fetch", "True")]), list(&["fetch", "bake"].map(|name| task(name, "True")))],
    );
    let image = image("1.4.0", &watched.revision);
    let deployed = watched.shop.commit(MANIFESTS, "run/live/image.yaml", &image, "live");
    watched.shop.home.git(MANIFESTS, "branch -q deployed");
    watched.pushes_at("run", 1, "deployed");
    let mut live = app("live-of-web", &deployed, "Synced", "Healthy");
    live["status"]["resources"] = json!([{ "group": "apps", "kind": "StatefulSet", "name": "db" }]);
    watched.answers("live-of-web", &[live]);
    watched.answers(
        "workloads",
        &[json!({
            "kind": "StatefulSet", "metadata": { "name": "db", "generation": 1 }, "spec": { "replicas": 1 },
            "status": { "observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1 }
        })],
    );
    let output = watched.watch("1.4.0").run().ends_with(0);
    for expected in [
        "watch web 1.4.0, commit ",
        ", seen by builds\n",
        "· trigger: Job start\n",
        "✓ trigger: PipelineRun web-9\n",
        "✓ fetch\n",
        "✓ bake\n",
        " gives 1.4.0 to live\n",
        "✓ rollout: live-of-web is Synced, Healthy; StatefulSet db: 1 of 1 Pods ready\n",
        "✓ web 1.4.0 runs in live\n",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
    let asked = watched.asked();
    for (namespace, what) in [
        ("gitops", "applications.argoproj.io builds "),
        ("gitops", "applications.argoproj.io live-of-web "),
        ("factory", "pipelineruns.tekton.dev "),
        ("factory", "jobs.batch start "),
        ("factory", "pods -l job-name=start "),
        ("web-live", "statefulsets.apps/db "),
    ] {
        let is_it = |line: &String| line.contains(&format!("-n {namespace} ")) && line.contains(what);
        assert!(asked.iter().any(is_it), "{namespace} {what}\n{asked:#?}");
    }
    assert!(!asked.iter().any(|line| line.contains("shop") || line.contains("-n argocd")), "{asked:#?}");
}

#[test]
fn what_helps_after_a_failure_has_its_names() {
    let watched = watched();
    watched.answers("runs", &[list(&[run(&watched, "False")])]);
    watched.answers("tasks", &[list(&[task("fetch", "True"), task("bake", "False")])]);
    let output = watched.watch("").run().ends_with(1);
    for expected in [
        "error: web 1.4.0 failed at bake: Ended",
        "`kubectl --context kind-acme -n factory delete pipelinerun web-9`",
        "`kubectl --context kind-acme -n gitops patch applications.argoproj.io builds --type=merge",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}
