//! A scaffold in a few lines of code, to be offered in one version after the other.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[derive(Clone)]
struct File {
    content: Vec<u8>,
    property: &'static str,
}

/// One version of the scaffold `web`, whose only question of its own is `app`.
#[derive(Clone)]
pub struct Scaffold {
    version: &'static str,
    questions: String,
    files: BTreeMap<&'static str, File>,
    /// Templates without a path, and rules that make files of them.
    sources: BTreeMap<&'static str, &'static str>,
    rules: BTreeMap<&'static str, &'static str>,
    history: String,
}

impl Scaffold {
    pub fn new(version: &'static str) -> Self {
        let questions = question("app", "label", "  essential: true\n");
        let (files, sources, rules) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { version, questions, files, sources, rules, history: String::new() }
    }

    /// The same under another version.
    pub fn version(&self, version: &'static str) -> Self {
        Self { version, ..self.clone() }
    }

    pub fn file(self, path: &'static str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, content.as_ref(), "")
    }

    pub fn program(self, path: &'static str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, content.as_ref(), "  executable: true\n")
    }

    pub fn seeded(self, path: &'static str, content: impl AsRef<[u8]>) -> Self {
        self.with(path, content.as_ref(), "  ownership: seeded\n")
    }

    fn with(mut self, path: &'static str, content: &[u8], property: &'static str) -> Self {
        self.files.insert(path, File { content: content.to_vec(), property });
        self
    }

    /// A template that is nothing without a rule.
    pub fn source(mut self, name: &'static str, content: &'static str) -> Self {
        self.sources.insert(name, content);
        self
    }

    /// Files at `path` with `properties`, lines of YAML that are indented by two.
    pub fn rule(mut self, path: &'static str, properties: &'static str) -> Self {
        self.rules.insert(path, properties);
        self
    }

    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(path).unwrap();
        self
    }

    /// A question of `kind` with further `properties`, lines of YAML that are indented by two.
    pub fn question(mut self, name: &str, kind: &str, properties: &str) -> Self {
        self.questions.push_str(&question(name, kind, properties));
        self
    }

    /// What changed with this version: `moves:` or `migrations:`, lines of YAML that are indented by two.
    pub fn history(mut self, changes: &str) -> Self {
        let _ = write!(self.history, "- version: {}\n{changes}", self.version);
        self
    }

    /// A declared move in this version.
    pub fn moves(self, from: &str, to: &str) -> Self {
        self.history(&format!("  moves:\n  - {{from: {from}, to: {to}}}\n"))
    }

    /// Writes it into `folder`, in place of whatever is there.
    pub fn write(&self, folder: &Path) {
        if folder.exists() {
            fs::remove_dir_all(folder).unwrap();
        }
        let mut text = format!(
            "schema: 1\nname: web\nversion: {}\nsummary: made for a test\nquestions:\n{}files:\n",
            self.version, self.questions
        );
        for (path, file) in &self.files {
            let _ = write!(text, "- path: {path:?}\n  about: a file\n{}", file.property);
            let path = folder.join("files").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.content).unwrap();
        }
        for (path, properties) in &self.rules {
            let _ = write!(text, "- path: {path:?}\n  about: files\n{properties}");
        }
        for (name, content) in &self.sources {
            fs::write(folder.join("files").join(name), content).unwrap();
        }
        if !self.history.is_empty() {
            let _ = write!(text, "versions:\n{}", self.history);
        }
        fs::write(folder.join("scaffold.yaml"), text).unwrap();
    }
}

fn question(name: &str, kind: &str, properties: &str) -> String {
    format!("- name: {name}\n  type: {kind}\n  prompt: A question\n  help: What it is for.\n{properties}")
}
