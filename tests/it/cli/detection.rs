//! Defaults that the surroundings give.

use crate::common::home::Home;

/// Asserts that these lines are among the answers of a run.
#[track_caller]
fn assert_answers(printed: &str, lines: &[&str]) {
    for line in lines {
        assert!(printed.lines().any(|other| other == *line), "`{line}` is not in\n{printed}");
    }
}

fn source(home: &Home, dir: &str, remote: &str, dockerfile: &str) {
    home.repository(dir);
    home.git(dir, &format!("remote add origin {remote}"));
    home.write(&format!("{dir}/Dockerfile"), dockerfile);
}

#[test]
fn a_source_beside_the_target() {
    let home = Home::new();
    source(&home, "shop", "https://github.com/acme/shop.git", "FROM scratch\nEXPOSE 9000/tcp\n");
    let output = home.treenail("new shop-gitops --print-answers --defaults").run().ends_with(0);
    assert_answers(
        &output.stdout,
        &[
            "app: shop",
            "source-repo: https://github.com/acme/shop.git",
            "manifest-repo: https://github.com/acme/shop-gitops.git",
            "image: ghcr.io/acme/shop",
            "port: 9000",
        ],
    );
}

#[test]
fn a_source_that_the_user_stands_in() {
    let home = Home::new();
    let dockerfile = "FROM golang AS build\nEXPOSE 1234\nFROM scratch\nEXPOSE 9090\n";
    source(&home, "code", "git@gitlab.com:acme/team/shop.git", dockerfile);
    let output = home.treenail("new ../elsewhere/deploy --print-answers --defaults").inside("code").run();
    assert_answers(
        &output.ends_with(0).stdout,
        &[
            "app: shop",
            "source-repo: git@gitlab.com:acme/team/shop.git",
            "manifest-repo: git@gitlab.com:acme/team/shop-gitops.git",
            "image: registry.gitlab.com/acme/team/shop",
            "port: 9090",
        ],
    );
}

#[test]
fn the_name_of_the_directory() {
    let home = Home::new();
    let url = "--source-repo https://github.com/acme/other.git";
    for dir in ["Shop-GitOps", "shop-manifests", "./deep/er/shop", "shop-k8s/"] {
        let output = home.treenail(&format!("new {dir} {url} --print-answers --defaults")).run().ends_with(0);
        assert_answers(&output.stdout, &["app: shop"]);
    }
}

#[test]
fn a_directory_that_says_nothing() {
    let home = Home::new();
    let url = "--source-repo https://github.com/acme/shop.git";
    home.treenail(&format!("new gitops {url} --defaults")).run().ends_with(4).snapshot("no-app-name");
}

#[test]
fn a_target_that_is_a_repository() {
    let home = Home::new();
    home.repository("gitops");
    home.git("gitops", "remote add origin https://token@git.example.com/acme/shop-gitops.git");
    let url = "--source-repo https://github.com/acme/shop.git";
    let output = home.treenail(&format!("new gitops {url} --print-answers --defaults")).run().ends_with(0);
    assert_answers(
        &output.stdout,
        &["app: shop", "branch: trunk", "manifest-repo: https://git.example.com/acme/shop-gitops.git"],
    );
    assert!(!output.stdout.contains("token"));
}

/// What `insteadOf` makes of an address is of no use to a cluster, but a shorthand is of none either.
#[test]
fn a_remote_that_git_rewrites() {
    let home = Home::new();
    home.set_git_config(
        "[url \"git@github.com:\"]\n\tinsteadOf = https://github.com/\n\
         [url \"https://gitlab.com/\"]\n\tinsteadOf = lab:\n",
    );
    for (written, answer) in [
        ("https://github.com/acme/shop.git", "source-repo: https://github.com/acme/shop.git"),
        ("lab:acme/shop.git", "source-repo: https://gitlab.com/acme/shop.git"),
    ] {
        let name = if written.starts_with("lab") { "lab" } else { "shop" };
        source(&home, name, written, "FROM scratch\n");
        let options = "--image example.com/acme/shop --print-answers --defaults";
        let output = home.treenail(&format!("new {name}-gitops {options}")).run().ends_with(0);
        assert_answers(&output.stdout, &[answer]);
    }
}

#[test]
fn a_folder_in_the_source_itself() {
    let home = Home::new();
    source(&home, "shop", "https://github.com/acme/shop.git", "EXPOSE 9000\n");
    let output = home.treenail("new deploy --print-answers --defaults").inside("shop").run().ends_with(0);
    assert_answers(
        &output.stdout,
        &[
            "app: shop",
            "source-repo: https://github.com/acme/shop.git",
            "manifest-repo: https://github.com/acme/shop.git",
            "port: 9000",
        ],
    );
}

#[test]
fn a_repository_as_current_directory() {
    let home = Home::new();
    home.repository("shop-gitops");
    home.git("shop-gitops", "remote add origin https://github.com/acme/shop-gitops.git");
    source(&home, "shop", "https://github.com/acme/shop.git", "FROM scratch\n");
    let output = home.treenail("new . --print-answers --defaults").inside("shop-gitops").run().ends_with(0);
    assert_answers(
        &output.stdout,
        &["app: shop", "source-repo: https://github.com/acme/shop.git", "branch: trunk"],
    );
}

#[test]
fn a_broken_neighbour_does_no_harm() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("shop/.git")).unwrap();
    home.write("shop/Dockerfile", "EXPOSE $PORT\n");
    let url = "--source-repo https://github.com/acme/shop.git";
    let output =
        home.treenail(&format!("new shop-gitops {url} --print-answers --defaults")).run().ends_with(0);
    assert_answers(&output.stdout, &["app: shop", "port: 8080"]);
}

#[test]
fn a_source_that_is_not_under_git() {
    let home = Home::new();
    home.write("shop/Dockerfile", "EXPOSE 9000\n");
    let url = "--source-repo https://github.com/acme/shop.git";
    let beside =
        home.treenail(&format!("new shop-gitops {url} --print-answers --defaults")).run().ends_with(0);
    assert_answers(&beside.stdout, &["app: shop", "port: 9000"]);
    let inside =
        home.treenail(&format!("new ../shop-gitops {url} --print-answers --defaults")).inside("shop");
    assert_answers(&inside.run().ends_with(0).stdout, &["app: shop", "port: 9000"]);
}
