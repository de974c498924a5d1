use super::*;

fn found(text: &str) -> Vec<(Severity, String)> {
    let found = of_rules(&[file("a.yaml", text)]).into_iter();
    found
        .map(|(code, severity, message)| {
            assert_eq!(code, "TN075", "{message}");
            (severity, message)
        })
        .collect()
}

fn secret(body: &str) -> Vec<(Severity, String)> {
    found(&format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{body}\n"))
}

#[test]
fn values_of_secrets() {
    for (body, expected) in [
        ("stringData: {password: hunter2}", Some(Severity::Error)),
        ("data: {password: aHVudGVyMg==}", Some(Severity::Error)),
        ("stringData: {password: ''}", None),
        ("stringData: {password: changeme}", Some(Severity::Note)),
        ("stringData: {password: <your password>}", Some(Severity::Note)),
        ("stringData: {type: git, url: 'https://git.example.com/shop', username: bot}", None),
        ("stringData: {url: 'https://bot:hunter22@git.example.com/shop'}", Some(Severity::Error)),
        ("stringData: {password: 'ENC[AES256_GCM,data:abc=]'}\nsops: {version: 3.9.0}", None),
        ("stringData: {password: '<path:kv/shop#password>'}", None),
        ("stringData: {password: '${PASSWORD}'}", None),
        ("type: Opaque", None),
    ] {
        let found = secret(body);
        assert_eq!(found.iter().map(|(severity, _)| *severity).next(), expected, "{body}: {found:?}");
        for (_, message) in found {
            assert!(!message.contains("hunter2") && !message.contains("aHVudG"), "{message}");
        }
    }
}

#[test]
fn tokens_anywhere() {
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
    let map = |value: &str| {
        found(&format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {value:?}}}\n"))
    };
    let message = &map(&format!("machine github.com password {token}"))[0].1;
    assert!(message.contains("a token of GitHub") && !message.contains(&token), "{message}");
    assert_eq!(map("grep ghp_ log"), []);
    let sealed = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: a}}\nspec: {{encryptedData: {{a: {}}}}}\n",
        "AgBx".repeat(50)
    );
    assert_eq!(found(&sealed), []);
    // Only once if a Secret holds it.
    assert_eq!(secret(&format!("stringData: {{token: {token}}}")).len(), 1);
}

#[test]
fn values_that_a_kustomization_makes_secrets_of() {
    let found = |literal: &str| {
        let text = format!("secretGenerator:\n- name: a\n  literals: ['{literal}']\n");
        let found = of_rules(&[file("kustomization.yaml", &text)]).into_iter();
        found.map(|(code, severity, _)| (code, severity)).collect::<Vec<_>>()
    };
    assert_eq!(found("password=hunter2"), [("TN075", Severity::Error)]);
    assert_eq!(found("password=changeme"), [("TN075", Severity::Note)]);
    assert_eq!(found("username=shop"), []);
    assert_eq!(found("password=${PASSWORD}"), []);
}

#[test]
fn secrets_of_examples_and_local_clusters() {
    let of = |path: &str| {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n";
        of_rules(&[file(path, text)]).into_iter().map(|(_, severity, _)| severity).collect::<Vec<_>>()
    };
    for path in [
        "overlays/local/a.yaml",
        "local-clusters/shop/a.yaml",
        "localdev/a.yaml",
        "minikube.yaml",
        "secret-example.yaml",
        "shop-samples/a.yaml",
    ] {
        assert_eq!(of(path), [Severity::Note], "{path}");
    }
    for path in ["local-ai/a.yaml", "locale/a.yaml", "apps/a.yaml", "shop-test/a.yaml"] {
        assert_eq!(of(path), [Severity::Error], "{path}");
    }
}
