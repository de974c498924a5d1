//! What `.treenail/check.yaml` says: which files are left out, and how severe findings are. A file applies to the folder that
//! holds `.treenail`; inside that folder, one of an inner folder counts more.

use std::collections::BTreeMap;

use super::glob::{PatternList, ValuePattern};
use super::settings_file;
use crate::check::files::Files;
use crate::check::finding::Finding;
use crate::check::rule::Rule;
use crate::check::severity::Severity;
use crate::error::Problem;

/// Its path below the folder that it applies to.
pub(crate) const SETTINGS_PATH: &str = ".treenail/check.yaml";

/// The size in bytes up to which one is read.
pub(crate) const MAX_SETTINGS: u64 = 64 * 1024;

/// The folder of what treenail records. It holds no manifests, and is never left out.
const STATE_FOLDER: &str = ".treenail";

/// The settings that apply to some files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Sorted by folder, so that an inner folder follows those around it.
    folders: BTreeMap<String, FolderSettings>,
}

/// The settings of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FolderSettings {
    pub(super) exclude: PatternList,
    pub(super) rules: Levels,
    pub(super) overrides: Vec<(PatternList, Levels)>,
}

/// What to do with findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Off,
    Report(Severity),
}

/// Levels by rule, by group, and for all. The most specific one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) all: Option<Level>,
    pub(super) groups: BTreeMap<&'static str, Level>,
    pub(super) rules: BTreeMap<&'static str, Level>,
    /// Values that a rule does not report.
    pub(super) except: BTreeMap<&'static str, Vec<ValuePattern>>,
}

impl Settings {
    /// Adds the settings in `text` for `folder`, which ends in `/` or is empty.
    ///
    /// # Errors
    /// Everything that is wrong with them, with the line.
    pub(crate) fn add(&mut self, folder: &str, text: &str) -> Result<(), Vec<Problem>> {
        let settings = settings_file::parse(&format!("{folder}{SETTINGS_PATH}"), text)?;
        self.folders.insert(folder.to_owned(), settings);
        Ok(())
    }

    pub(crate) fn has(&self, folder: &str) -> bool {
        self.folders.contains_key(folder)
    }

    /// Whether any settings leave files out.
    pub(crate) fn excludes_any(&self) -> bool {
        self.folders.values().any(|settings| !settings.exclude.is_empty())
    }

    /// Whether `path` itself is left out, which the caller has found in a folder that is not.
    pub(crate) fn excludes(&self, path: &str, is_folder: bool) -> bool {
        // The folder of the settings cannot leave itself out.
        if path.is_empty() || is_state(path) {
            return false;
        }
        let decisions = self.around(path).filter_map(|(path, it)| it.exclude.decide(path, is_folder));
        decisions.last().unwrap_or(false)
    }

    /// Whether `path` or a folder that contains it is left out.
    pub(crate) fn covers(&self, path: &str, is_folder: bool) -> bool {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.any(|folder| self.excludes(folder, true)) || self.excludes(path, is_folder)
    }

    /// Returns the settings of the folders around `path`, outermost first, each with the path below its folder.
    fn around<'s, 'p>(&'s self, path: &'p str) -> impl Iterator<Item = (&'p str, &'s FolderSettings)> {
        self.folders.iter().filter_map(move |(folder, it)| Some((path.strip_prefix(&**folder)?, it)))
    }

    /// Changes the severity of `findings`, which are sorted by path, and removes those that are off. Returns how many.
    pub(super) fn apply(&self, files: &Files, findings: &mut Vec<Finding>) -> usize {
        if self.folders.is_empty() {
            return 0;
        }
        let before = findings.len();
        let mut path = None;
        let mut levels = Vec::new();
        findings.retain_mut(|finding| {
            if path.as_ref() != Some(&finding.path) {
                levels = self.levels(&finding.path);
                path = Some(finding.path.clone());
            }
            apply(&levels, finding)
        });
        let off = before - findings.len();
        // What was read only since others name it.
        findings.retain(|finding| !files.is_excluded(&finding.path));
        off
    }

    /// Returns the levels that apply to `path`; the last one that is about a rule counts.
    fn levels<'s>(&'s self, path: &str) -> Vec<&'s Levels> {
        let mut levels = Vec::new();
        for (path, settings) in self.around(path) {
            levels.push(&settings.rules);
            levels
                .extend(settings.overrides.iter().filter(|(files, _)| files.covers(path)).map(|(_, it)| it));
        }
        levels
    }
}

/// Whether `path` is the folder of the state, or in it.
fn is_state(path: &str) -> bool {
    path.split('/').any(|name| name == STATE_FOLDER)
}

/// Sets the severity of `finding`; false if it is off.
fn apply(levels: &[&Levels], finding: &mut Finding) -> bool {
    if levels.iter().any(|levels| levels.excepts(finding)) {
        return false;
    }
    match levels.iter().rev().find_map(|levels| levels.of(finding.rule)) {
        Some(Level::Off) => return false,
        Some(Level::Report(severity)) => finding.severity = severity,
        None => {}
    }
    true
}

impl Levels {
    fn of(&self, rule: &Rule) -> Option<Level> {
        let group = || self.groups.get(rule.group());
        self.rules.get(rule.code).or_else(group).copied().or(self.all)
    }

    /// Whether the message of `finding` names a value that its rule does not report.
    fn excepts(&self, finding: &Finding) -> bool {
        let Some(patterns) = self.except.get(finding.rule.code) else { return false };
        // Values are between backticks.
        let mut values = finding.message.split('`').skip(1).step_by(2);
        values.any(|value| patterns.iter().any(|pattern| pattern.is_match(value)))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::check::rule::{self, TN003, TN021, TN028};

    fn settings(files: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (folder, text) in files {
            settings.add(folder, text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        }
        settings
    }

    /// What is left of a finding, as its severity.
    fn level(settings: &Settings, rule: &'static Rule, path: &str, message: &str) -> &'static str {
        let mut findings = vec![Finding::about_file(rule, path, message)];
        settings.apply(&Files::below([""]), &mut findings);
        findings.first().map_or("off", |finding| finding.severity.as_str())
    }

    #[test]
    fn the_most_specific_level_counts() {
        let text = "rules: {TN003: note, yaml11: error, all: off, kustomizations: warning}\n";
        let settings = settings(&[("", text)]);
        assert_eq!(level(&settings, &TN003, "a.yaml", ""), "note");
        assert_eq!(level(&settings, &TN021, "a.yaml", ""), "warning");
        assert_eq!(level(&settings, &TN028, "a.yaml", ""), "off");
    }

    #[test]
    fn the_last_override_and_the_inner_file_count() {
        let outer = "rules: {TN003: error}\noverrides:\n- files: [deploy/, '!deploy/a/']\n  rules: {all: off}\n\
                     - files: ['*.json']\n  rules: {TN003: note}\n";
        let settings = settings(&[("", outer), ("deploy/inner/", "rules: {TN003: warning}\n")]);
        for (path, expected) in [
            ("a.yaml", "error"),
            ("deploy/b.yaml", "off"),
            ("deploy/a/b.yaml", "off"),
            ("x/b.json", "note"),
            ("deploy/b.json", "note"),
            ("deploy/inner/b.yaml", "warning"),
        ] {
            assert_eq!(level(&settings, &TN003, path, ""), expected, "{path}");
        }
    }

    #[test]
    fn values_that_a_rule_does_not_report() {
        let settings = settings(&[("", "rules:\n  TN028:\n    except: [robot, ci-*]\n    level: error\n")]);
        let missing = |name| format!("ServiceAccount `{name}` does not exist in this namespace");
        for (name, expected) in [("robot", "off"), ("ci-deploy", "off"), ("robots", "error")] {
            assert_eq!(level(&settings, &TN028, "a.yaml", &missing(name)), expected, "{name}");
        }
        // The text between values is not one.
        assert_eq!(level(&settings, &TN028, "a.yaml", "`a` robot `b`"), "error");
    }

    #[test]
    fn an_inner_file_can_take_back_what_an_outer_one_leaves_out() {
        let settings =
            settings(&[("", "exclude: ['*.json', /gone/]\n"), ("deploy/", "exclude: ['!a.json', x/]\n")]);
        for (path, is_folder, expected) in [
            ("a.json", false, true),
            ("deploy/a.json", false, false),
            ("deploy/b.json", false, true),
            ("deploy/x", true, true),
            ("x", true, false),
            ("gone", true, true),
            ("gone", false, false),
        ] {
            assert_eq!(settings.excludes(path, is_folder), expected, "{path}");
        }
        assert!(settings.covers("gone/a/b.yaml", false) && !settings.covers("deploy/gone/b.yaml", false));
    }

    #[test]
    fn the_state_is_never_left_out() {
        let settings = settings(&[("", "exclude: ['**', .treenail/]\n")]);
        assert!(settings.excludes("a", true) && settings.covers("a/b.yaml", false));
        for path in ["", ".treenail", ".treenail/answers.yaml", "shop/.treenail/answers.yaml"] {
            assert!(!settings.excludes(path, true), "{path}");
        }
    }

    fn problems(text: &str) -> Vec<String> {
        let problems = Settings::default().add("", text).unwrap_err();
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_listed_with_its_line() {
        let text = "exlude: [a]\nexclude: [1, {a: b}, '', 'a[']\nrules:\n  TN3: off\n  imags: note\n  TN003: of\n  \
                    TN021: {levl: note}\n  TN028: {except: a}\noverrides:\n- rules: {TN003: note}\n- a\nrules: {}\n";
        assert_eq!(
            problems(text),
            [
                "`.treenail/check.yaml`:12:1: key `rules` is already on line 3",
                "`.treenail/check.yaml`:1:1: unknown key `exlude`; did you mean `exclude`?",
                "`.treenail/check.yaml`:2:14: an entry of `exclude` must be text",
                "`.treenail/check.yaml`:2:22: the pattern `` is invalid: it matches nothing",
                "`.treenail/check.yaml`:2:26: the pattern `a[` is invalid: a `[` is not closed",
                "`.treenail/check.yaml`:4:3: unknown rule or group `TN3`",
                "`.treenail/check.yaml`:5:3: unknown rule or group `imags`; did you mean `images`?",
                "`.treenail/check.yaml`:6:10: unknown level `of`; did you mean `off`?",
                "`.treenail/check.yaml`:7:11: unknown key `levl`; did you mean `level`?",
                "`.treenail/check.yaml`:8:19: `except` must be a list",
                "`.treenail/check.yaml`:10:3: an entry of `overrides` has no `files`",
                "`.treenail/check.yaml`:11:3: an entry of `overrides` must be a mapping",
                "`.treenail/check.yaml`:11:3: an entry of `overrides` has no `files`",
            ]
        );
        assert_eq!(problems("a: [\n").len(), 1);
        assert_eq!(problems("[a]\n"), ["`.treenail/check.yaml`:1:1: the file must be a mapping"]);
        assert_eq!(problems("exclude: []\n---\nexclude: []\n").len(), 1);
    }

    #[test]
    fn an_empty_file_says_nothing() {
        for text in ["", "# nothing\n", "exclude:\nrules:\noverrides:\n", "{}\n", "rules: {TN003: {}}\n"] {
            assert!(Settings::default().add("", text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn hostile_files_are_refused_soon() {
        let entries = "- '**/**/**/**/x'\n".repeat(1_000);
        assert!(Settings::default().add("", &format!("exclude:\n{entries}")).is_ok());
        assert_eq!(problems(&format!("exclude:\n{entries}- a\n")).len(), 1);
        assert_eq!(problems(&format!("rules: {}\n", "{a: ".repeat(5_000))).len(), 1);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let again = vec![format!("*a{}", level - 1); 9].join(", ");
            let _ = writeln!(bomb, "a{level}: &a{level} [{again}]");
        }
        assert!(!problems(&bomb).is_empty());
        assert_eq!(problems(&"a: b\n".repeat(100)).len(), 20);
        // Every rule and group has a name that can be written.
        for rule in rule::ALL {
            let text = format!("rules: {{{}: off, {}: off}}\n", rule.code, rule.group().replace('_', "-"));
            assert!(Settings::default().add("", &text).is_ok(), "{text}");
        }
    }
}
