//! What `status`, `diff` and `restore` say about files that were edited.

use std::fs;

use crate::common::home::Home;

/// A repository in which one file is edited and committed, one edited, and one deleted.
fn edited() -> Home {
    let home = Home::new();
    home.treenail("new shop --defaults --source-repo https://github.com/acme/shop.git --port 8080")
        .run()
        .ends_with(0);
    let service = home.read("shop/deploy/base/service.yaml");
    home.write("shop/deploy/base/service.yaml", service + "# committed\n");
    home.git("shop", "commit -qam edit");
    home.write("shop/deploy/base/kustomization.yaml", "kind: Kustomization\n");
    fs::remove_file(home.path("shop/argocd/delivery.yaml")).unwrap();
    home
}

#[test]
fn status() {
    edited().treenail("status shop").run().ends_with(0).snapshot("status");
}

#[test]
fn diff_in_numbers() {
    edited().treenail("diff --stat --exit-code").inside("shop").run().ends_with(7).snapshot("diff-stat");
}

#[test]
fn restore() {
    let home = edited();
    home.treenail("restore deploy argocd").inside("shop").run().ends_with(5).snapshot("restore-refused");
    home.treenail("restore deploy argocd --force").inside("shop").run().ends_with(0).snapshot("restore");
    assert_eq!(home.git("shop", "status --porcelain"), " M deploy/base/service.yaml");
    home.treenail("restore deploy").inside("shop").run().ends_with(0).snapshot("restore-nothing");
}

#[test]
fn restore_of_what_is_not_there() {
    edited()
        .treenail("restore shop/deploy/base/services.yaml")
        .run()
        .ends_with(5)
        .snapshot("restore-unknown");
}

#[test]
fn help() {
    for command in ["status", "diff", "restore"] {
        let name = match command {
            "status" => "status-help",
            "diff" => "diff-help",
            _ => "restore-help",
        };
        Home::new().treenail(&format!("{command} -h")).run().ends_with(0).snapshot(name);
    }
}
