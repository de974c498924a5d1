//! The list `ignore` in `.treenail/answers.yaml`. An entry is the code of a rule, with or without a pattern for paths:
//! `TN012 deploy/**`. It is short for the level `off` in [`super::settings`], in a file that a generated repository has
//! anyway.

use super::glob::Pattern;
use crate::check::files::{FileContent, Files};
use crate::check::finding::Finding;
use crate::check::rule;
use crate::check::rule::{Rule, TN001, TN009};
use crate::yaml::node::Node;
use crate::yaml::reader;

/// The recorded answers, whose `ignore` is the list. Spelled out since `project` uses `check`.
pub(crate) const ANSWERS_PATH: &str = ".treenail/answers.yaml";

struct Entry {
    /// The folder that the list applies to; ends in `/`, or is empty.
    folder: String,
    rule: &'static Rule,
    pattern: Option<Pattern>,
}

/// Removes the findings that an ignore list covers, and adds those about the lists. With `earlier`, only lists in those
/// files count. Returns the number of removed findings.
pub(crate) fn apply(files: &Files, earlier: Option<&Files>, findings: &mut Vec<Finding>) -> usize {
    let mut entries = entries(files, findings);
    if let Some(earlier) = earlier {
        // What was wrong with them cannot be changed any more.
        entries = self::entries(earlier, &mut Vec::new());
    }
    let before = findings.len();
    findings.retain(|finding| !entries.iter().any(|entry| entry.covers(finding)));
    before - findings.len()
}

/// Returns the entries of all lists among `files`; mistakes in them are added to `findings`.
fn entries(files: &Files, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (path, content) in files.iter() {
        if let (Some(folder), FileContent::Bytes(bytes)) = (folder_of(path), content) {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            read((path, text), folder, &mut entries, findings);
        }
    }
    entries
}

/// Returns the folder whose answers file is `path`; it ends in `/`, or is empty.
pub(super) fn folder_of(path: &str) -> Option<&str> {
    path.strip_suffix(ANSWERS_PATH).filter(|folder| folder.is_empty() || folder.ends_with('/'))
}

fn read(file: (&str, &str), folder: &str, entries: &mut Vec<Entry>, findings: &mut Vec<Finding>) {
    let stream = reader::read(file.1);
    findings.extend(stream.errors.into_iter().map(|fault| {
        Finding::new(&TN001, file, (fault.span, fault.position), fault.message)
            .hint("until this is fixed, its list `ignore` has no effect")
    }));
    for node in stream.documents.iter().flat_map(|document| document.root().items_at(&["ignore"])) {
        let (code, pattern) = node.text().trim().split_once([' ', '\t']).unwrap_or((node.text().trim(), ""));
        match rule::find(code) {
            Some(rule) => {
                match Some(pattern.trim()).filter(|it| !it.is_empty()).map(Pattern::relative).transpose() {
                    Ok(pattern) => entries.push(Entry { folder: folder.to_owned(), rule, pattern }),
                    Err(why) => findings.push(useless(file, node, pattern.trim(), why)),
                }
            }
            None => findings.push(unknown(file, node, code)),
        }
    }
}

fn unknown(file: (&str, &str), node: Node<'_>, code: &str) -> Finding {
    let message = if code.is_empty() {
        "this entry of `ignore` names no rule".to_owned()
    } else {
        format!("unknown rule `{code}` in `ignore`")
    };
    Finding::new(&TN009, file, (node.span(), node.position()), message).hint(rule::hint(code))
}

fn useless(file: (&str, &str), node: Node<'_>, pattern: &str, why: &str) -> Finding {
    let message = format!("the pattern `{pattern}` in `ignore` has no effect: {why}");
    Finding::new(&TN009, file, (node.span(), node.position()), message)
}

impl Entry {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && finding
                .path
                .strip_prefix(&self.folder)
                .is_some_and(|path| self.pattern.as_ref().is_none_or(|pattern| pattern.covers(path)))
    }
}
