//! Each check: fine in a cluster that has nothing wrong, and a fault that it finds.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::Cluster;
use super::clusters::{config_map, controller, list, node, run, storage_class, task_run};
use crate::daily::shop::{MANIFESTS, Shop};

/// A check, what breaks it, the state that it comes to, a part of what it sees, and a part of the commands that fix it.
type Fault = (&'static str, fn(&Cluster), &'static str, &'static str, &'static str);

const FAULTS: &[Fault] = &[
    (
        "kubernetes-version",
        |it| it.set("version", &json!({ "serverVersion": { "gitVersion": "v1.32.9+k3s1" } })),
        "error",
        "Kubernetes is v1.32.9+k3s1, and 1.33 or newer is supported",
        "",
    ),
    (
        "argocd-version",
        |it| image(it, 0, "quay.io/argoproj/argocd:v3.2.9"),
        "error",
        "Argo CD is v3.2.9, and 3.3 or newer is supported",
        "",
    ),
    (
        "argocd-version",
        |it| image(it, 0, "registry.example.com/argocd@sha256:ab"),
        "unknown",
        "`registry.example.com/argocd@sha256:ab` is not a version",
        "",
    ),
    (
        "argocd-version",
        |it| it.set("controllers", &list(Vec::new())),
        "error",
        "Argo CD is not in the namespace `argocd`",
        "treenail upgrade --set argocd-namespace=NAME",
    ),
    (
        "argocd-running",
        |it| stop(it, 1, 1),
        "error",
        "`argocd-repo-server` of Argo CD is not ready",
        "kubectl -n argocd describe deployment/argocd-repo-server",
    ),
    (
        "argocd-running",
        |it| stop(it, 0, 0),
        "error",
        "`argocd-application-controller` of Argo CD is scaled to zero",
        "kubectl -n argocd scale statefulset/argocd-application-controller --replicas=1",
    ),
    (
        "tekton-version",
        |it| {
            it.change("configmaps.tekton-pipelines", |all| {
                all["items"][1]["data"]["version"] = json!("v1.9.6");
            });
        },
        "error",
        "Tekton Pipelines is v1.9.6, and 1.12 or newer is supported",
        "",
    ),
    (
        "tekton-running",
        |it| stop(it, 4, 1),
        "error",
        "`tekton-pipelines-webhook` of Tekton is not ready",
        "kubectl -n tekton-pipelines describe deployment/tekton-pipelines-webhook",
    ),
    (
        "tekton-running",
        |it| it.change("controllers", |all| all["items"].as_array_mut().unwrap().truncate(3)),
        "error",
        "Tekton Pipelines is not installed",
        "",
    ),
    (
        "kinds",
        |it| {
            fs::remove_file(it.shop.home.path("cluster/raw/apis_tekton.dev_v1")).unwrap();
            it.set("raw/apis_tekton.dev", &json!({ "versions": [{ "version": "v1beta1" }] }));
        },
        "error",
        "the cluster does not serve `Pipeline of tekton.dev/v1`, `PipelineRun of tekton.dev/v1` and `Task of tekton.dev/v1`",
        "",
    ),
    (
        "argocd-tracking",
        |it| settings(it, "argocd-cm", &json!({ "application.resourceTrackingMethod": "label" })),
        "error",
        "Argo CD knows its objects by a label",
        "kubectl -n argocd patch configmap argocd-cm --type=merge -p '{\"data\":{\"application.resourceTrackingMethod\":\"annotation\"}}'",
    ),
    (
        "argocd-exclusions",
        |it| {
            let text = "- apiGroups: [tekton.dev]\n  kinds: [Task, PipelineRun]\n  clusters: ['*']\n";
            settings(it, "argocd-cm", &json!({ "resource.exclusions": text }));
        },
        "error",
        "Argo CD is told to leave out the kinds `Task`",
        "kubectl -n argocd edit configmap argocd-cm",
    ),
    (
        "argocd-exclusions",
        |it| settings(it, "argocd-cm", &json!({ "resource.exclusions": "- {" })),
        "unknown",
        "`resource.exclusions` cannot be read",
        "",
    ),
    (
        "tekton-security-context",
        |it| flags(it, &json!({})),
        "warning",
        "Tekton does not restrict the containers that it adds to Pods",
        "kubectl -n tekton-pipelines patch configmap feature-flags --type=merge -p '{\"data\":{\"set-security-context\":\"true\"}}'",
    ),
    (
        "tekton-coschedule",
        |it| {
            flags(it, &json!({ "coschedule": "disabled" }));
            it.set("nodes", &list(vec![node("one", "amd64", "Debian"), node("two", "amd64", "Debian")]));
        },
        "warning",
        "Tekton spreads the Pods of a run over 2 nodes",
        "{\"data\":{\"coschedule\":\"workspaces\"}}",
    ),
    (
        "storage-class",
        |it| it.set("storageclasses", &list(vec![storage_class("fast", false)])),
        "error",
        "the cluster has no default StorageClass",
        "kubectl patch storageclass fast",
    ),
    (
        "storage-class",
        |it| it.set("storageclasses", &list(vec![storage_class("a", true), storage_class("b", true)])),
        "warning",
        "several default StorageClasses: `a` and `b`",
        "",
    ),
    (
        "node-architecture",
        |it| it.set("nodes", &list(vec![node("one", "amd64", "Debian"), node("two", "arm64", "Debian")])),
        "warning",
        "the nodes have several architectures: `amd64` and `arm64`",
        "",
    ),
    (
        "node-user-namespaces",
        |it| it.set("nodes", &list(vec![node("one", "amd64", "Ubuntu 24.04.1 LTS")])),
        "warning",
        "1 of 1 node run Ubuntu 24.04.1 LTS",
        "",
    ),
    (
        "node-seccomp",
        |it| {
            it.set(
                "raw/api_v1_nodes_one_proxy_configz",
                &json!({ "kubeletconfig": { "seccompDefault": true } }),
            );
        },
        "error",
        "the kubelets of `one` set `seccompDefault`",
        "",
    ),
    (
        "repository-read",
        |it| fs::rename(it.shop.home.path("shop-gitops.git"), it.shop.home.path("away.git")).unwrap(),
        "error",
        "`git ls-remote origin` fails: ",
        "git ls-remote origin",
    ),
    (
        "repository-push",
        |it| {
            let script = "case $* in *' push '*) echo 'remote: Permission to acme/shop-gitops.git denied to dev.' >&2; exit 128 ;; esac\n\
                          PATH=${PATH#*:} exec git \"$@\"";
            it.shop.hook("bin", "git", script);
        },
        "warning",
        "`git push --dry-run origin` fails: remote: Permission to acme/shop-gitops.git denied to dev.",
        "treenail release TAG --pr",
    ),
    (
        "branch-protection",
        |it| {
            it.write("protected", "true\n");
            it.set("pipelineruns", &list(Vec::new()));
        },
        "warning",
        "the branch `main` is protected",
        "",
    ),
    (
        "branch-protection",
        |it| failed_run(it, "deploy-app"),
        "warning",
        "the push of the run `shop-2` failed",
        "",
    ),
    (
        "applied",
        |it| it.set("applied", &list(Vec::new())),
        "warning",
        "nothing of `argocd/` is applied yet",
        "treenail setup",
    ),
    (
        "applied",
        |it| {
            it.set(
                "applied",
                &list(it.applied().into_iter().filter(|one| one["metadata"]["name"] != "shop-staging")),
            );
        },
        "error",
        "`Application shop-staging` of `argocd/` are missing in the cluster",
        "treenail setup --only applications",
    ),
    (
        "applied",
        |it| {
            it.change_applied(|one| {
                if one["metadata"]["name"] == "shop-production" {
                    one["spec"]["source"]["targetRevision"] = json!("other");
                }
            });
        },
        "warning",
        "`Application shop-production` differs from Git",
        "treenail setup --only applications",
    ),
    (
        "secrets",
        |it| {
            it.write("secrets.shop-delivery", "git-push kubernetes.io/basic-auth password username\ngit-source kubernetes.io/basic-auth password username\n");
        },
        "error",
        "the Secret `registry-push` in `shop-delivery` is missing",
        "treenail setup --only repository,secrets",
    ),
    (
        "secrets",
        |it| it.write("secrets.shop-delivery", "git-push Opaque token\n"),
        "error",
        "2 Secrets are missing or wrong",
        "treenail setup --only repository,secrets --replace shop-delivery/git-push",
    ),
    (
        "dry-run",
        |it| {
            it.write("refused", "\"name\":\"build-image\",\"namespace\"\tError from server (BadRequest): admission webhook \"validation.webhook.pipeline.tekton.dev\" denied the request: validation failed: missing field(s)\n");
        },
        "error",
        "the API server refuses 1 of ",
        "",
    ),
    (
        "pod-security",
        |it| {
            it.write("refused", "\"name\":\"step-build\"\tError from server (Forbidden): error when creating \"STDIN\": pods \"treenail-doctor-3\" is forbidden: violates PodSecurity \"restricted:latest\": unrestricted capabilities\n");
        },
        "error",
        "the cluster does not admit 1 of ",
        "",
    ),
    (
        "drift",
        |it| {
            it.change_applied(|one| {
                if one["metadata"]["name"] == "shop-staging" {
                    one["status"]["sync"]["status"] = json!("OutOfSync");
                }
            });
        },
        "warning",
        "`shop-staging` is not as Git says",
        "kubectl -n argocd annotate --overwrite application shop-staging argocd.argoproj.io/refresh=normal",
    ),
    (
        "drift",
        |it| {
            it.change_applied(|one| {
                if one["metadata"]["name"] == "shop-delivery" {
                    one["status"] = json!({
                        "sync": { "status": "Unknown" },
                        "health": { "status": "Healthy" },
                        "conditions": [{ "type": "ComparisonError", "message": "authentication required" }]
                    });
                }
            });
        },
        "error",
        "`shop-delivery` cannot be synced, or does not work",
        "kubectl -n argocd describe application shop-delivery",
    ),
    (
        "last-run",
        |it| failed_run(it, "build-image"),
        "warning",
        "the last run, `shop-2`, failed: Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 2",
        "kubectl -n shop-delivery logs build-image-pod --tail=50 --all-containers",
    ),
    (
        "last-run",
        |it| {
            it.set(
                "pipelineruns",
                &list(vec![run(
                    "shop-3",
                    "2026-01-03T00:00:00Z",
                    "Unknown",
                    "Running",
                    "Tasks Completed: 0",
                )]),
            );
            it.set(
                "taskruns",
                &list(vec![task_run(
                    "clone-repo",
                    "Unknown",
                    "ExceededNodeResources",
                    "0/1 nodes are available",
                )]),
            );
        },
        "warning",
        "the run `shop-3` waits for something",
        "",
    ),
    (
        "last-run",
        |it| {
            let waiting = run("shop-3", "2026-01-03T00:00:00Z", "Unknown", "Running", "Tasks Completed: 0");
            it.set("pipelineruns", &list([waiting]));
            let unplaced = json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes" });
            let pod = json!({ "metadata": { "name": "one" }, "status": { "phase": "Pending", "conditions": [unplaced] } });
            it.set("pods", &list([pod]));
        },
        "warning",
        "the run `shop-3` waits for something",
        "",
    ),
];

fn image(cluster: &Cluster, at: usize, image: &str) {
    cluster.change("controllers", |all| {
        all["items"][at]["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    });
}

fn stop(cluster: &Cluster, at: usize, replicas: u64) {
    cluster.change("controllers", |all| {
        all["items"][at]["spec"]["replicas"] = json!(replicas);
        all["items"][at]["status"] = json!({});
    });
}

fn settings(cluster: &Cluster, name: &str, data: &Value) {
    cluster
        .set("configmaps.argocd", &list(vec![config_map("argocd-cm", &json!({})), config_map(name, data)]));
}

fn flags(cluster: &Cluster, data: &Value) {
    cluster.set("configmaps.tekton-pipelines", &list(vec![config_map("feature-flags", data)]));
}

fn failed_run(cluster: &Cluster, task: &str) {
    let message = "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 2";
    let old = run("shop-1", "2026-01-01T00:00:00Z", "True", "Succeeded", "");
    let new = run("shop-2", "2026-01-02T00:00:00Z", "False", "Failed", message);
    cluster.set("pipelineruns", &list(vec![new, old]));
    let failed = task_run(task, "False", "Failed", "\"step-one\" exited with code 1");
    cluster.set("taskruns", &list(vec![task_run("clone-repo", "True", "Succeeded", ""), failed]));
}

/// Puts back what a fault has changed outside of the cluster.
fn heal(cluster: &Cluster) {
    cluster.heal();
    let home = &cluster.shop.home;
    let _ = fs::remove_file(home.path("bin/git"));
    let _ = fs::rename(home.path("away.git"), home.path("shop-gitops.git"));
}

#[test]
fn nothing_is_wrong_in_a_cluster_that_has_no_fault() {
    let cluster = Cluster::new();
    let output = cluster.doctor("--json").run().ends_with(0);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    let states: Vec<(&str, &str, &str)> = found["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["name"].as_str().unwrap(), one["state"].as_str().unwrap(), one["seen"].as_str().unwrap())
        })
        .collect();
    let unneeded: Vec<_> =
        states.iter().filter(|(_, state, _)| *state == "not-needed").map(|(name, ..)| *name).collect();
    assert_eq!(unneeded, ["rollouts", "argocd-notifications", "argocd-known-hosts", "branch-protection"]);
    let wrong: Vec<_> = states.iter().filter(|(_, state, _)| !["ok", "not-needed"].contains(state)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(states.len() > 20);
}

#[test]
#[ignore = "takes long"]
fn each_fault_is_found_by_its_check_and_gone_without_it() {
    let cluster = Cluster::new();
    for (name, fault, state, seen, command) in FAULTS {
        fault(&cluster);
        let found = cluster.diagnose(name);
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        assert_eq!(found["state"], *state, "{name}: {found:#}");
        assert!(text("seen").contains(seen), "{name}: {found:#}");
        let commands = found["commands"].to_string().replace("\\\"", "\"");
        assert!(commands.contains(command), "{name}: {found:#}");
        let is_problem = *state != "unknown";
        assert_eq!(!text("effect").is_empty(), is_problem, "{name}: {found:#}");
        let has_fix = !text("advice").is_empty() || found["commands"] != json!([]);
        assert!(has_fix || !is_problem || *name == "last-run", "{name}: {found:#}");
        assert!(text("link").starts_with("https://"), "{name}");
        heal(&cluster);
    }
    // Those that the cluster of this test cannot have are below.
    let broken: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.0).collect();
    let list = cluster.doctor("--list").run().ends_with(0).stdout;
    let without: Vec<&str> = list
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !broken.contains(name))
        .collect();
    assert_eq!(without, ["rollouts", "argocd-notifications", "argocd-known-hosts"]);
}

#[test]
fn rollouts_are_needed_by_a_canary() {
    let cluster = Cluster::of(Shop::with("--environments staging,production --strategy canary"));
    let found = cluster.diagnose("rollouts");
    assert_eq!(
        (&found["state"], &found["seen"]),
        (&json!("error"), &json!("Argo Rollouts is not installed"))
    );
    for (image, state) in
        [("quay.io/argoproj/argo-rollouts:v1.8.4", "error"), ("quay.io/argoproj/argo-rollouts:v1.9.1", "ok")]
    {
        cluster.heal();
        cluster.change("controllers", |all| {
            let new = controller("Deployment", "argo-rollouts", "argo-rollouts", "argo-rollouts", image);
            all["items"].as_array_mut().unwrap().push(new);
        });
        assert_eq!(cluster.diagnose("rollouts")["state"], state);
    }
}

#[test]
fn the_host_of_an_ssh_repository_has_to_be_known() {
    let cluster = Cluster::of(Shop::with(
        "--manifest-repo ssh://git@git.example.com:2222/acme/shop-gitops.git --environments staging,production",
    ));
    let known =
        |text: &str| settings(&cluster, "argocd-ssh-known-hosts-cm", &json!({ "ssh_known_hosts": text }));
    known("github.com ssh-ed25519 AAAA\ngit.example.com ssh-ed25519 AAAA\n");
    let found = cluster.diagnose("argocd-known-hosts");
    assert_eq!(found["seen"], "Argo CD does not know the keys of `[git.example.com]:2222`", "{found:#}");
    known("|1|abc|def ssh-ed25519 AAAA\n");
    assert_eq!(cluster.diagnose("argocd-known-hosts")["state"], "unknown");
    known("other,[git.example.com]:2222 ssh-ed25519 AAAA\n");
    assert_eq!(cluster.diagnose("argocd-known-hosts")["state"], "ok");
    // The remote of the clone is another repository.
    let found = cluster.diagnose("repository-read");
    assert_eq!(found["state"], "warning");
    assert!(
        found["seen"].as_str().unwrap().contains("Argo CD reads ssh://git@git.example.com:2222"),
        "{found:#}"
    );
}

#[test]
fn what_applications_subscribe_to_has_to_exist() {
    let shop = Shop::new();
    let path = "argocd/delivery.yaml";
    let text = fs::read_to_string(shop.home.path(&format!("{MANIFESTS}/{path}"))).unwrap();
    let annotated = text.replacen(
        "  namespace: argocd\n",
        "  namespace: argocd\n  annotations:\n    notifications.argoproj.io/subscribe.on-sync-failed.slack: releases\n",
        1,
    );
    assert_ne!(text, annotated);
    shop.commit(MANIFESTS, path, &annotated, "subscribe");
    let cluster = Cluster::of(shop);
    let found = cluster.diagnose("argocd-notifications");
    assert_eq!(
        found["seen"],
        "the ConfigMap `argocd-notifications-cm` lacks `service.slack` and `trigger.on-sync-failed`"
    );
    assert_eq!(found["state"], "warning");
    settings(
        &cluster,
        "argocd-notifications-cm",
        &json!({ "service.slack": "x", "trigger.on-sync-failed": "y" }),
    );
    assert_eq!(cluster.diagnose("argocd-notifications")["state"], "ok");
    cluster.change("controllers", |all| drop(all["items"].as_array_mut().unwrap().remove(2)));
    assert_eq!(cluster.diagnose("argocd-notifications")["state"], "warning");
}

/// As the answer `notify` writes it.
#[test]
fn what_projects_subscribe_to_has_to_exist() {
    let cluster = Cluster::of(Shop::with("--set notify=slack:deploys"));
    let found = cluster.diagnose("argocd-notifications");
    assert_eq!(found["state"], "warning");
    let seen = found["seen"].as_str().unwrap();
    for missing in ["`service.slack`", "`trigger.on-sync-failed`", "`trigger.on-deployed`"] {
        assert!(seen.contains(missing), "{seen}");
    }
}

#[test]
fn what_is_not_pushed_is_said() {
    let cluster = Cluster::new();
    cluster.shop.commit(MANIFESTS, "notes.md", "x\n", "notes");
    let found = cluster.diagnose("repository-read");
    assert_eq!(found["state"], "warning");
    assert!(found["commands"].to_string().contains("git push origin HEAD:refs/heads/main"), "{found:#}");
    // Somebody else has pushed, and this commit is in their history, or not: what was fetched says so.
    cluster.shop.home.git(MANIFESTS, "push -q");
    cluster.shop.push_from_elsewhere("other.md", "x\n");
    assert_eq!(cluster.diagnose("repository-read")["state"], "ok");
}
