//! The trigger: one Job after each sync, bounded, that may create and read runs in one namespace.

use std::collections::BTreeMap;

use crate::support::Tree;
use crate::support::yaml::{at, entries, list, strings, text, texts_by_key};

pub fn assert_all(tree: &Tree) {
    is_a_hook_that_argo_knows(tree);
    is_bounded(tree);
    the_other_hook_only_reports(tree);
    may_only_create_and_get_runs(tree);
}

fn is_a_hook_that_argo_knows(tree: &Tree) {
    let wanted = BTreeMap::from(
        [
            ("argocd.argoproj.io/hook", "PostSync"),
            ("argocd.argoproj.io/hook-delete-policy", "BeforeHookCreation"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let trigger = tree.document("delivery/release/trigger.yaml");
    assert_eq!(texts_by_key(trigger, &["metadata", "annotations"]), wanted);
    let annotated = tree.resources("").filter(|(_, resource)| {
        let mut keys = entries(resource).into_iter();
        keys.any(|(key, _)| key.starts_with("argocd.argoproj.io/hook") || key.starts_with("helm.sh/hook"))
    });
    let annotated: Vec<_> = annotated.map(|(path, _)| path).collect();
    assert_eq!(annotated, ["delivery/release/sync-failed.yaml", "delivery/release/trigger.yaml"]);
}

/// It reports a sync that failed, and starts nothing.
fn the_other_hook_only_reports(tree: &Tree) {
    let hook = tree.document("delivery/release/sync-failed.yaml");
    let annotations = texts_by_key(hook, &["metadata", "annotations"]);
    assert_eq!(annotations["argocd.argoproj.io/hook"], "SyncFail");
    assert_eq!(annotations["argocd.argoproj.io/hook-delete-policy"], "BeforeHookCreation");
    let job = at(hook, &["spec"]);
    assert_eq!(at(job, &["backoffLimit"]).as_u64(), Some(0));
    assert_eq!(at(job, &["activeDeadlineSeconds"]).as_u64(), Some(60));
    for (_, value) in entries(hook) {
        assert!(!value.as_str().is_some_and(|text| text.contains("kubectl create")), "{value:?}");
    }
}

fn is_bounded(tree: &Tree) {
    let job = at(tree.document("delivery/release/trigger.yaml"), &["spec"]);
    assert!(at(job, &["backoffLimit"]).as_u64().is_some_and(|limit| limit <= 6), "{job:?}");
    assert!(at(job, &["activeDeadlineSeconds"]).as_u64().is_some_and(|seconds| seconds > 0), "{job:?}");
    assert_eq!(text(job, &["template", "spec", "restartPolicy"]), "Never");
}

fn may_only_create_and_get_runs(tree: &Tree) {
    assert!(tree.kind("ClusterRole").is_empty() && tree.kind("ClusterRoleBinding").is_empty());
    let roles = tree.kind("Role");
    assert_eq!(roles.len(), 1, "{roles:?}");
    let [rule] = list(roles["release-trigger"], &["rules"]) else { panic!("{roles:?}") };
    assert_eq!(strings(rule, &["apiGroups"]), ["tekton.dev"]);
    assert_eq!(strings(rule, &["resources"]), ["pipelineruns"]);
    assert_eq!(strings(rule, &["verbs"]), ["create", "get"]);
}
