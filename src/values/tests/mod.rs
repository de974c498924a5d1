//! One table of good and bad texts for each type, and the properties that all types share.

mod addresses;
mod amounts;
mod names;
mod properties;

use super::value::Value;
use super::{AnswerType, Duration, Limits, RepoUrl, Unit, without_credentials};

/// The kind `name` with `limits` in YAML, as a scaffold has them.
fn kind(name: &str, limits: &str) -> AnswerType {
    let limits: Limits = serde_yaml::from_str(limits).unwrap();
    AnswerType::new(name, limits).unwrap()
}

/// The canonical text that an answer is read as.
fn canonical(kind: &AnswerType, text: &str) -> String {
    match kind.parse(text) {
        Ok(value) => value.to_text(),
        Err(invalid) => panic!("{}: {}", kind.name(), invalid.reason),
    }
}

/// Each text is read as itself.
fn takes(kind: &AnswerType, texts: &[&str]) {
    for text in texts {
        assert_eq!(canonical(kind, text), *text);
    }
}

/// Each text is rejected with exactly this reason and this suggestion.
fn refuses(kind: &AnswerType, cases: &[(&str, &str, &str)]) {
    for (text, reason, example) in cases {
        let invalid = kind.parse(text).expect_err(text);
        assert_eq!((invalid.reason.as_str(), invalid.example.as_str()), (*reason, *example), "{text}");
    }
}

/// Each text is refused, for whatever reason.
fn refuses_all(kind: &AnswerType, texts: &[&str]) {
    for text in texts {
        assert!(kind.parse(text).is_err(), "{} takes {text:?}", kind.name());
    }
}

/// Whether a repository is cloned through SSH rather than HTTPS.
fn is_ssh(url: &RepoUrl) -> bool {
    !url.to_string().starts_with("https://")
}

fn all_kinds() -> Vec<AnswerType> {
    [
        ("label", "{}"),
        ("label", "{max-length: 1}"),
        ("dns-label", "{max-length: 40}"),
        ("dns-subdomain", "{}"),
        ("environments", "{reserved: [base, staging], max: 3}"),
        ("repository", "{}"),
        ("image", "{}"),
        ("image-reference", "{}"),
        ("integer", "{min: 100, max: 200}"),
        ("http-path", "{}"),
        ("quantity", "{unit: cpu}"),
        ("quantity", "{unit: memory}"),
        ("quantity", "{unit: storage}"),
        ("duration", "{min: 7200}"),
        ("relative-path", "{}"),
        ("server-url", "{}"),
        ("branch", "{}"),
        ("branch", "{any: true}"),
        ("command", "{}"),
        ("text", "{}"),
        ("text", "{choices: [rolling, canary]}"),
    ]
    .map(|(name, limits)| kind(name, limits))
    .to_vec()
}

#[test]
fn every_example_is_a_good_answer_in_its_canonical_form() {
    for kind in all_kinds() {
        assert_eq!(canonical(&kind, kind.example()), kind.example(), "{}", kind.name());
        assert!(
            kind.noun().starts_with("a ")
                || kind.noun().starts_with("an ")
                || kind.noun().starts_with("the ")
        );
    }
}

#[test]
fn examples_fit_the_limits() {
    for (name, limits, example) in [
        ("label", "{max-length: 2}", "s"),
        ("environments", "{reserved: [staging]}", "production"),
        ("integer", "{min: 1, max: 5}", "3"),
        ("integer", "{min: 70000}", "70000"),
        ("duration", "{min: 5400}", "1h30m"),
        ("quantity", "{unit: storage}", "10Gi"),
        ("text", "{choices: [canary, rolling]}", "canary"),
    ] {
        assert_eq!(kind(name, limits).example(), example, "{name} {limits}");
    }
}

#[test]
fn a_scaffold_learns_what_a_type_does_not_take() {
    for (name, limits, message) in [
        ("label", "{max-length: 64}", "`max-length` of type `label` is at most 63"),
        ("label", "{max-length: 0}", "no `label` fits these limits"),
        ("label", "{min: 1}", "type `label` does not take `min`; it takes `max-length`"),
        ("branch", "{choices: [main]}", "type `branch` does not take `choices`; it takes `any`"),
        ("environments", "{max: 21}", "`max` of type `environments` is at most 20"),
        (
            "environments",
            "{unit: cpu}",
            "type `environments` does not take `unit`; it takes `max`, `reserved`",
        ),
        ("integer", "{min: 2, max: 1}", "no `integer` fits these limits"),
        ("quantity", "{}", "type `quantity` needs a `unit`: `cpu`, `memory` or `storage`"),
        ("text", "{choices: [\"a\\nb\"]}", "the choice `a\\nb` is not a single line of text"),
        (
            "lable",
            "{}",
            "unknown type `lable`; did you mean `label`? the types are `label`, `dns-label`, `dns-subdomain`, `environments`, \
             `repository`, `image`, `image-reference`, `integer`, `http-path`, `quantity`, `duration`, \
             `relative-path`, `server-url`, `branch`, `addresses`, `recipients`, `owners`, `command`, `text`",
        ),
    ] {
        let limits: Limits = serde_yaml::from_str(limits).unwrap();
        assert_eq!(AnswerType::new(name, limits).unwrap_err(), message);
    }
    assert!(serde_yaml::from_str::<Limits>("{maximum: 1}").is_err());
    assert_eq!(serde_yaml::from_str::<Limits>("{unit: memory}").unwrap().unit, Some(Unit::Memory));
}

#[test]
fn values_have_the_shape_of_their_type() {
    assert_eq!(kind("integer", "{}").parse(" 8080 "), Ok(Value::Number(8080)));
    assert_eq!(kind("text", "{}").parse("8080"), Ok(Value::Text("8080".to_owned())));
    let Value::Items(items) = kind("environments", "{}").parse("staging , production = shop-live").unwrap()
    else {
        panic!("environments are a list");
    };
    assert_eq!(items[0].value, None);
    assert_eq!((items[1].name.as_str(), items[1].value.as_deref()), ("production", Some("shop-live")));
}

#[test]
fn a_repository_url_knows_its_parts() {
    for (text, host, owner, name, ssh, sibling, image) in [
        (
            "https://github.com/Acme/Shop.git",
            "github.com",
            "Acme",
            "Shop",
            false,
            "https://github.com/Acme/shop-gitops.git",
            Some("ghcr.io/acme/shop"),
        ),
        (
            "git@gitlab.com:acme/web/shop",
            "gitlab.com",
            "acme/web",
            "shop",
            true,
            "git@gitlab.com:acme/web/shop-gitops",
            Some("registry.gitlab.com/acme/web/shop"),
        ),
        (
            "ssh://git@git.example.com:2222/acme/shop.git/",
            "git.example.com",
            "acme",
            "shop",
            true,
            "ssh://git@git.example.com:2222/acme/shop-gitops.git",
            None,
        ),
        ("https://github.com/acme/-.git", "", "", "", false, "", None),
        (
            "git@github.com:acme/shop_.git",
            "github.com",
            "acme",
            "shop_",
            true,
            "git@github.com:acme/shop-gitops.git",
            None,
        ),
    ] {
        let Ok(url) = RepoUrl::parse(text) else {
            assert_eq!(host, "", "{text} is good");
            continue;
        };
        assert_eq!((url.host(), url.owner().as_str(), url.name(), is_ssh(&url)), (host, owner, name, ssh));
        assert_eq!(url.sibling("shop-gitops"), sibling);
        assert_eq!(url.default_image().as_deref(), image);
    }
}

#[test]
fn an_image_name_knows_its_registry() {
    let image = kind("image", "{}");
    assert_eq!(canonical(&image, "localhost:5000/team/shop"), "localhost:5000/team/shop");
    let invalid = image.parse("localhost:0/team/shop").unwrap_err();
    assert_eq!(invalid.reason, "`0` is not a port; a port is a number from 1 to 65535");
    let invalid = image.parse("localhost:5000/team//shop").unwrap_err();
    assert!(invalid.reason.starts_with("`localhost:5000/team//shop` has the part ``"), "{}", invalid.reason);
}

#[test]
fn durations_add_up() {
    let duration = Duration::parse("90m").unwrap();
    assert_eq!((duration.to_string().as_str(), duration.seconds()), ("1h30m", 5400));
    assert_eq!(duration.plus_minutes(45).to_string(), "2h15m");
    assert_eq!(Duration::parse("1h59m59s").unwrap().plus_minutes(0).to_string(), "1h59m59s");
    assert!(Duration::parse(&duration.plus_minutes(u64::MAX).to_string()).is_ok());
    assert_eq!(Duration::parse("40").unwrap_err().reason, "`40` has no unit");
}

#[test]
fn no_message_repeats_a_secret() {
    for url in [
        "https://bob:hunter2@github.com/acme/shop.git",
        "https://hunter2@github.com/acme/shop",
        "http://bob:hunter2@github.com/acme/shop",
        "ssh://git:hunter2@github.com/acme/shop",
        "git:hunter2@github.com:acme/shop",
        "git:hun@ter2@github.com:acme/shop",
        "https://bob:hunter2/x@github.com/acme/shop",
        "https://bob:hunter2 @github.com/acme/shop",
        "https://github.com/acme/shop?token=hunter2",
        "https://github.com/acme/shop#hunter2",
        "https://hunter2@ghcr.io/acme/shop:1",
    ] {
        for kind in all_kinds() {
            if let Err(invalid) = kind.parse(url)
                && ["repository", "server-url"].contains(&kind.name())
            {
                assert!(!invalid.reason.contains("ter2"), "{}: {}", kind.name(), invalid.reason);
                assert!(!invalid.example.contains("ter2"), "{}: {}", kind.name(), invalid.example);
            }
        }
        assert!(RepoUrl::parse(url).is_err(), "{url}");
    }
    let invalid = kind("image", "{}").parse("https://bob:hunter2@ghcr.io/acme/shop").unwrap_err();
    assert!(!format!("{invalid:?}").contains("ter2"), "{invalid:?}");
    assert_eq!(invalid.example, "ghcr.io/acme/shop");
}

#[test]
fn credentials_are_taken_out_of_a_url() {
    for (url, open) in [
        ("https://bob:pw@host/a/b", Some("https://host/a/b")),
        ("https://bob@host/a/b", Some("https://host/a/b")),
        ("https://host/@a/b", None),
        ("https://bob:p@w@host", Some("https://host")),
        ("ssh://git@host/a", None),
        ("ssh://git:pw@host/a", Some("ssh://git@host/a")),
        ("git@host:a/b", None),
        ("git:p@w@host:a/b", Some("git@host:a/b")),
        ("nothing", None),
    ] {
        assert_eq!(without_credentials(url).as_deref(), open, "{url}");
    }
}
