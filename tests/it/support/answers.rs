//! Every answer comes back, with its type, from the places in the manifests where it belongs.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_yaml::Value;
use treenail::values::Duration;

use super::yaml::{at, list, named, strings, text, texts_by_key};
use super::{Facts, Tree};

/// Asserts it for every answer that is written anywhere.
pub fn assert_all(tree: &Tree, facts: &Facts) {
    application(tree, facts);
    environments(tree, facts);
    pipeline(tree, facts);
    run(tree, facts);
    images(tree, facts);
    subscriptions(tree, facts);
    checks(tree, facts);
    owners(tree, facts);
    updates(tree, facts);
    state(tree, facts);
}

fn application(tree: &Tree, facts: &Facts) {
    let app = facts.app();
    let (kind, path) = facts.workload();
    let workload = tree.document(path);
    let pod = at(workload, &["spec", "template"]);
    let label = "app.kubernetes.io/name";
    assert_eq!(text(workload, &["kind"]), kind);
    assert_eq!(text(workload, &["metadata", "name"]), app);
    assert_eq!(text(workload, &["spec", "selector", "matchLabels", label]), app);
    assert_eq!(text(pod, &["metadata", "labels", label]), app);
    assert_eq!(text(pod, &["spec", "serviceAccountName"]), app);
    let container = named(pod, &["spec", "containers"], app);
    let port = &list(container, &["ports"])[0];
    assert_eq!(at(port, &["containerPort"]), &Value::from(facts.number("port")));
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        assert_eq!(checked(container.get(probe)), facts.probe(probe), "{probe}");
    }
    let delay = facts.number("shutdown-delay");
    let serves_on = container.get("lifecycle").map(|it| at(it, &["preStop", "sleep", "seconds"]));
    assert_eq!(serves_on, (delay > 0).then(|| Value::from(delay)).as_ref());
    let ends = at(pod, &["spec"]).get("terminationGracePeriodSeconds");
    assert_eq!(ends, (delay > 0).then(|| Value::from(delay + 30)).as_ref());
    let user = at(pod, &["spec", "securityContext"]);
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        let expected = (!facts.get("user-id").is_empty()).then(|| Value::from(facts.number("user-id")));
        assert_eq!(user.get(key), expected.as_ref(), "{key}");
    }
    let resources = at(container, &["resources"]);
    assert_eq!(text(resources, &["requests", "cpu"]), facts.get("cpu"));
    assert_eq!(text(resources, &["requests", "memory"]), facts.get("memory"));
    assert_eq!(text(resources, &["limits", "memory"]), facts.get("memory"));
    for path in ["service-account", "disruption-budget"] {
        let resource = tree.document(&format!("deploy/base/{path}.yaml"));
        assert_eq!(text(resource, &["metadata", "name"]), app, "{path}");
    }
    strategy(tree, facts, at(workload, &["spec", "strategy"]));
}

/// What a probe asks: a path, a port by number, or nothing but to connect.
fn checked(probe: Option<&Value>) -> String {
    let Some(probe) = probe else { return "nothing".to_owned() };
    match (probe.get("httpGet"), probe.get("grpc"), probe.get("tcpSocket")) {
        (Some(http), None, None) => format!("http {}", text(http, &["path"])),
        (None, Some(grpc), None) => format!("grpc {}", at(grpc, &["port"]).as_u64().unwrap()),
        (None, None, Some(tcp)) => format!("tcp {}", text(tcp, &["port"])),
        _ => panic!("{probe:?}"),
    }
}

/// How a new image takes over, and the Services that this needs.
fn strategy(tree: &Tree, facts: &Facts, strategy: &Value) {
    for (path, name) in facts.services() {
        let service = tree.document(&format!("deploy/base/{path}.yaml"));
        assert_eq!(text(service, &["metadata", "name"]), name);
        assert_eq!(text(service, &["spec", "selector", "app.kubernetes.io/name"]), facts.app());
    }
    let wanted = facts.get("strategy");
    for (answer, key) in [("rolling", "rollingUpdate"), ("blue-green", "blueGreen"), ("canary", "canary")] {
        assert_eq!(strategy.get(key).is_some(), wanted == answer, "{wanted}: {key}");
    }
    for other in ["deployment", "rollout", "preview-service"].map(|file| format!("deploy/base/{file}.yaml")) {
        let services: Vec<_> =
            facts.services().iter().map(|(path, _)| format!("deploy/base/{path}.yaml")).collect();
        assert_eq!(tree.has(&other), other == facts.workload().1 || services.contains(&other), "{other}");
    }
    if wanted == "blue-green" {
        let services = ["activeService", "previewService"].map(|key| text(strategy, &["blueGreen", key]));
        assert_eq!(services, [facts.app(), &format!("{}-preview", facts.app())]);
    }
}

fn environments(tree: &Tree, facts: &Facts) {
    for environment in &facts.environments {
        let overlay = format!("deploy/overlays/{}", environment.name);
        let kustomization = tree.document(&format!("{overlay}/kustomization.yaml"));
        assert_eq!(text(kustomization, &["namespace"]), environment.namespace);
        let labels = at(&list(kustomization, &["labels"])[0], &["pairs"]);
        assert_eq!(text(labels, &["app.kubernetes.io/part-of"]), facts.app());
        assert_eq!(replicas(tree, facts, &overlay), &Value::from(facts.number("replicas")));
        base(tree, facts, environment.name.as_str(), kustomization);
        let application = tree.document(&format!("argocd/{}.yaml", environment.name));
        synced(application, facts, &environment.application, &environment.namespace, &overlay);
    }
    let delivery = tree.document("argocd/delivery.yaml");
    synced(delivery, facts, &facts.delivery(), facts.get("pipeline-namespace"), "delivery");
    let files = facts.environments.iter().map(|environment| format!("{}.yaml", environment.name));
    let files: Vec<_> =
        ["projects.yaml", "delivery.yaml"].map(str::to_owned).into_iter().chain(files).collect();
    let mut applied = strings(tree.document("argocd/kustomization.yaml"), &["resources"]);
    // Where the namespaces are in another cluster, they are applied there.
    applied.retain(|path| *path != "namespaces");
    assert_eq!(applied, files);
}

/// Environments share the base, or all but the first have a copy that is the same until the first promotion.
fn base(tree: &Tree, facts: &Facts, name: &str, kustomization: &Value) {
    let copy = format!("deploy/base-{name}");
    let is_copied = facts.get("promotion") == "everything" && facts.environments[0].name != *name;
    let resource = if is_copied { format!("../../base-{name}") } else { "../../base".to_owned() };
    assert_eq!(strings(kustomization, &["resources"]), [resource]);
    let files = |folder: &str| tree.below(&format!("{folder}/"));
    assert_eq!(files(&copy), if is_copied { files("deploy/base") } else { BTreeMap::new() });
}

/// How many replicas the settings of an overlay ask for.
fn replicas<'t>(tree: &'t Tree, facts: &Facts, overlay: &str) -> &'t Value {
    if facts.workload().0 == "Deployment" && facts.get("promotion") == "image" {
        let settings = tree.document(&format!("{overlay}/settings/kustomization.yaml"));
        return at(named(settings, &["replicas"], facts.app()), &["count"]);
    }
    let path = format!("{overlay}/settings/replicas.yaml");
    assert!(tree.is_patch(&path), "nothing applies {path}");
    let operations = tree.document(&path).as_sequence().unwrap();
    assert_eq!(text(&operations[0], &["path"]), "/spec/replicas");
    at(&operations[0], &["value"])
}

/// Asserts that an Application has that name and brings `path` into `namespace`.
fn synced(application: &Value, facts: &Facts, name: &str, namespace: &str, path: &str) {
    assert_eq!(text(application, &["metadata", "name"]), name);
    assert_eq!(text(application, &["metadata", "namespace"]), facts.get("argocd-namespace"));
    let source = at(application, &["spec", "source"]);
    assert_eq!(text(source, &["repoURL"]), facts.get("manifest-repo"));
    assert_eq!(text(source, &["targetRevision"]), facts.get("branch"));
    assert_eq!(text(source, &["path"]), facts.in_repository(path));
    let destination = at(application, &["spec", "destination"]);
    assert_eq!(text(destination, &["server"]), facts.get("cluster"));
    assert_eq!(text(destination, &["namespace"]), namespace);
}

fn pipeline(tree: &Tree, facts: &Facts) {
    let tasks = at(tree.document("delivery/pipeline/pipeline.yaml"), &["spec"]);
    let clone = named(tasks, &["tasks"], "clone-repo");
    assert_eq!(text(named(clone, &["params"], "url"), &["value"]), facts.get("source-repo"));
    let branch = match facts.get("source-branch") {
        "" => "HEAD".to_owned(),
        "*" => String::new(),
        branch => format!("refs/heads/{branch}"),
    };
    assert_eq!(text(named(clone, &["params"], "branch"), &["value"]), branch);
    assert_eq!(text(named(clone, &["params"], "submodules"), &["value"]), facts.get("submodules"));
    let build = named(tasks, &["tasks"], "build-image");
    for question in ["dockerfile", "context"] {
        assert_eq!(text(named(build, &["params"], question), &["value"]), facts.get(question));
    }
    // What the build says about itself decides neither what is pushed nor what is deployed.
    for task in ["push-image", "deploy-app"] {
        let task = named(tasks, &["tasks"], task);
        assert_eq!(text(named(task, &["params"], "image"), &["value"]), facts.get("image"));
    }
    let seconds = |text: &str| Duration::parse(text).map(Duration::seconds);
    assert_eq!(seconds(text(build, &["timeout"])), seconds(facts.get("build-timeout")));
    let deploy = tree.document("delivery/pipeline/deploy-app.yaml");
    let first = &facts.environments[0].name;
    let image_file = format!("deploy/overlays/{first}/image/kustomization.yaml");
    for (name, value) in [
        ("URL", facts.get("manifest-repo").to_owned()),
        ("BRANCH", facts.get("branch").to_owned()),
        ("APP", facts.app().to_owned()),
        ("RELEASE_FILE", facts.in_repository("delivery/release/release.env")),
        ("IMAGE_FILE", facts.in_repository(&image_file)),
    ] {
        let step = &list(deploy, &["spec", "steps"])[0];
        assert_eq!(text(named(step, &["env"], name), &["value"]), value, "{name}");
    }
    tests(tree, facts);
}

fn tests(tree: &Tree, facts: &Facts) {
    let path = "delivery/pipeline/run-tests.yaml";
    assert_eq!(tree.has(path), facts.has_tests());
    if facts.has_tests() {
        let step = &list(tree.document(path), &["spec", "steps"])[0];
        let arguments = strings(step, &["args"]);
        let [.., name, command] = arguments.as_slice() else { panic!("{arguments:?}") };
        assert_eq!(*name, "run-tests");
        assert_eq!(expanded(command), facts.get("test-command"));
    }
}

/// A container's argument as Kubernetes hands it over: `$$` is one dollar sign, `$(` starts a variable.
/// <https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go>
fn expanded(argument: &str) -> String {
    let mut characters = argument.chars();
    let mut expanded = String::new();
    while let Some(character) = characters.next() {
        expanded.push(character);
        if character == '$' {
            match characters.next() {
                Some('$') | None => {}
                Some('(') => panic!("Kubernetes would take a part of {argument:?} for a variable"),
                Some(other) => expanded.push(other),
            }
        }
    }
    expanded
}

fn run(tree: &Tree, facts: &Facts) {
    let namespace = facts.get("pipeline-namespace");
    assert_eq!(text(tree.document("delivery/kustomization.yaml"), &["namespace"]), namespace);
    let run = tree.document("delivery/release/pipelinerun.yaml");
    assert_eq!(text(run, &["metadata", "namespace"]), namespace);
    assert_eq!(text(run, &["metadata", "labels", "app.kubernetes.io/name"]), facts.app());
    let claim = at(named(run, &["spec", "workspaces"], "source"), &["volumeClaimTemplate", "spec"]);
    assert_eq!(text(claim, &["resources", "requests", "storage"]), facts.get("workspace-size"));
    let class = match facts.get("storage-class") {
        "" => Value::Null,
        class => Value::from(class),
    };
    assert_eq!(at(claim, &["storageClassName"]), &class);
    let job = at(tree.document("delivery/release/trigger.yaml"), &["spec", "template", "spec"]);
    let trigger = named(job, &["containers"], "trigger");
    assert_eq!(text(named(trigger, &["env"], "APP"), &["value"]), facts.app());
}

fn images(tree: &Tree, facts: &Facts) {
    let step = |path: &str| &list(tree.document(path), &["spec", "steps"])[0];
    for (task, question) in [
        ("clone-repo", "git-image"),
        ("deploy-app", "git-image"),
        ("build-image", "build-image"),
        ("push-image", "push-image"),
        ("report", "kubectl-image"),
    ] {
        let path = format!("delivery/pipeline/{task}.yaml");
        assert_eq!(text(step(&path), &["image"]), facts.get(question));
    }
    if facts.has_tests() {
        let path = "delivery/pipeline/run-tests.yaml";
        assert_eq!(text(step(path), &["image"]), facts.get("test-image"));
    }
    let pod = at(tree.document("delivery/release/trigger.yaml"), &["spec", "template", "spec"]);
    assert_eq!(text(named(pod, &["containers"], "trigger"), &["image"]), facts.get("kubectl-image"));
    let pod = at(tree.document("delivery/release/sync-failed.yaml"), &["spec", "template", "spec"]);
    assert_eq!(text(named(pod, &["containers"], "report"), &["image"]), facts.get("kubectl-image"));
}

/// Both projects subscribe every service that was named, and nobody else.
fn subscriptions(tree: &Tree, facts: &Facts) {
    let common = ["on-sync-failed", "on-sync-status-unknown", "on-health-degraded"];
    for (name, project) in tree.kind("AppProject") {
        let deployed = (name == facts.app()).then_some("on-deployed");
        let triggers: Vec<_> = common.into_iter().chain(deployed).collect();
        let services = facts.get("notify").split(',').filter_map(|entry| entry.split_once(':'));
        let wanted: BTreeMap<_, _> = services
            .flat_map(|(service, recipients)| {
                triggers.iter().map(move |trigger| (trigger, service, recipients))
            })
            .map(|(trigger, service, recipients)| {
                (format!("notifications.argoproj.io/subscribe.{trigger}.{service}"), recipients.to_owned())
            })
            .collect();
        assert_eq!(texts_by_key(project, &["metadata", "annotations"]), wanted, "{name}");
    }
}

/// A host reads its files in the root of a repository only.
fn checks(tree: &Tree, facts: &Facts) {
    for (path, host) in [(".github/workflows/treenail.yml", "github"), (".gitlab-ci.yml", "gitlab")] {
        let is_there = facts.prefix.is_empty() && facts.get("ci") == host;
        assert_eq!(tree.has(path), is_there, "{path}");
        if !is_there {
            continue;
        }
        let jobs: Value = serde_yaml::from_str(tree.text(path)).unwrap();
        let environment = match host {
            "github" => &jobs["jobs"]["treenail"]["env"],
            _ => &jobs[".treenail"]["variables"],
        };
        let built = facts.get("treenail-repo");
        let texts = [("TREENAIL_REPO", built), ("TREENAIL_REVISION", facts.get("treenail-revision"))];
        for (name, text) in texts {
            let expected = (!built.is_empty()).then_some(text);
            assert_eq!(environment.get(name).map(|value| value.as_str().unwrap()), expected, "{name}");
        }
    }
}

/// Every pattern stands for something that is there, and none for what the pipeline or a release writes.
fn owners(tree: &Tree, facts: &Facts) {
    let owners = facts.get("owners");
    assert_eq!(tree.has("CODEOWNERS"), facts.prefix.is_empty() && !owners.is_empty());
    if !tree.has("CODEOWNERS") {
        return;
    }
    let lines = tree.text("CODEOWNERS").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut owned = Vec::new();
    for line in lines {
        let (pattern, of) = line.split_once(' ').unwrap();
        assert_eq!(of.split(' ').collect::<Vec<_>>(), owners.split(',').collect::<Vec<_>>(), "{line}");
        let pattern = pattern.strip_prefix('/').expect("it starts at the root");
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        let is_meant = |path: &&String| {
            let rest = path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            rest.is_some_and(|rest| match pattern {
                _ if pattern.contains('*') => !rest.contains('/'),
                _ => pattern.ends_with('/') || rest.is_empty(),
            })
        };
        let meant: Vec<_> = tree.files.keys().filter(is_meant).cloned().collect();
        assert!(!meant.is_empty(), "{line} stands for nothing");
        owned.extend(meant);
    }
    let [first, last] = [0, facts.environments.len() - 1].map(|index| &facts.environments[index].name);
    let image = |name: &str| format!("deploy/overlays/{name}/image/kustomization.yaml");
    for written in ["delivery/release/release.env".to_owned(), image(first)] {
        assert!(!owned.contains(&written), "{written}");
    }
    assert_eq!(owned.contains(&image(last)), first != last);
    for path in ["CODEOWNERS", ".treenail/answers.yaml", "argocd/projects.yaml"] {
        assert!(owned.iter().any(|known| known == path), "{path}");
    }
}

/// What the patterns for Renovate find are the images of the answers, everywhere, and never the application's.
fn updates(tree: &Tree, facts: &Facts) {
    const PATH: &str = "renovate.json";
    assert_eq!(tree.has(PATH), facts.prefix.is_empty() && facts.get("image-updates") == "renovate");
    if !tree.has(PATH) {
        return;
    }
    let mut wanted: BTreeSet<&str> =
        ["git-image", "kubectl-image", "build-image", "push-image"].map(|name| facts.get(name)).into();
    if facts.has_tests() {
        wanted.insert(facts.get("test-image"));
    }
    let config: serde_json::Value = serde_json::from_str(tree.text(PATH)).unwrap();
    for manager in config["customManagers"].as_array().unwrap() {
        let pattern =
            |text: &serde_json::Value| Regex::new(text.as_str().unwrap().trim_matches('/')).unwrap();
        let [files, images] = ["managerFilePatterns", "matchStrings"].map(|key| pattern(&manager[key][0]));
        let mut found = BTreeSet::new();
        for (_, text) in tree.texts().filter(|(path, _)| files.is_match(path)) {
            for image in images.captures_iter(text) {
                let part = |name: &str, before: &str| {
                    image.name(name).map(|part| format!("{before}{}", part.as_str())).unwrap_or_default()
                };
                let parts = [("depName", ""), ("currentValue", ":"), ("currentDigest", "@")];
                found.insert(parts.map(|(name, before)| part(name, before)).concat());
            }
        }
        assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    }
}

fn state(tree: &Tree, facts: &Facts) {
    let state = tree.document(".treenail/answers.yaml");
    assert_eq!(text(state, &["directory"]), facts.prefix.trim_end_matches('/'));
    for (question, recorded) in at(state, &["answers"]).as_mapping().unwrap() {
        let question = text(question, &[]);
        match recorded {
            Value::Number(number) => assert_eq!(number.as_u64(), Some(facts.number(question))),
            Value::Sequence(_) => assert_eq!(strings(recorded, &[]).join(","), facts.get(question)),
            recorded => assert_eq!(text(recorded, &[]), facts.get(question), "{question}"),
        }
    }
}
