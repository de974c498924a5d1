//! Answers that are no answers.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::properties::Texts;
use treenail::scaffold::Scaffold;

/// For each question, texts that it must refuse whatever the others say.
const BAD: [(&str, &[&str]); 39] = [
    (
        "app",
        &[
            "",
            "Shop",
            "-shop",
            "shop-",
            "1shop",
            "a_b",
            "a.b",
            "shöp",
            "a b",
            "a23456789-a23456789-a23456789-a23456789-b",
        ],
    ),
    (
        "source-repo",
        &[
            "",
            "shop",
            "https://example.com",
            "https://example.com/shop",
            "http://example.com/a/b",
            "https://u:p@example.com/a/b",
            "/srv/git/shop",
            "https://example.com/a/b?x=1",
            "https://github.com/a/b/tree/main",
            "git@example.com",
            "https://example.com/a/$(id)",
        ],
    ),
    (
        "manifest-repo",
        &[
            "file:///srv/a/b",
            "git://example.com/a/b",
            "https://example.com:0/a/b",
            "-oProxyCommand=x@h:a/b",
            "https://example.com/../b",
        ],
    ),
    (
        "image",
        &[
            "",
            "shop",
            "acme/shop",
            "ghcr.io/acme/shop:1",
            "ghcr.io/Acme/shop",
            "https://ghcr.io/acme/shop",
            "ghcr.io/acme//shop",
            "ghcr.io/acme/shop@sha256:00",
        ],
    ),
    (
        "port",
        &["0", "65536", "-1", "8080/tcp", "http", "0x50", "080", "8_080", "99999999999999999999999", "1.5"],
    ),
    (
        "environments",
        &[
            "",
            ",",
            "a,a",
            "a=x,b=x",
            "Production",
            "delivery",
            "projects",
            "a=",
            "=a",
            "a b",
            "a,,b",
            "a/../b",
            "a=b=c",
        ],
    ),
    (
        "branch",
        &[
            "-f",
            "a..b",
            "refs/heads/main",
            "HEAD",
            "a b",
            "a/",
            "/a",
            "a.lock",
            "a/.b",
            "a~1",
            "a:b",
            "$(id)",
        ],
    ),
    ("pipeline-namespace", &["Shop", "-a", "a-", "a.b", "a/b", "a_b"]),
    ("argocd-namespace", &["Argo", "-a", "a-", "a.b", "a b", "$(x)"]),
    (
        "cluster",
        &[
            "kubernetes.default.svc",
            "http://10.0.0.1",
            "https://",
            "https://u:p@h",
            "https://h/?a",
            "https://h:0",
            "https://h/../x",
        ],
    ),
    ("replicas", &["0", "1001", "two", "-1", "1e1", "01"]),
    ("health-check", &["", "HTTP", "https", "exec", "/healthz"]),
    ("liveness-path", &["livez", "//a", "https://h/a", "/a b", "/$(HOME)"]),
    ("shutdown-delay", &["", "-1", "601", "5s", "1.5", "05"]),
    ("user-id", &["0", "root", "-1", "2147483648", "0x1f", "1000:1000", "007"]),
    ("root-filesystem", &["", "readonly", "read-write", "true"]),
    ("health-path", &["healthz", "//a", "https://h/a", "/a b", "/%zz", "/$(HOME)", "/é", "/#a"]),
    ("cpu", &["0", "-1", "1Gi", "one", "1.2.3", "1 m", "0.0001m"]),
    ("memory", &["0", "256m", "256MB", "lots", "1", "1.5", "-1Gi"]),
    (
        "dockerfile",
        &["/Dockerfile", "../Dockerfile", "a/../b", "a\\b", "~/x", ".git/config", "-f", "a//b", "$(x)"],
    ),
    ("context", &["/", "..", "a/..", "C:\\a", "a b", "-x/y", "a/./b"]),
    (
        "test-image",
        &["golang", "golang:1.25", "ghcr.io/acme/go", "ghcr.io/acme/go:latest", "ghcr.io/acme/go@sha256:0"],
    ),
    (
        "test-command",
        &[
            "",
            "echo $(params.x)",
            "echo $(tasks.a.results.b)",
            "echo $(context.run.name)",
            "echo \u{202e}",
            "a\rb",
            "echo $(workspaces['x'].path)",
        ],
    ),
    ("source-branch", &["-f", "a..b", "refs/heads/main", "HEAD", "a b", "**", "a/*", "$(id)"]),
    ("promotion", &["", "all", "Image", "pin"]),
    ("submodules", &["", "all", "true", "Public"]),
    ("workspace-size", &["0", "1", "big", "1GB", "500m"]),
    ("task-storage", &["0", "1", "big", "1GB", "500m"]),
    ("storage-class", &["Fast", "a_b", "a..b", ".a", "-a"]),
    ("build-timeout", &["40", "0m", "59s", "25h", "1d", "-5m", "5m1h", "500ms", "forever"]),
    ("closed-addresses", &["metadata", "1.2.3.4/8", "0.0.0.0/0", "::/0", "1.2.3.4;5.6.7.8", "1.2.3", "$(x)"]),
    (
        "notify",
        &["deploys", "slack:", ":deploys", "a.b:c", "slack:a b", "slack:a,", "slack:`a`", "slack:$(x)"],
    ),
    ("git-image", &["git", "alpine/git:1", "ghcr.io/acme/git", "ghcr.io/acme/git:latest"]),
    ("kubectl-image", &["kubectl:1", "docker.io/alpine/k8s", "docker.io/alpine/k8s:"]),
    (
        "build-image",
        &["buildah", "quay.io/buildah/stable", "quay.io/buildah/stable:latest", "quay.io/Buildah/stable:1"],
    ),
    ("push-image", &["skopeo", "quay.io/skopeo/stable", "quay.io/skopeo/stable:latest"]),
    ("ci", &["", "yes", "GitHub", "github,gitlab"]),
    ("owners", &["acme/platform", "@", "@a/", "@a @-b", "@a\n* @b", "@a#b", "a@b", ","]),
    ("image-updates", &["", "on", "dependabot"]),
];

/// A question and a text that it must refuse: one of its own, or one that no answer may hold.
pub fn answer() -> impl Strategy<Value = (&'static str, String)> {
    select(BAD.to_vec()).prop_flat_map(|(question, bad)| {
        let control =
            select(vec!["\0", "\u{7}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{feff}", "\u{202e}", "\u{fffe}"]);
        let hidden = control.prop_map(|control| format!("a{control}b"));
        let own = select(bad.to_vec()).prop_map(str::to_owned);
        (Just(question), prop_oneof![3 => own, 1 => hidden])
    })
}

/// Some such texts at once.
pub fn answers() -> impl Strategy<Value = Texts> {
    vec(answer(), 1..6)
        .prop_map(|bad| bad.into_iter().map(|(question, text)| (question.to_owned(), text)).collect())
}

/// Any texts for any questions of `scaffold`.
pub fn anything(scaffold: &Scaffold) -> impl Strategy<Value = Texts> {
    let names: Vec<_> = scaffold.definition.questions.iter().map(|question| question.name.clone()).collect();
    let near = "[-a-z0-9./:@=,$()%\\n é]{0,30}";
    let text = prop_oneof![
        any::<String>(),
        near,
        select(BAD.to_vec()).prop_flat_map(|(_, bad)| select(bad.to_vec()).prop_map(str::to_owned))
    ];
    btree_map(select(names), text, 0..24)
}
