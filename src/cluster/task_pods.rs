//! The Pods that objects bring about, for the API server to judge: those of workloads, exactly, and those of Tekton's Tasks,
//! as near as needed. Tekton adds containers of its own, whose rights depend on a feature flag.

use serde_json::{Map, Value, json};

use super::server_dry_run::Candidate;
use crate::check::model::workloads::WORKLOADS;

/// The flags of Tekton that decide what its Pods may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TektonFlags {
    pub(crate) sets_security_context: bool,
    /// Whether a Pod keeps those of a run on one node.
    pub(crate) has_assistant: bool,
}

/// The fields of a Pod template of Tekton that become those of a Pod.
const TEMPLATE_FIELDS: [&str; 15] = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostNetwork",
    "hostUsers",
    "imagePullSecrets",
    "nodeSelector",
    "priorityClassName",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "tolerations",
];

/// Stands for an image that is known only later.
const SOME_IMAGE: &str = "image";

/// Returns the Pods of all workloads among `objects`, which are of one Application.
pub(crate) fn of_workloads(objects: &[Value]) -> Vec<Candidate> {
    objects.iter().filter_map(|object| of_workload(object, objects)).collect()
}

fn of_workload(object: &Value, others: &[Value]) -> Option<Candidate> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
    let known = WORKLOADS.iter().find(|known| known.group == group && known.kind == text("/kind"))?;
    let template = known.template.iter().fold(object, |value, key| &value[*key]);
    let mut spec = template["spec"].clone();
    forget_planned_account(spec.as_object_mut()?, others);
    let title = format!("a Pod of {} `{}`", text("/kind"), text("/metadata/name"));
    let metadata = json!({
        "namespace": text("/metadata/namespace"),
        "labels": template["metadata"]["labels"],
        "annotations": template["metadata"]["annotations"],
    });
    Some(Candidate { title, object: pod(&metadata, &spec) })
}

/// An account that comes with the same sync may not exist yet, and does not matter to Pod Security.
fn forget_planned_account(spec: &mut Map<String, Value>, others: &[Value]) {
    let is_planned = |name: &Value| {
        others.iter().any(|other| other["kind"] == "ServiceAccount" && other["metadata"]["name"] == *name)
    };
    if spec.get("serviceAccountName").is_some_and(is_planned) {
        spec.remove("serviceAccountName");
    }
}

/// Returns the Pods of every Task that a run of `runs` comes to by the Pipelines among `objects`.
pub(crate) fn of_runs(objects: &[Value], runs: &[Value], flags: TektonFlags) -> Vec<Candidate> {
    let mut pods = Vec::new();
    for run in runs {
        let called = |kind: &str, name: &Value| {
            objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == *name)
        };
        let spec = &run["spec"];
        let pipeline = called("Pipeline", &spec["pipelineRef"]["name"]);
        let embedded = spec.get("pipelineSpec").map(|found| (found, &run["metadata"]));
        let Some((pipeline, metadata)) =
            pipeline.map(|found| (&found["spec"], &found["metadata"])).or(embedded)
        else {
            continue;
        };
        let namespace = [&run["metadata"]["namespace"], &metadata["namespace"]]
            .into_iter()
            .find_map(Value::as_str)
            .unwrap_or_default();
        for task in items(&pipeline["tasks"]).chain(items(&pipeline["finally"])) {
            let own = called("Task", &task["taskRef"]["name"]).map(|found| &found["spec"]);
            let Some(own) = task.get("taskSpec").or(own) else { continue };
            let title = format!("the Pod of the Task `{}`", task["name"].as_str().unwrap_or_default());
            let template = template(spec, &task["name"]);
            let metadata = json!({ "namespace": namespace });
            pods.push(Candidate { title, object: pod(&metadata, &task_spec(own, &template, flags)) });
        }
        if flags.has_assistant
            && items(&spec["workspaces"]).any(|one| one.get("volumeClaimTemplate").is_some())
        {
            let container = own_container("affinity-assistant", flags);
            let title = "the Pod by which Tekton keeps a run on one node".to_owned();
            let object = pod(&json!({ "namespace": namespace }), &json!({ "containers": [container] }));
            pods.push(Candidate { title, object });
        }
    }
    pods
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The Pod template of a Task of a run: what is said of it counts more than what is said of all.
fn template(run: &Value, task: &Value) -> Map<String, Value> {
    let mut template = run["taskRunTemplate"]["podTemplate"].as_object().cloned().unwrap_or_default();
    let own = items(&run["taskRunSpecs"]).find(|one| one["pipelineTaskName"] == *task);
    let own = own.and_then(|own| own["podTemplate"].as_object()).into_iter().flatten();
    template.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    template
}

fn task_spec(task: &Value, template: &Map<String, Value>, flags: TektonFlags) -> Value {
    let mut spec = Map::new();
    for field in TEMPLATE_FIELDS {
        spec.extend(template.get(field).map(|value| (field.to_owned(), value.clone())));
    }
    let steps = items(&task["steps"]).enumerate();
    let steps = steps.map(|(at, step)| container("step", at, step, &task["stepTemplate"]));
    let sidecars = items(&task["sidecars"]).enumerate();
    let sidecars = sidecars.map(|(at, sidecar)| container("sidecar", at, sidecar, &Value::Null));
    spec.insert("containers".to_owned(), steps.chain(sidecars).collect());
    let own = ["prepare", "place-scripts"].map(|name| own_container(name, flags));
    spec.insert("initContainers".to_owned(), json!(own));
    let volumes = items(&task["volumes"]).chain(template.get("volumes").map(items).into_iter().flatten());
    spec.insert("volumes".to_owned(), volumes.filter(|volume| !is_open(volume)).cloned().collect());
    spec.insert("restartPolicy".to_owned(), json!("Never"));
    Value::Object(spec)
}

fn container(prefix: &str, at: usize, step: &Value, template: &Value) -> Value {
    let name = step["name"].as_str().map_or_else(|| format!("unnamed-{at}"), str::to_owned);
    let mut context = template["securityContext"].clone();
    overlay(&mut context, &step["securityContext"]);
    let given =
        |key: &str| [step, template].into_iter().find_map(|from| from.get(key)).filter(|it| !is_open(it));
    json!({
        "name": format!("{prefix}-{name}"),
        "image": given("image").unwrap_or(&json!(SOME_IMAGE)),
        "securityContext": context,
        "resources": given("computeResources").unwrap_or(&json!({})),
    })
}

/// A container of Tekton's own (`pkg/pod/security_context_config.go`).
fn own_container(name: &str, flags: TektonFlags) -> Value {
    let context = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "runAsNonRoot": true,
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    let context = if flags.sets_security_context { context } else { json!({}) };
    json!({ "name": name, "image": SOME_IMAGE, "securityContext": context })
}

/// Puts the entries of `over` in the place of those of `value`.
fn overlay(value: &mut Value, over: &Value) {
    let Some(over) = over.as_object() else { return };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, new) in over {
        if new.is_object() {
            overlay(&mut value[key], new);
        } else {
            value[key] = new.clone();
        }
    }
}

/// Whether a value has variables, which only a run fills in.
fn is_open(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("$("),
        Value::Array(items) => items.iter().any(is_open),
        Value::Object(entries) => entries.values().any(is_open),
        _ => false,
    }
}

fn pod(metadata: &Value, spec: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

/// Gives each a name that nothing in a cluster has.
pub(crate) fn name(candidates: &mut [Candidate]) {
    for (at, candidate) in candidates.iter_mut().enumerate() {
        candidate.object["metadata"]["name"] = json!(format!("treenail-doctor-{at}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects() -> Vec<Value> {
        vec![
            json!({ "apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": { "name": "release", "namespace": "ci" },
                "spec": { "tasks": [{ "name": "one", "taskRef": { "name": "build" } }, { "name": "two", "taskRef": { "name": "gone" } }] } }),
            json!({ "apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": { "name": "build" },
                "spec": {
                    "stepTemplate": { "securityContext": { "runAsUser": 1000, "capabilities": { "drop": ["ALL"] } } },
                    "steps": [{ "name": "a", "image": "$(params.image)", "securityContext": { "capabilities": { "add": ["SETUID"] } } }],
                    "volumes": [{ "name": "host", "hostPath": { "path": "/" } }, { "name": "x", "secret": { "secretName": "$(params.s)" } }]
                } }),
        ]
    }

    fn run() -> Value {
        json!({ "spec": {
            "pipelineRef": { "name": "release" },
            "taskRunTemplate": { "podTemplate": { "securityContext": { "fsGroup": 1 }, "env": [] } },
            "taskRunSpecs": [{ "pipelineTaskName": "one", "podTemplate": { "securityContext": { "runAsUser": 2 } } }],
            "workspaces": [{ "name": "source", "volumeClaimTemplate": {} }]
        } })
    }

    #[test]
    fn the_pod_of_a_task() {
        let flags = TektonFlags { sets_security_context: false, has_assistant: true };
        let pods = of_runs(&objects(), &[run()], flags);
        let titles: Vec<_> = pods.iter().map(|pod| &*pod.title).collect();
        assert_eq!(titles, ["the Pod of the Task `one`", "the Pod by which Tekton keeps a run on one node"]);
        let spec = &pods[0].object["spec"];
        assert_eq!(pods[0].object["metadata"]["namespace"], "ci");
        assert_eq!(spec["securityContext"], json!({ "runAsUser": 2 }));
        let step = &spec["containers"][0];
        assert_eq!((&step["name"], &step["image"]), (&json!("step-a"), &json!("image")));
        assert_eq!(
            step["securityContext"],
            json!({ "runAsUser": 1000, "capabilities": { "drop": ["ALL"], "add": ["SETUID"] } })
        );
        assert_eq!(spec["volumes"], json!([{ "name": "host", "hostPath": { "path": "/" } }]));
        assert_eq!(spec["initContainers"][0]["securityContext"], json!({}));
        assert_eq!(spec.get("env"), None);
    }

    #[test]
    fn a_flag_of_tekton_restricts_its_own_containers() {
        let flags = TektonFlags { sets_security_context: true, has_assistant: false };
        let pods = of_runs(&objects(), &[run()], flags);
        assert_eq!(pods.len(), 1);
        let own = &pods[0].object["spec"]["initContainers"][1]["securityContext"];
        assert_eq!(own["allowPrivilegeEscalation"], false);
    }

    #[test]
    fn the_pod_of_a_workload() {
        let template = |account: &str| json!({ "metadata": { "labels": { "a": "b" } }, "spec": { "serviceAccountName": account, "containers": [{ "name": "c" }] } });
        let object = |account: &str| {
            json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "x", "namespace": "shop" },
                "spec": { "jobTemplate": { "spec": { "template": template(account) } } } })
        };
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "own" } });
        let mut pods = of_workloads(&[object("own"), object("other"), account]);
        name(&mut pods);
        assert_eq!(pods[0].title, "a Pod of CronJob `x`");
        assert_eq!(pods[0].object["metadata"]["labels"]["a"], "b");
        assert_eq!(pods[0].object["metadata"]["name"], "treenail-doctor-0");
        assert_eq!(pods[0].object["spec"]["serviceAccountName"], json!(null));
        assert_eq!(pods[1].object["spec"]["serviceAccountName"], "other");
    }
}
