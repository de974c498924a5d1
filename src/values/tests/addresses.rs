//! Repositories, images and URLs.

use super::{canonical, kind, refuses, refuses_all, takes};

#[test]
fn repositories() {
    let repository = kind("repository", "{}");
    takes(
        &repository,
        &[
            "https://github.com/acme/shop.git",
            "https://github.com/acme/shop",
            "https://git.example.com:8443/acme/platform/web/shop.git",
            "https://10.0.0.1/acme/shop",
            "https://gitea/acme/shop",
            "https://dev.azure.com/acme/web/_git/shop",
            "https://dev.azure.com/acme/Portal%20Platform/_git/shop",
            "https://git.example.com/acme/caf%C3%A9%2Bbar/shop",
            "https://git.sr.ht/~acme/shop",
            "ssh://git@git.example.com:2222/acme/shop.git",
            "ssh://git.example.com/acme/shop",
            "git@github.com:acme/shop.git",
            "git@gitlab.com:acme/a/b/c/shop",
        ],
    );
    assert_eq!(canonical(&repository, "https://github.com/acme/shop//"), "https://github.com/acme/shop");
    let good = "https://github.com/acme/shop.git";
    refuses(
        &repository,
        &[
            (
                "http://git.example.com/acme/shop",
                "`http://git.example.com/acme/shop` uses `http`, which sends credentials in clear text",
                "https://git.example.com/acme/shop",
            ),
            (
                "https://bob:s3cret@github.com/acme/shop",
                "the URL contains credentials; secrets are never stored, so give the URL without them",
                "https://github.com/acme/shop",
            ),
            (
                "https://github.com/acme/shop?tab=readme",
                "the URL has a query or a fragment; remove it",
                "https://github.com/acme/shop",
            ),
            ("../shop", "`../shop` is a path on this machine, which a cluster cannot clone", good),
            (
                "github.com/acme/shop",
                "`github.com/acme/shop` starts with neither `https://`, `ssh://` nor `git@`",
                "https://github.com/acme/shop",
            ),
            (
                "github.com:acme/shop",
                "`github.com:acme/shop` starts with neither `https://`, `ssh://` nor `git@`",
                "git@github.com:acme/shop",
            ),
            (
                "https://github.com/shop",
                "`https://github.com/shop` has no owner or no name; it must end with `owner/name`",
                good,
            ),
            (
                "https://github.com/acme/shop/tree/main",
                "`https://github.com/acme/shop/tree/main` has more parts than `owner/name`, which GitHub repositories never have",
                "https://github.com/acme/shop",
            ),
            (
                "https://gitlab.com/acme/shop/-/tree/main",
                "`https://gitlab.com/acme/shop/-/tree/main` has `-` in its path, which is not a repository name",
                good,
            ),
            (
                "git@github.com/acme/shop",
                "`git@github.com/acme/shop` has no `:` between host and path",
                "git@github.com:acme/shop",
            ),
            (
                "git@host.example.com:/srv/git/shop.git",
                "`git@host.example.com:/srv/git/shop.git` has a `/` right after the `:`",
                "ssh://git@host.example.com/srv/git/shop.git",
            ),
            (
                "HTTPS://github.com/acme/shop",
                "`HTTPS://github.com/acme/shop` starts with neither `https://` nor `ssh://`",
                "https://github.com/acme/shop",
            ),
            (
                "https://github.com//acme/shop",
                "`https://github.com//acme/shop` has two slashes in a row",
                "https://github.com/acme/shop",
            ),
            (
                "https://git.example.com:0/acme/shop",
                "`0` is not a port; a port is a number from 1 to 65535",
                good,
            ),
        ],
    );
}

#[test]
fn the_user_that_a_server_offers_is_left_out() {
    let repository = kind("repository", "{}");
    for (offered, kept) in [
        ("https://acme@dev.azure.com/acme/portal/_git/shop", "https://dev.azure.com/acme/portal/_git/shop"),
        ("https://anna@dev.azure.com/acme/portal/_git/shop", "https://dev.azure.com/acme/portal/_git/shop"),
        (
            "https://acme@acme.visualstudio.com/portal/_git/shop",
            "https://acme.visualstudio.com/portal/_git/shop",
        ),
        ("https://anna@bitbucket.org/acme/shop.git", "https://bitbucket.org/acme/shop.git"),
        ("https://acme@git.example.com/acme/shop.git", "https://git.example.com/acme/shop.git"),
    ] {
        assert_eq!(canonical(&repository, offered), kept);
    }
    refuses(
        &repository,
        &[
            (
                "https://s3cret@github.com/acme/shop",
                "the URL contains a user name, which may be a token; secrets are never stored, so give the URL without it",
                "https://github.com/acme/shop",
            ),
            (
                "https://dev.azure.com/acme/100%/_git/shop",
                "`https://dev.azure.com/acme/100%/_git/shop` has a `%` without two hexadecimal digits after it",
                "https://dev.azure.com/acme/100%25/_git/shop",
            ),
        ],
    );
}

#[test]
fn repositories_that_nobody_should_clone() {
    let repository = kind("repository", "{}");
    refuses_all(
        &repository,
        &[
            "git://github.com/acme/shop",
            "file:///srv/git/acme/shop",
            "/srv/git/acme/shop",
            "~/git/shop",
            "C:\\git\\acme\\shop",
            "C:/git/acme/shop",
            "https://",
            "https://github.com",
            "https://github.com/acme/.git",
            "https://github.com/acme/..",
            "https://github.com/acme/../shop",
            "https://github.com/acme/--upload-pack=x",
            "https://-oProxyCommand/acme/shop",
            "ssh://-oProxyCommand=x/acme/shop",
            "-oProxyCommand@host:acme/shop",
            "ssh://@host/acme/shop",
            "https://git_hub.com/acme/shop",
            "https://1.2.3.999/acme/shop",
            "https://github.com/acme/shop;id",
            "https://github.com/acme/%2e%2E/shop",
            "https://github.com/acme%2Fshop/web",
            "https://github.com/acme/shop%0Aid",
            "https://github.com/acme/shop%00",
            "https://github%2ecom/acme/shop",
            "git@github.com:acme/web%20shop",
            "https://0123456789012345678901234567890123456789@dev.azure.com/acme/web/_git/shop",
            "https://acme:s3cret@dev.azure.com/acme/web/_git/shop",
            "https://github.com/acme/$(id)",
            "https://github.com/acme/sh op",
            "https://github.com/acme/shop\nx",
            "https://github.com/acme/sh\u{f6}p",
            "ext::sh -c id",
            "git@host:a:b/c",
            "shop",
        ],
    );
}

#[test]
fn images() {
    let image = kind("image", "{}");
    takes(
        &image,
        &[
            "registry.example.com:5000/team/shop",
            "ghcr.io/acme/shop",
            "localhost/shop",
            "docker.io/a/b/c/d__e/f-g/h---i/j.k_l",
            "10.0.0.1:5000/shop",
        ],
    );
    refuses(
        &image,
        &[
            (
                "ghcr.io/acme/shop:1.2",
                "`ghcr.io/acme/shop:1.2` has the tag `1.2`; the pipeline adds them for each release",
                "ghcr.io/acme/shop",
            ),
            (
                "ghcr.io/acme/shop@sha256:abc",
                "`ghcr.io/acme/shop@sha256:abc` has the digest `sha256:abc`; the pipeline adds them for each release",
                "ghcr.io/acme/shop",
            ),
            (
                "ghcr.io/Acme/shop",
                "`ghcr.io/Acme/shop` has an upper-case letter; an image name has only lower-case letters, digits and `._/:-`",
                "ghcr.io/acme/shop",
            ),
            ("acme/shop", "`acme/shop` does not start with a registry's host name", "docker.io/acme/shop"),
            (
                "shop:1",
                "`shop:1` has the tag `1`; the pipeline adds them for each release",
                "docker.io/library/shop",
            ),
            (
                "https://ghcr.io/acme/shop",
                "`https://ghcr.io/acme/shop` is a URL; an image name has no `://`",
                "ghcr.io/acme/shop",
            ),
            (
                "ghcr.io/acme/-shop",
                "`ghcr.io/acme/-shop` has the part `-shop`; a part starts and ends with a letter or digit, with `.`, `_`, `__` or dashes between",
                "registry.example.com/acme/shop",
            ),
        ],
    );
    let long = format!("ghcr.io/{}", "a".repeat(248));
    refuses_all(
        &image,
        &[
            "ghcr.io",
            "ghcr.io/",
            "ghcr.io/a..b",
            "ghcr.io/a___b",
            "ghcr.io/a_",
            "ghcr.io//a",
            "a.b:x/c",
            "-a.b/c",
            &long,
        ],
    );
    takes(&image, &[&long[..255]]);
}

#[test]
fn image_references() {
    let reference = kind("image-reference", "{}");
    let digest = format!("sha256:{}", "0a".repeat(32));
    let pinned = format!("ghcr.io/acme/git@{digest}");
    let both = format!("localhost:5000/git:v1_2.3-4@{digest}");
    takes(&reference, &["ghcr.io/acme/git:1.2", "registry.example.com:5000/git:_x", &pinned, &both]);
    let upper = pinned.replace("0a", "0A");
    let reason = format!(
        "`{}…` is not a digest; a digest is `sha256:` and 64 lower-case hexadecimal digits",
        &digest.replace("0a", "0A")[..60]
    );
    let latest = format!("ghcr.io/acme/git:latest@{digest}");
    let example = "registry.example.com/tools/git:1.2.3";
    refuses(
        &reference,
        &[
            (
                "registry.example.com:5000/acme/git",
                "`registry.example.com:5000/acme/git` has neither a tag nor a digest, so it may change at any time",
                example,
            ),
            (
                "ghcr.io/acme/git:latest",
                "the tag `latest` may point to another image at any time; give a version",
                example,
            ),
            (&latest, "the tag `latest` may point to another image at any time; give a version", &pinned),
            (&upper, &reason, &pinned),
            ("git:2.47", "`git` does not start with a registry's host name", "docker.io/library/git:2.47"),
            (
                "acme/git:2.47",
                "`acme/git` does not start with a registry's host name",
                "docker.io/acme/git:2.47",
            ),
        ],
    );
    let long = format!("ghcr.io/git:{}", "1".repeat(129));
    refuses_all(
        &reference,
        &[
            "ghcr.io/git:",
            "ghcr.io/git:.1",
            "ghcr.io/git:-1",
            "ghcr.io/git:a b",
            "ghcr.io/git:1@",
            "ghcr.io/git@md5:1",
            &long,
        ],
    );
}

#[test]
fn http_paths() {
    let path = kind("http-path", "{}");
    takes(&path, &["/", "/healthz", "/a/b%20c?full=1&x=/y?", "/~a;b=c,d@e:f!"]);
    refuses(
        &path,
        &[
            ("healthz", "`healthz` does not start with one `/`", "/healthz"),
            ("//healthz", "`//healthz` does not start with one `/`", "/healthz"),
            (
                "http://localhost:8080/ready",
                "`http://localhost:8080/ready` is a URL; only its path is needed",
                "/ready",
            ),
            ("/100%", "`/100%` has a `%` without two hexadecimal digits after it", "/100%25"),
        ],
    );
    refuses_all(&path, &["/a b", "/a#b", "/a%2", "/a%zz", "/é", "/a\"", "/$(params.x)", "/a\\b"]);
}

#[test]
fn server_urls() {
    let server = kind("server-url", "{}");
    takes(
        &server,
        &[
            "https://kubernetes.default.svc",
            "https://10.0.0.1:6443",
            "https://[fd00::1]:6443",
            "https://rancher.example.com/k8s/clusters/c-m:1",
        ],
    );
    assert_eq!(canonical(&server, "https://k8s.example.com/"), "https://k8s.example.com");
    refuses(
        &server,
        &[
            (
                "http://k8s.example.com",
                "`http://k8s.example.com` does not start with `https://`",
                "https://k8s.example.com",
            ),
            (
                "k8s.example.com:6443",
                "`k8s.example.com:6443` does not start with `https://`",
                "https://k8s.example.com:6443",
            ),
            (
                "https://bob:s3cret@k8s.example.com",
                "the URL contains credentials; secrets are never stored, so give the URL without them",
                "https://k8s.example.com",
            ),
        ],
    );
    refuses_all(
        &server,
        &[
            "https://",
            "https://a b",
            "https://a/../b",
            "https://a//b",
            "https://a?x",
            "https://[::1",
            "https://a:70000",
        ],
    );
}
