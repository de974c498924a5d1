//! Checks the parts of a definition against each other, and reports all problems with their lines.

mod history;

use std::collections::{BTreeMap, BTreeSet};

use super::{Definition, Derived, FILE, FileRule, Question};
use crate::error::Problem;
use crate::excerpt;
use crate::invisible;
use crate::scaffold::limits;
use crate::suggest;

pub(super) const LIST_TYPES: [&str; 1] = ["environments"];

/// The detectors of `answers::detect`.
const DETECTORS: [&str; 6] = ["app", "source-repo", "manifest-repo", "branch", "port", "user-id"];

/// Variables of every template, and words of the template language.
const RESERVED: [&str; 14] = [
    "prefix", "scaffold", "files", "item", "loop", "true", "false", "none", "and", "or", "not", "in", "is",
    "if",
];

const ITEM_FIELDS: [&str; 4] = ["name", "value", "first", "last"];

/// Nobody reads more, and each takes a search for its line.
const MOST_PROBLEMS: usize = 100;

pub(super) struct ProblemList<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl<'t> ProblemList<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, problems: Vec::new() }
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn refuse_long_list(&mut self, section: &str, entries: usize) {
        let most = if section == "files" { limits::FILES } else { limits::ENTRIES };
        if entries > most {
            let reason = format!("{section}: {entries} entries; at most {most} are allowed");
            self.add_at(section_line(self.text, section), &reason);
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    /// Returns the value of a top-level key, or adds its problem.
    pub(crate) fn value<T>(&mut self, key: &str, value: Result<T, String>) -> Option<T> {
        value.map_err(|reason| self.add_at(section_line(self.text, key), &format!("{key}: {reason}"))).ok()
    }

    pub(crate) fn each<S, T>(
        &mut self,
        section: &str,
        sources: Vec<S>,
        read: impl Fn(S) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let read: Vec<_> = sources
            .into_iter()
            .enumerate()
            .map(|(index, source)| read(source).map_err(|reason| self.entry(section, index, &reason)).ok())
            .collect();
        read.into_iter().collect()
    }

    fn entry(&mut self, section: &str, index: usize, reason: &str) {
        if self.problems.len() < MOST_PROBLEMS {
            self.add_at(entry_line(self.text, section, index), reason);
        }
    }

    fn add_at(&mut self, line: Option<usize>, reason: &str) {
        let place = line.map_or_else(|| FILE.to_owned(), |line| format!("{FILE}:{line}"));
        self.problems.push(Problem::new(excerpt::cut(&format!("{place}: {reason}")), ""));
    }
}

fn section_line(text: &str, section: &str) -> Option<usize> {
    let is_section = |line: &str| line.strip_prefix(section).is_some_and(|rest| rest.starts_with(':'));
    text.lines().position(is_section).map(|index| index + 1)
}

/// Returns the line, from 1, on which an entry of a top-level list starts. The YAML parser keeps no
/// positions, so the dashes of a block list, which share a column, are counted.
fn entry_line(text: &str, section: &str, index: usize) -> Option<usize> {
    let start = section_line(text, section)?;
    let dash = |line: &str| line.trim_start().starts_with("- ").then(|| line.len() - line.trim_start().len());
    let mut lines = (start + 1..).zip(text.lines().skip(start));
    let (first, column) = lines.find_map(|(number, line)| Some((number, dash(line)?)))?;
    std::iter::once(first)
        .chain(lines.filter(|(_, line)| dash(line) == Some(column)).map(|(number, _)| number))
        .nth(index)
}

pub(super) fn consistency(definition: &Definition, templates: &[&str], report: &mut ProblemList<'_>) {
    let templates: &BTreeSet<&str> = &templates.iter().copied().collect();
    if let Some(reason) = bad_name(&definition.name) {
        report.add_at(section_line(report.text, "name"), &format!("name: {reason}"));
    }
    for reason in invisible_in([("summary", &*definition.summary)]) {
        report.add_at(section_line(report.text, "summary"), &reason);
    }
    for (index, step) in definition.next.iter().enumerate() {
        for reason in invisible_in([("next", &**step)]) {
            report.entry("next", index, &reason);
        }
    }
    let mut taken: BTreeSet<String> = RESERVED.iter().map(|&name| name.to_owned()).collect();
    for (index, question) in definition.questions.iter().enumerate() {
        for reason in of_question(question, &mut taken) {
            report.entry("questions", index, &format!("question `{}`: {reason}", question.name));
        }
    }
    let mut fields: BTreeSet<(String, String)> = BTreeSet::new();
    for (index, derived) in definition.derived.iter().enumerate() {
        for reason in of_derived(derived, definition, &mut taken, &mut fields) {
            report.entry("derived", index, &format!("derived `{}`: {reason}", derived.name));
        }
    }
    let mut conditional: BTreeMap<&str, bool> = BTreeMap::new();
    for (index, rule) in definition.files.iter().enumerate() {
        for reason in of_rule(rule, definition, &taken, templates) {
            report.entry("files", index, &format!("rule for `{}`: {reason}", rule.path));
        }
        // Several rules for one template each need a condition.
        let is_conditional = rule.when.is_some();
        if conditional.insert(rule.template(), is_conditional).is_some_and(|other| !(other && is_conditional))
        {
            report.entry("files", index, &format!("`files/{}` has more than one rule", rule.template()));
        }
    }
    if let Some(delivery) = &definition.delivery {
        let mut reasons = delivery.reasons();
        reasons.extend(repetition(Some(&delivery.environments), Some(&delivery.item), definition, &taken));
        let texts = delivery.texts();
        reasons.extend(invisible_in(texts.iter().map(|(_, name, text)| (name.as_str(), *text))));
        reasons.extend(invisible_in([("image.line", &*delivery.image.line)]));
        for reason in reasons {
            report.add_at(section_line(report.text, "delivery"), &format!("delivery: {reason}"));
        }
    }
    if let Some(setup) = &definition.setup {
        let mut reasons = Vec::new();
        for secret in &setup.secrets {
            reasons.extend(repetition(secret.each.as_deref(), secret.item.as_deref(), definition, &taken));
        }
        let texts = setup.texts();
        reasons.extend(invisible_in(texts.iter().map(|(_, name, text, _)| (name.as_str(), *text))));
        for reason in reasons {
            report.add_at(section_line(report.text, "setup"), &format!("setup: {reason}"));
        }
    }
    for (index, reason) in history::reasons(definition, &taken) {
        let version = definition.versions[index].version;
        report.entry("versions", index, &format!("version {version}: {reason}"));
    }
    for template in templates.iter().filter(|template| !conditional.contains_key(*template)) {
        report.add_at(
            section_line(report.text, "files"),
            &format!("`files/{template}` has no rule under `files`"),
        );
    }
}

fn of_question(question: &Question, taken: &mut BTreeSet<String>) -> Vec<String> {
    let mut reasons = invisible_in([
        ("prompt", &*question.prompt),
        ("help", &question.help),
        ("example", question.own_example.as_deref().unwrap_or_default()),
        ("default", question.default.as_deref().unwrap_or_default()),
    ]);
    reasons.extend(bad_name(&question.name));
    if !taken.insert(question.variable()) {
        reasons.push(format!("the variable `{}` is already taken", question.variable()));
    }
    if let Some(detector) = question.detect.as_deref().filter(|detector| !DETECTORS.contains(detector)) {
        let hint = suggest::hint(detector, DETECTORS);
        reasons.push(format!(
            "detect: unknown detector `{detector}`; known detectors are {}{hint}",
            quoted(&DETECTORS)
        ));
    }
    if question.is_list && question.distinct.is_some() {
        reasons.push(
            "distinct: a list is not one value; derive a name with `each` and put that in the group"
                .to_owned(),
        );
    }
    reasons
}

fn of_derived(
    derived: &Derived,
    definition: &Definition,
    taken: &mut BTreeSet<String>,
    fields: &mut BTreeSet<(String, String)>,
) -> Vec<String> {
    let mut reasons = invisible_in([("about", &*derived.about)]);
    reasons.extend(bad_name(&derived.name));
    reasons.extend(unknown_question("from", &derived.from, definition));
    match &derived.each {
        Some(each) => {
            reasons.extend(no_list(each, definition));
            let field = derived.variable();
            if ITEM_FIELDS.contains(&field.as_str()) || !fields.insert((each.clone(), field.clone())) {
                reasons.push(format!("the items of `{each}` already have a field `{field}`"));
            }
        }
        None if !taken.insert(derived.variable()) => {
            reasons.push(format!("the variable `{}` is already taken", derived.variable()));
        }
        None => {}
    }
    reasons
}

fn of_rule(
    rule: &FileRule,
    definition: &Definition,
    taken: &BTreeSet<String>,
    templates: &BTreeSet<&str>,
) -> Vec<String> {
    let mut reasons = invisible_in([
        ("path", &*rule.path),
        ("from", rule.template()),
        ("about", &rule.about),
        ("when", rule.when.as_deref().unwrap_or_default()),
    ]);
    if !templates.contains(rule.template()) {
        let hint = suggest::hint(rule.template(), templates.iter().copied());
        reasons.push(format!("template `files/{}` does not exist{hint}", rule.template()));
    }
    reasons.extend(repetition(rule.each.as_deref(), rule.item.as_deref(), definition, taken));
    reasons
}

/// Returns the problems with `each` and `as`.
fn repetition(
    each: Option<&str>,
    item: Option<&str>,
    definition: &Definition,
    taken: &BTreeSet<String>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    match (each, item) {
        (None, None) => {}
        (Some(each), Some(item)) => {
            reasons.extend(no_list(each, definition));
            reasons.extend(bad_name(item));
            if item.contains('-') {
                reasons.push(format!("as: `{item}` is a variable and cannot have a hyphen"));
            }
            if item != "item" && taken.contains(item) {
                reasons.push(format!("as: the variable `{item}` is already taken"));
            }
        }
        (Some(_), None) => reasons.push("`each` needs `as`, the variable for the item".to_owned()),
        (None, Some(_)) => reasons.push("`as` needs `each`, the list whose item it names".to_owned()),
    }
    reasons
}

/// Returns the texts with characters that a reader does not see, or that a terminal obeys. Each text has the name of its
/// key.
fn invisible_in<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let reason = |(key, text)| {
        let character = invisible::first_in(text)?;
        Some(format!("{key}: contains the invisible character {character}"))
    };
    texts.into_iter().filter_map(reason).collect()
}

/// Names become flags and variables: lower-case words joined by hyphens.
fn bad_name(name: &str) -> Option<String> {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let good = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(word);
    (!good).then(|| format!("`{name}` is not a valid name; use lower-case words joined by hyphens"))
}

fn unknown_question(key: &str, name: &str, definition: &Definition) -> Option<String> {
    let names = || definition.questions.iter().map(|question| question.name.as_str());
    definition
        .question(name)
        .is_none()
        .then(|| format!("{key}: unknown question `{name}`{}", suggest::hint(name, names())))
}

fn no_list(each: &str, definition: &Definition) -> Option<String> {
    match definition.question(each) {
        None => unknown_question("each", each, definition),
        Some(question) if !question.is_list => Some(format!(
            "each: the answer to `{each}` is not a list; list types are {}",
            quoted(&LIST_TYPES)
        )),
        Some(_) => None,
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
