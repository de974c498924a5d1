//! A release that goes well, and what is said meanwhile.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cluster::{RUN, TASKS, Watched, app, deployment, done, list, running, waiting_pod};
use crate::daily::shop::MANIFESTS;
use crate::docs::shapes::documented_keys;

/// From a commit that is not seen yet to the end.
fn whole_release() -> Watched {
    let watched = Watched::new();
    let before = app("shop-delivery", &watched.before, "Synced", "Healthy");
    let out_of_sync = app("shop-delivery", &watched.requested, "OutOfSync", "Healthy");
    watched.answers(
        "shop-delivery",
        &[
            before,
            out_of_sync,
            watched.syncing("Running", "one or more tasks are running", None),
            watched.syncing(
                "Running",
                "waiting for completion of hook batch/Job/release-trigger",
                Some("Running"),
            ),
        ],
    );
    let none = list(&[]);
    let is_running = watched.run("Unknown", "Running", "");
    watched.answers(
        "runs",
        &[none.clone(), none.clone(), none.clone(), none, list(std::slice::from_ref(&is_running))],
    );
    watched.answers("run", &[is_running.clone(), is_running, watched.run("True", "Succeeded", "")]);
    let all = TASKS.map(|task| done(task, 7));
    watched.answers(
        "tasks",
        &[
            list(&[running("clone-repo")]),
            list(&[done("clone-repo", 7), running("build-image")]),
            list(&[done("clone-repo", 7), running("build-image")]),
            list(&all),
        ],
    );
    watched
        .answers("log", &[json!("Cloning into '/workspace'\n"), json!("at 0a1b2c\n"), json!("STEP 1/3\n")]);
    watched.pushes_at("run", 3, "deployed");
    let app = |revision: &str, sync: &str, health: &str| app("shop-staging", revision, sync, health);
    watched.answers(
        "shop-staging",
        &[
            app(&watched.requested, "Synced", "Healthy"),
            app(&watched.deployed, "OutOfSync", "Healthy"),
            app(&watched.deployed, "Synced", "Progressing"),
            app(&watched.deployed, "Synced", "Healthy"),
        ],
    );
    watched.answers("workloads", &[deployment(0, 2), deployment(1, 2), deployment(2, 2)]);
    watched
}

#[test]
fn every_stage_is_a_line() {
    let watched = whole_release();
    let output = watched.watch("1.4.0").run().ends_with(0);
    let short = |id: &str| id[..10].to_owned();
    let text = output.stderr.replace(&short(&watched.requested), "[REQUEST]");
    let text =
        text.replace(&short(&watched.deployed), "[DIGEST]").replace(&short(&watched.revision), "[SOURCE]");
    let expected = "\
watch shop 1.4.0, commit [SOURCE], in the cluster of the context `kind-acme`, https://127.0.0.1:6443
· commit: [REQUEST], not seen by shop-delivery yet
✓ commit: [REQUEST], seen by shop-delivery
· sync: shop-delivery is OutOfSync
· sync: shop-delivery: one or more tasks are running
✓ sync: shop-delivery
· trigger: Job release-trigger
✓ trigger: PipelineRun shop-1.4.0-run
· clone-repo
✓ clone-repo (7s) | at 0a1b2c
· build-image
✓ build-image (7s) | STEP 1/3
✓ push-image (7s) | STEP 1/3
✓ deploy-app (7s) | STEP 1/3
✓ digest: commit [DIGEST] gives 1.4.0 to staging
· rollout: shop-staging has not seen the commit yet
· rollout: shop-staging is OutOfSync, Healthy; Deployment shop: 0 of 2 Pods ready
· rollout: shop-staging is Synced, Progressing; Deployment shop: 1 of 2 Pods ready
✓ rollout: shop-staging is Synced, Healthy; Deployment shop: 2 of 2 Pods ready
✓ shop 1.4.0 runs in staging
";
    assert_eq!(text, expected);
    assert_eq!(output.stdout, "");
}

#[test]
fn argo_cd_is_asked_to_look_at_git_where_it_would_sleep() {
    let watched = whole_release();
    watched.watch("").run().ends_with(0);
    let asked = watched.asked();
    let refreshed: Vec<&String> = asked.iter().filter(|line| line.contains(" annotate ")).collect();
    assert_eq!(refreshed.len(), 2, "{refreshed:?}");
    for (line, name) in refreshed.iter().zip(["shop-delivery", "shop-staging"]) {
        let expected = format!(
            "--context kind-acme -n argocd annotate --overwrite applications.argoproj.io {name} argocd.argoproj.io/refresh=normal"
        );
        assert!(line.starts_with(&expected), "{line}");
    }
    let changes = ["apply", "create", "replace", "patch", "delete"];
    assert!(!asked.iter().any(|line| line.split(' ').any(|word| changes.contains(&word))), "{asked:#?}");
    assert!(
        asked.iter().all(|line| line.starts_with("config view") || line.starts_with("--context kind-acme "))
    );
}

#[test]
fn json_has_it_all_at_the_end() {
    let watched = whole_release();
    let output = watched.watch("--json").run().ends_with(0);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let keys: BTreeSet<String> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, documented_keys("treenail watch --json"));
    assert_eq!(json["schema"], "treenail.watch/1");
    assert_eq!(json["outcome"], "deployed");
    assert_eq!(json["release"], json!({ "tag": "1.4.0", "revision": watched.revision }));
    assert_eq!(json["requestedBy"], *watched.requested);
    assert_eq!(json["deployedBy"], *watched.deployed);
    assert_eq!((&json["run"], &json["environment"]), (&json!(RUN), &json!("staging")));
    let stages: Vec<&str> =
        json["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(
        stages,
        [
            "commit",
            "sync",
            "trigger",
            "clone-repo",
            "build-image",
            "push-image",
            "deploy-app",
            "digest",
            "rollout"
        ]
    );
    assert_eq!(json["stages"][3]["seconds"], 7);
    assert!(output.stderr.contains("✓ clone-repo (7s)"), "{}", output.stderr);
}

#[test]
fn a_release_that_has_ended_is_shown_at_once() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers("shop-staging", &[app("shop-staging", &watched.deployed, "Synced", "Healthy")]);
    watched.answers("workloads", &[deployment(2, 2)]);
    let output = watched.watch("1.4.0").run().ends_with(0);
    assert!(output.stderr.contains("✓ sync: shop-delivery\n"), "{}", output.stderr);
    assert!(output.stderr.contains("✓ build-image (7s)\n"), "{}", output.stderr);
    assert!(output.stderr.ends_with("✓ shop 1.4.0 runs in staging\n"), "{}", output.stderr);
    let runs = watched.asked().iter().filter(|line| line.contains("pipelineruns")).count();
    assert_eq!(runs, 1);
}

#[test]
fn a_run_that_tekton_has_deleted_is_not_needed() {
    let watched = Watched::new();
    watched.push_deployed();
    watched.answers("shop-staging", &[app("shop-staging", &watched.deployed, "Synced", "Healthy")]);
    watched.answers("workloads", &[deployment(2, 2)]);
    let output = watched.watch("1.4.0").run().ends_with(0);
    assert!(output.stderr.contains("trigger: its PipelineRun does not exist any more"), "{}", output.stderr);
    assert!(output.stderr.contains("✓ shop 1.4.0 runs in staging"), "{}", output.stderr);
}

#[test]
fn health_of_the_moment_before_is_not_believed() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers("shop-staging", &[app("shop-staging", &watched.deployed, "Synced", "Healthy")]);
    let mut unseen = deployment(2, 2);
    unseen["status"]["observedGeneration"] = json!(1);
    watched.answers("workloads", &[unseen, deployment(1, 2), deployment(2, 2)]);
    watched.watch("").run().ends_with(0);
    let looks = watched.asked().iter().filter(|line| line.contains("deployments.apps/shop")).count();
    assert_eq!(looks, 3);
}

#[test]
fn a_release_that_another_one_has_replaced_was_deployed() {
    let watched = Watched::new();
    watched.is_built();
    watched.shop.home.git(MANIFESTS, "checkout -q deployed");
    watched.shop.deploy("staging", "1.5.0", &watched.revision);
    watched.shop.home.git(MANIFESTS, "push -q origin HEAD:main");
    let output = watched.watch("1.4.0").run().ends_with(0);
    assert!(
        output.stderr.ends_with("✓ shop 1.4.0 was deployed; staging has 1.5.0 now\n"),
        "{}",
        output.stderr
    );
}

fn rollout(pause: &Value, phase: &str) -> Value {
    let mut rollout = deployment(1, 2);
    rollout["kind"] = json!("Rollout");
    rollout["spec"]["strategy"] = json!({ "canary": { "steps": [{ "setWeight": 20 }, { "pause": pause }] } });
    rollout["status"]["observedGeneration"] = json!("2");
    rollout["status"]["currentStepIndex"] = json!(1);
    rollout["status"]["phase"] = json!(phase);
    if phase == "Paused" {
        rollout["status"]["pauseConditions"] = json!([{ "reason": "CanaryPauseStep" }]);
    }
    rollout
}

/// Staging with a Rollout that pauses.
fn canary() -> Watched {
    let watched = Watched::new();
    watched.is_built();
    let app = |health: &str| {
        let mut app = app("shop-staging", &watched.deployed, "Synced", health);
        app["status"]["resources"] = json!([{ "group": "argoproj.io", "kind": "Rollout", "name": "shop" }]);
        app
    };
    watched.answers("shop-staging", &[app("Suspended"), app("Suspended"), app("Suspended"), app("Healthy")]);
    watched
}

#[test]
fn a_canary_that_waits_for_a_person_ends_well() {
    let watched = canary();
    watched.answers("workloads", &[rollout(&json!({}), "Paused")]);
    let output = watched.watch("--json").run().ends_with(0);
    for expected in [
        "Rollout shop: 2 of 2 Pods ready, step 2 of 2, waits for a person",
        "✓ shop 1.4.0 is in staging, and its rollout waits for a person",
        "go on: `kubectl argo rollouts --context kind-acme -n shop-staging promote shop`",
        "go back: `kubectl argo rollouts --context kind-acme -n shop-staging abort shop`",
        "then `treenail watch 1.4.0` follows it again",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["outcome"], "paused");
    assert!(json["goOn"].as_str().unwrap().ends_with("promote shop"));
}

#[test]
fn a_canary_that_goes_on_by_itself_is_followed_to_its_end() {
    let watched = canary();
    let pause = json!({ "duration": "2m" });
    let mut end = rollout(&pause, "Healthy");
    end["status"]["currentStepIndex"] = json!(2);
    watched.answers(
        "workloads",
        &[rollout(&pause, "Paused"), rollout(&pause, "Paused"), rollout(&pause, "Paused"), end],
    );
    let output = watched.watch("").run().ends_with(0);
    assert!(output.stderr.contains("step 2 of 2, pauses for 2m"), "{}", output.stderr);
    assert!(output.stderr.ends_with("✓ shop 1.4.0 runs in staging\n"), "{}", output.stderr);
}

#[test]
fn an_api_server_that_is_away_for_a_moment_is_waited_for() {
    let watched = whole_release();
    let is_running = watched.run("Unknown", "Running", "");
    let away = json!("!The connection to the server 127.0.0.1:6443 was refused\n");
    watched.answers(
        "run",
        &[is_running, away.clone(), away.clone(), away.clone(), away, watched.run("True", "Succeeded", "")],
    );
    watched.pushes_at("run", 6, "deployed");
    let output = watched.watch("").run().ends_with(0);
    let note =
        "note: `kubectl get` failed: The connection to the server 127.0.0.1:6443 was refused, trying again\n";
    assert_eq!(output.stderr.matches(note).count(), 1, "{}", output.stderr);
}

/// The first release takes its time, and what is under way says what it waits for.
#[test]
fn what_is_under_way_is_no_failure_however_long_it_is_looked_at() {
    let watched = Watched::new();
    let under_way = |name: &str, revision: &str, health: &str| {
        let mut app = app(name, revision, "Synced", health);
        app["status"]["health"]["message"] = json!("Caused by apps/Deployment:shop/shop");
        app
    };
    let looks = 40;
    watched.answers(
        "shop-delivery",
        &[
            vec![under_way("shop-delivery", &watched.before, "Progressing"); looks],
            vec![under_way("shop-delivery", &watched.before, "Suspended"); looks],
        ]
        .concat(),
    );
    let mut runs = vec![list(&[]); 2 * looks];
    runs.push(list(&[watched.run("True", "Succeeded", "")]));
    watched.answers("runs", &runs);
    watched.pushes_at("runs", 2 * looks + 1, "deployed");
    watched.answers("tasks", &[list(&TASKS.map(|task| done(task, 7)))]);
    watched.answers(
        "shop-staging",
        &[
            vec![under_way("shop-staging", &watched.requested, "Progressing"); looks],
            vec![under_way("shop-staging", &watched.deployed, "Progressing"); looks],
            vec![app("shop-staging", &watched.deployed, "Synced", "Healthy")],
        ]
        .concat(),
    );
    watched.answers("workloads", &[vec![deployment(1, 1); looks], vec![deployment(2, 2)]].concat());
    let output = watched.watch("").run().ends_with(0);
    assert!(output.stderr.ends_with("✓ shop 1.4.0 runs in staging\n"), "{}", output.stderr);
    assert!(!output.stderr.contains("Caused by"), "{}", output.stderr);
}

#[test]
fn who_may_not_see_workloads_sees_what_argo_cd_says() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers(
        "shop-staging",
        &[
            app("shop-staging", &watched.deployed, "Synced", "Progressing"),
            app("shop-staging", &watched.deployed, "Synced", "Healthy"),
        ],
    );
    watched.answers(
        "workloads",
        &[json!("!Error from server (Forbidden): deployments.apps \"shop\" is forbidden\n")],
    );
    watched.answers("annotate", &[json!("!Error from server (Forbidden): applications is forbidden\n")]);
    let output = watched.watch("").run().ends_with(0);
    assert!(
        output.stderr.contains("✓ rollout: shop-staging is Synced, Healthy in staging"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_pod_that_waits_says_why() {
    let watched = whole_release();
    let mut task = running("clone-repo");
    task["status"]["steps"] = json!([]);
    let pod = json!({ "kind": "Pod", "metadata": { "name": format!("{RUN}-clone-repo-pod") }, "status": {
        "phase": "Pending", "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims" }]
    } });
    let silent = json!({ "kind": "Pod", "metadata": { "name": format!("{RUN}-clone-repo-pod") }, "status": { "phase": "Pending" } });
    let all = TASKS.map(|task| done(task, 7));
    watched.answers("tasks", &[list(&[task.clone(), pod]), list(&[task.clone(), silent]), list(&all)]);
    watched.answers("events", &[list(&[
        json!({ "reason": "FailedScheduling", "message": "old", "lastTimestamp": "2026-11-30T10:00:00Z" }),
        json!({ "reason": "FailedMount", "message": "secret \"git-push\" not found", "lastTimestamp": "2026-11-30T10:01:00Z" }),
    ])]);
    let output = watched.watch("").run().ends_with(0);
    for expected in [
        "· clone-repo: Pod shop-1.4.0-run-clone-repo-pod: Unschedulable: 0/1 nodes are available: pod has unbound",
        "· clone-repo: Pod shop-1.4.0-run-clone-repo-pod: FailedMount: secret \"git-push\" not found\n",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}

#[test]
fn pods_of_the_release_before_do_not_count() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers(
        "shop-staging",
        &[
            app("shop-staging", &watched.deployed, "Synced", "Progressing"),
            app("shop-staging", &watched.deployed, "Synced", "Healthy"),
        ],
    );
    let mut old = waiting_pod("shop-old", "CrashLoopBackOff", "", 9);
    old["spec"]["containers"][0]["image"] = json!("ghcr.io/acme/shop@sha256:0");
    watched.answers(
        "pods",
        &[list(&[
            old,
            json!({
                "kind": "Pod", "metadata": { "name": "shop-new" }, "status": { "phase": "Running" },
                "spec": { "containers": [{ "image": super::cluster::image_reference() }] }
            }),
        ])],
    );
    watched.answers("workloads", &[deployment(1, 1), deployment(2, 2)]);
    let output = watched.watch("").run().ends_with(0);
    assert!(!output.stderr.contains("CrashLoopBackOff"), "{}", output.stderr);
}

#[test]
fn quiet_prints_errors_only() {
    let watched = whole_release();
    let output = watched.watch("--quiet").run().ends_with(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}
