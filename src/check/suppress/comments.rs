//! Comments that suppress a finding: `# treenail: allow TN012 the reason`.
//!
//! A comment applies to its line; alone on a line, to the line below; before the first key of a document, to the whole
//! document. Beside the first line of a multi-line string, it applies to the whole string, which cannot contain one.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::earlier::EarlierLines;
use crate::check::files::{Files, is_json};
use crate::check::finding::Finding;
use crate::check::manifests::Manifests;
use crate::check::rule;
use crate::check::rule::{Rule, TN007, TN008, TN009};
use crate::check::source::Source;
use crate::yaml::comments;
use crate::yaml::comments::{Comment, CommentMap};

pub(crate) const MARKER: &str = "treenail: allow";

/// Removes the findings that comments suppress, and adds those about the comments. With `earlier`, a comment counts only
/// if those files have both its line and that of the finding. Returns the number of removed findings.
pub(crate) fn apply(manifests: &Manifests, earlier: Option<&Files>, findings: &mut Vec<Finding>) -> usize {
    let mut allowed = 0;
    // Of equal lines, the first ones count as those of the earlier file.
    findings.sort_by(Finding::order);
    // JSON has no comments.
    let sources = manifests.sources().iter().filter(|source| !is_json(source.path));
    let sources = sources.map(|source| (source, false));
    let scripts = manifests.scripts().iter().map(|script| (script, true));
    for (source, is_script) in sources.chain(scripts).filter(|(source, _)| source.text.contains(MARKER)) {
        let comment_map =
            if is_script { comments::in_script(source.text, MARKER) } else { comments::of(source.text) };
        let mut allows = allows(source, &comment_map, findings);
        let mut known = earlier.map(|earlier| EarlierLines::of(earlier, source));
        if let Some(known) = &mut known {
            allows.retain(|allow| known.has_comment(allow.comment.position.line));
        }
        findings.retain(|finding| {
            let is_allowed = finding.path == source.path
                && is_allowed(finding, &mut allows, &comment_map)
                && known.as_mut().is_none_or(|known| known.has_finding(finding));
            allowed += usize::from(is_allowed);
            !is_allowed
        });
        let unused = allows.iter().filter(|allow| !allow.is_used);
        findings.extend(unused.map(|allow| {
            let message = format!("{} reports nothing here", allow.rule.code);
            about(source, &TN008, allow.comment, message)
                .hint("remove it, or move it to the line of the finding")
        }));
    }
    allowed
}

/// One rule in one comment that suppresses findings.
struct Allow<'l> {
    rule: &'static Rule,
    lines: RangeInclusive<usize>,
    comment: &'l Comment,
    is_used: bool,
}

/// Returns the comments of a file by rule; mistakes in them are added to `findings`.
fn allows<'l>(source: &Source, comment_map: &'l CommentMap, findings: &mut Vec<Finding>) -> Vec<Allow<'l>> {
    let alone = comment_map.comments.iter().filter(|comment| comment.is_alone);
    let alone: BTreeSet<usize> = alone.map(|comment| comment.position.line).collect();
    let mut allows = Vec::new();
    for comment in &comment_map.comments {
        let Some(text) = comment.text.strip_prefix(MARKER).filter(|text| is_end_of_word(text)) else {
            continue;
        };
        let (codes, reason) = codes_and_reason(text);
        let lines = lines(comment, comment_map, &alone);
        for code in &codes {
            match rule::find(code) {
                Some(rule) => allows.push(Allow { rule, lines: lines.clone(), comment, is_used: false }),
                None => findings.push(
                    about(source, &TN009, comment, format!("unknown rule `{code}`")).hint(rule::hint(code)),
                ),
            }
        }
        if codes.is_empty() {
            let finding = about(source, &TN009, comment, "this comment names no rule");
            findings.push(finding.hint("write `# treenail: allow CODE REASON`"));
        } else if reason.is_empty() {
            let finding = about(source, &TN007, comment, "allowed without a reason");
            findings.push(finding.hint("add the reason after the code"));
        }
    }
    allows
}

fn is_end_of_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(char::is_whitespace)
}

fn codes_and_reason(text: &str) -> (Vec<&str>, &str) {
    let (mut codes, mut rest) = (Vec::new(), text.trim_start());
    loop {
        let word = rest.split([' ', '\t', ',']).next().unwrap_or_default();
        if !rule::is_code(word.trim_end_matches(':')) {
            break;
        }
        codes.push(word.trim_end_matches(':'));
        rest = rest[word.len()..].trim_start_matches([' ', '\t', ',']);
    }
    (codes, rest.trim_start_matches([' ', ':', '-', '–', '—']))
}

fn lines(comment: &Comment, comment_map: &CommentMap, alone: &BTreeSet<usize>) -> RangeInclusive<usize> {
    let line = comment.position.line;
    let behind = comment_map.documents.partition_point(|document| document.first <= line);
    let next = comment_map.documents.get(behind).map_or(usize::MAX, |next| next.first);
    let document = behind.checked_sub(1).and_then(|at| comment_map.documents.get(at));
    if let Some(document) = document.filter(|document| document.content.is_none_or(|first| line < first)) {
        return document.first..=next.saturating_sub(1);
    }
    let mut about = line;
    // More comments may follow before the line that it is about.
    while alone.contains(&about) {
        about += 1;
    }
    about..=about
}

fn is_allowed(finding: &Finding, allows: &mut [Allow], comment_map: &CommentMap) -> bool {
    let line = finding.start.line;
    let behind = comment_map.long_scalars.partition_point(|(first, _)| *first < line);
    let text = comment_map.long_scalars[..behind].last().filter(|(_, last)| line <= *last);
    let mut is_allowed = false;
    for allow in allows.iter_mut().filter(|allow| allow.rule == finding.rule) {
        if allow.lines.contains(&line) || text.is_some_and(|(first, _)| allow.lines.contains(first)) {
            allow.is_used = true;
            is_allowed = true;
        }
    }
    is_allowed
}

fn about(source: &Source, rule: &'static Rule, comment: &Comment, message: impl Into<String>) -> Finding {
    source.finding_at(rule, (comment.span.clone(), comment.position), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_before_the_reason() {
        for (text, codes, reason) in [
            (" TN003 because", vec!["TN003"], "because"),
            (" TN003, TN012: because of TN005", vec!["TN003", "TN012"], "because of TN005"),
            (" tn003,TN012 - legacy", vec!["tn003", "TN012"], "legacy"),
            (" TN003", vec!["TN003"], ""),
            (" everything", vec![], "everything"),
            ("", vec![], ""),
        ] {
            assert_eq!(codes_and_reason(text), (codes, reason), "{text}");
        }
    }
}
