//! The baseline: findings that are known, so that only new ones are reported.
//!
//! A finding is known by its rule, its path, and its message or the text of its line: so it stays known if lines move, if the
//! line is edited without effect on it, and if a later version words it differently. Each entry counts for as many findings
//! as there were.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::settings_file::MAX_PROBLEMS;
use crate::check::files::Files;
use crate::check::finding::Finding;
use crate::error::Problem;
use crate::hex;
use crate::invisible::is_invisible;
use crate::suggest;
use crate::yaml::node::{Node, NodeKind};
use crate::yaml::reader;

/// Its path below the root, unless the user names another.
pub(crate) const BASELINE_PATH: &str = ".treenail/check-baseline.yaml";

/// The size in bytes up to which one is read.
pub(crate) const MAX_BASELINE: u64 = 32 * 1024 * 1024;

/// The number of entries in one.
pub(crate) const MAX_ENTRIES: usize = 50_000;

const SCHEMA: &str = "treenail.check-baseline/";
const VERSION: u32 = 1;
const KEYS: [&str; 2] = ["findings", "schema"];
const ENTRY_KEYS: [&str; 5] = ["count", "line", "message", "path", "rule"];

/// Findings with the same path, rule, message and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BaselineEntry {
    pub(crate) path: String,
    pub(crate) rule: String,
    pub(crate) message: String,
    /// Identifies the text of the line.
    line: String,
    pub(crate) count: usize,
}

/// Known findings, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    entries: Vec<BaselineEntry>,
}

/// Why a baseline cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidBaseline {
    /// A later version of treenail wrote it.
    Newer,
    /// Everything that is wrong, with the line.
    Problems(Vec<Problem>),
}

impl Baseline {
    /// Returns a baseline of `findings` in `files`.
    pub(crate) fn of(findings: &[Finding], files: &Files) -> Self {
        let mut counts = BTreeMap::new();
        for (finding, line) in findings.iter().zip(lines(findings, files)) {
            let key = (finding.path.clone(), finding.rule.code.to_owned(), finding.message.clone(), line);
            *counts.entry(key).or_insert(0) += 1;
        }
        let entry = |((path, rule, message, line), count)| BaselineEntry { path, rule, message, line, count };
        Self { entries: counts.into_iter().map(entry).collect() }
    }

    /// Adds the entries of `other` whose files are not among those that were checked.
    pub(crate) fn keep_unchecked(&mut self, other: Self, files: &Files) {
        self.entries.extend(other.entries.into_iter().filter(|entry| !files.is_checked(&entry.path)));
        self.entries.sort();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Removes the known ones of `findings`. Returns how many, and the entries that no longer occur in the checked files.
    pub(crate) fn apply(&self, files: &Files, findings: &mut Vec<Finding>) -> (usize, Vec<BaselineEntry>) {
        let mut open = Open::of(self);
        let lines = lines(findings, files);
        // What is the same as before must not be taken by what is only similar.
        let mut is_known: Vec<bool> =
            findings.iter().zip(&lines).map(|(it, line)| open.take(it, |entry| entry.is(it, line))).collect();
        for (at, finding) in findings.iter().enumerate() {
            is_known[at] = is_known[at] || open.take(finding, |entry| entry.is_like(finding, &lines[at]));
        }
        let before = findings.len();
        let mut known = is_known.into_iter();
        findings.retain(|_| !known.next().unwrap_or_default());
        let gone = open.left.into_iter().zip(&self.entries).filter(|(left, _)| *left > 0);
        let gone = gone.map(|(count, entry)| BaselineEntry { count, ..entry.clone() });
        (before - findings.len(), gone.filter(|entry| files.is_checked(&entry.path)).collect())
    }

    /// Formats it, an entry a line.
    pub(crate) fn print(&self) -> String {
        // The marker keeps Argo CD from taking the file for a manifest.
        let mut text = format!(
            "# Findings that `treenail check` knows and does not report. Written by `treenail check --write-baseline`.\n\
             # +argocd:skip-file-rendering\nschema: {SCHEMA}{VERSION}\nfindings:\n"
        );
        for BaselineEntry { path, rule, message, line, count } in &self.entries {
            let (path, message) = (quoted(path), quoted(message));
            let _ = writeln!(
                text,
                "- {{rule: {rule}, path: {path}, count: {count}, line: \"{line}\", message: {message}}}"
            );
        }
        text
    }

    /// Reads the file `shown`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(shown: &str, text: &str) -> Result<Self, InvalidBaseline> {
        let stream = reader::read(text);
        let mut reading = Reading { shown, problems: Vec::new() };
        for error in &stream.errors {
            reading.problem_at(error.position.line, &error.message);
        }
        let [document] = &*stream.documents else {
            if reading.problems.is_empty() {
                reading.problem_at(1, "it is not one YAML document");
            }
            return Err(InvalidBaseline::Problems(reading.problems));
        };
        let root = document.root();
        let schema = root.get("schema").map_or("", Node::text);
        if schema
            .strip_prefix(SCHEMA)
            .is_some_and(|version| version.parse().is_ok_and(|it: u32| it > VERSION))
        {
            return Err(InvalidBaseline::Newer);
        }
        if schema != format!("{SCHEMA}{VERSION}") {
            reading.problem(
                root.get("schema").unwrap_or(root),
                &format!("`schema` must be `{SCHEMA}{VERSION}`"),
            );
        }
        let mut entries = Vec::new();
        for (key, value) in reading.mapping(root, &KEYS) {
            if key == "findings" {
                entries = reading.entries(value);
            }
        }
        entries.sort();
        if reading.problems.is_empty() {
            Ok(Self { entries })
        } else {
            Err(InvalidBaseline::Problems(reading.problems))
        }
    }
}

impl BaselineEntry {
    fn is(&self, finding: &Finding, line: &str) -> bool {
        self.line == line && self.message == finding.message
    }

    fn is_like(&self, finding: &Finding, line: &str) -> bool {
        self.line == line || self.message == finding.message
    }
}

/// The entries that findings have not used up.
struct Open<'b> {
    entries: &'b [BaselineEntry],
    /// Their indices, by path and rule.
    by_place: HashMap<&'b str, HashMap<&'b str, Vec<usize>>>,
    left: Vec<usize>,
}

impl<'b> Open<'b> {
    fn of(baseline: &'b Baseline) -> Self {
        let mut by_place = HashMap::<_, HashMap<_, Vec<_>>>::new();
        for (at, entry) in baseline.entries.iter().enumerate() {
            by_place.entry(&*entry.path).or_default().entry(&*entry.rule).or_default().push(at);
        }
        let left = baseline.entries.iter().map(|entry| entry.count).collect();
        Self { entries: &baseline.entries, by_place, left }
    }

    /// Whether an entry for `finding` is left; it is then used up by one.
    fn take(&mut self, finding: &Finding, is_it: impl Fn(&BaselineEntry) -> bool) -> bool {
        let rules = self.by_place.get_mut(&*finding.path);
        let Some(places) = rules.and_then(|rules| rules.get_mut(finding.rule.code)) else { return false };
        let Some(found) = places.iter().position(|at| is_it(&self.entries[*at])) else { return false };
        let at = places[found];
        self.left[at] -= 1;
        if self.left[at] == 0 {
            places.remove(found);
        }
        true
    }
}

/// Returns what identifies the line of each of `findings`, which are sorted by path.
fn lines(findings: &[Finding], files: &Files) -> Vec<String> {
    let mut hashes = Vec::with_capacity(findings.len());
    for group in findings.chunk_by(|one, other| one.path == other.path) {
        let lines = files.lines(&group[0].path);
        for finding in group {
            let line = lines.get(finding.start.line - 1).copied().unwrap_or_default().trim();
            hashes.push(hex::encode(&Sha256::digest(line)[..6]));
        }
    }
    hashes
}

/// Quotes `text` for YAML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if is_invisible(character) || character == '\u{feff}' => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}

struct Reading<'s> {
    shown: &'s str,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn problem(&mut self, node: Node<'_>, message: &str) {
        self.problem_at(node.position().line, message);
    }

    fn problem_at(&mut self, line: usize, message: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::new(format!("`{}`:{line}: {message}", self.shown), ""));
        }
    }

    /// Returns the entries of a mapping whose keys are `known`.
    fn mapping<'n>(&mut self, node: Node<'n>, known: &[&'static str]) -> Vec<(&'static str, Node<'n>)> {
        if !node.is_mapping() {
            self.problem(node, "it must be a mapping");
        }
        let mut entries = Vec::new();
        for (key, value) in node.entries() {
            if let Some(known) = known.iter().find(|known| **known == key.text()) {
                entries.push((*known, value));
                continue;
            }
            let hint = suggest::hint(key.text(), known.iter().copied());
            self.problem(key, &format!("unknown key `{}`{hint}", key.text()));
        }
        entries
    }

    fn entries(&mut self, node: Node<'_>) -> Vec<BaselineEntry> {
        if !node.is_sequence() && node.kind() != NodeKind::Null {
            self.problem(node, "`findings` must be a list");
        }
        if node.items().len() > MAX_ENTRIES {
            self.problem(node, &format!("it has more than {MAX_ENTRIES} entries"));
            return Vec::new();
        }
        node.items().map(|item| self.entry(item)).collect()
    }

    fn entry(&mut self, node: Node<'_>) -> BaselineEntry {
        let values: BTreeMap<_, _> = self.mapping(node, &ENTRY_KEYS).into_iter().collect();
        let text = |key: &str| values.get(key).map(|value| value.text().to_owned()).unwrap_or_default();
        let missing = ENTRY_KEYS.iter().find(|key| text(key).is_empty() && **key != "message");
        if let Some(missing) = missing.filter(|_| node.is_mapping()) {
            self.problem(node, &format!("this entry has no `{missing}`"));
        }
        // More than any repository has, and far from what a sum could not hold.
        let count = text("count").parse::<u32>().ok().filter(|count| (1..=1_000_000).contains(count));
        if let (None, Some(value)) = (count, values.get("count")) {
            self.problem(*value, "`count` must be a number from 1 to 1000000");
        }
        let count = count.unwrap_or(1) as usize;
        BaselineEntry {
            path: text("path"),
            rule: text("rule"),
            message: text("message"),
            line: text("line"),
            count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::files::FileContent;
    use crate::check::run;

    const HEAD: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";

    fn checked(lines: &str) -> (Files, Vec<Finding>) {
        let mut files = Files::below([""]);
        files.insert("a.yaml", FileContent::of(format!("{HEAD}{lines}").into_bytes()));
        let findings = run(&files).findings;
        (files, findings)
    }

    /// The lines that are still reported, and how many entries are gone, after a baseline of `before`.
    fn left(before: &str, after: &str) -> (Vec<usize>, usize) {
        let (files, findings) = checked(before);
        let text = Baseline::of(&findings, &files).print();
        let baseline = Baseline::parse("b.yaml", &text).unwrap();
        assert_eq!(baseline.print(), text);
        let (files, mut findings) = checked(after);
        let (_, gone) = baseline.apply(&files, &mut findings);
        (findings.iter().map(|finding| finding.start.line).collect(), gone.iter().map(|it| it.count).sum())
    }

    #[test]
    fn a_finding_stays_known_where_it_moves() {
        for (before, after, expected) in [
            ("a: on\n", "a: on\n", (vec![], 0)),
            ("a: on\n", "b: 1\n\n\na: on\n", (vec![], 0)),
            ("a: on\n", "x:\n  a: on\n", (vec![], 0)),
            // Another line, and the same message.
            ("a: on\n", "a: on # why\n", (vec![], 0)),
            // The same line, and another message: the first `a` is elsewhere.
            ("a: 1\na: 2\n", "b: 1\na: 1\na: 2\n", (vec![], 0)),
            ("a: on\n", "a: off\n", (vec![4], 1)),
            ("a: on\n", "a: 1\n", (vec![], 1)),
            ("a: 1\n", "a: on\n", (vec![4], 0)),
        ] {
            assert_eq!(left(before, after), expected, "{before} {after}");
        }
    }

    #[test]
    fn each_entry_counts_as_often_as_it_occurred() {
        assert_eq!(left("l:\n- on\n- on\n", "l:\n- on\n- on\n- on\n"), (vec![7], 0));
        assert_eq!(left("l:\n- on\n- on\n", "l:\n- on\n"), (vec![], 1));
        // The same one is known before one that is only like it.
        assert_eq!(left("a: on\n", "b: on\na: on\n"), (vec![4], 0));
    }

    #[test]
    fn strange_texts_are_quoted() {
        for text in ["", "a\"b\\c", "a: #\u{1b}[31m\u{202e}\u{feff}\u{85}\u{2028}é日\t\n"] {
            let entry = BaselineEntry {
                path: format!("{text}x"),
                rule: "TN001".to_owned(),
                message: text.to_owned(),
                line: "1e10".to_owned(),
                count: 3,
            };
            let baseline = Baseline { entries: vec![entry] };
            let printed = baseline.print();
            assert!(printed.lines().count() == 5 && !printed.contains('\u{1b}'), "{printed}");
            assert_eq!(Baseline::parse("b.yaml", &printed), Ok(baseline), "{printed}");
        }
    }

    #[test]
    fn what_was_tampered_with_is_refused() {
        let problems = |text: &str| match Baseline::parse("b.yaml", text) {
            Err(InvalidBaseline::Problems(problems)) => problems.into_iter().map(|it| it.message).collect(),
            other => vec![format!("{other:?}")],
        };
        let head = "schema: treenail.check-baseline/1\nfindings:\n";
        let entry = "{rule: TN001, path: a, count: 1, line: \"00\", message: a}";
        assert_eq!(problems(&format!("{head}- {entry}\n")).len(), 1);
        for (text, expected) in [
            (String::new(), "`b.yaml`:1: it is not one YAML document"),
            ("[]\n".to_owned(), "`b.yaml`:1: `schema` must be `treenail.check-baseline/1`"),
            (format!("{head}- {{rule: TN001}}\n"), "`b.yaml`:3: this entry has no `count`"),
            (format!("{head}- a\n"), "`b.yaml`:3: it must be a mapping"),
            (format!("{head}  a: b\n"), "`b.yaml`:3: `findings` must be a list"),
            (
                format!("{head}- {}\n", entry.replace('1', "-1")),
                "`b.yaml`:3: `count` must be a number from 1 to 1000000",
            ),
            (
                format!("{head}- {}\n", entry.replace("rule", "rle")),
                "`b.yaml`:3: unknown key `rle`; did you mean `rule`?",
            ),
            (
                format!("{head}{}", "- a\n".repeat(MAX_ENTRIES + 1)),
                "`b.yaml`:3: it has more than 50000 entries",
            ),
        ] {
            assert_eq!(problems(&text)[0], expected, "{text:.80}");
        }
        assert_eq!(
            Baseline::parse("b.yaml", "schema: treenail.check-baseline/2\nmore: 1\n"),
            Err(InvalidBaseline::Newer)
        );
    }
}
