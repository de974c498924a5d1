//! The hook that runs when a sync fails.

use crate::common::programs::shells;
use crate::common::rendered::{Repository, parse};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::expansion::expand;
use crate::scripts::trigger::REVISION;

/// Runs the hook for what the cluster has of the request.
fn run(container: &mut Container, tag: Option<&str>, revision: Option<&str>) -> Outcome {
    let job = Repository::service(&[], "").yaml("delivery/release/sync-failed.yaml");
    let job = job["spec"]["template"]["spec"]["containers"][0].clone();
    assert_eq!(job["command"], parse("[/bin/sh, -c]"));
    container.env.insert("HOME".to_owned(), container.place("/"));
    container.declare(&job, |variable| {
        let source = &variable["valueFrom"]["configMapKeyRef"];
        assert_eq!(source["optional"], true, "{variable:?}");
        let value = match source["key"].as_str() {
            Some("IMAGE_TAG") => tag,
            Some("SOURCE_REVISION") => revision,
            other => panic!("where does {other:?} come from?"),
        };
        value.map(str::to_owned)
    });
    let [script] = &job["args"].as_sequence().expect("it has a script")[..] else { panic!("{job:?}") };
    let script = script.as_str().expect("it is a text");
    assert_eq!(expand(script, |name| container.env.get(name).cloned()), script, "the kubelet changes it");
    container.run(&format!("#!/bin/sh\n{script}"))
}

#[test]
fn it_says_what_was_wanted_and_where_to_look() {
    for shell in shells() {
        let mut container = Container::new(shell, &[]);
        let outcome = run(&mut container, Some("1.4.0"), Some(REVISION));
        outcome.said(&format!(
            "could not sync shop-delivery, which asks for release 1.4.0 of commit {REVISION}."
        ));
        outcome.said(
            "kubectl -n argocd get application shop-delivery -o jsonpath='{.status.operationState.message}'",
        );
        outcome.said("kubectl -n shop-delivery logs job/release-trigger");
        for (tag, revision) in [(None, None), (Some(""), Some(""))] {
            run(&mut Container::new(shell, &[]), tag, revision).said("asks for no release.");
        }
    }
}

/// Nobody has looked at what the hook is given.
#[test]
fn values_are_not_executed_and_break_nothing() {
    for shell in shells() {
        for wild in ["\"},{\"", "$(touch pwned)", "`touch pwned`", "a'b", "a\nb", "\\", "1.0\"\\"] {
            let mut container = Container::new(shell, &[]);
            run(&mut container, Some(wild), Some(wild)).said("a release whose name is not valid.");
            container.assert_nothing_executed();
        }
    }
}
