use super::*;
use crate::answers::resolve::Policy;

use crate::scaffold::{catalog, sample};

/// Renders `scaffold` with `texts` and defaults.
fn written(scaffold: &Scaffold, texts: &[(&str, &str)]) -> (Answers, Tree) {
    let given = |(name, text): &(&str, &str)| {
        ((*name).to_owned(), Given { text: (*text).to_owned(), from: Provenance::Flag })
    };
    let given = texts.iter().map(given).collect();
    let resolver = Resolver::new(scaffold);
    let answers = resolver.resolve(&given, &BTreeMap::new(), Policy::TakeDefaults).unwrap().unwrap();
    let files = scaffold.render(&answers, "services/shop/").unwrap().files.into_iter();
    let tree = files.map(|file| (file.path, file.file)).collect();
    (answers, tree)
}

fn read(scaffold: &Scaffold, files: &Tree, given: &BTreeMap<String, Given>) -> BTreeMap<String, Given> {
    let reader = Reader { scaffold, files, prefix: "services/shop/", detected: &BTreeMap::new() };
    reader.complete(given).unwrap()
}

fn texts(known: &BTreeMap<String, Given>) -> Vec<String> {
    known.iter().map(|(name, given)| format!("{name}={}", given.text)).collect()
}

/// The shape of an answer matters more than its value: one that needs quotes, lists in any order.
#[test]
fn what_the_service_was_made_from_is_found() {
    let scaffold = catalog::embedded("service").unwrap().unwrap();
    for answers in [
        &[("app", "shop"), ("source-repo", "https://github.com/acme/shop.git")][..],
        &[
            ("app", "no"),
            ("source-repo", "git@git.example.com:acme/on.git"),
            ("manifest-repo", "https://example.com/acme/manifests.git"),
            ("image", "registry.example.com:5000/a/b"),
            ("port", "3000"),
            ("environments", "dev,qa=quality,stage,alpha,live=shop-prod"),
            ("branch", "release/1.0"),
            ("pipeline-namespace", "builds"),
            ("argocd-namespace", "gitops"),
            ("cluster", "https://cluster.example.com"),
            ("replicas", "5"),
            ("strategy", "blue-green"),
            ("health-path", "/up"),
            ("liveness-path", "/live"),
            ("shutdown-delay", "15"),
            ("user-id", "65532"),
            ("cpu", "1"),
            ("memory", "1Gi"),
            ("context", "src"),
            ("dockerfile", "build/Dockerfile"),
            ("test-image", "docker.io/library/golang:1.25"),
            ("workspace-size", "5Gi"),
            ("storage-class", "fast"),
            ("notify", "slack:deploys"),
            ("git-image", "registry.example.com/git:1"),
            ("kubectl-image", "registry.example.com/kubectl:1"),
            ("build-image", "registry.example.com/buildah:1"),
            ("push-image", "registry.example.com/skopeo:1"),
        ],
    ] {
        let mut answers = answers.to_vec();
        let hidden = [("test-command", "make test")];
        if answers.iter().any(|(name, _)| *name == "test-image") {
            answers.extend(hidden);
        }
        let (expected, files) = written(&scaffold, &answers);
        let is_hidden = |name: &str| hidden.iter().any(|(hidden, _)| *hidden == name);
        let given = answers.iter().filter(|(name, _)| is_hidden(name));
        let given = given.map(|(name, text)| ((*name).to_owned(), detected((*text).to_owned()))).collect();
        let known = read(&scaffold, &files, &given);
        let resolver = Resolver::new(&scaffold);
        let found = resolver.resolve(&known, &BTreeMap::new(), Policy::TakeDefaults).unwrap();
        let found = found.unwrap_or_else(|problems| panic!("{problems:?} of {:?}", texts(&known)));
        for answer in &expected {
            assert_eq!(value(&found, &answer.question), Some(&answer.value), "{}", answer.question);
        }
    }
}

#[test]
fn defaults_stay_defaults() {
    let scaffold = sample::scaffold();
    let (_, files) =
        written(&scaffold, &[("app", "shop"), ("source-repo", "https://github.com/acme/shop.git")]);
    let given = [("app".to_owned(), detected("shop".to_owned()))].into();
    assert_eq!(
        texts(&read(&scaffold, &files, &given)),
        ["app=shop", "source-repo=https://github.com/acme/shop.git"]
    );
}

#[test]
fn what_is_given_is_not_read() {
    let scaffold = sample::scaffold();
    let (_, files) =
        written(&scaffold, &[("app", "shop"), ("source-repo", "https://github.com/acme/shop.git")]);
    let given: BTreeMap<_, _> =
        [("port".to_owned(), Given { text: "9".to_owned(), from: Provenance::Flag })].into();
    assert_eq!(read(&scaffold, &files, &given)["port"], given["port"]);
}

#[test]
fn edited_and_missing_files_are_survived() {
    let scaffold = catalog::embedded("service").unwrap().unwrap();
    let answers = [
        ("app", "shop"),
        ("source-repo", "https://github.com/acme/shop.git"),
        ("environments", "test,prod=live"),
        ("port", "3000"),
    ];
    let (_, mut files) = written(&scaffold, &answers);
    for path in [
        "deploy/base/service.yaml",
        "argocd/test.yaml",
        "README.md",
        "docs/setup.md",
        "delivery/release/pipelinerun.yaml",
    ] {
        files.remove(path).unwrap();
    }
    for entry in files.values_mut() {
        entry.content.extend(b"# mine\n");
    }
    files.get_mut("deploy/base/disruption-budget.yaml").unwrap().content.extend(b"\xff");
    let known = texts(&read(&scaffold, &files, &BTreeMap::new()));
    assert_eq!(
        known,
        [
            "app=shop",
            "environments=test,prod=live",
            "image=ghcr.io/acme/shop",
            "manifest-repo=https://github.com/acme/shop-gitops.git",
            "port=3000"
        ]
    );
    assert!(read(&scaffold, &Tree::new(), &BTreeMap::new()).is_empty());
}
