//! The Task that commits the image's digest, against a real repository that treenail rendered.

use std::fs;
use std::path::Path;

use serde_yaml::Value;
use treenail::yaml;

use crate::common::programs::{self, Shell, shells};
use crate::common::rendered::{IMAGE, MANIFEST_REPO, Repository};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::{Task, result};
use crate::scripts::upstream::{Change, Upstream, file};

/// What the image must have beside a shell; `sleep` is a stub.
const TOOLS: [&str; 2] = ["cat", "git"];
pub const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
pub const IMAGE_FILE: &str = "deploy/overlays/staging/image/kustomization.yaml";

/// A manifest repository that was just pushed, and a container that knows it by its public address.
pub struct Delivery {
    pub container: Container,
    pub upstream: Upstream,
    repository: Repository,
    prefix: String,
    branch: String,
}

impl Delivery {
    pub fn new(shell: &'static Shell) -> Self {
        Self::of(shell, "", "main")
    }

    /// Of a repository whose folder `prefix` was generated to follow `branch`.
    pub fn of(shell: &'static Shell, prefix: &str, branch: &str) -> Self {
        let mut container = Container::new(shell, &TOOLS);
        container.without_waiting();
        let upstream = Upstream::create(container.path("/upstream"));
        container.git_settings(&[(&format!("url.{}.insteadOf", upstream.url()), MANIFEST_REPO)]);
        let repository = Repository::service(&[("branch", branch)], prefix);
        let delivery =
            Self { container, upstream, repository, prefix: prefix.to_owned(), branch: branch.to_owned() };
        let files = delivery.repository.files();
        let files: Vec<_> =
            files.map(|(path, content)| Change::File(format!("{prefix}{path}"), content.to_vec())).collect();
        delivery.upstream.commit(&format!("refs/heads/{branch}"), None, &files);
        delivery
    }

    /// Pushes changes of the generated folder's repository; gives the commit.
    pub fn push(&self, changes: &[Change]) -> String {
        let branch = format!("refs/heads/{}", self.branch);
        self.upstream.commit(&branch, Some(&self.head()), changes)
    }

    /// Has a script take the place of `git push`.
    pub fn replace_push(&self, script: &str) {
        let git = programs::find("git").expect("the tests need `git`").display().to_string();
        fs::remove_file(self.container.path("/bin/git")).expect("it is ours");
        let script = format!(
            "#!/bin/sh\nfor word; do\n  [ \"$word\" != push ] || {{ {script}; }}\ndone\nexec {git} \"$@\"\n"
        );
        self.container.stub("git", &script);
    }

    /// What asks for this release.
    pub fn request(&self, tag: &str) -> Change {
        let path = format!("{}delivery/release/release.env", self.prefix);
        file(&path, &format!("# comment\nIMAGE_TAG={tag}\nSOURCE_REVISION={REVISION}\n"))
    }

    /// Runs the Task for a release.
    pub fn deploy(&mut self, tag: &str) -> Outcome {
        self.deploy_with(&[IMAGE, &digest(), tag, REVISION])
    }

    /// Runs the Task for image, digest, tag and revision.
    pub fn deploy_with(&mut self, values: &[&str; 4]) -> Outcome {
        let task = Task::of(&self.repository, "deploy-app");
        let names = ["image", "digest", "image-tag", "source-revision"];
        let params: Vec<_> = names.into_iter().zip(values.iter().copied()).collect();
        task.declare(&mut self.container, &params);
        self.container.run(task.script())
    }

    /// The commit that the branch is at.
    pub fn head(&self) -> String {
        self.upstream.git(&["rev-parse", &format!("refs/heads/{}", self.branch)])
    }

    /// The commit that the Task says deploys the release.
    pub fn result(&self) -> String {
        result(&self.container, "commit").expect("the Task left its result")
    }

    /// The paths that differ between two commits.
    pub fn changed(&self, from: &str, to: &str) -> Vec<String> {
        self.upstream.git(&["diff", "--name-only", from, to]).lines().map(str::to_owned).collect()
    }

    /// A file of the branch.
    pub fn file(&self, path: &str) -> String {
        self.upstream.git(&["cat-file", "blob", &format!("refs/heads/{}:{path}", self.branch)]) + "\n"
    }

    /// What Argo CD would render of a folder, as it is now on the branch.
    fn rendered(&self, kubectl: &Path, folder: &str) -> String {
        let tree = self.container.path("/tree");
        self.container.mkdir("/tree");
        let tree_option = format!("--work-tree={}", tree.display());
        self.upstream.git(&[&tree_option, "checkout", "-f", &self.head(), "--", "."]);
        let output = programs::command(kubectl, &tree)
            .arg("kustomize")
            .arg(tree.join(folder))
            .output()
            .expect("kubectl can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }
}

/// The digest of the image.
pub fn digest() -> String {
    format!("sha256:{}", "0123456789abcdef".repeat(4))
}

/// The image file of a release.
pub fn image_file(tag: &str) -> String {
    format!(
        r#"# Written by the pipeline. To promote, copy this file to the next environment.
# Release {tag}, built from commit {REVISION}.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
- name: app-image
  newName: {IMAGE}
  digest: {}
# Shows the release in the cluster: kubectl get pods -L app.kubernetes.io/version
patches:
- target:
    kind: Deployment|Rollout
    name: "shop"
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: none
      labels:
        app.kubernetes.io/version: "{tag}"
      annotations:
        org.opencontainers.image.revision: "{REVISION}"
    spec:
      template:
        metadata:
          labels:
            app.kubernetes.io/version: "{tag}"
"#,
        digest()
    )
}

#[test]
fn a_release_becomes_one_commit_of_one_file() {
    for shell in shells() {
        for prefix in ["", "services/shop/"] {
            let mut delivery = Delivery::of(shell, prefix, "main");
            let request = delivery.push(&[delivery.request("1.4.0")]);
            delivery.deploy("1.4.0").said("deploy-app: committed ghcr.io/acme/shop@sha256:0123");
            let head = delivery.head();
            let path = format!("{prefix}{IMAGE_FILE}");
            assert_eq!(delivery.changed(&request, &head), [path.as_str()]);
            assert_eq!(delivery.file(&path), image_file("1.4.0"));
            assert_eq!(delivery.result(), head);
            let facts = delivery.upstream.git(&["log", "-1", "--format=%P|%an|%ae|%cn|%ce|%B", &head]);
            let who = "shop delivery|shop-delivery@pipeline.invalid";
            let message = format!("deploy: shop 1.4.0\n\nBuilt from commit {REVISION}.\n");
            assert_eq!(facts, format!("{request}|{who}|{who}|{message}").trim_end());
            assert_eq!(delivery.container.read("/naps"), None);
        }
    }
}

#[test]
fn a_release_that_is_deployed_is_left_alone() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        delivery.push(&[delivery.request("1.4.0")]);
        delivery.deploy("1.4.0").said("committed");
        let head = delivery.head();
        delivery.deploy("1.4.0").said("1.4.0 is already deployed");
        assert_eq!((delivery.head(), delivery.result()), (head.clone(), head));
    }
}

#[test]
fn a_release_that_is_no_longer_wanted_is_not_deployed() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let other = file("delivery/release/release.env", "IMAGE_TAG=1.4.0\nSOURCE_REVISION=ffff\n");
        for wanted in
            [delivery.request("1.5.0"), other, file("delivery/release/release.env", "IMAGE_TAG=1.4.0\n")]
        {
            let head = delivery.push(&[wanted]);
            delivery.deploy("1.4.0").said("delivery/release/release.env no longer requests 1.4.0");
            assert_eq!((delivery.head(), delivery.result()), (head, String::new()));
        }
    }
}

#[test]
fn only_the_branch_that_is_followed_counts() {
    for shell in shells() {
        let mut delivery = Delivery::of(shell, "", "live/eu");
        // The repository's default branch, and one whose name ends the same way.
        let decoys = ["refs/heads/trunk", "refs/heads/x/live/eu", "refs/tags/live/eu"];
        let decoys =
            decoys.map(|name| (name, delivery.upstream.commit(name, None, &[file("unrelated", "")])));
        delivery.push(&[delivery.request("1.4.0")]);
        delivery.deploy("1.4.0").said("committed");
        assert_eq!(delivery.file(IMAGE_FILE), image_file("1.4.0"));
        for (name, commit) in decoys {
            assert_eq!(delivery.upstream.git(&["rev-parse", name]), commit);
        }
    }
}

#[test]
fn attributes_filters_and_settings_do_not_touch_what_is_committed() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let attributes = file(".gitattributes", "* text eol=crlf filter=loud ident\n");
        let nested = file("deploy/overlays/staging/image/.gitattributes", "* filter=loud\n");
        let request = delivery.push(&[delivery.request("1.4.0"), attributes, nested]);
        delivery.container.write("/tekton/home/attributes", "* text eol=crlf filter=loud ident\n");
        let settings = "[core]\nattributesFile = ~/attributes\nautocrlf = true\nhooksPath = /nowhere\n[filter \"loud\"]\nclean = cat /nowhere\n\
                        smudge = cat /nowhere\nrequired = true\n[commit]\ngpgSign = true\n[user]\nname = Somebody\n";
        delivery.container.write("/tekton/home/.gitconfig", settings);
        delivery.deploy("1.4.0").said("committed");
        assert_eq!(delivery.changed(&request, &delivery.head()), [IMAGE_FILE]);
        assert_eq!(delivery.file(IMAGE_FILE), image_file("1.4.0"));
    }
}

#[test]
#[ignore = "takes long"]
fn argo_cd_rolls_out_the_digest_and_does_not_build_again() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "what Argo CD makes of a release") else {
        return;
    };
    for prefix in ["", "services/shop/"] {
        let mut delivery = Delivery::of(&shells()[0], prefix, "main");
        delivery.push(&[delivery.request("1.4.0")]);
        let [building, staging, production] =
            ["delivery", "deploy/overlays/staging", "deploy/overlays/production"]
                .map(|folder| format!("{prefix}{folder}"));
        let before = [&building, &production].map(|folder| delivery.rendered(&kubectl, folder));
        assert!(!delivery.rendered(&kubectl, &staging).contains("kind: Deployment"));
        delivery.deploy("1.4.0").said("committed");
        assert_eq!([&building, &production].map(|folder| delivery.rendered(&kubectl, folder)), before);
        let (replicas, image) = replicas_and_image(&delivery.rendered(&kubectl, &staging));
        assert_eq!((replicas, image), (2, format!("{IMAGE}@{}", digest())));
    }
}

fn replicas_and_image(rendered: &str) -> (u64, String) {
    let documents = yaml::documents(rendered).expect(rendered);
    let deployment = documents.iter().find(|document| document["kind"] == "Deployment").expect(rendered);
    let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
    (deployment["spec"]["replicas"].as_u64().expect(rendered), image.as_str().expect(rendered).to_owned())
}

#[test]
#[ignore = "takes long"]
fn release_env_means_the_same_to_the_trigger_and_to_the_deployment() {
    let Some(kubectl) = programs::find_or_notice("kubectl", "how it reads release.env") else { return };
    let (tag, revision) = ("IMAGE_TAG=1.4.0", format!("SOURCE_REVISION={REVISION}"));
    let spellings = [
        format!("{tag}\n{revision}\n"),
        format!("{tag}\r\n{revision}\r\n"),
        format!("{tag}\n{revision}"),
        format!("{tag}\r\n{revision}\r"),
        format!("{revision}\n\n# {tag}9\nIMAGE_TAGS=9\n{tag}\n"),
        format!("  {tag}\n\t{revision}\n"),
        format!("\u{feff}{tag}\n{revision}\n"),
    ];
    for shell in shells() {
        for spelling in &spellings {
            let mut delivery = Delivery::new(shell);
            delivery.push(&[file("delivery/release/release.env", spelling)]);
            let documents = yaml::documents(&delivery.rendered(&kubectl, "delivery")).unwrap();
            let named = |document: &&Value| {
                document["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("release-request-"))
            };
            let data = &documents.iter().find(named).unwrap()["data"];
            assert_eq!(
                (data["IMAGE_TAG"].as_str(), data["SOURCE_REVISION"].as_str()),
                (Some("1.4.0"), Some(REVISION))
            );
            delivery.deploy("1.4.0").said("committed");
        }
    }
}
