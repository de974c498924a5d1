//! Reads `.treenail/check.yaml`, and says everything that is wrong with it.

use super::glob::{Pattern, PatternList, ValuePattern};
use super::settings::{FolderSettings, Level, Levels};
use crate::check::rule;
use crate::check::rules::GROUPS;
use crate::check::severity::Severity;
use crate::error::Problem;
use crate::suggest;
use crate::yaml::node::{Document, Node, NodeKind};
use crate::yaml::reader;

const KEYS: [&str; 3] = ["exclude", "overrides", "rules"];
const OVERRIDE_KEYS: [&str; 2] = ["files", "rules"];
const RULE_KEYS: [&str; 2] = ["except", "level"];
const LEVELS: [&str; 4] = ["error", "warning", "note", "off"];

/// The word for all rules.
const ALL: &str = "all";

/// The number of patterns in one file, and of problems to list.
const MAX_PATTERNS: usize = 1_000;
pub(super) const MAX_PROBLEMS: usize = 20;

/// Reads the file `path`.
///
/// # Errors
/// Everything that is wrong, in file order.
pub(super) fn parse(path: &str, text: &str) -> Result<FolderSettings, Vec<Problem>> {
    let stream = reader::read(text);
    let mut reading = Reading { path, problems: Vec::new(), patterns: 0 };
    for error in &stream.errors {
        reading.problem_at(error.position.line, error.position.column, &error.message, "");
    }
    let mut settings = FolderSettings::default();
    match &*stream.documents {
        [] => {}
        [document] => settings = reading.settings(document),
        [_, second, ..] => reading.problem(second.root(), "a second document", "keep one of them"),
    }
    if reading.problems.is_empty() { Ok(settings) } else { Err(reading.problems) }
}

struct Reading<'p> {
    path: &'p str,
    problems: Vec<Problem>,
    patterns: usize,
}

impl Reading<'_> {
    fn problem(&mut self, node: Node<'_>, message: &str, fix: &str) {
        let position = node.position();
        self.problem_at(position.line, position.column, message, fix);
    }

    fn problem_at(&mut self, line: usize, column: usize, message: &str, fix: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::new(format!("`{}`:{line}:{column}: {message}", self.path), fix));
        }
    }

    fn settings(&mut self, document: &Document<'_>) -> FolderSettings {
        for (first, again) in document.duplicates() {
            let message = format!("key `{}` is already on line {}", again.text(), first.position().line);
            self.problem(again, &message, "remove one of them");
        }
        let mut settings = FolderSettings::default();
        for (key, value) in self.entries(document.root(), "the file", &KEYS) {
            match key {
                "exclude" => settings.exclude = self.patterns(key, value),
                "rules" => settings.rules = self.levels(value),
                _ => settings.overrides = self.overrides(value),
            }
        }
        settings
    }

    /// Returns the entries of a mapping whose keys are among `known`.
    fn entries<'n>(
        &mut self,
        node: Node<'n>,
        what: &str,
        known: &[&'static str],
    ) -> Vec<(&'static str, Node<'n>)> {
        let mut entries = Vec::new();
        for (key, value) in self.mapping(node, what) {
            if let Some(known) = known.iter().find(|known| **known == key.text()) {
                entries.push((*known, value));
                continue;
            }
            let hint = suggest::hint(key.text(), known.iter().copied());
            let message = format!("unknown key `{}`{hint}", key.text());
            self.problem(key, &message, &format!("the keys are `{}`", known.join("`, `")));
        }
        entries
    }

    fn mapping<'n>(&mut self, node: Node<'n>, what: &str) -> Vec<(Node<'n>, Node<'n>)> {
        if !node.is_mapping() && node.kind() != NodeKind::Null {
            self.problem(node, &format!("{what} must be a mapping"), "");
        }
        node.entries().collect()
    }

    fn items<'n>(&mut self, key: &str, node: Node<'n>) -> Vec<Node<'n>> {
        if !node.is_sequence() && node.kind() != NodeKind::Null {
            self.problem(node, &format!("`{key}` must be a list"), "");
        }
        node.items().collect()
    }

    fn patterns(&mut self, key: &str, node: Node<'_>) -> PatternList {
        let mut list = PatternList::default();
        for (item, text) in self.texts(key, node) {
            match Pattern::parse(text) {
                Ok(pattern) => list.push(pattern),
                Err(why) => self.useless(item, why),
            }
        }
        list
    }

    fn useless(&mut self, node: Node<'_>, why: &str) {
        let cut: String = node.text().chars().take(40).collect();
        self.problem(node, &format!("the pattern `{cut}` is invalid: {why}"), "");
    }

    /// Returns the texts of the list `key`, up to the number of patterns that a file may have.
    fn texts<'n>(&mut self, key: &str, node: Node<'n>) -> Vec<(Node<'n>, &'n str)> {
        let mut texts = Vec::new();
        for item in self.items(key, node) {
            self.patterns += 1;
            if self.patterns > MAX_PATTERNS {
                self.problem(item, &format!("more than {MAX_PATTERNS} patterns"), "combine some of them");
                break;
            }
            if item.kind() == NodeKind::Scalar {
                texts.push((item, item.text()));
            } else {
                self.problem(item, &format!("an entry of `{key}` must be text"), "");
            }
        }
        texts
    }

    fn overrides(&mut self, node: Node<'_>) -> Vec<(PatternList, Levels)> {
        let mut overrides = Vec::new();
        for item in self.items("overrides", node) {
            let (mut files, mut levels) = (PatternList::default(), Levels::default());
            for (key, value) in self.entries(item, "an entry of `overrides`", &OVERRIDE_KEYS) {
                match key {
                    "files" => files = self.patterns(key, value),
                    _ => levels = self.levels(value),
                }
            }
            if item.get("files").is_none() {
                self.problem(
                    item,
                    "an entry of `overrides` has no `files`",
                    "list patterns, or use `rules` at the top",
                );
            }
            overrides.push((files, levels));
        }
        overrides
    }

    fn levels(&mut self, node: Node<'_>) -> Levels {
        let mut levels = Levels::default();
        for (key, value) in self.mapping(node, "`rules`") {
            let name = key.text();
            if name == ALL {
                levels.all = self.level(value);
            } else if let Some(rule) = rule::find(name) {
                if let Some(level) = self.rule(value, rule.code, &mut levels) {
                    levels.rules.insert(rule.code, level);
                }
            } else if let Some(group) = GROUPS.iter().find(|group| group.name() == name) {
                let level = self.level(value);
                levels.groups.extend(level.map(|level| (group.folder(), level)));
            } else {
                self.unknown(key);
            }
        }
        levels
    }

    fn unknown(&mut self, key: Node<'_>) {
        let name = key.text();
        let names = GROUPS.iter().map(|group| group.name()).collect::<Vec<_>>();
        let known = names.iter().map(String::as_str).chain([ALL]);
        let message = format!("unknown rule or group `{name}`{}", suggest::hint(name, known));
        let fix = if rule::is_code(name) {
            rule::hint(name)
        } else {
            "`treenail explain` lists the rules and groups".to_owned()
        };
        self.problem(key, &message, &fix);
    }

    /// Reads a level, or a mapping of the options of a rule.
    fn rule(&mut self, node: Node<'_>, code: &'static str, levels: &mut Levels) -> Option<Level> {
        if !node.is_mapping() {
            return self.level(node);
        }
        let mut level = None;
        for (key, value) in self.entries(node, "a rule", &RULE_KEYS) {
            if key == "level" {
                level = self.level(value);
            } else {
                levels.except.insert(code, self.values(key, value));
            }
        }
        level
    }

    fn values(&mut self, key: &str, node: Node<'_>) -> Vec<ValuePattern> {
        let mut patterns = Vec::new();
        for (item, text) in self.texts(key, node) {
            match ValuePattern::parse(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.useless(item, why),
            }
        }
        patterns
    }

    fn level(&mut self, node: Node<'_>) -> Option<Level> {
        match node.text() {
            "error" => Some(Level::Report(Severity::Error)),
            "warning" => Some(Level::Report(Severity::Warning)),
            "note" => Some(Level::Report(Severity::Note)),
            // Without quotes it is a boolean to other readers of YAML; here it is the word.
            "off" => Some(Level::Off),
            other => {
                let cut: String = other.chars().take(40).collect();
                let message = format!("unknown level `{cut}`{}", suggest::hint(other, LEVELS));
                self.problem(node, &message, "the levels are `error`, `warning`, `note` and `off`");
                None
            }
        }
    }
}
