//! What holds for every report about any bytes.

use treenail::check::{self, Content, Files, Report};

/// Checks `bytes` as a file that has to be a manifest.
pub fn report(bytes: &[u8]) -> (Files, Report) {
    let mut files = Files::below([""]);
    files.insert("a.yaml", Content::Bytes(bytes.to_vec()));
    files.expect("a.yaml");
    let report = check::run(&files);
    (files, report)
}

/// Checks `bytes`, mends them and checks them again.
#[track_caller]
pub fn examine(bytes: &[u8]) {
    let (files, report) = report(bytes);
    assert_eq!(self::report(bytes).1.findings, report.findings);
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
    for mended in check::mend(&files, &report.findings) {
        let after = self::report(mended.text.as_bytes()).1;
        let is_syntax =
            |report: &Report| report.findings.iter().filter(|finding| finding.rule.code == "TN001").count();
        assert!(is_syntax(&after) <= is_syntax(&report), "{text:?} {:?}", mended.text);
        assert_eq!(mended.fixed == 0, mended.text == text, "{text:?}");
    }
}
