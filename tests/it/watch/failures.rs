//! The first failure ends it, with its cause and the end of the log.

use serde_json::{Value, json};

use super::cluster::{TASKS, Watched, app, deployment, done, failed, list, waiting_pod};
use crate::cli::run::Outcome;
use crate::daily::shop::MANIFESTS;

#[track_caller]
fn says(output: &Outcome<'_>, expected: &[&str]) {
    for expected in expected {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}

#[test]
fn a_task_that_fails_shows_the_end_of_its_log() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("False", "Failed", "Tasks Completed: 2")])]);
    let tasks = [done("clone-repo", 7), failed("build-image", "\"step-build\" exited with code 3")];
    watched.answers("tasks", &[list(&tasks)]);
    watched.answers("log", &[json!("cloned\n"), json!("RUN make\nmake: *** no rule\nexit status 2\n")]);
    let output = watched.watch("--json").run().ends_with(1);
    says(
        &output,
        &[
            "✗ build-image (18s): Failed: \"step-build\" exited with code 3 | exit status 2\n",
            "error: shop 1.4.0 failed at build-image: Failed: \"step-build\" exited with code 3\n",
            "  the end of the log of the Task build-image:\n  RUN make\n  make: *** no rule\n  exit status 2\n",
            "delete its run: `kubectl --context kind-acme -n shop-delivery delete pipelinerun shop-1.4.0-run`",
            "kubectl --context kind-acme -n argocd patch applications.argoproj.io shop-delivery",
        ],
    );
    let asked = watched.asked();
    let log = asked.iter().find(|line| line.contains("build-image-pod")).unwrap();
    assert!(
        log.contains("--tail=20") && log.contains("--limit-bytes=") && log.contains("-c step-work"),
        "{log}"
    );
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["outcome"], "failed");
    assert_eq!(json["failure"]["stage"], "build-image");
    assert_eq!(json["failure"]["log"], json!(["RUN make", "make: *** no rule", "exit status 2"]));
}

#[test]
fn a_run_that_fails_without_a_task_says_why() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("False", "CouldntGetTask", "task build-image not found")])]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["error: shop 1.4.0 failed at run: CouldntGetTask: task build-image not found"]);
}

#[test]
fn a_run_that_is_deleted_is_said() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("Unknown", "Running", "")])]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["failed at run: its PipelineRun was deleted", "start a sync, which requests it again"]);
}

/// Whoever has no treenail at hand starts a sync by the generated page: in the same way.
#[test]
fn a_sync_is_started_as_the_page_does_it() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("False", "Failed", "")])]);
    let output = watched.watch("").run().ends_with(1);
    let patch = |text: &str| {
        let line = text.lines().find(|line| line.contains(" patch application")).unwrap().to_owned();
        let (_, words) = line.split_once(" -p '").unwrap();
        words.split_once('\'').unwrap().0.to_owned()
    };
    let page = watched.shop.home.read(&format!("{MANIFESTS}/docs/operations.md"));
    assert_eq!(patch(&output.stderr), patch(&page));
}

#[test]
fn a_request_that_the_trigger_refuses_is_not_waited_for() {
    let watched = Watched::new();
    let hook = watched.syncing("Running", "waiting for completion of hook", Some("Running"));
    watched.answers("shop-delivery", &[hook]);
    let condition = json!({ "type": "Failed", "status": "True", "reason": "PodFailurePolicy" });
    let begun = json!({ "kind": "Job", "metadata": { "name": "release-trigger" }, "status": {} });
    watched.answers("job", &[begun, json!({ "kind": "Job", "status": { "conditions": [condition] } })]);
    watched.answers("log", &[json!("release: IMAGE_TAG is too long: the name of a run has room for 49\n")]);
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &[
            "✗ trigger: Job release-trigger refuses the request",
            "failed at trigger: the Job refuses the request: release: IMAGE_TAG is too long",
            "hint: fix the cause, commit and push",
        ],
    );
}

/// Argo CD tries it again; in the end it may pass.
#[test]
fn a_trigger_that_fails_is_given_another_chance() {
    let watched = Watched::new();
    let retried = |count: u64| {
        let mut app = watched.syncing("Running", "Retrying attempt", Some("Failed"));
        app["status"]["operationState"]["retryCount"] = json!(count);
        app
    };
    watched.answers("shop-delivery", &[retried(0), retried(1), retried(2), retried(3)]);
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &[
            "· trigger: Job release-trigger failed, Argo CD tries it again",
            "failed at trigger: the Job failed",
        ],
    );
    let looks =
        watched.asked().iter().filter(|line| line.contains("applications.argoproj.io shop-delivery")).count();
    assert_eq!(looks, 4);
}

#[test]
fn a_sync_that_fails_has_the_words_of_argo_cd() {
    let watched = Watched::new();
    let message = "one or more objects failed to apply, reason: admission webhook denied the request";
    watched.answers("shop-delivery", &[watched.syncing("Failed", message, None)]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["error: shop 1.4.0 failed at sync: shop-delivery: one or more objects failed to apply"]);
}

#[test]
fn a_repository_that_argo_cd_cannot_read_is_said_at_once_and_ends_it_later() {
    let watched = Watched::new();
    let mut app = app("shop-delivery", &watched.before, "Unknown", "Healthy");
    app["status"]["conditions"] =
        json!([{ "type": "ComparisonError", "message": "authentication required" }]);
    watched.answers("shop-delivery", &[app]);
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &[
            "not seen by shop-delivery yet: authentication required\n",
            "failed at commit: shop-delivery: authentication required",
        ],
    );
    // Asked again while it lasts.
    assert_eq!(watched.asked().iter().filter(|line| line.contains(" annotate ")).count(), 4);
}

#[test]
fn a_request_without_a_run_is_found_out() {
    let watched = Watched::new();
    watched.answers("shop-delivery", &[app("shop-delivery", &watched.requested, "Synced", "Healthy")]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["failed at trigger: shop-delivery is in sync, but no PipelineRun of the release exists"]);
    let watched = Watched::new();
    watched.answers("shop-delivery", &[watched.syncing("Succeeded", "", Some("Succeeded"))]);
    watched.answers("log", &[json!("release: no release requested yet\n")]);
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &["the Job has ended, but no PipelineRun of the release exists", "release: no release requested yet"],
    );
}

#[test]
fn a_newer_release_supersedes_it() {
    let watched = Watched::new();
    let newer = watched.shop.request("1.5.0", &watched.revision);
    watched.shop.home.git(MANIFESTS, "push -q");
    watched.answers("shop-delivery", &[app("shop-delivery", &newer, "OutOfSync", "Healthy")]);
    let output = watched.watch("1.4.0 --json").run().ends_with(1);
    says(&output, &["shop 1.4.0 was superseded by 1.5.0 before it was deployed", "`treenail watch 1.5.0`"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&json["outcome"], &json["replacedBy"]), (&json!("superseded"), &json!("1.5.0")));
    // The same where its run had begun, and deploy-app left it to the newer one.
    watched.answers("runs", &[list(&[watched.run("True", "Succeeded", "")])]);
    watched.answers("tasks", &[list(&TASKS.map(|task| done(task, 7)))]);
    let output = watched.watch("1.4.0").run().ends_with(1);
    says(&output, &["superseded by 1.5.0"]);
}

#[test]
fn a_run_that_commits_nothing_is_a_failure() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("True", "Succeeded", "")])]);
    watched.answers("tasks", &[list(&TASKS.map(|task| done(task, 7)))]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["failed at digest: the run has succeeded, but no commit gives the release to staging"]);
}

#[test]
fn an_image_that_cannot_be_pulled_ends_it() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers("workloads", &[deployment(1, 0)]);
    watched.answers("pods", &[list(&[waiting_pod("shop-1", "ImagePullBackOff", "401 Unauthorized", 0)])]);
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &[
            "Deployment shop: 0 of 2 Pods ready; Pod shop-1: ImagePullBackOff: 401 Unauthorized\n",
            "failed at rollout: Pod shop-1: ImagePullBackOff: 401 Unauthorized",
            "`treenail rollback staging --push` puts back what it had",
        ],
    );
}

#[test]
fn a_program_that_crashes_shows_its_last_words() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers("workloads", &[deployment(1, 0)]);
    let crashing = |restarts| list(&[waiting_pod("shop-1", "CrashLoopBackOff", "", restarts)]);
    watched.answers("pods", &[crashing(1), crashing(2), crashing(3)]);
    watched.answers(
        "log",
        &[json!("ok\n"), json!("ok\n"), json!("ok\n"), json!("ok\n"), json!("panic: no database\n")],
    );
    let output = watched.watch("").run().ends_with(1);
    says(
        &output,
        &[
            "failed at rollout: Pod shop-1: CrashLoopBackOff: ended with 1 (Error), 3 restarts",
            "the end of the log of the Pod shop-1:\n  panic: no database\n",
        ],
    );
    assert!(watched.asked().iter().any(|line| line.contains("logs shop-1 --previous")));
}

#[test]
fn a_rollout_that_does_not_get_on_ends_it() {
    let watched = Watched::new();
    watched.is_built();
    let mut late = deployment(1, 0);
    late["status"]["conditions"] = json!([{
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet has timed out progressing"
    }]);
    watched.answers("workloads", &[late]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["failed at rollout: ProgressDeadlineExceeded: ReplicaSet has timed out progressing"]);
    let watched = Watched::new();
    watched.is_built();
    let mut degraded = app("shop-staging", &watched.deployed, "Synced", "Degraded");
    degraded["status"]["resources"] = json!([]);
    degraded["status"]["health"]["message"] = json!("RolloutAborted: metric failed");
    watched.answers("shop-staging", &[degraded]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["failed at rollout: shop-staging is Degraded: RolloutAborted: metric failed"]);
}

#[test]
fn the_timeout_says_where_it_was() {
    let watched = Watched::new();
    watched.answers("shop-delivery", &[app("shop-delivery", &watched.before, "Synced", "Healthy")]);
    let output = watched.watch("--timeout 0 --json").run().ends_with(1);
    says(
        &output,
        &[
            "shop 1.4.0 does not run after 0 seconds: commit: ",
            "it goes on: `treenail watch 1.4.0` follows it again",
        ],
    );
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["outcome"], "unfinished");
}

/// Whoever writes a log or a message wants to be read; the terminal obeys none of it.
#[test]
fn what_the_cluster_says_is_bounded_and_harmless() {
    let watched = Watched::new();
    let hostile = format!("\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\r\nerror: fake\n{}", "x".repeat(1 << 20));
    let mut task = failed("build-image", &hostile);
    task["metadata"]["labels"]["tekton.dev/pipelineTask"] = json!(hostile);
    let mut run = watched.run("False", &hostile, &hostile);
    run["status"]["pipelineSpec"]["tasks"] = json!([{ "name": hostile }, { "name": 7 }]);
    watched.answers("runs", &[list(&[run])]);
    watched.answers("tasks", &[list(&[task, json!("text"), json!({ "kind": "TaskRun" })])]);
    watched.answers("log", &[json!(hostile)]);
    let output = watched.watch("--color always").run().ends_with(1);
    assert!(output.stderr.len() < 10_000, "{}", output.stderr.len());
    assert!(
        !output.stderr.contains("\u{1b}]") && !output.stderr.contains("\u{1b}[2J"),
        "{:?}",
        output.stderr
    );
    assert!(!output.stderr.contains(['\u{202e}', '\u{7}', '\r']), "{:?}", output.stderr);
    assert!(!output.stderr.lines().any(|line| line.starts_with("error: fake")), "{}", output.stderr);
}

#[test]
fn an_answer_of_another_shape_breaks_nothing() {
    for answer in
        [json!(null), json!([]), json!({ "items": [1, "a", {}] }), json!({ "items": { "kind": "x" } })]
    {
        let watched = Watched::new();
        for question in ["runs", "shop-delivery"] {
            watched.answers(question, std::slice::from_ref(&answer));
        }
        watched.watch("--timeout 0").run().ends_with(5);
    }
    let watched = Watched::new();
    watched.answers("runs", &[json!("not JSON")]);
    watched.watch("").run().ends_with(1);
}
