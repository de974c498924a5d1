//! Identities and Secrets reach only what needs them.

use serde_yaml::Value;

use crate::support::yaml::{at, entries, list, text};
use crate::support::{Facts, Tree};

pub fn assert_all(tree: &Tree, facts: &Facts) {
    the_role_is_bound_to_the_trigger_alone(tree, facts);
    tokens_are_mounted_in_the_trigger_alone(tree, facts);
    each_secret_reaches_one_task(tree);
    nothing_else_names_a_secret(tree);
    the_build_holds_nothing_that_can_push(tree);
    reports_hold_only_what_they_post_with(tree);
    nothing_comes_from_the_build(tree);
}

fn the_role_is_bound_to_the_trigger_alone(tree: &Tree, facts: &Facts) {
    let bindings = tree.kind("RoleBinding");
    assert_eq!(bindings.len(), 1, "{bindings:?}");
    let [subject] = list(bindings["release-trigger"], &["subjects"]) else { panic!("{bindings:?}") };
    assert_eq!(text(subject, &["kind"]), "ServiceAccount");
    assert_eq!(text(subject, &["name"]), "release-trigger");
    assert_eq!(text(subject, &["namespace"]), facts.get("pipeline-namespace"));
    let run = tree.document("delivery/release/pipelinerun.yaml");
    assert_eq!(text(run, &["spec", "taskRunTemplate", "serviceAccountName"]), "release-pipeline");
    let own =
        list(run, &["spec", "taskRunSpecs"]).iter().filter(|task| task.get("serviceAccountName").is_some());
    let own: Vec<_> =
        own.map(|task| (text(task, &["pipelineTaskName"]), text(task, &["serviceAccountName"]))).collect();
    assert_eq!(own, [("report", "release-report")]);
}

fn tokens_are_mounted_in_the_trigger_alone(tree: &Tree, facts: &Facts) {
    let mounts = |value: &Value| at(value, &["automountServiceAccountToken"]).as_bool();
    let accounts = tree.kind("ServiceAccount");
    assert_eq!(accounts.len(), 4);
    for (name, account) in accounts {
        assert_eq!(mounts(account), Some(false), "ServiceAccount {name}");
    }
    let pod = ["spec", "template", "spec"];
    assert_eq!(mounts(at(tree.document(facts.workload().1), &pod)), Some(false));
    assert_eq!(mounts(at(tree.document("delivery/release/trigger.yaml"), &pod)), Some(true));
    let hook = at(tree.document("delivery/release/sync-failed.yaml"), &pod);
    assert_eq!((mounts(hook), hook.get("serviceAccountName")), (Some(false), None));
    let run = at(tree.document("delivery/release/pipelinerun.yaml"), &["spec"]);
    assert_eq!(mounts(at(run, &["taskRunTemplate", "podTemplate"])), Some(false));
    for task in list(run, &["taskRunSpecs"]).iter().filter(|task| task.get("podTemplate").is_some()) {
        // A pod template of a single Task replaces the general one as a whole.
        assert_eq!(mounts(at(task, &["podTemplate"])), Some(false), "{task:?}");
    }
}

fn each_secret_reaches_one_task(tree: &Tree) {
    let run = tree.document("delivery/release/pipelinerun.yaml");
    let workspaces = list(run, &["spec", "workspaces"]).iter();
    let secrets = workspaces.filter(|workspace| workspace.get("secret").is_some());
    let mut bound = Vec::new();
    for workspace in secrets {
        let name = text(workspace, &["name"]);
        assert_eq!(text(workspace, &["secret", "secretName"]), name);
        assert_eq!(at(workspace, &["secret", "optional"]), &Value::Bool(true), "{name}");
        bound.push((name, tasks_with(tree, name)));
    }
    let wanted = [("git-source", "clone-repo"), ("git-push", "deploy-app"), ("registry-push", "push-image")];
    assert_eq!(bound, wanted.map(|(secret, task)| (secret, vec![task])));
}

/// A Dockerfile runs there.
const BUILD: &str = "delivery/pipeline/build-image.yaml";

/// The only Secret of the build is the one for base images. Of the volume that it shares with the other Tasks, it may
/// write to one folder.
fn the_build_holds_nothing_that_can_push(tree: &Tree) {
    let build = at(tree.document(BUILD), &["spec"]);
    let [source] = list(build, &["workspaces"]) else { panic!("{build:?}") };
    assert_eq!(at(source, &["readOnly"]), &Value::Bool(true));
    let volumes = list(build, &["volumes"]).iter();
    let secrets: Vec<_> = volumes.filter_map(|volume| volume.get("secret")).collect();
    let [secret] = secrets[..] else { panic!("{secrets:?}") };
    assert_eq!(text(secret, &["secretName"]), "registry-pull");
    assert_eq!(at(secret, &["optional"]), &Value::Bool(true));
    let mounts = list(&list(build, &["steps"])[0], &["volumeMounts"]);
    let of =
        |volume: &str| mounts.iter().find(|mount| text(mount, &["name"]) == volume).expect("it is mounted");
    assert_eq!(at(of("registry-pull"), &["readOnly"]), &Value::Bool(true));
    assert_eq!(text(of("$(workspaces.source.volume)"), &["subPath"]), "image");
    let tasks = list(tree.document("delivery/pipeline/pipeline.yaml"), &["spec", "tasks"]);
    let push = tasks.iter().find(|task| text(task, &["name"]) == "push-image").expect("it is there");
    let image = list(push, &["workspaces"]).iter().find(|bound| text(bound, &["name"]) == "image").unwrap();
    assert_eq!((text(image, &["workspace"]), text(image, &["subPath"])), ("source", "image"));
}

/// What a Dockerfile can write is no result, and no Task takes one from there.
fn nothing_comes_from_the_build(tree: &Tree) {
    assert!(list(tree.document(BUILD), &["spec", "results"]).is_empty());
    for (path, resource) in tree.resources("delivery/pipeline") {
        for (_, value) in entries(resource) {
            // How it ended is what Tekton says.
            let known = ["status", "reason"].map(|what| format!("$(tasks.build-image.{what})"));
            let text = value.as_str().unwrap_or_default();
            let rest = known.iter().fold(text.to_owned(), |text, known| text.replace(known, ""));
            assert!(!rest.contains("$(tasks.build-image"), "{path}");
        }
    }
}

/// The tasks of the Pipeline that are given the workspace.
fn tasks_with<'t>(tree: &'t Tree, workspace: &str) -> Vec<&'t str> {
    let pipeline = tree.document("delivery/pipeline/pipeline.yaml");
    let tasks = list(pipeline, &["spec", "tasks"]).iter().chain(list(pipeline, &["spec", "finally"]));
    let is_bound = |task: &&Value| {
        list(task, &["workspaces"]).iter().any(|bound| at(bound, &["workspace"]) == workspace)
    };
    tasks.filter(is_bound).map(|task| text(task, &["name"])).collect()
}

/// What the Task `report` has is for posting: it can neither push nor read code.
fn reports_hold_only_what_they_post_with(tree: &Tree) {
    for (path, wanted) in [
        ("delivery/pipeline/report.yaml", &["notify-webhook", "git-status"][..]),
        ("delivery/release/sync-failed.yaml", &[]),
    ] {
        let fields = entries(tree.document(path)).into_iter();
        let secrets =
            fields.filter(|(key, value)| matches!(*key, "secret" | "secretKeyRef") && value.is_mapping());
        let names = secrets.map(|(key, secret)| {
            assert_eq!(at(secret, &["optional"]), &Value::Bool(true), "{path}");
            text(secret, &[if key == "secret" { "secretName" } else { "name" }])
        });
        assert_eq!(names.collect::<Vec<_>>(), wanted, "{path}");
    }
    let calls = list(tree.document("delivery/pipeline/pipeline.yaml"), &["spec", "finally"]);
    let [report] = calls else { panic!("{calls:?}") };
    assert_eq!((text(report, &["name"]), text(report, &["onError"])), ("report", "continue"));
    assert!(list(report, &["workspaces"]).is_empty() && report.get("retries").is_none(), "{report:?}");
}

/// No volume, no variable; a Pod's imagePullSecrets are the kubelet's and never seen inside.
fn nothing_else_names_a_secret(tree: &Tree) {
    for (path, resource) in tree.resources("") {
        assert_ne!(at(resource, &["kind"]), "Secret", "{path}");
        let is_report = path == "delivery/pipeline/report.yaml";
        let is_run = at(resource, &["kind"]) == "PipelineRun" || path == BUILD || is_report;
        for (key, _) in entries(resource) {
            let names_one = matches!(key, "secretKeyRef" | "secretRef" | "secretName" | "secret");
            assert!(is_run || !names_one, "{path} has `{key}`");
        }
    }
}
