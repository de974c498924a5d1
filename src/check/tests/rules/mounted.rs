//! Scripts and templates that come from a `ConfigMap`: the rules read them as if they were written in the hook.

use super::*;

/// A Job, as a hook or not, that runs a script from a generated `ConfigMap` as a service account.
fn mounting(annotations: &str, account: &str) -> (String, String) {
    let text = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: trigger\n  annotations: {{{annotations}}}\nspec:\n  \
         activeDeadlineSeconds: 60\n  template:\n    spec:\n      restartPolicy: Never\n      serviceAccountName: {account}\n      containers:\n      - name: trigger\n        image: acme/kubectl:1\n        \
         command: [sh, /release/trigger.sh]\n        env:\n        - {{name: TARGET, valueFrom: {{configMapKeyRef: {{name: settings, key: TARGET}}}}}}\n        \
         volumeMounts: [{{name: release, mountPath: /release}}]\n      volumes: [{{name: release, configMap: {{name: release}}}}]\n"
    );
    ("delivery/hook.yaml".to_owned(), text)
}

/// A service account that another repository defines.
const UNKNOWN: &str = "elsewhere";
const POST_SYNC: &str = "argocd.argoproj.io/hook: PostSync";
const RUN: &str = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: '@RUN@', namespace: delivery}\nspec:\n  \
                   pipelineRef: {name: release}\n  params:\n  - name: revision\n    value: '@REVISION@'\n";
const KUSTOMIZATION: &str = "resources: [hook.yaml]\nconfigMapGenerator:\n- {name: release, files: [trigger.sh, run.yaml]}\n\
                             - {name: settings, envs: [settings.env]}\n";

/// The repository, with a hook that runs `script` to create `run`.
fn repository(script: &str, run: &str, job: (String, String)) -> Vec<(String, String)> {
    vec![
        application("delivery", "{}"),
        job,
        file("delivery/kustomization.yaml", KUSTOMIZATION),
        file("delivery/trigger.sh", script),
        file("delivery/run.yaml", run),
        file("delivery/settings.env", "TARGET=delivery/settings.env\n"),
    ]
}

/// Returns the findings, as `path:line:column CODE`, without advice.
fn places(files: &[(String, String)]) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let found = found(&files).into_iter().filter_map(|line| {
        let mut words = line.split(' ');
        let (place, code) = (words.next()?.to_owned(), words.next()?.to_owned());
        (code.as_str() >= "TN050" && !is_advice(&code)).then(|| format!("{place} {code}"))
    });
    found.collect()
}

fn of(script: &str) -> Vec<String> {
    places(&repository(script, RUN, mounting(POST_SYNC, UNKNOWN)))
}

const CREATE: &str = "#!/bin/sh\nkubectl create -f /release/run.yaml\n";

#[test]
fn a_script_that_is_right_has_no_findings() {
    assert_eq!(of(CREATE), [""; 0]);
}

#[test]
fn a_trigger_that_repeats_itself() {
    let script =
        "#!/bin/sh\nrun=shop-$(date +%s)\nsed \"s/@RUN@/$run/\" /release/run.yaml | kubectl create -f -\n";
    assert_eq!(of(script), ["delivery/trigger.sh:2:10 TN058"]);
    assert_eq!(of("kubectl apply -f /release/run.yaml\n"), ["delivery/trigger.sh:1:9 TN058"]);
    let renamed = RUN.replace("name: '@RUN@'", "generateName: shop-");
    let files = repository(CREATE, &renamed, mounting(POST_SYNC, UNKNOWN));
    assert_eq!(places(&files), ["delivery/run.yaml:3:12 TN058"], "once");
}

#[test]
fn a_template_in_a_manifest_of_its_own() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: release}\ndata:\n  trigger.sh: kubectl create -f /release/run.yaml\n  \
               run.yaml: |\n    kind: PipelineRun\n    metadata:\n      generateName: shop-\n    spec:\n      params:\n      - name: revision\n        value: main\n";
    let mut files = repository(CREATE, RUN, mounting(POST_SYNC, UNKNOWN));
    files.push(file("delivery/map.yaml", map));
    let kustomization =
        "resources: [hook.yaml, map.yaml]\nconfigMapGenerator: [{name: settings, envs: [settings.env]}]\n";
    files[2] = file("delivery/kustomization.yaml", kustomization);
    assert_eq!(places(&files), ["delivery/map.yaml:9:7 TN058", "delivery/map.yaml:13:16 TN059"]);
    // Only the keys that are mounted count.
    files[1].1 = files[1]
        .1
        .replace("{name: release}}]", "{name: release, items: [{key: trigger.sh, path: trigger.sh}]}}]");
    assert_eq!(places(&files), [""; 0]);
}

#[test]
fn a_revision_that_moves() {
    let run = RUN.replace("'@REVISION@'", "main");
    assert_eq!(
        places(&repository(CREATE, &run, mounting(POST_SYNC, UNKNOWN))),
        ["delivery/run.yaml:8:12 TN059"]
    );
}

#[test]
fn a_job_that_is_no_hook() {
    let files = repository(CREATE, RUN, mounting("a: b", UNKNOWN));
    assert_eq!(places(&files), ["delivery/hook.yaml:2:1 TN074"]);
}

#[test]
fn an_account_that_may_create_no_run() {
    let mut files = repository(CREATE, RUN, mounting(POST_SYNC, "starter"));
    files[2].1 = KUSTOMIZATION.replace("[hook.yaml]", "[hook.yaml, account.yaml]");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: starter, namespace: delivery}\n";
    files.push(file("delivery/account.yaml", account));
    assert_eq!(places(&files), ["delivery/hook.yaml:11:27 TN069"]);
}

#[test]
fn a_script_that_commits_what_starts_it() {
    let push = "kubectl create -f /release/run.yaml\necho A=b > \"$TARGET\"\ngit push\n";
    assert_eq!(of(push), ["delivery/trigger.sh:2:13 TN057"]);
    let mut files = repository(push, RUN, mounting(POST_SYNC, UNKNOWN));
    files[5].1 = "TARGET=deploy/settings.env\n".to_owned();
    assert_eq!(places(&files), [""; 0]);
}

#[test]
fn comments_in_a_script_allow_findings() {
    let apply = "kubectl apply -f /release/run.yaml";
    assert_eq!(of(&format!("{apply} # treenail: allow TN058 nothing in it ever differs\n")), [""; 0]);
    assert_eq!(of(&format!("# treenail: allow TN058 nothing in it ever differs\n{apply}\n")), [""; 0]);
    let unused = format!("{apply}\n# treenail: allow TN058 too late\n");
    let files = repository(&unused, RUN, mounting(POST_SYNC, UNKNOWN));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let codes: Vec<_> = found(&files)
        .iter()
        .filter(|line| line.contains("trigger.sh"))
        .map(|line| line[20..].to_owned())
        .collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
}
