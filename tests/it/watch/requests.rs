//! Which release is followed, and in which cluster.

use serde_json::json;

use super::cluster::{Watched, app, deployment, list};
use crate::cli::run::Outcome;
use crate::daily::shop::{MANIFESTS, SOURCE, Shop, url};

#[track_caller]
fn says(output: &Outcome<'_>, expected: &[&str]) {
    for expected in expected {
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}

#[test]
fn a_commit_that_is_not_pushed_cannot_be_seen() {
    let watched = Watched::new();
    watched.shop.request("1.5.0", &watched.revision);
    let output = watched.watch("1.5.0").run().ends_with(5);
    says(
        &output,
        &["the commit that requests `1.5.0` is not pushed to origin/main", "hint: push it: `git push`"],
    );
    assert!(!watched.asked().iter().any(|line| line.contains("get")), "no cluster is asked");
}

#[test]
fn a_tag_that_nobody_has_requested_is_refused() {
    let watched = Watched::new();
    let output = watched.watch("9.9.9").run().ends_with(5);
    says(
        &output,
        &[
            "delivery/release/release.env on origin/main has never requested `9.9.9`",
            "`treenail release 9.9.9 --push`",
            "`treenail watch 1.4.0`",
        ],
    );
    watched.watch("V1").run().ends_with(2);
}

#[test]
fn without_a_request_there_is_nothing_to_follow() {
    let watched = Watched::new();
    watched.shop.home.git(MANIFESTS, &format!("push -q -f origin {}:main", watched.before));
    watched.shop.home.git(MANIFESTS, &format!("reset -q --hard {}", watched.before));
    let output = watched.watch("").run().ends_with(5);
    says(
        &output,
        &["delivery/release/release.env on origin/main requests no release", "`treenail release --push`"],
    );
}

#[test]
fn the_request_of_the_remote_counts() {
    let watched = Watched::new();
    watched.is_built();
    // Somebody else has pushed; this clone has not heard of it.
    let text = format!("IMAGE_TAG=2.0.0\nSOURCE_REVISION={}\n", watched.revision);
    watched.shop.push_from_elsewhere("delivery/release/release.env", &text);
    watched.answers("runs", &[list(&[])]);
    let output = watched.watch("--timeout 0").run().ends_with(5);
    says(
        &output,
        &["watch shop 2.0.0, commit ", "has no Application `shop-delivery` in the namespace `argocd`"],
    );
}

#[test]
fn a_remote_that_cannot_be_reached_is_noted() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers("shop-staging", &[app("shop-staging", &watched.deployed, "Synced", "Healthy")]);
    watched.answers("workloads", &[deployment(2, 2)]);
    let output = watched.watch("").with("GIT_ALLOW_PROTOCOL", "https").run().ends_with(0);
    says(&output, &["what `origin/main` was at the last fetch counts", "✓ shop 1.4.0 runs in staging"]);
}

#[test]
fn an_application_that_does_not_exist_is_set_up_first() {
    let watched = Watched::new();
    let output = watched.watch("").run().ends_with(5);
    says(
        &output,
        &[
            "the cluster of the context `kind-acme` has no Application `shop-delivery` in the namespace `argocd`",
            "`treenail setup` applies it",
            "--context",
        ],
    );
}

#[test]
fn the_context_is_named_and_shown() {
    let watched = Watched::new();
    let output = watched.watch("--context lvie").run().ends_with(5);
    says(&output, &["`kubectl` has no context `lvie`", "it has: kind-acme, live"]);
    watched.shop.home.write("cluster/config", json!({ "contexts": [] }).to_string());
    let output = watched.watch("").run().ends_with(5);
    says(&output, &["`kubectl` has no current context"]);
}

#[test]
fn an_api_server_that_never_answers_is_an_error() {
    let watched = Watched::new();
    watched.answers("runs", &[json!("!Unable to connect to the server: dial tcp: i/o timeout\n")]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["caused by: Unable to connect to the server: dial tcp: i/o timeout"]);
    watched.answers("runs", &[json!("!error: the server doesn't have a resource type \"pipelineruns\"\n")]);
    let output = watched.watch("").run().ends_with(1);
    says(&output, &["doesn't have a resource type"]);
}

#[test]
fn one_of_several_services_of_a_repository_is_followed() {
    let shop = Shop::new();
    for (folder, name) in [("gitops", SOURCE), ("other", "api")] {
        let new = format!(
            "new {folder} --defaults --repository enclosing --app {name} --source-repo {} --quiet",
            url(SOURCE)
        );
        shop.home.treenail(&new).inside(SOURCE).run().ends_with(0);
    }
    shop.home.git(SOURCE, "push -q");
    let head = shop.head(SOURCE);
    let text = format!("IMAGE_TAG=1.4.0\nSOURCE_REVISION={head}\n");
    shop.commit(SOURCE, "other/delivery/release/release.env", &text, "release: api 1.4.0");
    shop.home.git(SOURCE, "push -q");
    let watched = Watched::new();
    // Its cluster, with the repository of the other.
    let cluster = watched.shop.home.path("cluster").display().to_string();
    let path = format!("{}:{}", watched.shop.home.path("bin").display(), std::env::var("PATH").unwrap());
    let watch = |arguments: &str| {
        let run = shop.home.treenail(arguments).inside(SOURCE);
        run.with("PATH", &format!("{}:{path}", binary())).with("CLUSTER", &cluster).run()
    };
    let output = watch("watch -C other --interval 0").ends_with(5);
    says(&output, &["no Application `api-delivery`", "`treenail setup -C other` applies it"]);
    let output = watch("watch -C gitops --interval 0").ends_with(5);
    says(
        &output,
        &[
            "gitops/delivery/release/release.env on origin/main requests no release",
            "`treenail release -C gitops --push`",
        ],
    );
    let output = watch("watch").ends_with(5);
    says(&output, &["there is one in gitops, other"]);
}

fn binary() -> String {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_treenail"));
    binary.parent().unwrap().display().to_string()
}
