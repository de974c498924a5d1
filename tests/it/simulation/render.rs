//! What Argo CD makes of a folder of a commit: the build of `treenail check`, which `tests/it/golden` holds against that of
//! `kubectl kustomize`, and the names with hashes that kustomize gives to generated maps.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use serde_json::Value;
use treenail::check::kustomize::{Builder, Object};
use treenail::check::{FileContent, Files, Manifests};

use crate::simulation::git::{Commit, Tree};
use crate::support::yaml::json;

/// Kind, namespace and name.
pub type Key = (String, String, String);

/// An object as it is given to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What tells it from others.
    pub key: Key,
    /// All that it says.
    pub body: Value,
}

impl Manifest {
    /// The kind.
    pub fn kind(&self) -> &str {
        &self.key.0
    }

    /// What is below `keys`, joined with `/`; null where there is nothing.
    pub fn at(&self, keys: &str) -> &Value {
        self.body.pointer(keys).unwrap_or(&Value::Null)
    }

    /// An annotation of Argo CD, by the end of its name; empty where there is none.
    pub fn argocd(&self, name: &str) -> &str {
        let annotations = self.at("/metadata/annotations");
        annotations[format!("argocd.argoproj.io/{name}")].as_str().unwrap_or_default()
    }
}

/// Renders folders, each state of a repository once. Manifests that say the same are the same one, so that they are
/// cheap to keep and to compare.
#[derive(Debug, Default)]
pub struct Renderer {
    /// The folders that it was asked for, and the namespaces: reading a commit takes longer than building them all.
    folders: RefCell<BTreeMap<String, String>>,
    done: RefCell<HashMap<(u64, String), Rendering>>,
    known: RefCell<HashMap<Key, Vec<Rc<Manifest>>>>,
}

/// What a folder gives; none where Argo CD could not render it.
pub type Rendering = Option<Rc<Vec<Rc<Manifest>>>>;

impl Renderer {
    /// What Argo CD makes of a folder; objects without a namespace get that of the Application.
    pub fn render(&self, commit: &Commit, folder: &str, namespace: &str) -> Rendering {
        let key = (commit.rendering, folder.to_owned());
        if !self.done.borrow().contains_key(&key) {
            self.folders.borrow_mut().insert(folder.to_owned(), namespace.to_owned());
            self.read(commit);
        }
        self.done.borrow()[&key].clone()
    }

    fn read(&self, commit: &Commit) {
        let mut files = Files::below([""]);
        for (path, text) in commit.tree.iter() {
            files.insert(path, FileContent::of(text.as_bytes().to_vec()));
        }
        let manifests = Manifests::read(&files);
        for (folder, namespace) in self.folders.borrow().iter() {
            self.done.borrow_mut().entry((commit.rendering, folder.clone())).or_insert_with(|| {
                let is_there = files.has_folder(folder);
                let objects = is_there.then(|| build(&commit.tree, &manifests, folder, namespace))?;
                Some(Rc::new(objects.into_iter().map(|object| self.only(object)).collect()))
            });
        }
    }

    /// The manifest that says the same and was there before, if there was one.
    fn only(&self, manifest: Manifest) -> Rc<Manifest> {
        let mut known = self.known.borrow_mut();
        let alike = known.entry(manifest.key.clone()).or_default();
        if let Some(old) = alike.iter().find(|old| ***old == manifest) {
            return Rc::clone(old);
        }
        let new = Rc::new(manifest);
        alike.push(Rc::clone(&new));
        new
    }
}

fn build(tree: &Tree, manifests: &Manifests, folder: &str, namespace: &str) -> Vec<Manifest> {
    let mut builder = Builder::new(manifests);
    let rendered = builder.build(folder);
    let notes = builder.notes();
    assert!(rendered.is_whole() && notes.findings.is_empty(), "{folder} does not build: {notes:#?}");
    let mut names = Vec::new();
    let mut objects: Vec<_> = Vec::new();
    for object in &rendered.objects {
        let (manifest, name) = manifest(tree, object, namespace);
        names.extend((manifest.key.2 != name).then(|| (name, manifest.key.2.clone())));
        objects.push(manifest);
    }
    for object in &mut objects {
        refer(&mut object.body, &names);
    }
    objects
}

/// The object, and the name without a hash.
fn manifest(tree: &Tree, object: &Object<'_>, namespace: &str) -> (Manifest, String) {
    let mut body = json(object.content());
    let mut name = object.name().to_owned();
    if object.is_generated() {
        let (folder, _) = object.location().path().rsplit_once('/').expect("it is in a folder");
        let data = body["data"].as_object_mut().expect("a generated map has data");
        for (key, text) in data.iter_mut() {
            if let Some(file) = tree.get(&format!("{folder}/{key}")) {
                *text = file.as_ref().into();
            }
        }
        let mut hasher = DefaultHasher::new();
        body["data"].to_string().hash(&mut hasher);
        name = format!("{name}-{:010x}", hasher.finish() & 0xff_ffff_ffff);
    }
    let namespace = object.namespace().unwrap_or(namespace);
    body["metadata"]["name"] = name.as_str().into();
    (Manifest { key: (object.kind().to_owned(), namespace.to_owned(), name), body }, object.name().to_owned())
}

/// Gives references to generated maps their new names.
fn refer(body: &mut Value, names: &[(String, String)]) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, names)),
        Value::Object(fields) => {
            for (field, inner) in fields {
                let is_reference = ["configMap", "configMapKeyRef", "configMapRef"].contains(&field.as_str());
                let new = names.iter().find(|(old, _)| is_reference && inner["name"] == *old.as_str());
                if let Some((_, new)) = new {
                    inner["name"] = new.as_str().into();
                }
                refer(inner, names);
            }
        }
        _ => {}
    }
}
