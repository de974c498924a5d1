//! The values that the matrix combines: for each question the ordinary ones of every branch the templates take, the
//! ends of what is legal, and texts that some reader would take for something else. All are canonical, and any two
//! fit together.

/// Texts by question; that of a default is not among them, since leaving the question out gives it.
pub const VALUES: &[(&str, &[&str])] = &[
    ("app", &["shop", "no", "e1", "x", "internationalisation-of-the-storefront-x"]),
    (
        "source-repo",
        &[
            "https://github.com/acme/shop.git",
            "git@gitlab.com:acme/web/shop.git",
            "ssh://git@git.example.com:2222/acme/shop",
            "https://10.0.0.1:8443/1e3/0x1f.git",
            "ssh://0@localhost:1/~acme/s.h+o-p_",
        ],
    ),
    (
        "manifest-repo",
        &[
            "https://git.example.com:8443/acme/delivery/shop-manifests",
            "ssh://git@gitlab.com:22/acme/web/shop-gitops.git",
            "git@localhost:12/30",
            "https://GitHub.com/Acme/Shop-GitOps",
            "no@1e3.example.com:~/no.git",
        ],
    ),
    (
        "image",
        &[
            "docker.io/acme/shop",
            "registry.example.com:5000/acme/platform/shop",
            "localhost:5000/0x1f/1e3",
            "10.0.0.1:65535/a__b/c---d.e",
        ],
    ),
    ("port", &["1", "80", "3000", "65535"]),
    (
        "environments",
        &[
            "production",
            "development=shop-dev,test,staging=shop-qa,live",
            "1,2,3",
            "on=off,y=null,1e3,007=2024-01-01",
            "performance-of-peak-22,a=third-namespace-namespace-namespace-namespace-namespace-namesp9",
            "e1,e2,e3,e4,e5,e6,e7,e8,e9,e10,e11,e12,e13,e14,e15,e16,e17,e18,e19,e20",
        ],
    ),
    (
        "branch",
        &[
            "release/2.0",
            "true",
            "012",
            "2024-01-01",
            "release/candidate-of-the-quarter/candidate-of-the-quarter/candidate-of-the-quarter",
        ],
    ),
    (
        "pipeline-namespace",
        &["shop-builds", "12345", "pipeline-namespace-namespace-namespace-namespace-namespace-nam9"],
    ),
    (
        "argocd-namespace",
        &["gitops", "0b1", "argocd-namespace-namespace-namespace-namespace-namespace-names9"],
    ),
    (
        "cluster",
        &[
            "https://cluster.example.com:6443",
            "https://[2001:db8::1]:6443",
            "https://rancher.example.com/k8s/clusters/c-1e3",
        ],
    ),
    ("replicas", &["1", "5", "1000"]),
    ("promotion", &["image"]),
    ("liveness-path", &["/:@!$&'()*+,;=~%23?no"]),
    ("shutdown-delay", &["0", "1", "600"]),
    ("user-id", &["", "1", "2147483647"]),
    ("root-filesystem", &["writable"]),
    ("health-path", &["/health?ready=1&verbose", "/$$"]),
    ("cpu", &["1", "250m", "1e1", ".5", "1000000u"]),
    ("memory", &["1Gi", "1e9", "1048576Ki", "2147483648", "0.5Gi"]),
    ("dockerfile", &["build/Dockerfile.production", "012", "no", "=", ".docker/Dockerfile"]),
    ("context", &["services/shop", "0.1", "@a", "..a/..."]),
    (
        "test-image",
        &[
            "docker.io/library/golang:1.25",
            "localhost:5000/no:012",
            "ghcr.io/acme/t@sha256:15cfdf84d6de3559bc54d7479eb4e8aadbf71f6d7f08782cb1e91f3446f4b2d8",
        ],
    ),
    (
        "test-command",
        &[
            "go test ./...",
            "set -- \"it's\" 'say \"no\"'   # : a comment\necho \"$HOME $$ $(date) ${1}\" \\\\n 100%: `id` & [= x =] {{ y }} @RUN@\ntest \"naïve – 試験 🪵\" != null",
            "no",
        ],
    ),
    ("source-branch", &["release/2.0", "true", "012", "*"]),
    ("submodules", &["same-owner", "none"]),
    ("workspace-size", &["10Gi", "2147483648", "1.5Gi", "1e10"]),
    ("task-storage", &["100Gi", "1e11", "0.5Ti"]),
    ("storage-class", &["standard", "1.5", "fast.example.com", "no"]),
    ("build-timeout", &["1m", "1m1s", "1h30m", "24h"]),
    ("closed-addresses", &["", "192.0.2.0/24", "2001:db8::/32", "1.0.0.0/8,::1/128,1.2.3.4/32"]),
    ("notify", &["slack:deploys", "slack:#deploys;on,e-mail_2:ops+shop@example.com,no:1e3", "y:null"]),
    (
        "git-image",
        &[
            "registry.example.com/mirror/git:2.49.1",
            "localhost:5000/git:1_000",
            "ghcr.io/acme/git:1@sha256:15cfdf84d6de3559bc54d7479eb4e8aadbf71f6d7f08782cb1e91f3446f4b2d8",
        ],
    ),
    (
        "kubectl-image",
        &["registry.example.com/mirror/k8s:1.32.2", "localhost:5000/k8s:0o7", "localhost/k8s:on"],
    ),
    (
        "build-image",
        &[
            "registry.example.com/mirror/buildah@sha256:15cfdf84d6de3559bc54d7479eb4e8aadbf71f6d7f08782cb1e91f3446f4b2d8",
            "localhost:5000/buildah:2024-01-01",
        ],
    ),
    ("push-image", &["registry.example.com/mirror/skopeo:v1.22.2", "localhost:5000/skopeo:1e3"]),
    ("treenail-repo", &["https://git.example.com/tools/treenail.git", "git@localhost:12/30"]),
    ("treenail-revision", &["v1.2.3", "012"]),
    ("owners", &["@acme/platform", "@no,@1e3/a.b/c-d,ops+shop@example.com"]),
];

/// The folders inside a repository that the scaffold is put into; the empty one is its root.
pub const FOLDERS: &[&str] = &["", "services/shop/", "no/1e3/=/", "@a/2024-01-01/"];
