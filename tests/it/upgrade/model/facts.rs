//! What the model knows of a commit, and what is in a work tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use walkdir::WalkDir;

use super::answers::{Choice, Choices};
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
}

impl Facts {
    /// What a merge of `ours` and `theirs` makes of them, and the questions that both have answered differently.
    pub fn merged(base: &Self, ours: &Self, theirs: &Self) -> (Self, Vec<&'static str>) {
        let mut undecided = Vec::new();
        let mut choices = Choices::new();
        let questions: BTreeSet<_> = ours.choices.keys().chain(theirs.choices.keys()).collect();
        for question in questions {
            let sides = [&base.choices, &ours.choices, &theirs.choices].map(|side| side.get(question));
            let [was, mine, other] = sides.map(|side| side.map(|choice| &choice.value));
            if mine != other && mine != was && other != was {
                undecided.push(*question);
            }
            let [was, mine, other] = sides;
            if let Some(choice) = three_way(&was, &mine, &other) {
                choices.insert(question, Choice { ..choice.clone() });
            }
        }
        let all = ours.marks.union(&theirs.marks);
        let is_kept = |mark: &&usize| {
            let [was, mine, other] = [base, ours, theirs].map(|side| side.marks.contains(mark));
            three_way(&was, &mine, &other)
        };
        let merged = Self {
            version: three_way(&base.version, &ours.version, &theirs.version),
            choices,
            applied: three_way(&base.applied, &ours.applied, &theirs.applied),
            marks: all.filter(is_kept).copied().collect(),
            touched: ours.touched.union(&theirs.touched).cloned().collect(),
        };
        (merged, undecided)
    }
}

fn three_way<T: Clone + PartialEq>(base: &T, ours: &T, theirs: &T) -> T {
    if ours == base { theirs.clone() } else { ours.clone() }
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
        let mut named = BTreeMap::new();
        let mut twice = Vec::new();
        for (path, (executable, text)) in &self.0 {
            let Some(name) = name_of(text) else { continue };
            if named.insert(name, (path.as_str(), *executable, text.as_str())).is_some() {
                twice.push(name);
            }
        }
        named.retain(|name, _| !twice.contains(name));
        named
    }

    /// The files whose own lines differ from those of the scaffold.
    pub fn touched(&self, facts: &Facts) -> BTreeSet<String> {
        let fresh = fresh(facts.version, &facts.applied);
        let named = self.named();
        let names = self.0.values().filter_map(|(_, text)| name_of(text));
        let differs = |name: &&str| match (named.get(name), fresh.get(*name)) {
            (Some((_, _, text)), Some((_, expected))) => without_marks(text) != *expected,
            _ => true,
        };
        names.filter(differs).map(str::to_owned).collect()
    }
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
