//! What is printed: before the set-up, without rights, of hostile texts, of another cluster.

use serde_json::{Value, json};

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use super::Cluster;
use super::clusters::list;
use crate::common::programs;
use crate::daily::kubectl;
use crate::daily::shop::Shop;
use crate::docs::page::{Page, project};
use crate::docs::shapes::documented_keys;

#[test]
#[ignore = "takes long"]
fn everything_is_fine_in_two_lines() {
    let cluster = Cluster::new();
    let output = cluster.doctor("").run().ends_with(0);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines[0], "shop in the cluster of the context `kind-acme`, https://127.0.0.1:6443");
    assert!(lines[2] == "✓ 22 fine, 4 not needed; `-v` shows all", "{}", output.stdout);
    assert_eq!(lines.len(), 3, "{}", output.stdout);
    let all = cluster.doctor("-v").run().ends_with(0).stdout;
    assert!(all.contains("✓ storage-class: fast by example.com/disk"), "{all}");
    assert!(all.contains("- rollouts: no manifest is a Rollout"), "{all}");
    assert_eq!(cluster.doctor("--quiet").run().ends_with(0).stdout, "");
}

#[test]
fn only_what_reads_is_asked() {
    let cluster = Cluster::new();
    cluster.doctor("--context live").run().ends_with(0);
    let asked = kubectl::asked(&cluster.shop);
    assert!(asked.len() > 15, "{asked:#?}");
    for line in asked.iter().filter(|line| !line.starts_with("config view")) {
        assert!(line.starts_with("--context live ") && line.contains("--request-timeout="), "{line}");
        let verb = line.split(' ').find(|word| ["get", "version", "apply", "create"].contains(word));
        assert!(matches!(verb, Some("get" | "version")) || line.contains("--dry-run=server"), "{line}");
        assert!(
            !line.contains("secret") || line.contains("go-template="),
            "values of Secrets are not read: {line}"
        );
    }
    assert_eq!(
        cluster.shop.home.git("shop-gitops.git", "for-each-ref --format=%(refname)"),
        "refs/heads/main"
    );
}

#[test]
fn problems_come_first_with_their_fixes() {
    let cluster = Cluster::new();
    cluster.set("storageclasses", &list(Vec::new()));
    cluster
        .set("configmaps.tekton-pipelines", &list(vec![json!({ "metadata": { "name": "feature-flags" } })]));
    cluster.forbid("nodes", "nodes");
    let only = "storage-class,tekton-security-context,node-architecture,node-seccomp,applied";
    let output = cluster.doctor(&format!("--only {only}")).run().ends_with(8);
    let expected = r#"shop in the cluster of the context `kind-acme`, https://127.0.0.1:6443

error storage-class: the cluster has no default StorageClass
  a claim stays Pending, and so does the run that waits for it
  fix: install something that provides volumes, with a StorageClass
  see https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/

warning tekton-security-context: Tekton does not restrict the containers that it adds to Pods
  each release violates the Pod Security profile `restricted`: warnings and entries in the audit log, and no Pod where a namespace enforces it
  $ kubectl -n tekton-pipelines patch configmap feature-flags --type=merge -p '{"data":{"set-security-context":"true"}}'
  see https://tekton.dev/docs/pipelines/additional-configs/

? node-architecture, node-seccomp: not known: it needs the right to list nodes

1 error, 1 warning, 2 unknown, 1 fine; `-v` shows all
"#;
    assert_eq!(output.stdout, expected);
}

#[test]
fn before_the_set_up_it_is_the_next_step() {
    let cluster = Cluster::new();
    cluster.set("applied", &list(Vec::new()));
    cluster.set("namespaces", &list(Vec::new()));
    for secrets in ["argocd", "shop-delivery"] {
        cluster.write(&format!("secrets.{secrets}"), "");
    }
    let output = cluster.doctor("").run().ends_with(0);
    assert!(
        output.stdout.contains("warning applied: nothing of `argocd/` is applied yet"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("$ treenail setup\n"), "{}", output.stdout);
    assert!(
        output
            .stdout
            .contains("? secrets, dry-run, pod-security, drift, last-run: not known before `treenail setup`"),
        "{}",
        output.stdout
    );
    let asked = kubectl::asked(&cluster.shop);
    assert!(!asked.iter().any(|line| line.contains("--dry-run")), "{asked:#?}");
}

#[test]
fn namespaces_that_argo_cd_has_not_made_yet_are_left_out() {
    let cluster = Cluster::new();
    cluster.set("namespaces", &list(vec![json!({ "metadata": { "name": "shop-delivery" } })]));
    let found = cluster.diagnose("dry-run");
    assert_eq!(found["state"], "ok", "{found:#}");
    assert!(
        found["seen"]
            .as_str()
            .unwrap()
            .ends_with("`shop-production` and `shop-staging` do not exist yet, so nothing in them was tried"),
        "{found:#}"
    );
}

#[test]
fn a_missing_right_is_unknown_and_no_error() {
    let cluster = Cluster::new();
    for (path, resource) in [
        ("controllers", "deployments"),
        ("controllers.argocd", "deployments"),
        ("nodes", "nodes"),
        ("storageclasses", "storageclasses"),
        ("configmaps.argocd", "configmaps"),
        ("configmaps.tekton-pipelines", "configmaps"),
        ("namespaces", "namespaces"),
        ("applied", "applications"),
        ("pipelineruns", "pipelineruns"),
        ("secrets.argocd", "secrets"),
        ("secrets.shop-delivery", "secrets"),
        ("apply", "tasks"),
        ("create", "pods"),
    ] {
        cluster.forbid(path, resource);
    }
    let output = cluster.doctor("--json").run().ends_with(0);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    let state = |name: &str| {
        let all = found["checks"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == name).unwrap();
        (one["state"].as_str().unwrap().to_owned(), one["seen"].as_str().unwrap().to_owned())
    };
    for (name, right) in [
        ("argocd-version", "list deployments"),
        ("tekton-running", "list deployments"),
        ("node-architecture", "list nodes"),
        ("node-seccomp", "list nodes"),
        ("storage-class", "list storageclasses"),
        ("argocd-tracking", "list configmaps"),
        ("tekton-coschedule", "list configmaps"),
        ("applied", "list applications"),
        ("drift", "list applications"),
        ("last-run", "list pipelineruns"),
        ("secrets", "list secrets"),
        ("dry-run", "list tasks"),
        ("pod-security", "list pods"),
    ] {
        assert_eq!(
            state(name),
            ("unknown".to_owned(), format!("not known: it needs the right to {right}")),
            "{name}"
        );
    }
}

#[test]
fn programs_are_found_without_the_right_to_look_everywhere() {
    let cluster = Cluster::new();
    let all = fs::read_to_string(cluster.shop.home.path("cluster/controllers")).unwrap();
    cluster.forbid("controllers", "deployments");
    cluster.write("controllers.argocd", &all);
    assert_eq!(cluster.diagnose("argocd-running")["state"], "ok");
}

#[test]
fn a_question_that_fails_stops_no_other() {
    let cluster = Cluster::new();
    cluster.write("nodes", "not JSON");
    cluster.write(
        "forbidden/storageclasses",
        "Unable to connect to the server: net/http: TLS handshake timeout\n",
    );
    let output = cluster.doctor("").run().ends_with(0);
    assert!(output.stdout.contains("node-architecture, "), "{}", output.stdout);
    assert!(output.stdout.contains("`kubectl get` did not print JSON"), "{}", output.stdout);
    assert!(
        output.stdout.contains("? storage-class: not known: Unable to connect to the server"),
        "{}",
        output.stdout
    );
}

#[test]
#[ignore = "takes long"]
fn texts_of_the_cluster_do_not_control_the_terminal() {
    let cluster = Cluster::new();
    let hostile = format!("a\u{1b}]52;c;cm0=\u{7}\nerror forged: \u{202e}b{}", "x".repeat(100_000));
    cluster.change_applied(|one| {
        if one["kind"] == "Application" {
            one["status"] = json!({ "sync": { "status": "Unknown" }, "conditions": [{ "type": "ComparisonError", "message": hostile }] });
        }
    });
    cluster.change("nodes", |all| {
        all["items"][0]["status"]["nodeInfo"]["osImage"] = json!(format!("Ubuntu 24.04 {hostile}"));
    });
    cluster.write("refused", &format!("\"name\":\"build-image\"\t\u{1b}[31m{}\n", "y".repeat(100_000)));
    let output = cluster.doctor("-v").run().ends_with(8);
    assert!(!output.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", output.stdout);
    assert!(!output.stdout.lines().any(|line| line.starts_with("error forged")), "{}", output.stdout);
    assert!(output.stdout.len() < 30_000, "{}", output.stdout.len());
}

#[test]
fn a_cluster_that_does_not_answer_ends_it() {
    let cluster = Cluster::new();
    cluster.write("forbidden/version", "Unable to connect to the server: connection refused\n");
    let output = cluster.doctor("").run().ends_with(1);
    assert!(
        output.stderr.contains("error: the cluster of the context `kind-acme` does not answer"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("caused by: Unable to connect to the server: connection refused"),
        "{}",
        output.stderr
    );
    let output = cluster.doctor("--context gone").run().ends_with(5);
    assert!(output.stderr.contains("`kubectl` has no context `gone`"), "{}", output.stderr);
    // Neither a `kubectl` nor anything else but Git.
    let only = cluster.shop.home.path("only");
    fs::create_dir(&only).unwrap();
    symlink(env!("CARGO_BIN_EXE_treenail"), only.join("treenail")).unwrap();
    symlink(programs::find("git").unwrap(), only.join("git")).unwrap();
    let output = cluster.doctor("").with("PATH", &only.display().to_string()).run().ends_with(5);
    assert!(output.stderr.contains("the `kubectl` command is needed here"), "{}", output.stderr);
    assert!(!output.stderr.contains("--dry-run"), "{}", output.stderr);
}

#[test]
fn only_names_that_exist() {
    let cluster = Cluster::new();
    let output = cluster.doctor("--only storage-clas").run().ends_with(2);
    assert!(output.stderr.contains("storage-class"), "{}", output.stderr);
    let list = cluster.doctor("--list").run().ends_with(0).stdout;
    assert!(list.starts_with("check ") && list.contains("\nstorage-class "), "{list}");
}

#[test]
fn two_clusters_are_told_apart() {
    let shop = Shop::with("--environments staging,production --cluster https://k8s.example.com");
    let cluster = Cluster::of(shop);
    let argocd = cluster.doctor("").run().ends_with(0).stdout;
    let elsewhere =
        "not known: it is in the cluster https://k8s.example.com; name a context of that with --context";
    assert!(argocd.contains(elsewhere) && argocd.contains("tekton-version, "), "{argocd}");
    let destination = cluster.doctor("--context live").run().ends_with(0).stdout;
    let elsewhere = "not known: it is in the cluster of Argo CD; name a context of that with --context";
    assert!(destination.contains(elsewhere) && destination.contains("argocd-version, "), "{destination}");
    assert!(!destination.contains("tekton-version"), "{destination}");
}

#[test]
fn the_page_has_the_checks_in_their_order() {
    let cluster = Cluster::new();
    let list = cluster.doctor("--list").run().ends_with(0).stdout;
    let names: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let page = Page::read(&project().join("docs/how-to/doctor.md"));
    let rows = page.lines.iter().skip_while(|line| *line != "## The checks");
    let rows: Vec<&str> = rows.filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rows, names);
}

#[test]
fn every_key_is_documented() {
    let cluster = Cluster::new();
    let output = cluster.doctor("--json").run().ends_with(0);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    let keys: BTreeSet<String> = found.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, documented_keys("treenail doctor --json"));
    assert_eq!(found["schema"], "treenail.doctor/1");
    assert_eq!(found["summary"], json!({ "error": 0, "warning": 0, "unknown": 0, "ok": 22, "notNeeded": 4 }));
}
