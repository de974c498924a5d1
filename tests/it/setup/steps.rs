//! The steps, in their order, and what is in the way of them.

use std::os::unix::fs::symlink;

use super::{Cluster, VALUES, applications};
use crate::common::programs;
use crate::daily::shop::MANIFESTS;

#[test]
#[ignore = "takes long"]
fn everything_is_set_up_and_the_second_run_changes_nothing() {
    let cluster = Cluster::new();
    let first = cluster.setup(&format!("--yes {VALUES}")).run().ends_with(0);
    assert_eq!(
        cluster.changes(),
        [
            "--context kind-acme create -f - --request-timeout=30s",
            "--context kind-acme apply -k [DIR]/shop-gitops/argocd/ --request-timeout=30s",
            "--context kind-acme create -f - --request-timeout=30s",
            "--context kind-acme create -f - --request-timeout=30s",
            "--context kind-acme create -f - --request-timeout=30s",
            "--context kind-acme -n argocd annotate --overwrite application shop-delivery shop-staging shop-production \
             argocd.argoproj.io/refresh=normal --request-timeout=30s",
        ]
    );
    assert!(first.stderr.contains("every Application is Synced and Healthy"), "{}", first.stderr);
    assert!(first.stderr.contains("next: `treenail release --push`"), "{}", first.stderr);
    for (name, keys) in [
        ("argocd.shop-delivery-repo", "Opaque password type url username"),
        ("shop-delivery.git-push", "kubernetes.io/basic-auth password username"),
        ("shop-delivery.registry-push", "kubernetes.io/dockerconfigjson .dockerconfigjson"),
        ("shop-delivery.git-source", "kubernetes.io/basic-auth password username"),
    ] {
        cluster.write(&format!("secrets/{name}.keys"), keys);
    }
    let second = cluster.setup("--yes").run().ends_with(0);
    assert_eq!(cluster.changes().len(), 7, "only the refresh is asked for again: {}", second.stderr);
    for done in [
        "`origin/main` is pushed",
        "the cluster has all of `argocd/`",
        "the Secret `git-push` in `shop-delivery`",
    ] {
        assert!(second.stderr.contains(&format!("already done: {done}")), "{}", second.stderr);
    }
}

#[test]
fn steps_can_be_taken_alone() {
    let cluster = Cluster::new();
    cluster.setup("--yes --only applications").run().ends_with(0);
    assert_eq!(
        cluster.changes(),
        ["--context kind-acme apply -k [DIR]/shop-gitops/argocd/ --request-timeout=30s"]
    );
    cluster.setup("--context live --only wait").run().ends_with(0);
    assert_eq!(cluster.changes().len(), 2);
    assert!(cluster.changes()[1].starts_with("--context live -n argocd annotate"), "{:?}", cluster.changes());
}

#[test]
fn a_branch_that_is_not_pushed_is_pushed_first() {
    let cluster = Cluster::new();
    cluster.shop.commit(MANIFESTS, "NOTES.md", "new\n", "notes");
    let output = cluster.setup("--only push").run().ends_with(0);
    assert!(output.stderr.contains("pushed to `origin/main`"), "{}", output.stderr);
    assert_eq!(cluster.shop.home.git("shop-gitops.git", "rev-parse main"), cluster.shop.head(MANIFESTS));
    assert_eq!(cluster.read("arguments").lines().count(), 1, "the cluster is asked nothing");
}

#[test]
fn without_a_cluster_nothing_is_done() {
    let cluster = Cluster::new();
    for (content, expected) in [
        ("{}", "`kubectl` has no current context"),
        (r#"{"current-context": "gone", "contexts": []}"#, "`kubectl` has no context `gone`"),
        ("not JSON", "`kubectl config view` did not print JSON"),
    ] {
        cluster.write("config", content);
        let code = if content == "not JSON" { 1 } else { 5 };
        let output = cluster.setup("--yes").run().ends_with(code);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    }
    assert_eq!(cluster.changes(), Vec::<String>::new());
    std::fs::create_dir(cluster.shop.home.path("programs")).unwrap();
    for program in [programs::find("git").unwrap(), env!("CARGO_BIN_EXE_treenail").into()] {
        let name = program.file_name().unwrap().to_str().unwrap();
        symlink(&program, cluster.shop.home.path(&format!("programs/{name}"))).unwrap();
    }
    let path = cluster.shop.home.path("programs").display().to_string();
    let output = cluster.setup("--yes").with("PATH", &path).run().ends_with(5);
    assert!(output.stderr.contains("the `kubectl` command is needed here"), "{}", output.stderr);
}

#[test]
fn all_that_the_cluster_lacks_is_said_at_once() {
    let cluster = Cluster::new();
    cluster.write("apis", "");
    cluster.shop.home.write("shop-gitops/argocd/projects.yaml", "# an edit\n");
    let output = cluster.setup(&format!("--yes {VALUES}")).run().ends_with(5);
    for expected in [
        "Argo CD is not installed in this cluster",
        "Tekton Pipelines is not installed in this cluster",
        "`argocd/projects.yaml` has changes that are not committed",
    ] {
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    }
    cluster.write("away", "");
    let output = cluster.setup("--yes --only wait").run().ends_with(1);
    assert!(output.stderr.contains("connection refused"), "{}", output.stderr);
    assert_eq!(cluster.changes(), Vec::<String>::new());
}

#[test]
fn the_right_cluster_is_named_or_confirmed() {
    let cluster = Cluster::new();
    let output = cluster.setup("--only applications").run().ends_with(5);
    assert!(
        output.stderr.contains("nobody can be asked whether that is the right cluster"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("`--context kind-acme`"), "{}", output.stderr);
    let output = cluster.setup("--context lvie --only applications").run().ends_with(5);
    assert!(output.stderr.contains("it has: kind-acme, live"), "{}", output.stderr);
    assert_eq!(cluster.changes(), Vec::<String>::new());
}

#[test]
fn what_argo_cd_complains_of_is_said() {
    let cluster = Cluster::new();
    let broken =
        applications("Unknown", "Healthy", "authentication required: Repository not found.").to_string();
    cluster.write("applications", &broken);
    cluster.write("synced", &broken);
    cluster.write("applied", "");
    let output = cluster.setup("--yes --only wait --timeout 0").run().ends_with(1);
    assert!(
        output
            .stderr
            .contains("shop-delivery is Unknown, Healthy: authentication required: Repository not found."),
        "{}",
        output.stderr
    );
}

#[test]
fn a_dry_run_prints_commands_and_asks_no_cluster() {
    let cluster = Cluster::new();
    cluster.write("config", "not JSON");
    cluster.run("setup --dry-run --context live").run().ends_with(0);
    assert_eq!(cluster.read("arguments"), "");
    cluster.shop.treenail("setup --dry-run --context live").run().snapshot("setup-dry-run");
}
