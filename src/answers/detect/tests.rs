//! What is detected, and above all what is not.

use proptest::prelude::*;

use super::{Surroundings, detect, dockerfile};
use crate::values::{AnswerType, Limits};

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn app(target_name: &str, source_remote: &str, source_name: &str, target_remote: &str) -> Option<String> {
    let around = Surroundings {
        target_name: some(target_name),
        source_remote: some(source_remote),
        source_name: some(source_name),
        target_remote: some(target_remote),
        ..Surroundings::default()
    };
    detect(&around).remove("app")
}

#[test]
fn nothing_is_detected_in_nothing() {
    assert!(detect(&Surroundings::default()).is_empty());
}

#[test]
fn everything_is_detected_in_a_usual_place() {
    let around = Surroundings {
        target_name: some("shop-gitops"),
        target_remote: some("git@github.com:acme/shop-gitops.git"),
        target_branch: some("main"),
        source_remote: some("https://bob:s3cret@github.com/acme/shop.git"),
        source_name: some("shop"),
        dockerfile: some("FROM scratch\nEXPOSE 8080\nUSER 65532\n"),
    };
    let found: Vec<(&str, String)> = detect(&around).into_iter().collect();
    assert_eq!(
        found,
        [
            ("app", "shop"),
            ("branch", "main"),
            ("manifest-repo", "git@github.com:acme/shop-gitops.git"),
            ("port", "8080"),
            ("source-repo", "https://github.com/acme/shop.git"),
            ("user-id", ""),
        ]
        .map(|(detector, text)| (detector, text.to_owned()))
    );
}

#[test]
fn the_app_is_named_by_the_first_name_that_tells_it() {
    let source = "https://github.com/acme/till.git";
    for (target, source_remote, source_name, target_remote, expected) in [
        ("shop", source, "", "", "shop"),
        ("shop-gitops", source, "", "", "shop"),
        ("My_Shop.Deploy", source, "", "", "my-shop"),
        ("gitops", source, "other", "", "till"),
        ("Manifests", "", "Till", "", "till"),
        ("config-k8s", "", "till", "", "till"),
        ("deploy", "", "", "git@github.com:acme/shop-deploy.git", "shop"),
        ("deploy", "", "src", "git@github.com:acme/gitops.git", ""),
        ("2024", source, "", "", "till"),
        ("shöp", "", "", "", ""),
        ("-gitops", "", "", "", ""),
        ("..", "", "", "", ""),
        ("", "", "", "", ""),
    ] {
        assert_eq!(app(target, source_remote, source_name, target_remote), some(expected), "{target}");
    }
}

#[test]
fn bad_remotes_and_branches_are_not_used() {
    for remote in
        ["http://github.com/acme/shop", "/srv/git/shop", "https://bob:pw@host", "", "file:///acme/shop"]
    {
        let around = Surroundings {
            source_remote: some(remote),
            target_branch: some("a b"),
            ..Surroundings::default()
        };
        assert!(detect(&around).is_empty(), "{remote}");
    }
    let around =
        Surroundings { target_remote: some("ssh://git:pw@host/acme/shop"), ..Surroundings::default() };
    assert_eq!(detect(&around)["manifest-repo"], "ssh://git@host/acme/shop");
}

#[test]
fn the_port_is_what_the_last_stage_exposes() {
    for (text, expected) in [
        ("FROM a\nEXPOSE 8080", Some(8080)),
        ("from a\nexpose 8080/TCP 9090", Some(8080)),
        ("FROM a\nEXPOSE 53/udp 8080", Some(8080)),
        ("FROM a\nEXPOSE 8080\nEXPOSE 53/udp", Some(8080)),
        ("FROM a\nEXPOSE 8080\nEXPOSE 9090", Some(9090)),
        ("FROM a\nEXPOSE 53/udp", None),
        ("FROM a\nEXPOSE 8000-8010", None),
        ("FROM a\nEXPOSE", None),
        ("FROM a\nEXPOSE 0\n", None),
        ("FROM a\nEXPOSE 70000\n", None),
        ("FROM a AS b\nEXPOSE 1\nFROM c\nCMD x", None),
        ("FROM a AS b\nEXPOSE 1\nFROM c\nEXPOSE 2", Some(2)),
        ("FROM a AS b\nEXPOSE 1\nFROM b AS c\nCMD x", Some(1)),
        ("FROM a\n# EXPOSE 1\nEXPOSE 2 # main\n", Some(2)),
        ("FROM a\nRUN x \\\n  EXPOSE 1\n", None),
        ("FROM a\nEXPOSE \\\n# why\n\n  8080\n", Some(8080)),
        ("FROM a\r\nEXPOSE 8080\r\n", Some(8080)),
        ("FROM a\nEXPOSE 8080\nRUN <<EOF\nEXPOSE 1\nEOF\n", Some(8080)),
        ("FROM a\nRUN <<-'END' cat\n\tEXPOSE 1\n\tEND\nEXPOSE 2", Some(2)),
        ("FROM a\nCOPY <<A <<B /x/\nEXPOSE 1\nA\nEXPOSE 2\nB\nEXPOSE 3", Some(3)),
        ("FROM a\nONBUILD EXPOSE 1", None),
        ("FROM a\nEXPOSE \"8080\"", Some(8080)),
    ] {
        assert_eq!(dockerfile::read(text).port, expected, "{text}");
    }
}

#[test]
fn the_port_may_be_a_variable_with_a_known_value() {
    for (text, expected) in [
        ("FROM a\nARG PORT=8080\nEXPOSE $PORT", Some(8080)),
        ("FROM a\nENV PORT=8080 X=1\nEXPOSE ${PORT}/tcp", Some(8080)),
        ("FROM a\nENV PORT \"8080\"\nEXPOSE $PORT", Some(8080)),
        ("FROM a\nENV PORT=1\nARG PORT=2\nEXPOSE $PORT", Some(1)),
        ("ARG PORT=8080\nFROM a\nEXPOSE $PORT", None),
        ("ARG PORT=8080\nFROM a\nARG PORT\nEXPOSE $PORT", Some(8080)),
        ("FROM a\nARG PORT\nEXPOSE $PORT", None),
        ("FROM a\nEXPOSE ${PORT:-8080}", Some(8080)),
        ("FROM a\nENV PORT=$OTHER\nEXPOSE $PORT", None),
        ("FROM a\nENV PORT=1\nFROM b\nEXPOSE $PORT", None),
        ("FROM a\nENV PORT=80\nEXPOSE ${PORT}80", None),
    ] {
        assert_eq!(dockerfile::read(text).port, expected, "{text}");
    }
}

#[test]
fn the_user_is_known_by_number_only() {
    for (text, expected) in [
        ("FROM a\nUSER 65532", true),
        ("FROM a\nUSER 1001:0", true),
        ("FROM a\nuser \"101\"\nCMD x", true),
        ("FROM a\nARG UID=1001\nUSER $UID:0", true),
        ("FROM a\nARG UID=1001\nUSER ${UID}:${UID}", true),
        ("FROM a\nUSER ${UID:-1001}:${GID:-0}", true),
        ("FROM a\nUSER ${UID:-root}:1001", false),
        ("FROM a\nUSER ${UID:-1001", false),
        ("FROM a\nUSER 2147483647", true),
        ("FROM a\nUSER 2147483648", false),
        ("FROM a\nUSER +1001", false),
        ("FROM a AS b\nUSER 1001\nFROM --platform=linux/amd64 B as c\nCMD x", true),
        ("FROM a AS b\nUSER 1001\nFROM b\nUSER root", false),
        ("FROM a AS b\nENV UID=1001\nFROM b\nUSER $UID", true),
        ("FROM a AS b\nUSER 1001\nFROM c AS d\nFROM d", false),
        ("FROM a\nARG UID=1001\nUSER ${UID}", true),
        ("FROM a\nARG UID\nUSER $UID", false),
        ("FROM a\nUSER 0", false),
        ("FROM a\nUSER root", false),
        ("FROM a\nUSER app", false),
        ("FROM a\nUSER", false),
        ("FROM a\nUSER -1", false),
        ("FROM a\nUSER 4294967296", false),
        ("FROM a\nUSER 1001\nRUN x\nUSER app", false),
        ("FROM a\nUSER root\nRUN x\nUSER 1001", true),
        ("FROM a AS b\nUSER 1001\nFROM c", false),
        ("FROM a\nRUN <<EOF\nUSER 1001\nEOF\n", false),
        ("", false),
    ] {
        assert_eq!(dockerfile::read(text).has_numeric_user, expected, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_detected_is_valid(
        name in any::<String>(),
        remote in "(https?://|ssh://|git@)[a-z:@/.\\PC]{0,30}",
        lines in prop::collection::vec(
            "(FROM|ARG|ENV|EXPOSE|USER|RUN|expose) [A-Z0-9$={}:<\\\\/\"' -]{0,12}|\\PC{0,10}", 0..12),
    ) {
        let around = Surroundings {
            target_name: Some(name.clone()),
            target_remote: Some(remote.clone()),
            target_branch: Some(name.clone()),
            source_remote: Some(remote),
            source_name: Some(name),
            dockerfile: Some(lines.join("\n")),
        };
        let mut found = detect(&around);
        // No type accepts an empty text; a question that is optional does.
        prop_assert!(found.remove("user-id").is_none_or(|text| text.is_empty()));
        for (detector, text) in found {
            let kind = match detector {
                "app" => "label",
                "branch" => "branch",
                "port" => "integer",
                _ => "repository",
            };
            let value = AnswerType::new(kind, Limits::default()).unwrap().parse(&text);
            prop_assert_eq!(value.map(|value| value.to_text()), Ok(text));
        }
    }
}
