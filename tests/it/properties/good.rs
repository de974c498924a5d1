//! Strategies for legal answers to every question of the scaffold `service`, leaning to those that some reader
//! would misread. They are canonical, so what comes back must be what was given.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::properties::Texts;

/// Printable by their category, but shown as nothing or as a line break: separators, and letters and marks among Unicode's
/// default ignorable code points.
const HIDDEN: [char; 14] = [
    '\u{34f}', '\u{115f}', '\u{1160}', '\u{17b4}', '\u{17b5}', '\u{180b}', '\u{180c}', '\u{180d}',
    '\u{180e}', '\u{180f}', '\u{2028}', '\u{2029}', '\u{3164}', '\u{ffa0}',
];

/// A set of answers that fit together. Questions that have a default are sometimes left out.
pub fn answers() -> impl Strategy<Value = Texts> {
    (names(), addresses(), tests(), health(), settings()).prop_map(
        |(names, addresses, tests, health, settings)| {
            let given = names.into_iter().chain(addresses).chain(tests).chain(health).chain(settings);
            given.map(|(question, text)| (question.to_owned(), text)).collect()
        },
    )
}

/// The folder of a scaffold in its repository, as the program takes it.
pub fn prefix() -> impl Strategy<Value = String> {
    let folder = prop_oneof![
        3 => "[A-Za-z0-9_.@+=][A-Za-z0-9_.@+=-]{0,9}[a-z0-9]/",
        1 => select(vec!["no/", "1e3/", "null/", "007/", "=/", "@a/", "2024-01-01/"]).prop_map(str::to_owned),
    ];
    vec(folder, 0..4).prop_map(|folders| folders.concat())
}

/// A question and its answer.
type Pair = (&'static str, String);

/// Answers to questions that may be left out.
fn settings() -> impl Strategy<Value = Vec<Pair>> {
    let settings = vec![
        maybe("port", (1..=65535_u32).prop_map(|port| port.to_string())),
        maybe("branch", branch()),
        maybe("cluster", cluster()),
        maybe("replicas", (1..=1000_u32).prop_map(|replicas| replicas.to_string())),
        maybe("shutdown-delay", (0..=600_u32).prop_map(|seconds| seconds.to_string())),
        maybe("user-id", user_id()),
        maybe("root-filesystem", select(vec!["read-only", "writable"]).prop_map(str::to_owned)),
        maybe("cpu", quantity(&["1", "0.5", ".5", "1e1", "2.0"], "m")),
        maybe("memory", quantity(&["1e9", "1E9", "1048576", "0.5Gi", "2147483648", "1e8"], "Mi")),
        maybe("dockerfile", path()),
        maybe("context", path()),
        maybe("source-branch", prop_oneof![3 => branch(), 1 => Just("*".to_owned())]),
        maybe("promotion", select(vec!["everything", "image"]).prop_map(str::to_owned)),
        maybe("submodules", select(vec!["public", "same-owner", "none"]).prop_map(str::to_owned)),
        maybe("workspace-size", quantity(&["1e10", "2147483648", "1.5Gi", "1T"], "Gi")),
        maybe("task-storage", quantity(&["1e10", "2147483648", "1.5Gi", "1T"], "Gi")),
        maybe("storage-class", storage_class()),
        maybe("build-timeout", duration()),
        maybe("closed-addresses", networks()),
        maybe("notify", recipients()),
        maybe("git-image", image_reference()),
        maybe("kubectl-image", image_reference()),
        maybe("build-image", image_reference()),
        maybe("push-image", image_reference()),
        maybe("ci", select(vec!["none", "github", "gitlab"]).prop_map(str::to_owned)),
        maybe("owners", owners()),
        maybe("image-updates", select(vec!["none", "renovate"]).prop_map(str::to_owned)),
    ];
    settings.prop_map(|pairs| pairs.into_iter().flatten().collect())
}

/// Single addresses of both families.
fn networks() -> impl Strategy<Value = String> {
    let old = any::<u32>().prop_map(|bits| format!("{}/32", Ipv4Addr::from(bits)));
    // Those that begin with zeros stand for addresses of the other family.
    let new = (1_u128 << 120..).prop_map(|bits| format!("{}/128", Ipv6Addr::from(bits)));
    proptest::collection::btree_set(prop_oneof![old, new], 1..4)
        .prop_map(|addresses| addresses.into_iter().collect::<Vec<_>>().join(","))
}

/// Recipients of distinct services.
fn recipients() -> impl Strategy<Value = String> {
    let service = "[A-Za-z0-9_-]{0,29}[A-Za-z0-9]";
    let recipients = proptest::collection::btree_set("[A-Za-z0-9éß_.@#+/=-]{1,12}", 1..4);
    proptest::collection::btree_map(service, recipients, 1..4).prop_map(|services| {
        let entry = |(service, recipients): (String, BTreeSet<String>)| {
            format!("{service}:{}", recipients.into_iter().collect::<Vec<_>>().join(";"))
        };
        services.into_iter().map(entry).collect::<Vec<_>>().join(",")
    })
}

/// Users, teams, nested groups and email addresses, or nobody.
fn owners() -> impl Strategy<Value = String> {
    let owner =
        prop_oneof!["@[a-z0-9_]{1,8}(/[A-Za-z0-9][a-z0-9._-]{0,8}){0,2}", "[a-z]{1,6}@[a-z]{1,6}\\.com"];
    proptest::collection::btree_set(owner, 0..4)
        .prop_map(|owners| owners.into_iter().collect::<Vec<_>>().join(","))
}

fn maybe(
    question: &'static str,
    text: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<Option<Pair>> {
    proptest::option::weighted(0.8, text.prop_map(move |text| (question, text))).boxed()
}

/// Names that depend on each other: those made of `app` and an environment have 63 characters at most, and every
/// namespace is another.
fn names() -> impl Strategy<Value = Vec<Pair>> {
    let app = prop_oneof![
        3 => "[a-z]([a-z0-9-]{0,38}[a-z0-9])?",
        1 => select(vec!["no", "on", "y", "n", "true", "null", "e1", "nan", "inf"]).prop_map(str::to_owned),
    ];
    app.prop_flat_map(|app| {
        let room = 62 - app.len();
        let environment = (dns_label(room.min(40)), proptest::option::of(dns_label(63)));
        (Just(app), vec(environment, 1..6), dns_label(63), dns_label(63))
    })
    .prop_map(|(app, environments, pipeline, argocd)| {
        let mut names: BTreeSet<String> = ["delivery", "kustomization", "projects"].map(str::to_owned).into();
        let environments: Vec<_> =
            environments.into_iter().filter(|(name, _)| names.insert(name.clone())).collect();
        let implied = environments.iter().filter(|(_, namespace)| namespace.is_none());
        let mut namespaces: BTreeSet<_> = implied.map(|(name, _)| format!("{app}-{name}")).collect();
        let environments: Vec<_> = environments
            .into_iter()
            .map(|(name, namespace)| match namespace {
                Some(namespace) => format!("{name}={}", distinct(&mut namespaces, namespace)),
                None => name,
            })
            .collect();
        // Where every name was a reserved one, one is needed still.
        let environments = if environments.is_empty() { "e".to_owned() } else { environments.join(",") };
        namespaces.insert(format!("{app}-e"));
        vec![
            ("app", app),
            ("environments", environments),
            ("pipeline-namespace", distinct(&mut namespaces, pipeline)),
            ("argocd-namespace", distinct(&mut namespaces, argocd)),
        ]
    })
}

/// The label, or one like it that is not taken; now it is.
fn distinct(taken: &mut BTreeSet<String>, label: String) -> String {
    let start = label[..label.len().min(58)].to_owned();
    let others = (0..).map(|number| format!("{start}-{number}"));
    let free = std::iter::once(label).chain(others).find(|label| !taken.contains(label)).unwrap();
    taken.insert(free.clone());
    free
}

fn dns_label(longest: usize) -> BoxedStrategy<String> {
    let odd = [
        "no",
        "off",
        "y",
        "null",
        "true",
        "1e3",
        "0",
        "007",
        "12",
        "0x1f",
        "0b1",
        "0o7",
        "1-2",
        "2024-01-01",
        "e1",
    ];
    let usual = format!("[a-z0-9]([a-z0-9-]{{0,{}}}[a-z0-9])?", longest - 2);
    prop_oneof![
        2 => proptest::string::string_regex(&usual).unwrap(),
        1 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
    .boxed()
}

fn addresses() -> impl Strategy<Value = Vec<Pair>> {
    (repository(), proptest::option::of(repository()), image()).prop_map(|(source, manifests, image)| {
        let manifests = manifests.map(|manifests| ("manifest-repo", manifests));
        [("source-repo", source), ("image", image)].into_iter().chain(manifests).collect()
    })
}

fn repository() -> BoxedStrategy<String> {
    let server = select(vec![
        "https://git.example.com/",
        "https://git.example.com:8443/",
        "https://10.0.0.1/",
        "https://gitlab.com/",
        "ssh://git@git.example.com:2222/",
        "ssh://git.example.com/",
        "ssh://0@localhost:1/",
        "git@gitlab.com:",
        "git@localhost:",
        "no@1e3.example.com:",
    ]);
    let part = "[A-Za-z0-9_~+][A-Za-z0-9._~+-]{0,8}[A-Za-z0-9]";
    let github = (part, part).prop_map(|(owner, name)| format!("https://github.com/{owner}/{name}.git"));
    let anywhere = (server, vec(part, 2..6), select(vec!["", ".git"]))
        .prop_map(|(server, path, end)| format!("{server}{}{end}", path.join("/")));
    prop_oneof![
        1 => github,
        4 => anywhere,
    ]
    .boxed()
}

fn image() -> BoxedStrategy<String> {
    let registry = select(vec![
        "ghcr.io",
        "docker.io",
        "localhost",
        "localhost:1",
        "10.0.0.1:5000",
        "registry.example.com:65535",
    ]);
    let part = r"[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}";
    (registry, vec(part, 1..5)).prop_map(|(registry, path)| format!("{registry}/{}", path.join("/"))).boxed()
}

fn image_reference() -> BoxedStrategy<String> {
    let tag = prop_oneof!["[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", "[0-9]{1,4}", Just("1_000".to_owned())];
    let tag = tag.prop_map(|tag| if tag == "latest" { ":1".to_owned() } else { format!(":{tag}") });
    let digest = "@sha256:[0-9a-f]{64}";
    let end = prop_oneof![
        tag.clone(),
        proptest::string::string_regex(digest).unwrap(),
        (tag, digest).prop_map(|(tag, digest)| format!("{tag}{digest}")),
    ];
    (image(), end).prop_map(|(image, end)| format!("{image}{end}")).boxed()
}

fn branch() -> BoxedStrategy<String> {
    let odd = ["true", "null", "1e3", "0x10", "2024-01-01", "012", "no", "on", "1_000", "1.0"];
    let part = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,10}(\.[0-9]{1,3})?";
    prop_oneof![
        2 => vec(part, 1..4).prop_map(|parts| parts.join("/")).prop_filter("no branch", |name| name != "HEAD" && !name.starts_with("refs/")),
        1 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
    .boxed()
}

fn cluster() -> BoxedStrategy<String> {
    let host = select(vec![
        "kubernetes.default.svc",
        "10.0.0.1",
        "[2001:db8::1]",
        "Cluster.example.com",
        "localhost",
    ]);
    let port = proptest::option::of(1..=65535_u32);
    (host, port, vec("/[A-Za-z0-9_~][A-Za-z0-9._~-]{0,8}", 0..3))
        .prop_map(|(host, port, path)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("https://{host}{port}{}", path.concat())
        })
        .boxed()
}

/// A health check, and the paths of one that has any.
fn health() -> impl Strategy<Value = Vec<Pair>> {
    let others = select(vec!["grpc", "tcp", "none"]).prop_map(str::to_owned);
    let paths = (maybe("health-path", health_path()), maybe("liveness-path", health_path()));
    prop_oneof![
        1 => others.prop_map(|check| vec![("health-check", check)]),
        3 => paths.prop_map(|(health, liveness)| health.into_iter().chain(liveness).collect()),
    ]
}

/// The number of a user, or none for the image's own.
fn user_id() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (1..=2_147_483_647_u32).prop_map(|id| id.to_string()),
        1 => Just(String::new()),
    ]
}

fn health_path() -> BoxedStrategy<String> {
    let piece = select(vec![
        "a", "no", "1e3", "/", ".", "..", "?", "%23", "%2F", "$", "$$", "&", "'", "(x)", "*", "+", ",", ";",
        "=", ":", "@", "!", "~", "-", "_",
    ]);
    // `$(` starts a variable, and `://` a URL.
    let path = vec(piece, 0..8).prop_map(|pieces| pieces.concat().replace("$(", "$-(").replace("://", ":-/"));
    path.prop_map(|path| format!("/{}", path.trim_start_matches('/'))).boxed()
}

fn quantity(odd: &[&'static str], suffix: &'static str) -> BoxedStrategy<String> {
    let usual = (1..5000_u32).prop_map(move |amount| format!("{amount}{suffix}"));
    prop_oneof![usual, select(odd.to_vec()).prop_map(str::to_owned)].boxed()
}

fn path() -> BoxedStrategy<String> {
    let odd = ["Dockerfile", ".", "012", "no", "0.1", "1e3", "=", "@a", "..a/...", ".docker/Dockerfile"];
    let part = "[A-Za-z0-9_@+=][A-Za-z0-9._@+=-]{0,8}";
    prop_oneof![
        vec(part, 1..4).prop_map(|parts| parts.join("/")),
        select(odd.to_vec()).prop_map(str::to_owned),
    ]
    .boxed()
}

fn storage_class() -> BoxedStrategy<String> {
    let empty = Just(String::new());
    prop_oneof![empty, vec(dns_label(20), 1..4).prop_map(|labels| labels.join("."))].boxed()
}

fn duration() -> BoxedStrategy<String> {
    let parts = [("h", 3600), ("m", 60), ("s", 1)];
    let written = move |seconds: u32| {
        let mut rest = seconds;
        let amount = |(unit, size): (&str, u32)| {
            let amount = rest / size;
            rest %= size;
            if amount > 0 { format!("{amount}{unit}") } else { String::new() }
        };
        parts.into_iter().map(amount).collect()
    };
    prop_oneof![60..=86400_u32, (1..=1440_u32).prop_map(|minutes| minutes * 60)].prop_map(written).boxed()
}

/// An image and a command that runs in it, or neither.
fn tests() -> impl Strategy<Value = Vec<Pair>> {
    let tests = (image_reference(), command());
    let pairs = tests.prop_map(|(image, command)| vec![("test-image", image), ("test-command", command)]);
    prop_oneof![
        3 => pairs,
        1 => Just(vec![("test-image", String::new())]),
    ]
}

fn command() -> BoxedStrategy<String> {
    let piece = select(vec![
        "make test",
        "\n",
        "\t",
        " ",
        "'",
        "\"",
        "\\",
        "\\n",
        "#",
        " # ",
        ": ",
        ":",
        "- ",
        "$",
        "$$",
        "$(date)",
        "$HOME",
        "${x}",
        "$((1 + 1))",
        "$(",
        ")",
        "`id`",
        "&&",
        "||",
        "|",
        ">",
        "%",
        "@RUN@",
        "{{ x }}",
        "[= app =]",
        "[% if %]",
        "---",
        "...",
        "no",
        "~",
        "!",
        "*",
        "é",
        "試験",
        "🪵",
        "\u{a0}",
        "\u{3000}",
        "\u{301}",
        "<<EOF",
        "null",
    ]);
    let pieces = vec(piece, 1..12).prop_map(|pieces| pieces.concat());
    let text = "\\PC{0,60}".prop_map(|text| text.replace(HIDDEN, " "));
    prop_oneof![2 => pieces, 1 => text]
        .prop_map(|command| {
            // White space around an answer does not count, and a command that is only that would be none.
            let command = command.trim().to_owned();
            if command.is_empty() { "true".to_owned() } else { command }
        })
        .boxed()
}
