//! A cluster whose answers are prepared, and the repository of a release that is on its way.

use serde_json::{Value, json};

use crate::cli::run::Run;
use crate::daily::kubectl;
use crate::daily::shop::{MANIFESTS, SOURCE, Shop};

pub const RUN: &str = "shop-1.4.0-run";

pub struct Watched {
    pub shop: Shop,
    /// The commit of the source.
    pub revision: String,
    /// The commit before the request.
    pub before: String,
    /// The commit that requests 1.4.0, pushed.
    pub requested: String,
    /// The commit that deploys it to staging, not pushed yet.
    pub deployed: String,
}

impl Watched {
    pub fn new() -> Self {
        Self::of(Shop::new())
    }

    pub fn of(shop: Shop) -> Self {
        kubectl::put(&shop, "watch");
        shop.home.write("cluster/config", kubectl::config().to_string());
        let (revision, before) = (shop.head(SOURCE), shop.head(MANIFESTS));
        let requested = shop.request("1.4.0", &revision);
        shop.home.git(MANIFESTS, "push -q");
        let deployed = shop.deploy("staging", "1.4.0", &revision);
        shop.home.git(MANIFESTS, "branch -q deployed");
        shop.home.git(MANIFESTS, &format!("reset -q --hard {requested}"));
        Self { shop, revision, before, requested, deployed }
    }

    /// Prepares what is answered, time after time.
    pub fn answers(&self, question: &str, answers: &[Value]) {
        for (index, answer) in answers.iter().enumerate() {
            let text = match answer {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.shop.home.write(&format!("cluster/{question}/{}", index + 1), text);
        }
    }

    /// Pushes what the branch `name` has when a question is asked for the `time`th time.
    pub fn pushes_at(&self, question: &str, time: usize, name: &str) {
        let folder = self.shop.home.path(MANIFESTS).display().to_string();
        let script = format!("git -C {folder} push -q -f origin {name}:main\n");
        self.shop.home.write(&format!("cluster/{question}/{time}.sh"), script);
    }

    pub fn push_deployed(&self) {
        self.shop.home.git(MANIFESTS, "push -q origin deployed:main");
    }

    /// A release whose run has succeeded and is deployed, and whose rollout is next.
    pub fn is_built(&self) {
        self.push_deployed();
        self.answers("runs", &[list(&[self.run("True", "Succeeded", "")])]);
        self.answers("tasks", &[list(&TASKS.map(|task| done(task, 7)))]);
        self.answers("shop-staging", &[app("shop-staging", &self.deployed, "Synced", "Progressing")]);
    }

    /// What `kubectl` was asked.
    pub fn asked(&self) -> Vec<String> {
        kubectl::asked(&self.shop)
    }

    pub fn watch(&self, arguments: &str) -> Run<'_> {
        let timeout = if arguments.contains("--timeout") { "" } else { "--timeout 60" };
        self.run_of(&format!("watch --interval 0 {timeout} {arguments}"))
    }

    pub fn run_of(&self, arguments: &str) -> Run<'_> {
        kubectl::reach(&self.shop, self.shop.treenail(arguments))
    }

    /// The Application of the delivery with a sync of the request.
    pub fn syncing(&self, phase: &str, message: &str, hook: Option<&str>) -> Value {
        let mut app = app("shop-delivery", &self.requested, "Synced", "Healthy");
        let hooks = hook.map(|phase| {
            json!({ "kind": "Job", "name": "release-trigger", "namespace": "shop-delivery",
                    "hookType": "PostSync", "hookPhase": phase })
        });
        app["status"]["operationState"] = json!({
            "phase": phase, "message": message, "startedAt": "2026-11-30T10:00:00Z", "finishedAt": "2026-11-30T10:00:03Z",
            "syncResult": { "revision": self.requested, "resources": hooks.into_iter().collect::<Vec<_>>() }
        });
        app
    }

    pub fn run(&self, status: &str, reason: &str, message: &str) -> Value {
        let tasks = TASKS.map(|name| json!({ "name": name }));
        json!({
            "kind": "PipelineRun",
            "metadata": { "name": RUN, "creationTimestamp": "2026-11-30T10:00:05Z" },
            "spec": { "params": [
                { "name": "image-tag", "value": "1.4.0" }, { "name": "source-revision", "value": self.revision }
            ] },
            "status": {
                "conditions": [{ "type": "Succeeded", "status": status, "reason": reason, "message": message }],
                "pipelineSpec": { "tasks": tasks }
            }
        })
    }
}

pub const TASKS: [&str; 4] = ["clone-repo", "build-image", "push-image", "deploy-app"];

pub fn list(items: &[Value]) -> Value {
    json!({ "kind": "List", "items": items })
}

/// A Task that has taken so many seconds.
pub fn done(name: &str, seconds: u8) -> Value {
    task(name, "True", "Succeeded", &json!({ "terminated": { "exitCode": 0 } }), Some(seconds))
}

pub fn failed(name: &str, message: &str) -> Value {
    let mut task = task(name, "False", "Failed", &json!({ "terminated": { "exitCode": 3 } }), Some(18));
    task["status"]["conditions"][0]["message"] = json!(message);
    task
}

pub fn running(name: &str) -> Value {
    task(name, "Unknown", "Running", &json!({ "running": { "startedAt": "2026-11-30T10:00:07Z" } }), None)
}

fn task(name: &str, status: &str, reason: &str, state: &Value, seconds: Option<u8>) -> Value {
    let mut step = state.clone();
    step["container"] = json!("step-work");
    json!({
        "kind": "TaskRun",
        "metadata": { "name": format!("{RUN}-{name}"), "labels": { "tekton.dev/pipelineTask": name } },
        "status": {
            "podName": format!("{RUN}-{name}-pod"),
            "startTime": "2026-11-30T10:00:06Z",
            "completionTime": seconds.map(|seconds| format!("2026-11-30T10:00:{:02}Z", 6 + seconds)),
            "conditions": [{ "type": "Succeeded", "status": status, "reason": reason, "message": "" }],
            "steps": [step]
        }
    })
}

pub fn deployment(updated: u8, available: u8) -> Value {
    json!({
        "kind": "Deployment", "metadata": { "name": "shop", "generation": 2 },
        "spec": { "replicas": 2, "selector": { "matchLabels": { "app.kubernetes.io/name": "shop" } } },
        "status": { "observedGeneration": 2, "updatedReplicas": updated, "availableReplicas": available }
    })
}

/// A Pod of the release that waits for `reason`.
pub fn waiting_pod(name: &str, reason: &str, message: &str, restarts: u8) -> Value {
    json!({
        "kind": "Pod", "metadata": { "name": name },
        "spec": { "containers": [{ "image": image_reference() }] },
        "status": { "phase": "Pending", "containerStatuses": [{
            "name": "shop", "restartCount": restarts,
            "state": { "waiting": { "reason": reason, "message": message } },
            "lastState": { "terminated": { "exitCode": 1, "reason": "Error" } }
        }] }
    })
}

/// The image that the pipeline of the tests commits.
pub fn image_reference() -> String {
    format!("ghcr.io/acme/shop@sha256:{:0>64}", "1a4a0")
}

/// An Application, with a Deployment.
pub fn app(name: &str, revision: &str, sync: &str, health: &str) -> Value {
    json!({
        "kind": "Application", "metadata": { "name": name },
        "status": {
            "sync": { "status": sync, "revision": revision },
            "health": { "status": health },
            "resources": [{ "group": "apps", "kind": "Deployment", "name": "shop" }]
        }
    })
}
