//! Folders that kustomize refuses: a valid one, and changes of its files. For those that it accepts, what it builds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use treenail::check::kustomize::{Builder, Object};
use treenail::check::{self, FileContent, Files, Manifests, Severity};

use super::{Row, cell, link};
use crate::support::yaml::json;

/// A valid folder, and changes of it.
#[derive(Deserialize)]
struct Trees {
    base: BTreeMap<String, String>,
    /// The folder to build.
    folder: String,
    refused: Vec<Tree>,
    accepted: Vec<Tree>,
}

#[derive(Deserialize)]
struct Tree {
    /// The changed files; null removes one.
    #[serde(default)]
    files: BTreeMap<String, Option<String>>,
    /// Symbolic links, with their targets.
    #[serde(default)]
    links: BTreeMap<String, String>,
    /// What upstream says.
    #[serde(default)]
    words: String,
    /// Why treenail does not find it.
    #[serde(default)]
    why: String,
    /// What upstream builds of an accepted change.
    #[serde(default)]
    built: String,
}

/// The rows of a file: which rules report each refused folder. Asserts that the others have no error, and that those that
/// treenail renders completely become the same objects.
pub(super) fn rows(file: &Path) -> Vec<Row> {
    let topic = file.file_stem().unwrap().to_string_lossy().into_owned();
    let trees: Trees = serde_yaml::from_str(&fs::read_to_string(file).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(Trees::errors(&trees.files(None)), BTreeSet::new(), "the base of {topic}");
    let wrong: Vec<_> = trees.accepted.iter().filter_map(|tree| trees.difference(tree)).collect();
    assert!(wrong.is_empty(), "kustomize accepts this ({topic}): {wrong:#?}");
    let row = |tree: &Tree| {
        let rules: Vec<_> = Trees::errors(&trees.files(Some(tree))).into_iter().map(link).collect();
        Row { kind: topic.clone(), words: cell(&tree.words), rules: rules.join(", "), why: tree.why.clone() }
    };
    trees.refused.iter().map(row).collect()
}

/// Returns the folders that kustomize refuses, with its words.
pub(super) fn refused(file: &Path) -> Vec<(String, Files)> {
    let trees: Trees = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    trees.refused.iter().map(|tree| (tree.words.clone(), trees.files(Some(tree)))).collect()
}

impl Trees {
    fn files(&self, change: Option<&Tree>) -> Files {
        let mut texts: BTreeMap<_, _> = self.base.iter().map(|(path, text)| (path, Some(text))).collect();
        texts.extend(change.iter().flat_map(|tree| &tree.files).map(|(path, text)| (path, text.as_ref())));
        texts.retain(|_, text| text.is_some());
        let mut files = Files::below([""]);
        for (path, text) in &texts {
            files.insert(
                *path,
                FileContent::of(text.map(|text| text.clone().into_bytes()).unwrap_or_default()),
            );
        }
        for (path, target) in change.iter().flat_map(|tree| &tree.links) {
            let target = normal(path, target);
            if texts.keys().any(|path| **path == target || path.starts_with(&format!("{target}/"))) {
                files.link(path, target);
            } else {
                files.insert(path, FileContent::Link);
            }
        }
        files
    }

    /// Returns the rules that report an error.
    fn errors(files: &Files) -> BTreeSet<&'static str> {
        let findings = check::run(files).findings.into_iter();
        findings
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.rule.code)
            .collect()
    }

    /// Returns what treenail reports or builds where kustomize has no objection.
    fn difference(&self, tree: &Tree) -> Option<String> {
        let files = self.files(Some(tree));
        let errors = Self::errors(&files);
        if !errors.is_empty() {
            return Some(format!("{errors:?} in {:#?}", tree.files));
        }
        let manifests = Manifests::read(&files);
        let rendered = Builder::new(&manifests).build(&self.folder);
        let ours: BTreeMap<_, _> = rendered.objects.iter().map(of_ours).collect();
        let theirs = treenail::yaml::documents(&tree.built).unwrap();
        let theirs = theirs.iter().filter(|document| !document.is_null());
        let mut theirs: BTreeMap<_, _> =
            theirs.map(|it| of_theirs(serde_json::to_value(it).unwrap())).collect();
        forget_files(&ours, &mut theirs);
        if !rendered.is_whole() || ours == theirs {
            return None;
        }
        let only = |these: &Objects, those: &Objects| {
            let other = these.iter().filter(|(key, value)| those.get(*key) != Some(*value));
            other.map(|(key, value)| format!("{key:?} {value}")).collect::<Vec<_>>().join("\n")
        };
        let (ours, theirs) = (only(&ours, &theirs), only(&theirs, &ours));
        Some(format!("{:#?} is built as\n{ours}\ninstead of\n{theirs}", tree.files))
    }
}

/// Forgets the text of files that a ConfigMap has and treenail does not read: they are neither scripts nor manifests.
fn forget_files(ours: &Objects, theirs: &mut Objects) {
    for (key, object) in theirs {
        let Some(data) = object.get_mut("data").and_then(Value::as_object_mut) else { continue };
        for (name, text) in data {
            if ours.get(key).is_some_and(|ours| ours["data"][name] == "") {
                *text = "".into();
            }
        }
    }
}

/// Returns the target of a link as a path from the common folder.
fn normal(link: &str, target: &str) -> String {
    let mut parts: Vec<_> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// What identifies an object, and its content without that.
type Seen = ([String; 3], Value);

type Objects = BTreeMap<[String; 3], Value>;

fn of_ours(object: &Object<'_>) -> Seen {
    let content = without_names(json(object.content()));
    ([object.kind(), object.namespace().unwrap_or_default(), object.name()].map(str::to_owned), content)
}

fn of_theirs(object: Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&object["kind"]);
    let name = text(&object["metadata"]["name"]);
    let name = match name.rsplit_once('-') {
        // That of a generated object ends in a hash.
        Some((name, hash)) if hash.len() == 10 => name.to_owned(),
        _ => name,
    };
    ([kind, text(&object["metadata"]["namespace"]), name], without_names(object))
}

/// Removes name and namespace, and the encoded data of a Secret.
fn without_names(mut object: Value) -> Value {
    let is_secret = object["kind"] == "Secret";
    let fields = object.as_object_mut().unwrap();
    fields.retain(|key, value| !(is_secret && key == "data") && *value != serde_json::json!({}));
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !matches!(key.as_str(), "name" | "namespace"));
    }
    object
}
