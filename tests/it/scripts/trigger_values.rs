//! What the release trigger takes for a release, and that nothing else gets past it.

use crate::common::programs::shells;
use crate::common::rendered::parse;
use crate::scripts::trigger::{REVISION, Trigger};

#[test]
fn tags_that_yaml_could_mistake_stay_texts() {
    for shell in shells() {
        for tag in ["012", "1e3", "0x1f", "20241122", "2024-11-22", "1.0", "on", "no", "y", "true", "null"] {
            let mut trigger = Trigger::new(shell, "shop", "up");
            trigger.release(tag, REVISION).said("created");
            let text = trigger.run(&format!("shop-{tag}-01234567"));
            assert!(!text.lines().any(|line| !line.starts_with('#') && line.contains('@')), "{text}");
            // In quotes: a reader of YAML 1.1, such as Kubernetes', would take some of them for something else.
            assert!(text.contains(&format!("value: \"{tag}\"\n")), "{text}");
            assert!(text.contains(&format!("version: \"{tag}\"\n")), "{text}");
            let run = parse(&text);
            assert_eq!(run["spec"]["params"][0]["value"].as_str(), Some(tag));
            assert_eq!(run["metadata"]["labels"]["app.kubernetes.io/version"].as_str(), Some(tag));
        }
        let digits = "1234567890".repeat(4);
        let mut trigger = Trigger::new(shell, "shop", "up");
        trigger.release("1", &digits).said("created");
        assert!(trigger.run("shop-1-12345678").contains(&format!("value: \"{digits}\"\n")));
    }
}

#[test]
fn what_is_no_tag_is_refused_before_the_cluster_sees_it() {
    let bad = [
        "V1",
        "1 4",
        " 1.4",
        "1.4 ",
        "1\n4",
        "1.4\n",
        "\n",
        ";: > pwned",
        "1;: > pwned",
        "$(: > pwned)",
        "`: > pwned`",
        "1&2",
        "1/2",
        "1|2",
        "1\\2",
        "a..b",
        "-1",
        "1-",
        ".1",
        "1.",
        "1.-2",
        "1-.2",
        "1_0",
        "1+2",
        "@RUN@",
        "'",
        "\"",
        "é",
        "*",
        "~",
        "1.4\t",
    ];
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        for tag in bad {
            trigger.release(tag, REVISION).refused(&format!("IMAGE_TAG '{tag}' is not a valid release name"));
        }
        trigger.assert_cluster_untouched();
        trigger.container.assert_nothing_executed();
    }
}

#[test]
fn what_is_no_commit_is_refused_before_the_cluster_sees_it() {
    let upper = REVISION.to_uppercase();
    let branch = format!("{}\n", &REVISION[..39]);
    let bad = [
        "main",
        "HEAD",
        "v1.4.0",
        &upper,
        &branch,
        " ",
        "\n",
        "$(: > pwned)",
        "`: > pwned`",
        ";: > pwned",
        "-f",
        "@TAG@",
        "../..",
    ];
    let lengths: Vec<_> = [1, 7, 39, 41, 63, 65].iter().map(|length| "a".repeat(*length)).collect();
    for shell in shells() {
        let mut trigger = Trigger::new(shell, "shop", "up");
        for revision in bad {
            let refusal = format!("SOURCE_REVISION '{revision}' is not a full commit ID");
            trigger.release("1.4.0", revision).refused(&refusal);
        }
        for revision in &lengths {
            let refusal = format!("'{revision}' is not a full commit ID: it has {} digits", revision.len());
            trigger.release("1.4.0", revision).refused(&refusal);
        }
        trigger.assert_cluster_untouched();
        trigger.container.assert_nothing_executed();
    }
}

#[test]
fn a_commit_may_have_64_digits() {
    for shell in shells() {
        let revision = "ab".repeat(32);
        let mut trigger = Trigger::new(shell, "shop", "up");
        trigger.release("1.4.0", &revision).said("created PipelineRun shop-1.4.0-abababab");
        assert!(trigger.run("shop-1.4.0-abababab").contains(&revision));
    }
}

#[test]
fn a_tag_may_fill_the_name_of_the_run_and_no_more() {
    for shell in shells() {
        for (app, most) in [("shop", 49), (&*"a".repeat(40), 13)] {
            let mut trigger = Trigger::new(shell, app, "up");
            let tag = "1".repeat(most);
            trigger.release(&tag, REVISION).said("created");
            assert_eq!(trigger.runs()[0].len(), 63);
            let refusal = format!(
                "IMAGE_TAG '{tag}1' is too long: the name of a run has room for at most {most} characters"
            );
            trigger.release(&format!("{tag}1"), REVISION).refused(&refusal);
            assert_eq!(trigger.runs().len(), 1);
        }
    }
}
