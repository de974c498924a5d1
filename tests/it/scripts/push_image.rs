//! The Task that pushes, with a stub of skopeo.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use crate::common::programs::{Shell, shells};
use crate::common::rendered::{IMAGE, Repository};
use crate::scripts::container::{Container, Outcome};
use crate::scripts::manifests::{Task, result};

const LAYOUT: &str = "/workspace/image/layout";
const CREDENTIALS: &str = "/workspace/registry-credentials/config.json";

/// A container with an image to push, and nothing on `PATH` but skopeo.
fn container(shell: &'static Shell) -> Container {
    let container = Container::new(shell, &[]);
    container.stub("skopeo", include_str!("stubs/skopeo"));
    for file in ["oci-layout", "index.json", "blobs/sha256/0123", "blobs/sha256/4567"] {
        container.write(&format!("{LAYOUT}/{file}"), "{}");
    }
    container
}

fn run(container: &mut Container, image: &str, tag: &str) -> Outcome {
    let task = Task::of(&Repository::service(&[], ""), "push-image");
    task.declare(container, &[("image", image), ("tag", tag)]);
    container.run(task.script())
}

fn usual(container: &mut Container) -> Outcome {
    run(container, IMAGE, "1.4.0")
}

#[track_caller]
fn assert_nothing_pushed(container: &Container) {
    assert_eq!(container.read("/skopeo"), None);
    assert_eq!(result(container, "IMAGE_URL"), None);
    assert_eq!(result(container, "IMAGE_DIGEST"), None);
}

#[test]
fn pushes_the_image_and_reports_the_digest_of_what_was_pushed() {
    for shell in shells() {
        let mut container = container(shell);
        let digest = format!("sha256:{:064}", 7);
        usual(&mut container).said(&format!("push-image: pushed ghcr.io/acme/shop@{digest}\n"));
        let from = format!("oci:{}", container.place(LAYOUT));
        let file = container.place("/tekton/home/digest");
        let wanted =
            ["copy", "--retry-times", "3", "--digestfile", &file, &from, "docker://ghcr.io/acme/shop:1.4.0"];
        assert_eq!(container.read("/skopeo"), Some(wanted.join("\n") + "\n"));
        assert_eq!(result(&container, "IMAGE_URL").as_deref(), Some(IMAGE));
        assert_eq!(result(&container, "IMAGE_DIGEST"), Some(digest));
    }
}

#[test]
fn pushes_with_the_secrets_credentials_where_there_are_some() {
    for shell in shells() {
        let mut container = container(shell);
        container.write(CREDENTIALS, "{}");
        usual(&mut container).said("pushed");
        assert_eq!(container.read("/credentials"), Some(container.place(CREDENTIALS)));
    }
}

#[test]
fn pushes_without_credentials_where_there_are_none() {
    for shell in shells() {
        for content in [None, Some("")] {
            let mut container = container(shell);
            if let Some(content) = content {
                container.write(CREDENTIALS, content);
            }
            usual(&mut container).said("Secret registry-push not found, pushing without credentials");
            assert_eq!(container.read("/credentials").as_deref(), Some("none"));
        }
    }
}

#[test]
fn a_refused_push_names_the_secret_and_leaves_no_result() {
    for shell in shells() {
        let mut container = container(shell);
        container.write("/registry-says-no", "");
        let outcome = usual(&mut container);
        outcome.failed(
            "could not push to ghcr.io/acme/shop: check that the Secret registry-push has write access",
        );
        outcome.failed("Error: unauthorized");
        assert_eq!(result(&container, "IMAGE_URL"), None);
        assert_eq!(result(&container, "IMAGE_DIGEST"), None);
    }
}

#[test]
fn a_build_that_left_nothing_is_refused() {
    for shell in shells() {
        for path in ["", "/index.json"] {
            let mut container = container(shell);
            let path = container.path(&format!("{LAYOUT}{path}"));
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
            usual(&mut container).failed("push-image: build-image left no image");
            assert_nothing_pushed(&container);
        }
    }
}

/// A Dockerfile that left its isolation could put anything there, and skopeo would read it.
#[test]
fn nothing_but_files_and_folders_is_pushed() {
    for shell in shells() {
        for path in [
            "",
            "/index.json",
            "/oci-layout",
            "/blobs",
            "/blobs/sha512",
            "/blobs/sha256/0123",
            "/blobs/sha256/new\u{1b}[2J",
        ] {
            for target in ["/workspace/registry-credentials", CREDENTIALS, "/nowhere"] {
                let mut container = container(shell);
                container.write(CREDENTIALS, "{}");
                let link = container.path(&format!("{LAYOUT}{path}"));
                if link.is_dir() {
                    fs::remove_dir_all(&link).unwrap();
                } else {
                    let _ = fs::remove_file(&link);
                }
                symlink(container.path(target), link).unwrap();
                let outcome = usual(&mut container);
                outcome.failed("push-image: build-image left a link in the image\n");
                assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:?}");
                assert_nothing_pushed(&container);
            }
        }
        for path in ["/index.json", "/blobs/sha256/new"] {
            let mut container = container(shell);
            let path = container.path(&format!("{LAYOUT}{path}"));
            let _ = fs::remove_file(&path);
            let _socket = UnixListener::bind(path).unwrap();
            usual(&mut container).failed("push-image: build-image left a device or a pipe in the image\n");
            assert_nothing_pushed(&container);
        }
    }
}

#[test]
fn no_value_becomes_an_option_or_a_command() {
    let tags =
        ["", ".1", "-1", "1 4", "1\n4", "$(: > pwned)", "1;: > pwned", "`: > pwned`", "a/b", "a:b", "é"];
    let images =
        ["", "-v", "--help", "ghcr.io/acme/shop app", "$(: > pwned)", "x;: > pwned", "Shop", "a@b", "a\nb"];
    for shell in shells() {
        let mut container = container(shell);
        for tag in tags {
            run(&mut container, IMAGE, tag).failed(&format!("'{tag}' is not an image tag"));
        }
        for image in images {
            let refusal = format!("'{image}' is not an image repository");
            run(&mut container, image, "1.4.0").failed(&refusal);
        }
        assert_nothing_pushed(&container);
        container.assert_nothing_executed();
    }
}
