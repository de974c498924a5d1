//! Which revisions are compared.

use super::{Change, KUSTOMIZATION, Planned, same};

#[track_caller]
fn names(change: &Change, arguments: &str, dir: &str) -> Vec<String> {
    let outcome = change.home.treenail(&format!("plan {arguments} --json")).inside(dir).run().ends_with(0);
    let plan = Planned(serde_json::from_str(&outcome.stdout).unwrap());
    plan.names().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_branch_is_compared_with_where_it_left() {
    let change = Change::new();
    change.home.git("repo", "checkout -q main");
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    change.home.git("repo", "commit -qam other");
    change.home.git("repo", "checkout -q change");
    assert_eq!(names(&change, "main", "repo"), [] as [&str; 0]);
    assert_eq!(names(&change, "main...change", "repo"), [] as [&str; 0]);
    assert_eq!(names(&change, "main..change", "repo"), ["shop"]);
    // What is not committed counts, tracked or not.
    change.write("deploy/settings.properties", "color=blue\n");
    assert_eq!(names(&change, "main", "repo"), ["shop"]);
    assert_eq!(names(&change, "main...change", "repo"), [] as [&str; 0]);
}

#[test]
fn an_excluded_file_that_a_kustomization_names_is_read_of_commits_too() {
    let map = |value: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: vendored}}\ndata: {{a: {value}}}\n")
    };
    let change = Change::with(&[
        (".treenail/check.yaml", "exclude: [vendor/]\n"),
        ("vendor/map.yaml", &map("x")),
        ("vendor/other.yaml", &map("x")),
        (
            "deploy/kustomization.yaml",
            &KUSTOMIZATION.replace("- service.yaml", "- service.yaml\n- ../vendor/map.yaml"),
        ),
    ]);
    change.write("vendor/map.yaml", map("z"));
    let plans = ["plan main --json", "plan main..change --json"];
    let mut found = Vec::new();
    for (at, arguments) in plans.iter().enumerate() {
        if at == 1 {
            change.home.git("repo", "commit -qam vendored");
        }
        let outcome = change.home.treenail(arguments).inside("repo").run().ends_with(0);
        found.push(Planned(serde_json::from_str(&outcome.stdout).unwrap()).objects());
    }
    same(&found[0], &[("change ConfigMap vendored", &["`a`: x -> z"])]);
    assert_eq!(found[0], found[1]);
}

#[test]
fn the_branch_of_the_remote_is_the_default() {
    let change = Change::new();
    change.home.treenail("plan").inside("repo").run().ends_with(5);
    change.home.git("repo", "init -q --bare ../remote.git");
    change.home.git("repo", &format!("remote add origin {}", change.home.path("remote.git").display()));
    change.home.git("repo", "push -q origin main");
    change.home.git("repo", "push -q -u origin change");
    assert_eq!(names(&change, "", "repo"), [] as [&str; 0]);
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    change.home.git("repo", "commit -qam port");
    change.home.git("repo", "push -q");
    assert_eq!(names(&change, "", "repo"), ["shop"]);
    assert_eq!(names(&change, "", "repo/deploy"), ["shop"]);
}

#[test]
fn a_bare_repository_needs_two_revisions() {
    let change = Change::new();
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    change.home.git("repo", "commit -qam port");
    change.home.git("repo", "clone -q --bare . ../bare.git");
    assert_eq!(names(&change, "main..change bare.git", "."), ["shop"]);
    change.home.treenail("plan main bare.git").run().ends_with(2);
    change.home.treenail("plan main..gone bare.git").run().ends_with(2);
}

#[test]
fn a_folder_narrows_what_is_shown() {
    let change = Change::new();
    change.edit("deploy/service.yaml", "port: 80", "port: 81");
    assert_eq!(names(&change, "main deploy", "repo"), ["shop"]);
    change.write("docs/a.md", "a");
    assert_eq!(names(&change, "main docs", "repo"), [] as [&str; 0]);
    change.home.treenail("plan gone").inside("repo").run().ends_with(2);
    change.home.write("elsewhere/a.yaml", "a: 1\n");
    change.home.treenail("plan main elsewhere").run().ends_with(5);
}

#[test]
fn links_inside_a_commit_are_followed() {
    let change = Change::new();
    std::os::unix::fs::symlink("parts/service.yaml", change.home.path("repo/deploy/linked.yaml")).unwrap();
    std::os::unix::fs::symlink("common", change.home.path("repo/all")).unwrap();
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n";
    change
        .write("deploy/parts/service.yaml", super::SERVICE.replace("name: shop", "name: edge"))
        .write("common/inner/account.yaml", account)
        .write("common/inner/kustomization.yaml", "resources: [account.yaml]\n")
        .edit("deploy/kustomization.yaml", "- service.yaml", "- linked.yaml\n- ../all/inner");
    let work_tree = change.plan().objects();
    change.home.git("repo", "add .");
    change.home.git("repo", "commit -qm links");
    let outcome = change.home.treenail("plan main..change --json").inside("repo").run().ends_with(0);
    let commit = Planned(serde_json::from_str(&outcome.stdout).unwrap()).objects();
    assert_eq!(commit, work_tree);
    assert_eq!(
        commit.keys().collect::<Vec<_>>(),
        ["create Service edge", "create ServiceAccount shop", "prune Service shop"]
    );
}
