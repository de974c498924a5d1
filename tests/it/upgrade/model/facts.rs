//! What the model knows of a commit, and what is in a work tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use walkdir::WalkDir;

use super::answers::{Choice, Choices, QUESTIONS, translate};
use super::scaffold::{fresh, name_of};

/// What holds for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Of the scaffold that the files are of.
    pub version: usize,
    /// What `.treenail/answers.yaml` says.
    pub choices: Choices,
    /// What the files are made of.
    pub applied: Choices,
    /// The edits that must be there.
    pub marks: BTreeSet<usize>,
    /// The files whose own lines may differ from those of the scaffold.
    pub touched: BTreeSet<String>,
    /// After a merge, the scaffold's files that the merged base knows, until the next upgrade.
    pub known: BTreeSet<String>,
}

/// An answer that both sides changed.
#[derive(Clone, Debug)]
pub struct Undecided {
    pub question: &'static str,
    /// Of a list that only one side chose: treenail takes it as it is.
    pub chosen: Option<String>,
}

impl Facts {
    /// What a merge of `ours` and `theirs` makes of them, and the answers that somebody has to decide.
    pub fn merged(base: &Self, ours: &Self, theirs: &Self) -> (Self, Vec<Undecided>) {
        let version = match (ours.version == base.version, theirs.version == base.version) {
            (true, _) => theirs.version,
            (_, true) => ours.version,
            _ => ours.version.max(theirs.version),
        };
        let mut sides = [base, ours, theirs].map(|side| side.choices.clone());
        for choices in &mut sides {
            translate(choices, version);
        }
        let mut undecided = Vec::new();
        let mut choices = Choices::new();
        for question in QUESTIONS.iter().map(|question| question.id) {
            let [was, mine, other] = sides.each_ref().map(|side| side.get(question));
            let is_changed = |side: &Choice| was.is_none_or(|was| was.value != side.value);
            let merged = match (mine, other) {
                (Some(mine), Some(other)) if mine.value == other.value => {
                    let chosen = mine.chosen || other.chosen;
                    Some(Choice { chosen, ..mine.clone() })
                }
                (Some(mine), Some(other)) => match (is_changed(mine), is_changed(other)) {
                    (true, false) => Some(mine.clone()),
                    (false, _) => Some(other.clone()),
                    // Git merges the items of a list as lines.
                    (true, true) if question == "environments" => {
                        let chosen = if mine.chosen { mine } else { other };
                        let is_one = mine.chosen != other.chosen;
                        undecided.push(Undecided { question, chosen: is_one.then(|| chosen.value.clone()) });
                        let was = was.map_or("", |was| &was.value);
                        let value = merged_items(was, &mine.value, &other.value);
                        Some(Choice { value, chosen: mine.chosen || other.chosen })
                    }
                    (true, true) if mine.chosen != other.chosen => {
                        Some(if mine.chosen { mine } else { other }.clone())
                    }
                    (true, true) => {
                        undecided.push(Undecided { question, chosen: None });
                        Some(if mine.value > other.value { mine } else { other }.clone())
                    }
                },
                (Some(only), None) | (None, Some(only)) => is_changed(only).then(|| only.clone()),
                (None, None) => None,
            };
            choices.extend(merged.map(|choice| (question, choice)));
        }
        let sides = [base, ours, theirs];
        let merged = Self {
            version,
            applied: choices.clone(),
            choices,
            marks: merged_set(sides.map(|side| &side.marks)),
            touched: ours.touched.union(&theirs.touched).cloned().collect(),
            known: merged_set(sides.map(Self::names).each_ref()),
        };
        (merged, undecided)
    }

    /// The scaffold's files that the recorded base knows.
    pub fn names(&self) -> BTreeSet<String> {
        if !self.known.is_empty() {
            return self.known.clone();
        }
        fresh(self.version, &self.applied).keys().cloned().collect()
    }
}

/// What is in `ours` or `theirs`, without what one of them removed from `base`.
fn merged_set<T: Clone + Ord>([base, ours, theirs]: [&BTreeSet<T>; 3]) -> BTreeSet<T> {
    let is_kept = |item: &&T| {
        let [was, mine, other] = [base, ours, theirs].map(|side| side.contains(*item));
        if mine == was { other } else { mine }
    };
    ours.union(theirs).filter(is_kept).cloned().collect()
}

/// As [`merged_set`], of lists whose order does not matter.
fn merged_items(base: &str, ours: &str, theirs: &str) -> String {
    let sides = [base, ours, theirs].map(|list| list.split(',').collect());
    Vec::from_iter(merged_set(sides.each_ref())).join(",")
}

/// The files of a work tree, without `.treenail`: whether executable, and the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, (bool, String)>);

impl Tree {
    pub fn read(folder: &Path) -> Self {
        let entries = WalkDir::new(folder).min_depth(1).into_iter();
        let entries =
            entries.filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".treenail");
        let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file()).map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            (path, (executable, fs::read_to_string(entry.path()).unwrap()))
        });
        Self(files.collect())
    }

    /// Each edit, and the files that it is in, by their names or else by their paths.
    pub fn marks(&self) -> BTreeMap<usize, Vec<&str>> {
        let mut found: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (path, (_, text)) in &self.0 {
            for mark in marks_in(text) {
                found.entry(mark).or_default().push(name_of(text).unwrap_or(path));
            }
        }
        found
    }

    /// The scaffold's files by their names; one that is there twice is not among them.
    pub fn named(&self) -> BTreeMap<&str, (&str, bool, &str)> {
        let twice = self.twice();
        let files = self.0.iter().filter_map(|(path, (executable, text))| {
            Some((name_of(text)?, (path.as_str(), *executable, text.as_str())))
        });
        files.filter(|(name, _)| !twice.contains(*name)).collect()
    }

    /// The names of files that a merge has left at two paths.
    pub fn twice(&self) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let names = self.0.values().filter_map(|(_, text)| name_of(text));
        names.filter(|name| !seen.insert(*name)).map(str::to_owned).collect()
    }

    /// The files whose own lines differ from those of the scaffold.
    pub fn touched(&self, facts: &Facts) -> BTreeSet<String> {
        let fresh = fresh(facts.version, &facts.applied);
        let named = self.named();
        let all = self.0.values().filter_map(|(_, text)| name_of(text));
        let differs = |name: &&str| match (named.get(name), fresh.get(*name)) {
            (Some((_, _, text)), Some((_, expected))) => without_marks(text) != *expected,
            _ => true,
        };
        all.filter(differs).map(str::to_owned).collect()
    }
}

/// The names of the files at `paths`.
pub fn names(tree: &Tree, paths: &[String]) -> Vec<String> {
    let texts = paths.iter().filter_map(|path| Some(&tree.0.get(path)?.1));
    texts.filter_map(|text| Some(name_of(text)?.to_owned())).collect()
}

pub const MARK: &str = "mark";

/// The edits in a text.
pub fn marks_in(text: &str) -> Vec<usize> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_prefix(MARK)?.parse().ok()).collect()
}

/// A text without anybody's edits.
pub fn without_marks(text: &str) -> String {
    let is_edit = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("# mark") || line.starts_with("- mark")
    };
    let plain = |line: &str| format!("{}\n", line.split(" # mark").next().unwrap());
    text.lines().filter(|line| !is_edit(line)).map(plain).collect()
}
