//! Rules that are a matter of taste: a repository that treenail generated keeps to them, and their findings are warnings
//! there. Elsewhere they are notes, unless its settings say otherwise.

use super::ignore_list;
use crate::check::files::Files;
use crate::check::finding::Finding;
use crate::check::severity::Severity;

/// Makes notes of the findings about taste outside the folders whose answers are among `files`.
pub(super) fn soften(files: &Files, findings: &mut [Finding]) {
    let generated: Vec<_> = files.iter().filter_map(|(path, _)| ignore_list::folder_of(path)).collect();
    for finding in findings.iter_mut().filter(|finding| finding.rule.is_taste) {
        if !generated.iter().any(|folder| finding.path.starts_with(folder)) {
            finding.severity = Severity::Note;
        }
    }
}
