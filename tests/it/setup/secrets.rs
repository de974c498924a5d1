//! The Secrets: where their values come from, and where they go.

use serde_json::json;

use super::{Cluster, TOKEN, VALUES};
use crate::daily::shop::Shop;

#[test]
#[ignore = "takes long"]
fn no_value_is_on_a_command_line_or_in_a_message() {
    let cluster = Cluster::new();
    let output = cluster.setup(&format!("--yes {VALUES}")).run().ends_with(0);
    assert!(!cluster.read("arguments").contains(TOKEN), "{}", cluster.read("arguments"));
    assert!(!output.stderr.contains(TOKEN) && !output.stdout.contains(TOKEN));
    assert_eq!(
        cluster.secret("shop-delivery.git-push"),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
            "metadata": { "name": "git-push", "namespace": "shop-delivery" },
            "stringData": { "username": "bot", "password": TOKEN }
        })
    );
    let login = cluster.secret("shop-delivery.registry-push");
    let login = login["stringData"][".dockerconfigjson"].as_str().unwrap();
    assert!(login.starts_with(r#"{"auths":{"ghcr.io":{"auth":""#), "{login}");
    let repository = cluster.secret("argocd.shop-delivery-repo");
    assert_eq!(repository["metadata"]["labels"]["argocd.argoproj.io/secret-type"], "repository");
    assert_eq!(repository["stringData"]["url"], "https://github.com/acme/shop-gitops.git");
}

#[test]
#[ignore = "takes long"]
fn a_repository_that_everybody_can_read_needs_none() {
    let cluster = Cluster::new();
    let values = VALUES.split("--secret shop-delivery-repo").next().unwrap();
    // The protocol of the remotes of the tests, which are folders.
    let output = cluster.setup(&format!("--yes {values}")).run().ends_with(0);
    assert!(
        output.stderr.contains("skipped: the Secret `shop-delivery-repo`, the repository is public"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("skipped: the Secret `git-source`, the repository is public"),
        "{}",
        output.stderr
    );
    assert_eq!(cluster.secret("argocd.shop-delivery-repo"), json!(null));
}

#[test]
fn values_that_nobody_can_be_asked_for_are_listed_with_their_flags() {
    let cluster = Cluster::new();
    let output = cluster.setup("--yes --secret git-push.username=env:BOT").run().ends_with(5);
    for expected in [
        "the Secret `git-push` is missing: the Task deploy-app pushes to this repository with it",
        "`--secret git-push.password=file:FILE`",
        "`--secret registry-push.username=file:FILE --secret registry-push.password=file:FILE`",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
    assert_eq!(cluster.changes(), Vec::<String>::new());
}

#[test]
fn wrong_flags_are_refused_together() {
    let cluster = Cluster::new();
    let wrong = "--skip git-pull --replace shop/git-push --secret git-push.token=env:TOKEN --secret registry.username=env:BOT";
    let output = cluster.setup(wrong).run().ends_with(2);
    for expected in [
        "--skip git-pull: there is no such Secret",
        "--replace shop/git-push: there is no such Secret",
        "--secret git-push.token: the Secret has no such value",
        "--secret registry: there is no such Secret",
    ] {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
    let output = cluster
        .setup("--yes --secret git-push.password=env:NOT_SET --secret git-push.username=file:/nonexistent")
        .run();
    let output = output.ends_with(5);
    assert!(output.stderr.contains("the variable `NOT_SET` is not set"), "{}", output.stderr);
    assert!(output.stderr.contains("--secret git-push.username: "), "{}", output.stderr);
    cluster.setup("--secret git-push.password=hunter2").run().ends_with(2);
}

#[test]
fn a_secret_that_lacks_something_is_named_and_replaced_on_demand() {
    let cluster = Cluster::new();
    cluster.setup("--yes --only applications").run().ends_with(0);
    cluster.write("secrets/shop-delivery.git-push.keys", "Opaque token");
    let secrets = format!("--yes --only secrets {VALUES}");
    let output = cluster.setup(&secrets).run().ends_with(5);
    assert!(
        output.stderr.contains("the Secret `git-push` in `shop-delivery` lacks `username` and `password`"),
        "{}",
        output.stderr
    );
    cluster.write("secrets/shop-delivery.git-push.keys", "Opaque username password");
    let output = cluster.setup(&secrets).run().ends_with(5);
    assert!(
        output.stderr.contains("has the type `Opaque` instead of `kubernetes.io/basic-auth`")
            && output.stderr.contains("--replace git-push"),
        "{}",
        output.stderr
    );
    cluster.setup(&format!("{secrets} --replace git-push")).run().ends_with(0);
    assert!(
        cluster.changes().iter().any(|change| change.contains("replace -f -")),
        "{:?}",
        cluster.changes()
    );
}

#[test]
fn a_key_from_a_file_keeps_its_lines() {
    let cluster = Cluster::of(Shop::with("--manifest-repo git@git.example.com:acme/shop-gitops.git"));
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n";
    cluster.shop.home.write("key", key);
    cluster.shop.home.write("hosts", "git.example.com ssh-ed25519 AAAA\n");
    let values = "--secret git-push.private-key=file:../key --secret git-push.known-hosts=file:../hosts";
    cluster.setup("--yes --only applications").run().ends_with(0);
    cluster.setup(&format!("--yes --only secrets --skip registry-push {values}")).run().ends_with(0);
    let output =
        cluster.setup("--only secrets --yes --secret registry-push.password=file:../key").run().ends_with(5);
    assert!(
        output.stderr.contains("--secret registry-push.password: it has several lines"),
        "{}",
        output.stderr
    );
    let data = &cluster.secret("shop-delivery.git-push")["stringData"];
    assert_eq!(*data, json!({ "ssh-privatekey": key, "known_hosts": "git.example.com ssh-ed25519 AAAA\n" }));
}

#[test]
#[ignore = "takes long"]
fn one_name_in_two_namespaces_can_be_told_apart() {
    let cluster = Cluster::new();
    let pull = "--secret shop-staging/registry-pull.username=env:BOT --secret shop-staging/registry-pull.password=env:TOKEN";
    cluster.setup(&format!("--yes {VALUES} {pull}")).run().ends_with(0);
    assert_eq!(cluster.secret("shop-delivery.registry-pull"), json!(null), "foreign code could read it");
    for namespace in ["shop-staging", "shop-production"] {
        assert_eq!(cluster.secret(&format!("{namespace}.registry-pull"))["metadata"]["namespace"], namespace);
    }
}

#[test]
fn reports_are_wanted_by_those_who_say_so() {
    let cluster = Cluster::new();
    cluster.setup("--yes --only applications").run().ends_with(0);
    let needed = "--skip git-push --skip registry-push";
    let output = cluster.setup(&format!("--yes --only secrets {needed}")).run().ends_with(0);
    let skipped =
        "skipped: the Secret `notify-webhook`, taken for granted that no chat channel is to get reports";
    assert!(output.stderr.contains(skipped), "{}", output.stderr);
    let status = "--secret git-status.url=file:../statuses --secret git-status.token=env:TOKEN";
    cluster.shop.home.write("statuses", "https://api.github.com/repos/acme/shop/statuses\n");
    let webhook = "--secret notify-webhook.url=env:TOKEN";
    cluster.setup(&format!("--yes --only secrets {needed} {status} {webhook}")).run().ends_with(0);
    assert_eq!(
        cluster.secret("shop-delivery.git-status"),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": { "name": "git-status", "namespace": "shop-delivery" },
            "stringData": { "url": "https://api.github.com/repos/acme/shop/statuses", "token": TOKEN }
        })
    );
    assert_eq!(cluster.secret("shop-delivery.notify-webhook")["stringData"], json!({ "url": TOKEN }));
}

#[test]
fn a_namespace_that_does_not_come_up_is_an_error() {
    let cluster = Cluster::new();
    let output = cluster.setup(&format!("--yes --only secrets --timeout 0 {VALUES}")).run().ends_with(1);
    assert!(output.stderr.contains("the namespace `shop-delivery` does not exist"), "{}", output.stderr);
}
