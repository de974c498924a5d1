//! `--watch`: what a verb has pushed is followed, and nothing is committed that could not be.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::cluster::{TASKS, Watched, app, deployment, done, list};
use crate::cli::run::Outcome;
use crate::common::programs;
use crate::daily::shop::{MANIFESTS, image, image_file};
use crate::docs::shapes::documented_keys;

#[track_caller]
fn says(output: &Outcome<'_>, expected: &[&str]) {
    for expected in expected {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}

/// A cluster in which the pipeline deploys 1.5.0 as soon as it is asked for its run.
fn ready() -> Watched {
    let watched = Watched::new();
    let home = &watched.shop.home;
    for name in ["shop-delivery", "shop-staging"] {
        watched.answers(name, &[app(name, &watched.requested, "Synced", "Healthy")]);
    }
    let mut run = watched.run("True", "Succeeded", "");
    run["spec"]["params"][0]["value"] = json!("1.5.0");
    watched.answers("runs", &[list(&[run])]);
    watched.answers("tasks", &[list(&TASKS.map(|task| done(task, 7)))]);
    home.write("cluster/image", image("1.5.0", &watched.revision));
    let deploy = format!(
        "cd '{}'\ncp \"$CLUSTER/image\" {path}\ngit commit -q -m 'deploy: shop 1.5.0' {path}\ngit push -q\n",
        home.path(MANIFESTS).display(),
        path = image_file("staging")
    );
    home.write("cluster/runs/1.sh", deploy);
    // What the Application says of a commit that it has not seen is not known here before.
    home.write(
        "cluster/shop-staging/2.sh",
        format!(
            "printf '{}' \"$(git -C '{}' rev-parse HEAD)\" > \"$CLUSTER/shop-staging/2\"\n",
            app("shop-staging", "%s", "Synced", "Healthy"),
            home.path(MANIFESTS).display()
        ),
    );
    watched.answers("workloads", &[deployment(2, 2)]);
    watched
}

/// What may not change when something is refused.
fn heads(watched: &Watched) -> [String; 2] {
    [watched.shop.head(MANIFESTS), watched.shop.home.git("shop-gitops.git", "rev-parse main")]
}

#[test]
fn a_release_is_pushed_and_followed_to_its_end() {
    let watched = ready();
    let output = watched.run_of("release 1.5.0 --watch --interval 0 --timeout 60").run().ends_with(0);
    says(
        &output,
        &[
            ", pushed to origin/main\nwatch shop 1.5.0, commit ",
            "✓ trigger: PipelineRun shop-1.4.0-run\n",
            " gives 1.5.0 to staging\n",
            "✓ shop 1.5.0 runs in staging\n",
        ],
    );
    // The same as the two commands in a row, by the words of `watch`.
    let again = watched.watch("1.5.0").run().ends_with(0);
    let from = output.stderr.find("watch shop").unwrap();
    assert_eq!(output.stderr[from..].lines().last(), again.stderr.lines().last());
}

#[test]
fn one_json_tells_both() {
    let watched = ready();
    let output = watched.run_of("release 1.5.0 --watch --interval 0 --timeout 60 --json").run().ends_with(0);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&json["schema"], &json["pushedTo"]), (&json!("treenail.release/1"), &json!("origin/main")));
    assert_eq!(
        (&json["watch"]["schema"], &json["watch"]["outcome"]),
        (&json!("treenail.watch/1"), &json!("deployed"))
    );
    assert_eq!(json["watch"]["requestedBy"], json["commit"]);
    for (shape, command) in [(&json, "treenail release --json"), (&json["watch"], "treenail watch --json")] {
        let keys: BTreeSet<String> = shape.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, documented_keys(command));
    }
}

#[test]
fn a_failure_in_the_cluster_is_one_of_the_command() {
    let watched = ready();
    let mut run = watched.run("False", "CouldntGetTask", "task build-image not found");
    run["spec"]["params"][0]["value"] = json!("1.5.0");
    watched.answers("runs", &[list(&[run])]);
    let output = watched.run_of("release 1.5.0 --watch --interval 0 --json").run().ends_with(1);
    says(&output, &["error: shop 1.5.0 failed at run: CouldntGetTask: task build-image not found"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&json["pushedTo"], &json["watch"]["outcome"]), (&json!("origin/main"), &json!("failed")));
    // Again, it has nothing to push, and is followed once more.
    let output = watched.run_of("release 1.5.0 --watch --interval 0").run().ends_with(1);
    says(&output, &["✓ nothing to change\n", "failed at run"]);
}

#[test]
fn what_cannot_be_followed_is_not_committed() {
    let watched = Watched::new();
    let before = heads(&watched);
    let refuses = |arguments: &str, code: i32, expected: &str| {
        let output = watched.run_of(arguments).run().ends_with(code);
        says(&output, &[expected]);
        assert_eq!(heads(&watched), before, "{arguments}");
    };
    refuses("release 1.5.0 --watch", 5, "has no Application `shop-delivery` in the namespace `argocd`");
    refuses("release 1.5.0 --watch --context lvie", 5, "`kubectl` has no context `lvie`");
    refuses("release 1.5.0 --watch --pr", 2, "'--watch' cannot be used with '--pr[=<BRANCH>]'");
    refuses("release 1.5.0 --watch --no-commit", 2, "'--watch' cannot be used with '--no-commit'");
    refuses("release 1.5.0 --push --context live", 2, "--watch");
    let away = json!("!Unable to connect to the server: dial tcp: i/o timeout\n");
    watched.answers("shop-delivery", &[away]);
    refuses("release 1.5.0 --watch", 1, "dial tcp: i/o timeout");
    watched.shop.home.write("cluster/config", json!({ "contexts": [] }).to_string());
    refuses("release 1.5.0 --watch", 5, "`kubectl` has no current context");
    fs::create_dir(watched.shop.home.path("programs")).unwrap();
    for (name, program) in
        [("git", programs::find("git").unwrap()), ("treenail", env!("CARGO_BIN_EXE_treenail").into())]
    {
        symlink(program, watched.shop.home.path(&format!("programs/{name}"))).unwrap();
    }
    let path = watched.shop.home.path("programs").display().to_string();
    let output = watched.run_of("release 1.5.0 --watch").with("PATH", &path).run().ends_with(5);
    says(&output, &["the `kubectl` command is needed here, but is not installed"]);
    assert_eq!(heads(&watched), before);
}

#[test]
fn only_the_branch_that_is_deployed_is_followed() {
    let watched = ready();
    watched.shop.home.git(MANIFESTS, "switch -q -c other");
    let before = heads(&watched);
    let output = watched.run_of("release 1.5.0 --watch").run().ends_with(5);
    says(
        &output,
        &["`other` is not the branch that is deployed", "`git switch main` first, or leave --watch out"],
    );
    assert_eq!(heads(&watched), before);
}

#[test]
fn a_dry_run_says_that_it_would_be_followed() {
    let watched = ready();
    let before = heads(&watched);
    let output = watched.run_of("release 1.5.0 --watch --dry-run").run().ends_with(0);
    says(&output, &["$ git push\n", "then it is followed in the cluster of the context `kind-acme`\n"]);
    assert_eq!(heads(&watched), before);
}

/// Production has 1.4.0, and staging has 1.5.0.
fn promotable() -> Watched {
    let watched = Watched::new();
    watched.push_deployed();
    watched.shop.home.git(MANIFESTS, "pull -q");
    watched.shop.deploy("production", "1.4.0", &watched.revision);
    watched.shop.deploy("staging", "1.5.0", &watched.revision);
    watched.shop.home.git(MANIFESTS, "push -q");
    let application = app("shop-production", "%s", "Synced", "Healthy");
    let folder = watched.shop.home.path(MANIFESTS).display().to_string();
    let script = format!(
        "printf '{application}' \"$(git -C '{folder}' rev-parse HEAD)\" > \"$CLUSTER/shop-production/1\"\n"
    );
    for time in 1..9 {
        watched.shop.home.write(&format!("cluster/shop-production/{time}.sh"), &script);
    }
    watched.answers("workloads", &[deployment(1, 1), deployment(2, 2)]);
    watched
}

#[test]
fn a_promotion_and_a_rollback_are_followed_in_their_environment() {
    let watched = promotable();
    let output = watched.run_of("promote --yes --watch --interval 0 --timeout 60").run().ends_with(0);
    let commit = watched.shop.head(MANIFESTS)[..10].to_owned();
    says(
        &output,
        &[
            &format!("watch shop 1.5.0 in production, commit {}, in the cluster", &watched.revision[..10]),
            &format!("✓ commit: commit {commit} gives 1.5.0 to production\n"),
            "· rollout: shop-production is Synced, Healthy; Deployment shop: 1 of 2 Pods ready\n",
            "✓ shop 1.5.0 runs in production\n",
        ],
    );
    let output =
        watched.run_of("rollback production --watch --interval 0 --timeout 60 --json").run().ends_with(0);
    says(&output, &["✓ shop 1.4.0 runs in production\n"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let watch = &json["watch"];
    assert_eq!((&watch["deployedBy"], &watch["requestedBy"]), (&json["commit"], &Value::Null));
    assert_eq!((&watch["environment"], &watch["release"]["tag"]), (&json!("production"), &json!("1.4.0")));
    let stages: Vec<&Value> =
        watch["stages"].as_array().unwrap().iter().map(|stage| &stage["name"]).collect();
    assert_eq!(stages, ["commit", "rollout"]);
    assert!(!watched.asked().iter().any(|line| line.contains("pipelineruns")), "{:#?}", watched.asked());
}

#[test]
fn an_environment_can_be_followed_by_itself() {
    let watched = promotable();
    let output = watched.watch("--environment production").run().ends_with(0);
    says(&output, &["✓ shop 1.4.0 runs in production\n"]);
    let output = watched.watch("1.2.0 --environment production").run().ends_with(5);
    says(
        &output,
        &[
            "`production` on origin/main has never had `1.2.0`",
            "`treenail releases production` shows what it has had",
        ],
    );
    let output = watched.watch("--environment live").run().ends_with(2);
    says(&output, &["`live` is not an environment"]);
    watched.answers("workloads", &[deployment(1, 1), deployment(1, 1)]);
    let output = watched.watch("--environment production --timeout 0").run().ends_with(1);
    says(&output, &["`treenail watch 1.4.0 --environment production` follows it again"]);
    // What replaced it meanwhile.
    watched.shop.deploy("production", "1.5.0", &watched.revision);
    let output = watched.watch("1.5.0 --environment production").run().ends_with(5);
    says(&output, &["the commit that gives `1.5.0` to `production` is not pushed to origin/main"]);
    watched.shop.home.git(MANIFESTS, "push -q");
    let output = watched.watch("1.4.0 --environment production").run().ends_with(0);
    says(&output, &["shop 1.4.0 was deployed; production has 1.5.0 now"]);
}

#[test]
fn an_environment_without_a_release_has_nothing_to_follow() {
    let watched = Watched::new();
    for (environment, hint) in
        [("staging", "`treenail release --push`"), ("production", "`treenail promote --push`")]
    {
        let output = watched.watch(&format!("--environment {environment}")).run().ends_with(5);
        says(&output, &[&format!("`{environment}` on origin/main has no release yet"), hint]);
    }
}
