//! The hook that runs when a sync fails, with a stub of curl.

use serde_json::Value as Json;

use crate::common::programs::{Shell, shells};
use crate::common::rendered::{Repository, parse};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::expansion::expand;
use crate::scripts::trigger::REVISION;

const WEBHOOK: &str = "https://hooks.example.com/services/T0/B0/x";

/// Runs the hook for what the cluster has of the request and the Secret.
fn run(
    container: &mut Container,
    tag: Option<&str>,
    revision: Option<&str>,
    webhook: Option<&str>,
) -> Outcome {
    let job = Repository::service(&[], "").yaml("delivery/release/sync-failed.yaml");
    let job = job["spec"]["template"]["spec"]["containers"][0].clone();
    assert_eq!(job["command"], parse("[/bin/sh, -c]"));
    container.env.insert("HOME".to_owned(), container.place("/"));
    container.declare(&job, |variable| {
        let from = &variable["valueFrom"];
        let source = ["configMapKeyRef", "secretKeyRef"].map(|kind| &from[kind]);
        let source = source.into_iter().find(|source| source.is_mapping()).expect("it comes from somewhere");
        assert_eq!(source["optional"], true, "{variable:?}");
        let value = match source["key"].as_str() {
            Some("IMAGE_TAG") => tag,
            Some("SOURCE_REVISION") => revision,
            Some("url") => webhook,
            other => panic!("where does {other:?} come from?"),
        };
        value.map(str::to_owned)
    });
    let [script] = &job["args"].as_sequence().expect("it has a script")[..] else { panic!("{job:?}") };
    let script = script.as_str().expect("it is a text");
    assert_eq!(expand(script, |name| container.env.get(name).cloned()), script, "the kubelet changes it");
    container.run(&format!("#!/bin/sh\n{script}"))
}

fn container(shell: &'static Shell) -> Container {
    let container = Container::new(shell, &[]);
    container.stub("curl", include_str!("stubs/curl"));
    container
}

#[test]
fn it_says_what_was_wanted_and_where_to_look() {
    for shell in shells() {
        let mut container = container(shell);
        let outcome = run(&mut container, Some("1.4.0"), Some(REVISION), None);
        outcome.said(&format!(
            "could not sync shop-delivery, which asks for release 1.4.0 of commit {REVISION}."
        ));
        outcome.said(
            "kubectl -n argocd get application shop-delivery -o jsonpath='{.status.operationState.message}'",
        );
        outcome.said("kubectl -n shop-delivery logs job/release-trigger");
        assert_eq!(container.read("/curl"), None);
        for (tag, revision) in [(None, None), (Some(""), Some(""))] {
            run(&mut self::container(shell), tag, revision, None).said("asks for no release.");
        }
    }
}

#[test]
fn it_posts_to_the_webhook() {
    for shell in shells() {
        let mut container = container(shell);
        run(&mut container, Some("1.4.0"), Some(REVISION), Some(WEBHOOK)).said("sync-failed: ");
        let arguments = container.read("/curl").unwrap();
        let text = arguments.lines().last().unwrap();
        let json: Json = serde_json::from_str(text).expect(text);
        assert!(
            json["text"].as_str().unwrap().starts_with("shop: Argo CD could not sync shop-delivery"),
            "{json}"
        );
        assert!(!arguments.contains("hooks.example.com"), "{arguments}");
        let config = format!("url = \"{WEBHOOK}\"\nheader = \"Content-Type: application/json\"\n");
        assert_eq!(container.read("/curl-config"), Some(config));
    }
}

/// Nobody has looked at what the hook is given.
#[test]
fn values_are_not_executed_and_break_nothing() {
    for shell in shells() {
        for wild in ["\"},{\"", "$(touch pwned)", "`touch pwned`", "a'b", "a\nb", "\\", "1.0\"\\"] {
            let mut container = container(shell);
            run(&mut container, Some(wild), Some(wild), Some(WEBHOOK))
                .said("a release whose name is not valid.");
            let arguments = container.read("/curl").unwrap();
            let text = arguments.lines().last().unwrap();
            serde_json::from_str::<Json>(text).expect(text);
            run(&mut container, Some("1"), None, Some(wild)).said("sync-failed: ");
            container.assert_nothing_executed();
        }
        let mut refused = container(shell);
        refused.write("/server-says-no", "");
        run(&mut refused, None, None, Some(WEBHOOK))
            .said("could not post to the webhook: see the error above");
        let mut wrong = container(shell);
        run(&mut wrong, None, None, Some("not a url"))
            .said("the URL in the Secret notify-webhook is not valid");
        assert_eq!(wrong.read("/curl"), None);
    }
}
