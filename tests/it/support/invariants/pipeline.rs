//! The Pipeline: current API versions, values that reach scripts through the environment, time enough for every
//! retry, and a commit that triggers nothing.

use std::collections::BTreeSet;

use serde_yaml::Value;
use treenail::values::Duration;

use crate::support::yaml::{at, entries, list, named, strings, text};
use crate::support::{Facts, Tree};

pub fn assert_all(tree: &Tree, facts: &Facts) {
    versions_are_current(tree);
    tasks_are_in_the_repository(tree);
    scripts_hold_no_values(tree);
    the_run_outlasts_its_tasks(tree);
    durations_are_as_tekton_stores_them(tree);
    the_commit_stays_out_of_delivery(tree, facts);
}

/// Everything that the Pipeline runs.
fn calls(pipeline: &Value) -> impl Iterator<Item = &Value> {
    ["tasks", "finally"].into_iter().flat_map(|section| list(pipeline, &["spec", section]))
}

fn versions_are_current(tree: &Tree) {
    for kind in ["Task", "Pipeline", "PipelineRun"] {
        let resources = tree.kind(kind);
        assert!(!resources.is_empty(), "there is no {kind}");
        for (name, resource) in resources {
            assert_eq!(text(resource, &["apiVersion"]), "tekton.dev/v1", "{kind} {name}");
        }
    }
    assert!(tree.kind("ClusterTask").is_empty());
}

/// Every Task that the Pipeline names is there, all that are there are named, and none is fetched.
fn tasks_are_in_the_repository(tree: &Tree) {
    let pipeline = tree.document("delivery/pipeline/pipeline.yaml");
    let reference = |task| {
        let keys: Vec<_> = entries(at(task, &["taskRef"])).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["kind", "name"], "{task:?}");
        assert_eq!(text(task, &["taskRef", "kind"]), "Task");
        text(task, &["taskRef", "name"])
    };
    let named: BTreeSet<_> = calls(pipeline).map(reference).collect();
    assert_eq!(named, tree.kind("Task").into_keys().collect());
    let files = strings(tree.document("delivery/pipeline/kustomization.yaml"), &["resources"]);
    let files: BTreeSet<_> = files.into_iter().filter_map(|file| file.strip_suffix(".yaml")).collect();
    assert_eq!(files, named.into_iter().chain(["pipeline"]).collect());
}

fn scripts_hold_no_values(tree: &Tree) {
    let scripts = tree.resources("").flat_map(|(path, resource)| {
        entries(resource)
            .into_iter()
            .filter(|(key, _)| *key == "script")
            .map(move |(_, script)| (path, script))
    });
    let scripts: Vec<_> = scripts.map(|(path, script)| (path, text(script, &[]))).collect();
    assert_eq!(scripts.len(), 5, "clone-repo, build-image, push-image, deploy-app and report");
    let trigger = "delivery/release/trigger.sh";
    for (path, script) in scripts.into_iter().chain([(trigger, tree.text(trigger))]) {
        for variable in ["params", "tasks", "context", "workspaces", "results", "steps", "inputs", "outputs"]
        {
            let start = format!("$({variable}");
            assert!(!script.contains(&start), "{path}: `{start}` in a script");
        }
    }
}

fn the_run_outlasts_its_tasks(tree: &Tree) {
    let seconds = |text: &str| Duration::parse(text).unwrap().seconds();
    let pipeline = tree.document("delivery/pipeline/pipeline.yaml");
    let longest = |section: &str| -> u64 {
        list(pipeline, &["spec", section])
            .iter()
            .map(|task| {
                seconds(text(task, &["timeout"])) * (at(task, &["retries"]).as_u64().unwrap_or(0) + 1)
            })
            .sum()
    };
    let run = tree.document("delivery/release/pipelinerun.yaml");
    let limit = |section: &str| seconds(text(run, &["spec", "timeouts", section]));
    // What is left for the others when the report has had its time.
    let (whole, report) = (limit("pipeline"), limit("finally"));
    assert!(
        whole - report >= longest("tasks"),
        "the tasks may take {} s, the run {whole} s",
        longest("tasks")
    );
    // A Task that its own timeout ends is ignored; one that the run ends fails the run.
    assert!(
        report > longest("finally"),
        "the report may take {} s, the run leaves {report} s",
        longest("finally")
    );
}

/// As Go prints them, that is with every smaller unit. Argo CD would find any other spelling out of sync for ever.
fn durations_are_as_tekton_stores_them(tree: &Tree) {
    for task in calls(tree.document("delivery/pipeline/pipeline.yaml")) {
        let timeout = text(task, &["timeout"]);
        let seconds = Duration::parse(timeout).unwrap().seconds();
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let stored = match (hours, minutes) {
            (0, 0) => format!("{rest}s"),
            (0, _) => format!("{minutes}m{rest}s"),
            _ => format!("{hours}h{minutes}m{rest}s"),
        };
        assert_eq!(timeout, stored);
    }
}

/// The only paths that the step knows are the one it reads and the one it writes.
fn the_commit_stays_out_of_delivery(tree: &Tree, facts: &Facts) {
    let step = &list(tree.document("delivery/pipeline/deploy-app.yaml"), &["spec", "steps"])[0];
    let variables = list(step, &["env"]).iter().map(|variable| text(variable, &["name"]));
    let paths: Vec<_> = variables.filter(|name| name.ends_with("_FILE")).collect();
    assert_eq!(paths, ["RELEASE_FILE", "IMAGE_FILE"]);
    let written = text(named(step, &["env"], "IMAGE_FILE"), &["value"]);
    let inside = written.strip_prefix(&facts.prefix).unwrap();
    assert!(tree.has(inside), "there is no {written}");
    assert!(inside.starts_with("deploy/overlays/"), "{written}");
}
