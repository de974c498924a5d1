//! A repository in memory: every file, and every manifest as its readers understand it.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::yaml;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub content: Vec<u8>,
    pub executable: bool,
}

/// The files below a repository's folder, by path.
#[derive(Debug)]
pub struct Tree {
    pub files: BTreeMap<String, Entry>,
    manifests: BTreeMap<String, Vec<Value>>,
}

impl Tree {
    /// Reads every YAML file; panics where the readers refuse one or disagree about it.
    pub fn new(files: BTreeMap<String, Entry>) -> Self {
        let is_yaml = |(path, _): &(&String, &Entry)| path.rsplit('.').next() == Some("yaml");
        let manifests = files.iter().filter(is_yaml).map(|(path, entry)| {
            let text = std::str::from_utf8(&entry.content).unwrap();
            (path.clone(), yaml::documents(path, text))
        });
        let manifests = manifests.collect();
        Self { files, manifests }
    }

    /// Whether there is a file at that path.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// A file as text.
    pub fn text(&self, path: &str) -> &str {
        let entry = self.files.get(path).unwrap_or_else(|| panic!("there is no {path}"));
        std::str::from_utf8(&entry.content).unwrap()
    }

    /// Every file as text, with its path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.keys().map(|path| (path.as_str(), self.text(path)))
    }

    /// The files below a folder, which ends in `/`, by the rest of their paths.
    pub fn below(&self, folder: &str) -> BTreeMap<&str, &Entry> {
        self.files.iter().filter_map(|(path, entry)| Some((path.strip_prefix(folder)?, entry))).collect()
    }

    /// The only document of a YAML file.
    pub fn document(&self, path: &str) -> &Value {
        match self.manifests.get(path).map(Vec::as_slice) {
            Some([document]) => document,
            _ => panic!("{path} is not one document"),
        }
    }

    /// The resources in the YAML files below `folder`, with their paths. Kustomizations and their patches are not
    /// resources, and neither are treenail's own answers.
    pub fn resources(&self, folder: &str) -> impl Iterator<Item = (&str, &Value)> {
        let inside = self.manifests.iter().filter(move |(path, _)| path.starts_with(folder));
        inside
            .flat_map(|(path, documents)| documents.iter().map(move |document| (path.as_str(), document)))
            .filter(|(path, _)| !path.ends_with("/kustomization.yaml") && !path.starts_with(".treenail/"))
            .filter(|(path, _)| !self.is_patch(path))
    }

    /// Whether the kustomization beside it has the file for a patch.
    pub fn is_patch(&self, path: &str) -> bool {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let kustomization = self.manifests.get(&format!("{folder}/kustomization.yaml"));
        let patches = kustomization.into_iter().flatten().flat_map(|it| yaml::list(it, &["patches"]));
        patches.map(|patch| yaml::at(patch, &["path"])).any(|named| named == file)
    }

    /// The resources of one kind anywhere, by name.
    pub fn kind(&self, kind: &str) -> BTreeMap<&str, &Value> {
        let of_kind = self.resources("").filter(|(_, value)| yaml::at(value, &["kind"]) == kind);
        of_kind.map(|(_, value)| (yaml::text(value, &["metadata", "name"]), value)).collect()
    }
}
