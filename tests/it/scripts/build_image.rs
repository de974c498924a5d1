//! The Task that builds, with a stub of buildah.

use std::os::unix::fs::symlink;

use crate::common::programs::{Shell, shells};
use crate::common::rendered::{Repository, SOURCE_REPO};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::Task;

/// What the image must have beside buildah and a shell.
const TOOLS: [&str; 2] = ["readlink", "rm"];
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Where the Secret for base images is.
const CREDENTIALS: &str = "/registry-pull/config.json";

/// One build: what differs between the tests.
#[derive(Clone, Copy)]
struct Build<'a> {
    tag: &'a str,
    dockerfile: &'a str,
    context: &'a str,
}

const USUAL: Build<'_> = Build { tag: "1.4.0", dockerfile: "Dockerfile", context: "." };

fn container(shell: &'static Shell) -> Container {
    let container = Container::new(shell, &TOOLS);
    container.stub("buildah", include_str!("stubs/buildah"));
    container.mkdir("/image");
    container.write("/workspace/source/source/Dockerfile", "FROM scratch\n");
    container.write("/workspace/source/source/docker/app/Dockerfile", "FROM scratch\n");
    container.write("/workspace/source/outside/Dockerfile", "FROM scratch\n");
    container
}

fn run(container: &mut Container, build: Build<'_>) -> Outcome {
    let task = Task::of(&Repository::service(&[], ""), "build-image");
    let params = [
        ("tag", build.tag),
        ("dockerfile", build.dockerfile),
        ("context", build.context),
        ("url", SOURCE_REPO),
        ("revision", COMMIT),
    ];
    task.declare(container, &params);
    container.run(task.script())
}

/// Puts a link into the source.
fn link(container: &Container, target: &str, path: &str) {
    symlink(target, container.path("/workspace/source/source").join(path)).expect("the folder is ours");
}

/// The arguments of every call of buildah.
fn calls(container: &Container) -> Vec<Vec<String>> {
    let calls = container.read("/buildah").unwrap_or_default();
    calls.split_terminator("\n\n").map(|call| call.split('\n').map(str::to_owned).collect()).collect()
}

#[test]
fn builds_one_image_and_leaves_it_to_be_pushed() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/image/layout/index.json", "of the try before");
        let build = Build { dockerfile: "docker/app/Dockerfile", context: "docker", ..USUAL };
        run(&mut container, build).said("build-image: built 1.4.0\n");
        let label = |name: &str, value: &str| format!("org.opencontainers.image.{name}={value}");
        let [source, revision, version] =
            [label("source", SOURCE_REPO), label("revision", COMMIT), label("version", "1.4.0")];
        let arguments = ["build", "--layers=false", "--file", "docker/app/Dockerfile", "--tag", "image"]
            .into_iter()
            .chain(["--label", &source, "--label", &revision, "--label", &version, "docker"]);
        let layout = format!("oci:{}", container.place("/image/layout"));
        assert_eq!(calls(&container)[0], arguments.collect::<Vec<_>>());
        assert_eq!(calls(&container)[1], ["push", "image", &layout]);
        assert_eq!(calls(&container).len(), 2);
        assert_eq!(container.read("/image/layout").as_deref(), Some("{}"), "only what was built");
    }
}

#[test]
fn without_credentials_a_dockerfile_may_do_what_it_may_elsewhere() {
    for shell in shells() {
        for content in [None, Some("")] {
            let mut container = container(shell);
            if let Some(content) = content {
                container.write(CREDENTIALS, content);
            }
            run(&mut container, USUAL).said("built");
            assert_eq!(container.read("/credentials").as_deref(), Some("none"));
            assert!(!calls(&container)[0].iter().any(|argument| argument.starts_with("--cap")));
        }
    }
}

#[test]
fn beside_credentials_a_dockerfile_may_not_call_chroot() {
    for shell in shells() {
        let mut container = container(shell);
        container.write(CREDENTIALS, "{}");
        run(&mut container, USUAL).said("built");
        assert_eq!(container.read("/credentials"), Some(container.place(CREDENTIALS)));
        assert_eq!(calls(&container)[0][..2], ["build", "--cap-drop=CAP_SYS_CHROOT"]);
    }
}

#[test]
fn a_failed_build_leaves_no_image_and_says_what_it_may_lack() {
    for shell in shells() {
        for (content, hint) in [
            (
                "",
                "could not build the image: see the error above. A private base image needs the Secret registry-pull",
            ),
            ("{}", "With the Secret registry-pull, RUN may not call chroot, as apk does before Alpine 3.23"),
        ] {
            let mut container = container(shell);
            container.write(CREDENTIALS, content);
            container.write("/build-says-no", "");
            run(&mut container, USUAL).failed(hint);
            assert_eq!(calls(&container).len(), 1);
            assert_eq!(container.read("/image/layout"), None);
        }
    }
}

#[test]
fn a_node_without_user_namespaces_is_named_before_the_build() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/no-namespaces", "");
        run(&mut container, USUAL).failed("this node allows no user namespaces in this Pod");
        assert_eq!(container.read("/buildah"), None);
    }
}

#[test]
fn a_full_volume_names_the_answer() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/disk-is-full", "");
        let outcome = run(&mut container, USUAL);
        outcome.failed("Error: no space left on device");
        outcome.failed(
            "could not write the image to the volume: if it is full, raise the answer workspace-size",
        );
    }
}

#[test]
fn a_source_without_its_files_is_refused() {
    for shell in shells() {
        let mut container = container(shell);
        link(&container, "nowhere", "dangling");
        let missing = [
            (
                Build { dockerfile: "other/Dockerfile", ..USUAL },
                "'other/Dockerfile' is not a file in the source",
            ),
            (Build { dockerfile: "dangling", ..USUAL }, "'dangling' is not a file in the source"),
            (Build { dockerfile: "docker", ..USUAL }, "'docker' is not a file in the source"),
            (Build { context: "other", ..USUAL }, "'other' is not a folder in the source"),
            (Build { context: "dangling", ..USUAL }, "'dangling' is not a folder in the source"),
            (Build { context: "Dockerfile", ..USUAL }, "'Dockerfile' is not a folder in the source"),
        ];
        for (build, refusal) in missing {
            run(&mut container, build).failed(refusal);
        }
        assert!(calls(&container).is_empty());
    }
}

/// The source decides what its links are, so the answers lead wherever it wants.
#[test]
fn no_link_leads_out_of_the_source() {
    for shell in shells() {
        let mut container = container(shell);
        container.write(CREDENTIALS, "{}");
        container.write("/workspace/source/source-2/Dockerfile", "FROM scratch\n");
        link(&container, &container.place("/registry-pull"), "secret");
        link(&container, &container.place(CREDENTIALS), "Dockerfile.secret");
        link(&container, "../outside", "outside");
        link(&container, "../source-2", "sibling");
        link(&container, "..", "parent");
        link(&container, "docker/parent", "far");
        link(&container, "../..", "docker/parent");
        for context in ["secret", "outside", "sibling", "parent", "far", "docker/parent", "parent/outside"] {
            let refusal = format!("build-image: '{context}' leads out of the source");
            run(&mut container, Build { context, ..USUAL }).failed(&refusal);
        }
        for dockerfile in
            ["Dockerfile.secret", "secret/config.json", "outside/Dockerfile", "sibling/Dockerfile"]
        {
            let refusal = format!("build-image: '{dockerfile}' leads out of the source");
            run(&mut container, Build { dockerfile, ..USUAL }).failed(&refusal);
        }
        assert!(calls(&container).is_empty());
    }
}

#[test]
fn links_inside_the_source_are_followed() {
    for shell in shells() {
        let mut container = container(shell);
        link(&container, "docker", "context");
        link(&container, ".", "all");
        link(&container, "../Dockerfile", "docker/Dockerfile");
        link(&container, "../source/docker/app", "round");
        for (dockerfile, context) in
            [("docker/Dockerfile", "context"), ("round/Dockerfile", "all"), ("all/all/Dockerfile", "round")]
        {
            run(&mut container, Build { dockerfile, context, ..USUAL }).said("built");
        }
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
        run(&mut container, Build { dockerfile: path, ..USUAL }).said("built");
        assert_eq!(calls(&container)[0][3], path);
        container.assert_nothing_executed();
    }
}
