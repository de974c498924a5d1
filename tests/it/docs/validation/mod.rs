//! The page that says which of the refusals of upstream a check finds. `tests/conformance/refusals` has an invalid object
//! for each, and the conformance suite holds that upstream refuses it in these words.

pub(crate) mod places;
mod trees;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use treenail::check::rule;
use treenail::check::{self, FileContent, Files, Finding, Severity};

use crate::docs::made;
use crate::docs::page::project;
use crate::docs::reference::NOTICE;

const REFUSALS: &str = "tests/conformance/refusals";

/// The project that refuses folders, not objects.
const KUSTOMIZE: &str = "kustomize";

/// The changes of objects that are refused, by what they were before: `treenail check --since` compares them.
const CHANGES: &str = "kubernetes-changes";

/// The folders, with what stands on the page.
const PROJECTS: [(&str, &str); 8] = [
    ("kubernetes", "Kubernetes"),
    (CHANGES, "Changes of Kubernetes objects"),
    ("tekton", "Tekton"),
    ("tekton-triggers", "Tekton Triggers"),
    ("argo-cd", "Argo CD"),
    ("argo-rollouts", "Argo Rollouts"),
    (KUSTOMIZE, "kustomize"),
    ("images", "Container runtimes"),
];

/// A valid object, and what makes it invalid.
#[derive(Deserialize)]
struct Refusals {
    base: Value,
    refused: Vec<Refusal>,
    /// Changes that look wrong and are not.
    #[serde(default)]
    accepted: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    /// The changed fields: a path, and a value, or null to remove it.
    set: BTreeMap<String, Value>,
    /// What upstream says; empty if it accepts the change.
    #[serde(default)]
    words: String,
    /// Why treenail does not find it.
    #[serde(default)]
    why: String,
}

impl Refusal {
    fn applied(&self, base: &Value) -> Value {
        let mut object = base.clone();
        for (path, value) in &self.set {
            set(&mut object, path, value);
        }
        object
    }
}

#[test]
fn the_refusals_that_a_check_finds() {
    let mut text = format!(
        "# What upstream refuses\n\n{NOTICE}\n\nUpstream validates objects beyond their fields and types. For each of these validations, `{REFUSALS}`\n\
         has an object that upstream's own code refuses in these words; \
         [the conformance suite](../contributing.md) runs it.\n\
         The last column has the rules that report the object, as an error if nothing else is said. A change of a\n\
         field that cannot change is found by `treenail check --since`.\n"
    );
    let mut tables = String::new();
    text.push_str("\n| project | validations | found | missed |\n|---|---|---|---|\n");
    for (folder, name) in PROJECTS {
        let rows = rows(folder);
        let missed = rows.iter().filter(|row| row.rules.is_empty()).count();
        let (all, found) = (rows.len(), rows.len() - missed);
        let anchor = name.to_lowercase().replace(' ', "-");
        let _ = writeln!(text, "| [{name}](#{anchor}) | {all} | {found} | {missed} |");
        let _ = write!(tables, "\n## {name}\n\n| kind | upstream's words | found by |\n|---|---|---|\n");
        for row in rows {
            let by = row.found_by();
            let _ = writeln!(tables, "| {} | {} | {by} |", row.kind, row.words);
        }
    }
    made("docs/reference/validation.md", &(text + &tables), "");
}

struct Row {
    kind: String,
    words: String,
    rules: String,
    /// Why no rule finds it.
    why: String,
}

impl Row {
    fn found_by(&self) -> String {
        match (&*self.rules, &*self.why) {
            ("", "") => "*missed*".to_owned(),
            ("", why) => format!("*missed*: {why}"),
            (rules, "") => rules.to_owned(),
            (_, why) => panic!("{} {} is found, so this is not true: {why}", self.kind, self.words),
        }
    }
}

fn rows(name: &str) -> Vec<Row> {
    let folder = project().join(REFUSALS).join(name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    if name == KUSTOMIZE {
        return files.iter().flat_map(|file| trees::rows(file)).collect();
    }
    let mut rows = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let refusals: Refusals =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let before = (name == CHANGES).then_some(&refusals.base);
        assert_eq!(errors(&refusals.base, before), BTreeSet::new(), "the base of {}", file.display());
        for change in &refusals.accepted {
            let wrong: Vec<_> =
                errors(&change.applied(&refusals.base), before).into_iter().filter(is_refusal).collect();
            assert!(wrong.is_empty(), "{}: {:?}: {wrong:?}", file.display(), change.set);
        }
        for refusal in &refusals.refused {
            let object = refusal.applied(&refusals.base);
            rows.push(Row {
                kind: title(&refusals.base),
                words: cell(&refusal.words),
                rules: reported(&object, before).join(", "),
                why: refusal.why.clone(),
            });
        }
    }
    rows
}

/// Returns the kind, and the version if others have the same kind.
fn title(object: &Value) -> String {
    let [version, kind] = ["apiVersion", "kind"].map(|key| object[key].as_str().unwrap());
    if version == "tekton.dev/v1beta1" { format!("{kind} (v1beta1)") } else { kind.to_owned() }
}

/// Returns code that stands in a cell of a table.
fn cell(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('|', "\\|"))
}

/// Returns a link to the page of a rule.
fn link(code: &str) -> String {
    let rule = rule::ALL.iter().find(|rule| rule.code == code).unwrap();
    format!("[{code}](../../{})", rule.page)
}

/// Whether the rule says that upstream refuses the object.
fn is_refusal(code: &&str) -> bool {
    matches!(*code, "TN094" | "TN100" | "TN101" | "TN102" | "TN103" | "TN104")
}

/// Returns the rules that report an error in the object, which was `before` in an earlier commit.
fn errors(object: &Value, before: Option<&Value>) -> BTreeSet<&'static str> {
    let findings = findings(object, before).into_iter();
    findings.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.rule.code).collect()
}

fn findings(object: &Value, before: Option<&Value>) -> Vec<Finding> {
    check::run(&files_of(object, before)).findings
}

/// Returns a file with the object, which was `before` in an earlier commit.
fn files_of(object: &Value, before: Option<&Value>) -> Files {
    let file = |object: &Value| {
        let mut files = Files::below([""]);
        files.insert("object.yaml", FileContent::of(serde_json::to_vec(object).unwrap()));
        files
    };
    let mut files = file(object);
    if let Some(before) = before {
        files.set_earlier(file(before));
    }
    files
}

/// Returns the rules that report the object: as an error or, if one says what upstream refuses, as a warning.
fn reported(object: &Value, before: Option<&Value>) -> Vec<String> {
    let errors = errors(object, before);
    if !errors.is_empty() {
        return errors.into_iter().map(link).collect();
    }
    let warnings =
        findings(object, before).into_iter().filter(|finding| finding.severity == Severity::Warning);
    let codes: BTreeSet<_> = warnings.map(|finding| finding.rule.code).filter(is_refusal).collect();
    codes.into_iter().map(|code| format!("{} (warning)", link(code))).collect()
}

/// Sets the value at `path`, whose parts are keys and indices with a slash between; null removes it.
fn set(object: &mut Value, path: &str, value: &Value) {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    let mut at = object;
    for part in parent.split('/').filter(|part| !part.is_empty()) {
        at = match at {
            Value::Array(items) => &mut items[part.parse::<usize>().unwrap()],
            Value::Null => {
                *at = Value::Object(serde_json::Map::new());
                &mut at[unescape(part)]
            }
            other => &mut other[unescape(part)],
        };
    }
    match at {
        Value::Array(items) => {
            let index: usize = last.parse().unwrap();
            match value {
                Value::Null => drop(items.remove(index)),
                _ if index == items.len() => items.push(value.clone()),
                _ => items[index] = value.clone(),
            }
        }
        other if value.is_null() => {
            let removed = other.as_object_mut().and_then(|fields| fields.remove(&unescape(last)));
            assert!(removed.is_some(), "{path} is not there");
        }
        other => other[unescape(last)] = value.clone(),
    }
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/")
}
