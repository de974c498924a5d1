//! The set-up on a terminal: what is asked, and what leaving does.

use serde_json::json;

use super::{Cluster, TOKEN};
use crate::common::terminal::{CTRL_C, LARGE, Terminal};
use crate::daily::shop::MANIFESTS;

fn terminal(cluster: &Cluster, arguments: &str) -> Terminal {
    let home = &cluster.shop.home;
    let path = format!("{}:{}", home.path("bin").display(), std::env::var("PATH").unwrap());
    let variables = format!("PATH={path} CLUSTER={} GIT_ALLOW_PROTOCOL=file", home.path("cluster").display());
    let program = env!("CARGO_BIN_EXE_treenail");
    Terminal::start_with(home, LARGE, &format!("env {variables} {program} setup -C {MANIFESTS} {arguments}"))
}

#[test]
fn the_cluster_is_confirmed_and_values_are_asked_for() {
    let cluster = Cluster::new();
    let mut asked = terminal(&cluster, "");
    asked.sees("set up shop in the cluster of the context `kind-acme`, https://127.0.0.1:6443");
    asked.chooses("What now?", "This is the right cluster");
    asked.sees(
        "Secret git-push: the Task deploy-app pushes to this repository with it; needs write access to",
    );
    asked.sees("User name");
    asked.types("bot");
    asked.sees("Token (not shown)");
    asked.types(TOKEN);
    asked.sees("Secret `git-push` created in `shop-delivery`");
    asked.sees("User name");
    asked.types("pusher");
    asked.sees("Token (not shown)");
    asked.types(TOKEN);
    asked.chooses("Secret registry-pull", "Skip it: the base images are public");
    asked.chooses("Secret registry-pull", "Create it");
    asked.sees("User name");
    asked.types("puller");
    asked.sees("Token (not shown)");
    asked.types(TOKEN);
    let shown = asked.ends_with(0);
    assert!(!shown.contains(TOKEN), "{shown}");
    assert_eq!(
        cluster.secret("shop-delivery.git-push")["stringData"],
        json!({ "username": "bot", "password": TOKEN })
    );
    assert_eq!(cluster.secret("shop-delivery.registry-pull"), json!(null));
    assert_ne!(cluster.secret("shop-production.registry-pull"), json!(null));
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
