//! The set-up on a terminal: what is asked, and what leaving does.

use std::fs;

use serde_json::json;

use super::{Cluster, TOKEN};
use crate::common::programs;
use crate::common::terminal::{CTRL_C, LARGE, Terminal};
use crate::daily::shop::{MANIFESTS, Shop};

/// Where temporary files are.
const TEMPORARY: &str = "temporary";

fn terminal(cluster: &Cluster, arguments: &str) -> Terminal {
    let home = &cluster.shop.home;
    let path = format!("{}:{}", home.path("bin").display(), std::env::var("PATH").unwrap());
    fs::create_dir_all(home.path(TEMPORARY)).unwrap();
    let temporary = home.path(TEMPORARY).display().to_string();
    let variables = format!(
        "TMPDIR={temporary} PATH={path} CLUSTER={} GIT_ALLOW_PROTOCOL=file",
        home.path("cluster").display()
    );
    let program = env!("CARGO_BIN_EXE_treenail");
    Terminal::start_with(home, LARGE, &format!("env {variables} {program} setup -C {MANIFESTS} {arguments}"))
}

fn types_token(cluster: &Cluster, asked: &mut Terminal) {
    asked.sees("Token (not shown)");
    asked.hides_typing(&cluster.shop.home);
    asked.types(TOKEN);
}

#[test]
#[ignore = "takes long"]
fn the_cluster_is_confirmed_and_values_are_asked_for() {
    let cluster = Cluster::new();
    let mut asked = terminal(&cluster, "");
    asked.sees("set up shop in the cluster of the context `kind-acme`, https://127.0.0.1:6443");
    asked.chooses("What now?", "This is the right cluster");
    asked.sees("Secret git-push: the Task deploy-app pushes to this repository with it");
    asked.sees("User name");
    asked.types("bot");
    types_token(&cluster, &mut asked);
    asked.sees("Secret `git-push` created in `shop-delivery`");
    asked.sees("User name");
    asked.types("pusher");
    types_token(&cluster, &mut asked);
    asked.chooses("Secret registry-pull", "Skip it: the base images are public");
    asked.chooses("Secret registry-pull", "Create it");
    asked.sees("User name");
    asked.types("puller");
    types_token(&cluster, &mut asked);
    asked.chooses("Secret notify-webhook", "Create it");
    asked.sees("URL of the webhook (not shown)");
    asked.hides_typing(&cluster.shop.home);
    asked.types(TOKEN);
    asked.chooses("Secret git-status", "Skip it: source commits are not to be marked");
    let shown = asked.ends_with(0);
    assert!(!shown.contains(TOKEN), "{shown}");
    assert_eq!(
        cluster.secret("shop-delivery.git-push")["stringData"],
        json!({ "username": "bot", "password": TOKEN })
    );
    assert_eq!(cluster.secret("shop-delivery.registry-pull"), json!(null));
    assert_ne!(cluster.secret("shop-production.registry-pull"), json!(null));
    assert_eq!(cluster.secret("shop-delivery.notify-webhook")["stringData"], json!({ "url": TOKEN }));
    assert_eq!(cluster.secret("shop-delivery.git-status"), json!(null));
}

/// The service of an ssh repository, whose host says its keys.
fn by_ssh() -> Cluster {
    let shop = Shop::with("--manifest-repo git@git.example.com:acme/shop-gitops.git");
    shop.hook("bin", "ssh-keyscan", "echo \"$2 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 of the host\"");
    Cluster::of(shop)
}

#[test]
fn over_ssh_a_key_is_made_and_the_keys_of_the_host_are_compared() {
    if programs::find_or_notice("ssh-keygen", "making a key").is_none() {
        return;
    }
    let cluster = by_ssh();
    let skipped = ["registry-push", "registry-pull", "notify-webhook", "git-status"];
    let skipped: String = skipped.iter().flat_map(|name| [" --skip ", name]).collect();
    let mut asked = terminal(&cluster, &format!("--yes --only applications,secrets{skipped}"));
    asked.sees("a new key; add its public half as a deploy key, with write access, of git@git.example.com:acme/shop-gitops.git:");
    asked.sees("ssh-ed25519 ");
    asked.sees("`git.example.com` says that these are its keys");
    asked.sees("git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 of the host");
    asked.chooses("What now?", "They are the same");
    asked.sees("Secret `git-push` created in `shop-delivery`");
    let shown = asked.ends_with(0);
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");
    let secret = cluster.secret("shop-delivery.git-push");
    assert_eq!(secret["type"], "kubernetes.io/ssh-auth");
    let key = secret["stringData"]["ssh-privatekey"].as_str().unwrap();
    assert!(
        key.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n")
            && key.ends_with("-----END OPENSSH PRIVATE KEY-----\n")
    );
    assert_eq!(
        secret["stringData"]["known_hosts"],
        "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 of the host\n"
    );
    let left: Vec<_> = fs::read_dir(cluster.shop.home.path(TEMPORARY)).unwrap().flatten().collect();
    assert!(left.is_empty(), "a key was left behind: {left:?}");
}

#[test]
fn over_ssh_the_wrong_host_gets_no_secret() {
    if programs::find_or_notice("ssh-keygen", "making a key").is_none() {
        return;
    }
    let cluster = by_ssh();
    let mut asked = terminal(&cluster, "--yes --only applications,secrets");
    asked.sees("says that these are its keys");
    asked.chooses("What now?", "Leave everything as it is");
    asked.ends_with(130);
    assert_eq!(cluster.secret("shop-delivery.git-push"), json!(null));
}

#[test]
fn the_wrong_cluster_is_left_alone() {
    let cluster = Cluster::new();
    let mut asked = terminal(&cluster, "");
    asked.chooses("What now?", "Leave everything as it is");
    asked.ends_with(130);
    let mut asked = terminal(&cluster, "");
    asked.sees("What now?");
    asked.press(CTRL_C);
    asked.ends_with(130);
    assert_eq!(cluster.changes(), Vec::<String>::new());
}

#[test]
fn leaving_in_the_middle_keeps_what_is_done() {
    let cluster = Cluster::new();
    let mut asked = terminal(&cluster, "--yes");
    asked.sees("User name");
    asked.press(CTRL_C);
    let shown = asked.ends_with(130);
    assert!(shown.contains("what was already written stays"), "{shown}");
    assert_eq!(cluster.changes().len(), 1, "the Applications are applied");
}
