//! Manifests that merge as text: what they say must still make sense, and what nobody changed keeps its bytes.

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}}
";

fn deployment(version: &'static str, text: &str) -> Scaffold {
    Scaffold::new(version).file("app.yaml", text)
}

#[test]
fn a_key_that_a_clean_merge_doubles_is_a_conflict() {
    let project = Project::of(&deployment("1.0.0", DEPLOYMENT));
    project.edit("app.yaml", DEPLOYMENT.replace("spec:\n", "spec:\n  paused: true\n"));
    let new = format!("{DEPLOYMENT}  paused: false\n");
    project.conflict_with(&deployment("2.0.0", &new)).says("the merged lines do not fit together");
}

#[test]
fn a_resource_that_a_clean_merge_doubles_is_a_conflict() {
    let two = format!("{DEPLOYMENT}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\n";
    let project = Project::of(&deployment("1.0.0", &two));
    project.edit("app.yaml", format!("{account}---\n{two}"));
    let new = format!("{two}---\n{account}");
    project.conflict_with(&deployment("2.0.0", &new)).says("declared twice");
}

fn kustomization(version: &'static str, more: &str) -> Scaffold {
    let resources = format!("# what runs\nresources:\n- one.yaml # the first\n{more}namespace: shop\n");
    let scaffold = Scaffold::new(version).file("kustomization.yaml", resources);
    ["one.yaml", "two.yaml"]
        .into_iter()
        .fold(scaffold, |scaffold, path| scaffold.file(path, config_map(path)))
}

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

#[test]
fn two_entries_that_both_appended_are_united_with_their_comments() {
    let project = Project::of(&kustomization("1.0.0", ""));
    project.write("mine.yaml", config_map("mine.yaml"));
    project.replace("kustomization.yaml", "namespace:", "# by us\n- mine.yaml # and ours\nnamespace:");
    project.commit();
    project.upgrade_to(&kustomization("2.0.0", "# new\n- two.yaml\n")).prints("merged   kustomization.yaml");
    assert_eq!(
        project.read("kustomization.yaml"),
        "# what runs\nresources:\n- one.yaml # the first\n# by us\n- mine.yaml # and ours\n# new\n- two.yaml\nnamespace: shop\n"
    );
}

#[test]
fn what_nobody_changed_keeps_its_bytes() {
    let odd = "# odd   spacing\nkind:   Pod   # why\nx: &anchor {a: 1,   b: \"two\"}\ny: *anchor\n\n\nnote: >-\n  folded\n\n---\n# second\nkind: Pod\nz: 1\n";
    let project = Project::of(&deployment("1.0.0", &format!("first: 1\n{odd}last: 1\n")));
    project.edit("app.yaml", format!("first: mine\n{odd}last: 1\n"));
    project.upgrade_to(&deployment("2.0.0", &format!("first: 1\n{odd}last: 2\n")));
    assert_eq!(project.read("app.yaml"), format!("first: mine\n{odd}last: 2\n"));
}

#[test]
fn what_the_cluster_loses_is_reported() {
    let project = Project::of(
        &deployment("1.0.0", DEPLOYMENT)
            .file("old.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: old}\n"),
    );
    let renamed = DEPLOYMENT.replace("name: shop", "name: web");
    let outcome = project.upgrade_to(&deployment("2.0.0", &renamed));
    outcome
        .prints("renamed  Deployment")
        .prints("the old one is pruned if Argo CD syncs this folder; otherwise delete it yourself")
        .prints("removed  Job");
}
