//! Applications and their projects: nothing more than needed, nothing that waits for itself, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use crate::support::yaml::{at, list, strings, text};
use crate::support::{Facts, Tree};

/// What the pipeline's Application must never hold: it would wait for a Pod that waits for the pipeline.
const WORKLOADS: [&str; 10] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Ingress",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

/// What limits the commits, and must be out of their reach.
const LIMITS: [&str; 6] =
    ["LimitRange", "Namespace", "NetworkPolicy", "ResourceQuota", "Role", "RoleBinding"];

pub fn assert_all(tree: &Tree, facts: &Facts) {
    sources_exist_and_are_disjoint(tree, facts);
    projects_are_exact(tree, facts);
    kinds_are_allowed(tree, facts);
    namespaces_are_applied_by_hand(tree, facts);
    nothing_is_declared_twice(tree);
    nothing_is_left_out(tree);
    delivery_runs_nothing(tree);
    environments_have_no_hooks(tree);
}

fn sources_exist_and_are_disjoint(tree: &Tree, facts: &Facts) {
    let applications = tree.kind("Application");
    assert_eq!(applications.len(), facts.environments.len() + 1);
    let folders: Vec<String> = applications
        .values()
        .map(|application| {
            let path = text(application, &["spec", "source", "path"]);
            let inside = path.strip_prefix(&facts.prefix).unwrap_or_else(|| panic!("{path} has no prefix"));
            assert!(tree.has(&format!("{inside}/kustomization.yaml")), "there is no {path}");
            format!("{inside}/")
        })
        .collect();
    for (at, folder) in folders.iter().enumerate() {
        let others = folders.iter().enumerate().filter(|(other, _)| *other != at);
        for (_, other) in others {
            assert!(!other.starts_with(folder), "{other} is inside {folder}");
        }
    }
}

fn projects_are_exact(tree: &Tree, facts: &Facts) {
    let delivery = facts.delivery();
    let pipeline = vec![facts.get("pipeline-namespace")];
    let environments: Vec<&str> = facts.environments.iter().map(|one| one.namespace.as_str()).collect();
    let wanted = BTreeMap::from([(delivery.as_str(), pipeline), (facts.app(), environments)]);
    let projects = tree.kind("AppProject");
    assert!(projects.keys().eq(wanted.keys()), "{:?}", projects.keys());
    for (name, project) in &projects {
        let spec = at(project, &["spec"]);
        assert_eq!(text(project, &["metadata", "namespace"]), facts.get("argocd-namespace"));
        assert_eq!(strings(spec, &["sourceRepos"]), [facts.get("manifest-repo")]);
        let destination = |one| (text(one, &["server"]), text(one, &["namespace"]));
        let destinations: Vec<_> = list(spec, &["destinations"]).iter().map(destination).collect();
        // In a pattern the brackets of an IPv6 address would be a choice of letters.
        let server = facts.get("cluster").replace('[', r"\[").replace(']', r"\]");
        let allowed: Vec<_> = wanted[name].iter().map(|space| (server.as_str(), *space)).collect();
        assert_eq!(destinations, allowed, "{name}");
        assert!(spec.get("clusterResourceWhitelist").is_none(), "{name}");
        let text = serde_yaml::to_string(project).unwrap();
        assert!(!text.contains('*'), "a pattern in:\n{text}");
    }
    for application in tree.kind("Application").values() {
        let project = text(application, &["spec", "project"]);
        let namespace = text(application, &["spec", "destination", "namespace"]);
        assert!(wanted[project].contains(&namespace), "{project} does not reach {namespace}");
    }
}

fn group_and_kind(resource: &Value) -> (&str, &str) {
    let version = text(resource, &["apiVersion"]);
    (version.split_once('/').map_or("", |(group, _)| group), text(resource, &["kind"]))
}

/// What Argo CD syncs, the projects allow; a `ConfigMap` is also what kustomizations generate.
fn kinds_are_allowed(tree: &Tree, facts: &Facts) {
    let projects = tree.kind("AppProject");
    for (folder, project) in [("delivery/", facts.delivery().as_str()), ("deploy/", facts.app())] {
        let allowed = list(projects[project], &["spec", "namespaceResourceWhitelist"]).iter();
        let allowed: BTreeSet<_> = allowed.map(|one| (text(one, &["group"]), text(one, &["kind"]))).collect();
        assert!(allowed.contains(&("", "ConfigMap")) && !allowed.contains(&("", "Secret")));
        let limits = allowed.iter().find(|(_, kind)| LIMITS.contains(kind));
        assert_eq!(limits, None, "{project}");
        for (path, resource) in tree.resources(folder).filter(|(_, one)| !is_template(one)) {
            assert!(allowed.contains(&group_and_kind(resource)), "{project} does not allow {path}");
        }
    }
}

/// What Argo CD deploys to is there before it, and keeps its Pod Security whatever a commit says.
fn namespaces_are_applied_by_hand(tree: &Tree, facts: &Facts) {
    let environments = facts.environments.iter().map(|one| (one.namespace.as_str(), "restricted"));
    let wanted: BTreeMap<_, _> =
        environments.chain([(facts.get("pipeline-namespace"), "baseline")]).collect();
    let label = ["metadata", "labels", "pod-security.kubernetes.io/enforce"];
    let declared = tree.kind("Namespace").into_iter().map(|(name, one)| (name, text(one, &label)));
    assert_eq!(declared.collect::<BTreeMap<_, _>>(), wanted);
    for (path, resource) in tree.resources("") {
        let is_limit = LIMITS.contains(&text(resource, &["kind"]));
        assert!(!is_limit || path.starts_with("argocd/namespaces/"), "{path}");
    }
    let is_one_cluster = facts.get("cluster") == "https://kubernetes.default.svc";
    let applied = strings(tree.document("argocd/kustomization.yaml"), &["resources"]);
    assert_eq!(applied.contains(&"namespaces"), is_one_cluster, "{applied:?}");
    for application in tree.kind("Application").values() {
        let policy = at(application, &["spec", "syncPolicy"]);
        assert!(policy.get("managedNamespaceMetadata").is_none());
        assert!(!strings(policy, &["syncOptions"]).contains(&"CreateNamespace=true"));
    }
}

/// The run is no resource of the Application: the trigger carries it in a `ConfigMap`.
fn is_template(resource: &Value) -> bool {
    at(resource, &["kind"]) == "PipelineRun"
}

fn nothing_is_declared_twice(tree: &Tree) {
    for folder in ["argocd/", "delivery/", "deploy/"] {
        let mut seen = BTreeSet::new();
        for (path, resource) in tree.resources(folder) {
            // Environments have their own copies of the base.
            let base = path.strip_prefix("deploy/").and_then(|path| path.split('/').next());
            let namespace = at(resource, &["metadata", "namespace"]).as_str().unwrap_or_default();
            let identity = (base, group_and_kind(resource), namespace, text(resource, &["metadata", "name"]));
            assert!(seen.insert(identity), "{path} declares {identity:?} again");
        }
    }
}

/// Every manifest is named by the kustomization beside it.
fn nothing_is_left_out(tree: &Tree) {
    for (path, _) in tree.resources("") {
        let (folder, file) = path.rsplit_once('/').unwrap();
        let kustomization = tree.document(&format!("{folder}/kustomization.yaml"));
        let maps = list(kustomization, &["configMapGenerator"]).iter();
        let mut named = maps.flat_map(|map| strings(map, &["files"]));
        let is_resource = strings(kustomization, &["resources"]).contains(&file);
        assert!(is_resource || named.any(|name| name == file), "nothing names {path}");
    }
}

fn delivery_runs_nothing(tree: &Tree) {
    for (path, resource) in tree.resources("delivery/") {
        let kind = text(resource, &["kind"]);
        assert!(!WORKLOADS.contains(&kind), "{path} holds a {kind}");
    }
    let jobs: Vec<_> = tree.kind("Job").into_keys().collect();
    assert_eq!(jobs, ["release-trigger", "sync-failed"]);
}

fn environments_have_no_hooks(tree: &Tree) {
    for (path, text) in tree.texts().filter(|(path, _)| path.starts_with("deploy/")) {
        assert!(!text.contains("argocd.argoproj.io/"), "{path} asks Argo CD for something");
    }
}
