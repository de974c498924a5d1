//! Applies the fixes of findings. All other bytes of a file stay, and all other values keep their meaning: a fix that
//! would change them is refused.

use std::collections::BTreeSet;

use super::files::{FileContent, Files};
use super::finding::{Finding, Fix};
use crate::yaml::compare::{TextEdit, is_same_elsewhere};

/// Limit on parsing a file to find the fixes that are safe together. One attempt is nearly always enough.
const ATTEMPTS: usize = 100;

/// A file after its fixes.
#[derive(Debug, PartialEq, Eq)]
pub struct FixedFile {
    pub(crate) path: String,
    /// Its new text.
    pub text: String,
    /// The number of findings that are fixed.
    pub fixed: usize,
    /// The number of findings whose fix could change other values and was not applied.
    pub(crate) refused: usize,
}

/// Applies the fixes of `findings`, which must be sorted, to `files`; of fixes that overlap, the first. Gives every file
/// with a fix that was applied or refused.
pub fn fix(files: &Files, findings: &[Finding]) -> Vec<FixedFile> {
    let groups = findings.chunk_by(|one, other| one.path == other.path);
    groups
        .filter_map(|group| {
            let Some(FileContent::Bytes(bytes)) = files.get(&group[0].path) else { return None };
            let text = std::str::from_utf8(bytes).ok()?;
            let fixed =
                in_file(&group[0].path, text, group.iter().filter_map(|finding| finding.fix.as_ref()));
            (fixed.fixed + fixed.refused > 0).then_some(fixed)
        })
        .collect()
}

fn in_file<'a>(path: &str, text: &str, fixes: impl Iterator<Item = &'a Fix>) -> FixedFile {
    let (fixes, times) = apart(fixes, text);
    let mut attempts = ATTEMPTS;
    let kept = safe(text, &fixes, &mut attempts);
    let range = |fix: &Fix| (fix.range.start, fix.range.end);
    let ranges: BTreeSet<_> = kept.iter().map(|fix| range(fix)).collect();
    let count = |is_kept: bool| {
        let counted = fixes.iter().zip(&times).filter(|(fix, _)| ranges.contains(&range(fix)) == is_kept);
        counted.map(|(_, times)| times).sum()
    };
    FixedFile {
        path: path.to_owned(),
        text: applied(text, &kept).0,
        fixed: count(true),
        refused: count(false),
    }
}

/// Sorts the fixes and drops those that overlap an earlier one; also returns how many findings share each.
fn apart<'a>(fixes: impl Iterator<Item = &'a Fix>, text: &str) -> (Vec<&'a Fix>, Vec<usize>) {
    let mut sorted: Vec<_> = fixes.filter(|fix| text.get(fix.range.clone()).is_some()).collect();
    sorted.sort_by_key(|fix| (fix.range.start, fix.range.end));
    let (mut apart, mut times): (Vec<&Fix>, Vec<usize>) = (Vec::new(), Vec::new());
    for fix in sorted {
        match (apart.last(), times.last_mut()) {
            (Some(last), Some(times)) if *last == fix => *times += 1,
            (Some(last), _) if fix.range.start < last.range.end || fix.range == last.range => {}
            _ => {
                apart.push(fix);
                times.push(1);
            }
        }
    }
    (apart, times)
}

/// Returns the `fixes` that are safe together. Tries each half, while `attempts` are left, only if all
/// together are unsafe.
fn safe<'a>(text: &str, fixes: &[&'a Fix], attempts: &mut usize) -> Vec<&'a Fix> {
    let is_safe = |fixes: &[&Fix], attempts: &mut usize| {
        let (new, edits) = applied(text, fixes);
        let is_left = *attempts > 0;
        *attempts = attempts.saturating_sub(1);
        is_left && is_same_elsewhere(text, &new, &edits)
    };
    if fixes.is_empty() || is_safe(fixes, attempts) {
        return fixes.to_vec();
    }
    if fixes.len() == 1 {
        return Vec::new();
    }
    let (first, second) = fixes.split_at(fixes.len() / 2);
    let first = safe(text, first, attempts);
    let second = safe(text, second, attempts);
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let both = [first.clone(), second].concat();
    if is_safe(&both, attempts) { both } else { first }
}

/// Applies `fixes` to `text`, with the line endings of the file; also returns the changed ranges.
fn applied(text: &str, fixes: &[&Fix]) -> (String, Vec<TextEdit>) {
    let ends_in_cr = text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    let (mut new, mut edits, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    for fix in fixes {
        new.push_str(&text[at..fix.range.start]);
        let start = new.len();
        if ends_in_cr {
            new.push_str(&fix.text.replace("\r\n", "\n").replace('\n', "\r\n"));
        } else {
            new.push_str(&fix.text);
        }
        edits.push(TextEdit { old: fix.range.clone(), new: start..new.len() });
        at = fix.range.end;
    }
    new.push_str(&text[at..]);
    (new, edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str, fixes: &[(&str, &str)]) -> (String, usize, usize) {
        let fixes: Vec<Fix> = fixes
            .iter()
            .map(|(from, to)| {
                let at = text.find(from).expect("it is there");
                Fix { range: at..at + from.len(), text: (*to).to_owned() }
            })
            .collect();
        let FixedFile { text, fixed, refused, .. } = in_file("a.yaml", text, fixes.iter());
        (text, fixed, refused)
    }

    #[test]
    fn all_else_stays_byte_for_byte() {
        let text = "\u{feff}# ä  \r\na:   yes   # b\r\n\r\nc: [on,\toff ]\r\n";
        let expected = text.replace("yes", "\"yes\"").replace("off", "false");
        assert_eq!(fixed(text, &[("off", "false"), ("yes", "\"yes\"")]), (expected, 2, 0));
        assert_eq!(fixed("a: 1\r\nb: 2\r\n", &[("b: 2\r\n", "c: 2\nd: 3\n")]).0, "a: 1\r\nc: 2\r\nd: 3\r\n");
    }

    #[test]
    fn the_first_of_those_that_overlap_is_made() {
        let text = "a: [on, off]\n";
        assert_eq!(fixed(text, &[("on, off", "1"), ("off", "2")]), ("a: [1]\n".to_owned(), 1, 0));
        // Two rules may want the same.
        assert_eq!(fixed(text, &[("off", "2"), ("off", "2")]), ("a: [on, 2]\n".to_owned(), 2, 0));
        assert_eq!(fixed(text, &[("off", "2"), ("off", "3")]), ("a: [on, 2]\n".to_owned(), 1, 0));
    }

    #[test]
    fn what_reaches_beyond_its_place_is_left_out() {
        let text = "a: 1\nb: &x 2\nc: 3\nd: *x\ne: 5\n";
        let fixes = [("1", "one"), ("2", "two"), ("3", "\"three"), ("5", "five")];
        assert_eq!(fixed(text, &fixes), ("a: one\nb: &x 2\nc: 3\nd: *x\ne: five\n".to_owned(), 2, 2));
        // Each is right, both are the same key.
        let text = "a: 1\nb: 2\n";
        assert_eq!(fixed(text, &[("a", "c"), ("b", "c")]), ("c: 1\nb: 2\n".to_owned(), 1, 1));
    }
}
