//! What holds for every report about any bytes.

use treenail::check::{self, FileContent, Files, Report};

/// A Deployment, for kustomizations that patch one.
const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: app}]}}}\n";

/// Checks `bytes` as a file `path` that has to be a manifest.
fn report(path: &str, bytes: &[u8]) -> (Files, Report) {
    let mut files = Files::below([""]);
    files.insert(path, FileContent::of(bytes));
    files.insert("app.yaml", FileContent::of(APP.as_bytes().to_vec()));
    files.expect(path);
    let mut report = check::run(&files);
    report.findings.retain(|finding| finding.path == path);
    (files, report)
}

/// Checks `bytes`, fixes them and checks them again: as a manifest, and as what builds others.
#[track_caller]
pub fn examine(bytes: &[u8]) {
    for path in ["a.yaml", "kustomization.yaml"] {
        examine_as(path, bytes);
    }
}

#[track_caller]
fn examine_as(path: &str, bytes: &[u8]) {
    let (files, report) = report(path, bytes);
    assert_eq!(self::report(path, bytes).1.findings, report.findings);
    assert!(report.findings.is_sorted_by(|one, other| one.order(other).is_le()));
    let text = str::from_utf8(bytes).unwrap_or_default();
    // YAML also ends lines as the first Macintosh did.
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unix.trim_start_matches('\u{feff}').split('\n').collect();
    for finding in &report.findings {
        let (start, end) = (finding.start, finding.end);
        assert!((1..=lines.len() + 1).contains(&start.line), "{finding:?}");
        let width = lines.get(start.line - 1).unwrap_or(&"").chars().count();
        assert!(start.column >= 1 && start.column <= width + 2, "{finding:?} {width}");
        assert!(start.line == end.line && start.column <= end.column, "{finding:?}");
        assert!(!finding.message.is_empty());
        if let Some(fix) = &finding.fix {
            assert!(text.get(fix.range.clone()).is_some(), "{finding:?}");
        }
    }
    for fixed in check::fix(&files, &report.findings) {
        let after = self::report(path, fixed.text.as_bytes()).1;
        let is_syntax =
            |report: &Report| report.findings.iter().filter(|finding| finding.rule.code == "TN001").count();
        // A corrected key may turn text into a patch, which is not valid then.
        let patches = |text: &str| text.matches("patches").count() + text.matches("patch:").count();
        let is_patched = patches(&fixed.text) > patches(text);
        assert!(is_patched || is_syntax(&after) <= is_syntax(&report), "{text:?} {:?}", fixed.text);
        assert_eq!(fixed.fixed == 0, fixed.text == text, "{text:?}");
    }
}
