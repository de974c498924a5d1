//! What the Task that commits the image's digest refuses to write, or to write to.

use crate::common::programs::shells;
use crate::common::rendered::{IMAGE, Repository};
use crate::scripts::deploy_app::{Delivery, IMAGE_FILE, REVISION, digest};
use crate::scripts::manifests::{Task, result};
use crate::scripts::upstream::{Change, file};

#[test]
fn values_that_are_none_are_refused() {
    let good = digest();
    let long = format!("{good}0");
    let upper = good.to_uppercase().replace("SHA", "sha");
    let multi = format!("{good}\n");
    let digests =
        ["", "latest", "sha256:", &good[..70], &good[7..], &long, &upper, &multi, "sha256:$(: > pwned)"];
    let images =
        ["", "-x", "shop app", "shop\nnewName: evil", "$(: > pwned)", "shop@sha256", "Shop", "a'b", "a#b"];
    let tags = ["", "1 4", "1\n# evil", "V1", "$(: > pwned)", "`: > pwned`", "1;: > pwned", "a/b", "1_0"];
    let revisions = ["", "main", "0123 ", "$(: > pwned)", "abc\ndef", "ABC"];
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let head = delivery.push(&[delivery.request("1.4.0")]);
        let usual = [IMAGE, good.as_str(), "1.4.0", REVISION];
        let bad: [(&[&str], &str); 4] = [
            (&images, "is not an image repository"),
            (&digests, "is not an image digest"),
            (&tags, "is not a valid release name"),
            (&revisions, "is not a commit ID"),
        ];
        for (at, (values, refusal)) in bad.into_iter().enumerate() {
            for value in values {
                let mut given = usual;
                given[at] = value;
                delivery.deploy_with(&given).failed(&format!("'{value}' {refusal}"));
            }
        }
        assert_eq!(delivery.head(), head);
        assert_eq!(result(&delivery.container, "commit"), None);
        delivery.container.assert_nothing_executed();
    }
}

#[test]
#[ignore = "takes long"]
fn an_image_file_that_is_no_plain_file_is_not_written_to() {
    let gone = || Change::Removed(IMAGE_FILE.to_owned());
    let folder = "deploy/overlays/staging/image";
    let odd: [Vec<Change>; 5] = [
        vec![gone()],
        vec![Change::Link(IMAGE_FILE.to_owned(), "../../../../argocd/projects.yaml".to_owned())],
        vec![gone(), file(&format!("{IMAGE_FILE}/kustomization.yaml"), "")],
        vec![
            Change::Removed(folder.to_owned()),
            Change::Link(folder.to_owned(), "../production/image".to_owned()),
        ],
        vec![Change::Removed(folder.to_owned()), Change::Submodule(folder.to_owned(), "a".repeat(40))],
    ];
    for shell in shells() {
        for changes in &odd {
            let mut delivery = Delivery::new(shell);
            delivery.push(changes);
            let head = delivery.push(&[delivery.request("1.4.0")]);
            let refusal = format!("{IMAGE_FILE} is not a file on branch main of the manifest repository");
            delivery.deploy("1.4.0").failed(&refusal);
            assert_eq!((delivery.head(), result(&delivery.container, "commit")), (head, None));
            assert_eq!(delivery.container.read("/naps"), None);
        }
    }
}

#[test]
fn a_repository_without_release_env_is_not_written_to() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let head = delivery.push(&[Change::Removed("delivery/release/release.env".to_owned())]);
        let refusal = "delivery/release/release.env not found on branch main of the manifest repository";
        delivery.deploy("1.4.0").failed(refusal);
        assert_eq!(delivery.head(), head);
    }
}

#[test]
fn a_home_that_cannot_be_written_to_is_said() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        delivery.container.write("/tekton/home/manifests.git", "in the way");
        delivery.deploy("1.4.0").failed("cannot write to");
    }
}

#[test]
fn ssh_without_known_hosts_is_refused() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        delivery.container.write("/workspace/credentials/ssh-privatekey", "the key\n");
        let refusal = "the Secret git-push contains ssh-privatekey but not known_hosts";
        delivery.deploy("1.4.0").failed(refusal);
    }
}

/// What `clone_repo` and `credentials` prove of one script so holds for the other.
#[test]
fn credentials_are_set_up_as_for_the_source() {
    let repository = Repository::service(&[], "");
    let [clone, deploy] = ["clone-repo", "deploy-app"].map(|name| {
        let task = Task::of(&repository, name);
        let (_, set_up) = task.script().split_once("# Never prompt").expect(name);
        let (set_up, _) = set_up.split_once("\nfi\n").expect(name);
        set_up.to_owned()
    });
    assert!(clone.contains(".helper\""), "{clone}");
    assert_eq!(clone.replace("git-source", "git-push"), deploy);
}
