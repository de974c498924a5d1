//! A cluster that has nothing wrong, as `kubectl` prints it.

use serde_json::{Value, json};

use crate::daily::kubectl;

pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items.into_iter().collect::<Vec<_>>() })
}

/// The files of the cluster that hold JSON.
pub fn fine() -> Vec<(&'static str, Value)> {
    vec![
        ("config", kubectl::config()),
        ("version", json!({ "clientVersion": {}, "serverVersion": { "gitVersion": "v1.34.4" } })),
        ("controllers", list(controllers())),
        ("nodes", list(vec![node("one", "amd64", "Debian GNU/Linux 13 (trixie)")])),
        ("storageclasses", list(vec![storage_class("fast", true)])),
        ("configmaps.argocd", list(vec![config_map("argocd-cm", &json!({}))])),
        (
            "configmaps.tekton-pipelines",
            list(vec![
                config_map(
                    "feature-flags",
                    &json!({ "set-security-context": "true", "coschedule": "workspaces" }),
                ),
                config_map("pipelines-info", &json!({ "version": "v1.12.1" })),
            ]),
        ),
        (
            "namespaces",
            list(
                ["shop-delivery", "shop-staging", "shop-production"]
                    .map(|name| json!({ "metadata": { "name": name } })),
            ),
        ),
        ("raw/apis_argoproj.io_v1alpha1", served(&["Application", "AppProject", "Rollout"])),
        ("raw/apis_tekton.dev_v1", served(&["Task", "Pipeline", "PipelineRun", "TaskRun"])),
        ("raw/api_v1_nodes_one_proxy_configz", json!({ "kubeletconfig": { "seccompDefault": false } })),
        (
            "pipelineruns",
            list(vec![run("shop-1", "2026-01-01T00:00:00Z", "True", "Succeeded", "Tasks Completed: 5")]),
        ),
        ("taskruns", list(Vec::new())),
    ]
}

fn controllers() -> Vec<Value> {
    let argocd = "quay.io/argoproj/argocd:v3.5.1";
    let tekton = "ghcr.io/tektoncd/pipeline/controller@sha256:ab";
    vec![
        controller("StatefulSet", "argocd", "argocd", "argocd-application-controller", argocd),
        controller("Deployment", "argocd", "argocd", "argocd-repo-server", argocd),
        controller("Deployment", "argocd", "argocd", "argocd-notifications-controller", argocd),
        controller(
            "Deployment",
            "tekton-pipelines",
            "tekton-pipelines",
            "tekton-pipelines-controller",
            tekton,
        ),
        controller("Deployment", "tekton-pipelines", "tekton-pipelines", "tekton-pipelines-webhook", tekton),
    ]
}

pub fn controller(kind: &str, program: &str, namespace: &str, name: &str, image: &str) -> Value {
    json!({
        "kind": kind,
        "metadata": { "name": name, "namespace": namespace, "labels": { "app.kubernetes.io/part-of": program } },
        "spec": { "replicas": 1, "template": { "spec": { "containers": [{ "image": image }] } } },
        "status": { "readyReplicas": 1 }
    })
}

pub fn node(name: &str, architecture: &str, image: &str) -> Value {
    json!({ "metadata": { "name": name }, "status": { "nodeInfo": {
        "architecture": architecture, "operatingSystem": "linux", "osImage": image, "kubeletVersion": "v1.34.4" } } })
}

pub fn storage_class(name: &str, is_default: bool) -> Value {
    let annotations = json!({ "storageclass.kubernetes.io/is-default-class": is_default.to_string() });
    json!({ "metadata": { "name": name, "annotations": annotations }, "provisioner": "example.com/disk" })
}

pub fn config_map(name: &str, data: &Value) -> Value {
    json!({ "metadata": { "name": name }, "data": data })
}

pub fn served(kinds: &[&str]) -> Value {
    json!({ "resources": kinds.iter().map(|kind| json!({ "kind": kind })).collect::<Vec<_>>() })
}

pub fn run(name: &str, created: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "kind": "PipelineRun",
        "metadata": { "name": name, "namespace": "shop-delivery", "creationTimestamp": created },
        "status": { "conditions": [{ "type": "Succeeded", "status": status, "reason": reason, "message": message }] }
    })
}

pub fn task_run(task: &str, status: &str, reason: &str, message: &str) -> Value {
    let mut found = run("any", "2026-01-01T00:00:00Z", status, reason, message);
    found["kind"] = json!("TaskRun");
    found["metadata"]["labels"] = json!({ "tekton.dev/pipelineTask": task });
    found["status"]["podName"] = json!(format!("{task}-pod"));
    found
}
