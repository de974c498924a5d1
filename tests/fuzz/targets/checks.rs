//! `treenail check`.

use std::collections::BTreeMap;

use treenail::check::{self, FileContent, Files, Report};

use super::inputs;

/// What is patched.
const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: app}}
spec:
  template:
    spec:
      containers:
      - {name: app, image: app, args: [a, b]}
      - {name: other, image: other}
";

/// Which objects a patch is for; one kustomization is made of each.
const TARGETS: [&str; 5] = [
    "patches: [{path: patch.yaml}]\n",
    "patches: [{path: patch.yaml, target: {kind: Deployment}}]\n",
    "patches: [{path: patch.yaml, target: {labelSelector: 'app in (app, b)', name: 'a.*'}, options: {allowNameChange: true}}]\n",
    "patchesStrategicMerge: [patch.yaml]\n",
    "patchesJson6902: [{path: patch.yaml, target: {group: apps, version: v1, kind: Deployment, name: app}}]\n",
];

/// Deeper than any manifest, and less deep than any limit.
const DEPTH: usize = 60;

/// Several files, among them kustomizations that render the others.
pub fn manifests(bytes: &[u8]) {
    examine(&inputs::files(bytes, "app.yaml"));
}

/// A patch, in every way in which a kustomization can name it.
pub fn patches(bytes: &[u8]) {
    let mut files = BTreeMap::new();
    for (index, target) in TARGETS.iter().enumerate() {
        let path = |name: &str| format!("{index}/{name}");
        files.insert(path("app.yaml"), APP.as_bytes().to_vec());
        files.insert(path("patch.yaml"), bytes.to_vec());
        let text = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [app.yaml]\n{target}"
        );
        files.insert(path("kustomization.yaml"), text.into_bytes());
    }
    // As a part of the kustomization, too, where every line is text of a block.
    if let Ok(text) = str::from_utf8(bytes) {
        let lines: String = text.lines().flat_map(|line| ["    ", line, "\n"]).collect();
        let target = "  target: {kind: Deployment}\n";
        let text =
            format!("kind: Kustomization\nresources: [app.yaml]\npatches:\n- patch: |\n{lines}{target}");
        files.insert("inline/kustomization.yaml".to_owned(), text.into_bytes());
        files.insert("inline/app.yaml".to_owned(), APP.as_bytes().to_vec());
    }
    examine(&files);
}

/// JSON is YAML: what another reader of JSON takes is valid here, except characters that the reader of YAML takes for
/// binary, which YAML itself allows in quotes.
pub fn json(bytes: &[u8]) {
    let report = examine(&BTreeMap::from([("a.json".to_owned(), bytes.to_vec())]));
    let value = serde_json::from_slice::<serde_json::Value>(bytes);
    let is_binary =
        |text: &str| text.contains(|c| matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'));
    if value.is_ok_and(|value| depth(&value) <= DEPTH) && !str::from_utf8(bytes).is_ok_and(is_binary) {
        let syntax = report.findings.iter().find(|finding| finding.rule.code == "TN001");
        assert_eq!(syntax, None);
    }
}

fn depth(value: &serde_json::Value) -> usize {
    let below = match value {
        serde_json::Value::Array(items) => items.iter().map(depth).max(),
        serde_json::Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// Checks files that all have to be manifests, and fixes what can be fixed.
fn examine(contents: &BTreeMap<String, Vec<u8>>) -> Report {
    let mut files = Files::below([""]);
    for (path, content) in contents {
        files.insert(path.clone(), FileContent::of(content.clone()));
        files.expect(path.clone());
    }
    let report = check::run(&files);
    assert_eq!(check::run(&files).findings, report.findings);
    assert!(report.findings.is_sorted_by(|one, other| one.order(other).is_le()));
    for finding in &report.findings {
        let content = &contents[&finding.path];
        assert!(finding.start.line >= 1 && finding.start <= finding.end, "{finding:?}");
        assert!(!finding.message.is_empty());
        if let Some(fix) = &finding.fix {
            assert!(content.get(fix.range.clone()).is_some(), "{finding:?}");
        }
    }
    drop(check::fix(&files, &report.findings));
    report
}
