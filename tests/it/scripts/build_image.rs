//! The Task that builds and pushes, with a stub of buildah.

use crate::common::programs::{Shell, shells};
use crate::common::rendered::{IMAGE, Repository, SOURCE_REPO};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::{Task, result};

/// What the image must have beside buildah and a shell.
const TOOLS: [&str; 1] = ["cat"];
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// One build: what differs between the tests.
#[derive(Clone, Copy)]
struct Build<'a> {
    image: &'a str,
    tag: &'a str,
    dockerfile: &'a str,
    context: &'a str,
}

const USUAL: Build<'_> = Build { image: IMAGE, tag: "1.4.0", dockerfile: "Dockerfile", context: "." };

fn container(shell: &'static Shell) -> Container {
    let container = Container::new(shell, &TOOLS);
    container.stub("buildah", include_str!("stubs/buildah"));
    container.mkdir("/tmp");
    container.write("/workspace/source/source/Dockerfile", "FROM scratch\n");
    container.write("/workspace/source/source/docker/app/Dockerfile", "FROM scratch\n");
    container.write("/workspace/source/outside/Dockerfile", "FROM scratch\n");
    container
}

fn run(container: &mut Container, build: Build<'_>) -> Outcome {
    let task = Task::of(&Repository::service(&[], ""), "build-image");
    let params = [
        ("image", build.image),
        ("tag", build.tag),
        ("dockerfile", build.dockerfile),
        ("context", build.context),
        ("url", SOURCE_REPO),
        ("revision", COMMIT),
    ];
    task.declare(container, &params);
    assert!(task.script().contains("/tmp/digest"));
    container.run(&task.script().replace("/tmp/digest", &container.place("/tmp/digest")))
}

/// The arguments of every call of buildah.
fn calls(container: &Container) -> Vec<Vec<String>> {
    let calls = container.read("/buildah").unwrap_or_default();
    calls.split_terminator("\n\n").map(|call| call.split('\n').map(str::to_owned).collect()).collect()
}

#[test]
fn builds_and_pushes_one_image() {
    for shell in shells() {
        let mut container = container(shell);
        let build = Build { dockerfile: "docker/app/Dockerfile", context: "docker", ..USUAL };
        let digest = format!("sha256:{:064}", 7);
        run(&mut container, build).said(&format!("pushed ghcr.io/acme/shop@{digest}\n"));
        let label = |name: &str, value: &str| format!("org.opencontainers.image.{name}={value}");
        let [source, revision, version] =
            [label("source", SOURCE_REPO), label("revision", COMMIT), label("version", "1.4.0")];
        let image = "ghcr.io/acme/shop:1.4.0";
        let name = format!("docker://{image}");
        let file = container.place("/tmp/digest");
        let arguments = ["build", "--layers=false", "--file", "docker/app/Dockerfile", "--tag", image]
            .into_iter()
            .chain(["--label", &source, "--label", &revision, "--label", &version, "docker"]);
        assert_eq!(calls(&container)[0], arguments.collect::<Vec<_>>());
        assert_eq!(calls(&container)[1], ["push", "--retry", "3", "--digestfile", &file, image, &name]);
        assert_eq!(calls(&container).len(), 2);
        assert_eq!(result(&container, "IMAGE_URL").as_deref(), Some(IMAGE));
        assert_eq!(result(&container, "IMAGE_DIGEST"), Some(digest));
    }
}

#[test]
fn pushes_with_the_secrets_credentials_where_there_are_some() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/workspace/registry-credentials/config.json", "{}");
        run(&mut container, USUAL).said("pushed");
        let file = container.place("/workspace/registry-credentials/config.json");
        assert_eq!(container.read("/credentials"), Some(file));
    }
}

#[test]
fn pushes_without_credentials_where_there_are_none() {
    for shell in shells() {
        for content in [None, Some("")] {
            let mut container = container(shell);
            if let Some(content) = content {
                container.write("/workspace/registry-credentials/config.json", content);
            }
            run(&mut container, USUAL).said("Secret registry-push not found, pushing without credentials");
            assert_eq!(container.read("/credentials").as_deref(), Some("none"));
        }
    }
}

#[test]
fn a_refused_push_names_the_secret_and_leaves_no_result() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/registry-says-no", "");
        let outcome = run(&mut container, USUAL);
        outcome.failed(
            "could not push to ghcr.io/acme/shop: check that the Secret registry-push has write access",
        );
        outcome.failed("Error: unauthorized");
        assert_eq!(result(&container, "IMAGE_URL"), None);
        assert_eq!(result(&container, "IMAGE_DIGEST"), None);
    }
}

#[test]
fn a_source_without_its_files_is_refused() {
    for shell in shells() {
        let mut container = container(shell);
        let missing = [
            (
                Build { dockerfile: "other/Dockerfile", ..USUAL },
                "'other/Dockerfile' is not a file in the source",
            ),
            (Build { dockerfile: "docker", ..USUAL }, "'docker' is not a file in the source"),
            (Build { context: "other", ..USUAL }, "'other' is not a folder in the source"),
            (Build { context: "Dockerfile", ..USUAL }, "'Dockerfile' is not a folder in the source"),
        ];
        for (build, refusal) in missing {
            run(&mut container, build).failed(refusal);
        }
        assert!(calls(&container).is_empty());
    }
}

#[test]
fn no_value_leads_outside_or_becomes_an_option() {
    let paths = [
        "",
        "..",
        "../outside",
        "docker/../../outside",
        "docker/..",
        "/",
        "/etc",
        "-",
        "--volume=/:/host",
        "-f",
        "../",
    ];
    let tags =
        ["", ".1", "-1", "1 4", "1\n4", "$(: > pwned)", "1;: > pwned", "`: > pwned`", "a/b", "a:b", "é"];
    let images =
        ["", "-v", "--help", "ghcr.io/acme/shop app", "$(: > pwned)", "x;: > pwned", "Shop", "a@b", "a\nb"];
    for shell in shells() {
        let mut container = container(shell);
        for path in paths {
            let refusal = format!("'{path}' is not a path inside the source");
            run(&mut container, Build { dockerfile: path, ..USUAL }).failed(&refusal);
            run(&mut container, Build { context: path, ..USUAL }).failed(&refusal);
        }
        for tag in tags {
            run(&mut container, Build { tag, ..USUAL }).failed(&format!("'{tag}' is not an image tag"));
        }
        for image in images {
            let refusal = format!("'{image}' is not an image repository");
            run(&mut container, Build { image, ..USUAL }).failed(&refusal);
        }
        assert!(calls(&container).is_empty());
        container.assert_nothing_executed();
    }
}

#[test]
fn awkward_paths_reach_buildah_whole() {
    for shell in shells() {
        let mut container = container(shell);
        let path = "docker/it's $(: > pwned) & \"co\"/Dockerfile";
        container.write(&format!("/workspace/source/source/{path}"), "FROM scratch\n");
        run(&mut container, Build { dockerfile: path, ..USUAL }).said("pushed");
        assert_eq!(calls(&container)[0][3], path);
        container.assert_nothing_executed();
    }
}
