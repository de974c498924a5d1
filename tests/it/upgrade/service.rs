//! The built-in scaffold from version to version. `tests/fixtures/service-1.0.0` is a repository that its first version
//! generated.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::upgrade::project::{Project, assert_unchanged};

const BUILD: &str = "delivery/pipeline/build-image.yaml";
const PUSH: &str = "delivery/pipeline/push-image.yaml";
const RELEASE: &str = "delivery/release/release.env";
const IMAGE: &str = "deploy/overlays/staging/image/kustomization.yaml";

/// The repository of the fixture, committed.
fn first_version() -> Project {
    let project = Project::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/service-1.0.0");
    for entry in WalkDir::new(&from).into_iter().map(Result::unwrap) {
        let to = project.path(entry.path().strip_prefix(&from).unwrap().to_str().unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    project.commit();
    project
}

fn released() -> Project {
    let project = first_version();
    project.edit(RELEASE, "IMAGE_TAG=1.0.0\nSOURCE_REVISION=0123456789abcdef0123456789abcdef01234567\n");
    let image = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- name: app-image\n  \
                 newName: ghcr.io/acme/shop\n  digest: sha256:15cfdf84d6de3559bc54d7479eb4e8aadbf71f6d7f08782cb1e91f3446f4b2d8\n";
    project.edit(IMAGE, image);
    project
}

#[test]
#[ignore = "takes long"]
fn a_released_repository_gets_a_task_that_pushes() {
    let project = released();
    project.treenail("check shop").prints("TN076");
    project.replace(BUILD, "memory: 4Gi", "memory: 8Gi");
    project.replace("delivery/access/quota.yaml", "pods: \"30\"", "pods: \"60\"");
    project.commit();
    let [release, image] = [RELEASE, IMAGE].map(|path| project.read(path));

    let outcome = project.treenail("upgrade shop --yes").ends_with(0);
    project.assert_clean();
    outcome
        .prints("scaffold service 1.0.0 -> 2.0.0")
        .prints("push-image = quay.io/skopeo/stable:")
        .prints("workspace-size")
        .prints(&format!("added    {PUSH}"))
        .prints(&format!("merged   {BUILD}"));
    assert_eq!([RELEASE, IMAGE].map(|path| project.read(path)), [release, image]);
    let build = project.read(BUILD);
    assert!(build.contains("memory: 8Gi") && !build.contains("registry-push"), "{build}");
    // The Secret that users of the first version have is the one that pushes now.
    assert!(project.read("delivery/release/pipelinerun.yaml").contains("secretName: registry-push"));
    assert!(
        project.read("delivery/release/pipelinerun.yaml").contains("storage: 1Gi"),
        "it is the user's answer"
    );
    project.treenail("check shop --strict").ends_with(0);
    project.treenail("upgrade shop").ends_with(0).says("nothing to do");
}

/// Pods of the first version may lose requests when they end, so an upgrade does not replace them.
#[test]
fn the_pods_of_the_first_version_stay_as_they_are() {
    let project = released();
    let template = || {
        let workload: serde_yaml::Value =
            serde_yaml::from_str(&project.read("deploy/base/deployment.yaml")).unwrap();
        workload["spec"]["template"].clone()
    };
    let before = template();
    project.treenail("upgrade shop --yes").ends_with(0);
    assert_eq!(template(), before);
}

#[test]
fn an_untouched_repository_becomes_a_new_one() {
    let old = first_version();
    let outcome = old.treenail("upgrade shop --yes --adopt-defaults").ends_with(0);
    outcome.prints(
        "apply `argocd` before the merge, which otherwise prunes what moves there: \
         `kubectl apply -f argocd/delivery.yaml && kubectl apply -k argocd`",
    );
    old.assert_clean();
    let new = Project::empty();
    new.treenail(
        "new shop --defaults --source-repo https://github.com/acme/shop.git --app shop --branch main",
    )
    .ends_with(0);
    assert_unchanged(&new.generated(), &old.generated());
}

#[test]
#[ignore = "takes long"]
fn an_edit_of_how_the_first_version_pushed_is_a_conflict() {
    for (old, new) in [
        ("buildah push --retry 3", "buildah push --retry 9 --tls-verify=false"),
        ("registry-credentials.path)", "registry-credentials.path)/team"),
        ("        '' | -* | *[!a-z0-9./:_-]*)", "        '' | -*)"),
    ] {
        let project = released();
        project.replace(BUILD, old, new);
        project.commit();
        let before = project.everything();
        let outcome = project.treenail("upgrade shop --yes").ends_with(3);
        assert_unchanged(&before, &project.everything());
        outcome.says(&format!("{BUILD}: you and the scaffold changed the same lines")).says(new.trim());
    }
}

#[test]
#[ignore = "takes long"]
fn a_build_that_was_moved_is_followed() {
    let project = released();
    project.git("mv delivery/pipeline/build-image.yaml delivery/pipeline/image.yaml");
    project.replace("delivery/pipeline/kustomization.yaml", "- build-image.yaml\n", "- image.yaml\n");
    project.replace("delivery/pipeline/image.yaml", "memory: 4Gi", "memory: 8Gi");
    project.commit();
    project.treenail("upgrade shop --yes").ends_with(0);
    project.assert_clean();
    assert!(!project.is_there(BUILD));
    let build = project.read("delivery/pipeline/image.yaml");
    assert!(build.contains("memory: 8Gi") && build.contains("oci:$LAYOUT"), "{build}");
    let tasks = project.read("delivery/pipeline/kustomization.yaml");
    assert!(tasks.contains("- image.yaml\n") && tasks.contains("- push-image.yaml\n"), "{tasks}");
    project.treenail("check shop --strict").ends_with(0);
}
