//! The formats for programs: what they have to say for those that read them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::home::Home;

/// Of a kind that no rule knows, so that findings are those of how it is written.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";

fn shown(home: &Home, format: &str) -> String {
    let output = home.command("treenail").args(["check", "--quiet", "--format", format]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn sarif(home: &Home) -> Value {
    let shape: Value = serde_json::from_str(&shown(home, "sarif")).unwrap();
    assert_eq!(shape["version"], "2.1.0");
    shape["runs"][0].clone()
}

fn fingerprints(home: &Home) -> Vec<String> {
    let run = sarif(home);
    let results = run["results"].as_array().unwrap().iter();
    results
        .map(|result| result["partialFingerprints"]["treenailFinding/v1"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn sarif_names_rules_and_places() {
    let home = Home::new();
    home.write("grö ße/a#b.yaml", format!("{THING}labels:\n  é: &é on\n"));
    home.write("b.json", "{\"apiVersion\": \"v1\", \"kind\": [\n");
    let run = sarif(&home);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## What happens"));
    }
    let place = &results[1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "gr%C3%B6%20%C3%9Fe/a%23b.yaml");
    let base = place["artifactLocation"]["uriBaseId"].as_str().unwrap();
    assert!(run["originalUriBaseIds"].get(base).is_some());
    let region = serde_json::json!({ "startLine": 6, "startColumn": 9, "endColumn": 11 });
    assert_eq!(place["region"], region);
}

/// Or else every alert is closed and opened anew with each edit above it.
#[test]
fn a_fingerprint_stays_while_other_lines_come_and_go() {
    let home = Home::new();
    let labels = "labels:\n  a: on\n  b: {a: on}\nspec:\n  a: on\n";
    home.write("a.yaml", format!("{THING}{labels}"));
    let before = fingerprints(&home);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), 3, "{before:?}");
    home.write("a.yaml", format!("# more\n{THING}data: {{}}\n{labels}"));
    assert_eq!(fingerprints(&home), before);
    home.write("a.yaml", format!("{THING}{}", labels.replace("{a: on}", "{a: off}")));
    let after = fingerprints(&home);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_ne!(after[1], before[1]);
}

#[test]
fn json_has_the_documented_shape() {
    let home = Home::new();
    home.write(
        "a.yaml",
        format!("{THING}labels:\n  a: on\n  b: off # treenail: allow TN003 a reason\na: 1\na: 2\n"),
    );
    home.write("t.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: {{ a }}}\n");
    let expected = serde_json::json!({
        "schema": "treenail.check/1",
        "files": 1,
        "counts": { "error": 1, "warning": 1, "note": 0 },
        "excluded": [],
        "fixed": 0,
        "allowed": 1,
        "gone": [],
        "ignored": 0,
        "known": 0,
        "lessSevere": 1,
        "skipped": [{ "path": "t.yaml", "why": "a template" }],
        "findings": [{
            "rule": "TN003",
            "severity": "warning",
            "path": "a.yaml",
            "line": 6,
            "column": 6,
            "endColumn": 8,
            "message": "`on` without quotes means `true` to Kubernetes, but a string to YAML 1.2 parsers",
            "hint": "put it in quotes",
            "fixable": true,
        }, {
            "rule": "TN002",
            "severity": "error",
            "path": "a.yaml",
            "line": 9,
            "column": 1,
            "endColumn": 2,
            "message": "key `a` is already on line 8",
            "hint": "remove one of them: parsers disagree on which one counts",
            "fixable": false,
        }],
    });
    assert_eq!(serde_json::from_str::<Value>(&shown(&home, "json")).unwrap(), expected);
}

/// What a file says must not become a command, a tag or an attribute.
#[test]
fn values_stay_values() {
    let home = Home::new();
    home.write(
        "a,b::c%0A<d>&\"e\".yaml",
        format!("{THING}\"<x a=\\\"b\\\">\\n::error::%\": 1\n\"<x a=\\\"b\\\">\\n::error::%\": 2\n"),
    );
    let commands = shown(&home, "github");
    assert_eq!(commands.lines().count(), 1, "{commands}");
    assert!(commands.starts_with("::error file=a%2Cb%3A%3Ac%250A<d>&\"e\".yaml,line=6,col=1,"), "{commands}");
    assert!(
        commands.contains("::key `<x a=\"b\">%0A::error::%25` is already on line 5%0Ahint: "),
        "{commands}"
    );
    let report = shown(&home, "junit");
    let name = "a,b::c%0A&lt;d&gt;&amp;&quot;e&quot;.yaml";
    assert!(report.contains(&format!("<testsuite name=\"{name}\" tests=\"1\" failures=\"1\"")), "{report}");
    assert!(report.contains("message=\"key `&lt;x a=&quot;b&quot;&gt;&#10;::error::%` is"), "{report}");
}
