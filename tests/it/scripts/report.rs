//! The Task that reports, with a stub of curl.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::common::programs::{Shell, shells};
use crate::common::rendered::Repository;
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::Task;
use crate::scripts::trigger::REVISION;

const RUN: &str = "shop-1.4.0-01234567";
const TASKS: [&str; 4] = ["clone-repo", "build-image", "push-image", "deploy-app"];
const WEBHOOK: &str = "https://hooks.example.com/services/T0/B0/x?y=z%3D";

/// A container with nothing on `PATH` but curl.
fn container(shell: &'static Shell) -> Container {
    let container = Container::new(shell, &[]);
    container.stub("curl", include_str!("stubs/curl"));
    container
}

/// Runs it where one Task ended like that; those before it succeeded, and those behind it did not run.
fn run(container: &mut Container, ended: &str, status: &str) -> Outcome {
    run_with(container, &[], &TASKS, ended, status)
}

fn run_with(
    container: &mut Container,
    answers: &[(&str, &str)],
    tasks: &[&'static str],
    ended: &str,
    status: &str,
) -> Outcome {
    let task = Task::of(&Repository::service(answers, ""), "report");
    let at = tasks.iter().position(|task| *task == ended).unwrap_or(tasks.len());
    let statuses = tasks.iter().enumerate().map(|(index, task)| match index.cmp(&at) {
        Ordering::Less => (*task, "Succeeded/Succeeded"),
        Ordering::Equal => (*task, status),
        Ordering::Greater => (*task, "None/"),
    });
    let params = [("release", "1.4.0"), ("revision", REVISION), ("run", RUN)].into_iter().chain(statuses);
    task.declare(container, &params.collect::<Vec<_>>());
    container.run(task.script())
}

/// Runs it after a release that went well.
fn well(container: &mut Container) -> Outcome {
    run(container, "", "")
}

/// What is posted, in order.
fn posted(container: &Container) -> Vec<Value> {
    let arguments = container.read("/curl").unwrap_or_default();
    let arguments: Vec<_> = arguments.lines().collect();
    let data = arguments.windows(2).filter(|pair| pair[0] == "--data-raw").map(|pair| pair[1]);
    data.map(|text| serde_json::from_str(text).expect(text)).collect()
}

#[test]
fn without_secrets_it_prints_and_posts_nothing() {
    for shell in shells() {
        let mut container = container(shell);
        let outcome = well(&mut container);
        outcome.said("report:   deploy-app succeeded\nreport: shop 1.4.0: succeeded\n");
        assert_eq!((outcome.stderr.as_str(), container.read("/curl")), ("", None));
    }
}

#[test]
fn it_names_what_failed_and_what_to_do() {
    for shell in shells() {
        for (task, advice) in [
            ("clone-repo", "git-source"),
            ("build-image", "registry-pull"),
            ("push-image", "registry-push"),
            ("deploy-app", "git-push"),
        ] {
            let outcome = run(&mut container(shell), task, "Failed/Failed");
            outcome.said(&format!("report: shop 1.4.0: {task} failed\n"));
            outcome.said(&format!("Secret {advice}"));
            outcome.said(&format!(
                "report: its log: kubectl -n shop-delivery logs --tail=-1 --all-containers \
                 -l tekton.dev/pipelineRun={RUN},tekton.dev/pipelineTask={task}\n"
            ));
            outcome.said(&format!("docs/operations.md, 'Retry a release', with the run {RUN}\n"));
            assert_eq!(outcome.stdout.contains("deploy-app did not run"), task != "deploy-app");
        }
        for (status, words) in [
            ("Failed/TaskRunTimeout", "build-image took longer than its timeout"),
            ("Failed/TaskRunImagePullFailed", "build-image could not pull its image"),
            ("Failed/TaskRunCancelled", "build-image was cancelled"),
            ("Failed/", "build-image failed"),
        ] {
            let outcome = run(&mut container(shell), "build-image", status);
            outcome.said(&format!("report: shop 1.4.0: {words}\n"));
        }
        run(&mut container(shell), "push-image", "None/").said("1.4.0: stopped before its end\n");
        let answers = [("test-image", "docker.io/library/golang:1.25"), ("test-command", "go test ./...")];
        let tasks = ["clone-repo", "run-tests", "build-image", "push-image", "deploy-app"];
        let outcome = run_with(&mut container(shell), &answers, &tasks, "run-tests", "Failed/Failed");
        outcome.said("report: shop 1.4.0: run-tests failed\nreport: If the tests are right");
    }
}

#[test]
fn it_posts_to_the_webhook_and_to_the_source_commit() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/notify-webhook/url", WEBHOOK);
        container.write("/git-status/url", "https://api.github.com/repos/acme/shop/statuses/\n");
        container.write("/git-status/token", "t0ken");
        let outcome = well(&mut container);
        outcome.said("report: posted the commit status\nreport: posted to the webhook\n");
        let status =
            json!({ "state": "success", "context": "delivery/shop", "description": "1.4.0: succeeded" });
        assert_eq!(posted(&container), [status, json!({ "text": "shop 1.4.0: succeeded." })]);
        let type_ = "header = \"Content-Type: application/json\"\n";
        let config = format!(
            "url = \"https://api.github.com/repos/acme/shop/statuses/{REVISION}\"\n{type_}\
             header = \"Authorization: Bearer t0ken\"\nurl = \"{WEBHOOK}\"\n{type_}"
        );
        assert_eq!(container.read("/curl-config"), Some(config));
        let arguments = container.read("/curl").unwrap();
        assert!(!arguments.contains("t0ken") && !arguments.contains("hooks.example.com"), "{arguments}");
    }
}

#[test]
fn a_failure_is_posted_in_the_words_of_the_server() {
    for shell in shells() {
        for (url, word) in [
            ("https://gitlab.com/api/v4/projects/acme%2Fshop/statuses", "failed"),
            ("https://git.example.com/api/v1/repos/acme/shop/statuses", "failure"),
        ] {
            let mut container = container(shell);
            container.write("/git-status/url", url);
            container.write("/git-status/token", "t0ken");
            container.write("/notify-webhook/url", WEBHOOK);
            run(&mut container, "build-image", "Failed/Failed").said("posted");
            let [status, message] = &posted(&container)[..] else { panic!("{:?}", posted(&container)) };
            assert_eq!(
                (&status["state"], &status["description"]),
                (&json!(word), &json!("1.4.0: build-image failed"))
            );
            let text = message["text"].as_str().unwrap();
            assert!(text.starts_with("shop 1.4.0: build-image failed. If the Dockerfile is wrong"), "{text}");
            assert!(text.ends_with("tekton.dev/pipelineTask=build-image"), "{text}");
        }
    }
}

/// Where nothing can be posted, the release is none the worse.
#[test]
fn nothing_makes_it_fail() {
    for shell in shells() {
        for (code, said) in [
            ("404", "could not post to the webhook: the server answers 404\n"),
            ("301", "could not post to the webhook: the server answers 301, so the URL has changed\n"),
            ("000", "could not post to the webhook: see the error above\n"),
            ("204", "posted to the webhook\n"),
        ] {
            let mut server = container(shell);
            server.write("/server-says", &format!("{code}\n"));
            server.write("/notify-webhook/url", WEBHOOK);
            well(&mut server).said(said);
        }

        let mut without = Container::new(shell, &[]);
        without.write("/notify-webhook/url", WEBHOOK);
        well(&mut without).said("could not post to the webhook");

        for wrong in ["", "\n", "not a url", "https://a/\"\nproxy = b", "https://a/\\", "https://a/\tb"] {
            let mut container = container(shell);
            container.write("/notify-webhook/url", wrong);
            container.write("/git-status/url", "https://api.github.com/repos/acme/shop/statuses");
            container.write("/git-status/token", wrong);
            let outcome = well(&mut container);
            outcome.said("report: the Secret git-status has no valid token\n");
            let expects = !wrong.is_empty();
            assert_eq!(
                outcome.stdout.contains("notify-webhook has no valid url"),
                expects,
                "{wrong:?}: {outcome:#?}"
            );
            assert_eq!(container.read("/curl"), None, "{wrong:?}");
        }
    }
}
