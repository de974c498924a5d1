mod cases;
mod leaving;
mod other_programs;
mod pages;
mod rules;
mod unfinished;
mod writing;

use super::*;

/// The findings in these files, as `path:line:column code message`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut tree = Files::below([""]);
    for (path, text) in files {
        tree.insert(*path, FileContent::of(text.as_bytes().to_vec()));
    }
    let findings = run(&tree).findings;
    findings
        .iter()
        .map(|Finding { path, start, rule, message, .. }| {
            format!("{path}:{}:{} {} {message}", start.line, start.column, rule.code)
        })
        .collect()
}

/// A kind without known fields.
const MAP: &str = "apiVersion: example.com/v1\nkind: Map\nmetadata: {name: a}\n";

#[test]
fn what_is_no_manifest_is_left_alone() {
    let none: &[(&str, &str)] = &[
        ("values.yaml", "on: yes\non: no\n"),
        (".gitlab-ci.yml", "a: [\n"),
        ("ci.yaml", "script: grep 'apiVersion: v1' x\non: yes\n"),
        ("tsconfig.json", "{ // no\n}"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\n"),
        ("chart/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\na: [\n"),
        ("own/scaffold.yaml", "name: own\n"),
        ("own/files/a.yaml", "apiVersion: v1\n[% if a %]\nkind: A\n"),
        ("t.yaml", "apiVersion: v1\nkind: A\nmetadata:\n  name: {{ name }}\n"),
        ("if.yaml", "apiVersion: v1\nkind: A\n{{- if .Values.a }}\nb: 1\n{{- end }}\n"),
    ];
    let findings = found(none);
    // That they may hold some is a note.
    assert!(findings.iter().all(|finding| finding.contains(" TN041 ")), "{findings:#?}");
    let places: Vec<_> = findings.iter().map(|finding| finding.split(':').next().unwrap()).collect();
    assert_eq!(places, ["chart/Chart.yaml", "if.yaml", "own/scaffold.yaml", "t.yaml"]);
}

#[test]
fn what_a_kustomization_names_has_to_be_sound() {
    let files =
        [("k/kustomization.yml", "resources: [a.yaml]\n"), ("k/a.yaml", "a: [\n"), ("k/b.yaml", "a: [\n")];
    assert_eq!(found(&files), ["k/a.yaml:1:4 TN001 unclosed bracket `[`"]);
}

#[test]
fn a_broken_manifest_is_recognised_by_how_it_begins() {
    let json = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"A\n}\n";
    let found = found(&[("a.yaml", "apiVersion: v1\nkind: A\nb: [\n"), ("b.json", json)]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found.iter().all(|line| line.contains("TN001")), "{found:#?}");
}

/// Braces in a string do not make a template, nor does excessive depth.
#[test]
fn braces_hide_nothing_that_is_no_template() {
    let deep = format!("{MAP}data: {{a: '{{{{ b }}}}'}}\nc: {}\n", "[".repeat(300));
    let found = found(&[("a.yaml", &deep), ("b.yaml", &format!("{MAP}data: {{a: '{{{{ b }}}}', on: c}}\n"))]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("TN004") && found[1].contains("TN003"), "{found:#?}");
}

#[test]
fn items_of_a_list_are_manifests() {
    let item = "{apiVersion: v1, kind: Service, metadata: {name: a}}";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n- {item}\n");
    assert_eq!(found(&[("a.yaml", &list)]), ["a.yaml:5:52 TN020 duplicate Service `a`"]);
}

#[test]
fn yaml_1_1_words_are_fixed_without_changing_what_kubernetes_reads() {
    let text = format!(
        "{MAP}data: {{on: 'x', a: yes, b: 012}}\nspec: {{flag: Off, defaultMode: 0644, port: 010, list: [y, true, 09, 1:30]}}\n"
    );
    let mut files = Files::below([""]);
    files.insert("a.yaml", FileContent::of(text.clone().into_bytes()));
    let findings = run(&files).findings;
    let fixed: Vec<_> = findings
        .iter()
        .map(|finding| {
            assert_eq!(finding.rule.code, "TN003");
            let shown = |fix: &Fix| format!("{} -> {}", &text[fix.range.clone()], fix.text);
            finding.fix.as_ref().map_or_else(|| finding.message.clone(), shown)
        })
        .collect();
    assert_eq!(
        fixed,
        [
            "on -> \"on\"",
            "`yes` without quotes means `true` to Kubernetes, but a string to YAML 1.2 parsers",
            "`012` without quotes means 10 to Kubernetes, but a different number to YAML 1.2 parsers",
            "`Off` without quotes means `false` to Kubernetes, but a string to YAML 1.2 parsers",
            "`010` without quotes means 8 to Kubernetes, but a different number to YAML 1.2 parsers",
            "`y` without quotes means `true` to Kubernetes, but a string to YAML 1.2 parsers",
        ]
    );
    // Only a known kind says which values are strings.
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes}\n";
    let mut files = Files::below([""]);
    files.insert("a.yaml", FileContent::of(map.as_bytes().to_vec()));
    assert!(
        run(&files)
            .findings
            .iter()
            .any(|finding| finding.fix.as_ref().is_some_and(|fix| fix.text == "\"yes\""))
    );
}

#[test]
fn findings_come_in_order_and_once() {
    let text = format!("{MAP}data: {{on: a}}\nx: &x {{y: 1}}\nz: *x\n---\na: 1\na: 2\n");
    let found = found(&[("b.yaml", &text), ("a.yaml", &text)]);
    let places: Vec<_> =
        found.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let of = |path| ["4:8 TN003", "5:8 TN003", "9:1 TN002"].map(|place| format!("{path}:{place}"));
    assert_eq!(places, [of("a.yaml"), of("b.yaml")].concat());
}

#[test]
fn of_two_findings_that_would_change_the_same_place_the_graver_one_speaks() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes}\n";
    let found = found(&[("a.yaml", text)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("a.yaml:4:11 TN011"), "{found:#?}");
}

/// A patch that a kustomization contains as a string is read like a file.
#[test]
fn a_patch_in_a_text_that_cannot_be_read() {
    let map = format!("{MAP}data: {{}}\n");
    let of = |patch: &str| {
        let kustomization = format!("resources: [a.yaml]\npatches:\n- patch: |-\n{patch}");
        found(&[("a.yaml", &map), ("kustomization.yaml", &kustomization)])
    };
    assert_eq!(of("    kind: Map\n    data: [\n"), ["kustomization.yaml:5:11 TN001 unclosed bracket `[`"]);
    let twice =
        "    apiVersion: example.com/v1\n    kind: Map\n    metadata: {name: a}\n    data: {b: c, b: d}\n";
    assert_eq!(of(twice), ["kustomization.yaml:7:18 TN002 key `b` is already on line 4"]);
}
